# SPDX-License-Identifier: GPL-2.0
"""Finds out whether a known fault of QEMU's emulation has ended a VM.

Usage: fault.py CONSOLE-LOG

Prints the name of the fault, or nothing. A fault is recognised by the exact words of its report. The fault's report
must be the first report after the last mark of a test, because the test itself has already judged the reports before
that mark. A fault in __schedule() counts only if the report has no frame of a module from outside the kernel, because
such a module may be the cause.
"""
import re
import sys

# Each row: the first line of the report, where the fault happened, the name of the fault, and a line that the stack
# must have. If the last column is None, the stack must have no frame of a module from outside the kernel.
#
# When a CPU switches a static key, it first writes an int3 over the instruction, and later the new instruction. In both
# rows of FAULTS, a CPU executes this int3 although the new instruction is already in memory. Real hardware does not do
# this, but TCG does, if each emulated CPU has its own thread. In __schedule() the fault was seen on a CPU that did not
# switch the key. In handle_softirqs() the fault was seen on the CPU that switched the key: this CPU was already
# changing the next instruction. In this second row the stack may have frames of our modules, because a module may have
# switched the key by removing its tracepoint.
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
    """Returns the name of the fault that ended the VM with this console, or ''."""
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
    # In the list of modules, the flag O, as in NAME(OE), means that the module is from outside the kernel.
    linked = {}
    for line in report:
        if line.startswith('Modules linked in:'):
            for word in line.split()[3:]:
                name, _, flags = word.partition('(')
                linked[name] = 'O' in flags
    frames = [match[1] for match in map(FRAME.match, report) if match]
    for words, place, why, stack in FAULTS:
        # A module that is not in this list may also be from outside the kernel.
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
