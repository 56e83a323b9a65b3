// SPDX-License-Identifier: GPL-2.0
/*
 * work_no_release_broken: a task that passes letters to a worker with a flag, but without
 * release.
 *
 * The rule it breaks: if a flag says "the data is there", write the data first and then set
 * the flag with smp_store_release(). WRITE_ONCE() makes the write of the flag a single
 * access, but orders nothing: the flag may become visible before the letter.
 *
 * After "command", expect no message from a stock kernel, nor from a kernel with lockdep
 * and KASAN. x86 keeps stores in order, so every letter is right. arm64 does not keep
 * stores in order. A kernel with CONFIG_KCSAN_WEAK_MEMORY lets the write of the letter take
 * effect late, and says
 *
 *	BUG: KCSAN: data-race in work_no_release_bottom [work_no_release_broken] /
 *		work_no_release_command [work_no_release_broken]
 *
 * KCSAN delays a write no longer than until the end of the function that writes. Here this
 * is long enough: in this function the sender also waits until the worker takes the letter.
 * The kernel survives.
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
		/* Acquire: the flag is read before the letter. */
		while (!smp_load_acquire(&w->full))
			cond_resched();
		if (w->letter != i)
			wrong++;
		/* Release: this letter is read before the sender writes the next one. */
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
		/* The bug: the flag may become visible before the letter. */
		WRITE_ONCE(w->full, true);
		/*
		 * Acquire: the next letter is written after the worker has read this
		 * one.
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
	.breaks = "broken on purpose: a flag without release, so a letter may be read too early",
};
module_bench_driver(work_no_release_driver);

MODULE_DESCRIPTION("Broken on purpose: data handed to a worker by a flag without release");
MODULE_LICENSE("GPL");
