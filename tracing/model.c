// SPDX-License-Identifier: GPL-2.0
/*
 * Events -> what ran (boxes), who waited for whom (arrows), what else happened (marks).
 *
 * Each CPU keeps what is stacked on it: a task, on top of it a softirq, on top of that
 * a hard interrupt. A raise is remembered until its run comes. Where events were lost,
 * everything open on that CPU is closed and everything remembered forgotten: no
 * picture is better than a wrong one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timeline.h"

#define DEEP	8

static const char * const vectors[VECTORS] = {
	"HI", "TIMER", "NET_TX", "NET_RX", "BLOCK",
	"IRQ_POLL", "TASKLET", "SCHED", "HRTIMER", "RCU"
};

/* enum bh_mechanism of include/bench.h */
static const char * const mechanisms[] = {
	"hard IRQ", "softirq", "tasklet", "tasklet_hi", "irq_poll", "timer",
	"hrtimer", "NAPI", "RCU", "BH work", "work", "IRQ thread"
};

#define MECHANISMS	((long long)ARRAY_SIZE(mechanisms))

const char *vector_name(long long vector)
{
	return vector >= 0 && vector < VECTORS ? vectors[vector] : "?";
}

const char *mechanism_name(long long mechanism)
{
	return mechanism >= 0 && mechanism < MECHANISMS ? mechanisms[mechanism] : "?";
}

/* ---- a table from a key to what waits for it; open addressing, never shrinks */

struct waiting {
	unsigned long long key;
	bool used, there;
	nsec since;
	int cpu;
	enum context in;
	bool box_open;		/* of a worker: the work item it is at */
	nsec box_begin;
	unsigned long number;
	char name[NAME_LEN];
};

struct table {
	struct waiting *slot;
	size_t size, used;
};

static struct waiting *find(struct table *t, unsigned long long key)
{
	unsigned long long h = key * 0x9e3779b97f4a7c15ull;
	size_t i;

	if (2 * t->used >= t->size) {
		struct table bigger = { .size = t->size ? 2 * t->size : 256 };

		bigger.slot = calloc(bigger.size, sizeof(*bigger.slot));
		if (!bigger.slot)
			return NULL;
		for (i = 0; i < t->size; i++)
			if (t->slot[i].used)
				*find(&bigger, t->slot[i].key) = t->slot[i];
		free(t->slot);
		*t = bigger;
	}
	for (i = (h >> 32) & (t->size - 1); t->slot[i].used; i = (i + 1) & (t->size - 1))
		if (t->slot[i].key == key)
			return &t->slot[i];
	t->slot[i].used = true;
	t->slot[i].key = key;
	t->used++;
	return &t->slot[i];
}

/* ---- the state while going through the trace */

struct layer {
	bool open, no_begin;
	nsec begin;
	unsigned long number;
	char name[NAME_LEN];
};

struct cpu {
	bool seen;
	nsec since;			/* from here on nothing is missing */
	struct layer irq[DEEP];
	int irqs;
	struct layer softirq[DEEP];
	int softirqs;
	struct layer tasklet;
	bool task_known;
	int pid;
	struct layer task;
	enum context task_in;
	struct waiting raised[VECTORS];
};

struct building {
	struct model *m;
	struct cpu *cpu;
	struct table work, bh, wake, worker;
	bool failed;
};

static void *grow(struct building *b, void **array, size_t *n, size_t *room, size_t size)
{
	if (*n == *room) {
		size_t more = *room ? 2 * *room : 1024;
		void *bigger = realloc(*array, more * size);

		if (!bigger) {
			b->failed = true;
			return NULL;
		}
		*array = bigger;
		*room = more;
	}
	return memset((char *)*array + (*n)++ * size, 0, size);
}

static struct box *new_box(struct building *b)
{
	return grow(b, (void **)&b->m->box, &b->m->boxes, &b->m->box_room, sizeof(struct box));
}

static struct arrow *new_arrow(struct building *b)
{
	return grow(b, (void **)&b->m->arrow, &b->m->arrows, &b->m->arrow_room,
		    sizeof(struct arrow));
}

static struct mark *new_mark(struct building *b)
{
	return grow(b, (void **)&b->m->mark, &b->m->marks, &b->m->mark_room, sizeof(struct mark));
}

static enum context context_of(const char *comm)
{
	if (!strncmp(comm, "ksoftirqd/", 10))
		return IN_KSOFTIRQD;
	if (!strncmp(comm, "irq/", 4))
		return IN_IRQTHREAD;
	if (!strncmp(comm, "kworker/", 8))
		return IN_KWORKER;
	return IN_USER;
}

/* Where is this CPU? What the kernel noted in the record is surer than what we saw. */
static enum context now_in(const struct building *b, const struct event *e)
{
	const struct cpu *c = &b->cpu[e->cpu];

	if (c->irqs || (e->where & IN_HARDIRQ))
		return IN_IRQ;
	/* The bit is also set where a task has bottom halves disabled: ask twice. */
	if (c->softirqs)
		return IN_SIRQ;
	return context_of(e->comm);
}

static void close_box(struct building *b, int cpu, enum context in, int depth,
		      struct layer *l, nsec end, bool no_end)
{
	struct box *box;

	if (!l->open)
		return;
	l->open = false;
	box = new_box(b);
	if (!box)
		return;
	box->begin = l->begin;
	box->end = end;
	box->number = l->number;
	box->cpu = cpu;
	box->in = in;
	box->depth = depth;
	box->no_begin = l->no_begin;
	box->no_end = no_end;
	memcpy(box->name, l->name, NAME_LEN);
}

static void open_layer(struct layer *l, const struct event *e, const char *name)
{
	l->open = true;
	l->no_begin = false;
	l->begin = e->ts;
	l->number = e->number;
	snprintf(l->name, NAME_LEN, "%s", name);
}

static void push(struct layer *stack, int *n, const struct event *e, const char *name)
{
	if (*n < DEEP)
		open_layer(&stack[*n], e, name);
	/* Deeper than that is damage; count it all the same, so that the ends fit. */
	if (*n < 1000)
		(*n)++;
}

static void pop(struct building *b, struct layer *stack, int *n, const struct event *e,
		enum context in, const char *name)
{
	struct cpu *c = &b->cpu[e->cpu];

	if (!*n) {
		/* It was running when the trace, or what is left of it, began. */
		open_layer(&stack[0], e, name);
		stack[0].begin = c->since;
		stack[0].no_begin = true;
		*n = 1;
	}
	(*n)--;
	if (*n < DEEP)
		close_box(b, e->cpu, in, *n ? 1 : 0, &stack[*n], e->ts, false);
}

static void asked(struct building *b, struct waiting *w, const struct event *e)
{
	/* Asked again while it waits is the same wait. */
	if (!w || w->there)
		return;
	w->there = true;
	w->since = e->ts;
	w->cpu = e->cpu;
	w->in = now_in(b, e);
	w->number = e->number;
}

static struct arrow *came(struct building *b, struct waiting *w, const struct event *e,
			  enum arrow_kind kind, enum context in)
{
	struct arrow *a;

	if (!w || !w->there)
		return NULL;
	w->there = false;
	a = new_arrow(b);
	if (!a)
		return NULL;
	a->from = w->since;
	a->to = e->ts;
	a->delay = e->ts - w->since;
	a->number = e->number;
	a->from_cpu = w->cpu;
	a->to_cpu = e->cpu;
	a->from_in = w->in;
	a->to_in = in;
	a->kind = kind;
	snprintf(a->name, NAME_LEN, "%s", e->name);
	return a;
}

static void mark(struct building *b, const struct event *e, const char *name)
{
	struct mark *m = new_mark(b);

	if (!m)
		return;
	m->at = e->ts;
	m->cpu = e->cpu;
	m->in = now_in(b, e);
	snprintf(m->name, NAME_LEN, "%s", name);
}

/* ---- work items: a worker may sleep in one, and another task run meanwhile */

static void work_slice_ends(struct building *b, struct waiting *w, const struct event *e)
{
	struct layer l = { .open = true, .begin = w->box_begin, .number = w->number };

	if (!w->box_open)
		return;
	w->box_open = false;
	memcpy(l.name, w->name, NAME_LEN);
	close_box(b, e->cpu, IN_KWORKER, 1, &l, e->ts, false);
}

static void work_slice_begins(struct waiting *w, const struct event *e)
{
	w->box_open = true;
	w->box_begin = e->ts;
}

static void work_starts(struct building *b, const struct event *e)
{
	struct waiting *w = find(&b->worker, e->pid);
	struct cpu *c = &b->cpu[e->cpu];
	struct waiting *queued = find(&b->work, e->key);
	enum context in = c->softirqs ? IN_SIRQ : context_of(e->comm);

	came(b, queued, e, A_WORK, in);
	if (in == IN_SIRQ) {
		/* A BH work item: softirq, not worker. */
		open_layer(&c->tasklet, e, e->name);
		return;
	}
	if (!w)
		return;
	w->there = true;
	w->since = e->ts;
	w->number = e->number;
	snprintf(w->name, NAME_LEN, "%s", e->name);
	work_slice_begins(w, e);
}

static void work_ends(struct building *b, const struct event *e)
{
	struct cpu *c = &b->cpu[e->cpu];
	struct waiting *w;
	struct box *box;
	nsec last;

	if (c->softirqs) {
		close_box(b, e->cpu, IN_SIRQ, 1, &c->tasklet, e->ts, false);
		return;
	}
	w = find(&b->worker, e->pid);
	if (!w || !w->there)
		return;
	w->there = false;
	last = w->box_begin;
	work_slice_ends(b, w, e);
	/* It slept in between: a frame around the whole. */
	if (last != w->since) {
		box = new_box(b);
		if (!box)
			return;
		box->begin = w->since;
		box->end = e->ts;
		box->number = w->number;
		box->cpu = e->cpu;
		box->in = IN_KWORKER;
		box->depth = 1;
		box->span = true;
		memcpy(box->name, w->name, NAME_LEN);
	}
}

static void switched(struct building *b, const struct event *e)
{
	struct cpu *c = &b->cpu[e->cpu];
	struct waiting *w;

	if (!c->task_known && e->a) {
		open_layer(&c->task, e, e->comm);
		c->task.begin = c->since;
		c->task.no_begin = true;
		c->task_in = context_of(e->comm);
	}
	close_box(b, e->cpu, c->task_in, 0, &c->task, e->ts, false);
	w = find(&b->worker, e->a);
	if (w && w->there)
		work_slice_ends(b, w, e);

	c->task_known = true;
	c->pid = e->b;
	c->task_in = context_of(e->name);
	if (e->b)	/* the idle task's pid is 0 */
		open_layer(&c->task, e, e->name);
	w = find(&b->worker, e->b);
	if (w && w->there)
		work_slice_begins(w, e);
	w = find(&b->wake, e->b);
	came(b, w, e, A_WAKE, c->task_in);
}

/* Who is woken is drawn where the waking is what makes a bottom half late: workers have
 * the arrow of their work item, and of other tasks there are too many.
 */
static bool wake_matters(const char *comm)
{
	return !strncmp(comm, "ksoftirqd/", 10) || !strncmp(comm, "irq/", 4) ||
	       !strncmp(comm, "napi/", 5);
}

/* Its interrupt and its mechanism name a probe; two probes of the same kind on one
 * line are told apart by nothing, and share.
 */
static unsigned long long bh_key(const struct event *e)
{
	return (unsigned long long)e->a << 8 | (e->b & 0xff);
}

static void start_over(struct building *b, const struct event *e)
{
	struct cpu *c = &b->cpu[e->cpu];
	struct mark *m;

	b->m->lost_places++;
	if (e->lost > 0)
		b->m->lost += e->lost;
	while (c->irqs) {
		c->irqs--;
		if (c->irqs < DEEP)
			close_box(b, e->cpu, IN_IRQ, c->irqs ? 1 : 0, &c->irq[c->irqs],
				  c->irq[c->irqs].begin, true);
	}
	while (c->softirqs) {
		c->softirqs--;
		if (c->softirqs < DEEP)
			close_box(b, e->cpu, IN_SIRQ, c->softirqs ? 1 : 0,
				  &c->softirq[c->softirqs],
				  c->softirq[c->softirqs].begin, true);
	}
	c->tasklet.open = false;
	c->task.open = false;
	c->task_known = false;
	memset(c->raised, 0, sizeof(c->raised));
	/* A raise may have been on another CPU than the run that is missing now. */
	for (size_t i = 0; i < b->work.size; i++)
		b->work.slot[i].there = false;
	for (size_t i = 0; i < b->bh.size; i++)
		b->bh.slot[i].there = false;
	for (size_t i = 0; i < b->wake.size; i++)
		b->wake.slot[i].there = false;
	for (size_t i = 0; i < b->worker.size; i++) {
		b->worker.slot[i].there = false;
		b->worker.slot[i].box_open = false;
	}
	c->since = e->ts;
	m = new_mark(b);
	if (!m)
		return;
	m->at = e->ts;
	m->cpu = e->cpu;
	m->lost = true;
	if (e->lost > 0)
		snprintf(m->name, NAME_LEN, "%lld events lost", e->lost);
	else
		snprintf(m->name, NAME_LEN, "events lost");
}

static void ran(struct building *b, const struct event *e)
{
	enum context in = now_in(b, e);
	struct arrow *a = came(b, find(&b->bh, bh_key(e)), e, A_BH, in);

	if (a) {
		/* The probe's own clock is the better one: no tracing in between. */
		a->delay = e->key;
		snprintf(a->line, NAME_LEN, "%s", e->name);
		snprintf(a->name, NAME_LEN, "%s", mechanism_name(e->b));
	}
	/* Without words: the arrow that ends here has them. */
	mark(b, e, "");
}

static void one_event(struct building *b, const struct event *e)
{
	struct cpu *c = &b->cpu[e->cpu];
	char name[2 * NAME_LEN];

	if (!c->seen) {
		c->seen = true;
		c->since = b->m->begin;
	}
	if (e->lost)
		start_over(b, e);
	switch (e->kind) {
	case E_IRQ_ENTRY:
	case E_VECTOR_ENTRY:
		push(c->irq, &c->irqs, e, e->name);
		break;
	case E_IRQ_EXIT:
	case E_VECTOR_EXIT:
		pop(b, c->irq, &c->irqs, e, IN_IRQ, e->name[0] ? e->name : "interrupt");
		break;
	case E_SOFTIRQ_RAISE:
		if (e->a >= 0 && e->a < VECTORS)
			asked(b, &c->raised[e->a], e);
		break;
	case E_SOFTIRQ_ENTRY:
		push(c->softirq, &c->softirqs, e, vector_name(e->a));
		if (e->a >= 0 && e->a < VECTORS) {
			struct arrow *a = came(b, &c->raised[e->a], e, A_SOFTIRQ, IN_SIRQ);

			if (a)
				snprintf(a->name, NAME_LEN, "%s", vector_name(e->a));
		}
		break;
	case E_SOFTIRQ_EXIT:
		c->tasklet.open = false;
		pop(b, c->softirq, &c->softirqs, e, IN_SIRQ, vector_name(e->a));
		break;
	case E_TASKLET_ENTRY:
		/* workqueue_softirq_action() is a tasklet's function too */
		open_layer(&c->tasklet, e, e->name);
		break;
	case E_TASKLET_EXIT:
		close_box(b, e->cpu, IN_SIRQ, 1, &c->tasklet, e->ts, false);
		break;
	case E_QUEUE_WORK:
		asked(b, find(&b->work, e->key), e);
		break;
	case E_WORK_START:
		work_starts(b, e);
		break;
	case E_WORK_END:
		work_ends(b, e);
		break;
	case E_WAKING:
		if (wake_matters(e->name))
			asked(b, find(&b->wake, e->a), e);
		break;
	case E_SWITCH:
		switched(b, e);
		break;
	case E_RAISE:
		asked(b, find(&b->bh, bh_key(e)), e);
		break;
	case E_RUN:
		ran(b, e);
		break;
	case E_NAPI_POLL:
		snprintf(name, sizeof(name), "%s polled: %lld/%lld", e->name, e->a, e->b);
		mark(b, e, name);
		break;
	case E_PACKET:
		snprintf(name, sizeof(name), "packet of %s", e->name);
		mark(b, e, name);
		break;
	}
}

/* What is open at the end of the trace */
static void the_end(struct building *b)
{
	for (int i = 0; i < b->m->cpus; i++) {
		struct cpu *c = &b->cpu[i];

		for (int n = 0; n < c->irqs && n < DEEP; n++)
			close_box(b, i, IN_IRQ, n ? 1 : 0, &c->irq[n], b->m->end, true);
		for (int n = 0; n < c->softirqs && n < DEEP; n++)
			close_box(b, i, IN_SIRQ, n ? 1 : 0, &c->softirq[n], b->m->end, true);
		close_box(b, i, c->task_in, 0, &c->task, b->m->end, true);
	}
}

static int by_begin(const void *x, const void *y)
{
	const struct box *a = x, *b = y;

	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	return a->depth - b->depth;
}

int model_build(struct model *model, const struct trace *trace)
{
	struct building b = { .m = model };

	memset(model, 0, sizeof(*model));
	model->cpus = trace->cpus;
	model->begin = trace->event[0].ts;
	model->end = trace->event[trace->events - 1].ts;
	b.cpu = calloc(trace->cpus, sizeof(*b.cpu));
	if (!b.cpu || !find(&b.work, 1) || !find(&b.bh, 1) || !find(&b.wake, 1) ||
	    !find(&b.worker, 1))
		b.failed = true;
	for (size_t i = 0; i < trace->events && !b.failed; i++)
		one_event(&b, &trace->event[i]);
	if (!b.failed)
		the_end(&b);
	free(b.cpu);
	free(b.work.slot);
	free(b.bh.slot);
	free(b.wake.slot);
	free(b.worker.slot);
	if (model->boxes)
		qsort(model->box, model->boxes, sizeof(*model->box), by_begin);
	if (b.failed) {
		fprintf(stderr, "timeline: no memory for that many events; cut the trace ('trace-cmd split')\n");
		model_free(model);
		return -1;
	}
	return 0;
}

void model_free(struct model *model)
{
	free(model->box);
	free(model->arrow);
	free(model->mark);
	memset(model, 0, sizeof(*model));
}
