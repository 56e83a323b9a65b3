// SPDX-License-Identifier: GPL-2.0
// rule: tasklet_kill() waits for a tasklet that is scheduled or runs; without tasklet_kill() the tasklet may run after its driver is gone.
// found: no tasklet_kill() anywhere for this tasklet
// read: demo_tasklet/README.md
// pair: tasklet_not_killed
// judge: never
// ended-by: tasklet_kill bench_tasklet_remove

@tasklet_not_killed@
identifier g = {tasklet_setup, tasklet_init, bench_tasklet_setup, bench_tasklet_probe};
position p;
@@
g@p(...)

@script:python@
p << tasklet_not_killed.p; g << tasklet_not_killed.g;
@@
see("tasklet_not_killed", p, name=g)
