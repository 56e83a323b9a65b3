# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# What the scripts in vm/ share: names, messages, progress, stages of the cache.
# Sourced with $top set to the repository's root.

me=${me:-vm}
top=${top:?}
cache=${BH_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/bottom-halves}
case $cache in
/*)	;;
*)	cache=$PWD/$cache ;;
esac

say()
{
	printf 'vm: %s\n' "$*" >&2
}

die()
{
	say "$@"
	exit 1
}

usage_error()
{
	say "$1"
	say "$me --help tells the usage"
	exit 2
}

# The comment under the SPDX line of a script is its help.
help()
{
	sed -n '3,/^[^#]/ { /^#/ { s/^# \{0,1\}//; p; } }' "$0"
}

# quote WORD...: the words, quoted for sh
quote()
{
	for quote_word; do
		printf "'"
		printf '%s' "$quote_word" | sed "s/'/'\\\\''/g"
		printf "' "
	done
}

# step TITLE COMMAND...: run COMMAND in a subshell, show TITLE and the seconds it took.
# On a terminal the seconds tick; elsewhere a line says that it began.
step()
{
	step_title=$1
	shift
	step_start=$(date +%s)
	step_ticker=
	if [ -t 2 ]; then
		(
			while kill -0 $$ 2>/dev/null; do
				printf '\rvm: %s ... %d s ' "$step_title" \
					$(($(date +%s) - step_start)) >&2
				sleep 1
			done
		) &
		step_ticker=$!
	else
		say "$step_title ..."
	fi
	step_status=0
	("$@") || step_status=$?
	if [ -n "$step_ticker" ]; then
		kill "$step_ticker" 2>/dev/null
		wait "$step_ticker" 2>/dev/null || :
		printf '\r\033[K' >&2
	fi
	step_seconds=$(($(date +%s) - step_start))
	if [ $step_status = 0 ]; then
		say "$step_title: $step_seconds s"
	else
		say "$step_title: failed after $step_seconds s"
	fi
	return $step_status
}

hash()
{
	sha256sum | cut -c1-32
}

# room DIRECTORY MEGABYTES WHAT: stop unless so much is free there
room()
{
	room_at=$1
	while [ ! -d "$room_at" ]; do
		room_at=$(dirname "$room_at")
	done
	room_free=$(df -Pm "$room_at" | awk 'NR == 2 { print $4 }')
	if [ "$room_free" -lt "$2" ]; then
		die "no room on disk: $3 needs $2 MB under $1, $room_free MB are free;" \
			"make room, or point $4 at a folder with more"
	fi
}

may_write()
{
	mkdir -p "$1" 2>/dev/null && [ -w "$1" ]
}

# Only one set-up at a time works on the cache. The lock goes with its holder
# and with what the holder started, so leftovers found under it belong to nobody.
lock_cache()
{
	may_write "$cache" || die "no permission to write in $cache: mend its owner," \
		"or set BH_CACHE to a folder of your own"
	exec 9>"$cache/lock"
	if ! flock -n 9; then
		say "another set-up is at work in $cache; waiting for it"
		flock 9
	fi
	find "$cache" -maxdepth 2 \( -name '*.new' -o -name '*.old' \) -prune \
		-exec rm -rf --one-file-system {} +
}

unlock_cache()
{
	exec 9>&-
}

# stage NAME KEY TITLE FUNCTION ARGUMENT...: have the folder of that name as made from KEY, a
# hash of all that goes in; sets made to it. FUNCTION fills the folder $new and writes what it
# says to $new_log; only when it succeeded does $new get its name, which ends in the key: what
# is there is whole, and checkouts that want different things share a cache in peace.
stage()
{
	made=$cache/$1.$(printf '%.8s' "$2")
	[ ! -d "$made" ] || return 0
	lock_cache
	if [ -d "$made" ]; then
		unlock_cache
		return 0
	fi
	new=$made.new
	new_log=$cache/log/$(basename "$1").log
	stage_name=$1
	stage_title=$3
	shift 3
	mkdir -p "$cache/log" "$new" || die "cannot write in $cache"
	: >"$new_log" || die "cannot write $new_log"
	step "$stage_title" "$@" || {
		rm -rf "$new"
		exit 1
	}
	mv "$new" "$made"
	# Its predecessor stays, for another checkout; older ones go.
	find "$(dirname "$made")" -maxdepth 1 -name "$(basename "$stage_name").????????" \
		-printf '%T@ %p\n' | sort -rn | sed -e '1,2d' -e 's/^[^ ]* //' |
		while read -r stage_old; do
			mv "$stage_old" "$stage_old.old" && rm -rf "$stage_old.old"
		done
	unlock_cache
}

# blame LOG WHAT: say why WHAT failed, from its log
blame()
{
	tail -n 15 "$1" | sed 's/^/    /' >&2
	if grep -q -i -E 'resolving|could not resolve|unable to connect|could not connect|network is unreachable|connection (timed out|refused)' "$1"; then
		say "$2: no network: the Debian mirror cannot be reached." \
			"Check the connection or http_proxy; DEBIAN_MIRROR=URL uses another mirror"
	elif grep -q -i 'no space left' "$1"; then
		say "$2: no room on disk; make room, or set BH_CACHE (and TMPDIR) to a folder with more"
	elif grep -q -i -E 'NO_PUBKEY|public key is not available' "$1"; then
		say "$2: the host's debian-archive-keyring is too old for this suite: install a newer one"
	else
		say "$2 failed"
	fi
	say "the whole log: $1"
}
