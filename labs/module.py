# SPDX-License-Identifier: GPL-2.0
"""Finds parts of an object file that the compiler cannot have made from C alone.

A section attribute that contains a line feed puts assembly into the compiler's output. Such assembly is hard to find in
the source. But it leaves traces in the object file: bytes that belong to no symbol, sections that no C file has, or
simply too many bytes.
"""
import re
import struct
from collections import namedtuple

# The sections that a kernel module in C can have, including those that objtool adds
SECTIONS = re.compile(
    r'\.(text|data|rodata|bss|init|exit|ref|meminit|note|altinstr|discard|static_call|noinstr|orc_)[a-z0-9_.]*|'
    r'\.(modinfo|smp_locks|parainstructions|retpoline_sites|return_sites|call_sites|ibt_endbr_seal|cfi_sites|'
    r'export_symbol|printk_index|eh_frame|codetag\.alloc_tags|gnu\.linkonce\.this_module)|'
    r'__(param|bug_table|jump_table|ex_table|mcount_loc|patchable_function_entries|tracepoints[a-z_]*|dyndbg[a-z_]*|'
    r'bpf_raw_tp_map|srcu_struct_ptrs|versions|verbose|kcfi_traps)|__ksymtab[a-z_]*|___ksymtab[A-Za-z0-9_+]*|'
    r'_ftrace_[a-z_]+|__tracepoint_check|\.(init|fini)_array(\..*)?|\.BTF_ids|_error_injection_whitelist|'
    r'_kprobe_blacklist|alloc_tags')
# In these sections every byte belongs to a function or a variable, except that a sanitizer may add
# bytes to data sections.
CODE = re.compile(r'\.(text|init\.text|exit\.text|ref\.text)(\..*)?')
DATA = re.compile(r'\.(data|bss)(\..*)?')
SANITIZER = re.compile('__(ubsan|asan|kasan|tsan)_.*')
# A smaller gap between two symbols may be padding: the largest usual alignment is a cache line.
PADDING = 64
LARGEST = 200000
ALLOC, EXEC, NOBITS, SYMTAB = 2, 4, 8, 2

Section = namedtuple('Section', 'name type flags at size link')
Symbol = namedtuple('Symbol', 'name kind section value size')


def _text(table, at):
    return table[at:table.index(b'\0', at)].decode('ascii')


def read(data):
    """Returns the sections and symbols of a 64-bit little-endian object file. Raises ValueError, struct.error
    or IndexError for any other file.
    """
    if data[:6] != b'\x7fELF\x02\x01':
        raise ValueError('no object file')
    start, = struct.unpack_from('<Q', data, 40)
    _, number, names = struct.unpack_from('<HHH', data, 58)
    raw = [struct.unpack_from('<IIQQQQII', data, start + 64 * n) for n in range(number)]
    strings = data[raw[names][4]:raw[names][4] + raw[names][5]]
    sections = [Section(_text(strings, row[0]), row[1], row[2], row[4], row[5], row[6]) for row in raw]
    symbols = []
    for section in sections:
        if section.type == SYMTAB:
            table = sections[section.link]
            strings = data[table.at:table.at + table.size]
            for at in range(section.at, section.at + section.size, 24):
                name, info, _, index, value, size = struct.unpack_from('<IBBHQQ', data, at)
                symbols.append(Symbol(_text(strings, name), info & 15, index, value, size))
    return sections, symbols


def gap(section, symbols):
    """Returns the largest number of consecutive bytes that belong to no symbol."""
    end = most = 0
    for symbol in sorted(symbols, key=lambda one: one.value):
        most = max(most, symbol.value - end)
        end = max(end, symbol.value + symbol.size)
    return max(most, section.size - end)


def foreign(data):
    """Returns '' if a C compiler can have made every part of the object file. Otherwise returns a text that names the
    part that it cannot have made."""
    try:
        sections, symbols = read(data)
    except (ValueError, IndexError, struct.error):
        return 'its object file cannot be read'
    size = 0
    sanitized = any(SANITIZER.fullmatch(symbol.name) for symbol in symbols if not symbol.section)
    for index, section in enumerate(sections):
        if not section.flags & ALLOC:
            continue
        size += 0 if section.type == NOBITS else section.size
        if not SECTIONS.fullmatch(section.name):
            return f'its object file has a section {section.name[:40]!r}, which no driver in C has'
        # Kind 1 is a variable, kind 2 is a function
        left = gap(section, [symbol for symbol in symbols if symbol.section == index and symbol.kind in (1, 2)])
        covered = CODE.fullmatch(section.name) or DATA.fullmatch(section.name) and not sanitized
        if covered and left >= PADDING:
            return f'{left} bytes of its section {section.name} belong to no function or variable: not made from C'
    if any(symbol.kind == 10 for symbol in symbols):
        return 'it chooses a function while it is loaded (ifunc), which no driver of a lab does'
    return f'its object file has {size} bytes, more than a driver of a lab can need' if size > LARGEST else ''
