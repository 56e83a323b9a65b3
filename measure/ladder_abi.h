/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What ladder.ko and climb.c share: /dev/bh_ladder, its ioctls and its memory.
 *
 * A sample is five readings of the cycle counter, in the order of time:
 *
 *	event ---> top ---> raised ---> run ---> again
 *
 * The device makes the interrupt; the top half begins; it asks for the bottom
 * half; that begins; whoever was interrupted goes on. Whoever is there takes
 * the last reading: the program in user space, the idle task, or the flood.
 */
#ifndef _LADDER_ABI_H
#define _LADDER_ABI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define LADDER_DEVICE	"/dev/bh_ladder"
#define LADDER_NAME	24
#define LADDER_SAMPLES	16384

struct ladder_sample {
	__u64 event;
	__u64 top;
	__u64 raised;
	__u64 run;	/* 0: not yet */
	__u64 again;	/* 0: not yet */
};

/* mmap() at offset 0, shared. */
struct ladder_area {
	struct ladder_sample sample[LADDER_SAMPLES];
};

/**
 * struct ladder_choice - one rung: a mechanism
 * @index: from 0; past the last one LADDER_SELECT and LADDER_NAME_OF fail with ENOENT
 * @cpu: LADDER_SELECT: where tasks run that the mechanism lets choose; -1: here
 * @crosses: LADDER_NAME_OF: it lets choose
 * @probed: LADDER_SELECT: top and bottom half have the bench's probes in them
 * @name: LADDER_NAME_OF: its name
 */
struct ladder_choice {
	__u32 index;
	__s32 cpu;
	__u32 crosses;
	__u32 probed;
	char name[LADDER_NAME];
};

/* The next event, number @sample. LADDER_FLOOD: so many of them, from there on. */
struct ladder_event {
	__u32 sample;
	__u32 count;
	__u64 ns;	/* from now on; LADDER_ARM only */
	__u32 idle;	/* the idle task is who goes on; LADDER_ARM only */
	__u32 reserved;
};

#define LADDER_NAME_OF	_IOWR('b', 1, struct ladder_choice)
#define LADDER_SELECT	_IOW('b', 2, struct ladder_choice)
#define LADDER_ARM	_IOW('b', 3, struct ladder_event)
#define LADDER_FLOOD	_IOW('b', 4, struct ladder_event)

#endif /* _LADDER_ABI_H */
