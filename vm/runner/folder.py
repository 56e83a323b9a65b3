# SPDX-License-Identifier: GPL-2.0
"""What a script that boots VMs needs besides jobs: signals, locks, results folders."""
import argparse
import errno
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
POLL = 0.05
_signal = []
_running = []
_locks = []
_me = 'runner'


class GiveUp(Exception):
    """The script cannot do its work, so it prints a line with the counts, and ends as failed."""


class Ended(BaseException):
    """Raised when a signal that ends the script has arrived."""


def note(*words):
    """Prints a line on stderr."""
    print(f'{_me}:', *words, file=sys.stderr, flush=True)


def relative(path):
    """Returns a path in the form for people: relative to the current folder."""
    here = os.getcwd() + '/'
    return path[len(here):] if path.startswith(here) else path


def pause():
    """Sleeps for a moment. Ends the script if a signal has arrived."""
    time.sleep(POLL)
    if _signal:
        raise Ended(_signal[0])


def main(me, function):
    """Calls the argument "function", and exits with its result. However the function ends, its jobs are ended before
    the exit."""
    global _me
    _me = me
    # Handle these signals even if the caller (for example nohup) ignores them. The handlers only record the signal, so
    # they do not interrupt the work between two calls of pause().
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda signum, _: _signal.append(signum))
    try:
        status = function() or 0
        sys.stdout.flush()
    except Ended as ended:
        status = 128 + ended.args[0]
    except (GiveUp, OSError) as err:
        if isinstance(err, BrokenPipeError) and not err.filename:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        elif isinstance(err, OSError):
            note(f'{err.filename or "write"}: {err.strerror}')
        else:
            note(err)
        print('0 passed, 1 failed, 0 skipped')
        status = 1
    finally:
        end(_running)
    sys.exit(status)


def options(doc):
    """Returns a parser whose help is the text at the top of the script."""
    return argparse.ArgumentParser(usage=argparse.SUPPRESS, description=doc.strip(), add_help=True,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)


# ---- processes

def start(command, **more):
    """Starts a process in its own process group. Ctrl-C does not reach this group; the script ends the whole group.

    The process stays in the terminal's session, so sudo still knows the user.
    """
    process = subprocess.Popen(command, preexec_fn=os.setpgrp, stdin=subprocess.DEVNULL, pass_fds=_locks, **more)
    _running.append(process)
    return process


def ended(process):
    """Records that a process has ended, and ends the processes that it has left behind."""
    _running.remove(process)
    _kill(os.killpg, process.pid, signal.SIGTERM)
    # For signal N a shell reports 128 + N, but subprocess reports -N.
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def call(command, **more):
    """Runs a command on this computer in the foreground, where it may ask for a password. Returns its status."""
    process = subprocess.Popen(command, pass_fds=_locks, **more)
    _running.append(process)
    while process.poll() is None:
        pause()
    _running.remove(process)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _kill(how, pid, number):
    try:
        how(pid, number)
    except ProcessLookupError:
        pass


def _descendants(roots):
    """Returns the PIDs of these processes, of the processes in their groups, and of all descendants, but not of
    zombies."""
    parent = {}
    found = set()
    for entry in os.listdir('/proc'):
        if not entry.isdigit():
            continue
        try:
            with open(f'/proc/{entry}/stat', encoding='utf-8', errors='replace') as stat:
                # The name of a process stands in brackets, and may itself contain blanks and brackets.
                state, ppid, group = stat.read().rpartition(') ')[2].split()[:3]
        except OSError:
            continue
        if state != 'Z':
            parent[int(entry)] = int(ppid)
            if int(group) in roots or int(entry) in roots:
                found.add(int(entry))
    more = True
    while more:
        more = {pid for pid, ppid in parent.items() if ppid in found} - found
        found |= more
    return found


def end(processes):
    """Ends processes and everything that they have started, and waits until all of it has ended."""
    known = {process.pid for process in processes}
    # vm/run gives QEMU five seconds to end.
    deadline = time.monotonic() + 15
    told = set()
    while processes:
        for process in processes:
            process.poll()
        known = _descendants(known)
        late = time.monotonic() - deadline
        if not known or late > 5:
            break
        for pid in known if late > 0 else known - told:
            _kill(os.kill, pid, signal.SIGKILL if late > 0 else signal.SIGTERM)
        told |= known
        time.sleep(POLL)
    del processes[:]


# ---- results folders

def lock(folder):
    """Locks a folder, so that only this script works on it. A second script waits.

    The lock lasts until the script has ended, and everything that the script has started. So a VM that a killed script
    has left behind still holds the lock.
    """
    held = os.environ.get('BH_LOCKED', '').split('\n')
    if folder in held:
        return      # the script that has called this script holds the lock
    name = folder + '.lock'
    try:
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:
        raise GiveUp(f'cannot write {name}: does {os.path.dirname(folder)} belong to another user? '
                     '("sudo make" leaves files of root behind)') from None
    # Choose a number that is higher than the descriptors that the scripts themselves use.
    descriptor = fcntl.fcntl(file, fcntl.F_DUPFD, 20)
    os.close(file)
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError as err:
            if err.errno not in (errno.EAGAIN, errno.EACCES):
                raise
        if not told:
            note(f'waiting: {relative(folder)} is in use by',
                 os.pread(descriptor, 200, 0).decode().strip() or 'another script')
            told = True
        pause()
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f'{_me}, process {os.getpid()}, since {time.strftime("%T")}\n'.encode(), 0)
    _locks.append(descriptor)
    os.environ['BH_LOCKED'] = '\n'.join(held + [folder])


def fresh(folder):
    """Locks a folder, and returns the new, empty folder FOLDER.new. In the end keep() renames it to FOLDER.

    So the results of an earlier run never mix with those of this run, and stay until this run has finished.
    """
    lock(folder)
    new = folder + '.new'
    try:
        if os.path.lexists(new):
            shutil.rmtree(new)
        os.mkdir(new)
    except OSError:
        raise GiveUp(f'cannot make {new} anew: does it belong to another user? '
                     '("sudo make" leaves files of root behind)') from None
    return new


def keep(folder):
    """Renames the folder of a run that has finished."""
    old = folder + '.old'
    try:
        if os.path.lexists(old):
            shutil.rmtree(old)
        if os.path.lexists(folder):
            os.rename(folder, old)
        os.rename(folder + '.new', folder)
    except OSError:
        raise GiveUp(f'cannot rename {folder}.new to {folder}') from None
    if os.path.lexists(old):
        shutil.rmtree(old)


def arch():
    """Returns the architecture of the VMs: ARCH from the environment or, if ARCH is not set, the architecture of this
    computer."""
    name = os.environ.get('ARCH') or os.uname().machine
    return 'arm64' if name == 'aarch64' else name


def kernels(packaged=None):
    """Returns the names of this architecture's kernels in vm/kernels: all kernels, only kernels from packages
    (packaged=True), or only kernels built from source (False). The first of all these kernels is the default.
    """
    with open(os.path.join(TOP, 'vm/kernels'), encoding='utf-8') as table:
        rows = [row for row in (re.sub('#.*', '', line).split() for line in table) if row]
    own = [row for row in rows if row[1] == arch()]
    if not own:
        raise GiveUp(f"no architecture is called '{arch()}'; ARCH= is {' or '.join(dict.fromkeys(row[1] for row in rows))}")
    return [row[0] for row in own if packaged in (None, not row[4].endswith('.config'))]


def label(name):
    """Returns the name of a folder of results, for example a kernel's. Each architecture has its own folder."""
    return name if arch() == 'x86_64' else f'{name}-{arch()}'
