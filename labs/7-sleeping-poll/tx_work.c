// SPDX-License-Identifier: GPL-2.0
/*
 * Transmitting through a worker. The end of the driver's tx_work.c contains the solution of
 * lab 7. So the handout contains these functions instead. With them, only the student's
 * strategy can transmit through a worker.
 */
#include "napi_dummy.h"

netdev_tx_t napi_dummy_xmit_work(struct napi_dummy_queue *q, struct sk_buff *skb)
{
	netdev_warn_once(q->adapter->netdev, "tx-work wants a strategy that transmits\n");
	napi_dummy_count(&q->tx_dropped);
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

/* Does nothing: napi_dummy_xmit_work() leaves no packets for this work. */
void napi_dummy_tx_work(struct work_struct *work)
{
}
