/*
 * store: the observed state, kept (DESIGN section 5).
 *
 * One interface, and behind it an engine: SQLite and files in a folder. What cannot be done is
 * said in problems: store_failed, store_locked, store_changed, store_damaged, unsafe_store.
 */
#ifndef CERTROLL_STORE_STORE_H
#define CERTROLL_STORE_STORE_H

#include "base/arena.h"
#include "base/file.h"
#include "base/problem.h"
#include "base/text.h"
#include "store/change.h"

#include <sys/types.h>

struct store;
struct run_record;

struct store_options {
    const char *location; /* a folder; etcd:// and others are refused */
    bool writable;        /* false: the store is neither made nor changed nor locked */
    gid_t service_group;  /* (gid_t)-1: none; exportable keys keep the user's own group */
    int patience;         /* seconds that store_verify() waits for a run that writes */
    size_t jobs;          /* threads at most; 0: as many as there are processors */
    bool read_all;        /* a snapshot reads files and links that look as they did, too */
};

/* A folder that does not exist is an empty store: made only by the first commit.
 * 0 with *ret, or -1. */
int store_open(const struct store_options *options, struct problems *problems, struct store **ret);
void store_close(struct store *store); /* unlocks; NULL is harmless */

/* Waits at most timeout seconds until no other run holds the store; creates the folder when it is
 * not there. purpose ("certroll apply, pid 4711, since ...") is what others are told who wait in
 * vain. The lock is gone with the process, and leaves no trace where nothing was written under it.
 * 0, or -1 with store_locked. */
int store_lock(struct store *store, int timeout, const char *purpose, struct problems *problems);

/* Gives the lock back before the store is closed. */
void store_unlock(struct store *store);

/* The same for the right to send what waits in the outbox. It is a lock of its own, so that a slow
 * receiver keeps nobody from writing; store_close() gives it back. */
int store_lock_outbox(struct store *store, int timeout, const char *purpose,
                      struct problems *problems);

/* Reads all metadata, and holds files and links against it. Never waits, never writes. */
int store_snapshot(struct store *store, struct arena *arena, struct problems *problems,
                   struct snapshot *ret);

enum store_presence {
    STORE_IS_THERE,
    STORE_IS_NOT_THERE, /* no folder */
    STORE_IS_EMPTY,     /* a folder in which nothing is */
    STORE_IS_LOST,      /* objects or links, and no index that knows of any commit */
};

/* What there is of a store whose snapshot has generation 0; or -1 with a problem. */
int store_presence(struct store *store, struct problems *problems);

/* Adds the problem that any but the first is to whom needs a store; -1. */
int store_say_missing(const char *location, enum store_presence presence,
                      struct problems *problems);

/* Of one that is lost: do the changes put a current certificate into each slot that shows one? What
 * the index does not know goes with the first commit. 0, or -1 with store_damaged. */
int store_keeps_all(struct store *store, const struct change *changes, size_t count,
                    struct problems *problems);

/* What tells that the index is a copy of one that has gone on since, brought back. */
struct later {
    int64_t generation;      /* of the index; 0: there is none, or none that knows of a commit */
    int64_t before;          /* of index.db.spare, or 0 */
    struct run_record *runs; /* id and json: those that it does not know, and left a text */
    size_t run_count;
    const char *link; /* the path of one that leads to an object which it does not know, or NULL */
};

/* A run that goes on meanwhile is none of them. links: look at them too, which are very many; false
 * where a snapshot has shown that they are what the index says. Of texts, those of runs that the
 * index knows are not read. 0, or -1 with a problem. */
int store_later(struct store *store, bool links, struct arena *arena, struct problems *problems,
                struct later *ret);

/* Where no index knows of any commit: the first one makes the generation after this one, so that
 * what is left of the index that was lost is not later. */
void store_count_from(struct store *store, int64_t generation);

enum {
    STORE_IS_STILL,
    STORE_HAS_HEALED, /* another run was about to set links that looked lost */
    STORE_IS_ANOTHER, /* another run has committed */
};

/* Under the lock: does the store still look as in a snapshot that was taken without it? One of
 * these, or -1 with a problem. */
int store_is_still(struct store *store, const struct snapshot *snapshot, struct problems *problems);

/* A text of a run, made while it is written, on any thread: what it tells of itself in JSON (kind:
 * Run), or its report. */
struct run_text {
    file_writer *write;
    const void *context;
};

/* Who is told of each object that was written, from any thread. */
struct commit_watch {
    void (*written)(void *context);
    void *context;
};

struct relics;

struct commit {
    int64_t generation; /* the plan was made from this one; another now: store_changed */
    const struct change *changes;
    size_t change_count;
    bool prune;                      /* let go now of what nothing but a kept run refers to */
    const char *run_id;              /* NULL: no run is recorded */
    const struct run_text *run_text; /* the run as it stands, before its outcomes are known */
    instant at;
    const struct commit_watch *watch; /* or NULL */
    const struct relics *relics;      /* store_rebuild()'s, which makes the index anew; or NULL */
};

/* One transaction: objects, then the index, then links, then what nothing refers to any more. The
 * caller holds the lock. An object is kept while a slot, a holding or a kept run refers to it.
 * Killed at any point, each slot is before or after, and a snapshot shows what is left to repair.
 * 0 with *ret_generation; -1: nothing changed; 1 with a problem: the index is committed and
 * change_failed[i] says which of the changes did not reach the files. */
int store_commit(struct store *store, const struct commit *commit, struct problems *problems,
                 bool *change_failed, int64_t *ret_generation);

/* Removes what runs that were killed left behind, as each commit does, makes durable what they had
 * done, and repairs what only the history refers to. The caller holds the lock. */
int store_tidy(struct store *store, struct problems *problems);

/* What a run left behind. */
struct run_record {
    const char *id;
    instant started_at;
    bool finished;      /* false: it was interrupted */
    const char *json;   /* of one that was read; NULL where it is lost */
    const char *report; /* of one that was read: path of its HTML report; NULL where none is kept */
    const char *result; /* what its waiting reports are sent with from now on; NULL: as queued */
};

/* Records the run (or completes the record that its commit opened) and keeps its text and its
 * report, which may be NULL; the last 30 are kept, and those that the outbox still needs. The
 * caller holds the lock. */
int store_put_run(struct store *store, const struct run_record *run, const struct run_text *text,
                  const struct run_text *report, struct problems *problems);

/* The kept runs, in the order in which they were recorded. */
int store_runs(struct store *store, struct arena *arena, struct problems *problems,
               struct run_record **ret_runs, size_t *ret_count);

/* The ids of the kept runs, without that of the caller's own, that changed the store and have
 * neither finished nor queued a report, since the last one that has finished: under the lock, they
 * were killed. */
int store_interrupted(struct store *store, const char *but, struct arena *arena,
                      struct problems *problems, const char ***ret_ids, size_t *ret_count);

/* A report that waits to be sent. */
struct outbox_item {
    int64_t id; /* given by the store, rising */
    const char *run_id;
    const char *url;
    const char *result; /* ok, changed, failed */
    instant queued_at;
    int attempts;           /* requests so far, of all runs */
    const char *last_error; /* or NULL */
};

/* The caller holds the lock for all but store_outbox() and store_report(). */
int store_outbox(struct store *store, struct arena *arena, struct problems *problems,
                 struct outbox_item **ret_items, size_t *ret_count);
/* One run's report, for each of its URLs: all of them, or none. */
int store_outbox_put(struct store *store, const struct outbox_item *items, size_t count,
                     const struct run_text *report, struct problems *problems);
/* So many attempts more, the last of which failed by this error. */
int store_outbox_failed(struct store *store, int64_t id, int attempts, const char *error,
                        struct problems *problems);
int store_outbox_done(struct store *store, int64_t id, struct problems *problems);

/* Lets go all that waits for a URL, and says what that was, in order; the arena's. Where nothing
 * does, nothing is written. */
int store_outbox_drop(struct store *store, const char *url, struct arena *arena,
                      struct problems *problems, struct outbox_item **ret_items, size_t *ret_count);

/* What may wait to be sent; beyond it the oldest go. The newest stays, however large it is. */
enum {
    OUTBOX_AGE_MOST = 7 * 24 * 3600,      /* seconds */
    OUTBOX_ITEMS_MOST = 100,              /* for one URL */
    OUTBOX_BYTES_MOST = 64 * 1024 * 1024, /* of reports; one that waits for two URLs counts once */
};

enum outbox_fate {
    OUTBOX_WAITS,
    OUTBOX_TOO_OLD,
    OUTBOX_TOO_MANY,
    OUTBOX_TOO_LARGE,
    OUTBOX_LOST, /* the text of its report is gone */
};

struct outbox_dropped {
    struct outbox_item item;
    enum outbox_fate why;
};

/* Drops what is beyond these bounds, and says what that was, in order; the arena's. Where nothing
 * is, nothing is written. */
int store_outbox_trim(struct store *store, instant now, struct arena *arena,
                      struct problems *problems, struct outbox_dropped **ret_dropped,
                      size_t *ret_count);

/* The text of a kept report. */
int store_report(struct store *store, const char *run_id, struct arena *arena,
                 struct problems *problems, const char **ret_html);

struct store_figures {
    size_t objects;
    size_t links;
    size_t unreferenced; /* objects that only a kept run refers to */
};

/* Reads every object and link and holds it against the index; each difference is a problem
 * store_damaged. What differs while a run writes is looked at again when it is done; where that
 * lasts too long, store_locked says so. 0 where the reading itself succeeded; -1 also where there
 * is no store. */
int store_verify(struct store *store, struct problems *problems, struct store_figures *ret);

#endif
