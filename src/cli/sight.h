/*
 * sight: how the files of an entry look from outside, so that those that still look the same need
 * not be read again.
 */
#ifndef CERTROLL_CLI_SIGHT_H
#define CERTROLL_CLI_SIGHT_H

#include "base/digest.h"
#include "manifest/manifest.h"
#include "store/snapshot.h"

/* SHA-256, in hex, over the entry's paths, what chooses among several certificates, and of each
 * file device, inode, size, time of its content and of its status. As long as that is the same, the
 * files hold what they held.
 *
 * A file that is written twice within one tick of the file system's clock can look the same both
 * times (git's racy-git problem, Documentation/technical/racy-git.txt). So the look of one that
 * was changed a moment ago is taken only when that moment has passed, for which this waits some
 * milliseconds at most; where stamps are whole seconds, it is no look at all.
 *
 * 0 with *ret; 1 where there is none: a file cannot be looked at, or it is too new. */
int sight_take(const struct entry *entry, char ret[static DIGEST_TEXT_SIZE]);

/* The records of a snapshot that have a sight, in a table open to any: each stands at the place
 * that its sight gives, or in the first free one behind it. */
struct sights {
    const struct source_record **places; /* NULL: free */
    size_t count;                        /* a power of two, at least twice as many as records */
};

/* 0, or -1 when memory is out. */
int sights_make(const struct snapshot *snapshot, struct arena *arena, struct sights *ret);

/* The owner's record with that sight, or NULL. On any thread. */
const struct source_record *sights_find(const struct sights *sights, const char *sight,
                                        const char *owner);

#endif
