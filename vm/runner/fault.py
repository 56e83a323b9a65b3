# SPDX-License-Identifier: GPL-2.0
"""Did a fault of QEMU's emulation that is known by its exact words end a VM?

Usage: fault.py CONSOLE-LOG

Prints what it was, or nothing. A fault counts only if it is the first report since the last mark of a
test, which judges the reports before it, and has no frame of a module from outside the kernel: if our
modules take part, it is our fault.
"""
import re
import sys

# First line of the report, where it happened, what it was, and what the stack must show.
#
# One CPU switches a static key and puts an int3 over the instruction. A CPU runs the int3 after it
# has been removed. Hardware cannot do that; multi-threaded TCG can. It was seen in __schedule() on
# the other CPU, and in handle_softirqs() on the CPU that went on to switch the next instruction:
# there a module of ours may have removed its tracepoint.
INT3 = re.compile(r'(Oops: )?int3: 0000 \[#1\]')
FAULTS = [
    (INT3, re.compile(r'RIP: [0-9a-f]+:__schedule\+0x'),
     'QEMU let a CPU run into the int3 of a static key that was being switched', None),
    (INT3, re.compile(r'RIP: [0-9a-f]+:handle_softirqs\+0x'),
     'QEMU let a CPU run into an int3 that it had removed', re.compile(r' text_poke_bp_batch\+0x')),
]
PREFIX = re.compile(r'\[ *[0-9.]+\](\[[ TC0-9]+\])? ')
REPORT = re.compile(r'(Oops: )?int3: 0000|.*(BUG: |WARNING: |Oops|Kernel panic|general protection fault|'
                    r'INFO: .*(stall|blocked|lock)|huh, entered softirq)')
MARK = re.compile(r'bottom_halves: test \d+ mark')
FRAME = re.compile(r'(?:RIP: | ).*\+0x[0-9a-f]+(?:/0x[0-9a-f]+)? \[([a-z0-9_]+)(?: [0-9a-f]+)?\]$')


def in_console(text):
    """The fault that ended the VM with this console, or ''."""
    lines = [PREFIX.sub('', line.rstrip('\r'), count=1) for line in text.split('\n')]
    end = next((n for n, line in enumerate(lines) if INT3.match(line)), 0)
    mark = max((n for n, line in enumerate(lines[:end]) if MARK.match(line)), default=0)
    first = next((n for n, line in enumerate(lines) if n >= mark and REPORT.match(line)), None)
    if first is None:
        return ''
    report = []
    for line in lines[first:]:
        report.append(line)
        if line.startswith('---[ end trace'):
            break
    rip = next((line for line in report if line.startswith('RIP: ')), '')
    # NAME(OE): O means a module from outside the kernel.
    linked = {}
    for line in report:
        if line.startswith('Modules linked in:'):
            for word in line.split()[3:]:
                name, _, flags = word.partition('(')
                linked[name] = 'O' in flags
    frames = [match[1] for match in map(FRAME.match, report) if match]
    for words, place, why, stack in FAULTS:
        # If a module is not in the list, it may belong to anyone.
        if words.match(report[0]) and place.match(rip) and \
                (any(map(stack.match, report)) if stack else
                 not any(linked.get(module, True) for module in frames)):
            return why
    return ''


if __name__ == '__main__':
    with open(sys.argv[1], encoding='utf-8', errors='replace') as log:
        FOUND = in_console(log.read())
    if FOUND:
        print(FOUND)
