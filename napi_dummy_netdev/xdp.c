// SPDX-License-Identifier: GPL-2.0
/*
 * XDP: a BPF program sees each frame before there is a packet, and decides what happens
 * to it. The driver supports PASS, DROP, ABORTED and TX, but not REDIRECT. So it does not
 * support AF_XDP.
 *
 * The program runs in the poll, on the buffer that contains the frame. It runs only if the
 * budget is not 0: with budget 0 the caller is netpoll, perhaps in a hard interrupt.
 *
 * The driver must provide one buffer per frame, with XDP_PACKET_HEADROOM bytes before the
 * frame. The driver's TX ring must accept buffers as well as packets.
 */
#include <linux/bpf.h>
#include <linux/bpf_trace.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>

#define COMPAT_PAGE_POOL
#include "napi_dummy.h"

/* Running ------------------------------------------------------------------- */

/**
 * napi_dummy_xdp_run() - run the program, if there is one
 * @q: the queue
 * @buf: the buffer with the frame
 * @offset: offset of the frame in @buf; the program may change it
 * @len: length of the frame; the program may change it
 *
 * Context: softirq; the poll, with a budget.
 * Return: what the caller must do with the buffer.
 */
enum napi_dummy_verdict napi_dummy_xdp_run(struct napi_dummy_queue *q,
					   struct napi_dummy_buf buf,
					   unsigned int *offset, unsigned int *len)
{
	enum napi_dummy_verdict verdict = NAPI_DUMMY_DROPPED;
	struct net_device *dev = q->adapter->netdev;
	void *start = page_address(buf.page);
	struct bpf_prog *prog;
	struct xdp_buff xdp;
	u32 act;

	/*
	 * BH is disabled, so the poll already runs in an RCU read-side section. This line
	 * shows the section to the reader, and to lockdep, which checks rcu_dereference().
	 */
	rcu_read_lock();
	prog = rcu_dereference(q->adapter->xdp_prog);
	if (likely(!prog)) {
		rcu_read_unlock();
		return NAPI_DUMMY_PASS;
	}
	xdp_init_buff(&xdp, PAGE_SIZE << q->rings.order, &q->rings.xdp_rxq);
	xdp_prepare_buff(&xdp, start, *offset, *len, false);
	act = bpf_prog_run_xdp(prog, &xdp);
	*offset = xdp.data - start;
	*len = xdp.data_end - xdp.data;

	switch (act) {
	case XDP_PASS:
		verdict = NAPI_DUMMY_PASS;
		break;
	case XDP_TX:
		if (napi_dummy_tx_buf(q, buf, xdp.data, *len)) {
			q->xdp_posted = true;
			napi_dummy_count(&q->xdp_sent);
			verdict = NAPI_DUMMY_SENT;
			break;
		}
		trace_xdp_exception(dev, prog, act);
		break;
	default:
		bpf_warn_invalid_xdp_action(dev, prog, act);
		fallthrough;
	case XDP_ABORTED:
		trace_xdp_exception(dev, prog, act);
		fallthrough;
	case XDP_DROP:
		break;
	}
	if (verdict == NAPI_DUMMY_DROPPED)
		napi_dummy_count(&q->xdp_dropped);
	rcu_read_unlock();
	return verdict;
}

/**
 * napi_dummy_xdp_flush() - ring the doorbell once for all frames that XDP has
 * posted in a poll
 * @q: the queue
 *
 * Context: softirq. The poll must call this function before it completes, because
 *  after that another poll may begin.
 */
void napi_dummy_xdp_flush(struct napi_dummy_queue *q)
{
	struct netdev_queue *txq = napi_dummy_txq(q);

	if (likely(!q->xdp_posted))
		return;
	q->xdp_posted = false;
	__netif_tx_lock(txq, smp_processor_id());
	nic_tx_doorbell(q->hw);
	/* Tell the watchdog that the queue makes progress. */
	txq_trans_cond_update(txq);
	__netif_tx_unlock(txq);
}

/* Rings --------------------------------------------------------------------- */

/* Describes the queue to the XDP program, and registers the pool that its buffers return to. */
int napi_dummy_xdp_register(struct napi_dummy_queue *q, struct napi_dummy_rings *r)
{
	int err;

	if (!q->adapter->strategy->xdp)
		return 0;
	err = xdp_rxq_info_reg(&r->xdp_rxq, q->adapter->netdev, q->index,
			       q->napi.napi_id);
	if (err)
		return err;
	return xdp_rxq_info_reg_mem_model(&r->xdp_rxq, MEM_TYPE_PAGE_POOL, r->pool);
}

/* Call this before the pool is destroyed. */
void napi_dummy_xdp_unregister(struct napi_dummy_rings *r)
{
	if (xdp_rxq_info_is_reg(&r->xdp_rxq))
		xdp_rxq_info_unreg(&r->xdp_rxq);
}

/* Setting the program ------------------------------------------------------- */

/* What netlink shows: 0 while napi_dummy_xdp_set() refuses every program. */
unsigned int napi_dummy_xdp_features(const struct napi_dummy_adapter *a)
{
	return a->strategy->xdp && !a->tx_by_work ? NETDEV_XDP_ACT_BASIC : 0;
}

/*
 * Every buffer has the headroom, even without a program. So the device need not stop: each
 * poll sees either the old program or the new one.
 */
static int napi_dummy_xdp_set(struct napi_dummy_adapter *a, struct bpf_prog *prog,
			      struct netlink_ext_ack *extack)
{
	struct bpf_prog *old = rtnl_dereference(a->xdp_prog);

	if (prog && !a->strategy->xdp) {
		NL_SET_ERR_MSG_MOD(extack, "XDP is for the strategies napi and ring");
		return -EOPNOTSUPP;
	}
	if (prog && a->tx_by_work) {
		NL_SET_ERR_MSG_MOD(extack, "no XDP while a worker transmits: switch tx-work off");
		return -EOPNOTSUPP;
	}
	rcu_assign_pointer(a->xdp_prog, prog);
	/* bpf_prog_put() frees the old program only when no poll that still runs can use it. */
	if (old)
		bpf_prog_put(old);
	return 0;
}

/* ndo_bpf. RTNL held. */
int napi_dummy_bpf(struct net_device *dev, struct netdev_bpf *bpf)
{
	if (bpf->command != XDP_SETUP_PROG)
		return -EINVAL;
	return napi_dummy_xdp_set(netdev_priv(dev), bpf->prog, bpf->extack);
}
