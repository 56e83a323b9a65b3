# SPDX-License-Identifier: GPL-2.0
"""Reads the message files and the tables. Finds all pairs, and where each pair is explained.

A message file has a head ("key: value") and sections ("[section words]"). README.md describes the
format.
"""
import os
import re

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(HERE)

_HOLE = re.compile(r'\{(\w+)(?::(\w+))?\}|\.\.\.')
_TYPES = {
    'int': r'\d+',
    'hex': r'(?:0x)?[0-9a-fA-F]+',
    'func': r'[A-Za-z_][\w.$]*(?:\+0x[0-9a-f]+(?:/0x[0-9a-f]+)?)?(?: \[[\w-]+\])?',
    'text': r'.+',
    'word': r'[^\s,;]+',
}


class Template:
    """A kernel message with holes, as in "irq {irq:int}: nobody cared". "..." matches any text."""

    def __init__(self, text):
        pattern = ''
        place = 0
        literals = []
        for hole in _HOLE.finditer(text):
            literals.append(text[place:hole.start()])
            pattern += re.escape(literals[-1])
            place = hole.end()
            if hole.group(1):
                pattern += f'(?P<{hole.group(1)}>{_TYPES[hole.group(2) or "word"]})'
            else:
                pattern += '.*?'
        literals.append(text[place:])
        pattern += re.escape(literals[-1])
        if pattern[0].isalnum():
            pattern = r'(?<![\w.-])' + pattern
        if text.endswith('}'):
            pattern += r'(?!\w)'
        self.hint = max(literals, key=len)
        self.search = re.compile(pattern).search


class Place:
    """The place of a WARN() or BUG(): "FILE FUNCTION...", or "FILE" for any function in it."""

    def __init__(self, text):
        self.file, *self.functions = text.split()

    def fits(self, file, functions):
        """Is this the place of a report that names this file and these functions?"""
        return file.endswith(self.file) and (
            not self.functions or bool(functions & set(self.functions)))


def fits(wanted, words):
    """Do @words contain at least one of the wanted words? If no word is wanted, the answer is True.
    The wanted word "a+b" needs both "a" and "b" in @words."""
    return not wanted or any(words.issuperset(word.split('+')) for word in wanted)


class Message:
    """One file of messages/."""

    _LISTS = ('match', 'warning', 'bug')

    def __init__(self, path):
        self.id = os.path.basename(path)[:-len('.msg')]
        self.head = {key: [] for key in self._LISTS}
        self.sections = []      # name, words, text
        with open(path, encoding='utf-8') as file:
            for number, row in enumerate(file, 1):
                row = row.strip()
                start = re.match(r'\[(\w+)((?: [\w+-]+)*)\]$', row)
                if start:
                    self.sections.append([start.group(1), start.group(2).split(), ''])
                elif row.startswith('#') or not row:
                    continue
                elif self.sections:
                    self.sections[-1][2] = f'{self.sections[-1][2]} {row}'.strip()
                else:
                    key, colon, value = row.partition(':')
                    if not colon or not key.replace('-', '').isalpha():
                        raise ValueError(f'{path}:{number}: neither "key: value" nor "[section]"')
                    if key in self._LISTS:
                        self.head[key].append(value.strip())
                    else:
                        self.head[key] = value.strip()
        self.templates = [Template(text) for text in self.head['match']]
        self.warnings = [Place(text) for text in self.head['warning']]
        self.bugs = [Place(text) for text in self.head['bug']]
        self.like = None        # another message: its sections are used where this one has none

    def words_of(self, key):
        """Returns the words of the line that begins with this key in the message's head."""
        return self.head.get(key, '').split()

    def text(self, section, words):
        """Returns the text of the first section that has this name and fits @words (see fits())."""
        for name, wanted, text in self.sections:
            if name == section and fits(wanted, words):
                return text
        return self.like.text(section, words) if self.like else ''


class Callback:
    """One line of callbacks.tsv: which kernel function calls a driver, and in which context."""

    def __init__(self, row):
        functions, self.kind, self.group, self.around, self.name, self.context, self.read = row
        self.functions = functions.split('|')
        self.only_direct = functions.startswith('!')
        self.only_innermost = functions.startswith('=')


def _rows(path):
    with open(path, encoding='utf-8') as file:
        for row in file:
            row = row.rstrip('\n')
            if row.strip() and not row.startswith('#'):
                yield row.split('\t')


def _messages():
    folder = os.path.join(HERE, 'messages')
    found = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith('.msg'):
            message = Message(os.path.join(folder, name))
            found[message.id] = message
    for message in found.values():
        if 'like' in message.head:
            message.like = found[message.head['like']]
    return found


def _callbacks():
    found = {}
    for row in _rows(os.path.join(HERE, 'callbacks.tsv')):
        callback = Callback(row)
        for function in callback.functions:
            found[function.lstrip('!=')] = callback
    return found


def _functions():
    found = {}
    for what, prefixes in _rows(os.path.join(HERE, 'functions.tsv')):
        found[what] = found.get(what, ()) + tuple(prefixes.split())
    return found


def is_a(what, function):
    """Is this kernel function in the list "what" of functions.tsv?"""
    return function.lstrip('_').startswith(FUNCTIONS[what])


def slug(heading):
    """Returns the anchor of a heading, as GitHub and mdBook make it."""
    return re.sub(r'[^\w\- ]', '', heading.lower()).strip().replace(' ', '-')


def _pairs():
    """Returns, for each pair, where it is explained: README.md or BUGS.md, if possible with an
    anchor, or ''."""
    found = {row[0]: '' for row in _rows(os.path.join(TOP, 'selftests', 'pairs.tsv'))}
    for folder in sorted(os.listdir(TOP)):
        for name in ('BUGS.md', 'README.md'):
            path = os.path.join(TOP, folder, name)
            if not os.path.isfile(path):
                continue
            with open(path, encoding='utf-8') as file:
                for row in file:
                    heading = re.match(r'#+ (.*`(\w+)`.*)', row)
                    if heading and found.get(heading.group(2)) == '':
                        found[heading.group(2)] = f'{folder}/{name}#{slug(heading.group(1))}'
        for pair, where in found.items():
            if not where and os.path.isfile(os.path.join(TOP, folder, 'pairs', f'{pair}_broken.c')):
                found[pair] = f'{folder}/README.md'
    return found


def expected(pair, kernel):
    """Returns what this kernel must report about the broken module, according to pairs.tsv, or
    None."""
    base = re.sub('-arm64$', '', kernel)
    names = {'*', kernel, base} | ({'arm64'} if kernel != base else set())
    for row in _rows(os.path.join(TOP, 'selftests', 'pairs.tsv')):
        if row[0] == pair and names & set(row[1].split('|')):
            return row[3]
    return None


MESSAGES = _messages()
CALLBACKS = _callbacks()
GROUPS = {callback.kind: callback.group for callback in CALLBACKS.values()}
FUNCTIONS = _functions()
PAIRS = _pairs()
