# SPDX-License-Identifier: GPL-2.0
"""A driver as Coccinelle sees it: functions, calls, callbacks, and matches of the rules' patterns.

spatch applies facts.cocci and all rules to each file, and prints a line of JSON for each match. The matches of
facts.cocci become the model below; judge.py decides which other matches are findings.
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import knowledge  # noqa: E402  the path is set above

FACTS = ('definition', 'call', 'member', 'return', 'field', 'assigned', 'declared')


class Unable(Exception):
    """Raised if something cannot be checked. The text says why."""


# ---- rules

class Rule:
    """One file rules/*/*.cocci. It begins with lines "// key: value"; semantic patches follow."""

    KEYS = {'rule', 'found', 'read', 'pair', 'in', 'judge', 'object', 'ended-by', 'ended-all-by',
            'against', 'unless'}

    def __init__(self, path):
        self.id = os.path.basename(path)[:-len('.cocci')]
        self.path = path
        self.head = {}
        key = None
        with open(path, encoding='utf-8') as file:
            text = file.read()
        for row in text.split('\n')[1:]:
            start = re.match(r'// ([a-z-]+): (.*)', row)
            if start:
                key = start.group(1)
                self.head[key] = start.group(2)
            elif row.startswith('//   ') and key:
                self.head[key] += ' ' + row[5:]
            else:
                break
        strange = set(self.head) - self.KEYS
        if strange or 'rule' not in self.head or 'found' not in self.head:
            raise ValueError(f'{path}: needs "rule" and "found", does not know {strange}')
        self.patch = re.sub(r'%(\w+)%', lambda name: ', '.join(LISTS[name.group(1)]), text)

    def words(self, key):
        """Returns the words of a line of the head."""
        return self.head.get(key, '').split()

    @property
    def pairs(self):
        """Returns the pairs that show the rule."""
        return self.words('pair')

    @property
    def lesson(self):
        """Returns the place that explains the rule: the explanation of one of its pairs, or else a lesson."""
        told = [knowledge.PAIRS[pair] for pair in self.pairs]
        return next((place for place in told if '#' in place), self.head['read'])


def _rows(name):
    with open(os.path.join(HERE, name), encoding='utf-8') as file:
        for row in file:
            if row.strip() and not row.startswith('#'):
                yield row.rstrip('\n').split('\t')


def _lists():
    found = collections.defaultdict(list)
    for name, functions in _rows('lists.tsv'):
        found[name] += functions.split()
    return found


def _registers():
    found = collections.defaultdict(list)
    for what, argument, kind, *owner in _rows('registers.tsv'):
        found[what].append((int(argument) if argument != '-' else None, kind, owner[0]))
    return found


def rules(only=None):
    """Returns all rules, or only the rules with these names."""
    found = {}
    for folder in sorted(os.listdir(HERE)):
        if os.path.isdir(os.path.join(HERE, folder)):
            for name in sorted(os.listdir(os.path.join(HERE, folder))):
                if name.endswith('.cocci') and (not only or name[:-len('.cocci')] in only):
                    rule = Rule(os.path.join(HERE, folder, name))
                    found[rule.id] = rule
    return found


LISTS = _lists()
REGISTERS = _registers()


# ---- one run of spatch

def program():
    """Returns the path of spatch, and the environment it needs."""
    home = os.environ.get('COCCINELLE')     # the folder where make lint has unpacked Coccinelle
    if not home:
        return 'spatch', None
    return f'{home}/usr/bin/spatch', dict(
        os.environ, COCCINELLE_HOME=f'{home}/usr/lib/coccinelle',
        LD_LIBRARY_PATH=f'{home}/usr/lib/x86_64-linux-gnu')


def write_patch(some_rules):
    """Writes facts.cocci and these rules into a file. The caller must remove the file."""
    with open(os.path.join(HERE, 'facts.cocci'), encoding='utf-8') as file:
        text = file.read()
    text += '\n'.join(rule.patch for rule in some_rules.values())
    out = tempfile.NamedTemporaryFile('w', suffix='.cocci', prefix='lint-', delete=False)
    with out:
        out.write(text)
    return out.name


def run(arguments, paths, seconds):
    """Runs spatch on one file after the other. Returns the output lines, and a dict of the files that spatch could not
    check, each with the reason."""
    spatch, environment = program()
    with tempfile.NamedTemporaryFile('w', prefix='lint-') as groups:
        groups.write('\n\n'.join(paths) + '\n')
        groups.flush()
        command = [spatch, '--very-quiet', '--no-includes', '--no-show-diff', '--timeout',
                   str(seconds), *arguments, '--file-groups', groups.name]
        try:
            done = subprocess.run(command, env=environment, capture_output=True, check=False)
        except FileNotFoundError:
            raise Unable('no spatch here: install the package coccinelle, or use make lint') \
                from None
    said = done.stderr.decode('utf-8', 'replace')
    unable = {}
    for why, path in re.findall(r'^EXN: (.*) in (.*)$', said, re.M):
        unable[path] = f'took more than {seconds} s' if why.endswith('Timeout') else why
    if done.returncode or 'rror in Python' in said:
        unable = dict.fromkeys(paths, said.strip().split('\n')[-1] or f'{spatch} failed')
    return done.stdout.decode('utf-8', 'replace').split('\n'), unable


def matches(patch, paths, seconds):
    """Returns, for each file, a list of what the patch matches, each match once. For a file that cannot be checked, it
    returns the reason instead.
    """
    rows, unable = run(['--macro-file', os.path.join(HERE, 'macros.h'), '--sp-file', patch],
                       paths, seconds)
    found = {path: [] for path in paths}
    for row in dict.fromkeys(rows):
        if row.startswith('{'):
            match = json.loads(row)
            if match['file'] in found:      # otherwise it is in a file with macros that belongs to Coccinelle
                found[match['file']].append(match)
    for path, why in unable.items():
        found[path] = Unable(f'{path}: not checked: Coccinelle: {why}')
    return found


# ---- the kernel's own rules

def kernel_rules():
    """Returns the kernel's own rules, as rows: path, name, rule, where to read, pairs. Returns None if there is no
    kernel tree."""
    tree = os.environ.get('KERNEL_SOURCE', '/kselftest/tree')
    rows = [(os.path.join(tree, 'scripts/coccinelle', name), name, rule, read, pairs.split())
            for name, rule, read, pairs in _rows('kernel.tsv')]
    return rows if all(os.path.isfile(row[0]) for row in rows) else None


def kernel_findings(row, paths, seconds):
    """Returns the findings of one of the kernel's rules, and messages about files that could not be checked."""
    patch, name, rule, read, pairs = row
    rows, unable = run(['-D', 'report', '--sp-file', patch], paths, seconds)
    found = []
    for text in dict.fromkeys(rows):
        said = re.match(r'(.*?):(\d+):\d+-\d+: (?:(?:ERROR|WARNING): )?(.*)', text)
        if said and said.group(1) in paths:
            found.append({'file': said.group(1), 'line': int(said.group(2)), 'function': '',
                          'id': f'kernel:{name}', 'found': said.group(3), 'path': [],
                          'rule': rule, 'read': read,
                          'pairs': pairs})
    return found, [f'{path}: {name}: {why}' for path, why in unable.items()]


# ---- the model

# Identifies an object, for example a work item: the type of the struct that contains it ('' if unknown), and the chain
# of members that leads to it
Key = collections.namedtuple('Key', 'type chain')
Function = collections.namedtuple('Function', 'file name')


def text_key(text):
    """Returns the key of an expression such as "& x -> ring [ i ] . work": the members after x. The type of x is
    unknown."""
    text = re.sub(r'\[[^][]*\]', '', text.replace(' ', '')).lstrip('&*(').rstrip(')')
    parts = [part.strip('()&*') for part in re.split(r'->|\.', text)]
    return Key('', tuple(parts[1:]) if len(parts) > 1 else tuple(parts))


def same(one, two):
    """Can two keys name the same object? A driver may embed a struct of the testbench in its own struct."""
    if one.type.startswith('struct bench_') and len(two.chain) > len(one.chain):
        return two.chain[-len(one.chain):] == one.chain
    return one.chain[-1] == two.chain[-1] and (
        not one.type or not two.type or one.type == two.type)


class Registration:
    """A callback that a driver gives to the kernel."""

    def __init__(self, function, kind, owner, fact):
        self.function = function
        self.kind = kind
        self.owner = owner      # Key of the object to which the callback belongs, or None
        self.fact = fact


class Driver:
    """The files of a driver, read together."""

    def __init__(self, found, text=''):
        self.facts = {what: [] for what in FACTS}
        self.seen = collections.defaultdict(list)
        for fact in found:
            fact['at'] = Function(fact['file'], fact['function'])
            self.facts.get(fact['what'], self.seen[fact['what']]).append(fact)
        self.text = text
        self.definitions = {}
        self.by_name = collections.defaultdict(list)
        for fact in self.facts['definition']:
            function = Function(fact['file'], fact['name'])
            self.definitions[function] = fact
            self.by_name[fact['name']].append(function)
        self.members = {(fact['file'], fact['line'], fact['name'], fact['argument']):
                        Key(fact['type'], (fact['member'],)) for fact in self.facts['member']}
        self.calls = collections.defaultdict(list)      # by caller
        self.called = collections.defaultdict(list)     # by name
        for fact in self.facts['call']:
            self.calls[fact['at']].append(fact)
            self.called[fact['name']].append(fact)
        self.returns = collections.defaultdict(list)
        for fact in self.facts['return']:
            self.returns[fact['at']].append(fact)
        self.registrations = list(self._registrations())

    def resolve(self, file, name):
        """Returns the driver's function with this name, or None. A function in the given file comes first."""
        mine = [function for function in self.by_name[name] if function.file == file]
        return (mine or self.by_name[name] or [None])[0]

    def key(self, call, argument):
        """Returns the key of the object that is an argument of a call, or None."""
        known = self.members.get((call['file'], call['line'], call['name'], argument))
        if known:
            return known
        if not 0 <= argument < len(call['arguments']):
            return None
        return text_key(call['arguments'][argument])

    def call_at(self, match):
        """Returns the call that a match of a rule is about, or None."""
        for call in self.called[match['name']]:
            if call['file'] == match['file'] and call['line'] == match['line']:
                return call
        return None

    def _registrations(self):
        for call in self.facts['call']:
            for argument, kind, owner in REGISTERS.get(call['name'], ()):
                if argument is None or argument >= len(call['arguments']):
                    continue
                name = call['arguments'][argument].lstrip('& ').split(' ')[-1]
                function = self.resolve(call['file'], name)
                if not function:
                    continue
                key = None
                if '.' in owner:
                    struct, member = owner.split('.')
                    key = Key(f'struct {struct}', (member,))
                elif owner != '-':
                    key = self.key(call, int(owner))
                if kind == 'work' and key and self._queued_as_bh(key):
                    kind = 'bh_work'
                yield Registration(function, kind, key, call)
        for fact in self.facts['field']:
            for what in (f'{fact["struct"]}.{fact["member"]}', f'{fact["struct"]}.*',
                         f'*.{fact["member"]}'):
                for _, kind, _ in REGISTERS.get(what, ()):
                    function = self.resolve(fact['file'], fact['name'])
                    if function:
                        yield Registration(function, kind, None, fact)
        for fact in self.facts['assigned']:
            for _, kind, _ in REGISTERS.get(f'={fact["member"]}', ()):
                function = self.resolve(fact['file'], fact['name'])
                if function:
                    yield Registration(function, kind, text_key(fact['object']), fact)
        for fact in self.facts['declared']:
            for _, kind, _ in REGISTERS.get('module', ()):
                function = self.resolve(fact['file'], fact['name'])
                if function:
                    yield Registration(function, kind, None, fact)

    def _queued_as_bh(self, key):
        for name in ('queue_work', 'queue_delayed_work'):
            for call in self.called[name]:
                item = self.key(call, 1)
                if item and same(item, key) and re.match(r'system_bh_(highpri_)?wq$',
                                                         call['arguments'][0]):
                    return True
        return False

    def callees(self, function):
        """Yields each function of the driver that the given function calls."""
        for call in self.calls[function]:
            callee = self.resolve(function.file, call['name'])
            if callee:
                yield callee

    def below(self, function):
        """Returns a function, and all functions of the driver that it calls, directly or through others."""
        reached = {function: None}
        todo = [function]
        while todo:
            for callee in self.callees(todo.pop()):
                if callee not in reached:
                    reached[callee] = None
                    todo.append(callee)
        return list(reached)

    def reached(self, kinds):
        """Finds the functions that callbacks of these kinds reach by calls. Returns a dict: function -> list of
        (registration, path)."""
        found = collections.defaultdict(list)
        for registration in self.registrations:
            if registration.kind not in kinds:
                continue
            paths = {registration.function: [registration.function]}
            todo = collections.deque(paths)
            while todo:
                function = todo.popleft()
                for callee in self.callees(function):
                    if callee not in paths:
                        paths[callee] = paths[function] + [callee]
                        todo.append(callee)
            for function, path in paths.items():
                found[function].append((registration, path))
        return found
