/*
 * rows: what a view shows, flat and in order, so that every writer shows the same. Internal to
 * report.
 *
 * Strings may hold bytes from outside; NULL and INSTANT_NONE stand for 'there is none'.
 */
#ifndef CERTROLL_REPORT_ROWS_H
#define CERTROLL_REPORT_ROWS_H

#include "report/report.h"

struct list {
    const void *items;
    size_t count;
};

struct manifest_row {
    int64_t certificates;
    const char *path;
    const char *name;
    const char *sha256;
    const char *commit;
    bool broken; /* it has errors: it changes nothing */
};

struct summary_row {
    int64_t certificates;
    int64_t unchanged;
    int64_t superseded;
    int64_t counts[ACTION_KIND_COUNT];
    int64_t failed;
    int64_t warnings;
};

struct action_row {
    const char *action;
    const char *outcome; /* NULL in a plan */
    const char *certificate;
    const char *owner;
    const char *scope;
    const char *type;
    const char *fingerprint;
    const char *thumbprint;
    const char *subject;
    instant not_before;
    instant not_after;
    instant effective_date;
    const char *relieves;
    const char *file;
    int64_t line;
    const char *reason;
    enum action_kind kind;
    enum outcome result; /* OUTCOME_DONE in a plan */
};

struct problem_row {
    const char *severity;
    const char *code;
    const char *file;
    int64_t line;
    int64_t column;
    const char *certificate;
    const char *message;
    const char *advice;
    const char *excerpt;
    bool is_error;
    bool quiet;
};

/* One URL of a run's report. */
struct sent_row {
    const char *url;
    const char *delivery;
    int64_t attempts;
    const char *error;
    enum delivery result;
};

struct delivery_row {
    const char *file;
    const char *url;
    const char *delivery;
    struct list deliveries; /* sent_row */
};

struct waiting_row {
    const char *run;
    const char *url;
    instant queued_at;
    int64_t attempts;
    const char *last_error;
};

struct certificate_row {
    const char *owner; /* of what is unassigned */
    const char *certificate;
    const char *fingerprint;
    const char *thumbprint;
    const char *subject;
    const char *issuer;
    const char *serial;
    struct list dns_names; /* const char * */
    instant not_before;
    instant not_after;
    instant effective_date;
    bool key_readable_by_service;
};

struct slot_row {
    const char *scope;
    const char *type;
    const char *owner;
    const struct certificate_row *current;
    struct list next; /* certificate_row */
    const struct certificate_row *previous;
};

struct past_run_row {
    bool finished;
    const char *report;
    const char *json;
};

struct document {
    const char *api_version;
    const char *kind;
    const char *run_id;
    instant started_at;
    instant finished_at;
    instant at;
    int64_t generation;
    int64_t generation_after;
    bool blocked;          /* atomic, and an error: nothing of it is done */
    struct list manifests; /* manifest_row */
    const struct summary_row *summary;
    struct list actions;  /* action_row */
    struct list problems; /* problem_row */
    const struct delivery_row *report;
    struct list slots;          /* slot_row; of a run: the store when it was done */
    struct list unassigned;     /* certificate_row */
    struct list outbox;         /* waiting_row; of a run: when it was shown */
    struct list runs;           /* past_run_row */
    int64_t manifests_left_out; /* rows that these lists lack, of a page's data */
    int64_t actions_left_out;
    int64_t problems_left_out;
    bool rebuilt;
    int64_t objects;
    int64_t links;
    int64_t unreferenced;
    int64_t delivered;
    int64_t queued;
    const char *dropped_url;
    struct list dropped; /* waiting_row */
};

/* Of a run without the store that it leaves: rows_add_state() adds it. 0, or -1 when memory is out.
 * What ret points at is the arena's or the view's. */
int rows_make(const struct report_view *view, struct arena *arena, struct document *ret);

/* The rows that show a store; rows_make() has them of a status. */
int rows_add_state(const struct snapshot *snapshot, struct arena *arena, struct document *document);

#endif
