# shellcheck shell=sh disable=SC2034
# SPDX-License-Identifier: GPL-2.0
#
# What vm/run and stages.sh must know about two processors: the host's processor, which runs the
# programs, and the guest's processor, which QEMU emulates. stages.sh sources this file.
#
# Two scripts in inside/ depend on the processor too: "boot-image" unpacks a kernel image of x86_64,
# and "kernel" builds a kernel for x86_64.

# The host. QEMU and the programs of the tree do not use the host's loader and libraries. They use
# Debian's, which are in the tree.
host_arch=x86_64
host_loader=usr/lib64/ld-linux-x86-64.so.2
host_libraries=usr/lib/x86_64-linux-gnu

# set_arch NAME: choose the guest's processor
set_arch()
{
	case $1 in
	x86_64)
		# The suffix of folder names: of results, of builds, and of stages in the cache
		arch_suffix=
		# Debian's name of the architecture, or nothing if it is the host's architecture
		arch_foreign=
		arch_package=qemu-system-x86
		arch_program=qemu-system-x86_64
		arch_firmware=usr/share/seabios
		arch_machine=pc
		arch_cpu=max
		# If a vCPU hangs with its interrupts off, the VM does not end by itself. This
		# watchdog device ends the VM.
		arch_watchdog=i6300esb
		# At boot the kernel counts timer interrupts for a moment, and panics if there are
		# too few. On a busy host there may be too few. no_timer_check disables this check.
		# Under KVM the kernel does not check.
		arch_console=ttyS0
		arch_append=no_timer_check
		# The mark of a disposable VM is an OEM string, which dmi_find_device() finds in the
		# guest.
		arch_mark_option='-smbios type=11,value=bottom-halves-lab'
		arch_mark_append= ;;
	arm64)
		arch_suffix=-arm64
		arch_foreign=arm64
		# The packages of the cross compiler, and the prefix of its programs
		arch_compiler='gcc-14-aarch64-linux-gnu libc6-dev-arm64-cross'
		arch_prefix=aarch64-linux-gnu-
		arch_package=qemu-system-arm
		arch_program=qemu-system-aarch64
		arch_firmware=usr/share/qemu
		arch_machine=virt,gic-version=3
		# With the cipher of the architecture, pointer authentication would take half of the
		# emulator's time. pauth-impdef=on chooses a faster cipher.
		arch_cpu=max,pauth-impdef=on
		arch_watchdog=i6300esb
		arch_console=ttyAMA0
		arch_append=
		# The VM has no firmware, so the guest finds no SMBIOS table, and no OEM string. So
		# the mark is a parameter of the kernel. The kernel ignores a parameter MODULE.NAME
		# if it does not know MODULE.
		arch_mark_option=
		arch_mark_append=lab.mark=bottom-halves-lab ;;
	*)
		say "no architecture is called '$1'; ARCH= (of vm/run: --arch) is x86_64 or arm64"
		exit 2 ;;
	esac
	arch=$1
	# This script starts other scripts, which read ARCH. kbuild does not see ARCH, because the
	# sandbox clears the environment.
	export ARCH="$arch"
}
arch=${ARCH:-$(uname -m)}
[ "$arch" != aarch64 ] || arch=arm64
set_arch "$arch"
