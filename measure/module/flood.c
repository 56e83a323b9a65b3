// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps the CPU busy in softirqs, as a flood of packets to a NIC does.
 *
 * The poll of this NAPI instance always uses its whole budget. The poll hands each frame
 * to the stack, where ip_rcv() drops the frame because of its checksum. So net_rx_action()
 * always has more to do, and the kernel must share the CPU between the flood and
 * everything else: it restarts the softirq loop and wakes ksoftirqd.
 *
 * net_rx_action() polls the instance once per round, for NAPI_POLL_WEIGHT frames. Then it
 * raises NET_RX again and returns, and all pending softirqs run. How long a bottom half
 * waits depends on the place of its event in the round. So the events are spread evenly
 * over 21 places. For this, a round is divided into 21 groups of three frames. The place of
 * a group is after its middle frame. The order of the places comes from even_spread(), and
 * is the same in every run. The number of places is odd, so there is a middle place, where
 * the median event is. So a timer interrupt that delays a few events does not move the
 * median to another place.
 */
#include <linux/completion.h>
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/timekeeping.h>

#include "latency.h"

#define PLACE_FRAMES	3	/* frames per place */
#define FLOOD_PLACES	(NAPI_POLL_WEIGHT / PLACE_FRAMES)	/* 21, an odd number */

static struct net_device *netdev;
static struct napi_struct napi;
static DECLARE_COMPLETION(flood_over);

/* Used only by the poll during the flood. Set before napi_schedule(). */
static unsigned int next_sample;
static unsigned int events_left;
static unsigned int due;	/* frames of a poll before the next event */
static u32 events_raised;
static u64 pause_ns;		/* longest pause between events, or 0 */
static u64 not_before;		/* time at which the pause ends; 0 before it has begun */
static bool flooding;

/*
 * alloc_skb() takes the frame from a slab cache, and the frame is freed before the next
 * frame is allocated. So every frame costs the same. napi_alloc_skb() would sometimes
 * refill a cache, which takes longer.
 */
static void flood_frame(void)
{
	struct sk_buff *skb = alloc_skb(ETH_ZLEN, GFP_ATOMIC);
	struct ethhdr *eth;
	struct iphdr *ip;

	if (!skb)
		return;
	skb->dev = netdev;
	eth = skb_put_zero(skb, ETH_ZLEN);
	ether_addr_copy(eth->h_dest, netdev->dev_addr);
	eth->h_proto = htons(ETH_P_IP);
	ip = (struct iphdr *)(eth + 1);
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(ETH_ZLEN - ETH_HLEN);
	skb->protocol = eth_type_trans(skb, netdev);
	netif_receive_skb(skb);
}

/*
 * Returns element @i of a sequence of numbers below @n: the fractional part of @i times the
 * golden ratio, multiplied by @n. These numbers have no simple rhythm, and the numbers of
 * any part of the sequence are spread as evenly as possible. Random numbers would be less
 * even.
 */
static u64 even_spread(u32 i, u64 n)
{
	return mul_u64_u32_shr(n, i * 2654435769u, 32);
}

/*
 * If a mechanism waits for the tick, its bottom half runs at the tick. Without a pause, the
 * next event would always come right after the tick.
 */
static bool flood_pauses(void)
{
	if (!pause_ns)
		return false;
	if (latency_is_waiting())
		return true;
	if (!not_before)
		not_before = ktime_get_mono_fast_ns() +
			     even_spread(events_raised, pause_ns);
	return ktime_get_mono_fast_ns() < not_before;
}

/* Raises an event, unless the last event still waits for its bottom half. */
static void flood_event(void)
{
	if (flood_pauses() || !latency_raise(next_sample))
		return;
	/* The hard interrupt arrived on this CPU, and has ended. */
	latency_resumed();
	next_sample++;
	events_left--;
	events_raised++;
	not_before = 0;
	due = even_spread(events_raised, FLOOD_PLACES) * PLACE_FRAMES +
	      PLACE_FRAMES / 2;
}

static int flood_poll(struct napi_struct *unused, int budget)
{
	int done;

	for (done = 0; done < budget; done++) {
		if (!events_left && !latency_is_waiting()) {
			/* Only flood_run() schedules the instance again. */
			napi_complete_done(&napi, done);
			if (flooding) {
				flooding = false;
				complete(&flood_over);
			}
			return done;
		}
		flood_frame();
		if (done == due && events_left)
			flood_event();
	}
	return budget;
}

/* Runs a flood with @event->count events. Returns when the last bottom half has run. */
int flood_run(const struct latency_event *event)
{
	if (latency_is_waiting())
		return -EBUSY;
	next_sample = event->sample;
	events_left = event->count;
	due = 0;
	events_raised = 0;
	pause_ns = event->ns;
	not_before = 0;
	flooding = true;
	reinit_completion(&flood_over);
	local_bh_disable();
	napi_schedule(&napi);
	/* This runs the softirq: the flood begins here. */
	local_bh_enable();
	wait_for_completion(&flood_over);
	return 0;
}

int flood_start(void)
{
	netdev = alloc_netdev_dummy(0);
	if (!netdev)
		return -ENOMEM;
	netif_napi_add(netdev, &napi, flood_poll);
	napi_enable(&napi);
	return 0;
}

void flood_stop(void)
{
	napi_disable(&napi);
	netif_napi_del(&napi);
	free_netdev(netdev);
}
