/* entry_files: the files of a manifest's entry: its source, and what stands beside it. */
#ifndef CERTROLL_CLI_ENTRY_FILES_H
#define CERTROLL_CLI_ENTRY_FILES_H

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/secret.h"
#include "manifest/manifest.h"

/* NULL for one that the entry does not name. */
struct entry_files {
    struct secret *source;
    struct secret *key;
    struct secret *chain;
};

/* 0 with *ret, which is to be freed in any case, or -1 with a problem unreadable. */
int entry_files_read(const struct entry *entry, struct problems *problems, struct entry_files *ret);
void entry_files_free(struct entry_files *files);

#define AUTO_ENTRY_FILES CLEANUP(entry_files_free)

/* SHA-256 over all that decides what the sources give: each file with its length before it, and
 * what chooses among several leaves. */
void entry_files_digest(const struct entry_files *files, const struct entry *entry,
                        char ret[static DIGEST_TEXT_SIZE]);

#endif
