/*
 * report: plan, run and status as text, JSON, Markdown and HTML. Writers in one table; what one
 * shows, all show. Nothing here prints.
 */
#ifndef CERTROLL_REPORT_REPORT_H
#define CERTROLL_REPORT_REPORT_H

#include "apply/run.h"
#include "base/text.h"

enum report_kind {
    REPORT_PLAN,
    REPORT_RUN,
    REPORT_STATUS,
    REPORT_VALIDATION,
    REPORT_HISTORY,
    REPORT_VERIFICATION,
    REPORT_DELIVERY,
};
enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_MARKDOWN, REPORT_HTML };

/* A run as the store remembers it. */
struct past_run {
    const char *json;   /* kind: Run */
    const char *report; /* path of its HTML, or NULL */
    bool finished;
};

/* A report that waits to be sent. */
struct waiting_report {
    const char *run_id;
    const char *url;
    instant queued_at;
    int attempts;
    const char *last_error; /* or NULL */
};

struct report_view {
    enum report_kind kind;
    const struct plan *plan;           /* PLAN */
    const struct run *run;             /* RUN */
    const struct snapshot *snapshot;   /* STATUS; NULL where the store could not be read */
    const struct manifests *manifests; /* VALIDATION */
    const struct problems *problems;   /* all others, which bring none of their own; or NULL */
    const struct past_run *runs;       /* HISTORY, oldest first */
    size_t run_count;
    const char *store;  /* where it is, of one with nothing in it; or NULL */
    bool store_missing; /* there is no folder */
    bool rebuilt;       /* VERIFICATION: the index was made anew before */
    size_t objects;
    size_t links;
    size_t unreferenced;
    size_t delivered;        /* DELIVERY; what is left counts in outbox_count */
    const char *dropped_url; /* DELIVERY: what waited for it was let go; or NULL */
    size_t dropped_count;
    const struct waiting_report *dropped;
    bool failed; /* there is nothing to show but the problems */
    instant now;
    const char *host;                    /* name of this machine */
    const char *version;                 /* of certroll */
    bool color;                          /* TEXT: SGR colours */
    bool compact;                        /* JSON: without spaces */
    int verbosity;                       /* TEXT: -1 quiet: nothing where nothing was done, is to be
                                            done or failed; 0; 1 verbose */
    size_t outbox_count;                 /* reports that wait to be sent */
    const struct waiting_report *outbox; /* RUN, STATUS: they, in order; or NULL */
};

/* The Content of one view in one format. 0, or -1 when memory is out or there is no such writer
 * (HTML of anything but a run or the history). Markdown is GitHub's, and below 60,000 bytes
 * whatever the view holds. ret is the caller's to free. */
int report_write(const struct report_view *view, enum report_format format, struct text *ret);

/* The same to a descriptor; of JSON and HTML no more than a few rows are held in memory. 0, or a
 * negative errno value. */
int report_write_to(const struct report_view *view, enum report_format format, int fd);

/* Problems as text, one a paragraph: FILE:LINE:COL: error: MESSAGE [code], excerpt and caret
 * below. Those that `force` hides are left out. */
void report_problems(const struct problems *problems, bool color, struct text *ret);

#endif
