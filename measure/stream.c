// SPDX-License-Identifier: GPL-2.0
/*
 * stream - send data through one TCP connection
 *
 *	stream PORT			receives one connection after the other
 *	stream ADDRESS PORT MIB		sends MIB MiB, and ends when all of it has been received
 *
 * iperf3 cannot be used to count instructions: it keeps the CPU busy for a second, however
 * little it sends.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char buf[65536];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Returns @text as a number from 1 to @most. */
static unsigned long parse(const char *text, unsigned long most)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || end == text || !value || value > most) {
		fprintf(stderr, "stream: '%s' is not a number from 1 to %lu\n", text, most);
		exit(2);
	}
	return value;
}

/* Does not return. */
static void receive(struct sockaddr_in *addr)
{
	int yes = 1;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) ||
	    bind(listener, (struct sockaddr *)addr, sizeof(*addr)) || listen(listener, 1))
		die("listen");
	for (;;) {
		ssize_t n;
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			die("accept");
		do
			n = read(fd, buf, sizeof(buf));
		while (n > 0);
		if (n < 0)
			die("read");
		close(fd);
	}
}

static void send_mib(struct sockaddr_in *addr, unsigned long mib)
{
	unsigned long left = mib << 20;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)addr, sizeof(*addr)))
		die("connect");
	while (left) {
		ssize_t n = write(fd, buf, left < sizeof(buf) ? left : sizeof(buf));

		if (n < 0)
			die("write");
		left -= n;
	}
	/* The other end closes the connection when it has read everything. */
	if (shutdown(fd, SHUT_WR) || read(fd, buf, 1))
		die("shutdown");
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };

	if (argc == 2) {
		addr.sin_port = htons(parse(argv[1], 65535));
		receive(&addr);
	}
	if (argc != 4 || inet_pton(AF_INET, argv[1], &addr.sin_addr) != 1) {
		fprintf(stderr, "usage: stream PORT | stream ADDRESS PORT MIB\n");
		return 2;
	}
	addr.sin_port = htons(parse(argv[2], 65535));
	send_mib(&addr, parse(argv[3], 4096));
	return 0;
}
