// SPDX-License-Identifier: GPL-2.0
/*
 * napi_dummy_netlink INTERFACE - print what the netdev family of generic netlink reports
 * about an interface: its XDP features, its NAPI instances, its queues with their
 * statistics, and its page pools.
 *
 *	xdp features N
 *	napi ID irq N
 *	napi ID defer_hard_irqs N gro_flush_timeout NANOSECONDS		(from 6.13 on)
 *	rx-0 napi ID
 *	rx-0 packets N
 *	device rx_packets N
 *	pool napi ID
 *	pool allocated N				(with CONFIG_PAGE_POOL_STATS)
 *
 * napi_dummy_netlink INTERFACE DEFER_HARD_IRQS GRO_FLUSH_TIMEOUT - set these two settings of
 * each NAPI instance.
 *
 * Exits with 4 (skip) if the kernel does not have this family, or cannot set the settings.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netdev.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SKIP		4
#define ATTRS		64
#define INSTANCES	16

/* Names that the headers of 6.12 lack: they are new in 6.13. */
#define NAPI_SET		14	/* NETDEV_CMD_NAPI_SET */
#define NAPI_DEFER_HARD_IRQS	5	/* NETDEV_A_NAPI_DEFER_HARD_IRQS */
#define NAPI_GRO_FLUSH_TIMEOUT	6	/* NETDEV_A_NAPI_GRO_FLUSH_TIMEOUT */

struct request {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	char attrs[256];
};

static int fd, family;
static unsigned int ifindex;
static unsigned int instance[INSTANCES], instances;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void put(struct request *req, int type, const void *data, size_t len)
{
	struct nlattr *a = (void *)req + NLMSG_ALIGN(req->nl.nlmsg_len);

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	memcpy((void *)a + NLA_HDRLEN, data, len);
	req->nl.nlmsg_len = NLMSG_ALIGN(req->nl.nlmsg_len) + NLA_ALIGN(a->nla_len);
}

static void request(struct request *req, int type, int flags, int cmd)
{
	memset(req, 0, sizeof(*req));
	req->nl.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	req->nl.nlmsg_type = type;
	req->nl.nlmsg_flags = NLM_F_REQUEST | flags;
	req->genl.cmd = cmd;
	req->genl.version = 1;
}

static unsigned long long number(const struct nlattr *a)
{
	unsigned long long n8;
	unsigned short n2;
	unsigned int n4;

	switch (a ? a->nla_len - NLA_HDRLEN : 0) {
	case 2:
		memcpy(&n2, (void *)a + NLA_HDRLEN, sizeof(n2));
		return n2;
	case 4:
		memcpy(&n4, (void *)a + NLA_HDRLEN, sizeof(n4));
		return n4;
	case 8:
		memcpy(&n8, (void *)a + NLA_HDRLEN, sizeof(n8));
		return n8;
	default:
		return 0;
	}
}

/* Sorts the attributes between @a and @end by type. */
static void sort(struct nlattr *a, void *end, struct nlattr **attr)
{
	memset(attr, 0, ATTRS * sizeof(*attr));
	while ((void *)a + NLA_HDRLEN <= end && a->nla_len >= NLA_HDRLEN) {
		if ((a->nla_type & NLA_TYPE_MASK) < ATTRS)
			attr[a->nla_type & NLA_TYPE_MASK] = a;
		a = (void *)a + NLA_ALIGN(a->nla_len);
	}
}

/* Sends a request and shows every message of the answer. Returns 0 or an errno. */
static int ask(struct request *req, void (*show)(struct nlattr **attr))
{
	static char buf[32768];
	struct nlattr *attr[ATTRS];
	struct nlmsghdr *nl;
	int len;

	if (send(fd, req, req->nl.nlmsg_len, 0) < 0)
		die("send");
	for (;;) {
		len = recv(fd, buf, sizeof(buf), 0);
		if (len < 0)
			die("recv");
		for (nl = (void *)buf; NLMSG_OK(nl, len); nl = NLMSG_NEXT(nl, len)) {
			if (nl->nlmsg_type == NLMSG_DONE)
				return -*(int *)NLMSG_DATA(nl);
			if (nl->nlmsg_type == NLMSG_ERROR)
				return -((struct nlmsgerr *)NLMSG_DATA(nl))->error;
			sort(NLMSG_DATA(nl) + GENL_HDRLEN, (void *)nl + nl->nlmsg_len, attr);
			show(attr);
			if (!(req->nl.nlmsg_flags & NLM_F_DUMP))
				return 0;
		}
	}
}

static void show_family(struct nlattr **attr)
{
	family = number(attr[CTRL_ATTR_FAMILY_ID]);
}

static void show_device(struct nlattr **attr)
{
	printf("xdp features %llu\n", number(attr[NETDEV_A_DEV_XDP_FEATURES]));
}

static void show_napi(struct nlattr **attr)
{
	printf("napi %llu irq %llu\n", number(attr[NETDEV_A_NAPI_ID]),
	       number(attr[NETDEV_A_NAPI_IRQ]));
	if (attr[NAPI_DEFER_HARD_IRQS])
		printf("napi %llu defer_hard_irqs %llu gro_flush_timeout %llu\n",
		       number(attr[NETDEV_A_NAPI_ID]), number(attr[NAPI_DEFER_HARD_IRQS]),
		       number(attr[NAPI_GRO_FLUSH_TIMEOUT]));
}

/* Remembers the instance, because no other request can be sent before the dump has ended. */
static void find_napi(struct nlattr **attr)
{
	if (instances < INSTANCES)
		instance[instances++] = number(attr[NETDEV_A_NAPI_ID]);
}

static const char *direction(const struct nlattr *type)
{
	return number(type) == NETDEV_QUEUE_TYPE_RX ? "rx" : "tx";
}

static void show_queue(struct nlattr **attr)
{
	printf("%s-%llu napi %llu\n", direction(attr[NETDEV_A_QUEUE_TYPE]),
	       number(attr[NETDEV_A_QUEUE_ID]), number(attr[NETDEV_A_QUEUE_NAPI_ID]));
}

static void show_queue_stats(struct nlattr **attr)
{
	const char *way = direction(attr[NETDEV_A_QSTATS_QUEUE_TYPE]);
	bool rx = *way == 'r';

	printf("%s-%llu packets %llu\n", way, number(attr[NETDEV_A_QSTATS_QUEUE_ID]),
	       number(attr[rx ? NETDEV_A_QSTATS_RX_PACKETS : NETDEV_A_QSTATS_TX_PACKETS]));
}

/*
 * The kernel lists the pools of all interfaces. This shows only the pools of our
 * interface. A pool without a NAPI instance is shown as "napi 0".
 */
static void show_pool(struct nlattr **attr)
{
	if (number(attr[NETDEV_A_PAGE_POOL_IFINDEX]) == ifindex)
		printf("pool napi %llu\n", number(attr[NETDEV_A_PAGE_POOL_NAPI_ID]));
}

/*
 * The pages that the pool has taken from the page allocator, or from its cache. The pool is
 * identified by attributes inside NETDEV_A_PAGE_POOL_STATS_INFO.
 */
static void show_pool_stats(struct nlattr **attr)
{
	struct nlattr *info = attr[NETDEV_A_PAGE_POOL_STATS_INFO];
	struct nlattr *pool[ATTRS];

	if (!info)
		return;
	sort((void *)info + NLA_HDRLEN, (void *)info + info->nla_len, pool);
	if (number(pool[NETDEV_A_PAGE_POOL_IFINDEX]) == ifindex)
		printf("pool allocated %llu\n",
		       number(attr[NETDEV_A_PAGE_POOL_STATS_ALLOC_FAST]) +
		       number(attr[NETDEV_A_PAGE_POOL_STATS_ALLOC_SLOW]) +
		       number(attr[NETDEV_A_PAGE_POOL_STATS_ALLOC_SLOW_HIGH_ORDER]));
}

static void show_device_stats(struct nlattr **attr)
{
	printf("device rx_packets %llu\ndevice tx_packets %llu\n",
	       number(attr[NETDEV_A_QSTATS_RX_PACKETS]),
	       number(attr[NETDEV_A_QSTATS_TX_PACKETS]));
}

static void dump(int cmd, int ifindex_attr, int scope,
		 void (*show)(struct nlattr **attr))
{
	unsigned long long wide = scope;
	struct request req;

	request(&req, family, NLM_F_DUMP, cmd);
	if (ifindex_attr)
		put(&req, ifindex_attr, &ifindex, sizeof(ifindex));
	if (scope)
		put(&req, NETDEV_A_QSTATS_SCOPE, &wide, sizeof(wide));
	errno = ask(&req, show);
	/* A kernel without CONFIG_PAGE_POOL_STATS refuses this request. */
	if (errno == EOPNOTSUPP && cmd == NETDEV_CMD_PAGE_POOL_STATS_GET)
		return;
	if (errno)
		die("dump");
}

/* Sets the two settings of each NAPI instance. */
static int set_napi(unsigned int defer, unsigned int timeout)
{
	struct request req;
	unsigned int i;

	dump(NETDEV_CMD_NAPI_GET, NETDEV_A_NAPI_IFINDEX, 0, find_napi);
	for (i = 0; i < instances; i++) {
		request(&req, family, NLM_F_ACK, NAPI_SET);
		put(&req, NETDEV_A_NAPI_ID, &instance[i], sizeof(instance[i]));
		put(&req, NAPI_DEFER_HARD_IRQS, &defer, sizeof(defer));
		put(&req, NAPI_GRO_FLUSH_TIMEOUT, &timeout, sizeof(timeout));
		errno = ask(&req, NULL);
		if (errno == EOPNOTSUPP) {
			printf("this kernel has no settings per NAPI instance\n");
			return SKIP;
		}
		if (errno)
			die("napi-set");
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct request req;

	if (argc != 2 && argc != 4)
		return 2;
	ifindex = if_nametoindex(argv[1]);
	if (!ifindex)
		die(argv[1]);
	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (fd < 0)
		die("socket");

	request(&req, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY);
	put(&req, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY_NAME, sizeof(NETDEV_FAMILY_NAME));
	if (ask(&req, show_family)) {
		printf("this kernel has no netlink family %s\n", NETDEV_FAMILY_NAME);
		return SKIP;
	}
	if (argc == 4)
		return set_napi(atoi(argv[2]), atoi(argv[3]));
	request(&req, family, 0, NETDEV_CMD_DEV_GET);
	put(&req, NETDEV_A_DEV_IFINDEX, &ifindex, sizeof(ifindex));
	errno = ask(&req, show_device);
	if (errno)
		die("dev-get");
	dump(NETDEV_CMD_NAPI_GET, NETDEV_A_NAPI_IFINDEX, 0, show_napi);
	dump(NETDEV_CMD_QUEUE_GET, NETDEV_A_QUEUE_IFINDEX, 0, show_queue);
	dump(NETDEV_CMD_QSTATS_GET, NETDEV_A_QSTATS_IFINDEX,
	     NETDEV_QSTATS_SCOPE_QUEUE, show_queue_stats);
	dump(NETDEV_CMD_QSTATS_GET, NETDEV_A_QSTATS_IFINDEX, 0,
	     show_device_stats);
	dump(NETDEV_CMD_PAGE_POOL_GET, 0, 0, show_pool);
	dump(NETDEV_CMD_PAGE_POOL_STATS_GET, 0, 0, show_pool_stats);
	return 0;
}
