# SPDX-License-Identifier: GPL-2.0
#
# Was a VM ended by a fault of QEMU's emulation that is known by its exact words? Reads a
# kernel console, prints what it was, or nothing.
#
# An int3 in __schedule(): one CPU switches a static key, for which it puts an int3 over the
# instruction, and another CPU runs the int3 after it has gone. The hardware cannot do that;
# multi-threaded TCG can. It counts only as the first report in the log, and with no frame of
# a module from outside the kernel: whatever our modules have a part in is theirs.

function judge(i, n, module) {
	if (!oops || done)
		return
	done = 1
	if (rip !~ /^[0-9a-f]+:__schedule\+0x/)
		return
	for (i = 1; i <= frames; i++) {
		module = frame[i]
		sub(/.*\[/, "", module)
		sub(/[ \]].*/, "", module)
		# Without the list of modules it may be anyone's.
		if (!(module in linked) || linked[module])
			return
	}
	print "QEMU let a CPU run into the int3 of a static key that was being switched"
}

{
	sub(/\r$/, "")
	sub(/^\[ *[0-9.]+\](\[[ TC0-9]+\])? /, "")
}

done { next }

# The first report, of whatever kind
!oops && /^(Oops: )?int3: 0000 \[#1\]/ { oops = 1; next }
!oops && /BUG: |WARNING: |Oops|Kernel panic|general protection fault|INFO: .*(stall|blocked|lock)|huh, entered softirq/ {
	done = 1
	next
}

oops && rip == "" && /^RIP: / {
	rip = $2
	if (/ \[[a-z0-9_]+\]$/)
		frame[++frames] = $0
	next
}
oops && /^ .*\+0x[0-9a-f]+\/0x[0-9a-f]+ \[[a-z0-9_]+( [0-9a-f]+)?\]$/ { frame[++frames] = $0 }

# name(OE): O is a module from outside the kernel
oops && /^Modules linked in:/ {
	for (i = 4; i <= NF; i++) {
		name = $i
		flags = ""
		if (match(name, /\(.*/)) {
			flags = substr(name, RSTART)
			name = substr(name, 1, RSTART - 1)
		}
		linked[name] = flags ~ /O/
	}
}

oops && /^---\[ end trace/ { judge() }

END { judge() }
