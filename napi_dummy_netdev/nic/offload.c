// SPDX-License-Identifier: GPL-2.0
/*
 * The NIC's offloads: it gathers the pieces of a packet, computes checksums, cuts a large
 * TCP packet into frames (TSO), and verifies the checksums of received frames.
 *
 * In this file the NIC reads headers, as a real NIC does in its firmware. It gets a packet
 * only as descriptors, and knows nothing of the driver that filled them in.
 */
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip6_checksum.h>

#include "compat.h"
#include "nic.h"

/* Gathering --------------------------------------------------------------- */

static const struct nic_tx_desc *nic_desc_at(const struct nic_queue *q, unsigned int index)
{
	return &q->rings.tx[index & (q->rings.tx_size - 1)];
}

/*
 * Copies the next @len bytes to @to, or skips them if @to is NULL. Advances @desc and
 * @offset.
 */
static void nic_gather(const struct nic_queue *q, unsigned int *desc,
		       unsigned int *offset, void *to, unsigned int len)
{
	while (len) {
		const struct nic_tx_desc *d = nic_desc_at(q, *desc);
		unsigned int n = min(len, d->len - *offset);

		if (to) {
			memcpy(to, d->data + *offset, n);
			to += n;
		}
		len -= n;
		*offset += n;
		if (*offset == d->len) {
			*offset = 0;
			(*desc)++;
		}
	}
}

/*
 * The checksum field already contains the sum of the pseudo header. If the result is 0,
 * store 0xffff, because a checksum of 0 means "none".
 */
static void nic_fill_csum(u8 *frame, unsigned int len, unsigned int start,
			  unsigned int offset)
{
	__sum16 sum = csum_fold(csum_partial(frame + start, len - start, 0));

	put_unaligned(sum ?: CSUM_MANGLED_0, (__sum16 *)(frame + start + offset));
}

/* Receiving --------------------------------------------------------------- */

/* If the checksum is right, the sum with the pseudo header is 0. */
static bool nic_ipv4_csum_ok(const u8 *frame, unsigned int len, unsigned int network,
			     unsigned int csum_start)
{
	const struct iphdr *ip = (const void *)(frame + network);
	unsigned int header, total, transport;

	if (len < network + sizeof(*ip) || ip->ihl < 5)
		return false;
	header = ip->ihl * 4;
	total = ntohs(ip->tot_len);
	if (total < header + sizeof(struct udphdr) || network + total > len ||
	    ip->frag_off & htons(IP_MF | IP_OFFSET))
		return false;
	transport = network + header;
	/* A UDP checksum of 0 means that there is none. */
	if (ip->protocol == IPPROTO_UDP &&
	    !((const struct udphdr *)(frame + transport))->check)
		return false;
	if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
		return false;
	if (transport == csum_start)
		return true;
	return !csum_tcpudp_magic(get_unaligned(&ip->saddr), get_unaligned(&ip->daddr),
				  total - header, ip->protocol,
				  csum_partial(frame + transport, total - header, 0));
}

/*
 * Only for packets without extension headers. For other packets the stack must verify the
 * checksum.
 */
static bool nic_ipv6_csum_ok(const u8 *frame, unsigned int len, unsigned int network,
			     unsigned int csum_start)
{
	const struct ipv6hdr *ip = (const void *)(frame + network);
	unsigned int payload, transport = network + sizeof(*ip);

	if (len < transport)
		return false;
	payload = ntohs(ip->payload_len);
	if (payload < sizeof(struct udphdr) || transport + payload > len ||
	    (ip->nexthdr != IPPROTO_TCP && ip->nexthdr != IPPROTO_UDP))
		return false;
	if (transport == csum_start)
		return true;
	return !csum_ipv6_magic(&ip->saddr, &ip->daddr, payload, ip->nexthdr,
				csum_partial(frame + transport, payload, 0));
}

/*
 * Is the TCP or UDP checksum of this frame right? A checksum that starts at @csum_start is
 * right without a test: the NIC at the other end has just computed it, and nothing on this
 * wire changes the bytes.
 */
static bool nic_csum_ok(const u8 *frame, unsigned int len, unsigned int csum_start)
{
	unsigned int network = ETH_HLEN;
	__be16 proto;

	if (len < ETH_HLEN)
		return false;
	proto = get_unaligned((const __be16 *)(frame + ETH_HLEN - 2));
	while (eth_type_vlan(proto)) {
		network += VLAN_HLEN;
		if (len < network)
			return false;
		proto = get_unaligned((const __be16 *)(frame + network - 2));
	}
	if (proto == htons(ETH_P_IP))
		return nic_ipv4_csum_ok(frame, len, network, csum_start);
	if (proto == htons(ETH_P_IPV6))
		return nic_ipv6_csum_ok(frame, len, network, csum_start);
	return false;
}

/**
 * nic_store() - store a frame that arrives, and examine it
 * @out: the frame as it was sent
 * @to: destination, with room for out->len
 *
 * Context: any but NMI.
 * Return: NIC_RX_* flags.
 */
unsigned int nic_store(const struct nic_outgoing *out, void *to)
{
	unsigned int desc = out->desc, offset = out->offset;

	if (out->head_len)
		memcpy(to, out->head, out->head_len);
	nic_gather(out->q, &desc, &offset, to + out->head_len,
		   out->len - out->head_len);
	if (out->csum_start)
		nic_fill_csum(to, out->len, out->csum_start, out->csum_offset);
	return nic_csum_ok(to, out->len, out->csum_start) ? NIC_RX_CSUM_OK : 0;
}

/* Transmitting ------------------------------------------------------------ */

/* Makes the header of the next segment from the header of the last one. */
static void nic_segment_header(u8 *head, const struct nic_offload *off,
			       unsigned int payload)
{
	unsigned int tcp_len = off->header - off->transport + payload;
	struct tcphdr *tcp = (void *)(head + off->transport);
	struct ipv6hdr *ipv6 = (void *)(head + off->network);
	struct iphdr *ip = (void *)(head + off->network);

	if (ip->version == 4) {
		ip->tot_len = htons(off->transport - off->network + tcp_len);
		ip->check = 0;
		ip->check = ip_fast_csum(ip, ip->ihl);
		tcp->check = ~csum_tcpudp_magic(ip->saddr, ip->daddr, tcp_len,
						IPPROTO_TCP, 0);
	} else {
		ipv6->payload_len = htons(off->transport - off->network -
					  sizeof(*ipv6) + tcp_len);
		tcp->check = ~csum_ipv6_magic(&ipv6->saddr, &ipv6->daddr, tcp_len,
					      IPPROTO_TCP, 0);
	}
}

/* TSO: sends the packet of @len bytes that begins at descriptor @first as several frames. */
static void nic_transmit_segments(struct nic_queue *q, unsigned int first,
				  unsigned int len)
{
	const struct nic_offload *off = &nic_desc_at(q, first)->offload;
	/* Two bytes before the Ethernet header, so that the IP header is aligned. */
	u8 space[2 + NIC_HEADER_MAX] __aligned(4);
	u8 *head = space + 2;
	struct tcphdr *tcp = (void *)(head + off->transport);
	struct iphdr *ip = (void *)(head + off->network);
	struct nic_outgoing out = {
		.head = head,
		.head_len = off->header,
		.q = q,
		.desc = first,
		.csum_start = off->transport,
		.csum_offset = offsetof(struct tcphdr, check),
	};
	unsigned int left = len - off->header;
	bool fin, psh;

	nic_gather(q, &out.desc, &out.offset, head, off->header);
	fin = tcp->fin;
	psh = tcp->psh;
	while (left) {
		unsigned int n = min_t(unsigned int, left, off->mss);

		left -= n;
		/* FIN and PSH belong to the end of the packet, so only the last frame has them. */
		tcp->fin = fin && !left;
		tcp->psh = psh && !left;
		nic_segment_header(head, off, n);
		out.len = off->header + n;
		nic_transmit(q, &out);
		nic_gather(q, &out.desc, &out.offset, NULL, n);
		/*
		 * Prepare the header for the next frame. Only the first frame reports that
		 * the congestion window was reduced.
		 */
		tcp->seq = htonl(ntohl(tcp->seq) + n);
		tcp->cwr = 0;
		if (ip->version == 4)
			ip->id = htons(ntohs(ip->id) + 1);
	}
}

/**
 * nic_transmit_packet() - send the packet that begins at a descriptor
 * @q: the queue
 * @first: index of the packet's first descriptor
 *
 * Context: any but NMI; one caller at a time per queue.
 * Return: the number of the packet's descriptors.
 */
unsigned int nic_transmit_packet(struct nic_queue *q, unsigned int first)
{
	const struct nic_tx_desc *d = nic_desc_at(q, first);
	struct nic_outgoing out = {
		.q = q,
		.desc = first,
		.csum_start = d->offload.csum_start,
		.csum_offset = d->offload.csum_offset,
	};
	unsigned int i;

	for (i = 0; i < d->pieces; i++)
		out.len += nic_desc_at(q, first + i)->len;
	if (d->offload.mss && out.len - d->offload.header > d->offload.mss)
		nic_transmit_segments(q, first, out.len);
	else
		nic_transmit(q, &out);
	return d->pieces;
}
