// SPDX-License-Identifier: GPL-2.0
/*
 * napi_dummy_frames - send numbered frames from one network namespace into
 * another.
 *
 *	napi_dummy_frames [-n FRAMES] [-w WINDOW] [-f FLOWS] [-s SIZE] [-b] [-l] [-t]
 *		NAMESPACE INTERFACE NAMESPACE INTERFACE
 *
 * It sends on the first interface and receives on the second, with AF_PACKET. At most
 * WINDOW frames are in flight (0: any number). With -b it sends the next WINDOW frames when
 * all frames in flight have arrived. Every frame must arrive once, and in order within its
 * flow. With -l frames may be lost, and interfaces may be down for a while, but the frames
 * that arrive must be in order. A frame is in flight until this frame or a later frame of
 * its flow arrives. So a lost frame does not occupy a place in the window forever. With -t
 * a line shows the time taken, "in N ms". The last line is "sent N received N lost N
 * reordered N duplicate N".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/types.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAGIC		0x6e617069
#define FLOWS_MAX	64
#define BATCH		32
#define STUCK_S		20	/* after this time without a frame, missing frames are lost */

struct payload {
	__u32 magic;
	__u32 flow;
	__u64 number;	/* within its flow, from 1 */
};

#pragma pack(push, 1)
struct frame {
	struct ether_header eth;
	struct iphdr ip;
	struct udphdr udp;
	struct payload payload;
	char rest[9100];
};

#pragma pack(pop)

static __u64 frames = 100000, window = 128;
static unsigned int flows = 4, size = 60;
static bool lossy, bunches, timed;

static __u64 sent, received, reordered, duplicate;
static __u64 last_sent[FLOWS_MAX], last_seen[FLOWS_MAX];
static __u64 settled[FLOWS_MAX], under_way;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void enter(const char *ns)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	fd = open(path, O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
}

/* Opens a socket on an interface, and gets the interface's address. */
static int open_on(const char *ns, const char *ifname, int protocol, char *mac)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET };
	int bytes = 256 << 20;
	struct ifreq ifr = {};
	int fd;

	enter(ns);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
	if (fd < 0)
		die("socket");
	snprintf(ifr.ifr_name, IFNAMSIZ, "%s", ifname);
	if (ioctl(fd, SIOCGIFHWADDR, &ifr))
		die(ifname);
	memcpy(mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		die("SO_RCVBUFFORCE");
	addr.sll_protocol = htons(protocol);
	addr.sll_ifindex = if_nametoindex(ifname);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("bind");
	return fd;
}

/*
 * Each flow has its own UDP port, because the kernel chooses the queue by the port.
 * PACKET_QDISC_BYPASS cannot be used: with it the kernel chooses the queue by the CPU, so
 * frames of a flow could overtake each other.
 */
static void fill(struct frame *f, const char *to, const char *from)
{
	memset(f, 0, sizeof(*f));
	memcpy(f->eth.ether_dhost, to, ETH_ALEN);
	memcpy(f->eth.ether_shost, from, ETH_ALEN);
	f->eth.ether_type = htons(ETHERTYPE_IP);
	f->ip.version = 4;
	f->ip.ihl = 5;
	f->ip.ttl = 1;
	f->ip.protocol = IPPROTO_UDP;
	f->ip.tot_len = htons(size - sizeof(f->eth));
	f->ip.saddr = htonl(0xc0000201);
	f->ip.daddr = htonl(0xc0000202);
	f->udp.dest = htons(9);
	f->udp.len = htons(size - sizeof(f->eth) - sizeof(f->ip));
	f->payload.magic = MAGIC;
}

/* The frames of a flow up to @number have arrived or are lost: they are no longer in flight. */
static void settle(unsigned int flow, __u64 number)
{
	if (number <= settled[flow] || number > last_sent[flow])
		return;
	under_way -= number - settled[flow];
	settled[flow] = number;
}

static void take(const struct frame *f)
{
	struct payload payload = f->payload, *p = &payload;

	if (p->magic != MAGIC || p->flow >= FLOWS_MAX)
		return;
	received++;
	settle(p->flow, p->number);
	if (p->number > last_seen[p->flow])
		last_seen[p->flow] = p->number;
	else if (p->number == last_seen[p->flow])
		duplicate++;
	else
		reordered++;
}

/* Receives all waiting frames. Returns true if there was at least one frame. */
static bool receive(int fd)
{
	static struct frame buf[BATCH];
	struct mmsghdr msg[BATCH] = {};
	struct iovec iov[BATCH];
	int i, n;

	for (i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ &buf[i], sizeof(buf[i]) };
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(fd, msg, BATCH, 0, NULL);
	for (i = 0; i < n; i++)
		if (msg[i].msg_len >= offsetof(struct frame, rest))
			take(&buf[i]);
	return n > 0;
}

/* Sends one frame of the next flow; returns false if there is no room for it. */
static bool transmit(int fd, struct frame *f)
{
	unsigned int flow = sent % flows;

	f->udp.source = htons(1000 + flow);
	f->payload.flow = flow;
	f->payload.number = last_sent[flow] + 1;
	if (send(fd, f, size, 0) < 0) {
		if (errno == ENOBUFS || errno == EAGAIN)
			return false;
		if (lossy && (errno == ENETDOWN || errno == ENXIO))
			return false;
		die("send");
	}
	last_sent[flow]++;
	under_way++;
	sent++;
	return true;
}

static void run(int tx, int rx, struct frame *f)
{
	time_t alive = time(NULL);
	bool busy, hold = false;
	unsigned int flow;

	while (sent < frames || under_way) {
		busy = false;
		if (!under_way)
			hold = false;
		else if (window && under_way >= window)
			hold = bunches;
		if (sent < frames && !hold && (!window || under_way < window))
			busy = transmit(tx, f);
		while (receive(rx))
			busy = true;
		if (busy) {
			alive = time(NULL);
		} else if (lossy && time(NULL) > alive + 1) {
			/*
			 * Frames that have not arrived by now are lost. Continue with the
			 * next frames.
			 */
			for (flow = 0; flow < flows; flow++)
				settle(flow, last_sent[flow]);
			alive = time(NULL);
			usleep(1000);
		} else if (time(NULL) > alive + STUCK_S) {
			fprintf(stderr, "nothing arrives any more\n");
			break;
		}
	}
}

int main(int argc, char **argv)
{
	static struct frame f;
	char from[ETH_ALEN], to[ETH_ALEN];
	struct timespec start, end;
	int opt, tx, rx;

	while ((opt = getopt(argc, argv, "n:w:f:s:blt")) != -1) {
		switch (opt) {
		case 'n':
			frames = strtoull(optarg, NULL, 0);
			break;
		case 'w':
			window = strtoull(optarg, NULL, 0);
			break;
		case 'f':
			flows = strtoul(optarg, NULL, 0);
			break;
		case 's':
			size = strtoul(optarg, NULL, 0);
			break;
		case 'b':
			bunches = true;
			break;
		case 'l':
			lossy = true;
			break;
		case 't':
			timed = true;
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != 4 || !flows || flows > FLOWS_MAX ||
	    size < offsetof(struct frame, rest) || size > sizeof(f)) {
		fprintf(stderr, "usage: see the head of napi_dummy_frames.c\n");
		return 2;
	}
	tx = open_on(argv[optind], argv[optind + 1], 0, from);
	rx = open_on(argv[optind + 2], argv[optind + 3], ETH_P_IP, to);
	fill(&f, to, from);
	clock_gettime(CLOCK_MONOTONIC, &start);
	run(tx, rx, &f);
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (timed)
		printf("in %lld ms\n", (end.tv_sec - start.tv_sec) * 1000LL +
		       (end.tv_nsec - start.tv_nsec) / 1000000);
	printf("sent %llu received %llu lost %llu reordered %llu duplicate %llu\n",
	       (unsigned long long)sent, (unsigned long long)received,
	       (unsigned long long)(sent - received),
	       (unsigned long long)reordered, (unsigned long long)duplicate);
	return reordered || duplicate || (!lossy && sent != received);
}
