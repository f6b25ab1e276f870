#include "store/store.h"

#include "store/engine.h"
#include "store/folder.h"
#include "store/names.h"

int store_open(const struct store_options *options, struct problems *problems, struct store **ret)
{
    if (name_has_scheme(options->location)) {
        problems_add(problems, PROBLEM_STORE_FAILED, NOWHERE,
                     "%s: this certroll keeps stores in folders only", options->location);
        return -1;
    }
    return folder_open(options, problems, ret);
}

void store_close(struct store *store)
{
    if (store)
        store->engine->close(store);
}

int store_lock(struct store *store, int timeout, const char *purpose, struct problems *problems)
{
    return store->engine->lock(store, timeout, purpose, problems);
}

void store_unlock(struct store *store)
{
    store->engine->unlock(store);
}

int store_lock_outbox(struct store *store, int timeout, const char *purpose,
                      struct problems *problems)
{
    return store->engine->lock_outbox(store, timeout, purpose, problems);
}

int store_snapshot(struct store *store, struct arena *arena, struct problems *problems,
                   struct snapshot *ret)
{
    return store->engine->snapshot(store, arena, problems, ret);
}

int store_presence(struct store *store, struct problems *problems)
{
    return store->engine->presence(store, problems);
}

int store_say_missing(const char *location, enum store_presence presence, struct problems *problems)
{
    if (presence == STORE_IS_LOST) {
        problems_add(problems, PROBLEM_STORE_DAMAGED, NOWHERE,
                     "%s: the index is lost: nothing knows of the objects and links that are there",
                     location)
            ->advice = "Make it anew with certroll verify --rebuild, bring back a copy of index.db "
                       "that is no older than the last change, or apply all manifests in one run, "
                       "which writes it anew.";
        return -1;
    }
    problems_add(problems, PROBLEM_STORE_FAILED, NOWHERE, "there is no store at %s: %s", location,
                 presence == STORE_IS_NOT_THERE ? "the folder is not there"
                                                : "the folder has no index")
        ->advice = "Name the store with --store or CERTROLL_STORE; the first apply makes it.";
    return -1;
}

int store_keeps_all(struct store *store, const struct change *changes, size_t count,
                    struct problems *problems)
{
    return store->engine->keeps_all(store, changes, count, problems);
}

int store_later(struct store *store, bool links, struct arena *arena, struct problems *problems,
                struct later *ret)
{
    return store->engine->later(store, links, arena, problems, ret);
}

void store_count_from(struct store *store, int64_t generation)
{
    store->engine->count_from(store, generation);
}

int store_is_still(struct store *store, const struct snapshot *snapshot, struct problems *problems)
{
    return store->engine->is_still(store, snapshot, problems);
}

int store_commit(struct store *store, const struct commit *commit, struct problems *problems,
                 bool *change_failed, int64_t *ret_generation)
{
    return store->engine->commit(store, commit, problems, change_failed, ret_generation);
}

int store_tidy(struct store *store, struct problems *problems)
{
    return store->engine->tidy(store, problems);
}

int store_put_run(struct store *store, const struct run_record *run, const struct run_text *text,
                  const struct run_text *report, struct problems *problems)
{
    return store->engine->put_run(store, run, text, report, problems);
}

int store_runs(struct store *store, struct arena *arena, struct problems *problems,
               struct run_record **ret_runs, size_t *ret_count)
{
    return store->engine->runs(store, arena, problems, ret_runs, ret_count);
}

int store_interrupted(struct store *store, const char *but, struct arena *arena,
                      struct problems *problems, const char ***ret_ids, size_t *ret_count)
{
    return store->engine->interrupted(store, but, arena, problems, ret_ids, ret_count);
}

int store_outbox(struct store *store, struct arena *arena, struct problems *problems,
                 struct outbox_item **ret_items, size_t *ret_count)
{
    return store->engine->outbox(store, arena, problems, ret_items, ret_count);
}

int store_outbox_put(struct store *store, const struct outbox_item *items, size_t count,
                     const struct run_text *report, struct problems *problems)
{
    return store->engine->outbox_put(store, items, count, report, problems);
}

int store_outbox_failed(struct store *store, int64_t id, int attempts, const char *error,
                        struct problems *problems)
{
    return store->engine->outbox_failed(store, id, attempts, error, problems);
}

int store_outbox_done(struct store *store, int64_t id, struct problems *problems)
{
    return store->engine->outbox_done(store, id, problems);
}

int store_outbox_drop(struct store *store, const char *url, struct arena *arena,
                      struct problems *problems, struct outbox_item **ret_items, size_t *ret_count)
{
    return store->engine->outbox_drop(store, url, arena, problems, ret_items, ret_count);
}

int store_outbox_trim(struct store *store, instant now, struct arena *arena,
                      struct problems *problems, struct outbox_dropped **ret_dropped,
                      size_t *ret_count)
{
    return store->engine->outbox_trim(store, now, arena, problems, ret_dropped, ret_count);
}

int store_report(struct store *store, const char *run_id, struct arena *arena,
                 struct problems *problems, const char **ret_html)
{
    return store->engine->report(store, run_id, arena, problems, ret_html);
}

int store_verify(struct store *store, struct problems *problems, struct store_figures *ret)
{
    return store->engine->verify(store, problems, ret);
}

int store_examine(struct store *store, struct arena *arena, struct problems *problems,
                  const char **ret_why)
{
    return store->engine->examine(store, arena, problems, ret_why);
}

int store_survey(struct store *store, instant at, struct arena *arena, struct problems *problems,
                 struct relics *ret)
{
    return store->engine->survey(store, at, arena, problems, ret);
}

int store_relic(struct store *store, const char *fingerprint, struct problems *problems,
                struct relic *ret)
{
    return store->engine->relic(store, fingerprint, problems, ret);
}

int store_rebuild(struct store *store, const struct rebuilding *rebuilding,
                  struct problems *problems, bool *change_failed, int64_t *ret_generation)
{
    return store->engine->rebuild(store, rebuilding, problems, change_failed, ret_generation);
}
