// SPDX-License-Identifier: GPL-2.0
/*
 * A CPU that is busy in softirq: a network card under a flood.
 *
 * A NAPI instance whose poll always finds a budget's worth of frames, and hands
 * each to the stack, where ip_rcv() drops it for its checksum. So net_rx_action()
 * never comes to an end, and the kernel has to share the CPU between the flood
 * and everybody else: restarts of the softirq loop, ksoftirqd.
 *
 * A poll of NAPI_POLL_WEIGHT frames is a round of net_rx_action(), which calls each
 * instance once, and after which softirqs are served anew. An event is raised on the
 * ladder's line at one of five places in a poll, drawn from a generator of a fixed seed:
 * the same in every run. So a fifth of the events are at each of five distances from the
 * end of the round, and the median is at the middle one. Were they anywhere, it would
 * move by a frame or two from run to run, with the events that the clock's interrupt hits.
 */
#include <linux/completion.h>
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/kernel.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "ladder.h"

#define FLOOD_PLACES	5

static struct net_device *netdev;
static struct napi_struct napi;
static DECLARE_COMPLETION(flood_over);

/* The poll's own while the flood is on; set before it starts. */
static unsigned int next_sample;
static unsigned int events_left;
static unsigned int due;	/* the next event: after so many frames of a poll */
static u32 seed;
static bool flooding;

/*
 * From a cache of one size, to which it goes back before the next is taken: every frame
 * costs the same. napi_alloc_skb() takes many at a time now and then.
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

/* An event, if the last one has been dealt with. */
static void flood_event(void)
{
	if (!ladder_raise(next_sample))
		return;
	/* The hard interrupt is over, on this CPU. */
	ladder_again();
	next_sample++;
	events_left--;
	/* Numerical Recipes' generator: its upper bits are the good ones. */
	seed = seed * 1664525 + 1013904223;
	due = (seed >> 16) % FLOOD_PLACES * (NAPI_POLL_WEIGHT / FLOOD_PLACES);
}

static int flood_poll(struct napi_struct *unused, int budget)
{
	int done;

	for (done = 0; done < budget; done++) {
		if (!events_left && !ladder_is_waiting()) {
			/* Nobody schedules it any more. */
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

/* A flood with so many events in it; returns when the last one is over. */
int flood_run(const struct ladder_event *event)
{
	if (ladder_is_waiting())
		return -EBUSY;
	next_sample = event->sample;
	events_left = event->count;
	due = 0;
	seed = 1;
	flooding = true;
	reinit_completion(&flood_over);
	local_bh_disable();
	napi_schedule(&napi);
	/* The flood begins. */
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
