/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What bh_latency.ko and latency.c share: /dev/bh_latency, its ioctls and its memory.
 *
 * A sample is five readings of the cycle counter, in the order of time:
 *
 *	event ---> top ---> raised ---> run ---> resumed
 *
 * The device raises an event, the top half begins, the top half requests the bottom half,
 * the bottom half begins, and the interrupted code resumes. The interrupted code
 * (latency.c, the idle task or the flood) takes the last reading itself.
 */
#ifndef _LATENCY_ABI_H
#define _LATENCY_ABI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define LATENCY_DEVICE	"/dev/bh_latency"
#define LATENCY_NAME_LEN	24
#define LATENCY_SAMPLES	16384

struct latency_sample {
	__u64 event;
	__u64 top;
	__u64 raised;
	__u64 run;	/* 0 until the bottom half has begun */
	__u64 resumed;	/* 0 until the interrupted code has resumed */
};

/* The memory that mmap() of the device maps, at offset 0. Use MAP_SHARED. */
struct latency_area {
	struct latency_sample sample[LATENCY_SAMPLES];
};

/**
 * struct latency_choice - one mechanism
 * @index: counted from 0. After the last mechanism, LATENCY_SELECT and
 *	LATENCY_GET_NAME fail with ENOENT
 * @cpu: LATENCY_SELECT: the CPU on which the bottom half runs, for a mechanism
 *	that can choose its CPU; -1 is the CPU of the caller
 * @crosses: LATENCY_GET_NAME: the mechanism can choose the CPU
 * @probed: LATENCY_SELECT: put the testbench's probes into top and bottom half
 * @name: LATENCY_GET_NAME: name of the mechanism
 */
struct latency_choice {
	__u32 index;
	__s32 cpu;
	__u32 crosses;
	__u32 probed;
	char name[LATENCY_NAME_LEN];
};

/**
 * struct latency_event - the next event, or the events of a flood
 * @sample: index of the sample that gets the readings; for LATENCY_FLOOD, the index of the
 *	first event's sample
 * @count: LATENCY_FLOOD: number of events
 * @ns: LATENCY_ARM: nanoseconds from now to the event; LATENCY_FLOOD: longest pause
 *	between a bottom half and the next event; the pauses are spread evenly
 * @idle: LATENCY_ARM: the event interrupts the idle task, which takes the last
 *	reading
 * @reserved: not used
 */
struct latency_event {
	__u32 sample;
	__u32 count;
	__u64 ns;
	__u32 idle;
	__u32 reserved;
};

#define LATENCY_GET_NAME	_IOWR('b', 1, struct latency_choice)
#define LATENCY_SELECT	_IOW('b', 2, struct latency_choice)
#define LATENCY_ARM	_IOW('b', 3, struct latency_event)
#define LATENCY_FLOOD	_IOW('b', 4, struct latency_event)

#endif /* _LATENCY_ABI_H */
