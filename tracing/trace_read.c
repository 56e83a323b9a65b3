// SPDX-License-Identifier: GPL-2.0
/*
 * trace.dat -> events. libtracecmd reads it, and trusts what it reads: a damaged file may
 * crash it, or it may never return. So it works in a process of its own, which passes
 * the events through a pipe. If that process dies, or sends nothing for too long, the
 * file is reported as damaged.
 */
#include <stdio.h>
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <trace-cmd.h>

#include "timeline.h"

#define MAX_EVENTS	4000000

/* What we know of a kind of event: its format in this file, looked up once. */
struct known {
	const char *system, *name;
	int kind;
	/* The fields for a, b, key and name; a name of "()" resolves key's function */
	const char *a, *b, *key, *string;
	int id;
	struct tep_format_field *field_a, *field_b, *field_key, *field_string;
};

static struct known known[] = {
	{ "irq", "irq_handler_entry", E_IRQ_ENTRY, "irq", NULL, NULL, "name" },
	{ "irq", "irq_handler_exit", E_IRQ_EXIT, "irq" },
	{ "irq", "softirq_raise", E_SOFTIRQ_RAISE, "vec" },
	{ "irq", "softirq_entry", E_SOFTIRQ_ENTRY, "vec" },
	{ "irq", "softirq_exit", E_SOFTIRQ_EXIT, "vec" },
	{ "irq", "tasklet_entry", E_TASKLET_ENTRY, NULL, NULL, "func", "()" },
	{ "irq", "tasklet_exit", E_TASKLET_EXIT, NULL, NULL, "func", "()" },
	{ "irq", "tasklet_hi_entry", E_TASKLET_ENTRY, NULL, NULL, "func", "()" },
	{ "irq", "tasklet_hi_exit", E_TASKLET_EXIT, NULL, NULL, "func", "()" },
	{ "workqueue", "workqueue_queue_work", E_QUEUE_WORK, NULL, NULL, "work", "function" },
	{ "workqueue", "workqueue_execute_start", E_WORK_START, NULL, NULL, "work", "function" },
	{ "workqueue", "workqueue_execute_end", E_WORK_END, NULL, NULL, "work", "function" },
	{ "sched", "sched_switch", E_SWITCH, "prev_pid", "next_pid", NULL, "next_comm" },
	{ "sched", "sched_waking", E_WAKING, "pid", NULL, NULL, "comm" },
	{ "bottom_half", "bh_raise", E_RAISE, "irq", "mechanism", NULL, "line" },
	{ "bottom_half", "bh_run", E_RUN, "irq", "mechanism", "delay_ns", "line" },
	{ "napi", "napi_poll", E_NAPI_POLL, "work", "budget", NULL, "dev_name" },
	{ "net", "netif_receive_skb", E_PACKET, NULL, NULL, NULL, "name" },
};

#define KNOWN	((int)ARRAY_SIZE(known))

static struct tep_format_field *field(struct tep_event *event, const char *name)
{
	return name && strcmp(name, "()") ? tep_find_field(event, name) : NULL;
}

static void look_up(struct tep_handle *tep)
{
	for (int i = 0; i < KNOWN; i++) {
		struct known *k = &known[i];
		struct tep_event *event = tep_find_event_by_name(tep, k->system, k->name);

		k->id = event ? event->id : -1;
		if (!event)
			continue;
		k->field_a = field(event, k->a);
		k->field_b = field(event, k->b);
		k->field_key = field(event, k->key);
		k->field_string = field(event, k->string);
	}
}

/* The record may be shorter than its format says: then the field is 0. */
static unsigned long long number(struct tep_format_field *field, struct tep_record *record)
{
	unsigned long long value = 0;

	if (!field || field->offset < 0 || field->size <= 0 ||
	    (long long)field->offset + field->size > record->size)
		return 0;
	if (tep_read_number_field(field, record->data, &value))
		return 0;
	/* It comes without its sign. */
	if ((field->flags & TEP_FIELD_IS_SIGNED) && field->size == 4)
		return (unsigned long long)(long long)(int)value;
	return value;
}

/* Text in a field, or elsewhere in the record where the field points to */
static void text(char *out, size_t size, struct tep_format_field *field,
		 struct tep_record *record)
{
	const char *data = record->data;
	long long offset, length;

	out[0] = '\0';
	if (!field || field->offset < 0 || field->size <= 0 ||
	    (long long)field->offset + field->size > record->size)
		return;
	offset = field->offset;
	length = field->size;
	if (field->flags & TEP_FIELD_IS_DYNAMIC) {
		unsigned int where;

		if (field->size != sizeof(where))
			return;
		memcpy(&where, data + offset, sizeof(where));
		offset = where & 0xffff;
		length = where >> 16;
		if (field->flags & TEP_FIELD_IS_RELATIVE)
			offset += field->offset + field->size;
		if (offset + length > record->size)
			return;
	}
	if (length > (long long)size - 1)
		length = size - 1;
	memcpy(out, data + offset, length);
	out[length] = '\0';
}

static void copy(char *out, size_t size, const char *in)
{
	snprintf(out, size, "%s", in ? in : "");
}

/* irq_vectors:local_timer_entry and its like: the interrupts that have no handler. */
static int vector_event(const struct tep_event *event, char *name, size_t size)
{
	const char *tail = strrchr(event->name, '_');

	if (strcmp(event->system, "irq_vectors") || !tail)
		return E_OTHER;
	snprintf(name, size, "%.*s", (int)(tail - event->name), event->name);
	if (!strcmp(tail, "_entry"))
		return E_VECTOR_ENTRY;
	return strcmp(tail, "_exit") ? E_OTHER : E_VECTOR_EXIT;
}

struct reading {
	struct tep_handle *tep;
	int fd;
	unsigned long number;
	struct event buffer[256];
	int buffered;
};

static int flush(struct reading *r)
{
	const char *at = (const char *)r->buffer;
	size_t left = r->buffered * sizeof(r->buffer[0]);

	while (left) {
		ssize_t n = write(r->fd, at, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += n;
		left -= n;
	}
	r->buffered = 0;
	return 0;
}

static int one_record(struct tracecmd_input *input, struct tep_record *record,
		      int cpu, void *data)
{
	struct reading *r = data;
	struct tep_event *event = tep_find_event_by_record(r->tep, record);
	struct event *e = &r->buffer[r->buffered];
	int flags;

	(void)input;
	memset(e, 0, sizeof(*e));
	e->number = ++r->number;
	e->ts = record->ts;
	e->cpu = cpu;
	e->lost = record->missed_events;
	e->pid = tep_data_pid(r->tep, record);
	copy(e->comm, sizeof(e->comm), tep_data_comm_from_pid(r->tep, e->pid));
	flags = tep_data_flags(r->tep, record);
	if (flags & TRACE_FLAG_HARDIRQ)
		e->where |= IN_HARDIRQ;
	if (flags & TRACE_FLAG_SOFTIRQ)
		e->where |= IN_SOFTIRQ;
	for (int i = 0; event && i < KNOWN; i++) {
		struct known *k = &known[i];

		if (k->id != event->id)
			continue;
		e->kind = k->kind;
		e->a = number(k->field_a, record);
		e->b = number(k->field_b, record);
		e->key = number(k->field_key, record);
		if (k->string && !strcmp(k->string, "()"))
			copy(e->name, sizeof(e->name), tep_find_function(r->tep, e->key));
		else if (k->string && !strcmp(k->string, "function"))
			copy(e->name, sizeof(e->name),
			     tep_find_function(r->tep, number(k->field_string, record)));
		else
			text(e->name, sizeof(e->name), k->field_string, record);
		break;
	}
	if (event && !e->kind)
		e->kind = vector_event(event, e->name, sizeof(e->name));
	if (++r->buffered == ARRAY_SIZE(r->buffer))
		return flush(r);
	return 0;
}

/* The process of its own. A file cut short makes the library touch a page that is not
 * there (SIGBUS): that is an end as good as any.
 */
static void read_in_child(const char *file, int fd, int patience)
{
	static struct reading reading;
	struct rlimit no_core = { 0, 0 };
	struct rlimit cpu = { 20 * patience, 20 * patience };
	struct tracecmd_input *input;

	setrlimit(RLIMIT_CORE, &no_core);
	setrlimit(RLIMIT_CPU, &cpu);
	tracecmd_set_loglevel(TEP_LOG_NONE);
	tep_set_loglevel(TEP_LOG_NONE);
	input = tracecmd_open(file, TRACECMD_FL_LOAD_NO_PLUGINS);
	if (!input)
		_exit(2);
	reading.fd = fd;
	reading.tep = tracecmd_get_tep(input);
	look_up(reading.tep);
	if (tracecmd_iterate_events(input, NULL, 0, one_record, &reading))
		_exit(3);
	/* The last of all says that this is the end. */
	memset(&reading.buffer[reading.buffered], 0, sizeof(reading.buffer[0]));
	reading.buffer[reading.buffered].kind = E_KINDS;
	reading.buffer[reading.buffered++].number = reading.number;
	_exit(flush(&reading) ? 3 : 0);
}

static int complain(const char *file, const char *what)
{
	fprintf(stderr, "timeline: %s: %s\n", file, what);
	return -1;
}

/* What the first bytes say, so that the usual mistakes get their own words. */
static int check_head(const char *file)
{
	static const char magic[] = "\027\010\104tracing";
	unsigned char head[128];
	char what[160];
	struct stat st;
	unsigned long long options = 0;
	size_t at, n;
	FILE *f = fopen(file, "r");

	if (!f)
		return complain(file, strerror(errno));
	if (fstat(fileno(f), &st) || !S_ISREG(st.st_mode)) {
		fclose(f);
		return complain(file, "not a file; it wants the trace.dat of 'trace-cmd record'");
	}
	n = fread(head, 1, sizeof(head), f);
	fclose(f);
	if (!n)
		return complain(file, "empty; did 'trace-cmd record' end well?");
	if (n < sizeof(magic) - 1 || memcmp(head, magic, sizeof(magic) - 1))
		return complain(file, "not a trace; it wants the trace.dat of 'trace-cmd record' (text from tracefs: see tracing/README.md)");
	if (n < sizeof(head))
		return complain(file, "cut short: even its head is not whole; record again");
	at = sizeof(magic) - 1;
	if ((head[at] != '6' && head[at] != '7') || head[at + 1]) {
		snprintf(what, sizeof(what),
			 "version '%.1s' of the format; versions 6 and 7 are known ('trace-cmd convert' makes one of the other)",
			 isprint(head[at]) ? (char *)&head[at] : "?");
		return complain(file, what);
	}
	if (head[at + 2] != tep_is_bigendian())
		return complain(file, head[at + 2] == 1 ?
				"recorded on a big-endian machine: draw it there" :
				"recorded with another byte order: draw it there");
	if (head[at] == '7') {
		/* endianness, size of a long, of a page (4); compression: name, version */
		at += 8;
		for (int strings = 0; strings < 2; strings++) {
			while (at < n && head[at])
				at++;
			at++;
		}
		if (at + sizeof(options) > n)
			return complain(file, "damaged: its head makes no sense; record again");
		memcpy(&options, head + at, sizeof(options));
		if (!options)
			return complain(file, "not finished: 'trace-cmd record' was killed before it could write the end; stop it with Ctrl-C or give it a command");
		if (options >= (unsigned long long)st.st_size)
			return complain(file, "cut short: its end is missing (copied while it was written? disk full?); record again");
	}
	return 0;
}

static int keep(struct trace *trace, struct event *e)
{
	if (e->kind < 0 || e->kind >= E_KINDS || e->cpu < 0 || e->cpu >= MAX_CPUS)
		return -1;
	e->name[NAME_LEN - 1] = '\0';
	e->comm[COMM_LEN - 1] = '\0';
	/* What is drawn is text: nothing else gets through. */
	for (char *c = e->name; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	for (char *c = e->comm; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	/* Time does not go back; a damaged record may say so. */
	if (trace->events && e->ts < trace->event[trace->events - 1].ts)
		return -1;
	if (trace->events == trace->room) {
		size_t room = trace->room ? 2 * trace->room : 4096;
		struct event *more = realloc(trace->event, room * sizeof(*more));

		if (!more)
			return -1;
		trace->event = more;
		trace->room = room;
	}
	if (e->cpu >= trace->cpus)
		trace->cpus = e->cpu + 1;
	trace->event[trace->events++] = *e;
	return 0;
}

enum end {
	WHOLE,
	BROKEN_OFF,		/* without the last word */
	STALLED,
	SENSELESS,
	TOO_MANY
};

static enum end take_over(struct trace *trace, int fd, int patience)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct event e;
	size_t have = 0;

	for (;;) {
		ssize_t n = poll(&p, 1, patience * 1000);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return STALLED;
		n = read(fd, (char *)&e + have, sizeof(e) - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return BROKEN_OFF;
		have += n;
		if (have < sizeof(e))
			continue;
		have = 0;
		if (e.kind == E_KINDS)
			return e.number == trace->events ? WHOLE : SENSELESS;
		if (trace->events == MAX_EVENTS)
			return TOO_MANY;
		if (keep(trace, &e))
			return SENSELESS;
	}
}

int trace_read(struct trace *trace, const char *file, int patience)
{
	enum end end;
	int fd[2], status;
	pid_t child;

	memset(trace, 0, sizeof(*trace));
	if (check_head(file))
		return -1;
	if (pipe(fd))
		return complain(file, strerror(errno));
	child = fork();
	if (child < 0)
		return complain(file, strerror(errno));
	if (!child) {
		close(fd[0]);
		read_in_child(file, fd[1], patience);
	}
	close(fd[1]);
	end = take_over(trace, fd[0], patience);
	close(fd[0]);
	if (end != WHOLE)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	switch (end) {
	case WHOLE:
		break;
	case TOO_MANY:
		return complain(file, "more than 4 million events; record fewer ('trace-cmd record -e irq ...') or cut it ('trace-cmd split')");
	case STALLED:
		return complain(file, "damaged: libtracecmd does not come to an end with it; record again");
	case BROKEN_OFF:
	case SENSELESS:
		return complain(file, "damaged or cut short: libtracecmd cannot read it to its end; record again");
	}
	if (!trace->events)
		return complain(file, "a trace without events; was anything enabled ('-e irq -e workqueue -e sched:sched_switch'), and did it happen?");
	return 0;
}
