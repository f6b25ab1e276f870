/* apply: plan -> store, with one outcome an action. */
#ifndef CERTROLL_APPLY_APPLY_H
#define CERTROLL_APPLY_APPLY_H

#include "apply/run.h"
#include "store/store.h"

/* Carries out run->plan as one store transaction and sets the outcomes, generation_after and what
 * went wrong. text is what the store records of the run until it is finished; NULL: the plan
 * has no actions, only what the store remembers for itself. watch may be NULL. The caller holds the
 * store's lock. A plan that is blocked is not carried out. 0, or -1 when memory is out. */
int apply_run(struct run *run, struct store *store, const struct run_text *text,
              const struct commit_watch *watch, struct arena *arena);

#endif
