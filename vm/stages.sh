# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# The stages of the set-up: host packages, tree, QEMU, images, kernels. Each function need_X makes
# sure that X exists. If X exists already, the call takes almost no time. Before a script sources
# this file, it sets $top to the repository's root.

top=${top:?}
# shellcheck source=vm/lib.sh
. "$top/vm/lib.sh"
# shellcheck source=vm/qemu.sh
. "$top/vm/qemu.sh"

suite=trixie

# recipe FILE...: print a hash of the named scripts in inside/, which together make a stage. The
# hash becomes part of the stage's key. Older versions made their keys without this hash, and their
# caches must stay valid. The scripts with the hashes below still do the same as in those versions,
# so recipe prints nothing for them.
recipe()
{
	recipe_hash=$(cd "$top/vm/inside" && cat "$@" | hash)
	case $recipe_hash in
	c5571384c586e1789690027133d4f6c7)	;;	# fetch, apt.sh
	414816a64f3d809c77f8d255d2e69821)	;;	# apt.sh
	*)	echo "$recipe_hash" ;;
	esac
}

# ---- host

need_host()
{
	[ "$(uname -m)" = "$host_arch" ] ||
		die "this machine is $(uname -m): so far the set-up works on $host_arch only"
	wanted=
	host_has python3 python3
	host_has bwrap bubblewrap
	host_has flock util-linux
	host_has setpriv util-linux
	# The rest is needed only to make the tree. vm/cache may have imported the tree already.
	if [ ! -d "$cache/tree.$(printf '%.8s' "$tree_key")" ]; then
		host_has mmdebstrap mmdebstrap
		[ "$(id -u)" = 0 ] || host_has newuidmap uidmap
		[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] ||
			wanted="$wanted debian-archive-keyring"
	fi
	[ -n "$wanted" ] || return 0

	command -v apt-get >/dev/null || no_apt
	as_root=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null ||
			die "not root and no sudo here; as root: apt-get install$wanted"
		as_root=sudo
		# Run sudo here, where the user can see that it asks for a password.
		sudo -v || die "sudo refused; as root: apt-get install$wanted"
	fi
	host_log=$(mktemp)
	step "installing on this machine:$wanted" install_host || {
		tail -n 15 "$host_log" | sed 's/^/    /' >&2
		die "apt-get could not install$wanted; install them by hand, then try again"
	}
	rm -f "$host_log"
}

# no_apt: say what to do on a host without apt. The package names above are Debian's, and the tree
# cannot be made without apt. But podman is available on every distribution.
no_apt()
{
	say "this machine lacks$wanted (Debian's names), and has no apt-get to install them with."
	command -v podman >/dev/null ||
		say "Install podman: sudo dnf install podman, or sudo pacman -S podman, or what your system has."
	say "With podman, everything runs in a container, which .devcontainer/ describes:"
	printf '    %s\n' "podman build -t bottom-halves $(quote "$top/.devcontainer")" \
		"podman run --rm -it --privileged -v $(quote "$top:$top")-w $(quote "$top")\\" \
		"    -v bottom-halves-cache:/root/.cache/bottom-halves bottom-halves make demo" >&2
	say "docs/RUNS-ON.md has more. A cache from another machine (make cache-import) needs bubblewrap only."
	exit 1
}

install_host()
{
	# $wanted is a list of package names, so it is not quoted.
	# shellcheck disable=SC2086
	$as_root env DEBIAN_FRONTEND=noninteractive sh -c \
		'apt-get -q update && exec apt-get -q -o DPkg::Lock::Timeout=300 --no-install-recommends -y install "$@"' \
		sh $wanted >"$host_log" 2>&1 </dev/null
}

host_has()
{
	command -v "$1" >/dev/null || wanted="$wanted $2"
}

# ---- tree: the Debian system in which we compile, and which is the guest's root

need_tree()
{
	[ -z "${tree:-}" ] || return 0
	tree_packages=$(sed -e 's/#.*//' -e 's/[[:space:]]//g' "$top/vm/packages" | grep .)
	tree_key=$(printf '%s\n' 1 "$suite" "$tree_packages" "${DEBIAN_MIRROR:-}" \
		"${DEBIAN_SECURITY_MIRROR:-}" | hash)
	need_host
	stage tree "$tree_key" "root tree (Debian $suite)" make_tree "$tree_packages"
	tree=$made/root
}

# need_guest: make the guest's root, if there is none. If the guest has the host's architecture, its
# root is the tree. If not, its root is made from the packages of the guest's architecture.
need_guest()
{
	need_tree
	guest=$tree
	guest_key=$tree_key
	[ -n "$arch_foreign" ] || return 0
	guest_packages=$(awk '/^#/ { wanted = /guest/; next } NF && (wanted || /#.*guest/) { print $1 }' \
		"$top/vm/packages")
	guest_key=$(printf '%s\n' "$tree_key" "$guest_packages" "$arch" | hash)
	stage "guest$arch_suffix" "$guest_key" "guest root tree for $arch (Debian $suite)" make_guest
	guest=$made/root
}

# The guest's programs cannot run on the host, so the guest's packages are only unpacked, not
# installed. An installation would also write files to /etc, and make the links to
# /etc/alternatives. Copy these files and links from the tree.
make_guest()
{
	make_tree "$guest_packages" --variant=extract --architectures="$arch_foreign" \
		--include='?essential' || return 1
	cp -a "$tree/etc/." "$new/root/etc/" && rm -f "$new/root/etc/ld.so.cache" || return 1
	(cd "$tree" && find usr/bin usr/sbin -type l -lname '/etc/alternatives/*') | while read -r guest_link; do
		guest_program=$(readlink "$tree/etc/alternatives/${guest_link##*/}") || continue
		[ ! -e "$new/root$guest_program" ] || [ -L "$new/root/$guest_link" ] ||
			ln -s "/etc/alternatives/${guest_link##*/}" "$new/root/$guest_link"
	done
}

# tree_sources: print package sources for mmdebstrap, if the user has chosen a mirror. If it prints
# nothing, mmdebstrap uses its default mirror.
tree_sources()
{
	[ -n "${DEBIAN_MIRROR:-}" ] || return 0
	echo "deb $DEBIAN_MIRROR $suite main"
	echo "deb $DEBIAN_MIRROR $suite-updates main"
	[ -z "${DEBIAN_SECURITY_MIRROR:-}" ] ||
		echo "deb $DEBIAN_SECURITY_MIRROR $suite-security main"
}

# make_tree PACKAGES [MMDEBSTRAP-OPTION]...: make a Debian system with PACKAGES in $new/root
make_tree()
{
	tree_include=$1
	shift
	room "$cache" 4000 "the set-up" BH_CACHE
	room "${TMPDIR:-/tmp}" 1500 "building the tree" TMPDIR
	tree_sudo=
	tree_mode=root
	if [ "$(id -u)" != 0 ]; then
		tree_mode=unshare
		if ! mmdebstrap --unshare-helper true >/dev/null 2>&1; then
			command -v sudo >/dev/null || {
				say "no permission to make user namespaces (which needs a range for you in" \
					"/etc/subuid and /etc/subgid), and no sudo here: ask the administrator"
				return 1
			}
			tree_sudo=sudo
			tree_mode=root
		fi
	fi
	# mmdebstrap works in a temporary folder. The folder is not in the cache: without root,
	# mmdebstrap works under user ids that cannot enter a home folder. Each set-up has its own
	# temporary folder, because another set-up may run at the same time, for another cache.
	tree_tmp=$(mktemp -d "${TMPDIR:-/tmp}/bottom-halves-tree.XXXXXX") || return 1
	trap clean_tree_tmp EXIT
	trap 'exit 1' INT TERM HUP
	chmod 1777 "$tree_tmp" && mkdir "$new/root" || return 1
	tree_proxy=$(apt_proxy)
	set -- --mode="$tree_mode" --variant=apt --format=tar "$@" \
		--include="$(echo "$tree_include" | paste -sd, -)" \
		--aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/info/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-include=/usr/share/doc/*/copyright'
	[ -z "$tree_proxy" ] || set -- "$@" --aptopt="Acquire::http::Proxy \"$tree_proxy\""
	set -- "$@" "$suite" -
	[ -z "${DEBIAN_MIRROR:-}" ] || set -- "$@" -

	# As root, run mmdebstrap in its own mount namespace. When mmdebstrap ends for any reason,
	# the namespace disappears. So do all mounts in it, including /proc and /sys of this
	# computer. In a container that forbids mount namespaces, mmdebstrap mounts nothing.
	set -- mmdebstrap "$@"
	if [ $tree_mode = root ] && $tree_sudo unshare --mount true 2>/dev/null; then
		set -- unshare --mount "$@"
	fi
	# tar gives all files to the user who runs the set-up; in the image the files belong to
	# root. Close the descriptors of the locks, 5 and 9, so that mmdebstrap finds a descriptor
	# below 10. mmdebstrap starts a shell that writes to this descriptor, and dash supports only
	# descriptors up to 9.
	{
		tree_sources | $tree_sudo env TMPDIR="$tree_tmp" LC_ALL=C.UTF-8 \
			"$@" 2>"$new_log" 5>&- 9<&- || echo failed >"$new/failed"
	} | tar -C "$new/root" --no-same-owner --exclude='./dev/*' -xf - 2>>"$new_log" ||
		echo failed >"$new/failed"
	if [ -e "$new/failed" ]; then
		blame "$new_log" "building the root tree"
		return 1
	fi
	chmod -R u+rwX "$new/root" &&
		printf 'lab\n' >"$new/root/etc/hostname" &&
		printf '127.0.0.1 localhost lab\n::1 localhost lab\n' >"$new/root/etc/hosts" &&
		: >"$new/root/etc/resolv.conf"
}

clean_tree_tmp()
{
	[ -d "$tree_tmp" ] || return 0
	case $tree_mode in
	unshare)	mmdebstrap --unshare-helper rm -rf --one-file-system "$tree_tmp"/mmdebstrap.* ;;
	root)		$tree_sudo rm -rf --one-file-system "$tree_tmp" ;;
	esac
	rm -rf --one-file-system "$tree_tmp"
}

apt_proxy()
{
	command -v apt-config >/dev/null || return 0
	P=
	eval "$(apt-config shell P Acquire::http::Proxy)"
	printf '%s' "$P"
}

# ---- sandbox: a command in the tree

# sandbox [--kernel] [--net] [--sealed] [--bind DIR]... [--ro-bind-to DIR PLACE]... -- COMMAND...:
# run COMMAND in the tree. If need_kselftest, need_coccinelle, need_codespell or need_book was
# called before, COMMAND also sees what that function provides; with --kernel, it sees the kernel of
# need_kernel. The function is a subshell, so its variables are local.
sandbox()
(
	kernel=
	net=--unshare-net
	repository=$(quote --bind "$top" "$top")
	binds=
	while [ $# -gt 0 ]; do
		case $1 in
		--kernel)	kernel=$kernel_dir/root ;;
		--net)		net=--share-net ;;
		--sealed)	repository= ;;
		--bind)		binds="$binds $(quote --bind "$2" "$2")"; shift ;;
		--ro-bind-to)	binds="$binds $(quote --ro-bind "$2" "$3")"; shift 2 ;;
		--)		shift; break ;;
		esac
		shift
	done
	command=$(quote "$@")

	for variable in http_proxy https_proxy no_proxy TERM; do
		eval "value=\${$variable:-}"
		[ -z "$value" ] || binds="$binds $(quote --setenv "$variable" "$value")"
	done
	if [ -n "$kernel" ]; then
		for folder in "$kernel"/usr/lib/linux-kbuild-* "$kernel/usr/src" \
				"$kernel/usr/lib/modules"; do
			[ -d "$folder" ] || continue
			at=${folder#"$kernel"}
			binds="$binds $(quote --ro-bind "$folder" "$at")"
		done
	fi
	if [ -n "${kselftest_dir:-}" ]; then
		binds="$binds $(quote --ro-bind "$kselftest_dir" /kselftest)"
	fi
	if [ -n "${cross_root:-}" ]; then
		binds="$binds $(quote --ro-bind "$cross_root" /cross --setenv CROSS_COMPILE "$arch_prefix" \
			--setenv PATH /cross/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin \
			--setenv LD_LIBRARY_PATH "/cross/$host_libraries")"
	fi
	if [ -n "${coccinelle_root:-}" ]; then
		binds="$binds $(quote --ro-bind "$coccinelle_root" /coccinelle --setenv COCCINELLE /coccinelle)"
	fi
	if [ -n "${codespell_root:-}" ]; then
		binds="$binds $(quote --ro-bind "$codespell_root" /codespell)"
	fi
	if [ -n "${book_root:-}" ]; then
		binds="$binds $(quote --ro-bind "$book_root" /book)"
	fi
	if [ "$net" = --share-net ]; then
		binds="$binds --ro-bind /etc/resolv.conf /etc/resolv.conf --ro-bind /etc/hosts /etc/hosts"
	fi
	at=/
	case $(pwd -P)/ in
	"$top"/*)	[ -z "$repository" ] || at=$(pwd -P) ;;
	esac

	sandbox_way
	eval "set -- $repository --chdir $(quote "$at") $binds -- $sandbox_as $command"
	# Of the tree's /var, show only the part that apt needs. So a repository that is under /var
	# on the host can still have its own path in the sandbox.
	set -- "$net" --unshare-pid --die-with-parent --clearenv \
		--setenv PATH /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin \
		--setenv HOME /tmp --setenv LC_ALL C.UTF-8 \
		--ro-bind "$tree/usr" /usr --ro-bind "$tree/etc" /etc \
		--symlink usr/bin /bin --symlink usr/sbin /sbin \
		--symlink usr/lib /lib --symlink usr/lib64 /lib64 \
		--ro-bind "$tree/var/lib/dpkg" /var/lib/dpkg \
		--dev /dev --proc /proc --tmpfs /tmp --tmpfs /run "$@"
	eval "exec $sandbox_by \"\$@\""
)

# sandbox_way: set $sandbox_by to the command that starts a sandbox. If the user may make
# namespaces, the command is bwrap. A container may forbid namespaces, or /proc in them. In such a
# container the command is vm/chroot, which needs only mounts. On some distributions AppArmor
# forbids both bwrap and mounts. There the command is bwrap with sudo, and the command in
# $sandbox_as switches back to the user's own id.
sandbox_way()
{
	sandbox_by=bwrap
	sandbox_as=
	if sandbox_said=$(bwrap --ro-bind "$tree/usr" /usr --symlink usr/lib64 /lib64 \
			--symlink usr/lib /lib --dev /dev --proc /proc --unshare-net --unshare-pid -- \
			/usr/bin/true 2>&1); then
		return 0
	fi
	for sandbox_by in 'unshare --mount' 'unshare --user --map-root-user --mount'; do
		$sandbox_by mount --rbind /proc /proc 2>/dev/null || continue
		say "no sandbox here ($sandbox_said), using a plain chroot"
		sandbox_by="$sandbox_by $(quote "$top/vm/chroot")"
		return 0
	done
	[ "$(id -u)" != 0 ] || die "neither a sandbox ($sandbox_said) nor a plain chroot can be made" \
		"here. Is this a container? Start it with --privileged, or with --cap-add SYS_ADMIN" \
		"--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
	command -v sudo >/dev/null || die "bwrap has no permission to make user namespaces here, and" \
		"there is no sudo: ask the administrator for an AppArmor profile with userns for" \
		"/usr/bin/bwrap (or sysctl kernel.apparmor_restrict_unprivileged_userns=0)"
	sandbox_by='sudo bwrap'
	sandbox_as="setpriv --reuid=$(id -u) --regid=$(id -g) --clear-groups --"
}

# ---- kernels

kernel_names()
{
	awk -v arch="$arch" '!/^#/ && $2 == arch { printf "%s%s", sep, $1; sep = " " }' "$top/vm/kernels"
}

# kernel_line NAME: set $kernel_from, $kernel_image and $kernel_headers from the line of NAME in
# vm/kernels
kernel_line()
{
	kernel_row=$(awk -v name="$1" -v arch="$arch" '$1 == name && $2 == arch' "$top/vm/kernels")
	if [ -z "$kernel_row" ]; then
		say "no kernel${arch_foreign:+ of $arch} is called '$1'; there are: $(kernel_names)"
		exit 2
	fi
	# shellcheck disable=SC2086
	set -- $kernel_row
	kernel_from=$3
	kernel_image=$4
	kernel_headers=$5
}

# attempt WHAT COMMAND...: run COMMAND, a step of a stage. Its messages go to the log of the stage.
# If COMMAND fails, show the end of the log
attempt()
{
	attempt_what=$1
	shift
	"$@" >>"$new_log" 2>&1 && return
	blame "$new_log" "$attempt_what"
	return 1
}

# with_apt WHAT SUITE SCRIPT ARGUMENT...: run inside/SCRIPT, which downloads packages of SUITE.
# SCRIPT keeps the state of apt in $new/apt
with_apt()
{
	apt_what=$1
	apt_script=$3
	mkdir "$new/apt" && suite_sources "$2" |
		sed "${apt_archs:+s/^deb /deb [arch=$apt_archs] /}" >"$new/apt/sources.list" || return 1
	shift 3
	attempt "$apt_what" sandbox --net --bind "$new" -- \
		sh "$top/vm/inside/$apt_script" "$new/apt" "$@" && rm -rf "$new/apt"
}

# need_kernel NAME: unpack the packages of this kernel
need_kernel()
{
	[ "${have_kernel:-}" != "$1" ] || return 0
	kernel_line "$1"
	need_tree
	need_cross
	kernel_recipe='fetch apt.sh'
	case $kernel_headers in
	*.config)	kernel_recipe=apt.sh ;;
	esac
	# shellcheck disable=SC2086 # names
	kernel_key=$({
		printf '%s\n' 2 "$kernel_from" "$kernel_image" "$kernel_headers" \
			"${DEBIAN_MIRROR:-}" "${DEBIAN_SECURITY_MIRROR:-}"
		recipe $kernel_recipe
	} | hash)
	case $kernel_headers in
	*.config)
		kernel_key=$({ echo "$kernel_key"; cat "$top/vm/inside/kernel"; kernel_config; } | hash)
		stage "kernels/$1$arch_suffix" "$kernel_key" \
			"kernel $1 (built from $kernel_image: 23 minutes of processor time)" \
			build_kernel "$1" ;;
	*)
		stage "kernels/$1$arch_suffix" "$kernel_key" \
			"kernel $1${arch_foreign:+ for $arch} (packages of Debian $kernel_from)" \
			fetch_kernel "$1" ;;
	esac
	kernel_dir=$made
	read -r release <"$kernel_dir/release"
	# sandbox() mounts folders of the kernel on folders of the tree. Make the folders of the
	# tree now, because a later user of a shared cache may have no permission to make them.
	for folder in "$kernel_dir"/root/usr/lib/linux-kbuild-* "$kernel_dir/root/usr/src" \
			"$kernel_dir/root/usr/lib/modules"; do
		at=$tree${folder#"$kernel_dir/root"}
		[ ! -d "$folder" ] || [ -d "$at" ] || mkdir -p "$at" || die "cannot write in $cache"
	done
	have_kernel=$1
}

# suite_sources SUITE: print the tree's list of package sources, with SUITE instead of its own suite
suite_sources()
{
	sed -n -e "/ $suite\(-[a-z]*\)\{0,1\} /s/ $suite/ $1/p" "$tree/etc/apt/sources.list" |
		case $1 in
		*-backports)	sed -n "/ $1 /p" ;;
		# sid has no suites -updates and -security. A mirror may be a copy from a fixed
		# date, and its Release file of sid may have expired. With check-valid-until=no,
		# apt accepts an expired file.
		sid)		sed -n '/ sid /s/^deb /deb [check-valid-until=no] /p' ;;
		*)		cat ;;
		esac
}

fetch_kernel()
{
	room "$cache" 2000 "a kernel" BH_CACHE
	# The headers packages contain programs that a build runs. These programs must be for the
	# host. Everything else must be for the guest. If a package exists for both architectures,
	# apt takes the package of the host's architecture.
	apt_archs=${arch_foreign:+amd64,$arch_foreign}
	mkdir "$new/root" && with_apt "fetching kernel $1" "$kernel_from" fetch "$new/root" \
		"$kernel_image" "$kernel_headers" && name_release
}

# name_release: write the kernel's release, found in $new, to $new/release
name_release()
{
	set -- "$new"/root/usr/lib/modules/*/kernel "$new"/root/lib/modules/*/kernel
	for kernel_dir; do
		[ -d "$kernel_dir" ] || continue
		basename "$(dirname "$kernel_dir")" >"$new/release"
	done
	[ -s "$new/release" ] || {
		say "the packages of $kernel_image hold no modules: see $new_log"
		return 1
	}
}

# kernel_config: print the configuration that the kernel's line in vm/kernels names. The line may
# name several files (FILE,FILE). If two files set the same option, the line in the later file
# counts. A line of a file is CONFIG_X=..., or the comment "CONFIG_X is not set".
kernel_config()
(
	cd "$top/vm" || exit
	IFS=,
	# shellcheck disable=SC2086 # the files
	set -- $kernel_headers
	[ $# -gt 1 ] || exec cat "$1"
	awk '
		/^CONFIG_/		{ split($0, part, "="); name = part[1] }
		/^# CONFIG_.* is not set$/	{ name = $2 }
		/^(# )?CONFIG_/ && name	{ if (!(name in line)) order[++n] = name; line[name] = $0 }
		{ name = "" }
		END			{ for (i = 1; i <= n; i++) print line[order[i]] }' "$@"
)

# build_kernel NAME: build this kernel from source, with the configuration that the kernel's line in
# vm/kernels names. Report the progress each minute.
build_kernel()
{
	room "$cache" 4000 "building a kernel" BH_CACHE
	mkdir "$new/work" "$new/root" && kernel_config >"$new/work/config" || return 1
	# This subshell reports the progress. It closes the descriptors of the locks (5 and 9), so
	# that it holds no lock after its parent has ended. It sleeps for one second at a time, so
	# that it ends soon after its parent.
	(
		build_seconds=0
		while sleep 1 && kill -0 $$ 2>/dev/null; do
			build_seconds=$((build_seconds + 1))
			[ $((build_seconds % 60)) -ne 0 ] ||
				say "kernel $1: $(grep -c '^  [A-Z]* ' "$new_log") steps of the build done"
		done
	) 5>&- 9<&- &
	build_ticker=$!
	build_status=0
	with_apt "building kernel $1" "$kernel_from" kernel "$new/work" \
		"$new/root" "$kernel_image" "$new/work/config" || build_status=1
	kill "$build_ticker" 2>/dev/null
	wait "$build_ticker" 2>/dev/null
	[ $build_status = 0 ] && rm -rf "$new/work" && name_release
}

# need_boot NAME: make the files that QEMU boots: kernel, initial ramdisk, images
need_boot()
{
	need_kernel "$1"
	need_guest
	boot_root_key=$(printf '%s\n' "$guest_key" "$(cat "$top/vm/inside/root-image")" | hash)
	stage "image$arch_suffix" "$boot_root_key" "guest root image" make_root_image
	image_dir=$made
	boot_key=$(cat "$top/vm/inside/boot-image" "$top"/vm/guest/* | { echo "$kernel_key $guest_key"; cat; } | hash)
	stage "boot/$1$arch_suffix" "$boot_key" "boot images of kernel $1${arch_foreign:+ for $arch}" make_boot_images "$1"
	boot_dir=$made
	export image_dir boot_dir
}

make_root_image()
{
	attempt "making the guest root image" sandbox --bind "$new" --ro-bind-to "$guest" /tree -- \
		sh "$top/vm/inside/root-image" /tree "$new/root.erofs"
}

make_boot_images()
{
	attempt "making the boot images of kernel $1" \
		sandbox --bind "$new" --ro-bind-to "$kernel_dir/root" /kernel \
		--ro-bind-to "$guest/usr/bin/busybox" /usr/bin/busybox -- \
		sh "$top/vm/inside/boot-image" /kernel "$release" "$top/vm/guest" "$new"
}

# ---- beside the tree: packages that are only unpacked; their programs use the tree's libraries

# beside_key WORD...: print the key of a stage that unpacks packages beside the tree. The key
# depends on the WORDs and on inside/apt.sh
beside_key()
{
	{
		printf '%s\n' "$@"
		recipe apt.sh
	} | hash
}

# fetch_beside PACKAGES MB WHAT [SUITE]: unpack PACKAGES into $new/root; WHAT needs MB of disk space
fetch_beside()
{
	room "$cache" "$2" "$3" BH_CACHE
	mkdir "$new/root" || return 1
	for package in $1; do
		with_apt "fetching $3" "${4:-$suite}" unpack "$new/root" "$package" || return 1
	done
}

# fetch_source FOLDER LIST: fetch those files of the kernel's source that inside/LIST names
fetch_source()
{
	with_apt "fetching linux-source-6.12" "$suite" source "$1" linux-source-6.12 "$top/vm/inside/$2"
}

# QEMU also comes from Debian, so the emulator is the same on every host. Before version 8.1, QEMU
# may go on running old code if one CPU changes this code while another CPU translates it. This
# happens only if each CPU has its own thread. The fix is "accel/tcg: Always lock pages before
# translation". Without the fix, a guest that turns a tracepoint on or off may die of an int3, or
# hang. Bookworm has QEMU 7.2.
need_qemu()
{
	need_tree
	qemu_key=$(beside_key "$tree_key" "$(cat "$top/vm/inside/unpack")")
	stage "qemu$arch_suffix" "$qemu_key" "QEMU${arch_foreign:+ for $arch} (Debian $suite)" \
		fetch_beside "$arch_package" 300 QEMU
	qemu_root=$made/root
	export qemu_root
}

# need_cross: fetch a cross compiler, if the guest's architecture is not the host's
need_cross()
{
	[ -n "$arch_foreign" ] || return 0
	need_tree
	cross_key=$(beside_key "$tree_key" "$arch_compiler" "$(cat "$top/vm/inside/unpack")")
	stage "cross$arch_suffix" "$cross_key" "compiler for $arch (Debian $suite)" fetch_cross
	cross_root=$made/root
}

# The linker's scripts name libraries by the paths that they would have if the packages were
# installed. Remove the folders from these paths. Then the linker looks for the libraries where the
# linker itself was unpacked. The compiler finds its own parts without help.
fetch_cross()
{
	fetch_beside "$arch_compiler" 400 "a compiler for $arch" || return 1
	cross_target=${arch_prefix%-}
	cross_scripts=$(grep -l -I '^GROUP' "$new/root/usr/$cross_target/lib"/*.so) &&
		printf '%s\n' "$cross_scripts" | xargs sed -i "s,/usr/$cross_target/lib/,,g" &&
		set -- "$new/root/usr/bin/$arch_prefix"gcc-[0-9]* && [ -x "$1" ] &&
		ln -s "${1##*/}" "$new/root/usr/bin/${arch_prefix}gcc" && return
	say "the packages $arch_compiler do not have the expected layout"
	return 1
}

# A browser tests the report; only "make report-check" needs the browser.
need_browser()
{
	need_tree
	browser_key=$(beside_key "$tree_key" "$(cat "$top/vm/inside/unpack")")
	stage browser "$browser_key" "a headless browser (Debian $suite)" \
		fetch_beside chromium-headless-shell 700 "a browser"
	browser_root=$made/root
	export browser_root
}

# herd7 simulates memory models; only "make litmus" needs it. Of Debian's suites, only sid has
# herd7. herd7 needs sid's C library, which is fetched too. The memory model itself comes from the
# kernel's source package.
need_herd()
{
	need_tree
	herd_key=$(beside_key "$tree_key" "$(cd "$top/vm/inside" && cat unpack source model.list)")
	stage herd "$herd_key" "herd7 (Debian sid), memory model (linux-source-6.12)" fetch_herd
	herd_root=$made/root
	export herd_root
}

fetch_herd()
{
	fetch_beside herdtools7 2000 "herd7" sid || return 1
	# Of the 250 MB, keep only the two programs, the models that they read, and the libraries.
	if ! { mkdir -p "$new/kept/bin" "$new/kept/lib" "$new/kept/share" &&
		mv "$new/root/usr/bin/herd7" "$new/root/usr/bin/klitmus7" "$new/kept/bin/" &&
		mv "$new/root/usr/share/herdtools7/herd" "$new/root/usr/share/herdtools7/litmus" \
			"$new/kept/share/" &&
		mv "$new"/root/usr/lib/x86_64-linux-gnu/lib*.so.* \
			"$new/root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" "$new/kept/lib/" &&
		rm -rf "$new/root" && mv "$new/kept" "$new/root"; }; then
		say "the package herdtools7 does not have the expected layout"
		return 1
	fi
	mkdir "$new/root/linux" &&
		fetch_source "$new/root/linux" model.list
}

# Coccinelle checks a driver's source; only "make lint" and "make check" need it. Coccinelle loads
# libpython, which is fetched too.
need_coccinelle()
{
	need_tree
	coccinelle_key=$(beside_key 2 "$tree_key" "$(cat "$top/vm/inside/unpack")")
	stage coccinelle "$coccinelle_key" "Coccinelle (Debian $suite)" fetch_coccinelle
	coccinelle_root=$made/root
}

# Coccinelle looks for Python's library under a name that only Debian's -dev package contains.
fetch_coccinelle()
{
	fetch_beside "coccinelle libpython3.13" 200 Coccinelle &&
		ln -s libpython3.13.so.1.0 "$new/root/usr/lib/x86_64-linux-gnu/libpython3.13.so"
}

# codespell checks the spelling; only "make check" needs codespell. It uses the tree's Python.
need_codespell()
{
	need_tree
	codespell_key=$({
		printf '%s\n' "$tree_key" "$(cat "$top/vm/inside/unpack")"
		recipe apt.sh
	} | hash)
	stage codespell "$codespell_key" "codespell (Debian $suite)" fetch_beside codespell 50 codespell
	codespell_root=$made/root
}

# mdBook and graphviz make the book and draw its figures; only "make book", "make drawings" and "make
# check" need them.
need_book()
{
	need_tree
	book_key=$(beside_key "$tree_key" "$(cat "$top/vm/inside/unpack" "$top/vm/inside/book")")
	stage book "$book_key" "mdBook and graphviz (Debian $suite)" fetch_book
	book_root=$made/root
}

fetch_book()
{
	fetch_beside "mdbook graphviz" 200 "mdBook and graphviz" &&
		with_apt "setting up mdBook and graphviz" "$suite" book "$new/root"
}

# ---- kselftest: the framework, from the kernel's source package

need_kselftest()
{
	need_tree
	kselftest_key=$(beside_key "${DEBIAN_MIRROR:-}" "$(cd "$top/vm/inside" && cat source kselftest.list)")
	stage kselftest "$kselftest_key" "kselftest and checkpatch (linux-source-6.12)" fetch_kselftest
	kselftest_dir=$made
}

fetch_kselftest()
{
	room "$cache" 1000 "the kernel's source package" BH_CACHE
	mkdir "$new/tree" && fetch_source "$new/tree" kselftest.list &&
		ln -s tree/tools/testing/selftests "$new/selftests"
}

# ---- sources

# sources: list the files that are built and checked, with paths from the repository's root. The
# list leaves out results, a cache that is inside the repository, and the files that a build in the
# source folder leaves behind.
sources()
{
	sources_cache=$cache
	case $cache in
	"$top"/*)	sources_cache=.${cache#"$top"} ;;
	esac
	find . \( -name .git -o -path ./out -o -path "$sources_cache" -o -name '.tmp_*' -o -name __pycache__ \) -prune -o \
		\( -type f -o -type l \) \
		! -name '*.o' ! -name '*.ko' ! -name '*.mod' ! -name '*.mod.c' ! -name '.*.cmd' \
		! -name '*.order' ! -name 'Module.symvers' ! -name '.*.d' ! -name '*.swp' ! -name '*~' \
		-print | LC_ALL=C sort
}
