# SPDX-License-Identifier: GPL-2.0
"""Turns bytes into kernel messages: removes prefixes, recognises stack frames."""
import re

BLOCK = 1 << 16      # number of bytes to read at a time
MAX_LINE = 1000      # number of characters to keep of a message

_ESCAPE = re.compile(r'\x1b(?:\[[0-9;?]*[A-Za-z]?|[()][A-Z0-9]|\][^\x07]*\x07?)')

# Prefixes that logs put before a message. A line may have several prefixes, so the patterns are
# tried again until no pattern matches. Each prefix ends where the message or the next prefix
# begins.
_PREFIX = [re.compile(p) for p in (
    r'> ?',                                                         # quoted mail
    r'<\d{1,3}>',                                                   # level
    r'\s*\[\s*\d+\.\d+\] ?',                                        # [   12.345678]
    r'\[ {0,8}[CT]\d+\] ?',                                         # [  T123], PRINTK_CALLER
    r'\[[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]{8} \d{4}\] ?',       # dmesg -T
    r'\[\d{4}[-/]\d\d[-/]\d\d[, T]+[\d:.]+\] ?',                    # serial console programs
    r'\[\s*\+\s*\d+\.\d+\] ?',                                      # dmesg --reltime
    r'\d{4}[-/]\d\d[-/]\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)? ',     # ISO
    # syslog, journald, busybox
    r'(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} [ \d]\d [\d:]{8}(?:\.\d+)?(?: \d{4})? ',
    r'(?:kern|user) *: *[a-z]+ *: ?',                               # dmesg -x
    r'kern\.[a-z]+ ',                                               # busybox, OpenWrt
    r'[\w.()-]+ (?=kern(?:el:|\.[a-z]+ ))',                         # name of the host
    r'kernel: ?',
    r'\d{1,3},\d+,\d+,[-+c](?:,[^;]*)?;',                           # /dev/kmsg
    r'(?:#01[0-5])+',                                               # rsyslog's line feeds
    r':(?=[ A-Za-z<\[\-])',                                         # abrt
)]
_CALLER = re.compile(r'\[ {0,8}([CT]\d+)\]')


class Line:
    """One message of a log: its number, its text and, if it is known, its context (C0, T17)."""
    __slots__ = ('number', 'text', 'caller')

    def __init__(self, number, raw):
        self.number = number
        self.caller = None
        text = _printable(raw)
        for _ in range(8):
            for prefix in _PREFIX:
                match = prefix.match(text)
                if match:
                    found = _CALLER.match(match.group())
                    if found:
                        self.caller = found.group(1)
                    text = text[match.end():]
                    break
            else:
                break
        self.text = text


def _printable(raw):
    """Returns the printable part of a line of bytes, so that no control character reaches the
    output."""
    text = raw[:MAX_LINE * 4].decode('utf-8', 'replace')
    if '\x1b' in text:
        text = _ESCAPE.sub('', text)
    text = text[:MAX_LINE].rstrip()
    if not text.isprintable():
        text = ''.join(char if char.isprintable() else ' ' for char in text)
    return text


def lines(stream, hints, wants_all):
    """Yields the lines of a log that contain one of the hints. The hints are bytes, not text. While
    wants_all() is true, it yields every line.

    Most lines of a log do not matter. To save time, a block without a hint is not split into lines.
    """
    number = 0
    rest = b''
    while True:
        block = stream.read(BLOCK)
        if not block and not rest:
            return
        data = rest + block
        end = data.rfind(b'\n') + 1 if block else len(data)
        if end == 0:
            # If a line is too long, keep only its beginning.
            rest = data if len(data) < 2 * BLOCK else data[:MAX_LINE * 4]
            continue
        data, rest = data[:end], data[end:]
        present = [hint for hint in hints if hint in data]
        if not present and not wants_all():
            number += data.count(b'\n')
            continue
        if data.endswith(b'\n'):
            data = data[:-1]
        for raw in data.split(b'\n'):
            number += 1
            if wants_all() or any(hint in raw for hint in present):
                yield Line(number, raw)


# ---- stack frames

_NAME = r'[A-Za-z_.$][\w.$]*'
_FUNC = rf'(?P<func>{_NAME})'
_OFFSET = r'\+0x[0-9a-f]+(?:/0x[0-9a-f]+)?'
_MODULE = r'(?: \[(?P<mod>[\w-]+)(?: [0-9a-f]{16,})?\])?'
_ADDRESS = r'(?:\[<?[0-9a-fA-F]{8,16}>?\] ?){0,2}'
_SOURCE = r'(?: \S+:\d+)?'      # file.c:12, added by tools
_FRAME = re.compile(rf'^\s*\(?{_ADDRESS}\s*(?P<guess>\? )?{_FUNC}{_OFFSET}{_MODULE}\)?\s*'
                    rf'(?:\([A-Za-z]+\))?{_SOURCE}\s*$')
# arm32: [<addr>] (callee [mod]) from [<addr>] (caller+0x/0x [mod]), or without addresses
_ARM = re.compile(rf'^\s*{_ADDRESS}\(?{_FUNC}(?:{_OFFSET})?{_MODULE}\)? from '
                  rf'{_ADDRESS}\(?(?P<caller>{_NAME}){_OFFSET}(?: \[(?P<callermod>[\w-]+)\])?'
                  rf'{_SOURCE}\)?\s*$')
# scripts/decode_stacktrace.sh: func (file.c:12) module. syzbot: func file.c:12 [inline]
_DECODED = re.compile(rf'^\s*(?P<guess>\? )?{_FUNC}(?: \([\w./?-]+:[\d?]+(?: \([^)]*\))?\)'
                      r'(?: (?P<mod>[\w-]+))?| [\w./-]+\.[chS]:\d+ \[inline\])\s*$')
# How kernels print the program counter on x86, arm64, arm, RISC-V and MIPS, s390, powerpc
_PC = re.compile(rf'^\s*(?:RIP: [0-9a-f]+:{_ADDRESS}\s*{_ADDRESS}|pc ?: (?:{_ADDRESS}\s+)?|'
                 rf'PC is at |epc *: (?:[0-9a-f]+ )?|Krnl PSW ?: [0-9a-f ]+ \(|NIP {_ADDRESS}|'
                 rf'EIP: (?:is at |[0-9a-f]+:)?|IP: {_ADDRESS}\s*){_FUNC}{_OFFSET}{_MODULE}')
# An address without a name: there is no function at this address, or it has been unloaded
_PC_NONE = re.compile(rf'^\s*(?:RIP: 0010:{_ADDRESS}\s*{_ADDRESS}|pc ?: |PC is at |epc *: |'
                      rf'IP: {_ADDRESS}\s*)(?:0x)?[0-9a-f]{{8,16}}\s*$')
_CLONE = re.compile(r'\.(?:isra|part|constprop|cold|llvm)[.\d]*')


class Frame:
    """A function on a stack. For a function of the kernel itself, "module" is ''."""
    __slots__ = ('func', 'module', 'guess')

    def __init__(self, func, module=None, guess=False):
        self.func = _CLONE.sub('', func)
        self.module = module or ''
        self.guess = guess      # the unwinder has only seen this address on the stack

    def __str__(self):
        return f'{self.func}() [{self.module}]' if self.module else f'{self.func}()'


def frames_of(text):
    """Returns the frames in a line of a call trace. A line usually has one frame; on arm32 it has
    two, the callee and its caller."""
    if '+0x' not in text:
        match = _DECODED.match(text) if ':' in text else None
        return [Frame(match['func'], match['mod'], bool(match['guess']))] if match else []
    match = _FRAME.match(text)
    if match:
        return [Frame(match['func'], match['mod'], bool(match['guess']))]
    match = _ARM.match(text)
    if match:
        return [Frame(match['func'], match['mod']), Frame(match['caller'], match['callermod'])]
    return []


def pc_of(text):
    """Returns the function in a line that shows the program counter, or None for any other line. If
    the kernel knows no name for the address, the name of the function is ''."""
    match = _PC.match(text)
    if match:
        return Frame(match['func'], match['mod'])
    return Frame('') if _PC_NONE.match(text) else None
