// SPDX-License-Identifier: GPL-2.0
/*
 * napi_dummy_ctl - does with a napi_dummy device what no other tool in the VM can do.
 *
 *	napi_dummy_ctl spflags INTERFACE FLAGS	set the private flags by ioctl, unchecked
 *	napi_dummy_ctl add NAME PEER		create a pair of devices with these names
 *	napi_dummy_ctl fill NS1 NS2 ADDRESS COUNT
 *						how many of COUNT datagrams from NS1 fit the
 *						receive buffer of a socket in NS2
 *	napi_dummy_ctl stamp ADDRESS PORT	microseconds from send() to the time stamp
 *						of the driver
 *	napi_dummy_ctl xdp INTERFACE pass|drop|tx|aborted COMMAND...
 *						run COMMAND with an XDP program in the driver
 *
 * If a command fails, it prints the command and the error: "spflags: Invalid argument".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/errqueue.h>
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rtnl.h"

#define PATIENCE_MS	30000

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int spflags(const char *name, const char *flags)
{
	struct ethtool_value value = {
		.cmd = ETHTOOL_SPFLAGS,
		.data = strtoul(flags, NULL, 0),
	};
	struct ifreq ifr = { .ifr_data = (void *)&value };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &ifr))
		die("spflags");
	return 0;
}

/* Like "ip link add NAME type veth peer name PEER", but with the type napi_dummy. */
static int add(const char *name, const char *peer)
{
	errno = rtnl_add(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), name, peer);
	if (errno)
		die("add");
	return 0;
}

/* Datagrams --------------------------------------------------------------- */

static int socket_in(const char *ns)
{
	char path[64];
	int fd, s;

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	fd = open(path, O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
	s = socket(AF_INET, SOCK_DGRAM, 0);
	if (s < 0)
		die("socket");
	return s;
}

static struct sockaddr_in ipv4(const char *address, unsigned int port)
{
	return (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = address ? inet_addr(address) : htonl(INADDR_ANY),
	};
}

static unsigned int refused(int fd)
{
	unsigned int info[SK_MEMINFO_VARS] = {};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len))
		die("SO_MEMINFO");
	return info[SK_MEMINFO_DROPS];
}

/*
 * The buffer is full when the socket refuses a datagram. A datagram of 18 bytes is sent in
 * a frame of 60 bytes, the shortest possible.
 */
static int fill(const char *from, const char *to, const char *address, const char *count)
{
	struct sockaddr_in here = ipv4(NULL, 9), there = ipv4(address, 9);
	char buf[18] = {};
	int out = socket_in(from), in = socket_in(to);
	unsigned int i, n = atoi(count), fit = 0;
	struct pollfd first = { .fd = in, .events = POLLIN };

	if (bind(in, (struct sockaddr *)&here, sizeof(here)))
		die("bind");
	/*
	 * Wait until one datagram has arrived, so that the address is resolved. Otherwise
	 * the first datagrams would be lost.
	 */
	if (sendto(out, buf, sizeof(buf), 0, (struct sockaddr *)&there, sizeof(there)) < 0)
		die("sendto");
	if (poll(&first, 1, PATIENCE_MS) != 1)
		die("nothing came");
	for (i = 1; i < n && !refused(in); i++) {
		if (sendto(out, buf, sizeof(buf), 0, (struct sockaddr *)&there,
			   sizeof(there)) < 0)
			die("sendto");
		usleep(200);
	}
	while (recv(in, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		fit++;
	printf("%u\n", fit);
	return 0;
}

static long long since(const struct timespec *was, const struct timespec *now)
{
	return (now->tv_sec - was->tv_sec) * 1000000LL +
	       (now->tv_nsec - was->tv_nsec) / 1000;
}

static int tx_stamp(const char *address, const char *port)
{
	struct sockaddr_in there = ipv4(address, atoi(port));
	int flags = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char data[512], control[512];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control) };
	struct pollfd errors = { .fd = fd };
	struct scm_timestamping *ts;
	struct timespec sent;
	struct cmsghdr *c;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)))
		die("SO_TIMESTAMPING");
	clock_gettime(CLOCK_REALTIME, &sent);
	if (sendto(fd, "x", 1, 0, (struct sockaddr *)&there, sizeof(there)) != 1)
		die("sendto");
	if (poll(&errors, 1, PATIENCE_MS) != 1 || recvmsg(fd, &msg, MSG_ERRQUEUE) < 0)
		die("MSG_ERRQUEUE");
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPING)
			continue;
		ts = (void *)CMSG_DATA(c);
		printf("%lld\n", since(&sent, &ts->ts[0]));
		return 0;
	}
	fprintf(stderr, "nothing about the time in the message\n");
	return 1;
}

/* XDP --------------------------------------------------------------------- */

static int verdict(const char *word)
{
	static const char * const words[] = { "aborted", "drop", "pass", "tx" };
	unsigned int i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i], word))
			return i;
	fprintf(stderr, "%s: must be aborted, drop, pass or tx\n", word);
	exit(2);
}

/*
 * The kernel detaches the program when this process ends, because only the process's file
 * descriptor holds the link.
 */
static int run_under(const char *name, const char *word, char **command)
{
	int program = xdp_program(verdict(word));
	int status;

	if (program < 0)
		die("BPF_PROG_LOAD");
	if (xdp_attach(name, program) < 0)
		die("BPF_LINK_CREATE");
	if (!fork()) {
		execvp(*command, command);
		die(*command);
	}
	wait(&status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "spflags") && argc == 4)
		return spflags(argv[2], argv[3]);
	if (!strcmp(what, "add") && argc == 4)
		return add(argv[2], argv[3]);
	if (!strcmp(what, "fill") && argc == 6)
		return fill(argv[2], argv[3], argv[4], argv[5]);
	if (!strcmp(what, "stamp") && argc == 4)
		return tx_stamp(argv[2], argv[3]);
	if (!strcmp(what, "xdp") && argc > 4)
		return run_under(argv[2], argv[3], argv + 4);
	fprintf(stderr, "napi_dummy_ctl: spflags, add, fill, stamp or xdp: see its first lines\n");
	return 2;
}
