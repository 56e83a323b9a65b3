/* SPDX-License-Identifier: GPL-2.0 */
/*
 * timeline: a trace.dat becomes a picture. What its parts share.
 *
 *	trace_read.c	trace.dat -> events	(libtracecmd, in a process of its own)
 *	model.c		events -> boxes, arrows, marks
 *	draw.c		those -> a canvas, or a table of what took how long
 *	canvas.c	lines and words -> SVG (by hand) or PNG (cairo)
 */
#ifndef _TIMELINE_H
#define _TIMELINE_H

#include <stdbool.h>
#include <stddef.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NAME_LEN	48
#define COMM_LEN	16
#define MAX_CPUS	512
#define VECTORS		10

#define nsec	unsigned long long	/* by the clock of the trace */

/* ---- the events of a trace, as far as they say who ran and who asked for it */

enum event_kind {
	E_OTHER,		/* counts as a line of the trace, draws nothing */
	E_IRQ_ENTRY,		/* a: irq, name: of the action */
	E_IRQ_EXIT,		/* a: irq */
	E_VECTOR_ENTRY,		/* name: of an x86 vector */
	E_VECTOR_EXIT,
	E_SOFTIRQ_RAISE,	/* a: vector */
	E_SOFTIRQ_ENTRY,
	E_SOFTIRQ_EXIT,
	E_TASKLET_ENTRY,	/* name: function */
	E_TASKLET_EXIT,
	E_QUEUE_WORK,		/* key: work item, name: function */
	E_WORK_START,		/* likewise */
	E_WORK_END,		/* key */
	E_SWITCH,		/* a: pid that goes, b: pid that comes, name: its comm */
	E_WAKING,		/* a: pid, name: comm */
	E_RAISE,		/* bottom_half:bh_raise: a: irq, b: mechanism, name: line */
	E_RUN,			/* bottom_half:bh_run: the same, key: delay in ns */
	E_NAPI_POLL,		/* a: work, b: budget, name: device */
	E_PACKET,		/* name: device */
	E_KINDS
};

#define IN_HARDIRQ	1	/* of struct event's where: as the kernel noted it */
#define IN_SOFTIRQ	2

/**
 * struct event - one line of the trace
 * @ts: time, by the trace's clock
 * @key: see enum event_kind
 * @a: likewise
 * @b: likewise
 * @number: the how-many-th line of the trace it is, from 1
 * @lost: so many events were lost on this CPU before it; -1: some, not counted
 * @kind: enum event_kind
 * @cpu: where
 * @pid: current, at the time
 * @where: IN_HARDIRQ, IN_SOFTIRQ
 * @name: see enum event_kind
 * @comm: of @pid
 */
struct event {
	nsec ts;
	unsigned long long key;
	long long a, b;
	unsigned long number;
	long long lost;
	int kind;
	int cpu;
	int pid;
	int where;
	char name[NAME_LEN];
	char comm[COMM_LEN];
};

struct trace {
	struct event *event;
	size_t events;
	size_t room;
	int cpus;
};

/* Reads @file, or says on stderr what is wrong with it. 0 or -1. */
int trace_read(struct trace *trace, const char *file, int patience);

const char *vector_name(long long vector);
const char *mechanism_name(long long mechanism);

/* ---- what ran, and who waited for it */

enum context {
	IN_IRQ,			/* one lane a CPU each, in this order */
	IN_SIRQ,
	IN_KSOFTIRQD,
	IN_IRQTHREAD,
	IN_KWORKER,
	IN_USER,		/* any other task; not the idle task */
	CONTEXTS
};

/**
 * struct box - something ran here, from begin to end
 * @depth: 0 fills the lane, 1 stands inside
 * @span: began and ended, but did not run all the time: a work item that slept
 * @no_begin: it began before the trace, or while events were lost
 * @no_end: likewise
 */
struct box {
	nsec begin, end;
	unsigned long number;
	int cpu;
	enum context in;
	int depth;
	bool span;
	bool no_begin, no_end;
	char name[NAME_LEN];
};

enum arrow_kind {
	A_SOFTIRQ,		/* raised -> served */
	A_WORK,			/* queued -> executed */
	A_BH,			/* our tracepoints: raise -> run */
	A_WAKE,			/* woken -> runs */
	ARROW_KINDS
};

struct arrow {
	nsec from, to;
	nsec delay;
	unsigned long number;	/* of the event at its end */
	int from_cpu, to_cpu;
	enum context from_in, to_in;
	enum arrow_kind kind;
	char name[NAME_LEN];	/* what was asked for */
	char line[NAME_LEN];	/* whose, of A_BH */
};

struct mark {
	nsec at;
	int cpu;
	enum context in;
	bool lost;		/* events are missing before it */
	char name[NAME_LEN];
};

struct model {
	struct box *box;
	size_t boxes, box_room;
	struct arrow *arrow;
	size_t arrows, arrow_room;
	struct mark *mark;
	size_t marks, mark_room;
	nsec begin, end;	/* of the trace */
	int cpus;
	long long lost;		/* events known to be lost */
	size_t lost_places;
};

int model_build(struct model *model, const struct trace *trace);
void model_free(struct model *model);

/* ---- the picture */

struct view {
	nsec from, to;
	int width;
	bool dark;
	bool some_cpus;		/* only those in @cpu */
	bool cpu[MAX_CPUS];
	bool squeeze;		/* leave out long times in which nothing happens */
	const char *title;
	const char *note;	/* under the title */
};

int draw(const struct model *model, const struct view *view, const char *file);
void summary(const struct model *model, const struct view *view);

/* ---- the canvas */

enum paint {
	P_IRQ,			/* the first CONTEXTS: as enum context */
	P_SIRQ,
	P_KSOFTIRQD,
	P_IRQTHREAD,
	P_KWORKER,
	P_USER,
	P_BACK,
	P_GRID,
	P_TEXT,
	P_MUTED,
	P_ARROW,		/* the kernel's own tracepoints */
	P_BH,			/* ours */
	P_LOST,
	PAINTS
};

enum anchor {
	LEFT,
	MIDDLE,
	RIGHT
};

struct canvas;

struct canvas *canvas_new(const char *file, double width, double height, bool dark);
int canvas_close(struct canvas *c);

/* @strength: of the filling, 0 (outline only, dashed) to 1; @tip: shown under the mouse */
void canvas_box(struct canvas *c, double x, double y, double w, double h,
		enum paint paint, double strength, const char *tip);
/* One colour, without an outline */
void canvas_fill(struct canvas *c, double x, double y, double w, double h,
		 enum paint paint, double strength, const char *tip);
void canvas_line(struct canvas *c, double x1, double y1, double x2, double y2,
		 enum paint paint, double thickness, bool dashed);
/* An arrow, curved towards (@mx, @my) */
void canvas_arrow(struct canvas *c, double x1, double y1, double x2, double y2,
		  double mx, double my, enum paint paint, const char *tip);
void canvas_text(struct canvas *c, double x, double y, double size,
		 enum anchor anchor, enum paint paint, bool bold, const char *text);
double canvas_width(struct canvas *c, double size, bool bold, const char *text);

/* A time span for people, into @out */
char *human(char *out, size_t size, nsec ns);

#endif /* _TIMELINE_H */
