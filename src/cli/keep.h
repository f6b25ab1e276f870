/*
 * keep: what the store keeps of a run: its record in the history, its report, and that report's way
 * into the outbox. Internal to hand_over.c.
 */
#ifndef CERTROLL_CLI_KEEP_H
#define CERTROLL_CLI_KEEP_H

#include "cli/execution.h"

/* What waits in the outbox, oldest first. */
struct waiting {
    struct outbox_item *items;
    size_t count;
};

/* Nothing where it cannot be read: hand_over_begin() has said that. */
struct waiting keep_look(struct execution *execution);
/* How many wait for a URL that are older than an id; 0: than any. */
size_t waiting_count(const struct waiting *waiting, const char *url, int64_t below);
/* The first item of a run for a URL (NULL: for any); 0 where there is none. */
int64_t waiting_find(const struct waiting *waiting, const char *run_id, const char *url);

/* How many of the run's deliveries go that way. */
size_t keep_count(const struct execution *execution, enum way way);

/* Finds whom a run with what is known by now is for, and whether it leaves a trace; those that were
 * found before stay. To whoever reads what is sent, it was queued: what does not arrive at once
 * goes into the outbox as it is. */
void keep_choose(struct execution *execution);

/* Has something come to be known that the report does not say? */
bool keep_is_stale(struct execution *execution);

/* Makes the report where none is kept: what is kept is what is sent, and what others have queued
 * since then is not in it. 0, or -1 with a problem. */
int keep_render(struct execution *execution);

/* Puts the report into the outbox where that is its way, and then the run into the history: what
 * that calls finished, a kill in between cannot lose. Where this cannot be, the report is sent all
 * the same. From now on another command may send it, unless this one alone can. */
void keep_run(struct execution *execution);

/* The run's record alone; the caller holds the store's lock. 0, or -1 with a problem. */
int keep_put_run(struct execution *execution);

/* Brings history and outbox to what is known by now. Nothing of a run that the history calls
 * finished is still to be sent but from the outbox. */
void keep_settle(struct execution *execution);

#endif
