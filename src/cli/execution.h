/*
 * execution: what one run of apply or import has in hand, for execute.c and hand_over.c.
 */
#ifndef CERTROLL_CLI_EXECUTION_H
#define CERTROLL_CLI_EXECUTION_H

#include "cli/post.h"
#include "cli/prepare.h"
#include "cli/saved_plan.h"

struct execution {
    struct session *session;
    struct preparation *preparation;
    const struct saved_plan *saved;
    struct store *store;
    bool locked;
    bool refused; /* another run holds the store: it is not waited for twice */
    bool planned; /* the store could be read, and the preparation has a plan */
    struct run run;
    struct snapshot after;
    struct post_targets targets;
    struct text html;
};

/* Takes the store's lock, unless it is held already; gives it back. 0, or -1 with a problem. */
int execution_lock(struct execution *execution);
void execution_unlock(struct execution *execution);

/* The run in one format. 0, or -1 with a problem. ret is the caller's to free. */
int execution_render(struct execution *execution, enum report_format format, struct text *ret);

/* What the command itself met becomes a part of the run. */
void execution_take_problems(struct execution *execution);

/* Was any action tried? */
bool execution_did_something(const struct execution *execution);

/* hand_over.c: the run goes into the store's history, and its report to whom it is for. */
void hand_over(struct execution *execution);

#endif
