/* SPDX-License-Identifier: GPL-2.0 */
/*
 * trace-cmd.h includes this header of libtracefs-dev, and uses nothing of it but what
 * is here. Found only where that package is not installed.
 */
#include <sched.h>
