// SPDX-License-Identifier: GPL-2.0
/*
 * The debugfs files of bh_testbench: a wrong write fails with the right error and changes
 * nothing, and only root may write.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#define BENCH "/sys/kernel/debug/bh_testbench"
#define LINE BENCH "/demo_tasklet"

/* Returns 0, or the errno of the failed write. */
static int file_write(const char *path, const char *text)
{
	ssize_t n;
	int err = 0;
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return errno;
	n = write(fd, text, strlen(text));
	if (n < 0)
		err = errno;
	else if ((size_t)n != strlen(text))
		err = EIO;
	close(fd);
	return err;
}

static size_t file_read(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		return 0;
	n = fread(buf, 1, size - 1, f);
	buf[n] = '\0';
	fclose(f);
	return n;
}

static long long counter(const char *name)
{
	char key[64];
	long long n, found = -1;
	FILE *f = fopen(LINE "/counters", "r");

	if (!f)
		return -1;
	while (fscanf(f, "%63s %lld", key, &n) == 2)
		if (!strcmp(key, name))
			found = n;
	fclose(f);
	return found;
}

/* Returns the number of a CPU that exists and is offline, or -1. */
static int take_cpu_offline(void)
{
	if (file_write("/sys/devices/system/cpu/cpu1/online", "0"))
		return -1;
	return 1;
}

/*
 * Harmless messages: the tests do not cause them, or they say that an emulated CPU is slow.
 * lib.sh has the same list.
 */
static const char * const harmless[] = {
	"out-of-tree module",
	"module verification failed",
	"hrtimer: interrupt took",
	"perf: interrupt took too long",
	"clocksource: ",
	" hogged CPU for ",
};

static int is_harmless(const char *message)
{
	size_t i;

	for (i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		if (strstr(message, harmless[i]))
			return 1;
	return 0;
}

/*
 * Returns true if the kernel log, from the position of fd on, contains a warning or an
 * error that is not in the list of harmless messages.
 */
static int kmsg_warns(int fd, char *buf, size_t size)
{
	ssize_t n;

	while ((n = read(fd, buf, size - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		if (n < 0)
			continue;
		buf[n] = '\0';
		/* "priority and facility,sequence,time,flags;text" */
		if ((atoi(buf) & 7) <= 4 && !is_harmless(buf))
			return 1;
	}
	return 0;
}

FIXTURE(debugfs_files)
{
	long long raised;
	int kmsg;
};

FIXTURE_SETUP(debugfs_files)
{
	if (geteuid() != 0)
		SKIP(return, "needs root");
	if (system("modprobe -q demo_tasklet") != 0)
		SKIP(return, "module demo_tasklet is not installed");
	self->kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	ASSERT_GE(self->kmsg, 0);
	lseek(self->kmsg, 0, SEEK_END);
	self->raised = counter("events_raised");
	ASSERT_GE(self->raised, 0);
}

FIXTURE_TEARDOWN(debugfs_files)
{
	char report[8192];

	EXPECT_EQ(0, system("rmmod demo_tasklet"));
	EXPECT_EQ(0, kmsg_warns(self->kmsg, report, sizeof(report)))
		TH_LOG("dmesg: %s", report);
	close(self->kmsg);
}

static const struct refusal {
	const char *text;
	int err;
} raise_refusals[] = {
	{ "0", EINVAL },
	{ "-1", EINVAL },
	{ "", EINVAL },
	{ " ", EINVAL },
	{ "one", EINVAL },
	{ "1x", EINVAL },
	{ "1 0 0", EINVAL },
	{ "1 x", EINVAL },
	{ "1 -1", EINVAL },
	{ "0x", EINVAL },
	{ "1000001", ERANGE },
	{ "4294967297", ERANGE },
	{ "99999999999999999999999", ERANGE },
	{ "1 4096", EINVAL },
};

static const struct refusal rate_refusals[] = {
	{ "0", EINVAL },
	{ "-5", EINVAL },
	{ "fast", EINVAL },
	{ "of", EINVAL },
	{ "10 x", EINVAL },
	{ "10 4096", EINVAL },
	{ "100001", ERANGE },
	{ "99999999999999999999999", ERANGE },
};

static const struct refusal spurious_refusals[] = {
	{ "0", EINVAL },
	{ "-1", EINVAL },
	{ "one", EINVAL },
	{ "1 x", EINVAL },
	{ "1 4096", EINVAL },
	{ "2", ERANGE },
};

TEST_F(debugfs_files, raise_refuses)
{
	for (size_t i = 0; i < ARRAY_SIZE(raise_refusals); i++) {
		const struct refusal *r = &raise_refusals[i];

		/* an empty write() never reaches the kernel's handler */
		if (!*r->text)
			continue;
		EXPECT_EQ(r->err, file_write(LINE "/raise", r->text))
			TH_LOG("raise <- \"%s\"", r->text);
	}
	EXPECT_EQ(self->raised, counter("events_raised"));
}

TEST_F(debugfs_files, rate_refuses)
{
	char before[64], after[64];

	ASSERT_EQ(0, file_write(LINE "/rate", "off"));
	ASSERT_GT(file_read(LINE "/rate", before, sizeof(before)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rate_refusals); i++) {
		const struct refusal *r = &rate_refusals[i];

		EXPECT_EQ(r->err, file_write(LINE "/rate", r->text))
			TH_LOG("rate <- \"%s\"", r->text);
	}
	ASSERT_GT(file_read(LINE "/rate", after, sizeof(after)), 0);
	EXPECT_STREQ(before, after);
	EXPECT_EQ(self->raised, counter("events_raised"));
}

TEST_F(debugfs_files, spurious_refuses)
{
	long long calls = counter("returned_none");

	for (size_t i = 0; i < ARRAY_SIZE(spurious_refusals); i++) {
		const struct refusal *r = &spurious_refusals[i];

		EXPECT_EQ(r->err, file_write(LINE "/spurious", r->text))
			TH_LOG("spurious <- \"%s\"", r->text);
	}
	EXPECT_EQ(calls, counter("returned_none"));
}

TEST_F(debugfs_files, a_refused_rate_leaves_the_running_one)
{
	char before[64], after[64];

	ASSERT_EQ(0, file_write(LINE "/rate", "50"));
	ASSERT_GT(file_read(LINE "/rate", before, sizeof(before)), 0);
	EXPECT_EQ(EINVAL, file_write(LINE "/rate", "0"));
	ASSERT_GT(file_read(LINE "/rate", after, sizeof(after)), 0);
	EXPECT_STREQ(before, after);
	EXPECT_EQ(0, file_write(LINE "/rate", "off"));
}

TEST_F(debugfs_files, an_offline_cpu_is_refused)
{
	int cpu = take_cpu_offline();
	char text[32];

	if (cpu < 0)
		SKIP(return, "no CPU here can go offline");
	snprintf(text, sizeof(text), "1 %d", cpu);
	EXPECT_EQ(EINVAL, file_write(LINE "/raise", text));
	snprintf(text, sizeof(text), "10 %d", cpu);
	EXPECT_EQ(EINVAL, file_write(LINE "/rate", text));
	EXPECT_EQ(self->raised, counter("events_raised"));
	EXPECT_EQ(0, file_write("/sys/devices/system/cpu/cpu1/online", "1"));
}

TEST_F(debugfs_files, raise_raises_exactly)
{
	EXPECT_EQ(0, file_write(LINE "/raise", "1"));
	EXPECT_EQ(self->raised + 1, counter("events_raised"));
	EXPECT_EQ(0, file_write(LINE "/raise", "1000 0\n"));
	EXPECT_EQ(self->raised + 1001, counter("events_raised"));
}

TEST_F(debugfs_files, read_only_files_refuse_writes)
{
	EXPECT_NE(0, file_write(LINE "/counters", "0"));
	EXPECT_NE(0, file_write(LINE "/account", "0"));
	EXPECT_EQ(self->raised, counter("events_raised"));
}

TEST_F(debugfs_files, only_root_may_write)
{
	int status;
	pid_t pid = fork();

	ASSERT_GE(pid, 0);
	if (pid == 0) {
		if (setgid(65534) || setuid(65534))
			_exit(2);
		_exit(open(LINE "/raise", O_WRONLY) < 0 && errno == EACCES ? 0 : 1);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_HARNESS_MAIN
