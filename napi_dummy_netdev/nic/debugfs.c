// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs files of the NICs. Through these files a user makes a NIC fail, and reads its
 * counters. Each NIC has a folder under debugfs napi_dummy with the files "fault", "dma_ns"
 * and "counters". Only root may use them.
 *
 * Scaffolding, do not copy: a driver of a real NIC does not cause faults on request.
 * (To test its error paths, use the kernel's CONFIG_FAULT_INJECTION.)
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/kstrtox.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "nic.h"

#define NIC_FAULTS_MAX	1000000

static struct dentry *nic_dir;

/* True if one of the requested faults must happen now. Any context. */
bool nic_fault_hits(atomic_t *count)
{
	return unlikely(atomic_read(count)) && atomic_dec_if_positive(count) >= 0;
}

/*
 * True if this allocation for rings must fail, because the user has chosen it. Process
 * context.
 */
bool nic_setup_fails(struct nic *nic)
{
	return unlikely(atomic_read(&nic->fail_setup)) &&
	       atomic_dec_return(&nic->fail_setup) == 0;
}

/* The link goes down and comes up again. */
static void nic_flap(struct nic *nic)
{
	WRITE_ONCE(nic->no_carrier, true);
	nic_link_changed(nic);
	usleep_range(2000, 4000);
	WRITE_ONCE(nic->no_carrier, false);
	nic_link_changed(nic);
}

/* The transmitter stops, and so does the DMA channel that feeds it. */
static void nic_hang(struct nic *nic)
{
	unsigned int i;

	for (i = 0; i < nic->num_queues; i++) {
		WRITE_ONCE(nic->queue[i].tx_halted, true);
		nic_dma_enable(&nic->queue[i].dma_tx, false);
	}
}

static int nic_fault(struct nic *nic, const char *what, unsigned int count)
{
	if (!strcmp(what, "bus_error"))
		nic_fail(nic);
	else if (!strcmp(what, "tx_hang"))
		nic_hang(nic);
	else if (!strcmp(what, "link_flap"))
		nic_flap(nic);
	else if (!strcmp(what, "lose_dma"))
		atomic_set(&nic->lose_dma, count);
	else if (!strcmp(what, "fail_alloc"))
		atomic_set(&nic->fail_alloc, count);
	else if (!strcmp(what, "fail_setup"))
		atomic_set(&nic->fail_setup, count);
	else if (!strcmp(what, "late"))
		atomic_set(&nic->late, count);
	else
		return -EINVAL;
	return 0;
}

/*
 * Write "FAULT [COUNT]", with a count of 0 to NIC_FAULTS_MAX. Each write is one request, and
 * the file offset does not matter.
 */
static ssize_t nic_fault_write(struct file *file, const char __user *ubuf,
			       size_t size, loff_t *ppos)
{
	struct nic *nic = file_inode(file)->i_private;
	char buf[32], *rest, *what;
	unsigned int count = 1;
	int err = 0;

	if (size >= sizeof(buf))
		return -EINVAL;
	if (copy_from_user(buf, ubuf, size))
		return -EFAULT;
	buf[size] = '\0';
	rest = strim(buf);
	what = strsep(&rest, " \t");
	if (rest)
		err = kstrtouint(skip_spaces(rest), 10, &count);
	if (!err && count > NIC_FAULTS_MAX)
		err = -ERANGE;
	if (!err)
		err = nic_fault(nic, what, count);
	return err ?: size;
}

static const struct file_operations nic_fault_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = nic_fault_write,
};

static int nic_dma_ns_get(void *data, u64 *ns)
{
	struct nic *nic = data;

	*ns = READ_ONCE(nic->dma_ns);
	return 0;
}

/* The new value takes effect with the next transfer. The range is in REFERENCE.md too. */
static int nic_dma_ns_set(void *data, u64 ns)
{
	struct nic *nic = data;

	if (ns > NIC_DMA_NS_MAX)
		return -ERANGE;
	WRITE_ONCE(nic->dma_ns, ns);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(nic_dma_ns_fops, nic_dma_ns_get, nic_dma_ns_set, "%llu\n");

static int nic_counters_show(struct seq_file *seq, void *unused)
{
	struct nic *nic = seq->private;
	struct nic_counters sum = {};
	unsigned long interrupts = 0, transfers = 0;
	unsigned int i, in_ring = 0;

	for (i = 0; i < NIC_QUEUES; i++) {
		const struct nic_queue *q = &nic->queue[i];
		const struct nic_counters *c = &q->counters;

		sum.tx_frames += READ_ONCE(c->tx_frames);
		sum.tx_lost += READ_ONCE(c->tx_lost);
		sum.rx_frames += READ_ONCE(c->rx_frames);
		sum.rx_missed += READ_ONCE(c->rx_missed);
		sum.rx_too_long += READ_ONCE(c->rx_too_long);
		sum.rx_halted += READ_ONCE(c->rx_halted);
		sum.rx_discarded += READ_ONCE(c->rx_discarded);
		sum.rx_late += READ_ONCE(c->rx_late);
		interrupts += READ_ONCE(q->moderation[NIC_RX].raised) +
			      READ_ONCE(q->moderation[NIC_TX].raised);
		transfers += READ_ONCE(q->dma_rx.transfers) +
			     READ_ONCE(q->dma_tx.transfers);
		in_ring += nic_rx_count(q);
	}
	seq_printf(seq, "tx_frames %lu\ntx_lost %lu\nrx_frames %lu\n",
		   sum.tx_frames, sum.tx_lost, sum.rx_frames);
	seq_printf(seq, "rx_missed %lu\nrx_too_long %lu\nrx_halted %lu\n",
		   sum.rx_missed, sum.rx_too_long, sum.rx_halted);
	seq_printf(seq, "rx_discarded %lu\nrx_late %lu\nrx_in_ring %u\n",
		   sum.rx_discarded, sum.rx_late, in_ring);
	seq_printf(seq, "interrupts %lu\ndma_transfers %lu\n", interrupts, transfers);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(nic_counters);

void nic_debugfs_add(struct nic *nic)
{
	nic->dir = debugfs_create_dir(nic->name, nic_dir);
	debugfs_create_file_unsafe("dma_ns", 0600, nic->dir, nic, &nic_dma_ns_fops);
	debugfs_create_file("fault", 0200, nic->dir, nic, &nic_fault_fops);
	debugfs_create_file("counters", 0400, nic->dir, nic, &nic_counters_fops);
}

/* Removes the files, and waits for a write that is running. */
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
