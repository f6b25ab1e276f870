/*
 * gather: what the plan has to know of each entry's source. One that looks as it did when it was
 * read is not opened; one whose bytes the store remembers is not decoded, and its password is not
 * asked for.
 */
#ifndef CERTROLL_CLI_GATHER_H
#define CERTROLL_CLI_GATHER_H

#include "manifest/password.h"
#include "plan/plan.h"

struct gathering;

struct gather_input {
    const struct manifests *manifests;
    const struct password_asking *asking;
    const struct snapshot *snapshot;
    instant at;
    size_t jobs;   /* threads at most */
    bool progress; /* a bar on standard error once it takes long */
    bool read_all; /* whatever they look like */
};

/* Looks at, reads and decodes, as far as need be, the sources of all manifests. Problems come
 * sorted by nothing: plan_make() sorts. 0 with *ret, which must outlive the plan; -1 when memory is
 * out. */
int gather_sources(const struct gather_input *input, struct problems *problems,
                   struct gathering **ret);

/* [manifest][entry] */
struct source_result **gather_results(struct gathering *gathering);

/* Wipes the keys and frees what else becomes files: no key_pem, cert_pem or chain_pem of the plan's
 * bundles may be looked at then. NULL is harmless. */
void gather_forget_files(struct gathering *gathering);

/* The same, and all the rest. */
void gather_free(struct gathering *gathering);

#endif
