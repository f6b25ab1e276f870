/*
 * relics: what there is of a store whose index is lost or damaged, as plain data, and how an index
 * is made anew from it.
 *
 * Objects and links are the truth; what indexes still tell is only held against them. Whoever can
 * decode certificates (the store cannot) decides what the new index is to say.
 */
#ifndef CERTROLL_STORE_RELICS_H
#define CERTROLL_STORE_RELICS_H

#include "store/object.h"
#include "store/store.h"

/* A certificate that a run that is kept touched. */
struct run_trace {
    const char *run_id;
    char fingerprint[DIGEST_TEXT_SIZE];
};

/* What an index tells as far as it can be read, table by table: empty where one cannot. */
struct recollection {
    struct snapshot snapshot; /* its damage is not looked for */
    bool has_slots, has_holdings, has_outbox;
    const struct run_record *runs; /* json: where it stood in the index, before version 3 */
    size_t run_count;
    const struct run_trace *traces;
    size_t trace_count;
    const struct outbox_item *outbox;
    size_t outbox_count;
};

/* Of the damaged index, which is the present one; of the one before it; of the texts of kept runs,
 * which the store cannot read; of an index that is older than the store. Whether one is, the store
 * cannot tell: it is surveyed as one of the first two. */
enum { RECALLED_PRESENT, RECALLED_BEFORE, RECALLED_RUNS, RECALLED_PAST, RECOLLECTIONS_MOST };

struct relics {
    const char *aside;    /* "damaged-20261122T090000Z": a name that nothing below STORE has yet */
    bool damaged;         /* the index, or old; false: there is none */
    const char **objects; /* names in objects/ that are fingerprints, sorted */
    size_t object_count;
    const struct slot *slots; /* what the links in live/ show; whose and since when is not known */
    size_t slot_count;
    const char **strays; /* paths in live/ where a link should be, and none of ours is */
    size_t stray_count;
    struct run_record *runs; /* id and json of those that left something in reports/, in order */
    size_t run_count;
    struct recollection recalled[RECOLLECTIONS_MOST];
};

/* An object's files as they stand; NULL for one that is not there or is no file. */
struct relic {
    struct secret *files[OBJECT_FILES];
    bool readable_by_service; /* its key's mode says so */
};

void relic_done(struct relic *relic);
#define AUTO_RELIC CLEANUP(relic_done)

struct rebuilding {
    const struct relics *relics;
    int64_t generation; /* the highest that is known of */
    const struct change *changes;
    size_t change_count;
    const char *const *aside; /* objects that do not hold, and are not lost without a trace */
    size_t aside_count;
    instant at;
};

enum store_index { INDEX_IS_SOUND, INDEX_IS_DAMAGED, INDEX_IS_LOST };

/* Reads all of the index, and holds it against itself. One of these with ret_why (why it is
 * damaged, the arena's), or -1 with a problem: also where there is no store, or a later version
 * wrote it. */
int store_examine(struct store *store, struct arena *arena, struct problems *problems,
                  const char **ret_why);

/* The caller holds the lock for all that follow. Changes nothing. 0, or -1 with a problem. */
int store_survey(struct store *store, instant at, struct arena *arena, struct problems *problems,
                 struct relics *ret);

/* The files of one object. 0, or -1 with a problem where one is there and cannot be read just now;
 * relic_done() gives them back. */
int store_relic(struct store *store, const char *fingerprint, struct problems *problems,
                struct relic *ret);

/* Makes the index anew, in one transaction: changes (objects, slots, holdings, sources), and of
 * the relics the runs, and the outbox as far as it is recalled. Of the index that it replaces, and
 * of what is set aside, nothing is deleted: index.db.<aside> and <aside>/. As store_commit()
 * otherwise. */
int store_rebuild(struct store *store, const struct rebuilding *rebuilding,
                  struct problems *problems, bool *change_failed, int64_t *ret_generation);

#endif
