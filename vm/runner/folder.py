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
    """Raised when the script cannot do its work. main() prints the reason and a line with one failure, and exits with
    1."""


class Ended(BaseException):
    """Raised when a signal that ends the script has arrived."""


def note(*words):
    """Prints a line on stderr."""
    print(f'{_me}:', *words, file=sys.stderr, flush=True)


def relative(path):
    """Returns a path in the form for messages: relative to the current folder, if the path is in that folder."""
    here = os.getcwd() + '/'
    return path[len(here):] if path.startswith(here) else path


def pause():
    """Sleeps for a moment. Ends the script if a signal has arrived."""
    time.sleep(POLL)
    if _signal:
        raise Ended(_signal[0])


def main(me, function):
    """Calls the argument "function", and exits with its result. Before the exit it ends all jobs that still run, even
    if the function has failed."""
    global _me
    _me = me
    # Handle these signals even if the caller (for example nohup) ignores them. The handlers only record the signal. So
    # the script ends only in pause(), and its work between two calls of pause() is not interrupted.
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
    """Starts a process in its own process group. Ctrl-C does not reach this group: the script itself ends the whole
    group.

    The process stays in the session of the terminal. So sudo does not ask again for a password that the user has
    already typed in this terminal.
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
    """Returns the PIDs of these processes, of the processes in their groups, and of all descendants. Zombies are left
    out."""
    parent = {}
    found = set()
    for entry in os.listdir('/proc'):
        if not entry.isdigit():
            continue
        try:
            with open(f'/proc/{entry}/stat', encoding='utf-8', errors='replace') as stat:
                # The name of the process is in brackets, and may itself contain blanks and brackets.
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
    """Ends processes and all processes that they have started, and waits until all of these have ended."""
    known = {process.pid for process in processes}
    # vm/run gives QEMU five seconds to end, so SIGKILL must come later than that.
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
    """Locks a folder, so that only this script writes to it. A second script waits.

    The lock lasts until the script, and all processes that it has started, have ended. If a killed script has left a VM
    behind, this VM still holds the lock.
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
    # The descriptor must have a higher number than the descriptors that the shell scripts use (4 to 9), because these
    # scripts inherit it.
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
    """Locks the folder FOLDER, and returns the new, empty folder FOLDER.new. At the end keep() renames FOLDER.new to
    FOLDER.

    So the results of an earlier run stay until this run has finished, and do not mix with the results of this run.
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
    """Renames FOLDER.new to FOLDER, when the run has finished."""
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
    """Returns the names of the kernels in vm/kernels for this architecture. With packaged=True, returns only the
    kernels from packages; with packaged=False, only the kernels that are built from source. Without an argument,
    returns all kernels, of which the first is the default.
    """
    with open(os.path.join(TOP, 'vm/kernels'), encoding='utf-8') as table:
        rows = [row for row in (re.sub('#.*', '', line).split() for line in table) if row]
    own = [row for row in rows if row[1] == arch()]
    if not own:
        raise GiveUp(f"no architecture is called '{arch()}'; ARCH= is {' or '.join(dict.fromkeys(row[1] for row in rows))}")
    return [row[0] for row in own if packaged in (None, not row[4].endswith('.config'))]


def label(name):
    """Returns the name of a results folder, for example for a kernel. If the VM is not x86_64, the name ends in its
    architecture."""
    return name if arch() == 'x86_64' else f'{name}-{arch()}'
