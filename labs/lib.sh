# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# What the scripts of the labs share. Sourced with $top set to the repository's root; sets
# $labs. $kernel names the kernel.

top=${top:?}
labs=$top/labs
kernel=${kernel:-6.12}
me=labs
# shellcheck source=vm/harness.sh
. "$top/vm/harness.sh"

say()
{
	printf 'labs: %s\n' "$*" >&2
}

usage_error()
{
	say "$1"
	exit 2
}

# The comment under the SPDX line of a script is its help.
help()
{
	sed -n '3,/^[^#]/ { /^#/ { s/^# \{0,1\}//; p; } }' "$0"
}

# lab_dir N - the folder of a lab
lab_dir()
{
	for lab_folder in "$labs/$1"-*/; do
		[ ! -f "$lab_folder/rubric.tsv" ] || {
			echo "${lab_folder%/}"
			return
		}
	done
	usage_error "no lab '$1'; there are: $(lab_numbers | paste -sd' ')"
}

lab_numbers()
{
	for lab_folder in "$labs"/*-*/rubric.tsv; do
		lab_folder=$(basename "$(dirname "$lab_folder")")
		echo "${lab_folder%%-*}"
	done
}

# may_replace FOLDER MARK - ends with a word on why, unless FOLDER may be thrown away: it is below
# out/, or empty, or has the file MARK of an earlier run
may_replace()
{
	case $1 in
	"$top"/out/?*)	return 0 ;;
	esac
	[ -d "$1" ] || [ ! -e "$1" ] || usage_error "$1 is no folder: name another, --out"
	[ ! -d "$1" ] || [ -e "$1/$2" ] || [ -z "$(ls -A "$1")" ] ||
		usage_error "$1 is not empty, and not of an earlier run: name another folder, --out"
}

# build WORK [CHECK] - each WORK/NAME.c, as labs/inside says. In the foreground of this process
# group, which ends together.
build()
{
	timeout --foreground -k 5 900 "$top/vm/sandbox" --kernel "$kernel" ${2:+--kselftest} -- \
		sh "$labs/inside" "$top" "$1" "$top/out/build/$kernel" ${2:+check} >&2 </dev/null
}

# screen WORK NAME - says why a submission is not run, if it is not
screen()
{
	if grep -qE '(^|[^a-zA-Z0-9_])(__asm__|__asm|asm)([^a-zA-Z0-9_/]|$)' "$1/$2.c" 2>/dev/null; then
		echo "it has assembly in it, which no lab asks for"
	elif grep -F "$labs/" "$1/$2.deps" 2>/dev/null | grep -v -F "$labs/device/"; then
		echo "it includes a file that it has not been handed"
	else
		grep -v '^#' "$labs/refused" | while read -r pattern; do
			grep -xE "$pattern" "$1/$2.imports"
		done 2>/dev/null | head -n 1 | sed 's/$/(): no driver of a lab has any use for it/; s/^/it calls /'
	fi | tail -n 1
}

# guest WORK NAME TIMEOUT JOB... - the VM in which jobs LAB:MODULE[:SECONDS] are graded: leaves
# WORK/NAME.raw, and in WORK/NAME.ended how it ended if not by itself. A VM that a fault of the
# emulator ended is booted again; WORK/NAME.ungraded says that no VM could be had, which is no
# student's fault.
guest()
{
	guest_boots=${BH_BOOTS:-}
	BH_BOOTS=$1/$2.boots
	export BH_BOOTS
	: >"$BH_BOOTS"
	guest_once "$@"
	if grep -q '^fault	' "$BH_BOOTS"; then
		note "$2: the VM is booted again: $(sed -n 's/^fault	[^	]*	//p' "$BH_BOOTS")"
		sed 's/^fault	/repeated	/' "$BH_BOOTS" >"$BH_BOOTS.new"
		mv "$BH_BOOTS.new" "$BH_BOOTS"
		guest_once "$@"
	fi
	rm -f "$1/$2.ungraded"
	case $guest_status in
	1|2)	sed -n 's/^vm: //p' "$1/$2.err" | tail -n 1 | grep . >"$1/$2.ungraded" ||
			echo "vm/run failed" >"$1/$2.ungraded" ;;
	esac
	grep -E '^(fault|failed)	' "$BH_BOOTS" | tail -n 1 | cut -f 3 | grep . >"$1/$2.ungraded.new" &&
		mv "$1/$2.ungraded.new" "$1/$2.ungraded"
	rm -f "$1/$2.ungraded.new"
	! grep -q -F "$nonce	end" "$1/$2.raw" || rm -f "$1/$2.ungraded"
	sed -n "s/^repeated	[^	]*	/labs: $2: boot repeated: /p" "$BH_BOOTS" >&2
	[ -z "$guest_boots" ] || grep '^repeated' "$BH_BOOTS" >>"$guest_boots"
	BH_BOOTS=$guest_boots
}

guest_once()
{
	guest_work=$1
	guest_at=$1/$2
	guest_limit=$3
	shift 3
	nonce=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	echo "$nonce" >"$guest_at.nonce"
	rm -f "$guest_at.pipe"
	mkfifo "$guest_at.pipe"
	(
		# There is a limit to what the guest makes this computer write.
		ulimit -f 400000
		exec "$top/vm/run" --kernel "$kernel" --memory 1024 --timeout "$guest_limit" \
			--wedge 60 --share-ro "$guest_work/ko" --log "$guest_at.log" -- \
			/lab/labs/guest "$nonce" "$@"
	) >"$guest_at.pipe" 2>"$guest_at.err" </dev/null &
	guest_pid=$!
	# By bytes: a block that a pipe hands out may hold one line.
	dd bs=4k count=16000000 iflag=count_bytes if="$guest_at.pipe" of="$guest_at.raw" 2>/dev/null &
	guest_reader=$!
	guest_said=
	guest_quiet=$(date +%s)
	while kill -0 $guest_pid 2>/dev/null; do
		# Every check has its own limit in the guest. This one is for a guest that is lost.
		guest_size=$(stat -c %s "$guest_at.raw" 2>/dev/null)
		if [ "$guest_size" != "$guest_said" ]; then
			guest_said=$guest_size
			guest_quiet=$(date +%s)
		elif [ $(($(date +%s) - guest_quiet)) -gt 240 ]; then
			kill $guest_pid 2>/dev/null
			break
		fi
		# All results are in: do not wait for the power-off.
		if grep -q -F "$nonce	end" "$guest_at.raw" 2>/dev/null; then
			kill $guest_pid 2>/dev/null
			break
		fi
		sleep 0.3
	done
	wait $guest_pid
	guest_status=$?
	wait $guest_reader
	rm -f "$guest_at.pipe"
	if grep -q -F "$nonce	end" "$guest_at.raw"; then
		: >"$guest_at.ended"
	elif [ $(($(date +%s) - guest_quiet)) -gt 240 ]; then
		echo "the machine said nothing for four minutes" >"$guest_at.ended"
	elif [ $guest_status = 0 ]; then
		echo "the machine was powered off before the results were in" >"$guest_at.ended"
	else
		sed -n '/^vm: console log/d; /KVM/d; s/^vm: //p' "$guest_at.err" | tail -n 1 |
			grep . >"$guest_at.ended" || echo "the machine was ended" >"$guest_at.ended"
	fi
}

# judge LAB NAME WORK MACHINE - the results of one submission, a line a check, parted by
# tabs: check, verdict, points, of how many, expected, seen, where to read
judge()
{
	judge_why=$(screen "$3" "$2")
	judge_words=$(grep -E 'error|undefined!|Error' "$3/$2.words" 2>/dev/null | head -n 1)
	: >"$3/$2.none"
	awk -F '\t' -v OFS='\t' -v nonce="$(cat "$3/$4.nonce" 2>/dev/null)" -v module="$2" \
		-v built="$([ -e "$3/ko/$2.ko" ] && echo yes)" -v words="$judge_words" \
		-v why="$judge_why" -v ended="$(cat "$3/$4.ended" 2>/dev/null)" \
		-f "$labs/judge.awk" "$(lab_dir "$1")/rubric.tsv" \
		"$([ -e "$3/$4.raw" ] && echo "$3/$4.raw" || echo "$3/$2.none")"
	rm -f "$3/$2.none"
}
