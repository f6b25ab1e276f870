/* memory: a store that is nothing but a snapshot, for tests of the plan. */
#ifndef CERTROLL_TESTS_PLAN_MEMORY_H
#define CERTROLL_TESTS_PLAN_MEMORY_H

#include "plan/plan.h"

/* The snapshot that a plan's changes make of the one that it was made from. */
struct snapshot memory_commit(const struct plan *plan, struct arena *arena);

#endif
