/* writers: one function a format, for the table in report.c. Internal to report. */
#ifndef CERTROLL_REPORT_WRITERS_H
#define CERTROLL_REPORT_WRITERS_H

#include "report/rows.h"

/* Add the view's content to text, which remembers that memory ran out. 0 or -1. */
int report_write_json(const struct report_view *view, const struct document *document,
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
