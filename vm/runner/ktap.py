# SPDX-License-Identifier: GPL-2.0
"""Reads KTAP in the nested form of kselftest's runner, which puts "# " before each line of a program's output.

The kernel's Documentation/dev-tools/ktap.rst describes the format. A line that is not KTAP, such as a line of the
kernel's console, counts as a message of the next result.
"""
import re
from dataclasses import dataclass, field
from typing import List, Optional

RESULT = re.compile(r'((?:# *)*)(ok|not ok) (\d+)(?: (?:- )?(.*))?$')
PLAN = re.compile(r'((?:# *)*)1\.\.(\d+)')
DIRECTIVE = re.compile(r'(?:^|.*? )# (SKIP|XFAIL|TODO|TIMEOUT|ERROR)(?: (.*)|$)')


@dataclass
class Test:
    """A result line, and the results that are nested in it."""
    ok: bool
    number: int
    text: str
    messages: List[str] = field(default_factory=list)
    inner: List['Test'] = field(default_factory=list)
    planned: Optional[int] = None

    @property
    def directive(self):
        """Returns the directive (SKIP, XFAIL, ...) and the text after the directive."""
        match = DIRECTIVE.match(self.text)
        return (match[1], match[2] or '') if match else ('', '')

    @property
    def line(self):
        """Returns the result as it was printed."""
        return f'{"ok" if self.ok else "not ok"} {self.number} {self.text}'.rstrip()


@dataclass
class Level:
    """The lines at one depth of nesting. They belong to a result line that has not been read yet. That line comes after
    them, one level less deep."""
    tests: List[Test] = field(default_factory=list)
    planned: Optional[int] = None
    messages: List[str] = field(default_factory=list)


def parse(text):
    """Returns the list of the Levels that are open at the end of the text, outermost first. If there is more than one
    Level, the text ends within a test."""
    levels = [Level()]
    for line in text.splitlines():
        result, plan = RESULT.match(line), PLAN.match(line)
        depth = (result or plan)[1].count('#') if result or plan else 0
        while len(levels) <= depth and (result or plan):
            levels.append(Level())
        if plan:
            level = levels[depth]
            # At the top level several collections of tests may follow each other, so their plans are added. A nested
            # plan belongs to one program.
            level.planned = int(plan[2]) + (level.planned or 0 if depth == 0 else 0)
        elif result:
            below = levels[depth + 1:]
            del levels[depth + 1:]
            test = Test(result[2] == 'ok', int(result[3]), result[4] or '', levels[-1].messages)
            for level in below:
                test.inner += level.tests
                test.messages += level.messages
            test.planned = below[0].planned if below else None
            levels[-1].messages = []
            levels[-1].tests.append(test)
        else:
            levels[-1].messages.append(line)
    return levels
