# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Triggers the pair work_flush_system by compiling its broken file. The broken file is not built
# with the other modules, because the compiler warns about this file. The output of the compiler
# goes to the kernel log, where pairs.sh looks for the reports of all broken modules. The fixed
# module is an ordinary module. pairs.sh sources this file.

if [ "${mode:?}" = broken ]; then
	lab=${BH_LAB:-$(cd .. && pwd)}
	KDIR=${KDIR:-/lib/modules/$(uname -r)/build}

	# The time limit in seconds. The compiler is slow in an emulated VM whose kernel has KASAN.
	# shellcheck disable=SC2034 # read by pairs.sh
	deadline=600

	refused() {
		! modinfo work_flush_system_broken
	}

	announced() {
		echo '<4>work_flush_system_broken: broken on purpose: the compiler warns of it' \
			>/dev/kmsg
	}

	# Make only the object file: the module itself is not needed, and modpost takes long. CC=gcc
	# selects the guest's compiler, because the compiler that has built the kernel may not exist
	# here.
	trigger() {
		_build=$(mktemp -d) && cp "$lab/demo_workqueue/pairs/$1.c" "$_build" || return
		cat >"$_build/Kbuild" <<-END
		include $lab/include/Kbuild.probes
		ccflags-y := -I$lab/include \$(compat-flags)
		obj-m := $1.o
		END
		LC_ALL=C make -C "$KDIR" M="$_build" CC=gcc "$1.o" 2>&1 |
			sed -u -n 's#^\(.*/\)*\([a-z_]*\.[ch]:[0-9:]* \(warning\|note\): \)#<4>\2#p' >/dev/kmsg
		rm -r "$_build"
	}
fi
