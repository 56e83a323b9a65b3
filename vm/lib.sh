# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Functions that the scripts in vm/ share: names, messages, progress, stages of the cache. Before a
# script sources this file, it sets $top to the repository's root.

me=${me:-vm}
top=${top:?}
# The cache is always a folder with the name bottom-halves. So with BH_CACHE=/data it is
# /data/bottom-halves, and the scripts change nothing else in /data.
cache=${BH_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}}/bottom-halves
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
	say "$me --help shows the usage"
	exit 2
}

# help: print the help of a script, which is the comment under its SPDX line
help()
{
	sed -n '3,/^[^#]/ { /^#/ { s/^# \{0,1\}//; p; } }' "$0"
}

# quote WORD...: print the words, quoted for sh
quote()
{
	for quote_word; do
		printf "'"
		printf '%s' "$quote_word" | sed "s/'/'\\\\''/g"
		printf "' "
	done
}

# step TITLE COMMAND...: run COMMAND in a subshell; show TITLE and how many seconds COMMAND took. On
# a terminal, step updates the seconds while COMMAND runs. If stderr is not a terminal, step prints
# a line when COMMAND begins, and a line when it ends.
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

# room DIRECTORY MEGABYTES WHAT VARIABLE: end the script if there is not enough free space for WHAT.
# The message tells the user to set VARIABLE to another folder.
room()
{
	room_at=$1
	while [ ! -d "$room_at" ]; do
		room_at=$(dirname "$room_at")
	done
	room_free=$(df -Pm "$room_at" | awk 'NR == 2 { print $4 }')
	if [ "$room_free" -lt "$2" ]; then
		die "no room on disk: $3 needs $2 MB under $1, $room_free MB are free;" \
			"make room, or set $4 to a folder with more room"
	fi
}

may_write()
{
	mkdir -p "$1" 2>/dev/null && [ -w "$1" ]
}

# claim_cache: make the cache, or check that the folder $cache is a cache of this project. A cache
# contains a marker file. The first versions of this script made caches without a marker. So a
# folder without a marker gets one if everything in it has a name that those versions used. In any
# other folder the scripts change nothing: claim_cache ends the script.
cache_marker=made_by_bottom_halves
claim_cache()
{
	[ ! -e "$cache/$cache_marker" ] || return 0
	[ -d "$cache" ] || mkdir -p "$cache" 2>/dev/null ||
		die "no permission to make $cache: set BH_CACHE to a folder of your own"
	cache_foreign=$(find "$cache" -mindepth 1 -maxdepth 1 ! -name lock ! -name locks ! -name log \
		! -name boot ! -name kernels ! -name snapshot ! -name 'kvm-*' ! -name 'tree.*' \
		! -name 'qemu.*' ! -name 'image.*' ! -name 'kselftest.*' ! -name 'browser.*' \
		! -name 'herd.*' \
		! -name "$cache_marker" | head -n 1)
	[ -z "$cache_foreign" ] || die "$cache is not a cache of this project: it contains" \
		"${cache_foreign##*/}. Move that folder away, or set BH_CACHE to another place"
	echo 'Made by vm/lib.sh of bottom-halves, which may delete everything here.' \
		2>/dev/null >"$cache/$cache_marker" ||
		die "no permission to write in $cache: change its owner," \
			"or set BH_CACHE to a folder of your own"
}

# own_cache: print the folder for files that only this user needs: snapshots, and the file that says
# whether KVM works. If this user may write to the cache, this folder is the cache. Otherwise it is
# a folder in the checkout.
own_cache()
{
	if [ -w "$cache" ] || [ ! -e "$cache/$cache_marker" ]; then
		printf '%s\n' "$cache"
	else
		printf '%s\n' "$top/out/cache"
	fi
}

# take_lock DESCRIPTOR WHAT: lock the file that is open at DESCRIPTOR. If another set-up holds the
# lock, print a message and wait
take_lock()
{
	flock -n "$1" && return
	say "another set-up works on $2 in $cache; waiting for it"
	flock "$1"
}

# lock_stage NAME: lock a stage, so that only one set-up at a time makes this stage. Set-ups of
# different stages do not wait for each other. The lock lasts until unlock_stage. Without
# unlock_stage, it lasts until this process, and all processes that have inherited it, have ended.
# lock_stage also takes a shared lock on the whole cache. A script that removes the cache, or
# imports one, takes an exclusive lock, so it cannot run while a set-up makes a stage.
lock_stage()
{
	claim_cache
	if ! may_write "$cache/locks" || ! may_write "$cache/log" || ! touch "$cache/lock" 2>/dev/null; then
		die "no permission to write in $cache, and $1 is not in it in the version that this" \
			"checkout needs. Its owner, $(stat -c %U "$cache"), can add it," \
			"from a checkout of this version:" \
			"vm/setup --help says how. Or set BH_CACHE to a folder of your own"
	fi
	exec 9<"$cache/lock"
	if ! flock -n -s 9; then
		say "another set-up has locked $cache; waiting for it"
		flock -s 9
	fi
	exec 5>"$cache/locks/$(printf '%s' "$1" | tr / -)"
	take_lock 5 "$1"
}

unlock_stage()
{
	exec 5>&- 9<&-
}

# stage NAME KEY TITLE FUNCTION ARGUMENT...: set $made to the folder of the stage NAME. KEY is a
# hash of everything on which the folder depends. If the folder does not exist, stage makes it: it
# calls FUNCTION, which fills the folder $new and writes its messages to $new_log. stage renames
# $new to its final name only when FUNCTION has succeeded and everything is on disk. So a folder
# with a final name is complete. The final name ends in the first eight digits of KEY, so checkouts
# that need different things can share a cache.
stage()
{
	made=$cache/$1.$(printf '%.8s' "$2")
	if [ -d "$made" ]; then
		# Record that the folder is in use now. The clean-up below keeps the two folders
		# that were used last.
		touch -c "$made" 2>/dev/null || :
		return 0
	fi
	lock_stage "$1"
	if [ -d "$made" ]; then
		unlock_stage
		return 0
	fi
	new=$made.new
	new_log=$cache/log/$(printf '%s' "$1" | tr / -).log
	stage_name=$1
	stage_title=$3
	shift 3
	# Folders with these names come from a set-up that was interrupted. No other set-up is
	# working on them now, because this process holds the lock of the stage.
	rm -rf --one-file-system "$cache/$stage_name".????????.new \
		"$cache/$stage_name".????????.old
	mkdir -p "$new" || die "cannot write in $cache"
	: >"$new_log" || die "cannot write $new_log"
	step "$stage_title" "$@" || {
		rm -rf "$new"
		exit 1
	}
	image_sums "$new"
	# Write the folder to disk before it gets its final name: otherwise a power cut could leave
	# a folder that has its final name, but is not complete. With -T, mv fails if another
	# checkout has made the folder in the meantime. Without -T, mv would move $new into that
	# folder.
	sync -f "$new" || die "cannot write in $cache"
	if ! mv -T "$new" "$made"; then
		rm -rf "$new"
		[ -d "$made" ] || die "cannot write in $cache"
	fi
	touch -c "$made"
	# Keep the two folders that were used last, because another checkout may need the older
	# folder.
	find "$(dirname "$made")" -maxdepth 1 -name "$(basename "$stage_name").????????" \
		-printf '%T@ %p\n' | sort -rn | sed -e '1,2d' -e 's/^[^ ]* //' |
		while read -r stage_old; do
			mv "$stage_old" "$stage_old.old" && rm -rf "$stage_old.old"
		done
	unlock_stage
}

# image_sums FOLDER: write the checksums of FOLDER's images, from which VMs boot, to FOLDER/sums.
# If FOLDER has no images, FOLDER/sums does not exist afterwards.
image_sums()
{
	set -- "$1" "$1"/*.erofs "$1"/vmlinuz "$1"/initrd
	sums_folder=$1
	shift
	for image; do
		[ ! -f "$image" ] || (cd "$sums_folder" && sha256sum "$(basename "$image")")
	done >"$sums_folder/sums"
	[ -s "$sums_folder/sums" ] || rm -f "$sums_folder/sums"
}

# sound FOLDER: are FOLDER's images unchanged? A damaged disk can change the images, and then tests
# would give wrong results. The check reads a gigabyte, so it is done at most once an hour. An older
# version of this script made folders without checksums. For such a folder, sound writes the
# checksums now.
sound()
{
	if [ ! -e "$1/sums" ]; then
		[ ! -w "$1" ] || image_sums "$1"
		return 0
	fi
	[ -z "$(find "$1/sums" -mmin -60)" ] || return 0
	(cd "$1" && sha256sum --status --check sums) || return 1
	touch -c "$1/sums" 2>/dev/null || :
}

# blame LOG WHAT: print the end of LOG, and say why WHAT failed if LOG shows a known reason
blame()
{
	tail -n 15 "$1" | sed 's/^/    /' >&2
	if grep -q -i -E 'resolving|could not resolve|unable to connect|could not connect|network is unreachable|connection (timed out|refused)' "$1"; then
		say "$2: no network: the Debian mirror cannot be reached." \
			"Check the connection or http_proxy; DEBIAN_MIRROR=URL uses another mirror"
	elif grep -q -i 'no space left' "$1"; then
		say "$2: no room on disk; make room, or set BH_CACHE (and TMPDIR) to a folder with more room"
	elif grep -q -i -E 'NO_PUBKEY|public key is not available' "$1"; then
		say "$2: the host's debian-archive-keyring is too old for this suite: install a newer one"
	else
		say "$2 failed"
	fi
	say "the whole log: $1"
}
