/*
 * lineup: who claims a slot, in the order in which they take over (DESIGN section 4).
 */
#ifndef CERTROLL_PLAN_LINEUP_H
#define CERTROLL_PLAN_LINEUP_H

#include "plan/plan.h"

/* One entry's claim to one slot. */
struct bid {
    const char *scope;
    const char *type;
    instant date; /* INSTANT_NONE: from the beginning */
    bool roll;
    size_t manifest; /* indices into the manifests */
    size_t entry;
};

struct lineup {
    const struct bid *bids; /* by date */
    size_t count;
    size_t due; /* how many are at or before the instant: bids[due - 1] is to be current */
};

struct lineups {
    struct lineup *items; /* by scope, then type */
    size_t count;
};

/* Of all manifests but the broken ones. 0, or -1 when memory is out. */
int lineups_make(const struct manifests *manifests, instant at, struct arena *arena,
                 struct lineups *ret);

/* What a lineup's i-th bid is for. An entry's role is the most important of its bids'. */
enum role lineup_role(const struct lineup *lineup, size_t i);

/* The role that an entry has at least. */
enum role lineup_first_role(const struct entry *entry);

#endif
