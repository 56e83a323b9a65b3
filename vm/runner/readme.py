# SPDX-License-Identifier: GPL-2.0
"""Compares what a README, BUGS.md or MORE.md shows with what a run printed.

In a block ```console a line "# COMMAND" is a command (a line "> MORE" continues it), and the lines
below it are its output. Blocks with more words after ```console are of other kinds: a block "```console broken" needs
its own VM, and a block "```console 6.12" needs that kernel or a newer one. All blocks of one kind in a file run in the
same shell. Blocks of another kind, or in another file, run in another shell. So a block may depend on earlier blocks of
the same kind in its file, but not on other blocks. A block "```text COMMAND" shows lines from the log that COMMAND
prints, in the order of the log.

A number matches any other number, but a preempt_count must have the same value. Any white space counts as one blank.
Within a line, "..." matches any text. Alone on a line, "..." matches any number of lines.
"""
import glob
import os
import re
from dataclasses import dataclass, field
from typing import List

from .folder import TOP
from .jobs import read

LETTERS = str.maketrans('0123456789abcdef', 'ghijklmnopqrstuv')
COUNTS = [re.compile(r'(with preempt_count )([0-9a-f]+)'), re.compile(r'(exited with )([0-9a-f]+)')]
ATOMIC = re.compile(r'(/0x)([0-9a-f]+)')
# The flags in a line of ftrace. The second flag says whether the scheduler must run. This depends on what else the VM
# does, so the flag is not compared.
FTRACE = re.compile(r'(\[[0-9]+\] [.a-zA-Z#])[NnPpBbLl.]([.a-zA-Z#][.0-9a-f]* )')
ANY = [(re.compile(pattern), text) for pattern, text in (
    (r'^\[ *[0-9.]+\] ', ''), (r'0x[0-9a-f]+', '0'), (r'[0-9a-f]{8,}', '0'),
    (r'[0-9]+(\.[0-9]+)*', 'N'), (r'[ \t]+', ' '), (r'^ | $', ''))]
# The lines of a call trace that show how the kernel came to the module's code. Only the frames of the module are
# compared, so these lines are left out.
WAY = re.compile(r' *(\.\.\.|</?(IRQ|TASK)>)$|'
                 r' *(\[<[0-9a-f]+>\] |\? )?[A-Za-z_][A-Za-z0-9_.]*\+0x[0-9a-f]+/0x[0-9a-f]+$')
LUCK = [(re.compile(pattern), text) for pattern, text in (
    # The address of the function that last disabled interrupts or preemption
    (r'\): \[<[0-9a-f]+>\] .*', '):'), (r' Comm: .*', ' Comm: '),
    (r'scheduling while atomic: .*/0x', 'scheduling while atomic: .../0x'),
    # The interrupted task, or ksoftirqd
    (r'(?<=s! )\[\S+\]$', '...'), (r'(?<=, name: )\S+$', '...'), (r'(?<=^no locks held by )\S+(?=/)', '...'),
    (r'kworker/[u0-9:]+', 'kworker/...'))]


@dataclass
class Block:
    """A command and its output in a document, or a part of a log."""
    at: int
    command: str
    want: List[str] = field(default_factory=list)


def normal(line):
    """Returns the line without the parts that may differ from run to run."""
    def spelt(match):
        # Write the value in letters: the comparison ignores numbers.
        return match[1] + match[2].translate(LETTERS)
    if 'scheduling while atomic: ' in line:
        line = ATOMIC.sub(spelt, line, count=1)
    for pattern in COUNTS:
        line = pattern.sub(spelt, line, count=1)
    line = FTRACE.sub(r'\1.\2', line, count=1)
    for pattern, text in ANY:
        line = pattern.sub(text, line)
    return line


def like(want, got):
    """Are the lines equal? "..." in the first line matches any text."""
    pattern = '.*'.join(re.escape(part) for part in normal(want).split('...'))
    return re.fullmatch(pattern, normal(got), re.S) is not None


def differs(want, got):
    """Does the output differ from what the document shows?"""
    at = 0
    for number, line in enumerate(want):
        if line == '...':
            if number + 1 == len(want):
                return False
            while at < len(got) and not like(want[number + 1], got[at]):
                at += 1
        elif at >= len(got) or not like(line, got[at]):
            return True
        else:
            at += 1
    return at < len(got)


def missing(block, log):
    """Returns a message about the first line of a block that is not in the log, or not in this order. Returns '' if
    there is no such line.

    A block shows only what is instructive, so it may leave out times, the ends of lines, and whole lines. The names of
    the interrupted task and of the worker depend on chance, so they are not compared.
    """
    at = 0
    for number, line in enumerate(block.want, 1):
        want = '' if WAY.match(line) else line
        for pattern, text in LUCK:
            want = pattern.sub(text, want)
        if not want:
            continue
        while at < len(log) and not like(want + '...', log[at]):
            at += 1
        if at == len(log):
            return f'line {block.at + number}: not in the log, or not in this order: {line}'
        at += 1
    return ''


def sessions(text, kind=''):
    """Returns the commands of the ```console blocks of one kind."""
    blocks, inside, typed = [], False, False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith('```'):
            inside = line.startswith('```console') and line[10:].strip() == kind
            typed = False
        elif inside and line.startswith('# '):
            blocks.append(Block(number, line[2:]))
            typed = True
        elif inside and typed and line.startswith('> '):
            blocks[-1].command += '\n' + line[2:]
        elif inside and blocks:
            blocks[-1].want.append(line)
            typed = False
    return blocks


def recordings(text, command):
    """Returns the ```text blocks that show the output of the command."""
    blocks, inside = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith('```'):
            inside = line == f'```text {command}'
            if inside:
                blocks.append(Block(number, command))
        elif inside:
            blocks[-1].want.append(line)
    return blocks


def documents():
    """Returns the Markdown files that contain blocks to run or compare."""
    return [f'{TOP}/README.md'] + sorted(glob.glob(f'{TOP}/*/*.md'))


def compare(run, command, log):
    """Adds a result for each document that shows output of the command. The argument "log" is what the command printed
    in this run."""
    lines = [line.rstrip('\r') for line in log.splitlines()]
    for name in documents():
        blocks = recordings(read(name), command)
        if not blocks:
            continue
        why = [words for words in (missing(block, lines) for block in blocks) if words]
        what = f'{os.path.relpath(name, TOP)} shows what {command} prints'
        if not run.add(what, not why, '; '.join(why)):
            print(*why, f'not ok - {what}', sep='\n')


# ---- sessions: selftests/readme.sh runs them in the VM, and this code compares them

def name_of(path, kind):
    """Returns the name of a script: FOLDER@FILE@KIND. FILE is without ".md", and FOLDER is "_" for the top folder."""
    folder, name = os.path.split(os.path.relpath(path, TOP))
    return f'{folder or "_"}@{name[:-3]}@{kind}'


def all_sessions():
    """Yields (path, kind, blocks) for every kind of block in every document."""
    for path in documents():
        text = read(path)
        for kind in dict.fromkeys(words.strip() for words in re.findall('^```console(.*)$', text, re.M)):
            blocks = sessions(text, kind)
            if blocks:
                yield path, kind, blocks


def write_scripts(folder):
    """Writes scripts that run the commands of the blocks. Before each command, a script prints the byte 036 (octal), a
    blank and the number of the command."""
    os.makedirs(folder, exist_ok=True)
    for path, kind, blocks in all_sessions():
        with open(f'{folder}/{name_of(path, kind)}.sh', 'w', encoding='utf-8') as file:
            file.writelines(f"printf '\\036 {number}\\n'\n{block.command}\n" for number, block in enumerate(blocks))


def outputs(text, blocks):
    """Returns what each command printed."""
    parts = [part.partition('\n') for part in text.split('\x1e ')[1:]]
    found = {int(number): rest.splitlines() for number, _, rest in parts if number.isdigit()}
    return [found.get(number, []) for number in range(len(blocks))]


def judge_typed(folder, broken=None):
    """Yields (name, why) for each kind of block in each document whose commands ran. why is '' if the document shows
    what the commands printed. With broken=FOLDER/FILE.md, judges only those blocks of this document that break the
    kernel.
    """
    for path, kind, blocks in all_sessions():
        out = f'{folder}/{name_of(path, kind)}.out'
        document = os.path.relpath(path, TOP)
        if (kind == 'broken') != bool(broken) or broken and broken != document or not os.path.exists(out):
            continue
        why = []
        for block, got in zip(blocks, outputs(read(out), blocks)):
            if differs(block.want, got):
                why += [f'line {block.at}: # {block.command}'] + ['  shown: ' + line for line in block.want] + \
                    ['  is:    ' + line for line in got]
        yield f'{document} shows what its commands print{" (" + kind + ")" if kind else ""}', \
            '\n'.join(why)


def updated(document, results):
    """Returns the text of a document, in which each command is followed by the output that it printed in a run."""
    path = os.path.join(TOP, document)
    lines = read(path).splitlines()
    blocks = [(block, got) for name, kind, found in all_sessions() if os.path.samefile(name, path)
              for out in [f'{results}/{name_of(name, kind)}.out'] if os.path.exists(out)
              for block, got in zip(found, outputs(read(out), found))]
    for block, got in sorted(blocks, key=lambda item: -item[0].at):
        start = block.at + block.command.count('\n')
        lines[start:start + len(block.want)] = got
    return '\n'.join(lines) + '\n'
