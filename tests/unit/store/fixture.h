/* fixture: a store in a folder of its own, and certificates that are only text. */
#ifndef CERTROLL_TESTS_STORE_FIXTURE_H
#define CERTROLL_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/store.h"

#include <string.h>
#include <sys/stat.h>

enum { CHANGES_MOST = 320, PATH_SIZE = 512 };

struct fixture {
    char root[64];  /* holds the store and whatever else a test needs */
    char path[128]; /* of the store: root/store */
    struct arena *arena;
    struct problems problems;
    struct store *store; /* writable and locked, or NULL */
    struct change changes[CHANGES_MOST];
    size_t change_count;
    bool failed[CHANGES_MOST];
    bool prune;
    const char *run_id;
    int64_t generation;
};

int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Opens the store and takes its lock. */
void fixture_open(struct fixture *fixture);
void fixture_open_with_group(struct fixture *fixture, gid_t group);
void fixture_close(struct fixture *fixture);

/* A certificate whose fingerprint belongs to its text; with a chain of two, and a key or none. */
struct bundle *fixture_bundle(struct fixture *fixture, const char *name, bool with_key);
const char *fixture_fingerprint(struct fixture *fixture, const char *name);

/* Adds a change to the next commit. */
struct change *fixture_change(struct fixture *fixture, enum change_kind kind);
void fixture_put_object(struct fixture *fixture, const char *name, bool exportable);
void fixture_hold(struct fixture *fixture, const char *name);
/* The slot, to be changed further. */
struct slot *fixture_put_slot(struct fixture *fixture, const char *type, const char *current,
                              const char *previous);

/* Commits what was added, and begins a new list. */
int fixture_try_commit(struct fixture *fixture);
void fixture_commit(struct fixture *fixture); /* it must succeed wholly */

/* Puts a run whose text is {"kind": "Run"}; that of a commit is {}. */
int fixture_put_run(struct fixture *fixture, const struct run_record *run);
/* store_outbox_put() of a report with this text. */
int fixture_queue(struct fixture *fixture, const struct outbox_item *items, size_t count,
                  const char *report);

/* Puts SQL to the index, in place. */
void fixture_edit_index(struct fixture *fixture, const char *sql);

/* Makes the index one of an earlier version, whose runs tell {"kind": "Old"}. */
void fixture_make_old(struct fixture *fixture, int version);

/* A snapshot by a reader of its own. */
struct snapshot fixture_snapshot(struct fixture *fixture);
unsigned fixture_damage(struct fixture *fixture, const char *name);

/* root/store/<format>; the arena's. */
const char *fixture_path(struct fixture *fixture, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void fixture_write(const char *path, const char *text);
const char *fixture_read(struct fixture *fixture, const char *path);
bool fixture_exists(const char *path);
unsigned fixture_mode(const char *path);
const char *fixture_target(struct fixture *fixture, const char *path); /* of a link, or NULL */

/* Names, modes, times and contents of everything in the store, as one text. */
const char *fixture_listing(struct fixture *fixture);

/* True where a problem has this code and its message contains the text. */
bool fixture_said(const struct fixture *fixture, enum problem_code code, const char *text);

#endif
