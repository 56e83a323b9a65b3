# SPDX-License-Identifier: GPL-2.0
"""Runs a list of jobs, N at a time. Shows their output in the order of the list, prints a line for each job, repeats
jobs that a fault of the emulator has ended, and writes the results as KTAP and JUnit.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import time

from . import folder as folders
from . import results
from .folder import TOP, GiveUp, note

def slowness(kernel):
    """Returns how many times as long this kernel may take as a stock kernel. The time limits are multiplied by this
    number. Kernels that are built from source have checkers, and are slow.
    """
    return 5 if kernel in folders.kernels(packaged=False) else 1


def read(path):
    """Returns the text of a file; '' if there is none. Replaces bytes that are not text."""
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            return file.read()
    except FileNotFoundError:
        return ''


class Job:
    """A command that runs in its own VM or, if it has no kernel, on this computer.

    A job writes three files: its console to NAME.log, its stderr to NAME.err, and its stdout to NAME plus the suffix in
    the argument "output".

    until    a function that is called with the job from time to time; it returns a reason to end the job early, or ''
    judge    a function that is called with the job when the job has ended; it returns the results
    again    a function that is called with the job before its VM boots again; it removes the files of the first boot
    show     the user sees the job's output immediately; otherwise one line says how the job ended
    heading  the same as show, but a line before the output and a line after the output name the job
    uncounted  the job may end without results; then it has not failed. No line says how the job ended
    limit    the number of bytes that the job may write to stdout; a job that writes more is ended
    """

    # pylint: disable=too-many-instance-attributes
    def __init__(self, name, command, kernel=None, options=(), *, arch=None, timeout=600, wedge=60,
                 output='.ktap', until=None, judge=results.from_ktap, again=None, show=False,
                 heading=False, uncounted=False, limit=None, env=None, cwd=TOP, merge=False, prefix=()):
        self.name, self.command, self.kernel, self.options = name, list(command), kernel, list(options)
        self.arch, self.timeout, self.wedge, self.suffix = arch, timeout, wedge, output
        self.until, self.judge, self.again = until, judge, again
        self.show, self.heading, self.uncounted = show or heading, heading, uncounted
        self.limit, self.merge, self.line = limit, merge, not (self.show or uncounted)
        self.env, self.cwd, self.prefix = dict(env or {}), cwd, list(prefix)
        self.out = self.process = self.status = None
        self.boots, self.seconds, self.results, self.repeated = 0, 0.0, [], []
        self.early = self.trouble = self.excerpt = ''

    def path(self, suffix):
        """Returns the path of the job's file with this suffix."""
        return os.path.join(self.out, self.name + suffix)

    @property
    def output(self):
        """Returns the path of the file for the stdout of the job."""
        return self.path(self.suffix)

    @property
    def log(self):
        """Returns the path of the VM's console."""
        return self.path('.log')

    def read(self):
        """Returns the stdout of the job."""
        return read(self.output)

    def console(self):
        """Returns the text on the console of the job's VM."""
        return read(self.log)

    def append(self, line):
        """Adds a line to the stdout of the job."""
        text = self.read()
        with open(self.output, 'a', encoding='utf-8') as file:
            file.write(('' if not text or text.endswith('\n') else '\n') + line + '\n')

    def write(self, text):
        """Replaces the stdout of the job."""
        with open(self.output, 'w', encoding='utf-8') as file:
            file.write(text)

    def start(self):
        """Boots the VM, or starts the command."""
        self.boots += 1
        self.early, self.status = '', None
        self.began = self.looked = time.monotonic()
        command = self.command
        if self.kernel:
            slow = slowness(self.kernel)
            command = self.prefix + [
                os.path.join(TOP, 'vm/run'), '--kernel', self.kernel] + \
                (['--arch', self.arch] if self.arch else []) + [
                    '--timeout', str(self.timeout * slow), '--wedge', str(self.wedge * slow),
                    '--log', self.log] + self.options + ['--'] + command
        for suffix in '.boots', '.log':
            if os.path.lexists(self.path(suffix)):
                os.unlink(self.path(suffix))
        # kselftest's runner opens the file of its output a second time, as /dev/stdout, and appends lines. So open the
        # file for appending here: otherwise other output of the job would overwrite these lines.
        for path in self.output, self.path('.err'):
            open(path, 'wb').close()
        with open(self.output, 'ab') as out, open(self.path('.err'), 'ab') as err:
            self.process = folders.start(
                command, stdout=out, stderr=subprocess.STDOUT if self.merge else err, cwd=self.cwd,
                env=dict(os.environ, BH_BOOTS=self.path('.boots'), **self.env))

    def poll(self):
        """Has the job ended? If the job has written too much, or if until() gives a reason, poll() ends the job
        early."""
        if self.process.poll() is not None:
            self.seconds += time.monotonic() - self.began
            self.status = folders.ended(self.process)
            return True
        if not self.early and time.monotonic() - self.looked > 0.3:
            self.looked = time.monotonic()
            if self.limit and os.path.getsize(self.output) > self.limit:
                self.early = 'it has written too much'
            elif self.until:
                self.early = self.until(self) or ''
            if self.early:
                self.process.terminate()
        return False

    def events(self):
        """Records what vm/run has reported about the boot. Returns the fault of the emulator that ended the
        VM, or ''."""
        fault = ''
        for line in read(self.path('.boots')).splitlines():
            event, _, why = line.split('\t')
            if event == 'repeated':
                self.repeated.append(why)
                note(f'{self.name}: boot repeated: {why}')
            elif event == 'fault':
                fault = why
            elif event == 'failed':
                self.trouble = why
        if os.path.lexists(self.path('.boots')):
            os.unlink(self.path('.boots'))
        if shutil.disk_usage(self.out).free < 1 << 20:
            self.trouble = self.trouble or f'no room is left on the disk of {self.out}'
        return fault

    def finish(self):
        """Judges the job; returns False if its VM must be booted again."""
        fault = self.events()
        if fault and not self.early and self.boots == 1:
            if self.again:
                self.again(self)
            first = self.path('.first-log')
            if os.path.lexists(self.log):
                os.replace(self.log, first)
            note(f'the VM of {self.name} is booted again: {fault}; its first console: {folders.relative(first)}')
            self.repeated.append(fault)
            return False
        self.trouble = self.trouble or ('' if self.early else fault)
        # If vm/run never started a VM, its exit status is 1 or 2. But COMMAND may also end with status 1 or 2. In that
        # case COMMAND has usually printed something.
        if self.kernel and self.status in (1, 2) and not self.read().strip():
            said = [line[4:] for line in read(self.path('.err')).splitlines() if line.startswith('vm: ')]
            self.trouble = self.trouble or (said[-1] if said else '')
        self.results = list(self.judge(self))
        if self.trouble and self.kernel and not self.uncounted:
            # The VM had a problem, and this problem may have caused the failures of the job. So these failures do not
            # count, and one failure of the VM is counted.
            self.results = [result for result in self.results if result.verdict != results.FAILED]
            self.results.append(results.Result(f'the VM of {self.name}', results.FAILED, self.trouble, True))
        if not self.results and not self.uncounted:
            self.results = [results.Result(self.name, results.FAILED, 'it has no result')]
        return True

    def summary(self):
        """Returns the line that says how the job ended."""
        parts = [f'{number} {verdict}' for verdict in (results.PASSED, results.FAILED, results.SKIPPED)
                 for number in [results.total(self.results, verdict)] if number]
        boots = f', {self.boots} boots' if self.boots > 1 else ''
        return f'{self.name}: {", ".join(parts) or "done"}, {self.seconds:.0f} s{boots}'


class _Screen:
    """Shows the output of the jobs that have "show" set, one job after the other in the order of the
    list. On a terminal it also shows a line with the jobs that run.
    """

    def __init__(self, jobs):
        self.queue = [job for job in jobs if job.show]
        self.terminal = sys.stderr.isatty()
        self.drawn = ''
        self.at = {}
        self.told = set()

    def progress(self, text):
        """Shows the line with the jobs that run, if stderr is a terminal."""
        if self.terminal and text != self.drawn:
            text = text[:os.get_terminal_size(2).columns - 1]
            sys.stderr.write('\r\033[K' + text)
            sys.stderr.flush()
            self.drawn = text

    def clear(self):
        """Removes the line with the jobs that run."""
        if self.drawn:
            self.progress('')

    def say(self, line):
        """Prints a line that comes from the runner, not from a job."""
        self.clear()
        print(line, flush=True)

    def follow(self):
        """Shows what the jobs have printed since the last call."""
        while self.queue:
            job = self.queue[0]
            ended = job.status is not None
            if job.process:
                if job.heading and job.name not in self.told:
                    self.told.add(job.name)
                    self.say(f'\n##### {job.name}')
                for suffix, stream in (('.err', sys.stderr), (job.suffix, sys.stdout)):
                    self._copy(job, suffix, stream, ended)
            if not ended or not job.finished:
                break
            if job.heading:
                self.say(f'##### {job.summary()}, status {job.status}')
            self.queue.pop(0)

    def _copy(self, job, suffix, stream, ended):
        key = job.name, suffix, job.boots
        with open(job.path(suffix), 'rb') as file:
            file.seek(self.at.get(key, 0))
            data = file.read()
        # Copy whole lines, so that no line on a terminal is a mixture of two streams.
        data = data if ended else data[:data.rfind(b'\n') + 1]
        if data:
            self.clear()
            self.at[key] = self.at.get(key, 0) + len(data)
            stream.flush()
            stream.buffer.write(data)
            stream.buffer.flush()


class Run:
    """One run of a script: its results folder, its jobs, its results."""

    def __init__(self, folder, at_a_time=2):
        self.folder, self.at_a_time = folder, at_a_time
        self.out = folders.fresh(folder)
        self.jobs, self.own, self.repeated = [], [], []
        self.began = time.monotonic()

    def run(self, jobs, at_a_time=None):
        """Runs the jobs; returns when all have ended and have been judged."""
        at_a_time = at_a_time or self.at_a_time
        jobs = list(jobs)
        names = [job.name for job in self.jobs + jobs]
        if len(set(names)) != len(names):
            raise GiveUp('two jobs have one name: ' + ' '.join(sorted(names)))
        for job in jobs:
            job.out, job.finished = self.out, False
        self.jobs += jobs
        screen, waiting, working, done = _Screen(jobs), list(jobs), [], 0
        while waiting or working:
            while waiting and len(working) < at_a_time:
                working.append(waiting.pop(0))
                working[-1].start()
            for job in list(working):
                if not job.poll():
                    continue
                screen.follow()
                if not job.finish():
                    job.start()
                    continue
                job.finished = True
                working.remove(job)
                self.repeated += job.repeated
                done += 1
                if job.line:
                    screen.say(f'[{done}/{len(jobs)}] {job.summary()}')
            screen.follow()
            if working:
                screen.progress(f'{done} of {len(jobs)} done; running: ' + ', '.join(
                    f'{job.name} {time.monotonic() - job.began:.0f} s' for job in working))
            folders.pause()
        screen.clear()
        return jobs

    @property
    def results(self):
        """Returns the results of all jobs, and then the results of the script itself."""
        return [result for job in self.jobs for result in job.results] + self.own

    @property
    def seconds(self):
        """Returns the seconds since the run began."""
        return time.monotonic() - self.began

    def path(self, name):
        """Returns the path of a file in the results folder."""
        return os.path.join(self.out, name)

    def write(self, name, text):
        """Writes a file to the results folder."""
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)

    def add(self, name, good, why=''):
        """Adds a result of the script itself."""
        self.own.append(results.Result(name, results.PASSED if good else results.FAILED, why))
        return good

    def keep(self, reports=True):
        """Ends the run: writes the results as KTAP and JUnit, and gives the folder its final name."""
        if reports:
            self._report()
        for job in self.jobs:
            if os.path.exists(job.path('.err')) and not os.path.getsize(job.path('.err')):
                os.unlink(job.path('.err'))
        folders.keep(self.folder)
        self.out = self.folder
        for job in self.jobs:
            job.out = self.out

    def _report(self):
        suites = [(job.name, job.seconds, job.results) for job in self.jobs if job.results]
        suites += [('checks', 0.0, self.own)] if self.own else []
        self.write('results.xml', results.junit(suites))
        self.write('results.ktap', results.as_ktap(suites))
        rows = ['name\tkernel\tarch\tstatus\tboots\tseconds\tended early\ttrouble\n']
        rows += [f'{job.name}\t{job.kernel or "-"}\t{job.arch or "-"}\t{job.status}\t{job.boots}\t'
                 f'{job.seconds:.1f}\t{job.early or "-"}\t{job.trouble or "-"}\n' for job in self.jobs]
        self.write('jobs.tsv', ''.join(rows))

    def count(self):
        """Prints the counts as the last lines. Returns the exit status."""
        for job in self.jobs:
            if job.excerpt and (job.heading or not job.show):
                print(f'\nof {job.name}:\n{job.excerpt}')
        return results.say_count(self.results, self.repeated)


# ---- job lists as files

JUDGES = {'ktap': results.from_ktap, 'count': results.from_count, 'status': results.from_status}


def load(path):
    """Loads a job list in JSON: an array of objects, whose keys are the names of Job's arguments."""
    try:
        with open(path, encoding='utf-8') as file:
            rows = json.load(file)
    except (OSError, ValueError) as err:
        raise GiveUp(f'{path} is not a job list: {getattr(err, "strerror", None) or err}') from None
    jobs = []
    for row in rows:
        row = dict(row)
        unknown = set(row) - {'name', 'command', 'kernel', 'arch', 'options', 'timeout', 'wedge', 'until',
                              'judge', 'show', 'heading', 'uncounted', 'env'}
        if unknown or not {'name', 'command'} <= set(row) or row.get('judge', 'ktap') not in JUDGES:
            raise GiveUp(f'{path}: {json.dumps(row)}: a job has a name and a command, and may have kernel, arch, '
                         f'options, timeout, wedge, until, show, heading, uncounted, env, judge ({", ".join(JUDGES)})')
        row['output'] = '.txt' if 'judge' in row and row['judge'] != 'ktap' else '.ktap'
        row['judge'] = JUDGES[row.get('judge', 'ktap')]
        if 'until' in row:
            row['until'] = _console_says(re.compile(row['until']))
        jobs.append(Job(**row, merge='kernel' not in row))
    return jobs


def _console_says(pattern):
    return lambda job: 'its console said so' if pattern.search(job.console()) else ''
