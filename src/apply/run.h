/* run: one execution of a plan, as plain data. */
#ifndef CERTROLL_APPLY_RUN_H
#define CERTROLL_APPLY_RUN_H

#include "plan/plan.h"

enum { RUN_ID_SIZE = 24 }; /* "20261122T090000Z-3f9a1c" */

enum outcome { OUTCOME_DONE, OUTCOME_FAILED, OUTCOME_SKIPPED };
enum delivery { DELIVERY_NONE, DELIVERY_DELIVERED, DELIVERY_QUEUED };

/* One URL that the report is for. */
struct run_delivery {
    const char *url;
    enum delivery delivery;
    int attempts;      /* requests of this run */
    const char *error; /* the last one; NULL where there is none */
};

struct run {
    char id[RUN_ID_SIZE];
    instant started_at;
    instant finished_at;
    const struct plan *plan;
    enum outcome *outcomes;   /* one an action */
    struct problems problems; /* the plan's, and what went wrong since */
    int64_t generation_after;
    const struct snapshot *after; /* the store when it was done */
    const char *report_file;      /* or NULL */
    const char *report_url;       /* the first of deliveries; or NULL */
    enum delivery delivery;       /* of all of them together */
    struct run_delivery *deliveries;
    size_t delivery_count;
};

/* Before anything was done: every outcome is skipped, the problems are the plan's. nonce makes the
 * id unlike that of another run in the same second. 0, or -1 when memory is out. */
int run_begin(struct run *run, const struct plan *plan, instant now, unsigned nonce,
              struct arena *arena);

const char *outcome_name(enum outcome outcome);    /* "done" */
const char *delivery_name(enum delivery delivery); /* "delivered" */

/* How many actions had this outcome. */
size_t run_count(const struct run *run, enum outcome outcome);

/* ok, changed or failed: the worst of what happened. What an interrupted run before it changed
 * counts too, since nobody has heard of that. */
const char *run_result(const struct run *run);

#endif
