// SPDX-License-Identifier: GPL-2.0
/*
 * work_no_release_fixed: a task that passes letters to a worker with a flag and
 * release.
 *
 * The rule it keeps: if a flag says "the data is there", write the data first and then set
 * the flag with smp_store_release(). This release pairs with the reader's
 * smp_load_acquire(): if the reader sees the flag, it also sees the data (letter.litmus).
 *
 * Expect no message, and every event handled.
 */
#include "bench_work.h"
#include "compat.h"

struct work_no_release {
	struct bench_work bh;
	atomic_t letters;		/* number of letters that the worker must take */
	unsigned int letter;		/* belongs to the worker while "full", else to the sender */
	bool full;
};

/* Process context. The sender keeps its own CPU busy, so this function runs on another CPU. */
static void work_no_release_bottom(struct work_struct *work)
{
	struct work_no_release *w = from_work(w, work, bh.work);
	unsigned int i, letters = atomic_xchg(&w->letters, 0);
	unsigned int wrong = 0;

	bench_run(w->bh.bdev);
	for (i = 0; i < letters; i++) {
		/* Acquire: the flag is read before the letter (letter.litmus). */
		while (!smp_load_acquire(&w->full))
			cond_resched();
		if (w->letter != i)
			wrong++;
		/*
		 * Release: this letter is read before the sender writes the
		 * next one (letter-back.litmus).
		 */
		smp_store_release(&w->full, false);
	}
	if (wrong)
		dev_warn(&w->bh.bdev->dev, "%u of %u letters are wrong\n", wrong, letters);
	bench_done(w->bh.bdev, atomic_xchg(&w->bh.pending, 0));
}

/* Hard interrupt context; on PREEMPT_RT a thread. The worker may run on any CPU. */
static irqreturn_t work_no_release_top(int irq, void *data)
{
	struct work_no_release *w = container_of(data, struct work_no_release, bh);
	unsigned int events = bench_read_events(w->bh.bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &w->bh.pending);
	bench_raise(w->bh.bdev);
	queue_work(system_dfl_wq, &w->bh.work);
	return IRQ_HANDLED;
}

/* Process context: raises an event, which starts the worker, and sends it @n letters. */
static int work_no_release_command(struct bench_device *bdev, unsigned int n)
{
	struct work_no_release *w = from_bench(w, bdev, bh);
	unsigned int i;

	atomic_set(&w->letters, n);
	irq_line_raise(bdev->line);
	for (i = 0; i < n; i++) {
		w->letter = i;
		/* Release: the letter is written before the flag (letter.litmus). */
		smp_store_release(&w->full, true);
		/*
		 * Acquire: the next letter is written after the worker has read this
		 * one (letter-back.litmus).
		 */
		while (smp_load_acquire(&w->full))
			cond_resched();
	}
	return 0;
}

static int work_no_release_probe(struct bench_device *bdev)
{
	struct work_no_release *w = dev_get_drvdata(&bdev->dev);

	return bench_work_setup(&w->bh, bdev, work_no_release_top, work_no_release_bottom);
}

static struct bench_driver work_no_release_driver = {
	.probe = work_no_release_probe,
	.remove = bench_work_remove,
	.priv_size = sizeof(struct work_no_release),
	.command = { work_no_release_command, 1, 50000 },
};
module_bench_driver(work_no_release_driver);

MODULE_DESCRIPTION("Fixed: data handed to a worker by a flag with release");
MODULE_LICENSE("GPL");
