/*
 * planning: the plan of a case (case.h), with what the program would learn of its sources.
 */
#ifndef CERTROLL_TESTS_PLAN_PLANNING_H
#define CERTROLL_TESTS_PLAN_PLANNING_H

#include "case.h"

struct planning {
    const char *path;
    struct plan_case *plan_case;
    struct manifests manifests;
    struct problems loading; /* what was found in them */
    struct snapshot before;  /* the store that the runs of the earlier nights left */
};

typedef int planning_check(const struct planning *planning);

/* Reads each case and has it checked. 0 where all checks gave 0: what main() is to return. */
int planning_each(int count, char **paths, planning_check *check);

/* What a plan on this store is made from; its sources are to be released. Ends the program where
 * the case names no certificate for an entry. */
struct plan_input planning_input(const struct planning *planning, const struct snapshot *snapshot,
                                 instant at);
void planning_release(const struct plan_input *input);

/* Makes the plan and returns what it was made from. Ends the program where memory is out. */
struct plan_input planning_make(const struct planning *planning, const struct snapshot *snapshot,
                                instant at, struct plan *ret);

#endif
