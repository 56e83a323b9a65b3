// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs files of the NICs: make one fail, read its counters. Each has a folder
 * under debugfs napi_dummy: "fault", "dma_ns", "counters". Root only.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "nic.h"

static struct dentry *nic_dir;

/* One of the faults that were ordered comes true. Any context. */
bool nic_fault_hits(atomic_t *count)
{
	return unlikely(atomic_read(count)) && atomic_dec_if_positive(count) >= 0;
}

/* The plug is pulled out and put in again. */
static void nic_flap(struct nic *nic)
{
	WRITE_ONCE(nic->no_carrier, true);
	nic_link_changed(nic);
	usleep_range(2000, 4000);
	WRITE_ONCE(nic->no_carrier, false);
	nic_link_changed(nic);
}

static int nic_fault(struct nic *nic, const char *what, unsigned int count)
{
	unsigned int i;

	if (!strcmp(what, "bus_error"))
		nic_fail(nic);
	else if (!strcmp(what, "tx_hang"))
		for (i = 0; i < nic->num_queues; i++)
			WRITE_ONCE(nic->queue[i].tx_halted, true);
	else if (!strcmp(what, "link_flap"))
		nic_flap(nic);
	else if (!strcmp(what, "lose_dma"))
		atomic_set(&nic->lose_dma, count);
	else if (!strcmp(what, "fail_alloc"))
		atomic_set(&nic->fail_alloc, count);
	else if (!strcmp(what, "late"))
		atomic_set(&nic->late, count);
	else
		return -EINVAL;
	return 0;
}

/* Write "FAULT [COUNT]". */
static ssize_t nic_fault_write(struct file *file, const char __user *ubuf,
			       size_t size, loff_t *ppos)
{
	struct nic *nic = file_inode(file)->i_private;
	unsigned int count = 1;
	char buf[32], what[16];
	ssize_t len;
	int err;

	len = simple_write_to_buffer(buf, sizeof(buf) - 1, ppos, ubuf, size);
	if (len < 0)
		return len;
	if (len != size)
		return -EINVAL;
	buf[len] = '\0';
	if (sscanf(buf, "%15s %u", what, &count) < 1 || !count ||
	    count > 1000000)
		return -EINVAL;
	err = nic_fault(nic, what, count);
	return err ?: len;
}

static const struct file_operations nic_fault_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = nic_fault_write,
};

static int nic_counters_show(struct seq_file *seq, void *unused)
{
	struct nic *nic = seq->private;
	struct nic_counters sum = {};
	unsigned int i, in_ring = 0;
	u64 transfers = 0;

	for (i = 0; i < NIC_QUEUES; i++) {
		const struct nic_counters *c = &nic->queue[i].counters;

		sum.tx_frames += READ_ONCE(c->tx_frames);
		sum.tx_lost += READ_ONCE(c->tx_lost);
		sum.rx_frames += READ_ONCE(c->rx_frames);
		sum.rx_missed += READ_ONCE(c->rx_missed);
		sum.rx_too_long += READ_ONCE(c->rx_too_long);
		sum.rx_halted += READ_ONCE(c->rx_halted);
		sum.rx_discarded += READ_ONCE(c->rx_discarded);
		sum.rx_late += READ_ONCE(c->rx_late);
		sum.interrupts += READ_ONCE(c->interrupts);
		transfers += READ_ONCE(nic->queue[i].dma_rx.transfers) +
			     READ_ONCE(nic->queue[i].dma_tx.transfers);
		in_ring += nic_rx_count(&nic->queue[i]);
	}
	seq_printf(seq, "tx_frames %llu\ntx_lost %llu\nrx_frames %llu\n",
		   sum.tx_frames, sum.tx_lost, sum.rx_frames);
	seq_printf(seq, "rx_missed %llu\nrx_too_long %llu\nrx_halted %llu\n",
		   sum.rx_missed, sum.rx_too_long, sum.rx_halted);
	seq_printf(seq, "rx_discarded %llu\nrx_late %llu\nrx_in_ring %u\n",
		   sum.rx_discarded, sum.rx_late, in_ring);
	seq_printf(seq, "interrupts %llu\ndma_transfers %llu\n",
		   sum.interrupts, transfers);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(nic_counters);

void nic_debugfs_add(struct nic *nic)
{
	nic->dir = debugfs_create_dir(nic->name, nic_dir);
	debugfs_create_u32("dma_ns", 0600, nic->dir, &nic->dma_ns);
	debugfs_create_file("fault", 0200, nic->dir, nic, &nic_fault_fops);
	debugfs_create_file("counters", 0400, nic->dir, nic, &nic_counters_fops);
}

/* Waits for a write that is under way. */
void nic_debugfs_del(struct nic *nic)
{
	debugfs_remove(nic->dir);
}

void nic_debugfs_init(void)
{
	nic_dir = debugfs_create_dir("napi_dummy", NULL);
}

void nic_debugfs_exit(void)
{
	debugfs_remove(nic_dir);
}
