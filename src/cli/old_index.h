/*
 * old_index: is the index a copy of the past that was brought back?
 *
 * A run that changes the store says in its text which generation it left, and says so only once the
 * index of that generation is in place for good. So one that the index does not know, and that left
 * a later one, is of an index that was replaced by an older. index.db.spare is the generation
 * before the present one; when power fails while it is changed, it may be the one after, and no
 * more. And a link is set once the index that has its object is in place for good; of an object
 * that is let go the index knows that for as long as it is there.
 */
#ifndef CERTROLL_CLI_OLD_INDEX_H
#define CERTROLL_CLI_OLD_INDEX_H

#include "cli/session.h"
#include "store/snapshot.h"

struct json_t;

/* 0; 1 with index_old; -1 with another problem. Where there is no index, or one that knows of no
 * commit, the next commit counts on from what is left: store_count_from(). */
int old_index_check(struct session *session, struct store *store, struct problems *problems);

/* The same; snapshot, of just now, spares a look at what it has seen to be right. */
int old_index_check_snapshot(struct session *session, struct store *store,
                             const struct snapshot *snapshot, struct problems *problems);

/* The generation that a kept run left, as its text has it; 0 where that tells none. The first: 0,
 * or -1 when memory is out. */
int old_index_left(const struct run_record *run, int64_t *ret);
int64_t old_index_left_by(const struct json_t *text, const char *run_id);

#endif
