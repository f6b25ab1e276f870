/* markdown: the parts of a comment in GitHub-flavoured Markdown. Internal to report. */
#ifndef CERTROLL_REPORT_MARKDOWN_H
#define CERTROLL_REPORT_MARKDOWN_H

#include "report/rows.h"

enum {
    MARKDOWN_FACTS_ROOM = 5400, /* bytes that markdown_add_facts() adds at most */
    MARKDOWN_NAME_MOST = 120,   /* characters that are shown of a name, a path, a subject */
};

/* Adds one row of a list: a paragraph, an item, or lines of a table. What it adds is bounded,
 * whatever the row holds. */
typedef void markdown_row(const struct report_view *view, const void *row, struct text *text);

markdown_row markdown_add_error;       /* problem_row */
markdown_row markdown_add_warning;     /* problem_row */
markdown_row markdown_add_action;      /* action_row */
markdown_row markdown_add_certificate; /* action_row */
markdown_row markdown_add_slot;        /* slot_row */
markdown_row markdown_add_unassigned;  /* certificate_row */
markdown_row markdown_add_manifest;    /* manifest_row */
markdown_row markdown_add_run;         /* past_run_row */

/* A list of the document as it is shown. */
struct markdown_section {
    const char *title;
    const char *noun; /* of a row */
    const char *head; /* of the table, NULL: it is none */
    size_t list;      /* offset of the struct list in a document */
    size_t row_size;
    bool (*keep)(const void *row);                       /* NULL: all rows */
    int (*compare)(const void *left, const void *right); /* of pointers to rows; NULL: as it is */
    markdown_row *add;
    size_t room; /* bytes that are kept free for it while what stands before it is long */
    size_t open; /* rows that stand in the open; the others are folded */
};

/* In order of what matters. */
extern const struct markdown_section markdown_sections[];
extern const size_t markdown_section_count;

/* The verdict as a heading, and a sentence below. 0, or -1 when memory is out. */
int markdown_add_head(const struct report_view *view, const struct document *document,
                      struct text *text);

/* Of a plan or a run, folded: when, from which generation, where its report is. */
void markdown_add_facts(const struct report_view *view, const struct document *document,
                        struct text *text);

/* "2026-11-22 09:00:00 UTC"; a dash for INSTANT_NONE. */
void markdown_add_time(struct text *text, instant at);

#endif
