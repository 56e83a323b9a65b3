// SPDX-License-Identifier: GPL-2.0
/*
 * work_mutex_cancel_broken: a task that cancels a work item while it holds the item's
 * mutex.
 *
 * The rule it breaks: a task that calls cancel_work_sync() or flush_work() must not hold a
 * lock that the item's function takes. If the item is only queued, cancel_work_sync()
 * removes it from the queue, and nothing bad happens. The deadlock needs an item that is
 * running at that moment.
 *
 * Expect two messages, 120 seconds (hung_task_timeout_secs) after the first "command":
 *
 *	INFO: task kworker/1:1:37 blocked for more than 122 seconds.
 *	INFO: task sh:227 blocked for more than 122 seconds.
 *
 * CONFIG_PROVE_LOCKING says "possible circular locking dependency detected" at once.
 *
 * The kernel survives. The worker and the task are lost, and also every task that takes the
 * mutex.
 */
#include "bench_work.h"

struct work_mutex_cancel {
	struct bench_work bh;
	struct mutex lock;		/* protects @total, used by the item and "command" */
	u64 total;
};

static void work_mutex_cancel_bottom(struct work_struct *work)
{
	struct work_mutex_cancel *w = from_work(w, work, bh.work);

	bench_run(w->bh.bdev);
	mutex_lock(&w->lock);
	w->total += bench_work_handle(&w->bh);
	mutex_unlock(&w->lock);
}

/*
 * Process context. Does this @n times: raises an event, cancels the item, and handles the
 * events that the item has not handled.
 */
static int work_mutex_cancel_report(struct bench_device *bdev, unsigned int n)
{
	struct work_mutex_cancel *w = from_bench(w, bdev, bh);

	while (n--) {
		mutex_lock(&w->lock);
		bench_work_begin(&w->bh);
		cancel_work_sync(&w->bh.work);
		w->total += bench_work_handle(&w->bh);
		mutex_unlock(&w->lock);
	}
	return 0;
}

static int work_mutex_cancel_probe(struct bench_device *bdev)
{
	struct work_mutex_cancel *w = dev_get_drvdata(&bdev->dev);

	mutex_init(&w->lock);
	return bench_work_setup(&w->bh, bdev, bench_work_top, work_mutex_cancel_bottom);
}

static struct bench_driver work_mutex_cancel_driver = {
	.probe = work_mutex_cancel_probe,
	.remove = bench_work_remove,
	.priv_size = sizeof(struct work_mutex_cancel),
	.command = { work_mutex_cancel_report, 1, 100 },
	.breaks = "broken on purpose: a command makes a task and a worker wait for each other",
};
module_bench_driver(work_mutex_cancel_driver);

MODULE_DESCRIPTION("Broken on purpose: a work item cancelled by a task that holds its mutex");
MODULE_LICENSE("GPL");
