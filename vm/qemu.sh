# shellcheck shell=sh disable=SC2034
# SPDX-License-Identifier: GPL-2.0
#
# What vm/run and stages.sh must know about two processors: that of the host, which runs the
# programs, and that of the guest, which QEMU emulates. stages.sh sources this file.
#
# Two scripts in inside/ depend on the processor too: boot-image unpacks the kernel of x86_64, and
# kernel builds one.

# The host: Debian's loader and libraries start the programs of the tree and of QEMU.
host_arch=x86_64
host_loader=usr/lib64/ld-linux-x86-64.so.2
host_libraries=usr/lib/x86_64-linux-gnu

# set_arch NAME: choose the guest's processor
set_arch()
{
	case $1 in
	x86_64)
		# The column of vm/kernels where its packages begin
		arch_column=3
		arch_package=qemu-system-x86
		arch_program=qemu-system-x86_64
		arch_firmware=usr/share/seabios
		arch_machine=pc
		arch_cpu=max
		# If a vCPU hangs with its interrupts off, the VM does not end by itself. This
		# watchdog device ends it.
		arch_watchdog=i6300esb
		# At boot the kernel counts timer interrupts for a moment, and panics if there are
		# too few, as on a busy host. no_timer_check disables this check; under KVM the
		# kernel does not check.
		arch_console=ttyS0
		arch_append=no_timer_check ;;
	*)
		say "no architecture $1; there is: x86_64"
		exit 2 ;;
	esac
	arch=$1
}
set_arch x86_64
