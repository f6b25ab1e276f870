#include "cli/deeds.h"

#include "base/json_memory.h"
#include "cli/old_index.h"
#include "store/names.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct arena *arena;
    struct deeds deeds;
    size_t capacity;
};

static void json_done(json_t **json)
{
    json_decref(*json);
}

static const char *text(const json_t *object, const char *name)
{
    const char *found = json_string_value(json_object_get(object, name));
    return found ? found : "";
}

static bool find_kind(const char *name, enum action_kind *ret)
{
    for (enum action_kind kind = 0; kind < ACTION_KIND_COUNT; kind++)
        if (strcmp(action_name(kind), name) == 0) {
            *ret = kind;
            return true;
        }
    return false;
}

/* False where it is nothing that certroll wrote, or was not done. */
static bool is_deed(const json_t *action, struct deed *ret)
{
    const char *scope = text(action, "scope"), *type = text(action, "type");
    bool of_slot = name_is_plain(scope) && name_is_plain(type);
    bool of_entry = !*scope && !*type && *text(action, "certificate");
    return find_kind(text(action, "action"), &ret->kind) &&
           strcmp(text(action, "outcome"), "done") == 0 && *text(action, "owner") &&
           name_is_fingerprint(text(action, "fingerprint")) && (of_slot || of_entry);
}

static int add_deed(struct reading *reading, const char *run_id, int64_t generation,
                    const json_t *action)
{
    struct arena *arena = reading->arena;
    struct deeds *deeds = &reading->deeds;
    struct deed deed = {.run_id = run_id, .generation = generation, .order = deeds->count};
    if (!is_deed(action, &deed))
        return 0;
    const char *entry = text(action, "certificate"), *reason = text(action, "reason");
    deed.clean = strstr(reason, REASON_CLEAN) || strstr(reason, REASON_ROLL_NO_MORE);
    deed.scope = arena_strdup(arena, text(action, "scope"));
    deed.type = arena_strdup(arena, text(action, "type"));
    deed.owner = arena_strdup(arena, text(action, "owner"));
    deed.claim = (struct claim){
        .fingerprint = arena_strdup(arena, text(action, "fingerprint")),
        .entry = arena_strdup(arena, entry),
        .effective_date = INSTANT_NONE,
        .roll = strstr(reason, REASON_BY_ROLL) || strstr(reason, REASON_ROLL_NOW),
    };
    if (!deed.scope || !deed.type || !deed.owner || !deed.claim.fingerprint || !deed.claim.entry ||
        arena_grow(arena, &deeds->items, deeds->count, &reading->capacity, sizeof(deed)) != 0)
        return -1;
    if (!*entry)
        deed.claim.entry = NULL;
    instant_parse(text(action, "effective_date"), &deed.claim.effective_date);
    deeds->items[deeds->count++] = deed;
    return 0;
}

/* The one before that which the run left; of one that left none, the one that it was planned from.
 * (Where the index had been lost, it was planned from none, and counted on.) */
static int64_t generation_of(const json_t *json, int64_t left)
{
    return left ? left - 1 : json_integer_value(json_object_get(json, "generation"));
}

static int read_run(struct reading *reading, const struct run_record *run, int64_t from)
{
    json_memory_begin();
    json_t *json CLEANUP(json_done) =
        run->json ? json_loads(run->json, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const json_t *actions = json_object_get(json, "actions");
    int64_t left = old_index_left_by(json, run->id), generation = generation_of(json, left);
    if (json_memory_failed())
        return -1;
    if (left > reading->deeds.last)
        reading->deeds.last = left;
    if (strcmp(text(json, "run_id"), run->id) != 0 || generation < from)
        return 0;
    for (size_t i = 0; i < json_array_size(actions); i++)
        if (add_deed(reading, run->id, generation, json_array_get(actions, i)) != 0)
            return -1;
    return 0;
}

static int compare_places(const struct deed *a, const struct deed *b)
{
    int order = strcmp(a->scope, b->scope);
    if (!order)
        order = strcmp(a->type, b->type);
    if (!order && !*a->scope)
        order = strcmp(a->owner, b->owner);
    if (!order && !*a->scope)
        order = strcmp(a->claim.entry, b->claim.entry);
    return order;
}

static int compare_deeds(const void *left, const void *right)
{
    const struct deed *a = left, *b = right;
    int order = compare_places(a, b);
    if (!order)
        order = (a->generation > b->generation) - (a->generation < b->generation);
    return order ? order : (a->order > b->order) - (a->order < b->order);
}

int deeds_read(const struct relics *relics, int64_t generation, struct arena *arena,
               struct deeds *ret)
{
    struct reading reading = {.arena = arena};
    for (size_t i = 0; i < relics->run_count; i++)
        if (read_run(&reading, &relics->runs[i], generation) != 0)
            return -1;
    if (reading.deeds.count)
        qsort(reading.deeds.items, reading.deeds.count, sizeof(struct deed), compare_deeds);
    *ret = reading.deeds;
    return 0;
}

size_t deeds_of_place(const struct deeds *deeds, size_t i)
{
    size_t end = i + 1;
    while (end < deeds->count && compare_places(&deeds->items[i], &deeds->items[end]) == 0)
        end++;
    return end - i;
}

static int compare_with_place(const void *place, const void *deed)
{
    return compare_places(place, deed);
}

bool deeds_of_entry(const struct deeds *deeds, const char *owner, const char *entry)
{
    const struct deed place = {.scope = "", .type = "", .owner = owner, .claim.entry = entry};
    return deeds->count &&
           bsearch(&place, deeds->items, deeds->count, sizeof(*deeds->items), compare_with_place);
}
