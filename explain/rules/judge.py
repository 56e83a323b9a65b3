# SPDX-License-Identifier: GPL-2.0
"""Decides which matches of a rule are findings. The head of a rule names the function that decides: "judge:
NAME".

Each function takes the driver, the rule and a match. It returns None if it rejects the match. Otherwise the match is a
finding, and the function returns facts about it: values for the text "found" of the rule and, for some rules, the path
from the callback.
"""
import functools
import re

from driver import LISTS, Key, same, text_key


def _reached(driver, rule, match, accept=lambda registration, path: True):
    """Returns a callback that reaches the match by calls, and the path between them. Only callbacks of the kinds in the
    rule's head ("in") count. Returns None if there is none."""
    paths = driver.reached(rule.words('in'))[match['at']]
    for registration, path in sorted(paths, key=lambda found: len(found[1])):
        if accept(registration, path):
            return registration, path
    return None


def _facts(registration, path, **more):
    return dict(more, kind=registration.kind, path=[function.name for function in path])


def _own(driver, match):
    """Does the match call a function of the driver itself, which has the same name as a kernel function?"""
    return 'name' in match and driver.resolve(match['file'], match['name']) is not None


_MAY_SLEEP = re.compile(r'(may|can|no|allow)_?sleep|sleep(ing|able|_ok)?|.*atomic.*|in_irq')


def _knows(driver, function):
    """Does the function find out in which context it runs, from a check or from a parameter such as may_sleep?"""
    parameters = driver.definitions.get(function, {}).get('parameters', ())
    told = any(_MAY_SLEEP.fullmatch(re.split(r'\W', one)[-1]) for one in parameters)
    return told or any(
        re.fullmatch(r'in_(atomic|interrupt|softirq|task|irq|hardirq)|irqs_disabled', call['name'])
        for call in driver.calls[function])


@functools.lru_cache(maxsize=4)
def _lines(path):
    with open(path, encoding='utf-8', errors='replace') as file:
        return file.read().expandtabs().split('\n')


def _told(driver, function, line):
    """Is a line of a function in the block of an "if" about a flag that the caller passes? A flag is a parameter of
    type bool, or a number that is the whole condition."""
    flags = []
    for parameter in driver.definitions.get(function, {}).get('parameters', ()):
        kind, _, name = parameter.rpartition(' ')
        if kind == 'bool':
            flags.append(rf'\b{name}\b')
        elif kind in ('int', 'unsigned int', 'u8', 'u32'):
            flags.append(rf'if \(!?{name}\)')
    if not flags:
        return False
    rows = _lines(function.file)[:line]
    indent = len(rows[-1]) - len(rows[-1].lstrip())
    for row in reversed(rows[:-1]):
        mine = len(row) - len(row.lstrip())
        if row.strip() and mine < indent and not row.lstrip().startswith(('/*', '*', '#')) and row[-1:] != ':':
            indent = mine
            if not indent:
                break
            if any(re.search(flag, row) for flag in flags):
                return True
    return False


def _by_flag(driver, path, match):
    """Does a function on the path look at a flag before it goes on? Whether the callback gets further depends on what
    it passes."""
    for function, callee in zip(path[1:], path[2:] + [None]):
        lines = [call['line'] for call in driver.calls[function]
                 if driver.resolve(function.file, call['name']) == callee] if callee else [match['line']]
        if all(_told(driver, function, line) for line in lines):
            return True
    return False


def always(_driver, _rule, _match):
    """Accepts each match."""
    return {}


def inside_if(driver, _rule, match):
    """Accepts a "return" in the block of an "if". A "return" after a label at the end of the function does not
    count."""
    # A bool function may tell its caller whether it has taken a lock or disabled something. Then the caller releases
    # the lock or enables it again.
    if driver.definitions.get(match['at'], {}).get('type') == 'bool':
        return None
    # A function that first releases the lock was called with the lock held, and returns with it held.
    calls = sorted(driver.calls[match['at']], key=lambda call: call['line'])
    first = next((call['name'] for call in calls if call['name'].startswith(('spin_lock', 'spin_unlock'))), '')
    if first.startswith('spin_unlock'):
        return None
    try:
        rows = _lines(match['file'])[:match['line']]
    except OSError:
        return None
    indent = len(rows[-1]) - len(rows[-1].lstrip())
    for row in reversed(rows[:-1]):
        text = row.strip()
        if text and not text.endswith(':') and len(row) - len(row.lstrip()) < indent and \
                not text.startswith(('/*', '*', '#')):
            return {} if re.match(r'(} else )?if\b|.*\bif \(|} else', text) else None
        if re.match(r'\w+:$', text):
            return None
    return None


def reached(driver, rule, match):
    """Accepts a match that a callback reaches; the rule's head lists the kinds of callbacks ("in"). If the head has
    "object", this argument of the call must be the object to which the callback belongs."""
    if _own(driver, match) or _knows(driver, match['at']):
        return None
    key = None
    if 'object' in rule.head:
        call = driver.call_at(match)
        key = call and driver.key(call, int(rule.head['object']))
        if not key:
            return None

    def accept(registration, path):
        if _by_flag(driver, path, match):
            return False
        owner = registration.owner
        return key is None or (owner and same(owner, key) and
                               key.chain[-len(owner.chain):] == owner.chain)

    found = _reached(driver, rule, match, accept)
    # A match in a helper function does not count if it is in the block of an "if". When the callback calls the helper,
    # the condition may always be false.
    if found and len(found[1]) > 1 and any(
            other['line'] == match['line'] and other['file'] == match['file']
            for other in driver.seen[f'{rule.id}_if']):
        return None
    return _facts(*found) if found else None


def skb_freed(driver, rule, match):
    """Accepts a match that a handler reaches. The match does not count if its function also calls a function such as
    dev_kfree_skb_any(), which may free an skb in a handler: then the author knows the rule."""
    if any(re.search('skb(_irq|_any)$', call['name']) for call in driver.calls[match['at']]):
        return None
    return reached(driver, rule, match)


def _below(driver, function):
    """Returns a function, the functions that it calls, and those that it passes to kref_put()."""
    found = driver.below(function)
    puts = [call for one in found for call in driver.calls[one] if call['name'] == 'kref_put']
    return found + list(filter(None, (driver.resolve(put['file'], put['arguments'][-1]) for put in puts)))


_STAYS = re.compile(r'\b(core|postcore|arch|subsys|fs|device|late|console)_initcall\b|\bbuiltin_\w+_driver_probe\b|'
                    r'\bsuppress_bind_attrs\s*=\s*true')
_LEAVES = re.compile(r'\bmodule_(exit|\w*driver)\b|\.(remove|remove_new|disconnect)\s*=')


def never(driver, rule, match):
    """Accepts a call that begins something (for example, sets up a NAPI instance), if the driver has no call that ends
    it again."""
    if any(driver.called[name] for name in rule.words('ended-all-by')):
        return None
    # A driver needs no such call if it has no remove(), and cannot be unloaded.
    if _STAYS.search(driver.text) and not _LEAVES.search(driver.text):
        return None
    call = driver.call_at(match)
    begun = [registration for registration in driver.registrations
             if registration.fact is call and registration.owner]
    owners = [registration.owner for registration in begun]
    if not owners or len(owners[0].chain) == 1 and not owners[0].type:
        return None
    # A work item that frees itself, or releases its reference to the fence that contains it, needs no call that
    # cancels it.
    if any(re.search('free|fence_put', other['name']) for registration in begun if registration.kind == 'work'
           for function in _below(driver, registration.function) for other in driver.calls[function]):
        return None
    for name in rule.words('ended-by'):
        if any(fact['name'] == name for fact in driver.facts['field']):
            return None
        for end in driver.called[name]:
            ended = driver.key(end, 0)
            # The call may pass a plain pointer, or a parameter of its helper function. This pointer or parameter may
            # refer to the object, so assume that the call ends the object.
            if not ended or name.startswith('bench_') or len(ended.chain) == 1 and \
                    '&' not in end['arguments'][0] or \
                    any(ended.chain[-1] == owner.chain[-1] for owner in owners):
                return None
    # The call that ends the object may be in a file that was not read. So accept the match only if the files that were
    # read also define the struct: then they probably contain all code that uses it.
    structs = 'tasklet_struct|timer_list|work_struct|delayed_work|napi_struct'
    member = owners[0].chain[-1]
    if owners[0].type.startswith('struct ') and not owners[0].type.startswith('struct bench_') and \
            not re.search(rf'\b{owners[0].type}\s*{{', driver.text):
        return None
    private = re.search(rf'\bstruct ({structs})\s+(\w+(\[\w*\])?,\s*)*'
                        rf'{member}(\[\w*\])?\s*[,;]', driver.text)
    return {} if private or owners[0].type.startswith('struct bench_') else None


def budget_ignored(driver, rule, match):
    """Accepts a poll function that completes and returns its count, but never compares the count with its budget."""
    looks = {look['at'] for look in driver.seen[f'{rule.id}_look']}
    budget = re.split(r'\W', driver.definitions[match['at']]['parameters'][-1])[-1]
    if re.search(rf'=\s*{budget}\s*[;,]', driver.text):     # The poll may check a copy of its budget.
        return None
    if match['at'] in looks:
        return None
    return reached(driver, rule, match)


def bh_enabled(driver, rule, match):
    """Accepts a match that a task reaches, if no function on the path disables BH or interrupts. Rejects it if a
    softirq or an interrupt handler can reach it too."""
    off = re.compile(r'local_bh_disable|_lock_bh|_lock_irq|local_irq_|netif_tx_lock|guard')

    def accept(_registration, path):
        return not any(off.search(call['name']) for function in path
                       for call in driver.calls[function])

    found = _reached(driver, rule, match, accept)
    if not found or driver.reached({'napi', 'tasklet', 'timer', 'irq_handler'})[match['at']]:
        return None
    return _facts(*found)


def _flags_without_oneshot(flags):
    """Are all flags constants, and is none of them IRQF_ONESHOT?"""
    names = re.findall(r'\w+', flags)
    return 'IRQF_ONESHOT' not in names and all(
        name.startswith('IRQF_') or name.isdigit() for name in names)


def only_wakes(driver, _rule, match):
    """Accepts a top half that does not touch a device: it calls no function, or only functions in the list
    no_device."""
    top = driver.resolve(match['file'], match['top'])
    if not top or not _flags_without_oneshot(match['flags']):
        return None
    calls = {call['name'] for call in driver.calls[top]} - set(LISTS['no_device'])
    values = {back['value'] for back in driver.returns[top]}
    return {} if not calls and values <= {'IRQ_WAKE_THREAD', 'IRQ_NONE'} else None


def no_thread(driver, rule, match):
    """Accepts a handler if all calls that request its interrupt leave out the thread function."""
    def accept(registration, _path):
        call = registration.fact
        name = call['name'] if call['what'] == 'call' else ''
        if 'threaded' in name or name == 'pci_request_irq':
            thread = {'request_threaded_irq': 2, 'devm_request_threaded_irq': 3}.get(name, 3)
            return call['arguments'][thread] == 'NULL'
        return name in ('request_irq', 'devm_request_irq')

    paths = driver.reached(rule.words('in'))[match['at']]
    if not paths or not all(accept(*found) for found in paths):
        return None
    return _facts(*paths[0])


_NO_IRQRETURN = re.compile(r'-\s*E[A-Z]+|-\s*\d+|[2-9]\d*|true|false')


def bogus_return(driver, rule, match):
    """Accepts a handler that returns something other than an irqreturn_t: an error, another number, true or false, or
    the result of a function of the driver that does not return an irqreturn_t."""
    paths = [path for registration, path in driver.reached(rule.words('in'))[match['at']]
             if len(path) == 1]
    value = match['value']
    if not paths or 'IRQ_' in value:
        return None
    call = re.match(r'(\w+) \(', value)
    if call:
        callee = driver.resolve(match['file'], call.group(1))
        if not callee or 'irqreturn' in driver.definitions[callee]['type']:
            return None
        values = [back['value'] for back in driver.returns[callee]]
        if not values or any('IRQ_' in value or 'ret' in value.lower() for value in values):
            return None
    elif not _NO_IRQRETURN.fullmatch(value):
        return None
    return {'path': [match['function']], 'value': value.replace(' (', '(').replace('( ', '(')}


def always_handled(driver, rule, match):
    """Accepts a handler that always returns IRQ_HANDLED, although the line is shared or the device was idle."""
    top = driver.resolve(match['file'], match['top'])
    if not top:
        return None
    values = [back['value'] for back in driver.returns[top]]
    if set(values) != {'IRQ_HANDLED'}:
        return None
    shared = 'IRQF_SHARED' in match['flags']
    idle = any(back['at'] == top for back in driver.seen[f'{rule.id}_idle'])
    return {} if shared or idle else None


def own_irq(driver, rule, match):
    """Accepts a call in a handler if the argument of the call is the handler's own interrupt. This argument is the
    handler's parameter, or the expression with which the driver requested the interrupt."""
    call = driver.call_at(match)
    if not call or _own(driver, match):
        return None
    irq = call['arguments'][0]

    def accept(registration, path):
        parameter = driver.definitions[registration.function]['parameters'][0].split(' ')[-1]
        return not _by_flag(driver, path, match) and (len(path) == 1 and irq == parameter or (
            registration.owner and text_key(irq).chain == registration.owner.chain and
            len(text_key(irq).chain[-1]) > 1))

    found = _reached(driver, rule, match, accept)
    return _facts(*found) if found else None


_SCHEDULES = {
    'tasklet_schedule': (0, 'tasklet_kill'), 'tasklet_hi_schedule': (0, 'tasklet_kill'),
    'schedule_work': (0, 'cancel_work_sync'), 'queue_work': (1, 'cancel_work_sync'),
    'schedule_delayed_work': (0, 'cancel_delayed_work_sync'),
    'queue_delayed_work': (1, 'cancel_delayed_work_sync'),
    'mod_timer': (0, 'del_timer_sync'),
}


def _scheduled(driver, top):
    """Yields (key, end) for each object that a handler schedules unconditionally. "end" is the name of the function
    that stops the object."""
    perhaps = {(call['file'], call['line']) for call in driver.seen['devm_irq_outlives_if']}
    for function in driver.below(top):
        for call in driver.calls[function]:
            if (call['file'], call['line']) in perhaps:
                continue
            argument, end = _SCHEDULES.get(call['name'], (None, None))
            key = None if argument is None else driver.key(call, argument)
            if key:
                yield key, end


def devm_outlives(driver, _rule, match):
    """Accepts a driver whose remove() stops what the handler schedules, but neither frees nor disables the
    interrupt."""
    top = driver.resolve(match['file'], match['top'])
    if not top:
        return None
    scheduled = list(_scheduled(driver, top))
    # Look only at remove(), not at devm actions: devm undoes everything in reverse order, so an
    # action may run after devm has freed the interrupt.
    for registration in driver.registrations:
        if registration.kind != 'remove' or registration.function.file != match['file']:
            continue
        calls = [call for function in driver.below(registration.function)
                 for call in driver.calls[function]]
        if any(re.search(r'free_irq|disable_irq|synchronize_irq', call['name']) for call in calls):
            continue
        for call in calls:
            for key, end in scheduled:
                if call['name'] == end and '&' in call['arguments'][0] and \
                        same(driver.key(call, 0), key):
                    return {'ends': call['name'], 'line': call['line']}
    return None


def wrong_dev_id(driver, rule, match):
    """Accepts a call that frees an interrupt, if the type of its dev_id differs from the type of the dev_id in the call
    that requested the interrupt."""
    requests = {fact['type'] for fact in driver.seen[f'{rule.id}_request']}
    all_requests = [call for name in ('request_irq', 'request_threaded_irq')
                    for call in driver.called[name]]
    typed = len(driver.seen[f'{rule.id}_request'])
    if len(requests) != 1 or match['type'] in requests or \
            'void' in match['type'] + ''.join(requests) or \
            typed != len(all_requests):
        return None
    # A struct and its first member have the same address.
    requested = requests.pop()
    outer, inner = requested.rstrip(' *'), match['type'].rstrip(' *')
    if re.search(rf'{outer}\s*{{\s*{inner}\s+\w+;|{inner}\s*{{\s*{outer}\s+\w+;', driver.text):
        return None
    return {'requested': requested}


_TAKES = {'spin_lock': 'plain', 'spin_lock_bh': 'bh', 'spin_lock_irq': 'irq',
          'spin_lock_irqsave': 'irq', 'spin_trylock': 'plain'}


def _lock_name(key):
    return (key.type + '.' if key.type else '') + '.'.join(key.chain)


def lock_unsafe(driver, rule, match):
    """Accepts a call that takes a lock, if a softirq or handler takes the same lock, and can interrupt the caller on
    the same CPU."""
    call = driver.call_at(match)
    key = call and driver.key(call, 0)
    if not key or not key.type:
        return None
    off = re.compile(r'local_bh_disable|_lock_bh|_lock_irq|local_irq_|netif_tx_lock|disable_irq|'
                     'guard')
    against = driver.reached(rule.words('against'))
    if against[match['at']]:
        return None

    def accept(_registration, path):
        return not any(off.search(other['name']) for function in path
                       for other in driver.calls[function] if other['line'] != match['line'])

    found = _reached(driver, rule, match, accept)
    if not found:
        return None
    for name in _TAKES:
        for other in driver.called[name]:
            taken = driver.key(other, 0)
            if name != 'spin_trylock' and taken == key and against[other['at']]:
                registration, path = against[other['at']][0]
                return dict(_facts(*found), lock=_lock_name(key), other=path[-1].name,
                            kind=registration.kind, other_line=other['line'])
    return None


def _sleeper(driver, call):
    """Does a call sleep? The list "sleeps" names the kernel functions that sleep. A function of the driver
    sleeps if it calls one of them, directly or through other functions of the driver."""
    callee = driver.resolve(call['file'], call['name'])
    if not callee:
        return call['name'] in LISTS['sleeps']
    todo = [callee]
    for function in todo:
        for other in driver.calls[function] if not _knows(driver, function) else ():
            below = driver.resolve(function.file, other['name'])
            if _told(driver, function, other['line']):
                continue
            if below is None and other['name'] in LISTS['sleeps']:
                return True
            if below and below not in todo:
                todo.append(below)
    return False


def sleeps(driver, _rule, match):
    """Accepts a function that takes a lock, and calls something that sleeps before it calls the next unlock
    function."""
    taken = driver.call_at(match)
    if not taken or not taken['arguments']:
        return None
    lock = taken['arguments'][0]
    calls = sorted((call for call in driver.calls[match['at']] if call['line'] >= match['line']),
                   key=lambda call: call['line'])
    for call in calls:
        if call['name'].startswith(('spin_unlock', 'local_irq_restore')) or \
                any('unlock' in call['name'] and lock == other for other in call['arguments']):
            return None
        # The name of the called function suggests that it may release the lock.
        if call is not taken and re.search('unlock|locked', call['name']):
            return None
        if call is not taken and call['line'] > taken['line'] and _sleeper(driver, call):
            below = driver.resolve(call['file'], call['name'])
            if below and any('unlock' in other['name'] for function in driver.below(below)
                             for other in driver.calls[function]):
                return None
            return {'sleeper': call['name'], 'since': match['line'], 'line': call['line']}
    return None


def delayed(driver, _rule, match):
    """Accepts a call whose argument is the member .work of a delayed work item."""
    call = driver.call_at(match)
    key = call and text_key(call['arguments'][0])
    if not key or len(key.chain) < 2 or key.chain[-1] != 'work':
        return None
    for name in ('INIT_DELAYED_WORK', 'INIT_DEFERRABLE_WORK'):
        for other in driver.called[name]:
            known = driver.key(other, 0)
            if known and known.chain[-1] == key.chain[-2]:
                return {}
    return None


def holds_work(driver, _rule, match):
    """Accepts a function that frees an object which contains a work item, but does not wait for any work item."""
    if re.fullmatch(r'\w+', match['old']):      # a variable, for example of a loop
        return None
    calls = {call['name'] for function in driver.below(match['at'])
             for call in driver.calls[function]}
    if calls & set(LISTS['cancel_work']) or any('destroy_workqueue' in name or 'flush' in name
                                                for name in calls):
        return None
    for registration in driver.registrations:
        if registration.kind == 'work' and registration.owner and \
                registration.owner.type == match['type']:
            if match['at'] in _below(driver, registration.function):    # The work item frees itself.
                return None
            return {'member': '.'.join(registration.owner.chain)}
    return None


def _item(driver, match, kinds):
    """Yields the callbacks of the timer or work item that a call waits for."""
    call = driver.call_at(match)
    key = call and driver.key(call, 0)
    for registration in driver.registrations:
        if key and registration.kind in kinds and registration.owner and \
                same(registration.owner, key) and (
                    key.type or registration.owner.chain == key.chain or
                    registration.owner.type.startswith('struct bench_')):
            yield registration.function


def item_takes_rtnl(driver, rule, match):
    """Accepts a wait for a work item in a callback that the kernel calls with RTNL held, if the work item takes
    RTNL."""
    found = _reached(driver, rule, match,
                     lambda _, path: not any(call['name'] == 'rtnl_unlock' for function in path
                                             for call in driver.calls[function]))
    if not found:
        return None
    for item in _item(driver, match, {'work'}):
        for function in driver.below(item):
            for call in driver.calls[function]:
                if call['name'] in ('rtnl_lock', 'rtnl_lock_killable'):
                    return dict(_facts(*found), item=item.name)
    return None


def _takes_held(driver, match, kind, locks):
    """Accepts a call that waits for a timer or work item, if the caller holds a lock that the callback of the timer or
    work item takes."""
    key = Key(match['type'], (match['member'],))
    for item in _item(driver, match, {kind}):
        if any(call['name'] in locks and driver.key(call, 0) == key
               for function in driver.below(item) for call in driver.calls[function]):
            return {'item': item.name, 'lock': _lock_name(key)}
    return None


def item_takes_mutex(driver, _rule, match):
    """Accepts a call that waits for a work item, if the caller holds a mutex that the work item takes."""
    return _takes_held(driver, match, 'work', ('mutex_lock', 'mutex_lock_interruptible'))


def timer_takes_lock(driver, _rule, match):
    """Accepts a call that waits for a timer, if the caller holds a lock that the timer's callback takes."""
    return _takes_held(driver, match, 'timer', _TAKES)


def _queue_flags(driver, name):
    for fact in driver.seen['work_reclaim_queue']:
        if fact['queue'] == name:
            yield fact['flags']


def reclaim(driver, rule, match):
    """Accepts a call with which a work item waits for another item. The waiting item must be on a queue with
    WQ_MEM_RECLAIM, and the other item on a queue without this flag."""
    found = _reached(driver, rule, match)
    call = driver.call_at(match)
    key = call and driver.key(call, 0)
    if not found or not key:
        return None
    queues = {'own': set(), 'other': set()}
    for queued in driver.called['queue_work'] + driver.called['queue_delayed_work']:
        item = driver.key(queued, 1)
        queue = text_key(queued['arguments'][0]).chain[-1]
        if item and same(item, key):
            queues['other'].add(queue)
        if item and found[0].owner and same(item, found[0].owner):
            queues['own'].add(queue)
    has = {which: [flags for queue in names for flags in _queue_flags(driver, queue)]
           for which, names in queues.items()}
    if has['own'] and has['other'] and all('RECLAIM' in flags for flags in has['own']) and \
            not any('RECLAIM' in flags for flags in has['other']):
        return dict(_facts(*found), queue=', '.join(sorted(queues['other'])))
    return None


def findings(driver, rules):
    """Returns all findings, in the order of the files."""
    found = {}
    for rule in rules.values():
        judge = globals()[rule.head.get('judge', 'reached' if 'in' in rule.head else 'always')]
        for match in driver.seen[rule.id]:
            facts = judge(driver, rule, match)
            if facts is None:
                continue
            words = dict(match, **facts)
            entry = {'file': match['file'], 'line': words['line'], 'function': match['function'],
                     'id': rule.id, 'found': rule.head['found'].format(**words),
                     'path': facts.get('path', []), 'rule': rule.head['rule'],
                     'read': rule.lesson, 'pairs': rule.pairs}
            found.setdefault((entry['file'], entry['line'], rule.id), entry)
    return [found[place] for place in sorted(found)
            if not any((*place[:2], other) in found for other in rules[place[2]].words('unless'))]
