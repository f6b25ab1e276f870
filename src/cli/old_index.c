#include "cli/old_index.h"

#include "base/json_memory.h"

#include <jansson.h>
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

int old_index_check(struct session *session, struct store *store, struct problems *problems)
{
    struct later later;
    const struct run_record *latest;
    int64_t left;
    if (store_later(store, session->arena, problems, &later) != 0)
        return -1;
    if (find_latest(&later, &latest, &left) != 0) {
        problems_add(problems, PROBLEM_OUT_OF_MEMORY, NOWHERE, "out of memory");
        return -1;
    }
    int64_t before = later.before - 1;
    if (later.generation == 0)
        store_count_from(store, left > before ? left : before < 0 ? 0 : before);
    if (later.generation == 0 || (left <= later.generation && before <= later.generation))
        return 0;
    if (left > later.generation)
        problems_add(problems, PROBLEM_INDEX_OLD, NOWHERE,
                     "%s/index.db is older than the store: it is of generation %lld, and does not "
                     "know the run %s, which left generation %lld",
                     session->store, (long long)later.generation, latest->id, (long long)left);
    else
        problems_add(problems, PROBLEM_INDEX_OLD, NOWHERE,
                     "%s/index.db is older than the store: it is of generation %lld, and "
                     "index.db.spare, which it relieved, of generation %lld",
                     session->store, (long long)later.generation, (long long)later.before);
    return 1;
}
