// SPDX-License-Identifier: GPL-2.0
/*
 * timeline: what trace-cmd recorded, as a picture or as a table.
 */
#include <stdio.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "timeline.h"

static const char help[] =
"Usage: timeline [OPTION]... TRACE.DAT\n"
"\n"
"Draws what trace-cmd recorded: a lane for each CPU and context (hard IRQ, softirq,\n"
"ksoftirqd, IRQ thread, kworker, task), a box for what ran, an arrow from who asked to who\n"
"ran, with the time between them. Without -o it prints a table of them instead.\n"
"\n"
"  -o FILE.svg|FILE.png  the picture\n"
"  --summary             the table, also with -o\n"
"  --from T, --to T      only from time T (seconds, as in 'trace-cmd report'; or +T, seconds\n"
"                        after the beginning)\n"
"  --events A-B          only from event A to event B ('trace-cmd report' line, from 1)\n"
"  --line NAME[:N]       only what happened to interrupts of that line (or to its N-th\n"
"                        interrupt alone, from 1: from its raise to the end of the\n"
"                        bottom half, or of the packet's way into the stack); of the\n"
"                        CPUs where that happened\n"
"  --all-cpus            and of the others as well\n"
"  --title TEXT          instead of the file's name\n"
"  --width N             in points, 600 to 8000 (1200)\n"
"  --dark                for a dark page (an SVG follows its reader by itself)\n"
"  --true-time           do not cut out the times in which nothing happens\n"
"  --patience S          give up on a file that says nothing for so many seconds (60)\n"
"\n"
"What to record: trace-cmd record -e irq -e workqueue -e sched:sched_switch\n"
"-e sched:sched_waking -e napi -e bottom_half -e irq_vectors; less is fine too.\n"
"\n"
"Exit status: 0 drawn; 1 the trace cannot be read, or not be written; 2 wrong usage.\n";

enum option_value {
	O_SUMMARY = 256,
	O_FROM,
	O_TO,
	O_EVENTS,
	O_LINE,
	O_TITLE,
	O_WIDTH,
	O_DARK,
	O_TRUE_TIME,
	O_PATIENCE,
	O_ALL_CPUS,
	O_HELP
};

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "summary", no_argument, NULL, O_SUMMARY },
	{ "from", required_argument, NULL, O_FROM },
	{ "to", required_argument, NULL, O_TO },
	{ "events", required_argument, NULL, O_EVENTS },
	{ "line", required_argument, NULL, O_LINE },
	{ "title", required_argument, NULL, O_TITLE },
	{ "width", required_argument, NULL, O_WIDTH },
	{ "dark", no_argument, NULL, O_DARK },
	{ "true-time", no_argument, NULL, O_TRUE_TIME },
	{ "all-cpus", no_argument, NULL, O_ALL_CPUS },
	{ "patience", required_argument, NULL, O_PATIENCE },
	{ "help", no_argument, NULL, O_HELP },
	{ NULL, 0, NULL, 0 }
};

static void wrong(const char *what, const char *value)
{
	fprintf(stderr, "timeline: %s '%s'; timeline --help tells the usage\n", what, value);
	exit(2);
}

/* SECONDS[.FRACTION], as nanoseconds, to the digit: a double would not do */
static nsec time_of(const char *text, nsec begin)
{
	const char *at = text + (*text == '+');
	nsec ns = 0;
	int digits = 0;

	if (*at < '0' || *at > '9')
		wrong("no time:", text);
	while (*at >= '0' && *at <= '9' && ns < 1000000000)
		ns = 10 * ns + *at++ - '0';
	ns *= 1000000000;
	if (*at == '.') {
		nsec unit = 100000000;

		for (at++; *at >= '0' && *at <= '9'; at++, digits++, unit /= 10)
			ns += (*at - '0') * unit;
	}
	if (*at)
		wrong("no time in seconds:", text);
	return *text == '+' ? begin + ns : ns;
}

static long number_of(const char *text, long least, long most, const char *what)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*end || end == text || n < least || n > most)
		wrong(what, text);
	return n;
}

static void view_events(struct view *v, const struct trace *t, const char *text)
{
	unsigned long a, b;
	char rest;

	if (sscanf(text, "%lu-%lu%c", &a, &b, &rest) != 2 || !a || a > b)
		wrong("no range of events A-B:", text);
	if (a > t->events) {
		fprintf(stderr, "timeline: no event %lu; the trace has %zu\n", a, t->events);
		exit(2);
	}
	v->from = t->event[a - 1].ts;
	v->to = t->event[(b > t->events ? t->events : b) - 1].ts;
}

/* ---- the window of a line */

/* The device's signal, as the bench's tracepoint or the kernel's has it */
static bool is_signal(const struct event *e, const char *line, bool bench)
{
	return !strcmp(e->name, line) &&
	       (bench ? e->kind == E_RAISE && !e->b : e->kind == E_IRQ_ENTRY);
}

/* Does the packet belong to the line's device? "nd1" to "nd1-rx0" */
static bool packet_of(const struct event *e, const char *line)
{
	size_t n = strlen(e->name);

	return e->kind == E_PACKET && n && !strncmp(e->name, line, n) &&
	       (line[n] == '-' || !line[n]);
}

/* Where what runs at @i ends: the softirq, the work item, the thread's turn */
static size_t end_of_run(const struct trace *t, size_t i)
{
	const struct event *e = &t->event[i];
	bool worker = !strncmp(e->comm, "kworker/", 8) && !(e->where & IN_SOFTIRQ);

	for (size_t j = i + 1; j < t->events; j++) {
		const struct event *f = &t->event[j];

		if (worker && f->kind == E_WORK_END && f->pid == e->pid)
			return j;
		if (worker || f->cpu != e->cpu)
			continue;
		if (f->kind == E_SOFTIRQ_EXIT || f->kind == E_SWITCH ||
		    (f->kind == E_IRQ_EXIT && (e->where & IN_HARDIRQ)))
			return j;
	}
	return t->events - 1;
}

/* The last event of the interrupt whose signal is event @i */
static size_t end_of_chain(const struct trace *t, size_t i, const char *line, bool bench)
{
	size_t run = i;

	for (size_t j = i + 1; j < t->events; j++) {
		const struct event *e = &t->event[j];

		if (packet_of(e, line))
			return end_of_run(t, j);
		if (run == i && e->kind == E_RUN && e->b && !strcmp(e->name, line))
			run = j;
		/* Its bottom half has run, and no packet comes before the next one. */
		if (run != i && is_signal(e, line, bench))
			break;
	}
	if (run != i)
		return end_of_run(t, run);
	/* Nobody said that a bottom half ran: the first softirq or work item after it. */
	for (size_t j = i + 1; j < t->events; j++)
		if (t->event[j].kind == E_SOFTIRQ_EXIT || t->event[j].kind == E_WORK_END)
			return j;
	return t->events - 1;
}

/* Only the CPUs on which the line's interrupts and bottom halves were */
static void view_cpus(struct view *v, const struct trace *t, const char *line)
{
	v->some_cpus = true;
	for (size_t i = 0; i < t->events; i++) {
		const struct event *e = &t->event[i];

		if (e->ts >= v->from && e->ts <= v->to &&
		    (packet_of(e, line) || ((e->kind == E_RAISE || e->kind == E_RUN ||
					     e->kind == E_IRQ_ENTRY) && !strcmp(e->name, line))))
			v->cpu[e->cpu] = true;
	}
}

static void view_line(struct view *v, const struct trace *t, char *text)
{
	char *colon = strchr(text, ':');
	long nth = 0, n = 0;
	bool bench = false;
	nsec margin;

	if (colon) {
		nth = number_of(colon + 1, 1, 1000000000, "no number of an interrupt:");
		*colon = '\0';
	}
	for (size_t i = 0; i < t->events && !bench; i++)
		bench = is_signal(&t->event[i], text, true);
	for (size_t i = 0; i < t->events; i++) {
		if (!is_signal(&t->event[i], text, bench))
			continue;
		n++;
		if (nth && n != nth)
			continue;
		if (n == 1 || nth)
			v->from = t->event[i].ts;
		v->to = t->event[end_of_chain(t, i, text, bench)].ts;
		if (nth)
			break;
	}
	if (!n || n < nth) {
		fprintf(stderr, "timeline: %ld interrupts of a line '%s' in this trace; 'trace-cmd report' shows the names (irq_handler_entry: name=)\n",
			n, text);
		exit(1);
	}
	view_cpus(v, t, text);
	margin = (v->to - v->from) / 25;
	v->from -= margin < v->from ? margin : v->from;
	v->to += margin;
}

struct wish {
	const char *from, *to, *events;
	char *line;
};

static void choose_view(struct view *v, const struct trace *t, const struct model *m,
			const struct wish *w)
{
	v->from = m->begin;
	v->to = m->end;
	if (w->events)
		view_events(v, t, w->events);
	if (w->line)
		view_line(v, t, w->line);
	if (w->from)
		v->from = time_of(w->from, m->begin);
	if (w->to)
		v->to = time_of(w->to, m->begin);
	if (v->from > v->to || v->from > m->end || v->to < m->begin) {
		fprintf(stderr, "timeline: nothing there: the trace goes from %llu.%09llu to %llu.%09llu\n",
			m->begin / 1000000000, m->begin % 1000000000,
			m->end / 1000000000, m->end % 1000000000);
		exit(2);
	}
	/* One event alone has no extent. */
	if (v->to - v->from < 100)
		v->to = v->from + 100;
}

static bool drawable(const struct model *m)
{
	if (m->boxes || m->arrows || m->marks)
		return true;
	fprintf(stderr, "timeline: no event in this trace says who ran; record also with -e irq -e workqueue -e sched:sched_switch\n");
	return false;
}

static void warn_lost(const struct model *m, const char *file)
{
	if (!m->lost_places)
		return;
	if (m->lost)
		fprintf(stderr, "timeline: %s: %lld events lost in %zu places", file, m->lost,
			m->lost_places);
	else
		fprintf(stderr, "timeline: %s: events lost in %zu places", file, m->lost_places);
	fprintf(stderr, "; what is across them is left out. Record with a larger buffer (trace-cmd record -b KB)\n");
}

int main(int argc, char **argv)
{
	static struct view view = { .width = 1200, .squeeze = true };
	struct wish wish = { NULL };
	const char *output = NULL, *file, *dot;
	struct trace trace;
	struct model model;
	bool table = false, all_cpus = false;
	int patience = 60, option, err = 0;

	while ((option = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			output = optarg;
			break;
		case O_SUMMARY:
			table = true;
			break;
		case O_FROM:
			wish.from = optarg;
			break;
		case O_TO:
			wish.to = optarg;
			break;
		case O_EVENTS:
			wish.events = optarg;
			break;
		case O_LINE:
			wish.line = optarg;
			break;
		case O_TITLE:
			view.title = optarg;
			break;
		case O_WIDTH:
			view.width = number_of(optarg, 600, 8000, "no width:");
			break;
		case O_DARK:
			view.dark = true;
			break;
		case O_TRUE_TIME:
			view.squeeze = false;
			break;
		case O_ALL_CPUS:
			all_cpus = true;
			break;
		case O_PATIENCE:
			patience = number_of(optarg, 1, 86400, "no time to be patient:");
			break;
		case 'h':
		case O_HELP:
			fputs(help, stdout);
			return 0;
		default:
			fputs("timeline --help tells the usage\n", stderr);
			return 2;
		}
	}
	if (optind != argc - 1) {
		fputs("timeline: one TRACE.DAT is wanted; timeline --help tells the usage\n",
		      stderr);
		return 2;
	}
	file = argv[optind];
	dot = output ? strrchr(output, '.') : NULL;
	if (output && (!dot || (strcmp(dot, ".svg") && strcmp(dot, ".png"))))
		wrong("neither FILE.svg nor FILE.png:", output);
	if (!view.title)
		view.title = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;

	if (trace_read(&trace, file, patience))
		return 1;
	if (model_build(&model, &trace) || !drawable(&model))
		return 1;
	warn_lost(&model, file);
	choose_view(&view, &trace, &model, &wish);
	if (all_cpus)
		view.some_cpus = false;
	if (table || !output)
		summary(&model, &view);
	if (output)
		err = draw(&model, &view, output);
	model_free(&model);
	free(trace.event);
	return err ? 1 : 0;
}
