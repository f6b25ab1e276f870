/* after: what a snapshot becomes by a commit, without looking at the store. */
#ifndef CERTROLL_STORE_AFTER_H
#define CERTROLL_STORE_AFTER_H

#include "base/arena.h"
#include "store/change.h"

/* The snapshot that all these changes make of before, next generation. Certificates that nothing
 * refers to any more stay in it, and sources are as they were. Strings are those of before and of
 * the changes. 0, or -1 when memory is out. */
int snapshot_after(const struct snapshot *before, const struct change *changes, size_t count,
                   struct arena *arena, struct snapshot *ret);

#endif
