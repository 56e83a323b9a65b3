// SPDX-License-Identifier: GPL-2.0
/*
 * fail_nth ACTION ARGUMENT... [-- UNDO ARGUMENT...] - every allocation of ACTION fails once.
 *
 * For n = 1, 2, ... the n-th allocation of the action fails (/proc/self/fail-nth), until the
 * action makes fewer than n allocations. If the action fails, its error must mean a lack of
 * memory, and everything must be as before the action. The action is then repeated without a
 * fault, and must succeed. If the action succeeds although the allocation failed, it must leave
 * the same state as without a fault; only files in debugfs and a few in sysfs may be missing.
 * UNDO runs after each success.
 *
 *	insmod FILE [PARAMETERS]	rmmod MODULE
 *	read FILE			write FILE TEXT
 *	add INTERFACE PEER		del INTERFACE
 *	up INTERFACE			down INTERFACE
 *	mtu INTERFACE BYTES		rings INTERFACE RX TX
 *	channels INTERFACE NUMBER	flags INTERFACE BITS
 *	xdp INTERFACE
 *
 * For "insmod" the first allocation that fails is in the module's init function. Earlier
 * allocations are made by the kernel itself, and are the same for each module.
 * "insmod-all" begins with the very first allocation.
 *
 * The kernel log must contain only the faults themselves and messages about a lack of memory.
 * Prints one line for each of our allocations: module, function, what the function called, and
 * the outcome.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>

#include "rtnl.h"

#define MOST		5000	/* maximum number of allocations of one action */
#define SITES		1000
#define PATIENCE_MS	10000

static int nth_fd, kmsg_fd, inet_fd;
static char **action;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Actions ----------------------------------------------------------------- */

static int do_insmod(char **arg)
{
	int fd = open(arg[0], O_RDONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return errno;
	if (syscall(SYS_finit_module, fd, arg[1] ?: "", 0))
		err = errno;
	close(fd);
	return err;
}

static int do_rmmod(char **arg)
{
	return syscall(SYS_delete_module, arg[0], O_NONBLOCK) ? errno : 0;
}

static int do_read(char **arg)
{
	int fd = open(arg[0], O_RDONLY);
	char buf[4096];
	ssize_t n;
	int err;

	if (fd < 0)
		return errno;
	do {
		n = read(fd, buf, sizeof(buf));
	} while (n > 0);
	err = n < 0 ? errno : 0;
	close(fd);
	return err;
}

static int do_write(char **arg)
{
	int fd = open(arg[0], O_WRONLY);
	int err;

	if (fd < 0)
		return errno;
	err = write(fd, arg[1], strlen(arg[1])) < 0 ? errno : 0;
	close(fd);
	return err;
}

static int do_add(char **arg)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	int err;

	if (fd < 0)
		return errno;
	err = rtnl_add(fd, arg[0], arg[1]);
	close(fd);
	return err;
}

static int do_del(char **arg)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	int err;

	if (fd < 0)
		return errno;
	err = rtnl_del(fd, arg[0]);
	close(fd);
	return err;
}

static struct ifreq ifreq_of(const char *name)
{
	struct ifreq ifr = {};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return ifr;
}

static int set_up(const char *name, bool up)
{
	struct ifreq ifr = ifreq_of(name);

	ifr.ifr_flags = up ? IFF_UP : 0;
	return ioctl(inet_fd, SIOCSIFFLAGS, &ifr) ? errno : 0;
}

static int do_up(char **arg)
{
	return set_up(arg[0], true);
}

static int do_down(char **arg)
{
	return set_up(arg[0], false);
}

static int do_mtu(char **arg)
{
	struct ifreq ifr = ifreq_of(arg[0]);

	ifr.ifr_mtu = atoi(arg[1]);
	return ioctl(inet_fd, SIOCSIFMTU, &ifr) ? errno : 0;
}

/* @data begins with the number of the command. */
static int ethtool(const char *name, void *data)
{
	struct ifreq ifr = ifreq_of(name);

	ifr.ifr_data = data;
	return ioctl(inet_fd, SIOCETHTOOL, &ifr) ? errno : 0;
}

static int do_rings(char **arg)
{
	struct ethtool_ringparam p = { .cmd = ETHTOOL_SRINGPARAM,
		.rx_pending = atoi(arg[1]), .tx_pending = atoi(arg[2]) };

	return ethtool(arg[0], &p);
}

static int do_channels(char **arg)
{
	struct ethtool_channels p = { .cmd = ETHTOOL_SCHANNELS, .combined_count = atoi(arg[1]) };

	return ethtool(arg[0], &p);
}

static int do_flags(char **arg)
{
	struct ethtool_value p = { .cmd = ETHTOOL_SPFLAGS, .data = strtoul(arg[1], NULL, 0) };

	return ethtool(arg[0], &p);
}

/*
 * Attaches and detaches a program. If a failed attempt leaves anything behind, the next
 * attempt fails.
 */
static int do_xdp(char **arg)
{
	static int program = -1;
	int link;

	if (program < 0)
		program = xdp_program(2);	/* XDP_PASS */
	if (program < 0)
		die("BPF_PROG_LOAD");
	link = xdp_attach(arg[0], program);
	if (link < 0)
		return errno;
	close(link);
	return 0;
}

static const struct verb {
	const char *name;
	int args;
	int (*fn)(char **arg);
} verbs[] = {
	{ "insmod", 1, do_insmod }, { "insmod-all", 1, do_insmod }, { "rmmod", 1, do_rmmod },
	{ "read", 1, do_read }, { "write", 2, do_write },
	{ "add", 2, do_add }, { "del", 1, do_del },
	{ "up", 1, do_up }, { "down", 1, do_down }, { "mtu", 2, do_mtu },
	{ "rings", 3, do_rings }, { "channels", 2, do_channels }, { "flags", 2, do_flags },
	{ "xdp", 1, do_xdp },
};

static const struct verb *verb_of(char **words)
{
	unsigned int i;
	int n = 0;

	while (words[n])
		n++;
	for (i = 0; n && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(verbs[i].name, words[0]) && n > verbs[i].args)
			return &verbs[i];
	fprintf(stderr, "fail_nth: %s: see the first lines of fail_nth.c\n", words[0] ?: "?");
	exit(2);
}

static int run(char **words)
{
	return verb_of(words)->fn(words + 1);
}

/* The state of the machine ------------------------------------------------- */

/*
 * What the actions change. text[1] has what may be incomplete after a fault: the files in
 * debugfs, and the number of interrupts in sysfs. text[0] has everything else.
 */
struct state {
	char text[2][32768];
	size_t len[2];
};

static void note(struct state *s, int part, const char *format, ...)
{
	va_list args;
	size_t room = sizeof(s->text[part]) - s->len[part];
	int n;

	va_start(args, format);
	n = vsnprintf(s->text[part] + s->len[part], room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room) {
		fprintf(stderr, "fail_nth: no room for the state\n");
		exit(1);
	}
	s->len[part] += n;
}

/*
 * Skips sysfs files that may be missing: if the driver core cannot create them, it only logs an
 * error.
 */
static int visible(const struct dirent *entry)
{
	const char *name = entry->d_name;

	return name[0] != '.' && strcmp(name, "bind") && strcmp(name, "unbind") &&
	       strcmp(name, "uevent");
}

/* Adds to the state the names below a folder, down to a depth of @levels. */
static void note_names(struct state *s, int part, const char *path, int levels)
{
	struct dirent **names;
	char below[512];
	int i, n = scandir(path, &names, visible, alphasort);

	for (i = 0; i < n; i++) {
		snprintf(below, sizeof(below), "%s/%s", path, names[i]->d_name);
		note(s, part, "%s\n", below);
		if (levels > 1 && names[i]->d_type == DT_DIR)
			note_names(s, part, below, levels - 1);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static int count_names(const char *path)
{
	struct dirent **names;
	int i, n = scandir(path, &names, visible, NULL);

	for (i = 0; i < n; i++)
		free(names[i]);
	if (n >= 0)
		free(names);
	return n;
}

/* Adds to the state each module with the number of its users, and the testbench's interrupts. */
static void note_modules(struct state *s)
{
	char line[1024], name[64], size[32], users[32], *at;
	FILE *f = fopen("/proc/modules", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %31s %31s", name, size, users) == 3)
			note(s, 0, "module %s users %s\n", name, users);
	if (f)
		fclose(f);
	f = fopen("/proc/interrupts", "r");
	while (f && fgets(line, sizeof(line), f)) {
		at = strstr(line, " bench ");
		if (at)
			note(s, 0, "interrupt %d%s", atoi(line), at);
	}
	if (f)
		fclose(f);
	note(s, 1, "interrupt descriptors %d\n", count_names("/sys/kernel/irq"));
}

static void note_interface(struct state *s, const char *name)
{
	struct ethtool_ringparam rings = { .cmd = ETHTOOL_GRINGPARAM };
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };
	struct ethtool_value flags = { .cmd = ETHTOOL_GPFLAGS };
	struct ifreq ifr = ifreq_of(name);
	char path[128];

	if (ethtool(name, &channels))
		return;
	ethtool(name, &rings);
	ethtool(name, &flags);
	ioctl(inet_fd, SIOCGIFFLAGS, &ifr);
	note(s, 0, "%s up %d rings %u %u channels %u flags %x", name, ifr.ifr_flags & IFF_UP,
	     rings.rx_pending, rings.tx_pending, channels.combined_count, flags.data);
	ioctl(inet_fd, SIOCGIFMTU, &ifr);
	note(s, 0, " mtu %d\n", ifr.ifr_mtu);
	snprintf(path, sizeof(path), "/sys/class/net/%s/queues", name);
	note_names(s, 0, path, 1);
}

static void take(struct state *s)
{
	struct if_nameindex *interfaces = if_nameindex(), *i;

	memset(s, 0, sizeof(*s));
	note_modules(s);
	note_names(s, 0, "/sys/bus/bench", 3);
	note_names(s, 0, "/sys/devices/bench", 1);
	for (i = interfaces; i && i->if_index; i++) {
		note(s, 0, "interface %s\n", i->if_name);
		note_interface(s, i->if_name);
	}
	if_freenameindex(interfaces);
	note_names(s, 1, "/sys/kernel/debug/bh_testbench", 3);
	note_names(s, 1, "/sys/kernel/debug/napi_dummy", 2);
}

static bool same(const struct state *a, const struct state *b, bool debugfs)
{
	return !strcmp(a->text[0], b->text[0]) && (!debugfs || !strcmp(a->text[1], b->text[1]));
}

static void missing(const struct state *of, const struct state *in, const char *mark)
{
	char line[1024];
	const char *at, *end;
	int part;

	for (part = 0; part < 2; part++) {
		for (at = of->text[part]; (end = strchr(at, '\n')); at = end + 1) {
			snprintf(line, sizeof(line), "%.*s\n", (int)(end - at), at);
			if (!strstr(in->text[part], line))
				printf("  %s %s", mark, line);
		}
	}
}

/* Waits until the state is @wanted, because the kernel may remove things a moment later. */
static bool becomes(const struct state *wanted, bool debugfs, struct state *now)
{
	int ms;

	for (ms = 0; ms < PATIENCE_MS; ms += 20) {
		take(now);
		if (same(now, wanted, debugfs))
			return true;
		usleep(20000);
	}
	missing(wanted, now, "-");
	missing(now, wanted, "+");
	return false;
}

/* The kernel log ------------------------------------------------------------ */

/* Place of a failed allocation: our innermost function, and the function that it called. */
struct site {
	char where[160];
	char called[80];
	bool reported;
	bool in_init;
};

/* Reads the text of one record, without its header. Returns false at the end of the log. */
static bool kmsg_next(char *buf, size_t size, int *level)
{
	ssize_t n;
	char *text;

	do {
		n = read(kmsg_fd, buf, size - 1);
		if (n < 0 && errno == EPIPE) {
			fprintf(stderr, "fail_nth: the log is faster than this program\n");
			exit(1);
		}
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	*level = atoi(buf) & 7;
	text = strchr(buf, ';');
	if (text) {
		text++;
		text[strcspn(text, "\n")] = '\0';
		memmove(buf, text, strlen(text) + 1);
	}
	return true;
}

/*
 * The harmless messages of kmsg.sh, and messages about the error that the fault causes.
 * Most messages about the error contain its number or its name.
 */
static const char * const harmless[] = {
	"out-of-tree module", "module verification failed", "hrtimer: interrupt took",
	"perf: interrupt took too long", "clocksource: ", " hogged CPU for ",
	"error -12", "error: -12", ": -12", "err = -12", "ENOMEM", "out of free dentries",
	"driver_sysfs_add(", "kobject: can not set name properly", "failed to create module links",
	"add_bind_files(", "uevent attr (", "Failed to add kobject for irq",
	"Out of memory", "out of memory", "socket: no more sockets",
};

static bool is_harmless(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		if (strstr(text, harmless[i]))
			return true;
	return false;
}

/* Parses a line of a trace, "function+0x12/0x34 [module]". Ignores uncertain lines ("?"). */
static void frame(struct site *site, const char *text)
{
	static char last[80];
	char function[80], module[64];

	/* sscanf() also returns 1 if no offset follows the function's name. */
	if (strchr(text, '?') || !strstr(text, "+0x") ||
	    sscanf(text, " %79[A-Za-z0-9_.]+0x", function) != 1)
		return;
	if (!strcmp(function, "do_init_module"))
		site->in_init = true;
	if (!*site->where && sscanf(strchr(text, '+'), "+0x%*[0-9a-f]/0x%*[0-9a-f] [%63[^]]",
				    module) == 1) {
		snprintf(site->where, sizeof(site->where), "%s %s+0x%lx", module, function,
			 strtoul(strchr(text, '+') + 1, NULL, 16));
		snprintf(site->called, sizeof(site->called), "%s", last);
	}
	snprintf(last, sizeof(last), "%s", function);
}

/* Reads the new records of the log. Returns true if no new record reports a mistake. */
static bool read_log(struct site *site)
{
	bool in_fault = false, clean = true;
	static char text[8192];
	int level;

	memset(site, 0, sizeof(*site));
	while (kmsg_next(text, sizeof(text), &level)) {
		if (strstr(text, "FAULT_INJECTION: forcing a failure")) {
			in_fault = true;
			site->reported = true;
		} else if (in_fault) {
			in_fault = !strstr(text, "</TASK>");
			frame(site, text);
		} else if (strstr(text, "BUG:") || strstr(text, "WARNING:") ||
			   (level <= 4 && !is_harmless(text))) {
			printf("log: %s\n", text);
			clean = false;
		}
	}
	return clean;
}

/* One allocation after the other -------------------------------------------- */

static void set_nth(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(nth_fd, text, len, 0) != len)
		die("fail-nth");
}

/* Returns true if an allocation has failed. Sets the count to 0, so no other allocation fails. */
static bool nth_hit(void)
{
	char text[16] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) <= 0)
		die("fail-nth");
	set_nth(0);
	return atoi(text) == 0;
}

static int run_failing(int n, bool *hit)
{
	int err;

	set_nth(n);
	err = run(action);
	*hit = nth_hit();
	return err;
}

/*
 * Errors that mean a lack of memory. The kernel returns EAGAIN if it cannot create a thread,
 * ENOBUFS if it cannot allocate a message, and ENFILE if it cannot allocate a socket.
 */
static bool for_memory(int err)
{
	return err == ENOMEM || err == ENOBUFS || err == EAGAIN || err == ENFILE;
}

static struct state before, after, now;
static char **undo;

static bool undone(void)
{
	int err, ms;

	if (!*undo)
		return true;
	for (ms = 0; (err = run(undo)) && ms < PATIENCE_MS; ms += 20)
		usleep(20000);
	if (err)
		printf("undo: %s\n", strerror(err));
	return !err && becomes(&before, true, &now);
}

/*
 * Finds the first allocation of insmod that the module's init function makes. This is a
 * bisection: the trace of each fault shows whether the init function made the allocation.
 * Skips allocations that report nothing (__GFP_NOWARN).
 */
static int first_of_init(void)
{
	int low = 0, high = MOST, n;
	struct site site = {};
	bool hit = true;

	while (high - low > 1) {
		for (n = low + (high - low) / 2; n < high; n++) {
			if (!run_failing(n, &hit) && !undone())
				exit(1);
			read_log(&site);
			if (!hit || site.reported)
				break;
		}
		if (hit && !site.in_init && n < high)
			low = n;
		else
			high = low + (high - low) / 2;
	}
	return high;
}

static struct tried {
	struct site site;
	char outcome[64];
	int times;
} tried[SITES];
static int sites;

static void count(const struct site *site, const char *outcome)
{
	int i;

	for (i = 0; i < sites; i++)
		if (!strcmp(tried[i].site.where, site->where) &&
		    !strcmp(tried[i].site.called, site->called) &&
		    !strcmp(tried[i].outcome, outcome))
			break;
	if (i == SITES)
		return;
	if (i == sites)
		sites++;
	tried[i].site = *site;
	snprintf(tried[i].outcome, sizeof(tried[i].outcome), "%s", outcome);
	tried[i].times++;
}

/* If driver_register() cannot create the module's folder "drivers", it returns EINVAL. */
static bool by_driver_core(int err, const struct site *site)
{
	return err == EINVAL && !strcmp(site->called, "driver_register");
}

/* Makes the n-th allocation of the action fail. Returns true if the outcome is right. */
static bool try(int n, bool *hit)
{
	int err = run_failing(n, hit);
	const char *outcome = err ? strerror(err) : "goes on without";
	bool done = !err, good = true;
	struct site site;
	int wrong = 0;

	if (!*hit && err) {
		printf("%d: no fault, and %s\n", n, strerror(err));
		good = false;
	} else if (err && !for_memory(err)) {
		wrong = err;
	}
	/*
	 * Perhaps the kernel has done the action, and has then failed to allocate netlink's
	 * answer.
	 */
	if (err == ENOBUFS) {
		take(&now);
		if (same(&now, &after, false)) {
			done = true;
			outcome = "done, without an answer";
		}
	}
	if (!becomes(done ? &after : &before, !done || !*hit, &now)) {
		printf("%d: %s, and not as %s\n", n, outcome, done ? "after it" : "before");
		good = false;
	}
	if (done)
		good = undone() && good;
	if (!done && good) {
		err = run(action);
		if (err || !becomes(&after, true, &now)) {
			printf("%d: the next time: %s\n", n, strerror(err));
			good = false;
		}
		good = good && (err || undone());
	}
	good = read_log(&site) && good;
	if (wrong && !by_driver_core(wrong, &site)) {
		printf("%d: %s is no error of memory\n", n, strerror(wrong));
		good = false;
	}
	if (!good)
		printf("%d: in %s, which called %s\n", n, *site.where ? site.where : "the kernel",
		       *site.called ? site.called : "nothing");
	if (*hit)
		count(&site, outcome);
	return good;
}

static void show(int first, int n)
{
	int i, ours = 0;

	for (i = 0; i < sites; i++) {
		if (!*tried[i].site.where)
			continue;
		ours += tried[i].times;
		printf("%s: %s: %s, %d\n", tried[i].site.where, tried[i].site.called,
		       tried[i].outcome, tried[i].times);
	}
	for (i = 0; i < sites; i++)
		if (!*tried[i].site.where)
			printf("(kernel): %s, %d\n", tried[i].outcome, tried[i].times);
	printf("allocations %d to %d failed, of these %d below functions of ours\n", first, n - 1,
	       ours);
}

int main(int argc, char **argv)
{
	int i, n, first = 1, err;
	struct site site;
	bool hit, good = true;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++)
		;
	action = argv + 1;
	undo = i < argc ? argv + i + 1 : argv + argc;
	argv[i] = NULL;
	verb_of(action);
	nth_fd = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0) {
		printf("no /proc/self/fail-nth: the kernel needs CONFIG_FAULT_INJECTION\n");
		return 4;
	}
	kmsg_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	inet_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (kmsg_fd < 0 || inet_fd < 0 || lseek(kmsg_fd, 0, SEEK_END) < 0)
		die("/dev/kmsg");
	setvbuf(stdout, NULL, _IOLBF, 0);

	/*
	 * First run the action twice without a fault: some things are allocated only once per
	 * boot.
	 */
	for (i = 0; i < 2; i++) {
		take(&before);
		err = run(action);
		if (err) {
			printf("without a fault: %s\n", strerror(err));
			return 1;
		}
		usleep(i * 200000);
		take(&after);
		if (!*undo)
			before = after;
		if (!undone())
			return 1;
	}
	if (!strcmp(*action, "insmod"))
		first = first_of_init();
	read_log(&site);
	for (n = first; n < MOST; n++) {
		good = try(n, &hit) && good;
		if (!hit || !good)
			break;
		if (n % 50 == 0)
			fprintf(stderr, "%s: %d allocations have failed\n", *action, n);
	}
	show(first, n);
	return !good || n == MOST;
}
