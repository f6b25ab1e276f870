/*
 * share: what one entry's source gives serves other entries of the same run.
 */
#ifndef CERTROLL_CLI_SHARE_H
#define CERTROLL_CLI_SHARE_H

#include "plan/plan.h"

/* An entry, for what it is asked, and what came of it so far. */
struct task {
    const struct manifest *manifest;
    const struct entry *entry;
    enum role role;
    struct source_result *result;
    const struct worker *worker; /* among whose problems are its own; gather.c */
    size_t first_problem;
    size_t problem_count; /* 0 where another one's source serves */
};

/* From the next run on the store remembers what the bytes of a source gave, and no password is
 * asked for. So that this run says the same, one that opened them has opened them for all entries
 * of the owner. 0, or -1 when memory is out. */
int share_opened(struct task *tasks, size_t count, struct arena *arena);

/* What the next run would find in the store by its fingerprint or thumbprint, since this one brings
 * it there, serves this run already: so does what is more than the store has. 0, or -1 when memory
 * is out. */
int share_named(struct task *tasks, size_t count, const struct snapshot *snapshot, instant at,
                struct arena *arena);

#endif
