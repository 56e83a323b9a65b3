// SPDX-License-Identifier: GPL-2.0
/*
 * The slow paths, each with the mechanism that fits it:
 *
 *	reset          a work item: sleeps, and takes RTNL
 *	link change    a threaded interrupt: rare, and needs a task
 *	polling        delayed work: for things that raise no interrupt
 *	refill         a work item: waits for memory (napi_dummy_refill() in rx.c)
 */
#include <linux/delay.h>
#include <linux/rtnetlink.h>

#include "irq_line.h"
#include "napi_dummy.h"

/* Reset ------------------------------------------------------------------- */

/*
 * Runs after a bus error, a transmit timeout, or several lost DMA transfers in a row.
 * No packet that was accepted is lost: received frames stay in the ring or in the ready
 * list, and packets to be sent stay in the TX ring or the backlog. The NIC counts frames
 * that arrive during the reset (rx_halted).
 *
 * While this function holds RTNL, the core does not call open, stop or any ethtool
 * function. ndo_stop is called with RTNL held, so ndo_stop must not wait for this work:
 * see napi_dummy_destructor().
 */
void napi_dummy_reset(struct work_struct *work)
{
	struct napi_dummy_adapter *a = from_work(a, work, reset_work);

	rtnl_lock();
	if (a->running) {
		/*
		 * watch_work aborts transfers and schedules tasklets, so it must not run
		 * during the reset.
		 */
		cancel_delayed_work_sync(&a->watch_work);
		napi_dummy_quiesce(a);
		/* The NIC needs some time for its reset, so a task must do the reset. */
		usleep_range(1000, 2000);
		napi_dummy_resume(a);
		schedule_delayed_work(&a->watch_work, HZ / 2);
		a->resets++;
		netdev_info(a->netdev, "reset\n");
	}
	rtnl_unlock();
}

/* Softirq context (the watchdog's timer), so only queue the work. */
void napi_dummy_tx_timeout(struct net_device *dev, unsigned int txqueue)
{
	struct napi_dummy_adapter *a = netdev_priv(dev);

	napi_dummy_count(&a->tx_timeouts);
	schedule_work(&a->reset_work);
}

/* Events of the NIC ------------------------------------------------------ */

static irqreturn_t napi_dummy_event_top(int irq, void *dev_id)
{
	struct napi_dummy_adapter *a = dev_id;
	unsigned int events = nic_event_cause(a->nic);

	if (!events)
		return IRQ_NONE;
	/* The thread may still be handling earlier events, so add the new events. */
	atomic_or(events, &a->events);
	return IRQ_WAKE_THREAD;
}

static irqreturn_t napi_dummy_event_thread(int irq, void *dev_id)
{
	struct napi_dummy_adapter *a = dev_id;
	unsigned int events = atomic_xchg(&a->events, 0);

	if (events & NIC_EVENT_LINK) {
		/* Events coalesce, so read the present state from the register. */
		if (nic_link_up(a->nic))
			netif_carrier_on(a->netdev);
		else
			netif_carrier_off(a->netdev);
		napi_dummy_count(&a->link_changes);
	}
	if (events & NIC_EVENT_ERROR)
		schedule_work(&a->reset_work);
	return IRQ_HANDLED;
}

int napi_dummy_request_event(struct napi_dummy_adapter *a)
{
	snprintf(a->event_name, sizeof(a->event_name), "%s-event",
		 a->netdev->name);
	return request_threaded_irq(irq_line_irq(a->nic->event_line),
				    napi_dummy_event_top, napi_dummy_event_thread,
				    0, a->event_name, a);
}

/* Frees the event interrupt, and waits for its thread too. */
void napi_dummy_free_event(struct napi_dummy_adapter *a)
{
	free_irq(irq_line_irq(a->nic->event_line), a);
}

/* Polling ----------------------------------------------------------------- */

/*
 * Process context; several tasks may call this at the same time. Add up the counters under
 * the lock too. Otherwise an earlier sum could overwrite a later sum, and counters would
 * go backwards.
 */
void napi_dummy_read_counters(struct napi_dummy_adapter *a)
{
	struct nic_counters sum = {};
	unsigned int i;

	spin_lock_bh(&a->polled_lock);
	for (i = 0; i < NIC_QUEUES; i++) {
		const struct nic_counters *c = &a->nic->queue[i].counters;

		sum.tx_lost += READ_ONCE(c->tx_lost);
		sum.rx_missed += READ_ONCE(c->rx_missed);
		sum.rx_too_long += READ_ONCE(c->rx_too_long);
		sum.rx_halted += READ_ONCE(c->rx_halted);
		sum.rx_discarded += READ_ONCE(c->rx_discarded);
	}
	a->polled = sum;
	spin_unlock_bh(&a->polled_lock);
}

/*
 * Runs twice a second. It reads the NIC's counters, so that ndo_get_stats64 need not read
 * them: with a real NIC, reading them takes long, and the reader may have to sleep. It
 * also looks for transfers that never end.
 */
void napi_dummy_watch(struct work_struct *work)
{
	struct napi_dummy_adapter *a = container_of(to_delayed_work(work),
						    struct napi_dummy_adapter,
						    watch_work);
	unsigned int i;

	napi_dummy_read_counters(a);
	if (a->strategy->watch)
		for (i = 0; i < a->nic->num_queues; i++)
			a->strategy->watch(&a->queue[i]);
	schedule_delayed_work(&a->watch_work, HZ / 2);
}
