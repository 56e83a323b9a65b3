// SPDX-License-Identifier: GPL-2.0
/*
 * latency - measure the mechanisms of bh_latency.ko and print their latencies
 *
 *	latency [-n EVENTS] [-q FILE] [-c FILE] [-e] [-p] [-w] SETTING [MECHANISM...]
 *	latency -l
 *
 * SETTING says what the CPU does when the event comes:
 *
 *	idle	nothing
 *	user	a loop in user space: this program
 *	flood	the softirq of a NIC under a flood of packets
 *	cross	as user, but the bottom half runs on another CPU
 *
 * Prints one line per mechanism, with fields separated by tabs:
 *
 *	setting mechanism events, then min p50 p90 p99 max of the latency, then the
 *	same five of the round trip
 *
 * Every value is the difference of two readings of the cycle counter. The latency begins
 * when the top half raises the bottom half, in the last statement of the top half. It ends
 * at the first statement of the bottom half. For the hard interrupt itself, the latency is
 * the time from the event to the top half. The round trip is the time from the event until
 * the interrupted code resumes after the bottom half. The flood resumes without waiting for
 * the bottom half.
 *
 *	-c	append what the CPU counted in the kernel to FILE, one line per mechanism:
 *		setting mechanism events, then cycles, instructions, cache misses, TLB misses
 *		and task switches per event, or "-" if this CPU does not count them. This
 *		includes the system calls of this program. So compare the numbers with the
 *		line of hardirq, which has no bottom half
 *	-e	measure the latency from the event on, so that it includes the time for
 *		which a threaded top half waits. Print two more lines before the line of
 *		a mechanism: MECHANISM:top for the part up to the top half, and
 *		MECHANISM:bottom for the part from the raise on
 *	-l	list the mechanisms
 *	-n	number of events, 1000 by default
 *	-p	put the testbench's probes into both halves, and say so in SETTING
 *	-q	append 101 quantiles of the latency to FILE, one line per mechanism
 *	-w	before each event, wait between 0 and one tick; the waits are spread evenly.
 *		This is for mechanisms that wait for the tick: otherwise every event would
 *		come right after the tick at which the previous bottom half ran
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "module/latency_abi.h"

#define WARM_UP		50	/* first events, which only fill caches and pools */
#define LEAD_NS		20000	/* from LATENCY_ARM to the event */
#define NAP_NS		100000	/* first sleep of event_idle(), doubled each time */
#define NAP_MAX_NS	3200000

static int fd;
static struct latency_area *area;	/* the module writes to it */
static int from_event;		/* -e */
static unsigned long long longest_wait;	/* -w: the longest wait before an event, in ns */
static const char *probes = "";	/* -p: added to the setting */

/* Like latency_cycles() of the module: the CPU must not read its counter too early. */
static unsigned long long cycles(void)
{
	_mm_lfence();
	return __rdtsc();
}

/* Returns a reading of the module, or 0 if the module has not taken this reading yet. */
static unsigned long long taken(const __u64 *reading)
{
	return __atomic_load_n(reading, __ATOMIC_ACQUIRE);
}

static void die(const char *what)
{
	fprintf(stderr, "latency: %s: %s\n", what, strerror(errno));
	exit(1);
}

/*
 * The waits of -w are spread evenly between 0 and @longest_wait: they are proportional to
 * the fractional parts of multiples of the golden ratio. Every run has the same waits.
 */
static unsigned long long wait_before(unsigned int sample)
{
	return longest_wait * (sample * 2654435769u) >> 32;
}

static void arm(unsigned int sample, int idle)
{
	struct latency_event event = {
		.sample = sample, .ns = LEAD_NS + wait_before(sample), .idle = idle,
	};

	/* EBUSY: the last bottom half, on another CPU, has not finished yet. */
	while (ioctl(fd, LATENCY_ARM, &event))
		if (errno != EBUSY)
			die("LATENCY_ARM");
}

/* This program sleeps, so that the event finds the CPU idle. */
static void event_idle(unsigned int sample)
{
	struct timespec nap = { .tv_nsec = NAP_NS };

	arm(sample, 1);
	do {
		nanosleep(&nap, NULL);
		/*
		 * Each check keeps the CPU busy, so check less often if the event does not
		 * come soon.
		 */
		if (nap.tv_nsec < NAP_MAX_NS)
			nap.tv_nsec *= 2;
	} while (!taken(&area->sample[sample].run) ||
		 !taken(&area->sample[sample].resumed));
}

/* Makes no system call between LATENCY_ARM and the event, so only interrupts enter the kernel. */
static void event_user(unsigned int sample)
{
	struct latency_sample *s = &area->sample[sample];

	arm(sample, 0);
	while (!taken(&s->run))
		;
	s->resumed = cycles();
}

static void flood(unsigned int count)
{
	struct latency_event event = { .count = count, .ns = longest_wait };

	if (ioctl(fd, LATENCY_FLOOD, &event))
		die("LATENCY_FLOOD");
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
	static unsigned long long latency[LATENCY_SAMPLES];
	static unsigned long long trip[LATENCY_SAMPLES];
	int to_top = !strcmp(part, ":top") || !strcmp(name, "hardirq");
	int from_raise = !from_event || !strcmp(part, ":bottom");
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct latency_sample *s = &area->sample[WARM_UP + i];

		if (to_top)
			latency[i] = s->top - s->event;
		else
			latency[i] = s->run - (from_raise ? s->raised : s->event);
		trip[i] = s->resumed - s->event;
	}
	printf("%s%s\t%s%s\t%u", setting, probes, name, part, n);
	print_quantiles(latency, n);
	print_quantiles(trip, n);
	printf("\n");
	if (fflush(stdout))
		die("standard output");
	if (!all)
		return;
	fprintf(all, "%s%s\t%s%s", setting, probes, name, part);
	for (i = 0; i <= 100; i++)
		fprintf(all, "\t%llu", quantile(latency, n, i));
	fprintf(all, "\n");
}

/* What the CPU counts (-c). A virtual CPU often has no such counters. */
static const struct counter {
	__u32 type;
	__u64 config;
} counters[] = {
	{ PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	{ PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
	{ PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES },
	{ PERF_TYPE_HW_CACHE, PERF_COUNT_HW_CACHE_DTLB |
			      PERF_COUNT_HW_CACHE_OP_READ << 8 |
			      PERF_COUNT_HW_CACHE_RESULT_MISS << 16 },
	{ PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES },
};

#define COUNTERS	(sizeof(counters) / sizeof(*counters))

static int counter_fd[COUNTERS];

static void open_counters(void)
{
	unsigned int i;

	for (i = 0; i < COUNTERS; i++) {
		struct perf_event_attr attr = {
			.size = sizeof(attr),
			.type = counters[i].type,
			.config = counters[i].config,
			.exclude_user = 1,
		};

		/* Counts all code on CPU 0, to which this program is pinned */
		counter_fd[i] = syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);
		if (counter_fd[i] < 0 && (errno == EACCES || errno == EPERM))
			die("perf_event_open");
	}
}

static void read_counters(unsigned long long *value)
{
	unsigned int i;

	for (i = 0; i < COUNTERS; i++)
		if (counter_fd[i] >= 0 &&
		    read(counter_fd[i], &value[i], sizeof(*value)) != sizeof(*value))
			die("perf counter");
}

static void print_counters(FILE *file, const char *setting, const char *name,
			   unsigned int events, const unsigned long long *before)
{
	unsigned long long now[COUNTERS];
	unsigned int i;

	read_counters(now);
	fprintf(file, "%s%s\t%s\t%u", setting, probes, name, events);
	for (i = 0; i < COUNTERS; i++)
		if (counter_fd[i] < 0)
			fprintf(file, "\t-");
		else
			fprintf(file, "\t%.1f", (double)(now[i] - before[i]) / events);
	fprintf(file, "\n");
}

/* The time from tick to tick is the resolution of the coarse clocks. */
static unsigned long long tick_ns(void)
{
	struct timespec tick;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick))
		die("clock_getres");
	return tick.tv_sec * 1000000000ull + tick.tv_nsec;
}

static void pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* Is @name among @names? An empty list stands for all names. */
static int wanted(const char *name, char **names)
{
	if (!*names)
		return 1;
	for (; *names; names++)
		if (!strcmp(name, *names))
			return 1;
	return 0;
}

static void take(struct latency_choice *mechanism, const char *setting,
		 unsigned int n, FILE *all, FILE *counted)
{
	unsigned long long before[COUNTERS];
	unsigned int i;

	mechanism->cpu = strcmp(setting, "cross") ? 0 : 1;
	if (ioctl(fd, LATENCY_SELECT, mechanism)) {
		if (errno == EOPNOTSUPP) {
			fprintf(stderr, "latency: this kernel has no %s\n",
				mechanism->name);
			return;
		}
		die(mechanism->name);
	}
	if (counted)
		read_counters(before);
	if (!strcmp(setting, "flood"))
		flood(WARM_UP + n);
	else
		for (i = 0; i < WARM_UP + n; i++)
			if (!strcmp(setting, "idle"))
				event_idle(i);
			else
				event_user(i);
	if (counted)
		print_counters(counted, setting, mechanism->name, WARM_UP + n, before);
	if (from_event) {
		report(setting, mechanism->name, ":top", n, all);
		report(setting, mechanism->name, ":bottom", n, all);
	}
	report(setting, mechanism->name, "", n, all);
}

static void open_device(void)
{
	fd = open(LATENCY_DEVICE, O_RDWR);
	if (fd < 0)
		die(LATENCY_DEVICE " (is bh_latency.ko loaded?)");
}

/* Is there a mechanism at @mechanism->index? If so, fills in the properties of the mechanism. */
static int describe(struct latency_choice *mechanism)
{
	if (!ioctl(fd, LATENCY_GET_NAME, mechanism))
		return 1;
	if (errno != ENOENT)
		die("LATENCY_GET_NAME");
	return 0;
}

/* Closes @file. Fails if any of the output was not written. */
static void finish(FILE *file, const char *name)
{
	int failed = ferror(file);

	errno = EIO;	/* the errno of an earlier failure is unknown */
	if (fclose(file) || failed)
		die(name);
}

static void list_mechanisms(void)
{
	struct latency_choice mechanism = { 0 };

	open_device();
	for (; describe(&mechanism); mechanism.index++)
		printf("%s\n", mechanism.name);
}

/* Without this check, a misspelt name would just give no figures. */
static void check_names(char **names)
{
	struct latency_choice mechanism = { 0 };

	for (; *names; names++) {
		for (mechanism.index = 0; describe(&mechanism); mechanism.index++)
			if (!strcmp(mechanism.name, *names))
				break;
		if (strcmp(mechanism.name, *names)) {
			fprintf(stderr, "latency: no mechanism %s: latency -l lists them\n",
				*names);
			exit(2);
		}
	}
}

static void wrong_usage(void)
{
	fprintf(stderr,
		"Usage: latency [-n EVENTS] [-q FILE] [-c FILE] [-e] [-p] [-w] SETTING [MECHANISM...]\n");
	fprintf(stderr, "       latency -l\nSETTING is idle, user, flood or cross.\n");
	exit(2);
}

int main(int argc, char **argv)
{
	struct latency_choice mechanism = { 0 };
	unsigned int n = 1000;
	const char *setting;
	const char *all_name = NULL;
	const char *counted_name = NULL;
	FILE *all = NULL;
	FILE *counted = NULL;
	int list = 0;
	int option;

	while ((option = getopt(argc, argv, "c:eln:pq:w")) != -1) {
		switch (option) {
		case 'c':
			counted_name = optarg;
			counted = fopen(counted_name, "a");
			if (!counted)
				die(counted_name);
			break;
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
			mechanism.probed = 1;
			probes = ", probes";
			break;
		case 'q':
			all_name = optarg;
			all = fopen(all_name, "a");
			if (!all)
				die(all_name);
			break;
		case 'w':
			longest_wait = tick_ns();
			break;
		default:
			wrong_usage();
		}
	}
	if (list) {
		list_mechanisms();
		finish(stdout, "standard output");
		return 0;
	}
	if (optind == argc || !n || n > LATENCY_SAMPLES - WARM_UP)
		wrong_usage();
	setting = argv[optind++];
	if (!wanted(setting, (char *[]) { "idle", "user", "flood", "cross", NULL }))
		wrong_usage();

	pin();
	open_device();
	check_names(argv + optind);
	area = mmap(NULL, sizeof(*area), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_POPULATE, fd, 0);
	if (area == MAP_FAILED)
		die("mmap");

	if (counted)
		open_counters();
	for (; describe(&mechanism); mechanism.index++)
		if (wanted(mechanism.name, argv + optind) &&
		    (strcmp(setting, "cross") || mechanism.crosses))
			take(&mechanism, setting, n, all, counted);
	if (counted)
		finish(counted, counted_name);
	if (all)
		finish(all, all_name);
	finish(stdout, "standard output");
	return 0;
}
