// SPDX-License-Identifier: GPL-2.0
/*
 * The net_device: opening it, stopping it, changing its settings, and the other functions
 * that the network core calls.
 *
 * One net_device has up to eight NAPI instances. Before 2.6.24 struct net_device itself had
 * the poll function. So a NIC with several queues registered one invisible net_device per
 * queue. Today a napi_struct is a member of the driver's queue. alloc_netdev_dummy()
 * remains for drivers whose NICs share one set of rings, because NAPI needs a net_device.
 */
#include <linux/cpumask.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/interrupt.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>

#include "irq_line.h"
#include "napi_dummy.h"

/* What the NIC can do to a packet that it sends. */
#define NAPI_DUMMY_TX_OFFLOADS	(NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | \
				 NETIF_F_TSO6 | NETIF_F_TSO_ECN)

/* The length includes two VLAN tags, because the stack may add them. */
static unsigned int napi_dummy_frame_len(unsigned int mtu)
{
	return mtu + ETH_HLEN + 2 * VLAN_HLEN;
}

/* Default handler of the DMA interrupt: wakes the task that waits for the transfer. */
static irqreturn_t napi_dummy_dma_done(int irq, void *dev_id)
{
	struct napi_dummy_queue *q = dev_id;
	unsigned int cause = nic_dma_cause(q->hw);

	if (!cause)
		return IRQ_NONE;
	if (cause & NIC_DMA_RX)
		complete(&q->rx_done);
	if (cause & NIC_DMA_TX)
		complete(&q->tx_done);
	return IRQ_HANDLED;
}

/* Interrupts -------------------------------------------------------------- */

/*
 * Each queue has its own CPU. This function places the queue's interrupts on that CPU, and
 * gives the queue the packets that the CPU sends (XPS). It does so once in the life of a
 * queue. After that, no code of the driver overwrites a smp_affinity that a user has set.
 * The affinity hint is only for user space to read.
 *
 * netif_set_affinity_auto() of newer kernels is not used. It handles the interrupt of a NAPI
 * instance, but not the DMA interrupts, nor the strategy netif_rx, which has no instance.
 */
static void napi_dummy_place(struct napi_dummy_queue *q)
{
	const struct cpumask *mask =
		cpumask_of(cpumask_local_spread(q->index, NUMA_NO_NODE));
	unsigned int dma_irq = irq_line_irq(q->hw->dma_line);
	unsigned int irq = irq_line_irq(q->hw->line);

	if (q->placed) {
		irq_update_affinity_hint(irq, mask);
		irq_update_affinity_hint(dma_irq, mask);
		return;
	}
	irq_set_affinity_and_hint(irq, mask);
	irq_set_affinity_and_hint(dma_irq, mask);
	netif_set_xps_queue(q->adapter->netdev, mask, q->index);
	q->placed = true;
}

/* Requests the interrupts of a queue, which stay disabled until napi_dummy_resume(). */
static int napi_dummy_request_irqs(struct napi_dummy_queue *q)
{
	const struct napi_dummy_strategy *s = q->adapter->strategy;
	unsigned int irq = irq_line_irq(q->hw->line);
	unsigned int dma_irq = irq_line_irq(q->hw->dma_line);
	const char *name = q->adapter->netdev->name;
	int err;

	snprintf(q->irq_name, sizeof(q->irq_name), "%s-rx%u", name, q->index);
	err = request_threaded_irq(irq, s->top_half, s->thread, IRQF_NO_AUTOEN,
				   q->irq_name, q);
	if (err)
		return err;
	snprintf(q->dma_name, sizeof(q->dma_name), "%s-dma%u", name, q->index);
	err = request_irq(dma_irq, s->dma_done ?: napi_dummy_dma_done,
			  IRQF_NO_AUTOEN, q->dma_name, q);
	if (err) {
		free_irq(irq, q);
		return err;
	}
	napi_dummy_place(q);
	return 0;
}

static void napi_dummy_free_irqs(struct napi_dummy_queue *q)
{
	unsigned int irq = irq_line_irq(q->hw->line);
	unsigned int dma_irq = irq_line_irq(q->hw->dma_line);

	irq_update_affinity_hint(irq, NULL);
	irq_update_affinity_hint(dma_irq, NULL);
	free_irq(irq, q);
	free_irq(dma_irq, q);
}

/* Quiesce and resume ------------------------------------------------------ */

/**
 * napi_dummy_quiesce() - stop everything; nothing is lost
 * @a: the adapter, running
 *
 *	1. The NIC halts. From here on there is no frame, no transfer and no interrupt.
 *	2. Tasks that wait for a transfer wake up, because the transfer will not end.
 *	3. disable_irq() waits for the handlers and for the IRQ threads.
 *	4. napi_disable() waits for the poll.
 *	5. The strategy's bottom half is killed. The refill work and the TX worker are stopped.
 *	6. netif_tx_disable() waits for ndo_start_xmit. Then the TX worker is stopped again.
 *
 * Context: process, RTNL held, may sleep.
 */
void napi_dummy_quiesce(struct napi_dummy_adapter *a)
{
	const struct napi_dummy_strategy *s = a->strategy;
	unsigned int i;

	nic_halt(a->nic);
	for (i = 0; i < a->nic->num_queues; i++) {
		struct napi_dummy_queue *q = &a->queue[i];

		WARN_ON_ONCE(!test_and_clear_bit(NAPI_DUMMY_STARTED, &q->state));
		complete(&q->rx_done);
		complete(&q->tx_done);
		disable_irq(irq_line_irq(q->hw->line));
		disable_irq(irq_line_irq(q->hw->dma_line));
		/*
		 * An interrupt that disable_irq() has delayed comes after enable_irq(). This
		 * interrupt must not report a transfer that was handled here, so clear the cause.
		 */
		nic_dma_cause(q->hw);
		/*
		 * napi_disable() waits until the poll has completed. From then on,
		 * cancel_work_sync() sees the work that the poll queued (refill.litmus).
		 */
		if (s->poll)
			napi_disable(&q->napi);
		/*
		 * The refill work calls kick(), unless the NIC is halted. The bottom half
		 * may queue the refill work. After the first cancel_work_sync() no code
		 * calls kick(). So after stop() no code queues the refill work.
		 */
		cancel_work_sync(&q->refill_work);
		if (s->stop)
			s->stop(q);
		cancel_work_sync(&q->refill_work);
		/*
		 * The TX worker may wake the TX queue once more. After cancel_work_sync()
		 * no transfer of the worker is running.
		 */
		cancel_work_sync(&q->tx_work);
	}
	/* The workers have stopped, so no code wakes the queues. */
	netif_tx_disable(a->netdev);
	for (i = 0; i < a->nic->num_queues; i++)
		cancel_work_sync(&a->queue[i].tx_work);
	/*
	 * A poll that has completed may still be enabling its interrupts: napi_disable()
	 * waits until the poll gives up the NAPI instance, not until the poll has returned.
	 * So wait here until the poll has returned.
	 */
	synchronize_net();
}

/**
 * napi_dummy_resume() - restart a stopped adapter
 * @a: the adapter, quiescent
 *
 * The reverse of napi_dummy_quiesce(): starts the bottom half, enables its interrupts, and
 * starts the NIC last. It cannot fail.
 *
 * Context: process, RTNL held.
 */
void napi_dummy_resume(struct napi_dummy_adapter *a)
{
	const struct napi_dummy_strategy *s = a->strategy;
	unsigned int i;

	for (i = 0; i < a->nic->num_queues; i++) {
		struct napi_dummy_queue *q = &a->queue[i];

		/* Every start() needs a stop() before the next start(). */
		WARN_ON_ONCE(test_and_set_bit(NAPI_DUMMY_STARTED, &q->state));
		/*
		 * The kick() below wakes a producer that waited for room. If the HELD bit stayed
		 * set, the poll would later call kick() once more, although no producer waits.
		 */
		clear_bit(NAPI_DUMMY_HELD, &q->state);
		q->dma_losses = 0;
		if (s->start)
			s->start(q);
		if (s->poll)
			napi_enable(&q->napi);
		enable_irq(irq_line_irq(q->hw->dma_line));
		enable_irq(irq_line_irq(q->hw->line));
	}
	nic_resume(a->nic);
	for (i = 0; i < a->nic->num_queues; i++) {
		/* Frames that are already in the ring do not raise an interrupt. */
		s->kick(&a->queue[i]);
		napi_dummy_tx_resume(&a->queue[i]);
	}
	/*
	 * Wakes all queues that netif_tx_disable() has stopped, even those
	 * without a ring: the watchdog checks every queue. If a queue is full,
	 * ndo_start_xmit stops it again.
	 */
	netif_tx_wake_all_queues(a->netdev);
}

/* Queues and their memory ------------------------------------------------- */

/* Sets up everything of a queue except its memory. NAPI and the interrupts stay disabled. */
static int napi_dummy_queue_open(struct napi_dummy_queue *q)
{
	const struct napi_dummy_strategy *s = q->adapter->strategy;
	struct net_device *dev = q->adapter->netdev;

	if (nic_setup_fails(q->hw->nic))
		return -ENOMEM;
	q->state = 0;
	q->dma_frames = 0;
	/*
	 * Initialise tx_work at every open, because the previous strategy may have had its
	 * own function for it.
	 */
	INIT_WORK(&q->tx_work, s->tx_work ?: napi_dummy_tx_work);
	if (s->poll) {
		/* The core uses the index to find the settings of this instance. */
		netif_napi_add_config(dev, &q->napi, s->poll, q->index);
		q->napi.weight = napi_dummy_weight();
		netif_napi_set_irq(&q->napi, irq_line_irq(q->hw->line));
		netif_queue_set_napi(dev, q->index, NETDEV_QUEUE_TYPE_RX, &q->napi);
		netif_queue_set_napi(dev, q->index, NETDEV_QUEUE_TYPE_TX, &q->napi);
	}
	return napi_dummy_request_irqs(q);
}

static void napi_dummy_napi_del(struct napi_dummy_queue *q)
{
	struct net_device *dev = q->adapter->netdev;

	if (!q->adapter->strategy->poll)
		return;
	netif_queue_set_napi(dev, q->index, NETDEV_QUEUE_TYPE_RX, NULL);
	netif_queue_set_napi(dev, q->index, NETDEV_QUEUE_TYPE_TX, NULL);
	/*
	 * GRO may hold pages of the pool. netif_napi_del() frees these pages, so free the
	 * pool after it.
	 */
	netif_napi_del(&q->napi);
}

/* The queues from @first up to, but not including, @end. */
static void napi_dummy_close_queues(struct napi_dummy_adapter *a, unsigned int first,
				    unsigned int end)
{
	while (end-- > first) {
		napi_dummy_free_irqs(&a->queue[end]);
		napi_dummy_napi_del(&a->queue[end]);
		napi_dummy_ready_drop(&a->queue[end]);
	}
}

static int napi_dummy_open_queues(struct napi_dummy_adapter *a, unsigned int first,
				  unsigned int end)
{
	unsigned int i;
	int err;

	for (i = first; i < end; i++) {
		err = napi_dummy_queue_open(&a->queue[i]);
		if (err) {
			napi_dummy_napi_del(&a->queue[i]);
			napi_dummy_close_queues(a, first, i);
			return err;
		}
	}
	return 0;
}

static void napi_dummy_rings_free(struct napi_dummy_rings *r)
{
	napi_dummy_tx_free(r);
	napi_dummy_xdp_unregister(r);
	napi_dummy_rx_free(r);
	nic_rings_free(&r->nic);
	memset(r, 0, sizeof(*r));
}

static int napi_dummy_rings_alloc(struct napi_dummy_queue *q,
				  struct napi_dummy_rings *r,
				  const struct napi_dummy_params *p)
{
	struct nic *nic = q->hw->nic;

	if (nic_setup_fails(nic))
		return -ENOMEM;
	return nic_rings_alloc(&r->nic, p->rx_size, p->tx_size,
			       napi_dummy_frame_len(p->mtu),
			       !q->adapter->strategy->posts_buffers) ?:
	       napi_dummy_tx_alloc(r) ?:
	       (nic_setup_fails(nic) ? -ENOMEM : 0) ?:
	       napi_dummy_rx_alloc(q, r) ?:
	       napi_dummy_xdp_register(q, r);
}

/* Allocates memory for each queue, in addition to the memory in use. */
static int napi_dummy_alloc_spare(struct napi_dummy_adapter *a,
				  const struct napi_dummy_params *p)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < p->queues && !err; i++)
		err = napi_dummy_rings_alloc(&a->queue[i], &a->queue[i].spare, p);
	return err;
}

/*
 * Call this only while NAPI is disabled: a pool that knows its NAPI instance must not be freed
 * while the instance is enabled.
 */
static void napi_dummy_free_spare(struct napi_dummy_adapter *a)
{
	unsigned int i;

	for (i = 0; i < NIC_QUEUES; i++)
		napi_dummy_rings_free(&a->queue[i].spare);
}

/* Swaps the spare rings with the rings of the queue, which is quiescent. */
static void napi_dummy_exchange(struct napi_dummy_queue *q)
{
	napi_dummy_tx_drop_all(q);
	napi_dummy_stock_empty(q);
	/* The NIC returns its old rings in spare.nic. */
	nic_install(q->hw, &q->spare.nic);
	swap(q->rings, q->spare);
	swap(q->rings.nic, q->spare.nic);
}

void napi_dummy_set_moderation(struct napi_dummy_adapter *a)
{
	unsigned int i, cause;

	for (i = 0; i < a->nic->num_queues; i++)
		for (cause = 0; cause < NIC_CAUSES; cause++)
			nic_irq_moderate(&a->nic->queue[i], cause,
					 a->moderation[cause].usecs,
					 a->moderation[cause].frames);
}

/* Open, stop, change ------------------------------------------------------ */

/* Returns the present settings. */
struct napi_dummy_params napi_dummy_params(const struct napi_dummy_adapter *a)
{
	return (struct napi_dummy_params) {
		.rx_size = a->rx_size,
		.tx_size = a->tx_size,
		.queues = a->nic->num_queues,
		.mtu = a->netdev->mtu,
	};
}

static int napi_dummy_open(struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	struct napi_dummy_params params = napi_dummy_params(a);
	unsigned int i;
	int err;

	if (!rtnl_dereference(a->peer))
		return -ENOTCONN;
	err = napi_dummy_open_queues(a, 0, params.queues);
	if (err)
		return err;
	err = napi_dummy_alloc_spare(a, &params) ?: napi_dummy_request_event(a);
	if (err) {
		napi_dummy_close_queues(a, 0, params.queues);
		napi_dummy_free_spare(a);
		return err;
	}
	for (i = 0; i < params.queues; i++)
		napi_dummy_exchange(&a->queue[i]);
	napi_dummy_set_moderation(a);
	a->running = true;
	napi_dummy_resume(a);
	schedule_delayed_work(&a->watch_work, HZ / 2);
	return 0;
}

static int napi_dummy_stop(struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	unsigned int i;

	/*
	 * The reset work may be waiting for RTNL. When this work gets RTNL, it finds
	 * "running" false.
	 */
	a->running = false;
	cancel_delayed_work_sync(&a->watch_work);
	napi_dummy_free_event(a);
	/*
	 * First switch the source off and kill the bottom halves; then free
	 * interrupts, then memory.
	 */
	napi_dummy_quiesce(a);
	netif_carrier_off(dev);
	nic_stop(a->nic);
	napi_dummy_close_queues(a, 0, a->nic->num_queues);
	for (i = 0; i < a->nic->num_queues; i++)
		napi_dummy_exchange(&a->queue[i]);
	napi_dummy_free_spare(a);
	napi_dummy_read_counters(a);
	return 0;
}

/*
 * Changes a running device. The caller has made sure that there are enough interrupt lines, both
 * for the @old queues and for the new->queues.
 */
static int napi_dummy_swap(struct napi_dummy_adapter *a,
			   const struct napi_dummy_params *new, unsigned int old)
{
	unsigned int i, most = max(old, new->queues);
	int err;

	/*
	 * First do everything that may fail. The rings and interrupts in use do not change
	 * yet.
	 */
	err = napi_dummy_open_queues(a, old, new->queues);
	if (err)
		return err;
	err = napi_dummy_alloc_spare(a, new);
	/*
	 * Then make the change. Quiesce the device after a failure too, because a pool may
	 * be freed only while its NAPI is disabled.
	 */
	cancel_delayed_work_sync(&a->watch_work);
	napi_dummy_quiesce(a);
	if (!err && new->queues != old)
		err = netif_set_real_num_queues(a->netdev, new->queues, new->queues);
	if (!err) {
		for (i = 0; i < most; i++)
			napi_dummy_exchange(&a->queue[i]);
		nic_set_queues(a->nic, new->queues);
		napi_dummy_set_moderation(a);
		a->rx_size = new->rx_size;
		a->tx_size = new->tx_size;
	}
	/*
	 * Close the queues that are not in use: removed queues, or new queues after a
	 * failure.
	 */
	napi_dummy_close_queues(a, a->nic->num_queues, most);
	napi_dummy_free_spare(a);
	napi_dummy_resume(a);
	schedule_delayed_work(&a->watch_work, HZ / 2);
	return err;
}

/**
 * napi_dummy_change() - change settings that need new memory
 * @a: the adapter, running or not
 * @new: the new settings; the caller tells the core about a new MTU afterwards
 * @extack: for the reason of a failure; or NULL
 *
 * A running device keeps its NAPI instances and interrupts. So the settings that a user has
 * made for an instance or an interrupt stay. Packets in the old rings are dropped and counted.
 *
 * Context: process, RTNL held, may sleep.
 * Return: 0, or an error. After an error nothing has changed.
 */
int napi_dummy_change(struct napi_dummy_adapter *a,
		      const struct napi_dummy_params *new,
		      struct netlink_ext_ack *extack)
{
	unsigned int i, old = a->nic->num_queues;
	int err;

	err = nic_add_lines(a->nic, new->queues);
	if (err) {
		NL_SET_ERR_MSG_MOD(extack, "not enough interrupt lines for so many queues");
		return err;
	}
	if (a->running) {
		err = napi_dummy_swap(a, new, old);
	} else {
		err = netif_set_real_num_queues(a->netdev, new->queues, new->queues);
		if (!err) {
			nic_set_queues(a->nic, new->queues);
			a->rx_size = new->rx_size;
			a->tx_size = new->tx_size;
		}
	}
	if (err == -ENOMEM)
		NL_SET_ERR_MSG_MOD(extack, "not enough memory; nothing has changed");
	nic_remove_lines(a->nic, a->nic->num_queues);
	/*
	 * The affinity that a user has set is lost with a removed line. If the line is
	 * created again, napi_dummy_place() must place it again.
	 */
	for (i = a->nic->num_queues; i < NIC_QUEUES; i++)
		a->queue[i].placed = false;
	return err;
}

/* Other functions that the core calls ------------------------------------- */

static int napi_dummy_change_mtu(struct net_device *dev, int mtu)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	struct napi_dummy_params params = napi_dummy_params(a);
	int err;

	params.mtu = mtu;
	err = napi_dummy_change(a, &params, NULL);
	if (!err)
		WRITE_ONCE(dev->mtu, mtu);
	return err;
}

/*
 * The NIC receives every frame from the wire, whatever its address. So there is no filter
 * to program. This function tells the core that multicast addresses may be set.
 * IFF_UNICAST_FLT tells the core that a second address needs no promiscuous mode.
 */
static void napi_dummy_set_rx_mode(struct net_device *dev)
{
}

/* The worker transfers whole frames to the NIC, so the NIC cannot change them. */
static netdev_features_t napi_dummy_fix_features(struct net_device *dev,
						 netdev_features_t features)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);

	if (a->tx_by_work)
		features &= ~NAPI_DUMMY_TX_OFFLOADS;
	return features;
}

/* The NIC repeats the header in each segment, so it must have room for the header. */
static netdev_features_t napi_dummy_features_check(struct sk_buff *skb,
						   struct net_device *dev,
						   netdev_features_t features)
{
	if (skb_is_gso_tcp(skb) && skb_tcp_all_headers(skb) > NIC_HEADER_MAX)
		features &= ~NETIF_F_GSO_MASK;
	return vlan_features_check(skb, features);
}

/* Reads both values consistently, on 32-bit kernels too. */
void napi_dummy_read_stats(const struct napi_dummy_stats *stats, u64 *packets,
			   u64 *bytes)
{
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&stats->syncp);
		*packets = u64_stats_read(&stats->packets);
		*bytes = u64_stats_read(&stats->bytes);
	} while (u64_stats_fetch_retry(&stats->syncp, start));
}

static void napi_dummy_get_stats64(struct net_device *dev,
				   struct rtnl_link_stats64 *s)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	u64 packets, bytes;
	unsigned int i;

	/* Count all queues: the packets of a removed queue are still packets of the device. */
	for (i = 0; i < NIC_QUEUES; i++) {
		const struct napi_dummy_queue *q = &a->queue[i];

		napi_dummy_read_stats(&q->rx, &packets, &bytes);
		s->rx_packets += packets;
		s->rx_bytes += bytes;
		napi_dummy_read_stats(&q->tx, &packets, &bytes);
		s->tx_packets += packets;
		s->tx_bytes += bytes;
		s->rx_dropped += READ_ONCE(q->rx_dropped);
		s->tx_dropped += READ_ONCE(q->tx_dropped);
	}
	spin_lock_bh(&a->polled_lock);
	s->rx_missed_errors = a->polled.rx_missed + a->polled.rx_halted;
	s->rx_length_errors = a->polled.rx_too_long;
	s->rx_dropped += a->polled.rx_discarded;
	s->tx_carrier_errors = a->polled.tx_lost;
	spin_unlock_bh(&a->polled_lock);
	s->rx_errors = s->rx_length_errors;
	s->tx_errors = s->tx_carrier_errors;
}

static int napi_dummy_get_iflink(const struct net_device *dev)
{
	const struct napi_dummy_adapter *a = netdev_priv(dev);
	struct net_device *peer;
	int iflink;

	rcu_read_lock();
	peer = rcu_dereference(a->peer);
	iflink = peer ? READ_ONCE(peer->ifindex) : 0;
	rcu_read_unlock();
	return iflink;
}

/*
 * Returns the peer's namespace. The ifindex above is the peer's number in this namespace.
 * RTNL is held.
 */
struct net *napi_dummy_get_link_net(const struct net_device *dev)
{
	const struct napi_dummy_adapter *a = netdev_priv(dev);
	struct net_device *peer = rtnl_dereference(a->peer);

	return dev_net(peer ?: dev);
}

/* Creates the NIC. Called by register_netdevice(), under RTNL. */
static int napi_dummy_init(struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	unsigned int i;
	int err;

	/* The user may have asked for fewer queues: ip link add numtxqueues 1 */
	a->num_queues = min3(a->num_queues, dev->num_tx_queues,
			     dev->num_rx_queues);
	a->nic = nic_create(a->num_queues, a->dma_ns);
	if (IS_ERR(a->nic)) {
		err = PTR_ERR(a->nic);
		a->nic = NULL;
		return err;
	}
	for (i = 0; i < NIC_QUEUES; i++)
		a->queue[i].hw = &a->nic->queue[i];
	err = netif_set_real_num_queues(dev, a->num_queues, a->num_queues);
	if (err) {
		nic_destroy(a->nic);
		a->nic = NULL;
		return err;
	}
	netif_carrier_off(dev);
	return 0;
}

/* Destroys the NIC. The device is down, and RTNL is held. */
static void napi_dummy_uninit(struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);

	nic_disconnect(a->nic);
	nic_destroy(a->nic);
	a->nic = NULL;
}

/*
 * netdev_run_todo() calls this without RTNL, when no reference to the device is left. So
 * it may wait for a work item that takes RTNL. (If register_netdevice() fails, it calls
 * this with RTNL held. But then the device was never up, so no reset was requested, and
 * there is nothing to wait for.)
 */
static void napi_dummy_destructor(struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);

	cancel_work_sync(&a->reset_work);
	module_put(a->strategy->owner);
}

static const struct net_device_ops napi_dummy_netdev_ops = {
	.ndo_init		= napi_dummy_init,
	.ndo_uninit		= napi_dummy_uninit,
	.ndo_open		= napi_dummy_open,
	.ndo_stop		= napi_dummy_stop,
	.ndo_start_xmit		= napi_dummy_xmit,
	.ndo_tx_timeout		= napi_dummy_tx_timeout,
	.ndo_get_stats64	= napi_dummy_get_stats64,
	.ndo_set_rx_mode	= napi_dummy_set_rx_mode,
	.ndo_fix_features	= napi_dummy_fix_features,
	.ndo_features_check	= napi_dummy_features_check,
	.ndo_bpf		= napi_dummy_bpf,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_change_mtu		= napi_dummy_change_mtu,
	.ndo_get_iflink		= napi_dummy_get_iflink,
};

static void napi_dummy_queue_setup(struct napi_dummy_adapter *a, unsigned int i)
{
	struct napi_dummy_queue *q = &a->queue[i];

	q->adapter = a;
	q->index = i;
	spin_lock_init(&q->stock_lock);
	skb_queue_head_init(&q->ready);
	__skb_queue_head_init(&q->batch);
	skb_queue_head_init(&q->backlog);
	init_completion(&q->rx_done);
	init_completion(&q->tx_done);
	INIT_WORK(&q->refill_work, napi_dummy_refill);
	u64_stats_init(&q->rx.syncp);
	u64_stats_init(&q->tx.syncp);
}

/* rtnl_link_ops.setup. The adapter is all zero, and there is no NIC yet: see napi_dummy_init(). */
void napi_dummy_setup(struct net_device *dev)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);
	unsigned int i;

	ether_setup(dev);
	eth_hw_addr_random(dev);
	dev->netdev_ops = &napi_dummy_netdev_ops;
	dev->ethtool_ops = &napi_dummy_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = napi_dummy_destructor;
	dev->min_mtu = NAPI_DUMMY_MIN_MTU;
	dev->max_mtu = NAPI_DUMMY_MAX_MTU;
	dev->watchdog_timeo = 2 * HZ;
	/*
	 * No NETIF_F_HIGHDMA: this NIC is simulated, and the CPU reads the packets for it. So
	 * the CPU needs a kernel address for all memory.
	 */
	dev->hw_features = NAPI_DUMMY_TX_OFFLOADS | NETIF_F_RXCSUM;
	dev->features |= dev->hw_features;
	dev->vlan_features = NAPI_DUMMY_TX_OFFLOADS;
	/*
	 * The driver keeps a packet until the NIC has sent it. Until then the sender must
	 * not use the packet.
	 */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_UNICAST_FLT;
	compat_set_stat_ops(dev, &napi_dummy_stat_ops);

	a->netdev = dev;
	spin_lock_init(&a->polled_lock);
	INIT_WORK(&a->reset_work, napi_dummy_reset);
	INIT_DELAYED_WORK(&a->watch_work, napi_dummy_watch);
	for (i = 0; i < NIC_QUEUES; i++)
		napi_dummy_queue_setup(a, i);
	napi_dummy_defaults(a);
	compat_init_xdp_features(dev, napi_dummy_xdp_features(a));
}
