#include "cli/old_index.h"

#include "base/json_memory.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

int64_t old_index_left_by(const json_t *text, const char *run_id)
{
    const char *own = json_string_value(json_object_get(text, "run_id"));
    int64_t left = json_integer_value(json_object_get(text, "generation_after"));
    return own && strcmp(own, run_id) == 0 && left > 0 && left <= GENERATION_TOLD_MOST ? left : 0;
}

int old_index_left(const struct run_record *run, int64_t *ret)
{
    json_memory_begin();
    json_t *json = run->json ? json_loads(run->json, JSON_REJECT_DUPLICATES, NULL) : NULL;
    int64_t left = old_index_left_by(json, run->id);
    json_decref(json);
    if (json_memory_failed())
        return -1;
    *ret = left;
    return 0;
}

/* The latest of those that the index does not know; NULL for none. */
static int find_latest(const struct later *later, const struct run_record **ret, int64_t *ret_left)
{
    *ret = NULL;
    *ret_left = 0;
    for (size_t i = 0; i < later->run_count; i++) {
        int64_t left;
        if (old_index_left(&later->runs[i], &left) != 0)
            return -1;
        if (left > *ret_left) {
            *ret = &later->runs[i];
            *ret_left = left;
        }
    }
    return 0;
}

static void tell(const struct session *session, const struct later *later,
                 const struct run_record *latest, int64_t left, struct problems *problems)
{
    char why[320];
    if (latest && left > later->generation)
        snprintf(why, sizeof(why), "does not know the run %s, which left generation %lld",
                 latest->id, (long long)left);
    else if (later->before - 1 > later->generation)
        snprintf(why, sizeof(why), "index.db.spare, which it relieved, is of generation %lld",
                 (long long)later->before);
    else
        snprintf(why, sizeof(why), "does not know what %s leads to", later->link);
    problems_add(problems, PROBLEM_INDEX_OLD, NOWHERE,
                 "%s/index.db is older than the store: it is of generation %lld, and %s",
                 session->store, (long long)later->generation, why);
}

static int check(struct session *session, struct store *store, bool links,
                 struct problems *problems)
{
    struct later later;
    const struct run_record *latest;
    int64_t left;
    if (store_later(store, links, session->arena, problems, &later) != 0)
        return -1;
    if (find_latest(&later, &latest, &left) != 0) {
        problems_add(problems, PROBLEM_OUT_OF_MEMORY, NOWHERE, "out of memory");
        return -1;
    }
    int64_t before = later.before - 1;
    if (later.generation == 0)
        store_count_from(store, left > before ? left : before < 0 ? 0 : before);
    if (later.generation == 0 ||
        (left <= later.generation && before <= later.generation && !later.link))
        return 0;
    tell(session, &later, latest, left, problems);
    return 1;
}

int old_index_check(struct session *session, struct store *store, struct problems *problems)
{
    return check(session, store, true, problems);
}

static bool any_link_is_wrong(const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->slot_count; i++)
        if (snapshot->slots[i].damaged)
            return true;
    return snapshot->leftovers;
}

int old_index_check_snapshot(struct session *session, struct store *store,
                             const struct snapshot *snapshot, struct problems *problems)
{
    return check(session, store, any_link_is_wrong(snapshot), problems);
}
