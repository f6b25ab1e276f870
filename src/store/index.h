/*
 * index: the store's metadata in index.db.
 *
 * The file is never changed in place: a writer changes a copy of it (copy.h), syncs that and gives
 * it the name. A reader therefore needs no lock, sees one generation whole, and leaves nothing
 * behind.
 */
#ifndef CERTROLL_STORE_INDEX_H
#define CERTROLL_STORE_INDEX_H

#include "store/folder.h"
#include "store/index_sql.h"
#include "store/object.h"

#include <sqlite3.h>

struct index {
    const struct folder *folder;
    struct problems *problems;
    sqlite3 *db;
    sqlite3_stmt *statements[INDEX_STATEMENT_COUNT];
    int64_t version; /* of what was opened; 0: there was none */
    int file;        /* as long as it is open nobody changes it; a writer's: of the copy */
    bool writing;    /* the copy is not published yet */
    bool unsynced;   /* it is, but the index before may come back when power fails */
};

#define INDEX_INIT                                                                                 \
    {                                                                                              \
        .file = -1                                                                                 \
    }

/* Opens the present generation for reading. 0; 1 where there is no index yet; -1. */
int index_read(const struct folder *folder, struct problems *problems, struct index *ret);

/* The same, for one question of several: the folder keeps it open until it is closed, or another
 * generation has come. */
int index_look(struct folder *folder, struct problems *problems, struct index **ret);
void index_look_away(struct folder *folder);

/* Is it still the present generation? */
bool index_is_current(const struct index *index);

/* Opens for reading what may be an index, under any name. 0; 1 where there is none; -1. */
int index_peek(const struct folder *folder, const char *name, struct problems *problems,
               struct index *ret);

/* Opens a copy of it, or a new one, for writing. */
int index_write(const struct folder *folder, struct problems *problems, struct index *ret);
/* The same, always a new one. */
int index_write_anew(const struct folder *folder, struct problems *problems, struct index *ret);

/* Makes a writer's copy the present generation, for good; where that may not be so, unsynced is
 * set, with a problem. 0, or -1 with a problem. */
int index_publish(struct index *index);

/* Closes it, and drops what was not published. */
void index_done(struct index *index);

#define AUTO_INDEX CLEANUP(index_done)

/* A statement, ready to be stepped; NULL with a problem. format names the values, in order:
 * t const char * (NULL is NULL), x such hex (its bytes), i int64_t, d instant, b const void * and
 * int. They must live until the last step. */
sqlite3_stmt *index_query(struct index *index, enum index_statement statement, const char *format,
                          ...);

/* 1 with a row, 0 at the end, -1 with a problem. */
int index_step(struct index *index, sqlite3_stmt *statement);

/* Runs a statement that gives no rows. */
int index_run(struct index *index, enum index_statement statement, const char *format, ...);

/* A statement with one number as its answer; 0 where it has no row. */
int index_number(struct index *index, enum index_statement statement, int64_t *ret);

/* 1 where the query has a row, 0 where not, -1 with a problem. */
int index_has(struct index *index, enum index_statement statement, const char *format, ...);

#define INDEX_DAMAGED_ADVICE                                                                       \
    "Make it anew with certroll verify --rebuild, or bring back a copy of index.db that is no "    \
    "older than the last change."

/* Adds store_damaged about a value that certroll never wrote; returns -1. */
int index_damaged(struct index *index, const char *what);

/* The arrays of a snapshot while they are still being filled; stamps[i] is of certificates[i],
 * folders[i] of slots[i], all zero where none is known. */
struct snapshot_parts {
    struct stored_certificate *certificates;
    struct slot *slots;
    struct object_stamps *stamps;
    struct file_stamp *folders;
    struct arena *scratch; /* the caller's: of the stamps */
};

/* What index_read.c reads, all the arena's but the stamps; damage is not looked for. */
int index_snapshot(struct index *index, struct arena *arena, struct snapshot *ret,
                   struct snapshot_parts *ret_parts);

/* The same in two steps: the certificates and the generation, then what refers to them. */
int index_certificates(struct index *index, struct arena *arena, struct snapshot *ret,
                       struct snapshot_parts *ret_parts);
int index_references(struct index *index, struct arena *arena, struct snapshot *ret,
                     struct snapshot_parts *ret_parts);
/* The same table by table: whichever cannot be read leaves ret as it is. */
int index_slots(struct index *index, struct arena *arena, struct snapshot *ret,
                struct snapshot_parts *ret_parts);
int index_holdings(struct index *index, struct arena *arena, struct snapshot *ret);
int index_sources(struct index *index, struct arena *arena, struct snapshot *ret);

/* In the order of strcmp(3), the arena's. */
struct index_names {
    const char **items;
    size_t count;
};

/* What INDEX_CERTIFICATE_NAMES or INDEX_UNREFERENCED_NAMES gives, or INDEX_SLOT_NAMES of one
 * scope. */
int index_names(struct index *index, enum index_statement statement, const char *scope,
                struct arena *arena, struct index_names *ret);

/* The slots whose folders have no stamp, the arena's. */
int index_unstamped(struct index *index, struct arena *arena, const struct slot **ret_slots,
                    size_t *ret_count);

/* The object's content: 0, 1 where the index does not know it, -1. */
int index_content(struct index *index, const char *fingerprint, struct arena *arena,
                  struct object_content *ret);

/* What index_write.c writes. stamps and key_digest as they were just made. */
int index_put_certificate(struct index *index, const struct bundle *bundle,
                          const struct object_content *content, const struct object_stamps *stamps);
int index_set_content(struct index *index, const char *fingerprint,
                      const struct object_content *content, const struct object_stamps *stamps);

/* All changes but those of objects; run_id as in struct commit. */
int index_put_changes(struct index *index, const struct commit *commit);

/* Drops the certificates that nothing refers to any more; after index_put_changes(). */
int index_let_go(struct index *index, const struct commit *commit);

#endif
