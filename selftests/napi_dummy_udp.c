// SPDX-License-Identifier: GPL-2.0
/*
 * napi_dummy_udp - send and receive datagrams, for netconsole and for busy
 * polling.
 *
 *	napi_dummy_udp listen PORT WORD			prints what arrives, until WORD arrives
 *	napi_dummy_udp echo PORT COUNT			sends COUNT datagrams back
 *	napi_dummy_udp ping ADDRESS PORT COUNT [USECS]	sends COUNT, each when the last
 *							one is back. USECS sets SO_BUSY_POLL
 *
 * It gives up when nothing comes for 30 s.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S	30

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int open_socket(unsigned int port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int bytes = 16 << 20;	/* each datagram may occupy a page */
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		die("SO_RCVTIMEO");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		die("SO_RCVBUFFORCE");
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("bind");
	return fd;
}

static int listen_for(unsigned int port, const char *word)
{
	int fd = open_socket(port);
	char buf[2048];
	ssize_t n;

	do {
		n = recv(fd, buf, sizeof(buf) - 1, 0);
		if (n < 0)
			die("recv");
		buf[n] = '\0';
		printf("%s", buf);
	} while (!strstr(buf, word));
	return 0;
}

static int echo(unsigned int port, unsigned long count)
{
	int fd = open_socket(port);
	struct sockaddr_in from;
	socklen_t len;
	char buf[2048];
	ssize_t n;

	while (count--) {
		len = sizeof(from);
		n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len);
		if (n < 0)
			die("recvfrom");
		if (sendto(fd, buf, n, 0, (struct sockaddr *)&from, len) != n)
			die("sendto");
	}
	return 0;
}

static int ping(const char *address, unsigned int port, unsigned long count,
		int usecs)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int fd = open_socket(0);
	unsigned long i, got;

	if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
		die(address);
	if (usecs && setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL, &usecs, sizeof(usecs)))
		die("SO_BUSY_POLL");
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect");
	for (i = 0; i < count; i++) {
		if (send(fd, &i, sizeof(i), 0) != sizeof(i))
			die("send");
		if (recv(fd, &got, sizeof(got), 0) != sizeof(got))
			die("recv");
		if (got != i) {
			fprintf(stderr, "%lu came back for %lu\n", got, i);
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "listen"))
		return listen_for(atoi(argv[2]), argv[3]);
	if (argc == 4 && !strcmp(argv[1], "echo"))
		return echo(atoi(argv[2]), strtoul(argv[3], NULL, 0));
	if ((argc == 5 || argc == 6) && !strcmp(argv[1], "ping"))
		return ping(argv[2], atoi(argv[3]), strtoul(argv[4], NULL, 0),
			    argc == 6 ? atoi(argv[5]) : 0);
	fprintf(stderr, "usage: see the head of napi_dummy_udp.c\n");
	return 2;
}
