/*
 * execution: what one run of apply or import has in hand, for execute.c and hand_over.c.
 */
#ifndef CERTROLL_CLI_EXECUTION_H
#define CERTROLL_CLI_EXECUTION_H

#include "cli/post.h"
#include "cli/prepare.h"
#include "cli/saved_plan.h"
#include "cli/targets.h"

/* How a report goes to a URL. */
enum way { WAY_DIRECT, WAY_OUTBOX, WAY_QUEUED };

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
    struct targets targets;
    struct problems sending; /* of targets and post, known and said before the first change */
    size_t sending_at;       /* where they stand among the run's problems */
    struct post post;
    enum way *ways;           /* of the run's deliveries */
    bool keeps;               /* the run leaves a trace, whatever comes of its report */
    bool unkept;              /* it could not: the store does not take it */
    bool recorded;            /* it is in the store's history */
    bool alone;               /* no other command sends from the outbox meanwhile */
    bool shared;              /* another command may have sent the report */
    int64_t seen;             /* the last item of the outbox when what earlier runs left was sent */
    struct text html;         /* the report as URLs get it; empty where there are none */
    bool unqueued;            /* the outbox cannot be read: nothing would come out of it */
    bool sealed;              /* html has been sent, or may have been: it stays as it is */
    bool files_failed;        /* a file for it could not be written */
    const char *result;       /* run_result() as html has it; NULL without html */
    size_t rendered_problems; /* what html knows of */
    size_t rendered_deliveries;
    size_t rendered_waiting;
};

/* Takes the store's lock, unless it is held already; gives it back. 0, or -1 with a problem. */
int execution_lock(struct execution *execution);
void execution_unlock(struct execution *execution);
/* Takes it where nobody else has it. 0, or -1. */
int execution_lock_if_free(struct execution *execution);

/* Makes html of the run as it is now. 0, or -1 with a problem. */
int execution_render(struct execution *execution);

/* Of a const struct execution, for a struct run_text: what the store keeps of the run; the run's
 * page as it is now; the report, which is html or, where nobody is sent one, that page. The page is
 * never held whole. */
int execution_write_text(const void *execution, int fd);
int execution_write_page(const void *execution, int fd);
int execution_write_report(const void *execution, int fd);

/* What the command itself met becomes a part of the run. */
void execution_take_problems(struct execution *execution);

/* Was any action tried? */
bool execution_did_something(const struct execution *execution);

/* hand_over.c: the run goes into the store's history, and its report to whom it is for. */

/* Before the first change: finds whom, and how to send. What is wrong is said, and becomes a part
 * of the run with hand_over_begin(); it stops nothing. */
void hand_over_prepare(struct execution *execution);
/* Once there is a run. */
void hand_over_begin(struct execution *execution);
/* Once it has ended. */
void hand_over(struct execution *execution);

#endif
