/*
 * sight: how the files of an entry look from outside, so that those that still look the same need
 * not be read again.
 */
#ifndef CERTROLL_CLI_SIGHT_H
#define CERTROLL_CLI_SIGHT_H

#include "base/digest.h"
#include "manifest/manifest.h"

/* SHA-256, in hex, over the entry's paths, what chooses among several certificates, and of each
 * file device, inode, size, time of its content and of its status. As long as that is the same, the
 * files hold what they held.
 *
 * A file that is written twice within one tick of the file system's clock can look the same both
 * times (git's racy-git problem, Documentation/technical/racy-git.txt). So the look of one that
 * was changed a moment ago is taken only when that moment has passed, for which this waits some
 * milliseconds at most; where stamps are whole seconds, it is no look at all.
 *
 * 0 with *ret; 1 where there is none: a file cannot be looked at, or it is too new; -1 where
 * OpenSSL fails. */
int sight_take(const struct entry *entry, char ret[static DIGEST_TEXT_SIZE]);

#endif
