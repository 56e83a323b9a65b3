// SPDX-License-Identifier: GPL-2.0
/*
 * climb - have ladder.ko go through its mechanisms, and say what came of it
 *
 *	climb [-n EVENTS] [-q FILE] [-e] [-p] SETTING [RUNG...]
 *	climb -l
 *
 * SETTING is what the CPU does when the event comes:
 *
 *	idle	nothing
 *	user	a loop in user space: this program
 *	flood	a network card's softirq
 *	cross	as user; the task that is woken is another CPU's
 *
 * A line a rung, fields divided by tabs:
 *
 *	setting rung events, and min p50 p90 p99 max of the latency, then of the
 *	round trip
 *
 * The latency is from the raise of the bottom half, the last statement of the
 * top half, to its first one; of the hard interrupt itself, from the event to the
 * top half. The round trip is from the event to the interrupted one going on,
 * when the bottom half is over; in a flood that does not wait for it. All in
 * readings of the cycle counter. -e counts the latency from the event: where the
 * top half is a thread, its own wait is in it then. Two lines before say of what it
 * is made, "RUNG:top" to the top half, "RUNG:bottom" from the raise on. -q adds 101
 * quantiles of the latency, a line a rung, to FILE. -p puts the bench's probes into
 * both halves, -l lists the rungs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "ladder_abi.h"

#define WARM_UP		50	/* events that do not count: caches and pools fill */
#define LEAD_NS		20000	/* from the order to the event */
#define NAP_NS		100000	/* before looking, while idle; then twice as long */
#define NAP_MAX_NS	3200000

static int fd;
static struct ladder_area *area;	/* the module writes in it */
static int from_event;		/* -e */

/* A reading of the module's: 0 while it is not there. */
static unsigned long long there(const __u64 *reading)
{
	return __atomic_load_n(reading, __ATOMIC_ACQUIRE);
}

static void die(const char *what)
{
	fprintf(stderr, "climb: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void arm(unsigned int sample, int idle)
{
	struct ladder_event event = {
		.sample = sample, .ns = LEAD_NS, .idle = idle,
	};

	/* Busy: on another CPU, the last bottom half is not quite through. */
	while (ioctl(fd, LADDER_ARM, &event))
		if (errno != EBUSY)
			die("LADDER_ARM");
}

/* Sleeps, so that there is nothing else to do for the CPU. */
static void event_idle(unsigned int sample)
{
	struct timespec nap = { .tv_nsec = NAP_NS };

	arm(sample, 1);
	do {
		nanosleep(&nap, NULL);
		/* Each look costs: what takes long is looked at less often. */
		if (nap.tv_nsec < NAP_MAX_NS)
			nap.tv_nsec *= 2;
	} while (!there(&area->sample[sample].run) ||
		 !there(&area->sample[sample].again));
}

/* Never leaves user space by itself. */
static void event_user(unsigned int sample)
{
	struct ladder_sample *s = &area->sample[sample];

	arm(sample, 0);
	while (!there(&s->run))
		;
	s->again = __rdtsc();
}

static void flood(unsigned int count)
{
	struct ladder_event event = { .count = count };

	if (ioctl(fd, LADDER_FLOOD, &event))
		die("LADDER_FLOOD");
}

static int compare(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a;
	unsigned long long y = *(const unsigned long long *)b;

	return x < y ? -1 : x > y;
}

static unsigned long long quantile(const unsigned long long *sorted,
				   unsigned int n, unsigned int percent)
{
	return sorted[(unsigned long long)(n - 1) * percent / 100];
}

static void print_quantiles(unsigned long long *value, unsigned int n)
{
	static const unsigned int percent[] = { 0, 50, 90, 99, 100 };
	unsigned int i;

	qsort(value, n, sizeof(*value), compare);
	for (i = 0; i < sizeof(percent) / sizeof(*percent); i++)
		printf("\t%llu", quantile(value, n, percent[i]));
}

static void report(const char *setting, const char *name, const char *part,
		   unsigned int n, FILE *all)
{
	static unsigned long long latency[LADDER_SAMPLES];
	static unsigned long long trip[LADDER_SAMPLES];
	int to_top = !strcmp(part, ":top") || !strcmp(name, "hardirq");
	int from_raise = !from_event || !strcmp(part, ":bottom");
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct ladder_sample *s = &area->sample[WARM_UP + i];

		if (to_top)
			latency[i] = s->top - s->event;
		else
			latency[i] = s->run - (from_raise ? s->raised : s->event);
		trip[i] = s->again - s->event;
	}
	printf("%s\t%s%s\t%u", setting, name, part, n);
	print_quantiles(latency, n);
	print_quantiles(trip, n);
	printf("\n");
	fflush(stdout);
	if (!all)
		return;
	fprintf(all, "%s\t%s%s", setting, name, part);
	for (i = 0; i <= 100; i++)
		fprintf(all, "\t%llu", quantile(latency, n, i));
	fprintf(all, "\n");
}

static void pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* Is it among the names that were asked for? None: all are. */
static int wanted(const char *name, char **names)
{
	if (!*names)
		return 1;
	for (; *names; names++)
		if (!strcmp(name, *names))
			return 1;
	return 0;
}

static void take(struct ladder_choice *rung, const char *setting,
		 unsigned int n, FILE *all)
{
	unsigned int i;

	rung->cpu = strcmp(setting, "cross") ? 0 : 1;
	if (ioctl(fd, LADDER_SELECT, rung)) {
		if (errno == EOPNOTSUPP) {
			fprintf(stderr, "climb: this kernel has no %s\n",
				rung->name);
			return;
		}
		die(rung->name);
	}
	if (!strcmp(setting, "flood"))
		flood(WARM_UP + n);
	else
		for (i = 0; i < WARM_UP + n; i++)
			if (!strcmp(setting, "idle"))
				event_idle(i);
			else
				event_user(i);
	if (from_event) {
		report(setting, rung->name, ":top", n, all);
		report(setting, rung->name, ":bottom", n, all);
	}
	report(setting, rung->name, "", n, all);
}

static void open_ladder(void)
{
	fd = open(LADDER_DEVICE, O_RDWR);
	if (fd < 0)
		die(LADDER_DEVICE ", of ladder.ko");
}

static int list_rungs(void)
{
	struct ladder_choice rung = { 0 };

	open_ladder();
	for (; !ioctl(fd, LADDER_NAME_OF, &rung); rung.index++)
		printf("%s\n", rung.name);
	return 0;
}

static void wrong_usage(void)
{
	fprintf(stderr, "Usage: climb [-n EVENTS] [-q FILE] [-e] [-p] SETTING [RUNG...]\n");
	fprintf(stderr, "       climb -l\nSETTING is idle, user, flood or cross.\n");
	exit(2);
}

int main(int argc, char **argv)
{
	struct ladder_choice rung = { 0 };
	unsigned int n = 1000;
	const char *setting;
	FILE *all = NULL;
	int list = 0;
	int option;

	while ((option = getopt(argc, argv, "eln:pq:")) != -1) {
		switch (option) {
		case 'e':
			from_event = 1;
			break;
		case 'l':
			list = 1;
			break;
		case 'n':
			n = strtoul(optarg, NULL, 10);
			break;
		case 'p':
			rung.probed = 1;
			break;
		case 'q':
			all = fopen(optarg, "a");
			if (!all)
				die(optarg);
			break;
		default:
			wrong_usage();
		}
	}
	if (list)
		return list_rungs();
	if (optind == argc || !n || n > LADDER_SAMPLES - WARM_UP)
		wrong_usage();
	setting = argv[optind++];
	if (!wanted(setting, (char *[]) { "idle", "user", "flood", "cross", NULL }))
		wrong_usage();

	pin();
	open_ladder();
	area = mmap(NULL, sizeof(*area), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_POPULATE, fd, 0);
	if (area == MAP_FAILED)
		die("mmap");

	for (; !ioctl(fd, LADDER_NAME_OF, &rung); rung.index++)
		if (wanted(rung.name, argv + optind) &&
		    (strcmp(setting, "cross") || rung.crosses))
			take(&rung, setting, n, all);
	return 0;
}
