// SPDX-License-Identifier: GPL-2.0
/*
 * tasklet_rules: what tasklet_schedule() promises.
 *
 * Each interrupt schedules the normal tasklet twice, and after that the high-priority
 * tasklet. The debugfs file "rules" shows how many times the normal tasklet was scheduled,
 * how many times each tasklet ran, and which of them ran first.
 */
#include <linux/seq_file.h>

#include "bench.h"

struct rules {
	struct bench_device *bdev;
	struct tasklet_struct normal;
	struct tasklet_struct high;
	struct bh_probe high_probe;	/* the device's probes record "normal" */
	atomic_t pending;
	atomic64_t normal_asked;
	atomic64_t normal_runs;
	atomic64_t high_runs;
	atomic64_t high_first;
	atomic64_t normal_first;
	s64 high_seen;			/* used only by the normal tasklet, so it needs no lock */
};

static void rules_high_run(struct tasklet_struct *tasklet)
{
	struct rules *rules = from_tasklet(rules, tasklet, high);

	bh_probe_run(&rules->high_probe);
	atomic64_inc(&rules->high_runs);
}

static void rules_normal_run(struct tasklet_struct *tasklet)
{
	struct rules *rules = from_tasklet(rules, tasklet, normal);
	s64 high_runs = atomic64_read(&rules->high_runs);

	bench_run(rules->bdev);
	atomic64_inc(&rules->normal_runs);
	if (high_runs != rules->high_seen)
		atomic64_inc(&rules->high_first);
	else
		atomic64_inc(&rules->normal_first);
	rules->high_seen = high_runs;
	bench_done(rules->bdev, atomic_xchg(&rules->pending, 0));
}

static irqreturn_t rules_top(int irq, void *data)
{
	struct rules *rules = data;
	unsigned int events = bench_read_events(rules->bdev);

	if (!events)
		return IRQ_NONE;
	atomic_add(events, &rules->pending);
	bench_raise(rules->bdev);
	tasklet_schedule(&rules->normal);
	/* TASKLET_STATE_SCHED is already set, so this call does nothing. */
	tasklet_schedule(&rules->normal);
	atomic64_add(2, &rules->normal_asked);

	bh_probe_raise(&rules->high_probe);
	tasklet_hi_schedule(&rules->high);
	return IRQ_HANDLED;
}

static int rules_show(struct seq_file *seq, void *unused)
{
	struct rules *rules = seq->private;

	seq_printf(seq, "normal_asked %lld\n", atomic64_read(&rules->normal_asked));
	seq_printf(seq, "normal_runs %lld\n", atomic64_read(&rules->normal_runs));
	seq_printf(seq, "high_runs %lld\n", atomic64_read(&rules->high_runs));
	seq_printf(seq, "high_first %lld\n", atomic64_read(&rules->high_first));
	seq_printf(seq, "normal_first %lld\n", atomic64_read(&rules->normal_first));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(rules);

static int rules_probe(struct bench_device *bdev)
{
	struct rules *rules = devm_kzalloc(&bdev->dev, sizeof(*rules), GFP_KERNEL);
	int err;

	if (!rules)
		return -ENOMEM;
	rules->bdev = bdev;
	tasklet_setup(&rules->normal, rules_normal_run);
	tasklet_setup(&rules->high, rules_high_run);
	err = devm_bh_probe_init(bdev, &rules->high_probe, "high", BH_TASKLET_HI);
	if (err)
		return err;
	dev_set_drvdata(&bdev->dev, rules);
	return request_irq(bdev->irq, rules_top, 0, dev_name(&bdev->dev), rules);
}

static void rules_remove(struct bench_device *bdev)
{
	struct rules *rules = dev_get_drvdata(&bdev->dev);

	/*
	 * Only the top half schedules the two tasklets. Neither tasklet schedules the
	 * other.
	 */
	free_irq(bdev->irq, rules);
	tasklet_kill(&rules->normal);
	tasklet_kill(&rules->high);
}

static const struct bench_file rules_files[] = {
	{ "rules", &rules_fops },
	{ }
};

static struct bench_driver rules_driver = {
	.probe = rules_probe,
	.remove = rules_remove,
	.trigger = BENCH_EDGE,
	.mechanism = BH_TASKLET,
	.files = rules_files,
};
module_bench_driver(rules_driver);

MODULE_DESCRIPTION("Bottom halves: what tasklet_schedule() promises");
MODULE_LICENSE("GPL");
