/* html: the parts of the page. Internal to report. */
#ifndef CERTROLL_REPORT_HTML_H
#define CERTROLL_REPORT_HTML_H

#include "report/rows.h"

extern const char html_style[];

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

/* What comes next, the whole state, and the run's facts: a section each. 0, or -1 when memory is
 * out. */
int html_add_next(struct text *text, const struct report_view *view,
                  const struct document *document);
void html_add_state(struct text *text, const struct report_view *view,
                    const struct document *document);
void html_add_facts(struct text *text, const struct report_view *view,
                    const struct document *document);

#endif
