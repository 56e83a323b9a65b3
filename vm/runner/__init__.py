# SPDX-License-Identifier: GPL-2.0
"""Runs lists of jobs that boot VMs, and counts their results: see "One runner" in vm/README.md."""
from .folder import TOP, GiveUp, call, kernels, label, lock, main, note, options, relative
from .jobs import Job, Run, read, slowness
from .results import (FAILED, PASSED, SKIPPED, Result, from_count, from_ktap, from_lines, from_status, ktap_results,
                      say_count)

__all__ = ['TOP', 'GiveUp', 'call', 'kernels', 'label', 'lock', 'main', 'note', 'options', 'relative', 'Job', 'Run', 'read',
           'slowness', 'FAILED', 'PASSED', 'SKIPPED', 'Result', 'from_count', 'from_ktap', 'from_lines', 'from_status',
           'ktap_results', 'say_count']
