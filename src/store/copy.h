/*
 * copy: the file that a writer changes, and then makes the index.
 *
 * It is the generation before the present one, kept as index.db.spare and brought up to date by
 * what differs, so that a change costs what it changes; or a new file. Nobody has it open: whoever
 * opened it as the index, be it to back the store up, keeps what he has seen. While it is changed
 * it stands as index.db.new; the spare is gone until the copy is published, so that whatever a run
 * that was killed leaves is no generation of the index.
 */
#ifndef CERTROLL_STORE_COPY_H
#define CERTROLL_STORE_COPY_H

#include "store/folder.h"

#define COPY_CURRENT "index.db"
#define COPY_NAME "index.db.new"
#define COPY_SPARE "index.db.spare"

/* A descriptor of the index, or of another file that is one. 0; 1 where there is none; -1 with a
 * problem. */
int copy_open_current(const struct folder *folder, struct problems *problems, int *ret);
int copy_open(const struct folder *folder, const char *name, struct problems *problems, int *ret);

/* True where there is a copy: another run makes it, or one that was killed left it. */
bool copy_is_left(const struct folder *folder);

/* Removes it, and what stands beside it. The caller holds the store's lock and makes none. 0, or -1
 * with a problem. */
int copy_clear(const struct folder *folder, struct problems *problems);

/* Makes a copy of the index; *ret is its descriptor. 0; 1 where there is no index: it is empty; -1
 * with a problem. The caller holds the store's lock. */
int copy_make(const struct folder *folder, struct problems *problems, int *ret);

/* The same without looking at the index, whatever it is: the copy is empty. 0, or -1 with a
 * problem. */
int copy_make_empty(const struct folder *folder, struct problems *problems, int *ret);

/* Makes it the index, for good, and that which it relieves the spare. 0, or -1 with a problem; 1
 * with one where it is the index, but the one before may be it again when power fails. */
int copy_publish(const struct folder *folder, struct problems *problems, int copy);

/* Lets go of what was not published. */
void copy_drop(const struct folder *folder);

#endif
