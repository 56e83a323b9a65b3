// SPDX-License-Identifier: GPL-2.0
/*
 * What is drawn on. PNG: cairo. SVG: by hand, because the words are to stay words (that
 * can be searched, copied and read aloud) and the colours are to follow the reader's
 * light or dark mode, neither of which cairo's SVG surface does. Cairo measures the
 * text for both.
 */
#include <stdio.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cairo.h>

#include "timeline.h"

#define FONT	"DejaVu Sans"

/* Filling and line, in the light and in the dark. The names are the SVG's classes. */
static const struct {
	const char *name;
	unsigned int fill[2], line[2];
} paints[PAINTS] = {
	[P_IRQ]		= { "irq",	 { 0xf6b9b0, 0x7a2620 }, { 0xa8281f, 0xff9a8c } },
	[P_SIRQ]	= { "softirq",	 { 0xffdd94, 0x644a00 }, { 0x875c00, 0xf2c553 } },
	[P_KSOFTIRQD]	= { "ksoftirqd", { 0xdfe9a4, 0x444d0c }, { 0x5c6a08, 0xc9d65f } },
	[P_IRQTHREAD]	= { "thread",	 { 0xdccaf6, 0x442b70 }, { 0x5f35a6, 0xc6a8f7 } },
	[P_KWORKER]	= { "worker",	 { 0xbcd8f8, 0x1a4170 }, { 0x1b589e, 0x8bbcf5 } },
	[P_USER]	= { "task",	 { 0xe4e6e9, 0x3a3e45 }, { 0x656b73, 0xaab1ba } },
	[P_BACK]	= { "back",	 { 0xffffff, 0x15171b }, { 0xffffff, 0x15171b } },
	[P_GRID]	= { "grid",	 { 0xf3f4f6, 0x1e2126 }, { 0xd9dce1, 0x363b43 } },
	[P_TEXT]	= { "text",	 { 0x1a1c1f, 0xe9ebee }, { 0x1a1c1f, 0xe9ebee } },
	[P_MUTED]	= { "muted",	 { 0x5a616b, 0x9ea6b1 }, { 0x5a616b, 0x9ea6b1 } },
	[P_ARROW]	= { "arrow",	 { 0x3d4654, 0xc3cad4 }, { 0x3d4654, 0xc3cad4 } },
	[P_BH]		= { "bh",	 { 0x04713f, 0x4fd39b }, { 0x04713f, 0x4fd39b } },
	[P_LOST]	= { "lost",	 { 0xd0021b, 0xff5f6d }, { 0xd0021b, 0xff5f6d } },
};

struct canvas {
	const char *file;
	FILE *svg;
	cairo_surface_t *surface;
	cairo_t *cr;		/* of an SVG: only to measure */
	int dark;
};

static void colour(struct canvas *c, unsigned int rgb, double alpha)
{
	cairo_set_source_rgba(c->cr, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0,
			      (rgb & 255) / 255.0, alpha);
}

/* Text for XML */
static void escaped(FILE *f, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			fputc(*text, f);
		}
	}
}

static void style(FILE *f, int dark)
{
	for (int p = 0; p < PAINTS; p++)
		fprintf(f, "%s.tl-%s{--f:#%06x;--l:#%06x}", p ? "" : "",
			paints[p].name, paints[p].fill[dark], paints[p].line[dark]);
}

/* What the colours of a class are used for */
static const char * const rules[] = {
	".timeline rect,.timeline .tip{fill:var(--f);stroke:var(--l)}",
	".timeline rect.heap{fill:var(--l);stroke:none}",
	".timeline path,.timeline line{fill:none;stroke:var(--l)}",
	".timeline text{fill:var(--f)}",
	".timeline text.halo{stroke:var(--halo);stroke-width:3px;paint-order:stroke;stroke-linejoin:round}",
};

/* Every rule starts with the picture's class: several may stand in one page. */
static void svg_head(struct canvas *c, double width, double height)
{
	FILE *f = c->svg;

	fprintf(f,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"timeline\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" font-family=\"'%s',Verdana,sans-serif\">\n<style>",
		width, height, width, height, FONT);
	style(f, c->dark);
	if (!c->dark) {
		fputs("@media (prefers-color-scheme:dark){", f);
		style(f, 1);
		fputs("}@media print{", f);
		style(f, 0);
		fputs("}", f);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		fputs(rules[i], f);
	fprintf(f, ".timeline{--halo:#%06x}", paints[P_BACK].fill[c->dark]);
	if (!c->dark)
		fprintf(f, "@media (prefers-color-scheme:dark){.timeline{--halo:#%06x}}@media print{.timeline{--halo:#ffffff}}",
			paints[P_BACK].fill[1]);
	fputs("</style>\n", f);
	fprintf(f, "<rect class=\"tl-back\" x=\"0\" y=\"0\" width=\"%.0f\" height=\"%.0f\"/>\n",
		width, height);
}

static bool ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), m = strlen(tail);

	return n >= m && !strcmp(s + n - m, tail);
}

struct canvas *canvas_new(const char *file, double width, double height, bool dark)
{
	struct canvas *c = calloc(1, sizeof(*c));
	bool svg = ends_with(file, ".svg");

	if (!c)
		return NULL;
	c->file = file;
	c->dark = dark;
	/* Twice the pixels, for today's screens */
	c->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, svg ? 1 : 2 * width,
						svg ? 1 : 2 * height);
	c->cr = cairo_create(c->surface);
	if (cairo_status(c->cr)) {
		fprintf(stderr, "timeline: %s: no picture of %.0f by %.0f: %s\n", file, width,
			height, cairo_status_to_string(cairo_status(c->cr)));
		goto failed;
	}
	if (svg) {
		c->svg = fopen(file, "w");
		if (!c->svg) {
			fprintf(stderr, "timeline: %s: %s\n", file, strerror(errno));
			goto failed;
		}
		svg_head(c, width, height);
		return c;
	}
	cairo_scale(c->cr, 2, 2);
	colour(c, paints[P_BACK].fill[c->dark], 1);
	cairo_paint(c->cr);
	return c;

failed:
	cairo_destroy(c->cr);
	cairo_surface_destroy(c->surface);
	free(c);
	return NULL;
}

int canvas_close(struct canvas *c)
{
	int err = 0;

	if (c->svg) {
		fputs("</svg>\n", c->svg);
		err = ferror(c->svg);
		if (fclose(c->svg) || err)
			err = -1;
		if (err)
			fprintf(stderr, "timeline: %s: %s\n", c->file, strerror(errno));
	} else {
		cairo_status_t status = cairo_surface_write_to_png(c->surface, c->file);

		if (status) {
			fprintf(stderr, "timeline: %s: %s\n", c->file,
				cairo_status_to_string(status));
			err = -1;
		}
	}
	cairo_destroy(c->cr);
	cairo_surface_destroy(c->surface);
	free(c);
	return err;
}

void canvas_box(struct canvas *c, double x, double y, double w, double h,
		enum paint paint, double strength, const char *tip)
{
	if (c->svg) {
		fprintf(c->svg, "<rect class=\"tl-%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"",
			paints[paint].name, x, y, w, h);
		if (strength <= 0)
			fputs(" fill-opacity=\"0\" stroke-dasharray=\"3 3\"", c->svg);
		else if (strength < 1)
			fprintf(c->svg, " fill-opacity=\"%.2f\"", strength);
		if (paint == P_GRID)
			fputs(" stroke-width=\"0\"", c->svg);
		if (!tip) {
			fputs("/>\n", c->svg);
			return;
		}
		fputs("><title>", c->svg);
		escaped(c->svg, tip);
		fputs("</title></rect>\n", c->svg);
		return;
	}
	cairo_rectangle(c->cr, x, y, w, h);
	colour(c, paints[paint].fill[c->dark], strength < 0 ? 0 : strength);
	if (paint == P_GRID) {
		cairo_fill(c->cr);
		return;
	}
	cairo_fill_preserve(c->cr);
	colour(c, paints[paint].line[c->dark], 1);
	cairo_set_line_width(c->cr, 1);
	if (strength <= 0)
		cairo_set_dash(c->cr, (double[]){ 3, 3 }, 2, 0);
	cairo_stroke(c->cr);
	cairo_set_dash(c->cr, NULL, 0, 0);
}

void canvas_fill(struct canvas *c, double x, double y, double w, double h,
		 enum paint paint, double strength, const char *tip)
{
	if (c->svg) {
		fprintf(c->svg, "<rect class=\"tl-%s heap\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill-opacity=\"%.2f\"><title>",
			paints[paint].name, x, y, w, h, strength);
		escaped(c->svg, tip);
		fputs("</title></rect>\n", c->svg);
		return;
	}
	cairo_rectangle(c->cr, x, y, w, h);
	colour(c, paints[paint].line[c->dark], strength);
	cairo_fill(c->cr);
}

void canvas_line(struct canvas *c, double x1, double y1, double x2, double y2,
		 enum paint paint, double thickness, bool dashed)
{
	if (c->svg) {
		fprintf(c->svg, "<line class=\"tl-%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke-width=\"%.1f\"%s/>\n",
			paints[paint].name, x1, y1, x2, y2, thickness,
			dashed ? " stroke-dasharray=\"4 3\"" : "");
		return;
	}
	colour(c, paints[paint].line[c->dark], 1);
	cairo_set_line_width(c->cr, thickness);
	if (dashed)
		cairo_set_dash(c->cr, (double[]){ 4, 3 }, 2, 0);
	cairo_move_to(c->cr, x1, y1);
	cairo_line_to(c->cr, x2, y2);
	cairo_stroke(c->cr);
	cairo_set_dash(c->cr, NULL, 0, 0);
}

void canvas_arrow(struct canvas *c, double x1, double y1, double x2, double y2,
		  double mx, double my, enum paint paint, const char *tip)
{
	/* A quadratic curve as a cubic one */
	double ax = x1 + 2 * (mx - x1) / 3, ay = y1 + 2 * (my - y1) / 3;
	double bx = x2 + 2 * (mx - x2) / 3, by = y2 + 2 * (my - y2) / 3;
	double angle = atan2(y2 - by, x2 - bx);
	double size = 8, spread = 0.42;
	double px = x2 - size * cos(angle - spread), py = y2 - size * sin(angle - spread);
	double qx = x2 - size * cos(angle + spread), qy = y2 - size * sin(angle + spread);
	double thickness = paint == P_BH ? 1.8 : 1.2;

	if (c->svg) {
		fprintf(c->svg, "<g class=\"tl-%s\"><title>", paints[paint].name);
		escaped(c->svg, tip);
		fprintf(c->svg,
			"</title><path d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f\" stroke-width=\"%.1f\"/><path class=\"tip\" d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fz\"/></g>\n",
			x1, y1, ax, ay, bx, by, x2, y2, thickness, x2, y2, px, py, qx, qy);
		return;
	}
	colour(c, paints[paint].line[c->dark], 1);
	cairo_set_line_width(c->cr, thickness);
	cairo_move_to(c->cr, x1, y1);
	cairo_curve_to(c->cr, ax, ay, bx, by, x2, y2);
	cairo_stroke(c->cr);
	cairo_move_to(c->cr, x2, y2);
	cairo_line_to(c->cr, px, py);
	cairo_line_to(c->cr, qx, qy);
	cairo_close_path(c->cr);
	cairo_fill(c->cr);
}

static void font(struct canvas *c, double size, bool bold)
{
	cairo_select_font_face(c->cr, FONT, CAIRO_FONT_SLANT_NORMAL,
			       bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(c->cr, size);
}

double canvas_width(struct canvas *c, double size, bool bold, const char *text)
{
	cairo_text_extents_t e;

	font(c, size, bold);
	cairo_text_extents(c->cr, text, &e);
	return e.x_advance;
}

/* The words of arrows stand on top of other things: they get a rim of the background. */
void canvas_text(struct canvas *c, double x, double y, double size,
		 enum anchor anchor, enum paint paint, bool bold, const char *text)
{
	static const char * const anchors[] = { "start", "middle", "end" };
	bool rim = paint == P_ARROW || paint == P_BH || paint == P_LOST;

	if (c->svg) {
		fprintf(c->svg, "<text class=\"tl-%s%s\" x=\"%.1f\" y=\"%.1f\" font-size=\"%.0f\"%s%s%s%s>",
			paints[paint].name, rim ? " halo" : "", x, y, size,
			anchor ? " text-anchor=\"" : "", anchor ? anchors[anchor] : "",
			anchor ? "\"" : "", bold ? " font-weight=\"bold\"" : "");
		escaped(c->svg, text);
		fputs("</text>\n", c->svg);
		return;
	}
	x -= anchor * canvas_width(c, size, bold, text) / 2;
	font(c, size, bold);
	cairo_move_to(c->cr, x, y);
	if (rim) {
		cairo_text_path(c->cr, text);
		colour(c, paints[P_BACK].fill[c->dark], 0.9);
		cairo_set_line_width(c->cr, 3);
		cairo_stroke(c->cr);
		cairo_move_to(c->cr, x, y);
	}
	colour(c, paints[paint].fill[c->dark], 1);
	cairo_show_text(c->cr, text);
}
