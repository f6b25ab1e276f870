/*
 * engine: what stands behind store.h. One table of functions an engine; the first member of an
 * engine's own struct is struct store.
 */
#ifndef CERTROLL_STORE_ENGINE_H
#define CERTROLL_STORE_ENGINE_H

#include "store/relics.h"
#include "store/store.h"

/* Each function keeps the contract of its namesake in store.h. */
struct store_engine {
    void (*close)(struct store *store);
    int (*lock)(struct store *store, int timeout, const char *purpose, struct problems *problems);
    void (*unlock)(struct store *store);
    int (*lock_outbox)(struct store *store, int timeout, const char *purpose,
                       struct problems *problems);
    int (*snapshot)(struct store *store, struct arena *arena, struct problems *problems,
                    struct snapshot *ret);
    int (*presence)(struct store *store, struct problems *problems);
    int (*keeps_all)(struct store *store, const struct change *changes, size_t count,
                     struct problems *problems);
    int (*later)(struct store *store, bool links, struct arena *arena, struct problems *problems,
                 struct later *ret);
    void (*count_from)(struct store *store, int64_t generation);
    int (*is_still)(struct store *store, const struct snapshot *snapshot,
                    struct problems *problems);
    int (*commit)(struct store *store, const struct commit *commit, struct problems *problems,
                  bool *change_failed, int64_t *ret_generation);
    int (*tidy)(struct store *store, struct problems *problems);
    int (*put_run)(struct store *store, const struct run_record *run, const struct run_text *text,
                   const struct run_text *report, struct problems *problems);
    int (*runs)(struct store *store, struct arena *arena, struct problems *problems,
                struct run_record **ret_runs, size_t *ret_count);
    int (*interrupted)(struct store *store, const char *but, struct arena *arena,
                       struct problems *problems, const char ***ret_ids, size_t *ret_count);
    int (*outbox)(struct store *store, struct arena *arena, struct problems *problems,
                  struct outbox_item **ret_items, size_t *ret_count);
    int (*outbox_put)(struct store *store, const struct outbox_item *items, size_t count,
                      const struct run_text *report, struct problems *problems);
    int (*outbox_failed)(struct store *store, int64_t id, int attempts, const char *error,
                         struct problems *problems);
    int (*outbox_done)(struct store *store, int64_t id, struct problems *problems);
    int (*outbox_drop)(struct store *store, const char *url, struct arena *arena,
                       struct problems *problems, struct outbox_item **ret_items,
                       size_t *ret_count);
    int (*outbox_trim)(struct store *store, instant now, struct arena *arena,
                       struct problems *problems, struct outbox_dropped **ret_dropped,
                       size_t *ret_count);
    int (*report)(struct store *store, const char *run_id, struct arena *arena,
                  struct problems *problems, const char **ret_html);
    int (*verify)(struct store *store, struct problems *problems, struct store_figures *ret);
    int (*examine)(struct store *store, struct arena *arena, struct problems *problems,
                   const char **ret_why);
    int (*survey)(struct store *store, instant at, struct arena *arena, struct problems *problems,
                  struct relics *ret);
    int (*relic)(struct store *store, const char *fingerprint, struct problems *problems,
                 struct relic *ret);
    int (*rebuild)(struct store *store, const struct rebuilding *rebuilding,
                   struct problems *problems, bool *change_failed, int64_t *ret_generation);
};

struct store {
    const struct store_engine *engine;
};

#endif
