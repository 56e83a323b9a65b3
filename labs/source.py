#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Usage: labs/source.py starter LEVEL SOLUTION - prints the starter for a level of help, 1 (most) to 3;
for LEVEL 0 it prints the solution without its marks

Starters and mutants are made from the solution, so they always agree with it.

The marks in a solution are comments on separate lines:
	/*@ hole LEVELS: HINT */	at these levels the lines from here to the end of the
	/*@ end */			hole are missing, and HINT replaces them; holes may nest
	/*@ hint HINT */		the next line of the hint
	/*@ else LEVELS: CODE */	at these levels CODE replaces the hole, so that a
					starter compiles; ">" at the beginning of CODE is a tab

A mutant is a difference from the solution, as in a patch but without line numbers:
	mutant NAME: the mistake
	design NAME: not a mistake, but another correct design, with which no line fails
	fails CHECK...		with this mutant, exactly these lines of the rubric fail; lines
				that fail because the mutant breaks its VM need not be named
	not KERNEL...		the mistake cannot be made on these kernels
	boot shared		the mutant may share a VM with other mutants (the default)
	boot own [S]		a VM runs only this mutant; a check that hangs is given up after
				S seconds
	boot none		no VM runs the mutant
	@@			a hunk: the lines with "-" and " " must be in the solution
	-...			exactly once, in one piece; lines with "+" replace those
	+...			with "-"
"""
import re
import sys
from dataclasses import dataclass, field

MARK = re.compile(r'([ \t]*)/\*@ ?(\w*) ?(.*?)(?: *\*/)?$')


def starter(text, level):
    """Returns the file with which a student begins, for a level of help."""
    out, hints, gone, depth, indent = [], [], 0, 0, ''

    def flush():
        if len(hints) == 1:
            out.append(f'{indent}/* TODO: {hints[0]} */')
        elif hints:
            out.append(f'{indent}/*')
            out.extend(f'{indent} * {"      " if number else "TODO: "}{hint}' for number, hint in enumerate(hints))
            out.append(f'{indent} */')
        hints.clear()
    for number, line in enumerate(text.splitlines(), 1):
        mark = MARK.match(line)
        if not mark:
            if not gone:
                flush()
                out.append(line)
            continue
        levels, _, words = mark[3].partition(':')
        applies = level > 0 and str(level) in levels
        words = words[1:] if words.startswith(' ') else words
        if mark[2] == 'hole':
            flush()
            depth += 1
            if not gone and applies:
                gone, indent = depth, mark[1]
                if words:
                    hints.append(words)
        elif mark[2] == 'hint':
            if gone == depth and hints:
                hints.append(mark[3])
        elif mark[2] == 'else':
            if applies and gone in (0, depth):
                flush()
                code = re.sub('^[\t>]+', lambda match: match[0].replace('>', '\t'), words)
                out.append(mark[1] + code if code else '')
        elif mark[2] == 'end':
            if gone == depth:
                flush()
                gone = 0
            depth -= 1
        if mark[2] not in ('hole', 'hint', 'else', 'end') or depth < 0:
            raise ValueError(f'line {number}: no mark of this name, or an end without a hole: {line.strip()}')
    if depth:
        raise ValueError('a hole without an end')
    # Remove every empty line that follows an empty line or "{", or comes before "}".
    return re.sub(r'\n\n+(?=\n)', '\n', re.sub(r'\n\n+(?=})', '\n', re.sub(r'(?<=\{)\n\n+', '\n', '\n'.join(out) + '\n')))


@dataclass
class Mutant:
    """A mistake that students make, or a correct design that is not the solution."""
    name: str
    title: str
    kind: str = 'mutant'
    fails: str = ''
    but_not: str = ''
    boot: str = 'shared'
    hunks: list = field(default_factory=list)

    def make(self, solution):
        """Returns the solution, changed so that it has this mutant's mistake."""
        for number, hunk in enumerate(self.hunks, 1):
            was = ''.join(line[1:] + '\n' for line in hunk if line[0] != '+')
            if solution.count(was) != 1:
                raise ValueError(f'mutant {self.name}, hunk {number}: not {"once" if was in solution else "at all"} '
                                 f'in the solution\n{was}')
            solution = solution.replace(was, ''.join(line[1:] + '\n' for line in hunk if line[0] != '-'))
        return solution


def mutants(text):
    """Reads all mutants in the text of a file."""
    found, inside = [], False
    for number, line in enumerate(text.splitlines(), 1):
        word, _, rest = line.partition(' ')
        if word in ('mutant', 'design'):
            name, _, title = rest.partition(':')
            found.append(Mutant(name, title.strip(), word))
            inside = False
        elif inside and line[:1] in ('-', '+', ' '):
            found[-1].hunks[-1].append(line)
        elif not line or line.startswith('#'):
            inside = False
        elif line.startswith('@@'):
            found[-1].hunks.append([])
            inside = True
        elif word in ('fails', 'not', 'boot'):
            setattr(found[-1], 'but_not' if word == 'not' else word, rest)
        else:
            raise ValueError(f'line {number}: what is this? {line}')
    return found


def main(argv):
    """The program."""
    if len(argv) != 3 or argv[0] != 'starter':
        print(__doc__.partition('\n\n')[0], file=sys.stderr)
        return 2
    try:
        with open(argv[2], encoding='utf-8') as file:
            print(starter(file.read(), int(argv[1])), end='')
    except ValueError as err:
        print(f'{argv[2]}: {err}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
