#include "cli/replay.h"

#include "base/cleanup.h"
#include "base/json_memory.h"
#include "plan/plan.h"
#include "store/names.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* One action that was done. */
struct deed {
    enum action_kind kind;
    const char *run_id;
    const char *scope; /* "", as type is, where no slot was touched: of a certificate as such */
    const char *type;
    const char *owner;
    struct claim claim;
    int64_t generation; /* that its run was planned from: ids of one second are in no order */
    size_t order;
};

struct replay {
    struct arena *arena;
    struct deed *deeds;
    size_t count, capacity;
    const char **placed; /* certificates that were in a slot, sorted */
    size_t placed_count;
    struct slot *slots;
    size_t slot_count;
    struct holding *holdings;
    size_t holding_count;
    struct run_trace *traces;
    size_t trace_count;
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

static int add_deed(struct replay *replay, const char *run_id, int64_t generation,
                    const json_t *action)
{
    struct deed deed = {.run_id = run_id, .generation = generation, .order = replay->count};
    if (!is_deed(action, &deed))
        return 0;
    const char *entry = text(action, "certificate");
    deed.scope = arena_strdup(replay->arena, text(action, "scope"));
    deed.type = arena_strdup(replay->arena, text(action, "type"));
    deed.owner = arena_strdup(replay->arena, text(action, "owner"));
    deed.claim = (struct claim){
        .fingerprint = arena_strdup(replay->arena, text(action, "fingerprint")),
        .entry = arena_strdup(replay->arena, entry),
        .effective_date = INSTANT_NONE,
        .roll = strstr(text(action, "reason"), " by roll") != NULL,
    };
    if (!deed.scope || !deed.type || !deed.owner || !deed.claim.fingerprint || !deed.claim.entry ||
        arena_grow(replay->arena, &replay->deeds, replay->count, &replay->capacity,
                   sizeof(*replay->deeds)) != 0)
        return -1;
    if (!*entry)
        deed.claim.entry = NULL;
    instant_parse(text(action, "effective_date"), &deed.claim.effective_date);
    replay->deeds[replay->count++] = deed;
    return 0;
}

static int read_run(struct replay *replay, const struct run_record *run)
{
    json_memory_begin();
    json_t *json CLEANUP(json_done) =
        run->json ? json_loads(run->json, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const json_t *actions = json_object_get(json, "actions");
    int64_t generation = json_integer_value(json_object_get(json, "generation"));
    if (json_memory_failed())
        return -1;
    if (strcmp(text(json, "run_id"), run->id) != 0)
        return 0;
    for (size_t i = 0; i < json_array_size(actions); i++)
        if (add_deed(replay, run->id, generation, json_array_get(actions, i)) != 0)
            return -1;
    return 0;
}

/* What is of one slot, or of one entry that has none, comes together, in the order in which it was
 * done. */
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

/* A place, which may be empty, and what a deed put somewhere. */
static bool same(const struct claim *place, const struct claim *claim)
{
    return place->fingerprint && strcmp(place->fingerprint, claim->fingerprint) == 0;
}

static void leave_queue(struct slot *slot, struct claim *queue, const struct claim *claim)
{
    size_t kept = 0;
    for (size_t i = 0; i < slot->next_count; i++)
        if (!same(&queue[i], claim))
            queue[kept++] = queue[i];
    slot->next_count = kept;
}

/* One more deed in its slot; queue is its room for those ahead. */
static void take_up(struct slot *slot, struct claim *queue, const struct deed *deed)
{
    slot->owner = deed->owner;
    switch (deed->kind) {
    case ACTION_ASSIGN:
    case ACTION_ACTIVATE:
        leave_queue(slot, queue, &deed->claim);
        if (!same(&slot->current, &deed->claim))
            slot->previous = slot->current;
        slot->current = deed->claim;
        break;
    case ACTION_SCHEDULE:
    case ACTION_RESCHEDULE:
        if (same(&slot->current, &deed->claim)) {
            slot->current = deed->claim;
            break;
        }
        leave_queue(slot, queue, &deed->claim);
        queue[slot->next_count++] = deed->claim;
        break;
    case ACTION_CANCEL:
        leave_queue(slot, queue, &deed->claim);
        break;
    case ACTION_RETIRE:
        slot->previous = (struct claim){.fingerprint = NULL};
        break;
    case ACTION_REMOVE:
        slot->current = slot->previous = (struct claim){.fingerprint = NULL};
        slot->next_count = 0;
        break;
    default: /* of its files */
        break;
    }
}

static bool is_in(const struct slot *slot, const struct claim *claim)
{
    bool found = same(&slot->current, claim) || same(&slot->previous, claim);
    for (size_t i = 0; i < slot->next_count; i++)
        found |= same(&slot->next[i], claim);
    return found;
}

static void trace(struct replay *replay, const struct deed *deed)
{
    struct run_trace *trace = &replay->traces[replay->trace_count++];
    trace->run_id = deed->run_id;
    memcpy(trace->fingerprint, deed->claim.fingerprint, sizeof(trace->fingerprint));
}

static int fold_slot(struct replay *replay, const struct deed *deeds, size_t count)
{
    struct slot *slot = &replay->slots[replay->slot_count];
    struct claim *queue = arena_alloc(replay->arena, count, sizeof(*queue));
    if (!queue)
        return -1;
    *slot = (struct slot){.scope = deeds->scope, .type = deeds->type, .next = queue};
    for (size_t i = 0; i < count; i++)
        take_up(slot, queue, &deeds[i]);
    slot->current.roll = slot->previous.fingerprint != NULL;
    replay->slot_count++;
    for (size_t i = 0; i < count; i++)
        if (!is_in(slot, &deeds[i].claim))
            trace(replay, &deeds[i]);
    return 0;
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool has_been_in_a_slot(const struct replay *replay, const struct claim *claim)
{
    return replay->placed_count &&
           bsearch(&claim->fingerprint, replay->placed, replay->placed_count,
                   sizeof(*replay->placed), compare_texts);
}

/* What was done to an entry's certificates as such: what was imported and never was in a slot is
 * assigned to nothing; of several the last. */
static void fold_entry(struct replay *replay, const struct deed *deeds, size_t count)
{
    const struct deed *last = &deeds[count - 1];
    bool imported = false;
    for (size_t i = 0; i < count; i++) {
        if (!same(&deeds[i].claim, &last->claim))
            trace(replay, &deeds[i]);
        imported |= deeds[i].kind == ACTION_IMPORT;
    }
    if (!imported || last->kind == ACTION_REMOVE || has_been_in_a_slot(replay, &last->claim))
        return;
    replay->holdings[replay->holding_count++] = (struct holding){
        .owner = last->owner, .entry = last->claim.entry, .fingerprint = last->claim.fingerprint};
}

static void find_placed(struct replay *replay)
{
    for (size_t i = 0; i < replay->count; i++)
        if (*replay->deeds[i].scope)
            replay->placed[replay->placed_count++] = replay->deeds[i].claim.fingerprint;
    if (replay->placed_count)
        qsort(replay->placed, replay->placed_count, sizeof(*replay->placed), compare_texts);
}

static int fold(struct replay *replay)
{
    replay->slots = arena_alloc(replay->arena, replay->count, sizeof(*replay->slots));
    replay->holdings = arena_alloc(replay->arena, replay->count, sizeof(*replay->holdings));
    replay->traces = arena_alloc(replay->arena, replay->count, sizeof(*replay->traces));
    replay->placed = arena_alloc(replay->arena, replay->count, sizeof(*replay->placed));
    if (!replay->slots || !replay->holdings || !replay->traces || !replay->placed)
        return -1;
    find_placed(replay);
    if (replay->count)
        qsort(replay->deeds, replay->count, sizeof(*replay->deeds), compare_deeds);
    for (size_t i = 0, end; i < replay->count; i = end) {
        const struct deed *deeds = &replay->deeds[i];
        for (end = i + 1; end < replay->count && compare_places(deeds, &replay->deeds[end]) == 0;)
            end++;
        if (!*deeds->scope)
            fold_entry(replay, deeds, end - i);
        else if (fold_slot(replay, deeds, end - i) != 0)
            return -1;
    }
    return 0;
}

int replay_runs(const struct relics *relics, struct arena *arena, struct recollection *ret)
{
    struct replay replay = {.arena = arena};
    for (size_t i = 0; i < relics->run_count; i++)
        if (read_run(&replay, &relics->runs[i]) != 0)
            return -1;
    if (fold(&replay) != 0)
        return -1;
    *ret = (struct recollection){
        .snapshot = {.slots = replay.slots,
                     .slot_count = replay.slot_count,
                     .holdings = replay.holdings,
                     .holding_count = replay.holding_count},
        .has_slots = true,
        .has_holdings = true,
        .traces = replay.traces,
        .trace_count = replay.trace_count,
    };
    return 0;
}
