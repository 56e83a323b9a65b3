# shellcheck shell=sh disable=SC2034
# SPDX-License-Identifier: GPL-2.0
#
# What vm/run and stages.sh must know about two processors: the host's processor, which runs the
# programs, and the guest's processor, which QEMU emulates. stages.sh sources this file.
#
# Two scripts in inside/ depend on the processor too: "boot-image" unpacks the kernel of x86_64, and
# "kernel" builds such a kernel.

# The host: the programs of the tree and of QEMU start with Debian's loader and libraries.
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
		# Debian's name of the architecture, if it is not the host's
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
		# too few, as on a busy host. no_timer_check disables this check; under KVM the
		# kernel does not check.
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
		# Pointer authentication with the architecture's own cipher would take half of the
		# emulator's time.
		arch_cpu=max,pauth-impdef=on
		arch_watchdog=i6300esb
		arch_console=ttyAMA0
		arch_append=
		# Without firmware this machine has no SMBIOS, so the mark is a parameter of the
		# kernel. The kernel ignores a parameter with a dot whose module it does not know.
		arch_mark_option=
		arch_mark_append=lab.mark=bottom-halves-lab ;;
	*)
		say "no architecture is called '$1'; ARCH= (of vm/run: --arch) is x86_64 or arm64"
		exit 2 ;;
	esac
	arch=$1
	# The scripts that this one starts read ARCH. The sandbox does not pass ARCH on to kbuild.
	export ARCH="$arch"
}
arch=${ARCH:-$(uname -m)}
[ "$arch" != aarch64 ] || arch=arm64
set_arch "$arch"
