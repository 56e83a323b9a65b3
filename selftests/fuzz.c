// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz SEED COUNT WHAT ARGUMENT... - COUNT random requests of one kind. The same SEED gives the
 * same requests.
 *
 *	files PATH...		writes to (and reads of) these debugfs or sysfs files, and
 *				all files below a folder: numbers at their edges, words, bytes,
 *				several writes by one descriptor, writes at an offset
 *	ethtool INTERFACE	ethtool by ioctl
 *	netlink INTERFACE	ethtool by netlink
 *	links			RTM_NEWLINK of the kind napi_dummy; deletes the new devices again
 *
 * Any answer of the kernel is accepted, but the kernel must answer. If a request takes longer
 * than 20 seconds, the test shows the request and fails. (The longest command of a lesson
 * computes for three seconds, and a busy host may stop the VM for a few more.) Large requests
 * take long on purpose. So a "raise" of more than 1000 events is left out, and a "rate" above
 * 2000 is switched off at once.
 *
 * Prints how many requests the kernel accepted, and which request took longest.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <linux/types.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>

#include "rtnl.h"

#define LIMIT_S		20
#define FILES		2000
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))

static __u64 seed;
static char request[512];	/* the current request, as text */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* xorshift64: the same numbers on every machine */
static __u32 number(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed >> 32;
}

static unsigned int below(unsigned int n)
{
	return number() % n;
}

static void bytes(void *to, size_t len)
{
	unsigned char *p = to;

	while (len--)
		*p++ = number();
}

/* Limits that a driver may check, and their neighbours: a check may be off by one */
static const char * const edges[] = {
	"0", "1", "2", "-1", "-0", "+1", "7", "8", "9", "31", "32", "33", "63", "64", "65",
	"127", "128", "255", "256", "999", "1000", "1001", "4095", "4096", "4097", "32767",
	"32768", "65535", "65536", "99999", "100000", "100001", "1000000", "1000001",
	"2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296",
	"9223372036854775807", "9223372036854775808", "18446744073709551615",
	"18446744073709551616", "99999999999999999999999999", "0x7fffffff", "0xffffffff",
	"0x", "010", "08", "1e9", "1.5", "",
};

/* Words that at least one of the files accepts, and some noise */
static const char * const words[] = {
	"off", "on", "Y", "N", "bus_error", "tx_hang", "link_flap", "lose_dma", "fail_alloc",
	"fail_setup", "late", "napi", "ring", "workqueue", "x", "%s%n", "\n", "\t", " ",
};

static __u32 edge(void)
{
	return below(4) ? strtoul(edges[below(ARRAY_SIZE(edges))], NULL, 0) : number();
}

/* Writes one word, two words, noise or a long text. Returns the length. */
static size_t text(char *buf, size_t size)
{
	const char *first = edges[below(ARRAY_SIZE(edges))];
	size_t len;

	switch (below(8)) {
	case 0:
		len = below(size);
		bytes(buf, len);
		return len;
	case 1:
		len = below(size);
		memset(buf, "0 9x\n"[below(5)], len);
		return len;
	case 2:
		return snprintf(buf, size, "%s", words[below(ARRAY_SIZE(words))]);
	case 3:
		return snprintf(buf, size, "%s %s", words[below(ARRAY_SIZE(words))], first);
	case 4:
		return snprintf(buf, size, "%s %s\n", first, edges[below(ARRAY_SIZE(edges))]);
	case 5:
		return snprintf(buf, size, "  %s\n\n", first);
	default:
		return snprintf(buf, size, "%s\n", first);
	}
}

/* Files --------------------------------------------------------------------- */

static char *files[FILES];
static unsigned int file_count;

static int add_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	if (type == FTW_F && file_count < FILES)
		files[file_count++] = strdup(path);
	return 0;
}

static bool ends_in(const char *path, const char *name)
{
	const char *last = strrchr(path, '/');

	return !strcmp(last ? last + 1 : path, name);
}

/* Requests that are valid, but would take too long */
static bool left_out(const char *path, const char *buf)
{
	return ends_in(path, "raise") && strtoul(buf, NULL, 10) > 1000;
}

static void calm(const char *path, const char *buf)
{
	int fd;

	if (!ends_in(path, "rate") || strtoul(buf, NULL, 10) <= 2000)
		return;
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "off", 3) != 3)
		die(path);
	close(fd);
}

static bool fuzz_file(char **unused)
{
	const char *path = files[below(file_count)];
	bool accepted = false;
	struct stat st;
	char buf[8192];
	unsigned int i;
	ssize_t n;
	size_t len;
	char *c;
	int fd;

	if (stat(path, &st))
		return false;
	/*
	 * Respect the mode of the file: debugfs lets root ignore it, but that is not tested
	 * here.
	 */
	if (!(st.st_mode & 0222) || !below(16)) {
		snprintf(request, sizeof(request), "read of %s", path);
		fd = open(path, O_RDONLY);
		if (fd < 0 || !(st.st_mode & 0444))
			goto out;
		n = pread(fd, buf, 1 + below(sizeof(buf)), below(2) ? 0 : edge());
		accepted = n >= 0;
		goto out;
	}
	fd = open(path, O_WRONLY);
	for (i = 1 + below(3); fd >= 0 && i; i--) {
		len = text(buf, below(4) ? 40 : sizeof(buf) - 1);
		if (len > sizeof(buf) - 1)
			len = sizeof(buf) - 1;
		buf[len] = '\0';
		if (!below(8))
			len = below(len + 1);
		buf[len] = '\0';
		if (left_out(path, buf))
			continue;
		snprintf(request, sizeof(request), "write of %zu bytes to %s: %.60s", len, path,
			 buf);
		for (c = request; *c; c++)
			if (*c < ' ' || *c > '~')
				*c = '?';
		n = below(8) ? write(fd, buf, len) : pwrite(fd, buf, len, below(5000));
		if (n >= 0) {
			accepted = true;
			calm(path, buf);
		}
	}
out:
	if (fd >= 0)
		close(fd);
	return accepted;
}

/* ethtool ------------------------------------------------------------------- */

static bool fuzz_ethtool(char **arg)
{
	static int fd = -1;
	/* Larger than what the kernel copies for any command */
	static union {
		__u32 n[4096];
		char data[16384];
	} u;
	struct ifreq ifr = { .ifr_data = u.data };
	unsigned int i;

	if (fd < 0)
		fd = socket(AF_INET, SOCK_DGRAM, 0);
	memset(&u, 0, sizeof(u));
	for (i = 1; i < 64; i++)
		u.n[i] = below(3) ? edge() : 0;
	u.n[0] = 1 + below(0x60);
	/* Some commands have a length in the second word: of a string set, a dump or a table. */
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", arg[0]);
	snprintf(request, sizeof(request), "ethtool command 0x%x: %x %x %x", u.n[0], u.n[1], u.n[2],
		 u.n[3]);
	return !ioctl(fd, SIOCETHTOOL, &ifr);
}

/* Netlink ------------------------------------------------------------------- */

struct message {
	struct nlmsghdr nl;
	char rest[4096];
};

static void *put(struct message *m, int type, const void *data, size_t len)
{
	struct nlattr *a = (void *)m + NLMSG_ALIGN(m->nl.nlmsg_len);

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	if (data)
		memcpy((void *)a + NLA_HDRLEN, data, len);
	m->nl.nlmsg_len = NLMSG_ALIGN(m->nl.nlmsg_len) + NLA_ALIGN(a->nla_len);
	return a;
}

/* Some attributes with random types, lengths and contents, nested ones among them */
static void put_random(struct message *m, unsigned int types, int depth)
{
	unsigned int i, n = below(6);
	struct nlattr *nest;
	__u32 value;
	char noise[64];

	for (i = 0; i < n && m->nl.nlmsg_len < 3000; i++) {
		int type = below(types);

		if (depth && !below(4)) {
			nest = put(m, type | (below(2) ? NLA_F_NESTED : 0), NULL, 0);
			put_random(m, types, depth - 1);
			nest->nla_len = (char *)m + m->nl.nlmsg_len - (char *)nest;
			continue;
		}
		value = edge();
		bytes(noise, sizeof(noise));
		if (below(3))
			put(m, type, &value, 1 << below(3));
		else
			put(m, type, noise, below(sizeof(noise)));
		/* A wrong length */
		if (!below(64))
			((struct nlattr *)((char *)m + m->nl.nlmsg_len - 8))->nla_len = number();
	}
}

/* Sends the message, and receives the answers that have already come. */
static int ask(int fd, struct message *m)
{
	static char answer[65536];
	struct nlmsghdr *nl = (void *)answer;
	ssize_t n;

	if (send(fd, m, m->nl.nlmsg_len, 0) < 0)
		return errno;
	n = recv(fd, answer, sizeof(answer), 0);
	while (recv(fd, answer + 32768, 32768, MSG_DONTWAIT) > 0)
		;
	if (n < (ssize_t)sizeof(*nl))
		return errno;
	return nl->nlmsg_type == NLMSG_ERROR ? -((struct nlmsgerr *)NLMSG_DATA(nl))->error : 0;
}

static struct message begin(int type, size_t head)
{
	struct message m = {};

	m.nl.nlmsg_len = NLMSG_LENGTH(head);
	m.nl.nlmsg_type = type;
	m.nl.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	return m;
}

static int genetlink(int fd, const char *name)
{
	struct message m = begin(GENL_ID_CTRL, GENL_HDRLEN);
	struct genlmsghdr *genl = NLMSG_DATA(&m.nl);
	static char answer[8192];
	struct nlattr *a = (void *)answer + NLMSG_LENGTH(GENL_HDRLEN);

	genl->cmd = CTRL_CMD_GETFAMILY;
	genl->version = 1;
	m.nl.nlmsg_flags = NLM_F_REQUEST;
	put(&m, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	if (send(fd, &m, m.nl.nlmsg_len, 0) < 0 || recv(fd, answer, sizeof(answer), 0) < 0)
		die(name);
	while (a->nla_type != CTRL_ATTR_FAMILY_ID)
		a = (void *)a + NLA_ALIGN(a->nla_len);
	return *(__u16 *)((void *)a + NLA_HDRLEN);
}

static bool fuzz_netlink(char **arg)
{
	static int fd = -1, family;
	struct genlmsghdr *genl;
	struct message m;
	void *header;

	if (fd < 0) {
		fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
		family = genetlink(fd, ETHTOOL_GENL_NAME);
	}
	m = begin(family, GENL_HDRLEN);
	genl = NLMSG_DATA(&m.nl);
	genl->cmd = 1 + below(ETHTOOL_MSG_USER_MAX + 2);
	genl->version = 1;
	/* Attribute 1, the header of every message, names the interface. */
	header = put(&m, 1 | NLA_F_NESTED, NULL, 0);
	put(&m, ETHTOOL_A_HEADER_DEV_NAME, arg[0], strlen(arg[0]) + 1);
	((struct nlattr *)header)->nla_len = (char *)&m + m.nl.nlmsg_len - (char *)header;
	put_random(&m, 40, 3);
	snprintf(request, sizeof(request), "ethtool netlink message %u", genl->cmd);
	return !ask(fd, &m);
}

static bool fuzz_links(char **unused)
{
	static int fd = -1;
	struct nlattr *info, *data, *peer;
	struct message m;
	char name[] = "fz0";
	int err;

	if (fd < 0)
		fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	m = begin(RTM_NEWLINK, sizeof(struct ifinfomsg));
	m.nl.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	if (below(2))
		put(&m, IFLA_IFNAME, name, sizeof(name));
	/* Leave out IFLA_NET_NS_PID and _FD: they would move the device to another namespace. */
	if (below(2))
		put(&m, IFLA_MTU, &(__u32){ edge() }, 4);
	if (below(4) == 0)
		put(&m, IFLA_NUM_TX_QUEUES, &(__u32){ edge() }, 4);
	if (below(4) == 0)
		put(&m, IFLA_NUM_RX_QUEUES, &(__u32){ edge() }, 4);
	if (below(4) == 0)
		put(&m, IFLA_ADDRESS, "\x02\0\0\0\0\0\0", below(8));
	if (below(4) == 0)
		put(&m, IFLA_TXQLEN, &(__u32){ edge() }, 4);
	info = put(&m, IFLA_LINKINFO, NULL, 0);
	put(&m, IFLA_INFO_KIND, "napi_dummy", 10);
	data = put(&m, IFLA_INFO_DATA, NULL, 0);
	if (below(2)) {
		put_random(&m, 6, 2);
	} else {
		peer = put(&m, VETH_INFO_PEER, NULL, 0);
		m.nl.nlmsg_len += below(3) ? sizeof(struct ifinfomsg) : 4 * below(4);
		if (below(2))
			put(&m, IFLA_IFNAME, "fz1", below(5));
		else
			put_random(&m, 40, 1);
		peer->nla_len = (char *)&m + m.nl.nlmsg_len - (char *)peer;
	}
	data->nla_len = (char *)&m + m.nl.nlmsg_len - (char *)data;
	info->nla_len = (char *)&m + m.nl.nlmsg_len - (char *)info;
	snprintf(request, sizeof(request), "RTM_NEWLINK of %u bytes", m.nl.nlmsg_len);
	err = ask(fd, &m);
	if (!err) {
		/* A device without a name got the next free name of nd0, nd1, ... */
		struct if_nameindex *all = if_nameindex(), *i;

		for (i = all; i && i->if_index; i++)
			if (!strncmp(i->if_name, "fz", 2) || !strncmp(i->if_name, "nd", 2))
				rtnl_del(fd, i->if_name);
		if_freenameindex(all);
	}
	return !err;
}

/* --------------------------------------------------------------------------- */

static void hangs(int sig)
{
	static const char said[] = " does not end\n";

	write(1, request, strlen(request));
	write(1, said, sizeof(said) - 1);
	_exit(1);
}

static const struct {
	const char *name;
	bool (*fn)(char **arg);
	int args;
} kinds[] = {
	{ "files", fuzz_file, 1 }, { "ethtool", fuzz_ethtool, 1 },
	{ "netlink", fuzz_netlink, 1 }, { "links", fuzz_links, 0 },
};

static long long ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
	long long began, took, longest = 0;
	unsigned long i, n, accepted = 0;
	char slowest[512] = "none";
	unsigned int kind;
	int arg;

	for (kind = 0; argc > 3 && kind < ARRAY_SIZE(kinds); kind++)
		if (!strcmp(kinds[kind].name, argv[3]) && argc >= 4 + kinds[kind].args)
			break;
	if (argc < 4 || kind == ARRAY_SIZE(kinds)) {
		fprintf(stderr, "fuzz SEED COUNT files|ethtool|netlink|links ...\n");
		return 2;
	}
	/* The seed must not be 0, because xorshift would then always return 0 */
	seed = strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15ULL + 1;
	n = strtoul(argv[2], NULL, 0);
	for (arg = 4; fuzz_file == kinds[kind].fn && arg < argc; arg++)
		nftw(argv[arg], add_file, 16, FTW_PHYS);
	if (fuzz_file == kinds[kind].fn && !file_count) {
		fprintf(stderr, "fuzz: no file below %s\n", argv[4]);
		return 1;
	}
	signal(SIGALRM, hangs);
	for (i = 0; i < n; i++) {
		*request = '\0';
		began = ms_now();
		alarm(LIMIT_S);
		accepted += kinds[kind].fn(argv + 4);
		alarm(0);
		took = ms_now() - began;
		if (took > longest) {
			longest = took;
			snprintf(slowest, sizeof(slowest), "%s", request);
		}
	}
	printf("%lu requests, %lu accepted; the longest took %lld ms: %s\n", n, accepted, longest,
	       slowest);
	return longest > LIMIT_S * 1000;
}
