/*
 * gather: what the plan has to know of each entry's source. A source whose bytes the store
 * remembers is not decoded, and its password is not asked for.
 */
#ifndef CERTROLL_CLI_GATHER_H
#define CERTROLL_CLI_GATHER_H

#include "manifest/password.h"
#include "plan/plan.h"

struct gathering;

/* Reads, and where need be opens, the sources of all manifests on at most jobs threads. Problems
 * come sorted by nothing: plan_make() sorts. progress shows a bar on standard error once it takes
 * long. 0 with *ret, which must outlive the plan; -1 when memory is out. */
int gather_sources(const struct manifests *manifests, const struct password_asking *asking,
                   const struct snapshot *snapshot, instant at, size_t jobs, bool progress,
                   struct problems *problems, struct gathering **ret);

/* [manifest][entry] */
struct source_result **gather_results(struct gathering *gathering);

/* Wipes the keys: those of the plan's bundles are gone then. NULL is harmless. */
void gather_forget_keys(struct gathering *gathering);

/* The same, and all the rest. */
void gather_free(struct gathering *gathering);

#endif
