# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# What the scripts in vm/ share: names, messages, progress, stages of the cache.
# Sourced with $top set to the repository's root.

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

# step TITLE COMMAND...: run COMMAND, show TITLE and the seconds it took.
# On a terminal the seconds tick; elsewhere a line says that it began.
step()
{
	step_title=$1
	shift
	step_start=$(date +%s)
	step_ticker=
	if [ -t 2 ]; then
		(
			trap 'exit 0' TERM
			while :; do
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
	"$@" || step_status=$?
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

# Only one set-up at a time works on the cache. The lock goes with its holder
# and with what the holder started, so leftovers found under it belong to nobody.
lock_cache()
{
	mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] ||
		die "no permission to write in $cache: mend its owner, or set BH_CACHE to a folder of your own"
	exec 9>"$cache/lock"
	if ! flock -n 9; then
		say "another set-up is at work in $cache; waiting for it"
		flock 9
	fi
	find "$cache" -maxdepth 2 \( -name '*.new' -o -name '*.old' \) -prune \
		-exec rm -rf {} +
}

unlock_cache()
{
	exec 9>&-
}

# stage TARGET KEY TITLE FUNCTION ARGUMENT...: have the folder $cache/TARGET as made from KEY.
# FUNCTION fills the folder $new; only when it succeeded does $new take TARGET's place.
stage()
{
	stage_target=$cache/$1
	stage_key=$2
	stage_title=$3
	shift 3
	stage_fresh && return 0
	lock_cache
	if stage_fresh; then
		unlock_cache
		return 0
	fi
	mkdir -p "$cache/log" "$(dirname "$stage_target")"
	new=$stage_target.new
	stage_log=$cache/log/$(basename "$stage_target").log
	mkdir "$new" || die "cannot write in $cache"
	step "$stage_title" "$@" || {
		rm -rf "$new"
		exit 1
	}
	printf '%s\n' "$stage_key" >"$new/key"
	if [ -e "$stage_target" ]; then
		mv "$stage_target" "$stage_target.old"
	fi
	mv "$new" "$stage_target"
	rm -rf "$stage_target.old"
	unlock_cache
}

stage_fresh()
{
	[ -r "$stage_target/key" ] &&
		read -r stage_have <"$stage_target/key" &&
		[ "$stage_have" = "$stage_key" ]
}

# blame LOG WHAT: say why WHAT failed, from its log
blame()
{
	tail -n 15 "$1" | sed 's/^/    /' >&2
	if grep -q -i -E 'resolving|resolve host|unable to connect|could not connect|network is unreachable|connection (timed out|refused)' "$1"; then
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
