// SPDX-License-Identifier: GPL-2.0
/*
 * The picture: a group of lanes a CPU, one lane a context, time to the right.
 *
 * What is too narrow to be seen is merged with its neighbours, what is too much to be
 * read is left out, and both are said at the bottom, where a table of latencies stands
 * for all arrows, drawn or not. Long times in which nothing happens are cut out of the
 * axis (and marked), so that one event of 50 us, one sleep of 10 ms and another event
 * of 50 us are one picture.
 */
#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "timeline.h"

#define GUTTER		150.0	/* the names of the lanes */
#define RIGHT_EDGE	24.0
#define LANE		30.0	/* a box is that high */
#define BETWEEN		30.0	/* where the arrows' words have room */
#define HEAD		86.0
#define CPU_HEAD	22.0
#define ROW		17.0
#define SMALL		11.0
#define NARROW		2.5	/* a box narrower than that is merged */
#define CUT		34.0	/* width of a time cut out */
#define CUTS		24
#define FEW_EDGES	600	/* time is cut out only of a picture with fewer */
#define FEW_THINGS	90	/* words stand beside their box only with fewer */
#define MAX_ROWS	14
#define MAX_TAKEN	1024

static const char * const lane_names[CONTEXTS] = {
	"hard IRQ", "softirq", "ksoftirqd", "IRQ thread", "kworker", "task"
};

char *human(char *out, size_t size, nsec ns)
{
	if (ns < 1000)
		snprintf(out, size, "%llu ns", ns);
	else if (ns < 10 * 1000)
		snprintf(out, size, "%.1f us", ns / 1e3);
	else if (ns < 1000 * 1000)
		snprintf(out, size, "%.0f us", ns / 1e3);
	else if (ns < 10 * 1000 * 1000)
		snprintf(out, size, "%.1f ms", ns / 1e6);
	else if (ns < 1000ull * 1000 * 1000)
		snprintf(out, size, "%.0f ms", ns / 1e6);
	else
		snprintf(out, size, "%.2f s", ns / 1e9);
	return out;
}

/* ---- how long it took, by kind: for the table under the picture and for --summary */

struct row {
	char name[160];
	enum arrow_kind kind;
	size_t n;
	nsec *delay;
	nsec worst;
	unsigned long number;	/* of the event that came latest */
};

static void row_name(char *out, size_t size, const struct arrow *a)
{
	switch (a->kind) {
	case A_SOFTIRQ:
		snprintf(out, size, "softirq %s: raised to served", a->name);
		break;
	case A_WORK:
		snprintf(out, size, "%s %s: queued to executed",
			 a->to_in == IN_SIRQ ? "BH work" : "work", a->name);
		break;
	case A_WAKE:
		snprintf(out, size, "%s: woken to running", a->name);
		break;
	default:
		snprintf(out, size, "%s of %s: raised to running", a->name, a->line);
	}
}

static bool same_row(const struct row *r, const struct arrow *a, const char *name)
{
	return r->kind == a->kind && !strcmp(r->name, name);
}

static int by_number(const void *x, const void *y)
{
	const struct row *a = x, *b = y;
	bool ours = a->kind == A_BH, theirs = b->kind == A_BH;

	/* Our own tracepoints first, then by how many. */
	if (ours != theirs)
		return ours ? -1 : 1;
	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int by_time(const void *x, const void *y)
{
	const nsec *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

static bool shown(const struct view *v, int cpu)
{
	return !v->some_cpus || v->cpu[cpu];
}

static bool in_view(const struct view *v, nsec from, nsec to)
{
	return from <= v->to && to >= v->from;
}

static bool box_in_view(const struct view *v, const struct box *b)
{
	return shown(v, b->cpu) && in_view(v, b->begin, b->end);
}

static bool mark_in_view(const struct view *v, const struct mark *k)
{
	return shown(v, k->cpu) && in_view(v, k->at, k->at);
}

static bool arrow_in_view(const struct view *v, const struct arrow *a)
{
	return shown(v, a->from_cpu) && shown(v, a->to_cpu) && in_view(v, a->from, a->to);
}

/* In view is an arrow whose end is: what waited in vain so far is no latency. */
static size_t count_rows(const struct model *m, const struct view *v, struct row **rows)
{
	size_t n = 0, room = 0;
	char name[160];

	*rows = NULL;
	for (size_t i = 0; i < m->arrows; i++) {
		const struct arrow *a = &m->arrow[i];
		struct row *r;
		size_t j;

		if (a->to < v->from || a->to > v->to || !arrow_in_view(v, a))
			continue;
		row_name(name, sizeof(name), a);
		for (j = 0; j < n; j++)
			if (same_row(&(*rows)[j], a, name))
				break;
		if (j == n) {
			if (n == room) {
				void *more = realloc(*rows, (room + 64) * sizeof(*r));

				if (!more)
					break;
				*rows = more;
				room += 64;
			}
			memset(&(*rows)[n], 0, sizeof(*r));
			(*rows)[n].kind = a->kind;
			memcpy((*rows)[n].name, name, sizeof(name));
			n++;
		}
		r = &(*rows)[j];
		if (!(r->n & (r->n - 1))) {
			nsec *more = realloc(r->delay, (r->n ? 2 * r->n : 1) * sizeof(nsec));

			if (!more)
				break;
			r->delay = more;
		}
		r->delay[r->n++] = a->delay;
		if (a->delay >= r->worst) {
			r->worst = a->delay;
			r->number = a->number;
		}
	}
	for (size_t j = 0; j < n; j++)
		qsort((*rows)[j].delay, (*rows)[j].n, sizeof(nsec), by_time);
	if (n)
		qsort(*rows, n, sizeof(**rows), by_number);
	return n;
}

static void free_rows(struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(rows[i].delay);
	free(rows);
}

static nsec quantile(const struct row *r, double q)
{
	return r->delay[(size_t)(q * (r->n - 1) + 0.5)];
}

/* ---- the summary in words */

struct ran_row {
	enum context in;
	int cpu;
	const char *name;
	int depth;
	size_t n;
	nsec total, longest;
};

static int by_place(const void *x, const void *y)
{
	const struct box *a = *(const struct box * const *)x;
	const struct box *b = *(const struct box * const *)y;

	if (a->in != b->in)
		return (int)a->in - (int)b->in;
	if (strcmp(a->name, b->name))
		return strcmp(a->name, b->name);
	return a->cpu - b->cpu;
}

static void ran_line(const struct ran_row *r)
{
	char total[24], longest[24];

	printf("%-10s %-32.32s %4d %7zu %9s %9s\n", lane_names[r->in], r->name, r->cpu, r->n,
	       human(total, sizeof(total), r->total),
	       human(longest, sizeof(longest), r->longest));
}

void summary(const struct model *m, const struct view *v)
{
	const struct box **sorted = calloc(m->boxes + 1, sizeof(*sorted));
	struct ran_row r = { .n = 0 };
	struct row *rows;
	size_t n = 0, i;

	if (!sorted)
		return;
	for (i = 0; i < m->boxes; i++)
		if (!m->box[i].span && box_in_view(v, &m->box[i]))
			sorted[n++] = &m->box[i];
	qsort(sorted, n, sizeof(*sorted), by_place);
	printf("%-10s %-32s %4s %7s %9s %9s\n", "ran in", "what", "CPU", "times", "in all",
	       "longest");
	for (i = 0; i < n; i++) {
		const struct box *b = sorted[i];
		nsec time = b->end - b->begin;

		if (r.n && (r.in != b->in || r.cpu != b->cpu || strcmp(r.name, b->name))) {
			ran_line(&r);
			r.n = 0;
		}
		if (!r.n)
			r = (struct ran_row){ .in = b->in, .cpu = b->cpu, .name = b->name };
		r.n++;
		r.total += time;
		if (time > r.longest)
			r.longest = time;
	}
	if (r.n)
		ran_line(&r);
	free(sorted);

	n = count_rows(m, v, &rows);
	printf("\n%-52s %7s %9s %9s %9s  %s\n", "waited", "times", "least", "median", "most",
	       "(event)");
	for (i = 0; i < n; i++) {
		char least[24], median[24], most[24];

		printf("%-52.52s %7zu %9s %9s %9s  (%lu)\n", rows[i].name, rows[i].n,
		       human(least, sizeof(least), rows[i].delay[0]),
		       human(median, sizeof(median), quantile(&rows[i], 0.5)),
		       human(most, sizeof(most), rows[i].worst), rows[i].number);
	}
	free_rows(rows, n);
	if (m->lost_places)
		printf("\nevents were lost in %zu places: the numbers are of what is left\n",
		       m->lost_places);
}

/* ---- the axis */

struct cut {
	nsec from, to;
};

struct drawing {
	const struct model *m;
	const struct view *v;
	struct canvas *c;
	double left, right;
	struct cut cut[CUTS];
	int cuts;
	double scale;		/* points a nanosecond */
	bool lane[MAX_CPUS][CONTEXTS];
	double y[MAX_CPUS][CONTEXTS];
	double bottom;
	bool crowded;		/* only words that fit into their box */
	size_t merged, merged_into, wordless, arrowless;
	struct { double x, y, w, h; } taken[MAX_TAKEN];
	int takens;
};

static nsec clip(const struct view *v, nsec t)
{
	return t < v->from ? v->from : t > v->to ? v->to : t;
}

static double at(const struct drawing *d, nsec t)
{
	double x = d->left;
	nsec last = d->v->from;

	t = clip(d->v, t);
	for (int i = 0; i < d->cuts && t > d->cut[i].from; i++) {
		const struct cut *cut = &d->cut[i];

		x += (cut->from - last) * d->scale;
		if (t < cut->to)
			return x + CUT * (t - cut->from) / (cut->to - cut->from);
		x += CUT;
		last = cut->to;
	}
	return x + (t - last) * d->scale;
}

static int by_from(const void *x, const void *y)
{
	const struct cut *a = x, *b = y;

	return a->from < b->from ? -1 : a->from > b->from;
}

static int longest_first(const void *x, const void *y)
{
	const struct cut *a = x, *b = y;
	nsec m = a->to - a->from, n = b->to - b->from;

	return m > n ? -1 : m < n;
}

static size_t edges(const struct drawing *d, nsec *edge)
{
	const struct model *m = d->m;
	const struct view *v = d->v;
	size_t n = 0, i;

	edge[n++] = v->from;
	edge[n++] = v->to;
	for (i = 0; i < m->boxes; i++) {
		if (!box_in_view(v, &m->box[i]))
			continue;
		edge[n++] = clip(v, m->box[i].begin);
		edge[n++] = clip(v, m->box[i].end);
	}
	for (i = 0; i < m->arrows; i++) {
		if (!arrow_in_view(v, &m->arrow[i]))
			continue;
		edge[n++] = clip(v, m->arrow[i].from);
		edge[n++] = clip(v, m->arrow[i].to);
	}
	for (i = 0; i < m->marks; i++)
		if (mark_in_view(v, &m->mark[i]))
			edge[n++] = m->mark[i].at;
	return n;
}

/* The longest stretch in which nothing begins or ends is cut out for as long as it is
 * more than two fifths of what remains. Only where there is little to see: a picture of
 * thousands of events is about when they came.
 */
static void find_cuts(struct drawing *d)
{
	const struct model *m = d->m;
	nsec *edge = malloc((2 * m->boxes + 2 * m->arrows + m->marks + 2) * sizeof(*edge));
	struct cut *gap = NULL;
	double remains = d->v->to - d->v->from;
	size_t n = 0;

	if (edge && d->v->squeeze)
		n = edges(d, edge);
	if (n > 2 && n < FEW_EDGES)
		gap = malloc(n * sizeof(*gap));
	if (gap) {
		qsort(edge, n, sizeof(*edge), by_time);
		for (size_t i = 0; i + 1 < n; i++)
			gap[i] = (struct cut){ edge[i], edge[i + 1] };
		qsort(gap, n - 1, sizeof(*gap), longest_first);
		for (size_t i = 0; i < n - 1 && d->cuts < CUTS; i++) {
			nsec length = gap[i].to - gap[i].from;

			if (length < 2 || length <= remains * 0.4 || remains - length < 100)
				break;
			d->cut[d->cuts++] = gap[i];
			remains -= length;
		}
		qsort(d->cut, d->cuts, sizeof(d->cut[0]), by_from);
	}
	free(gap);
	free(edge);
	d->scale = (d->right - d->left - d->cuts * CUT) / (remains > 1 ? remains : 1);
}

static void tick_name(char *out, size_t size, nsec t, nsec step)
{
	if (step >= 1000 * 1000 * 1000)
		snprintf(out, size, "%llu s", t / 1000000000);
	else if (step >= 1000 * 1000)
		snprintf(out, size, "%llu ms", t / 1000000);
	else if (step >= 1000)
		snprintf(out, size, "%llu us", t / 1000);
	else
		snprintf(out, size, "%llu ns", t);
}

static void axis(struct drawing *d)
{
	static const nsec nice[] = { 1, 2, 5 };
	nsec step = 1, length = d->v->to - d->v->from;
	double last = -1000;
	char name[40];
	int i = 0;

	for (nsec ten = 1; step * d->scale < 75; i++) {
		if (i && i % 3 == 0)
			ten *= 10;
		step = nice[i % 3] * ten;
	}
	for (nsec t = 0, n = 0; t <= length && n < 4000; t += step, n++) {
		double x = at(d, d->v->from + t);
		bool cut = false;

		for (int j = 0; j < d->cuts; j++) {
			if (d->v->from + t > d->cut[j].from && d->v->from + t < d->cut[j].to) {
				/* On to the other side of it */
				nsec skip = (d->cut[j].to - d->v->from) / step * step;

				if (skip > t)
					t = skip;
				cut = d->v->from + t < d->cut[j].to;
				x = at(d, d->v->from + t);
			}
		}
		if (cut || x < last + 70)
			continue;
		last = x;
		canvas_line(d->c, x, HEAD - 6, x, d->bottom, P_GRID, 1, false);
		tick_name(name, sizeof(name), t, step);
		canvas_text(d->c, x, HEAD - 12, SMALL, MIDDLE, P_MUTED, false, name);
	}
}

/* Is there a lane's upper part, where the names are? */
static bool lane_at(const struct drawing *d, double y)
{
	for (int cpu = 0; cpu < d->m->cpus; cpu++)
		for (int in = 0; in < CONTEXTS; in++)
			if (d->lane[cpu][in] && y > d->y[cpu][in] - 9 &&
			    y < d->y[cpu][in] + LANE / 2)
				return true;
	return false;
}

/* A cut through all lanes: two slanted lines, and how much time is missing */
static void draw_cuts(struct drawing *d)
{
	char name[40];

	for (int i = 0; i < d->cuts; i++) {
		double x = at(d, d->cut[i].from) + CUT / 2;

		for (double y = HEAD; y < d->bottom; y += 12) {
			if (lane_at(d, y))
				continue;
			canvas_line(d->c, x - 5, y + 8, x + 1, y, P_MUTED, 1, false);
			canvas_line(d->c, x - 1, y + 8, x + 5, y, P_MUTED, 1, false);
		}
		canvas_text(d->c, x, d->bottom + 11, SMALL - 1, MIDDLE, P_MUTED, false,
			    human(name, sizeof(name), d->cut[i].to - d->cut[i].from));
	}
}

/* ---- room for words */

static bool is_free(const struct drawing *d, double x, double y, double w, double h)
{
	if (x < d->left || x + w > d->right + RIGHT_EDGE - 4)
		return false;
	for (int i = 0; i < d->takens; i++)
		if (x < d->taken[i].x + d->taken[i].w && d->taken[i].x < x + w &&
		    y < d->taken[i].y + d->taken[i].h && d->taken[i].y < y + h)
			return false;
	return true;
}

static void take(struct drawing *d, double x, double y, double w, double h)
{
	if (d->takens == MAX_TAKEN)
		return;
	d->taken[d->takens].x = x;
	d->taken[d->takens].y = y;
	d->taken[d->takens].w = w;
	d->taken[d->takens++].h = h;
}

/* A word whose left end is @x and whose middle is at height @y, if there is room */
static bool word(struct drawing *d, double x, double y, enum paint paint, const char *text)
{
	double w = canvas_width(d->c, SMALL, false, text) + 4;

	if (!is_free(d, x, y - 7, w, 14))
		return false;
	take(d, x, y - 7, w, 14);
	canvas_text(d->c, x + 2, y + 4, SMALL, LEFT, paint, false, text);
	return true;
}

static bool beside(struct drawing *d, double x, double y, enum paint paint, const char *text)
{
	double w = canvas_width(d->c, SMALL, false, text) + 4;

	return word(d, x + 5, y, paint, text) || word(d, x - 5 - w, y, paint, text);
}

/* ---- lanes */

static void used_lanes(struct drawing *d)
{
	const struct model *m = d->m;

	for (size_t i = 0; i < m->boxes; i++)
		if (box_in_view(d->v, &m->box[i]))
			d->lane[m->box[i].cpu][m->box[i].in] = true;
	for (size_t i = 0; i < m->arrows; i++) {
		const struct arrow *a = &m->arrow[i];

		if (!arrow_in_view(d->v, a))
			continue;
		d->lane[a->from_cpu][a->from_in] = true;
		d->lane[a->to_cpu][a->to_in] = true;
	}
	for (size_t i = 0; i < m->marks; i++)
		if (mark_in_view(d->v, &m->mark[i]))
			d->lane[m->mark[i].cpu][m->mark[i].in] |= !m->mark[i].lost;
	d->bottom = HEAD;
	for (int cpu = 0; cpu < m->cpus; cpu++) {
		bool any = false;

		for (int in = 0; in < CONTEXTS; in++) {
			if (!d->lane[cpu][in])
				continue;
			d->bottom += any ? BETWEEN : CPU_HEAD;
			any = true;
			d->y[cpu][in] = d->bottom;
			d->bottom += LANE;
		}
		if (any)
			d->bottom += BETWEEN;
	}
}

static void draw_lanes(struct drawing *d)
{
	char name[32];

	for (int cpu = 0; cpu < d->m->cpus; cpu++) {
		bool any = false;

		for (int in = 0; in < CONTEXTS; in++) {
			double y = d->y[cpu][in];

			if (!d->lane[cpu][in])
				continue;
			if (!any) {
				snprintf(name, sizeof(name), "CPU %d", cpu);
				canvas_text(d->c, 16, y + 19, 13, LEFT, P_TEXT, true, name);
			}
			any = true;
			canvas_box(d->c, d->left, y, d->right - d->left, LANE, P_GRID, 1, NULL);
			canvas_text(d->c, d->left - 10, y + 19, 12, RIGHT, P_TEXT, false,
				    lane_names[in]);
		}
	}
}

/* ---- boxes */

static void tip_of(char *tip, size_t size, const struct box *b)
{
	char time[24];

	snprintf(tip, size, "%s on CPU %d: %s, %s%s%s (event %lu)", lane_names[b->in], b->cpu,
		 b->name, human(time, sizeof(time), b->end - b->begin),
		 b->no_begin ? ", began earlier" : "", b->no_end ? ", end not seen" : "",
		 b->number);
}

static void one_box(struct drawing *d, const struct box *b, double x, double w)
{
	double y = d->y[b->cpu][b->in], h = LANE, size = SMALL;
	double middle;
	char tip[200];

	if (b->depth) {
		y += LANE / 2 - 1;
		h = LANE / 2 - 1;
		size = SMALL - 1;
	}
	if (w < 1.2)
		w = 1.2;
	tip_of(tip, sizeof(tip), b);
	if (w < 5 && !b->span)
		canvas_fill(d->c, x, y, w, h, (enum paint)b->in, 1, tip);
	else
		canvas_box(d->c, x, y, w, h, (enum paint)b->in, b->span ? 0 : 1, tip);
	if (b->span)
		return;
	/* The name of what holds others stands in its upper half. */
	middle = b->depth ? y + h / 2 : y + 8;
	if (canvas_width(d->c, size, false, b->name) + 4 <= w) {
		if (is_free(d, x, middle - 5, canvas_width(d->c, size, false, b->name) + 4, 10)) {
			canvas_text(d->c, x + 3, middle + 4, size, LEFT, P_TEXT, false, b->name);
			take(d, x, middle - 5,
			     canvas_width(d->c, size, false, b->name) + 4, 10);
		}
	}
}

/* Of a narrow one the name stands outside, once it is known what is there. */
static void outside_name(struct drawing *d, const struct box *b, double x, double w)
{
	double y = d->y[b->cpu][b->in];

	if (b->span || canvas_width(d->c, b->depth ? SMALL - 1 : SMALL, false, b->name) + 4 <= w)
		return;
	if (!(b->depth ? word(d, x - 2, y + LANE + 9, P_TEXT, b->name) :
	      word(d, x + w + 2, y + 8, P_TEXT, b->name) ||
	      word(d, x - 2, y - 8, P_TEXT, b->name)))
		d->wordless++;
}

struct heap {
	size_t n;
	double x, to, busy;
	const struct box *first;
};

static void flush_heap(struct drawing *d, struct heap *h)
{
	const struct box *b = h->first;
	double y, w, share;
	char tip[100];

	if (!h->n)
		return;
	if (h->n == 1) {
		one_box(d, b, h->x, h->to - h->x);
		h->n = 0;
		return;
	}
	w = h->to - h->x > 1.5 ? h->to - h->x : 1.5;
	share = h->busy / w;
	y = d->y[b->cpu][b->in] + (b->depth ? LANE / 2 - 1 : 0);
	snprintf(tip, sizeof(tip), "%zu boxes, too narrow to draw one by one", h->n);
	canvas_fill(d->c, h->x, y, w, b->depth ? LANE / 2 - 1 : LANE, (enum paint)b->in,
		    share > 0.9 ? 0.9 : share < 0.25 ? 0.25 : share, tip);
	snprintf(tip, sizeof(tip), "%zu x", h->n);
	if (!b->depth && canvas_width(d->c, SMALL, false, tip) + 4 < w)
		canvas_text(d->c, h->x + w / 2, y + 19, SMALL, MIDDLE, P_ARROW, false, tip);
	d->merged += h->n;
	d->merged_into++;
	h->n = 0;
}

/* Boxes come in the order of their beginnings; each lane has a heap of narrow ones. */
static void draw_boxes(struct drawing *d, int depth)
{
	static struct heap heaps[MAX_CPUS][CONTEXTS];
	const struct model *m = d->m;

	memset(heaps, 0, sizeof(heaps));
	for (size_t i = 0; i < m->boxes; i++) {
		const struct box *b = &m->box[i];
		struct heap *h = &heaps[b->cpu][b->in];
		double x, w;

		if (b->depth != depth || !box_in_view(d->v, b))
			continue;
		x = at(d, b->begin);
		w = at(d, b->end) - x;
		if (w >= NARROW || x > h->to + 1.5)
			flush_heap(d, h);
		if (w >= NARROW) {
			one_box(d, b, x, w);
			continue;
		}
		if (!h->n++) {
			h->first = b;
			h->x = x;
			h->to = x;
			h->busy = 0;
		}
		if (x + w > h->to)
			h->to = x + w;
		h->busy += w;
	}
	for (int cpu = 0; cpu < m->cpus; cpu++)
		for (int in = 0; in < CONTEXTS; in++)
			flush_heap(d, &heaps[cpu][in]);
}

static void draw_outside_names(struct drawing *d)
{
	const struct model *m = d->m;

	for (size_t i = 0; i < m->boxes && !d->crowded; i++) {
		const struct box *b = &m->box[i];
		double x;

		if (!box_in_view(d->v, b))
			continue;
		x = at(d, b->begin);
		outside_name(d, b, x, at(d, b->end) - x);
	}
}

/* Boxes are in the way of words. */
static void take_boxes(struct drawing *d)
{
	const struct model *m = d->m;

	for (size_t i = 0; i < m->boxes && !d->crowded; i++) {
		const struct box *b = &m->box[i];
		double x;

		if (b->depth || !box_in_view(d->v, b))
			continue;
		x = at(d, b->begin);
		take(d, x, d->y[b->cpu][b->in], at(d, b->end) - x, LANE);
	}
}

/* ---- marks */

static void draw_marks(struct drawing *d)
{
	const struct model *m = d->m;

	for (size_t i = 0; i < m->marks; i++) {
		const struct mark *k = &m->mark[i];
		double x, y;

		if (!mark_in_view(d->v, k))
			continue;
		x = at(d, k->at);
		if (k->lost) {
			canvas_line(d->c, x, HEAD, x, d->bottom, P_LOST, 1.5, true);
			if (!word(d, x + 2, HEAD + 8, P_LOST, k->name))
				d->wordless++;
			continue;
		}
		y = d->y[k->cpu][k->in];
		/* In a crowd they would be one green bar. */
		if (d->crowded)
			continue;
		canvas_line(d->c, x, y - 3, x, y + LANE + 3, P_BH, 1.5, false);
		if (k->name[0] && !word(d, x + 2, y + LANE + 9, P_BH, k->name) &&
		    !word(d, x + 2, y + LANE + 20, P_BH, k->name))
			d->wordless++;
	}
}

/* ---- arrows */

static void arrow_words(char *out, size_t size, const struct arrow *a)
{
	char time[24];

	human(time, sizeof(time), a->delay);
	if (a->kind == A_WAKE)
		snprintf(out, size, "woken, %s", time);
	else if (a->kind == A_WORK)
		snprintf(out, size, "queued, %s", time);
	else
		snprintf(out, size, "%s %s", a->name, time);
}

/* The softirq vector that serves a mechanism of ours */
static const char * const served_by[][2] = {
	{ "tasklet", "TASKLET" }, { "tasklet_hi", "HI" }, { "NAPI", "NET_RX" },
	{ "irq_poll", "IRQ_POLL" }, { "timer", "TIMER" }, { "hrtimer", "HRTIMER" },
	{ "RCU", "RCU" }, { "BH work", "TASKLET" },
};

static bool same_wait(const struct arrow *ours, const struct arrow *theirs)
{
	if (theirs->kind == A_WORK)
		return !strcmp(ours->name, "work") || !strcmp(ours->name, "BH work");
	if (theirs->kind == A_WAKE)
		return !strcmp(ours->name, "IRQ thread");
	for (size_t i = 0; i < ARRAY_SIZE(served_by); i++)
		if (!strcmp(ours->name, served_by[i][0]))
			return !strcmp(theirs->name, served_by[i][1]);
	return false;
}

/* Where our arrow encloses the kernel's for the same wait, ours is enough. */
static bool doubled(const struct drawing *d, const struct arrow *a)
{
	const struct model *m = d->m;

	if (a->kind == A_BH)
		return false;
	for (size_t i = 0; i < m->arrows; i++) {
		const struct arrow *o = &m->arrow[i];

		if (o->kind == A_BH && same_wait(o, a) && o->to_cpu == a->to_cpu &&
		    o->from <= a->from && o->to >= a->to && in_view(d->v, o->from, o->to))
			return true;
	}
	return false;
}

static void one_arrow(struct drawing *d, const struct arrow *a)
{
	static const double along[] = { 0.5, 0.3, 0.7, 0.15, 0.85 };
	enum paint paint = a->kind == A_BH ? P_BH : P_ARROW;
	double x1 = at(d, a->from), x2 = at(d, a->to);
	double y1 = d->y[a->from_cpu][a->from_in], y2 = d->y[a->to_cpu][a->to_in];
	char words[120], tip[320], name[160];

	row_name(name, sizeof(name), a);
	arrow_words(words, sizeof(words), a);
	snprintf(tip, sizeof(tip), "%s: %s (event %lu)", name, words, a->number);
	if (y1 == y2) {
		/* Over the lane */
		canvas_arrow(d->c, x1, y1, x2, y2, (x1 + x2) / 2, y1 - 22, paint, tip);
		if (!beside(d, (x1 + x2) / 2 - 5, y1 - 13, paint, words))
			d->wordless++;
		return;
	}
	if (y1 < y2)
		y1 += LANE;
	else
		y2 += LANE;
	canvas_arrow(d->c, x1, y1, x2, y2, (x1 + x2) / 2, (y1 + y2) / 2, paint, tip);
	/* Over a flat one, beside a steep one */
	if (fabs(x2 - x1) > 3 * fabs(y2 - y1) &&
	    word(d, (x1 + x2) / 2 - 20, (y1 + y2) / 2 - 10, paint, words))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(along); i++)
		if (beside(d, x1 + (x2 - x1) * along[i], y1 + (y2 - y1) * along[i], paint, words))
			return;
	d->wordless++;
}

static void draw_arrows(struct drawing *d)
{
	const struct model *m = d->m;
	const struct arrow *slowest[ARROW_KINDS] = { NULL };
	size_t n = 0;

	for (size_t i = 0; i < m->arrows; i++) {
		const struct arrow *a = &m->arrow[i];

		if (!arrow_in_view(d->v, a))
			continue;
		n++;
		if (!slowest[a->kind] || a->delay > slowest[a->kind]->delay)
			slowest[a->kind] = a;
	}
	if (n > (d->right - d->left) / 24) {
		for (int kind = 0; kind < ARROW_KINDS; kind++) {
			if (!slowest[kind])
				continue;
			one_arrow(d, slowest[kind]);
			n--;
		}
		d->arrowless = n;
		return;
	}
	for (size_t i = 0; i < m->arrows; i++)
		if (arrow_in_view(d->v, &m->arrow[i]) &&
		    !doubled(d, &m->arrow[i]))
			one_arrow(d, &m->arrow[i]);
}

/* ---- the head, the table and the notes */

static void draw_head(struct drawing *d, size_t events)
{
	char line[200], shown[24], all[24];

	canvas_text(d->c, 16, 28, 16, LEFT, P_TEXT, true, d->v->title);
	snprintf(line, sizeof(line), "%s of %s, from %llu.%06llu on; %zu boxes and arrows%s%s",
		 human(shown, sizeof(shown), d->v->to - d->v->from),
		 human(all, sizeof(all), d->m->end - d->m->begin),
		 d->v->from / 1000000000, d->v->from / 1000 % 1000000, events,
		 d->v->note ? "; " : "", d->v->note ? d->v->note : "");
	canvas_text(d->c, 16, 48, 12, LEFT, P_MUTED, false, line);
}

static double note(struct drawing *d, double y, enum paint paint, const char *text)
{
	canvas_text(d->c, 16, y, 12, LEFT, paint, false, text);
	return y + ROW;
}

static double draw_notes(struct drawing *d, double y)
{
	char line[240];

	if (d->merged) {
		snprintf(line, sizeof(line), "%zu boxes are too narrow to draw one by one: merged into %zu, the stronger the colour the busier. Zoom in to see them.",
			 d->merged, d->merged_into);
		y = note(d, y, P_TEXT, line);
	}
	if (d->arrowless) {
		snprintf(line, sizeof(line), "%zu arrows are left out: of each kind only the slowest is drawn. The table counts all.",
			 d->arrowless);
		y = note(d, y, P_TEXT, line);
	}
	if (d->wordless && !d->crowded) {
		snprintf(line, sizeof(line), "%zu words found no room; the table, or a mouse over the SVG, has them.",
			 d->wordless);
		y = note(d, y, P_MUTED, line);
	}
	if (d->m->lost_places) {
		if (d->m->lost)
			snprintf(line, sizeof(line), "%lld events were lost in the recording, in %zu places: nothing is drawn across them. A larger buffer helps: trace-cmd record -b.",
				 d->m->lost, d->m->lost_places);
		else
			snprintf(line, sizeof(line), "Events were lost in the recording, in %zu places: nothing is drawn across them. A larger buffer helps: trace-cmd record -b.",
				 d->m->lost_places);
		y = note(d, y, P_LOST, line);
	}
	return y;
}

static void draw_table(struct drawing *d, double y, const struct row *rows, size_t n)
{
	static const double column[] = { 470, 560, 650, 740, 830 };
	static const char * const head[] = { "times", "least", "median", "most", "event" };
	char cell[5][24], name[160];

	if (!n)
		return;
	canvas_text(d->c, 16, y, 12, LEFT, P_MUTED, true, "who waited");
	for (int i = 0; i < 5; i++)
		canvas_text(d->c, column[i], y, 12, RIGHT, P_MUTED, true, head[i]);
	for (size_t i = 0; i < n && i < MAX_ROWS; i++) {
		const struct row *r = &rows[i];

		y += ROW;
		snprintf(name, sizeof(name), "%.60s", r->name);
		snprintf(cell[0], sizeof(cell[0]), "%zu", r->n);
		human(cell[1], sizeof(cell[1]), r->delay[0]);
		human(cell[2], sizeof(cell[2]), quantile(r, 0.5));
		human(cell[3], sizeof(cell[3]), r->worst);
		snprintf(cell[4], sizeof(cell[4]), "%lu", r->number);
		canvas_text(d->c, 16, y, 12, LEFT, r->kind == A_BH ? P_BH : P_TEXT, false, name);
		for (int j = 0; j < 5; j++)
			canvas_text(d->c, column[j], y, 12, RIGHT, P_TEXT, false, cell[j]);
	}
	if (n > MAX_ROWS) {
		snprintf(name, sizeof(name), "and %zu more; --summary lists all", n - MAX_ROWS);
		canvas_text(d->c, 16, y + ROW, 12, LEFT, P_MUTED, false, name);
	}
}

static size_t things(const struct model *m, const struct view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < m->boxes; i++)
		n += box_in_view(v, &m->box[i]);
	for (size_t i = 0; i < m->arrows; i++)
		n += arrow_in_view(v, &m->arrow[i]);
	return n;
}

int draw(const struct model *model, const struct view *view, const char *file)
{
	static struct drawing drawing;
	struct drawing *d = &drawing;
	size_t n = things(model, view), rows;
	struct row *row;
	double height;

	d->m = model;
	d->v = view;
	d->left = GUTTER;
	d->right = view->width - RIGHT_EDGE;
	d->crowded = n > FEW_THINGS;
	used_lanes(d);
	find_cuts(d);
	rows = count_rows(model, view, &row);
	/* Notes: what is merged and left out, what was lost, what words found no room */
	height = d->bottom + 34 + ROW * ((d->crowded ? 2 : 1) + !!model->lost_places) +
		 (rows ? ROW * 2 : 0) +
		 ROW * (rows > MAX_ROWS ? MAX_ROWS + 1 : rows);
	d->c = canvas_new(file, view->width, height, view->dark);
	if (!d->c) {
		free_rows(row, rows);
		return -1;
	}
	draw_head(d, n);
	draw_lanes(d);
	axis(d);
	draw_boxes(d, 0);
	draw_boxes(d, 1);
	draw_cuts(d);
	take_boxes(d);
	draw_arrows(d);
	draw_marks(d);
	draw_outside_names(d);
	draw_table(d, draw_notes(d, d->bottom + 34) + 6, row, rows);
	free_rows(row, rows);
	return canvas_close(d->c);
}
