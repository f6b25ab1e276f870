/*
 * checkout: the Git commit that a manifest comes from, for the report. Git's own files are read,
 * no program is started: a repository of somebody else's could make git run one.
 */
#ifndef CERTROLL_CLI_CHECKOUT_H
#define CERTROLL_CLI_CHECKOUT_H

#include "base/arena.h"

/* What was read last; all NULL in the beginning. */
struct checkout {
    const char *folder;
    const char *commit;
};

/* The commit that is checked out where path stands, 40 or 64 hex digits, also in a work tree of
 * another repository (gitrepository-layout(5)). *ret is NULL where there is none, or none that can
 * be told (references that are kept as a reftable), or whose ".git" is neither of the owner of
 * path's folder nor root's nor ours. What stands in the same folder as the last one is taken from
 * there: nothing is read. 0, or -1 when memory is out. */
int checkout_commit(struct checkout *last, const char *path, struct arena *arena, const char **ret);

#endif
