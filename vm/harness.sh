# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# What every script shares that boots VMs or counts results: jobs that end with the script, a
# results folder that one script at a time works on, boots that are repeated, the line that
# counts. Sourced with $top set to the repository's root and $me to the script's name.

top=${top:?}
me=${me:?}

note()
{
	printf '%s: %s\n' "$me" "$*" >&2
}

# give_up MESSAGE...: end the script as one that failed, with a line that counts
give_up()
{
	note "$@"
	echo '0 passed, 1 failed, 0 skipped'
	exit 1
}

# slowness KERNEL: how many times longer than on a stock kernel everything may take there
slowness()
{
	case $1 in
	debug|kcsan)	echo 5 ;;
	*)	echo 1 ;;
	esac
}

# ---- jobs

# A VM must not outlive the script that booted it: it would go on writing results. So whatever
# takes long runs as a job, in the background, where the shell acts on a signal at once; and
# however the script ends, all of its processes end first.
end_with_jobs()
{
	trap end_jobs EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# job COMMAND...: start COMMAND, a function too, in the background; sets job to its process
job()
{
	"$@" &
	job=$!
}

# run COMMAND...: as a job, and wait for it
run()
{
	job "$@"
	wait "$job"
}

# find_started: sets started to every process that this shell has started, and that those have
# started
find_started()
{
	# The name of a process stands in brackets and may hold blanks and brackets.
	started_all=$(cat /proc/[0-9]*/stat 2>/dev/null | awk -v root=$$ '
		{
			pid = $1
			sub(/^.*\) /, "")
			state[pid] = $1
			parent[pid] = $2
		}
		END {
			for (pid in parent) {
				if (pid == root || state[pid] == "Z")
					continue
				for (p = pid; p in parent && p != root; p = parent[p])
					;
				if (p == root)
					print pid
			}
		}' | sort -n)
	# Without the processes that made this list
	started=
	for started_pid in $started_all; do
		! running "$started_pid" || started="$started $started_pid"
	done
}

# running PID...: is one of them there still? A zombie is not.
running()
{
	for running_pid; do
		{ read -r running_stat <"/proc/$running_pid/stat"; } 2>/dev/null || continue
		case ${running_stat##*) } in
		Z*)	;;
		*)	return 0 ;;
		esac
	done
	return 1
}

# end_jobs: end every process that this script has started, and wait until they are gone. First
# they are stopped, until no new one appears: a process that starts another while its parent
# is being ended would be missed.
end_jobs()
{
	end_status=$?
	trap '' INT TERM HUP
	trap - EXIT
	end_all=
	find_started
	while [ "$started" != "$end_all" ]; do
		end_all=$started
		# shellcheck disable=SC2086 # numbers
		[ -z "$end_all" ] || kill -STOP $end_all 2>/dev/null
		find_started
	done
	if [ -n "$end_all" ]; then
		# shellcheck disable=SC2086
		kill -TERM $end_all 2>/dev/null
		# shellcheck disable=SC2086
		kill -CONT $end_all 2>/dev/null
		end_tries=0
		# shellcheck disable=SC2086
		while running $end_all; do
			# vm/run lets QEMU five seconds to end.
			[ $((end_tries += 1)) -ne 150 ] || kill -KILL $end_all 2>/dev/null
			[ $end_tries -lt 200 ] || break
			sleep 0.1
		done
	fi
	exit "$end_status"
}

# ---- results

# lock_results FOLDER: from here on this script alone works on FOLDER; a second one waits. The lock
# ends with the script and with what it has started: a VM that was left behind by a script
# that was killed holds it too.
lock_results()
{
	case "
${BH_LOCKED:-}
" in
	*"
$1
"*)	return 0 ;;	# held by a script that has called this one
	esac
	if ! mkdir -p "$(dirname "$1")" 2>/dev/null || ! true 2>/dev/null >>"$1.lock"; then
		give_up "cannot write $1.lock: does $(dirname "$1") belong to another user?" \
			"(\"sudo make\" leaves files of root behind)"
	fi
	exec 6>>"$1.lock"
	if ! flock -n 6; then
		note "waiting: ${1#"$PWD"/} is in use by $(tail -n 1 "$1.lock" 2>/dev/null)"
		run flock 6
	fi
	echo "$me, process $$, since $(date +%T)" >"$1.lock" || give_up "cannot write $1.lock"
	BH_LOCKED="${BH_LOCKED:-}
$1"
	export BH_LOCKED
}

# fresh_results FOLDER: lock it; sets out to an empty folder, FOLDER.new, which keep_results gives
# its name. What an earlier run left in FOLDER is never mixed with this one's, and stays
# until this run has finished.
fresh_results()
{
	lock_results "$1"
	results=$1
	out=$1.new
	if ! rm -rf "$out" 2>/dev/null || ! mkdir "$out" 2>/dev/null; then
		give_up "cannot make $out anew: does it belong to another user?" \
			"(\"sudo make\" leaves files of root behind)"
	fi
	# vm/run notes here which boots it has repeated, and what the emulator did to a VM.
	BH_BOOTS=$out/boots
	export BH_BOOTS
	: >"$BH_BOOTS"
}

# keep_results: this run has finished; its folder takes the name
keep_results()
{
	[ -s "$BH_BOOTS" ] || rm -f "$BH_BOOTS"
	rm -rf "$results.old"
	if { [ -e "$results" ] && ! mv -T "$results" "$results.old"; } ||
			! mv -T "$out" "$results"; then
		give_up "cannot rename $out to $results"
	fi
	rm -rf "$results.old"
	out=$results
	BH_BOOTS=$out/boots
}

# ---- boots

# repeat NAME: did a fault of the emulator itself end the VM whose console is $out/NAME.log, for the
# first time? Then say so and succeed: the caller boots it again. vm/run knows these faults by
# their exact words; nothing else is ever repeated.
repeat()
{
	repeat_why=$(awk -F '\t' -v name="$1" '
		$2 != name { next }
		$1 == "fault" { why = $3 }
		$1 == "again" { again = 1 }
		END { if (!again) print why }' "$BH_BOOTS")
	[ -n "$repeat_why" ] || return 1
	mv "$out/$1.log" "$out/$1.first-log"
	note "the VM of $1 is booted again: $repeat_why; its first console: $out/$1.first-log"
	printf '%s\t%s\t%s\n' again "$1" '' repeated "$1" "$repeat_why" >>"$BH_BOOTS" ||
		give_up "cannot write $BH_BOOTS"
}

# say_repeated: how many boots were repeated, and why; nothing when none was
say_repeated()
{
	[ ! -s "${BH_BOOTS:-}" ] || awk -F '\t' '
		$1 == "repeated" { if (!n[$3]++) why[++whys] = $3; all++ }
		END {
			if (!all)
				exit
			printf "%d boot%s repeated:", all, all == 1 ? " was" : "s were"
			for (i = 1; i <= whys; i++)
				printf "%s %s (%d)", (i > 1 ? "," : ""), why[i], n[why[i]]
			print ""
		}' "$BH_BOOTS"
}

# ---- counts

# count PASSED FAILED SKIPPED: the line that every run ends with. Fails when something failed, and when
# there are no results at all.
count()
{
	case $1:$2:$3 in
	*[!0-9:]*|:*|*::*|*:)
		echo "failed: the results cannot be counted"
		set -- 0 1 0 ;;
	0:0:0)	echo "failed: there are no results"
		set -- 0 1 0 ;;
	esac
	say_repeated
	printf '%d passed, %d failed, %d skipped\n' "$1" "$2" "$3"
	[ "$2" -eq 0 ]
}

# count_lines FILE: the same, of a file whose every line is "PASSED FAILED SKIPPED"
count_lines()
{
	# shellcheck disable=SC2046 # three words
	count $(awk '
		!/^[0-9]+ [0-9]+ [0-9]+$/ { $0 = "0 1 0" }
		{ p += $1; f += $2; s += $3 }
		END { print p + 0, f + 0, s + 0 }' "$1" || echo 0 1 0)
}

# count_ktap [MORE]: the same, of every KTAP file in $out; first each failure by its name. MORE results
# could not be written and are failures.
count_ktap()
{
	count_totals=$out/totals
	echo "0 ${1:-0} 0" >"$count_totals" || give_up "cannot write $count_totals"
	for count_file in "$out"/*.ktap; do
		[ -e "$count_file" ] || continue
		rm -f "$count_file.totals"
		awk -v totals="$count_file.totals" -f "$top/selftests/summary.awk" "$count_file"
		cat "$count_file.totals" >>"$count_totals" 2>/dev/null || {
			echo "failed: cannot count ${count_file##*/}"
			echo 0 1 0 >>"$count_totals"
		}
	done
	count_lines "$count_totals"
}
