/* writers: one function a format, for the table in report.c. Internal to report. */
#ifndef CERTROLL_REPORT_WRITERS_H
#define CERTROLL_REPORT_WRITERS_H

#include "report/rows.h"

/* Add the view's content to text, which remembers that memory ran out. 0 or -1. */
int report_write_json(const struct report_view *view, const struct document *document,
                      struct text *text);
/* The same values as the data of a page, without spaces, and with '<' as \u003c. Where text would
 * become longer than limit, lists are cut: what failed stands first in them then, and how many rows
 * are missing in *_left_out. */
int report_add_data(enum report_kind kind, const struct document *document, size_t limit,
                    struct text *text);
int report_write_plan(const struct report_view *view, const struct document *document,
                      struct text *text);
int report_write_status(const struct report_view *view, const struct document *document,
                        struct text *text);
int report_write_validation(const struct report_view *view, const struct document *document,
                            struct text *text);
int report_write_history(const struct report_view *view, const struct document *document,
                         struct text *text);
int report_write_verification(const struct report_view *view, const struct document *document,
                              struct text *text);
int report_write_delivery(const struct report_view *view, const struct document *document,
                          struct text *text);
int report_write_markdown(const struct report_view *view, const struct document *document,
                          struct text *text);
int report_write_html(const struct report_view *view, const struct document *document,
                      struct text *text);
int report_write_html_history(const struct report_view *view, const struct document *document,
                              struct text *text);

#endif
