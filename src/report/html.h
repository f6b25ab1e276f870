/*
 * html: the parts of the page, and the pieces that they are put together from. Internal to report.
 *
 * The page is a single file that asks for nothing: its style stands in it (page.css), there is no
 * script, what is long is folded. The first screen says whether everything is in order.
 */
#ifndef CERTROLL_REPORT_HTML_H
#define CERTROLL_REPORT_HTML_H

#include "report/rows.h"

struct outlook;

extern const char html_style[]; /* page.css */

/* <tag>, a string from outside, </tag>; NULL shows a dash. */
void html_add_element(struct text *text, const char *tag, const char *string);

/* A string from outside within a line of ours, so that letters that run to the left do not move
 * what stands beside them. */
void html_add_inline(struct text *text, const char *string);

/* <dt>name</dt><dd>string</dd>, nothing for NULL; name is ours. */
void html_add_term(struct text *text, const char *name, const char *string);
void html_add_time_term(struct text *text, const char *name, instant at);

/* A <time> element "2026-11-22 09:00:00 UTC", or a day alone; a dash for INSTANT_NONE. */
void html_add_time(struct text *text, instant at);
void html_add_day(struct text *text, instant at);

/* "scope/type". */
void html_add_slot(struct text *text, const char *scope, const char *type);

/* A fingerprint's first digits, the whole of it as its title. */
void html_add_fingerprint(struct text *text, const char *fingerprint);

/* All up to the body, with a title of ours; and what closes it. */
void html_begin_page(struct text *text, const struct report_view *view, const char *title);
void html_end_page(struct text *text, const struct report_view *view);

/* <header> with the sign of ok, changed, warning or failed, then host (NULL: none) and time; the
 * caller closes the header. */
void html_begin_verdict(struct text *text, const char *kind, const char *host, instant at);
void html_end_verdict(struct text *text);

/* A number with a name of ours, in a list of figures; coloured where there is one of a kind. */
void html_add_figure(struct text *text, const char *name, int64_t count, const char *kind);

/* <section> with a heading; its id is what the table of contents points to. */
void html_begin_section(struct text *text, const char *id, const char *title);
void html_end_section(struct text *text);

/* <details> whose summary is a title of ours and a count. */
void html_begin_fold(struct text *text, const char *title, size_t count, bool open);
void html_end_fold(struct text *text);

/* How far a section may reach, so that the page stays small: rows that would pass it are left out,
 * and the reader is told. */
struct html_room {
    struct text *text;
    size_t limit;    /* size of text */
    size_t left_out; /* rows */
    size_t row;      /* where the present one begins */
};

/* True where the row may be written; html_end_row() takes it back where it does not fit, and then
 * no other may. */
bool html_begin_row(struct html_room *room);
void html_end_row(struct html_room *room);
/* Behind a list: how many rows were left out, of what (in the singular), and which command has
 * them all; nothing where all are there. */
void html_end_room(const struct html_room *room, const char *noun, const char *command);

/* The sections, in this order, each up to a size of text. 0, or -1 when memory is out. */
void html_add_changes(struct text *text, const struct document *document, size_t limit);
int html_add_problems(struct text *text, const struct document *document, size_t limit);
int html_add_next(struct text *text, const struct document *document,
                  const struct outlook *outlooks, instant now);
void html_add_state(struct text *text, const struct document *document, instant now, size_t limit);
void html_add_facts(struct text *text, const struct report_view *view,
                    const struct document *document, size_t limit);

/* The first count of the outlooks, drawn. */
void html_add_timeline(struct text *text, const struct outlook *outlooks, size_t count,
                       instant now);

#endif
