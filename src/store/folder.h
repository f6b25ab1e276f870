/*
 * folder: the engine that keeps a store in a folder (DESIGN section 5).
 *
 *   STORE/                    0711
 *     index.db                0600  replaced whole, never written in place
 *     index.db.spare          0600  the generation before; may be missing (copy.h)
 *     lock, outbox.lock       0600
 *     objects/<fingerprint>/  0711, 0755
 *     live/<scope>/<type>/    0755
 *     reports/                0700
 *       <run id>.json, .html  0600
 *
 * Everything below STORE is reached through its descriptor. Functions return 0, or -1 with a
 * problem, unless they say otherwise.
 */
#ifndef CERTROLL_STORE_FOLDER_H
#define CERTROLL_STORE_FOLDER_H

#include "base/cleanup.h"
#include "store/engine.h"

enum {
    FOLDER_MODE = 0711,
    OBJECTS_MODE = 0711,
    OBJECT_MODE = 0755,
    LIVE_MODE = 0755,
    REPORTS_MODE = 0700,
};

struct index;

struct lock {
    int fd;                   /* -1 unless it is held */
    struct timespec times[2]; /* of its file before it was taken */
};

struct folder {
    struct store base; /* first: a struct store is one of these */
    char *path;        /* as given */
    int fd;            /* -1 while the folder does not exist */
    struct lock lock;
    struct lock outbox_lock;
    uid_t owner; /* of the folder */
    gid_t service_group;
    bool writable;
    int patience; /* seconds */
    bool read_all;
    size_t jobs;        /* threads that may work on it at once */
    struct index *look; /* index_look()'s */
    int64_t counted;    /* store_count_from()'s */
};

static inline struct folder *folder_of(struct store *store)
{
    return (struct folder *)store;
}

int folder_open(const struct store_options *options, struct problems *problems, struct store **ret);

/* Makes the folder where there is none; opens it and holds it against what is safe. */
int folder_make(struct folder *folder, struct problems *problems);

/* A subfolder of STORE, made and given its mode: a descriptor, or -1 with a problem. */
int folder_make_part(const struct folder *folder, const char *name, mode_t mode,
                     struct problems *problems);

/* The locks (lock.c). */
int folder_lock(struct store *store, int timeout, const char *purpose, struct problems *problems);
void folder_unlock(struct store *store);
int folder_lock_outbox(struct store *store, int timeout, const char *purpose,
                       struct problems *problems);
void folder_unlock_outbox(struct store *store);
int folder_need_lock(const struct folder *folder, struct problems *problems);

/* True with its name where another run holds the store now; for readers, who neither take nor
 * wait. */
enum { FOLDER_HOLDER_SIZE = 257 };
bool folder_is_held(const struct folder *folder, char ret_holder[static FOLDER_HOLDER_SIZE]);

/* Adds "STORE/name: cannot doing: why" for a negative errno value and returns -1; unsafe_store
 * where something stands in the way that certroll did not put there. */
int folder_error(const struct folder *folder, struct problems *problems, int error,
                 const char *doing, const char *name);

/* The same about STORE/part/name: of an object, a report. */
int folder_error_in(const struct folder *folder, struct problems *problems, int error,
                    const char *doing, const char *part, const char *name);

int folder_out_of_memory(struct problems *problems);

/* The rest of the engine's table. */
int folder_snapshot(struct store *store, struct arena *arena, struct problems *problems,
                    struct snapshot *ret);
int folder_presence(struct store *store, struct problems *problems);
int folder_keeps_all(struct store *store, const struct change *changes, size_t count,
                     struct problems *problems);
int folder_later(struct store *store, bool links, struct arena *arena, struct problems *problems,
                 struct later *ret);
void folder_count_from(struct store *store, int64_t generation);
int folder_is_still(struct store *store, const struct snapshot *snapshot,
                    struct problems *problems);
int folder_commit(struct store *store, const struct commit *commit, struct problems *problems,
                  bool *change_failed, int64_t *ret_generation);
int folder_put_right(struct store *store, struct problems *problems);
int folder_put_run(struct store *store, const struct run_record *run, const struct run_text *text,
                   const struct run_text *report, struct problems *problems);
int folder_runs(struct store *store, struct arena *arena, struct problems *problems,
                struct run_record **ret_runs, size_t *ret_count);
int folder_interrupted(struct store *store, const char *but, struct arena *arena,
                       struct problems *problems, const char ***ret_ids, size_t *ret_count);
int folder_outbox(struct store *store, struct arena *arena, struct problems *problems,
                  struct outbox_item **ret_items, size_t *ret_count);
int folder_outbox_put(struct store *store, const struct outbox_item *items, size_t count,
                      const struct run_text *report, struct problems *problems);
int folder_outbox_failed(struct store *store, int64_t id, int attempts, const char *error,
                         struct problems *problems);
int folder_outbox_done(struct store *store, int64_t id, struct problems *problems);
int folder_outbox_drop(struct store *store, const char *url, struct arena *arena,
                       struct problems *problems, struct outbox_item **ret_items,
                       size_t *ret_count);
int folder_outbox_trim(struct store *store, instant now, struct arena *arena,
                       struct problems *problems, struct outbox_dropped **ret_dropped,
                       size_t *ret_count);
int folder_report(struct store *store, const char *run_id, struct arena *arena,
                  struct problems *problems, const char **ret_html);
int folder_verify_steadily(struct store *store, struct problems *problems,
                           struct store_figures *ret);

/* One look, whatever others are doing meanwhile. */
int folder_verify(struct store *store, struct problems *problems, struct store_figures *ret);
int folder_examine(struct store *store, struct arena *arena, struct problems *problems,
                   const char **ret_why);
int folder_survey(struct store *store, instant at, struct arena *arena, struct problems *problems,
                  struct relics *ret);
int folder_relic(struct store *store, const char *fingerprint, struct problems *problems,
                 struct relic *ret);
int folder_rebuild(struct store *store, const struct rebuilding *rebuilding,
                   struct problems *problems, bool *change_failed, int64_t *ret_generation);

/* Of a commit whose index is made anew: whatever the index is that there is, and its generation. */
int folder_commit_anew(struct folder *folder, const struct commit *commit,
                       struct problems *problems, bool *change_failed);

static inline void cleanup_arena(struct arena **arena)
{
    arena_free(*arena);
}

#define AUTO_ARENA CLEANUP(cleanup_arena)

#endif
