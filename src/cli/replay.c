#include "cli/replay.h"

#include "cli/deeds.h"

#include <stdlib.h>
#include <string.h>

struct replay {
    struct arena *arena;
    const struct snapshot *past; /* what the deeds go on from */
    struct deeds deeds;
    const char **names; /* the certificates of all claims, sorted, each once */
    size_t name_count;
    size_t *places;      /* of names, in the queue of a slot: its index and 1; 0: not in it */
    const char **placed; /* certificates that were put into a slot, sorted */
    size_t placed_count;
    struct slot *slots;
    size_t slot_count;
    struct holding *holdings;
    size_t holding_count;
    struct run_trace *traces;
    size_t trace_count;
};

/* A slot while deeds are done to it: queue is its room for those ahead, with gaps. */
struct folding {
    struct replay *replay;
    struct slot *slot;
    struct claim *queue;
    size_t count;
};

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool has_name(const char *const *names, size_t count, const char *name)
{
    return count && bsearch(&name, names, count, sizeof(*names), compare_texts);
}

static size_t *place_of(const struct replay *replay, const struct claim *claim)
{
    const char **name = bsearch(&claim->fingerprint, replay->names, replay->name_count,
                                sizeof(*replay->names), compare_texts);
    return &replay->places[name - replay->names];
}

/* Both may be empty places. */
static bool shows(const struct claim *place, const struct claim *claim)
{
    return place->fingerprint && claim->fingerprint &&
           strcmp(place->fingerprint, claim->fingerprint) == 0;
}

static void leave_queue(struct folding *folding, const struct claim *claim)
{
    size_t *place = place_of(folding->replay, claim);
    if (*place)
        folding->queue[*place - 1].fingerprint = NULL;
    *place = 0;
}

static void join_queue(struct folding *folding, const struct claim *claim)
{
    leave_queue(folding, claim);
    folding->queue[folding->count++] = *claim;
    *place_of(folding->replay, claim) = folding->count;
}

static void empty_queue(struct folding *folding)
{
    for (size_t i = 0; i < folding->count; i++)
        if (folding->queue[i].fingerprint)
            *place_of(folding->replay, &folding->queue[i]) = 0;
    folding->count = 0;
}

static void take_over(struct slot *slot, const struct deed *deed)
{
    bool again = shows(&slot->current, &deed->claim), roll = slot->current.roll;
    if (!again)
        slot->previous = slot->current;
    if (deed->clean)
        slot->previous = (struct claim){.fingerprint = NULL};
    slot->current = deed->claim;
    slot->current.roll |= again ? roll && !deed->clean : slot->previous.fingerprint != NULL;
}

/* One more deed in its slot. */
static void take_up(struct folding *folding, const struct deed *deed)
{
    struct slot *slot = folding->slot;
    slot->owner = deed->owner;
    switch (deed->kind) {
    case ACTION_ASSIGN:
    case ACTION_ACTIVATE:
        leave_queue(folding, &deed->claim);
        take_over(slot, deed);
        break;
    case ACTION_SCHEDULE:
    case ACTION_RESCHEDULE:
        if (shows(&slot->current, &deed->claim))
            take_over(slot, deed);
        else
            join_queue(folding, &deed->claim);
        break;
    case ACTION_CANCEL:
        leave_queue(folding, &deed->claim);
        break;
    case ACTION_RETIRE:
        slot->previous = (struct claim){.fingerprint = NULL};
        break;
    case ACTION_REMOVE:
        slot->current = slot->previous = (struct claim){.fingerprint = NULL};
        empty_queue(folding);
        break;
    default: /* of its files */
        break;
    }
}

static void trace(struct replay *replay, const char *run_id, const struct claim *claim)
{
    struct run_trace *trace = &replay->traces[replay->trace_count++];
    trace->run_id = run_id;
    memcpy(trace->fingerprint, claim->fingerprint, sizeof(trace->fingerprint));
}

static void trace_gone(const struct folding *folding, const char *run_id, const struct claim *claim)
{
    if (claim->fingerprint && !shows(&folding->slot->current, claim) &&
        !shows(&folding->slot->previous, claim) && !*place_of(folding->replay, claim))
        trace(folding->replay, run_id, claim);
}

/* What has left the slot, with the run that last touched it. */
static void trace_all_gone(const struct folding *folding, const struct slot *before,
                           const struct deed *deeds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        trace_gone(folding, deeds[i].run_id, &deeds[i].claim);
    if (!before)
        return;
    trace_gone(folding, deeds->run_id, &before->current);
    trace_gone(folding, deeds->run_id, &before->previous);
    for (size_t i = 0; i < before->next_count; i++)
        trace_gone(folding, deeds->run_id, &before->next[i]);
}

/* Those ahead, the earliest first. */
static int compare_claims(const void *left, const void *right)
{
    const struct claim *a = left, *b = right;
    int order = (a->effective_date > b->effective_date) - (a->effective_date < b->effective_date);
    return order ? order : strcmp(a->fingerprint, b->fingerprint);
}

static void close_queue(struct folding *folding)
{
    size_t kept = 0, count = folding->count;
    empty_queue(folding);
    for (size_t i = 0; i < count; i++)
        if (folding->queue[i].fingerprint)
            folding->queue[kept++] = folding->queue[i];
    if (kept)
        qsort(folding->queue, kept, sizeof(*folding->queue), compare_claims);
    folding->slot->next = folding->queue;
    folding->slot->next_count = kept;
}

static int fold_slot(struct replay *replay, const struct deed *deeds, size_t count)
{
    const struct slot *before = snapshot_slot(replay->past, deeds->scope, deeds->type);
    size_t ahead = before ? before->next_count : 0;
    struct slot *slot = &replay->slots[replay->slot_count];
    struct folding folding = {replay, slot, NULL, 0};
    folding.queue = arena_alloc(replay->arena, ahead + count, sizeof(*folding.queue));
    if (!folding.queue)
        return -1;
    *slot = before ? *before : (struct slot){.scope = deeds->scope, .type = deeds->type};
    for (size_t i = 0; i < ahead; i++)
        join_queue(&folding, &before->next[i]);
    for (size_t i = 0; i < count; i++)
        take_up(&folding, &deeds[i]);
    trace_all_gone(&folding, before, deeds, count);
    close_queue(&folding);
    replay->slot_count++;
    return 0;
}

/* What was done to an entry's certificates as such: what was imported and never was in a slot is
 * assigned to nothing; of several the last. */
static void fold_entry(struct replay *replay, const struct deed *deeds, size_t count)
{
    const struct deed *last = &deeds[count - 1];
    const char *fingerprint = last->claim.fingerprint;
    bool imported = false;
    for (size_t i = 0; i < count; i++) {
        if (!shows(&deeds[i].claim, &last->claim))
            trace(replay, deeds[i].run_id, &deeds[i].claim);
        imported |= deeds[i].kind == ACTION_IMPORT;
    }
    if (!imported || last->kind == ACTION_REMOVE ||
        has_name(replay->placed, replay->placed_count, fingerprint))
        return;
    replay->holdings[replay->holding_count++] = (struct holding){
        .owner = last->owner, .entry = last->claim.entry, .fingerprint = fingerprint};
}

static void add_name(struct replay *replay, const struct claim *claim)
{
    if (claim->fingerprint)
        replay->names[replay->name_count++] = claim->fingerprint;
}

static void find_names(struct replay *replay)
{
    const struct snapshot *past = replay->past;
    size_t unique = 0;
    for (size_t i = 0; i < replay->deeds.count; i++) {
        const struct deed *deed = &replay->deeds.items[i];
        add_name(replay, &deed->claim);
        if (*deed->scope)
            replay->placed[replay->placed_count++] = deed->claim.fingerprint;
    }
    for (size_t i = 0; i < past->slot_count; i++) {
        add_name(replay, &past->slots[i].current);
        add_name(replay, &past->slots[i].previous);
        for (size_t k = 0; k < past->slots[i].next_count; k++)
            add_name(replay, &past->slots[i].next[k]);
    }
    if (replay->placed_count)
        qsort(replay->placed, replay->placed_count, sizeof(*replay->placed), compare_texts);
    if (replay->name_count)
        qsort(replay->names, replay->name_count, sizeof(*replay->names), compare_texts);
    for (size_t i = 0; i < replay->name_count; i++)
        if (i == 0 || strcmp(replay->names[i], replay->names[unique - 1]) != 0)
            replay->names[unique++] = replay->names[i];
    replay->name_count = unique;
}

static int fold(struct replay *replay)
{
    const struct deeds *deeds = &replay->deeds;
    for (size_t i = 0, count; i < deeds->count; i += count) {
        count = deeds_of_place(deeds, i);
        if (!*deeds->items[i].scope)
            fold_entry(replay, &deeds->items[i], count);
        else if (fold_slot(replay, &deeds->items[i], count) != 0)
            return -1;
    }
    return 0;
}

static int compare_slots(const void *left, const void *right)
{
    const struct slot *a = left, *b = right;
    int order = strcmp(a->scope, b->scope);
    return order ? order : strcmp(a->type, b->type);
}

static int compare_holdings(const void *left, const void *right)
{
    const struct holding *a = left, *b = right;
    int order = strcmp(a->owner, b->owner);
    return order ? order : strcmp(a->entry, b->entry);
}

/* Was anything done to it since, or was it put into a slot? Then its deeds tell it. */
static bool is_told_of(const struct replay *replay, const struct holding *holding)
{
    return has_name(replay->placed, replay->placed_count, holding->fingerprint) ||
           deeds_of_entry(&replay->deeds, holding->owner, holding->entry);
}

/* What nothing was done to since. */
static void add_untouched(struct replay *replay)
{
    const struct snapshot *past = replay->past;
    const struct snapshot folded = {.slots = replay->slots, .slot_count = replay->slot_count};
    for (size_t i = 0; i < past->slot_count; i++)
        if (!snapshot_slot(&folded, past->slots[i].scope, past->slots[i].type))
            replay->slots[replay->slot_count++] = past->slots[i];
    for (size_t i = 0; i < past->holding_count; i++)
        if (!is_told_of(replay, &past->holdings[i]))
            replay->holdings[replay->holding_count++] = past->holdings[i];
    if (replay->slot_count)
        qsort(replay->slots, replay->slot_count, sizeof(*replay->slots), compare_slots);
    if (replay->holding_count)
        qsort(replay->holdings, replay->holding_count, sizeof(*replay->holdings), compare_holdings);
}

static int make_room(struct replay *replay)
{
    const struct snapshot *past = replay->past;
    size_t deeds = replay->deeds.count, claims = 2 * past->slot_count;
    for (size_t i = 0; i < past->slot_count; i++)
        claims += past->slots[i].next_count;
    struct arena *arena = replay->arena;
    replay->names = arena_alloc(arena, deeds + claims, sizeof(*replay->names));
    replay->places = arena_alloc(arena, deeds + claims, sizeof(*replay->places));
    replay->placed = arena_alloc(arena, deeds, sizeof(*replay->placed));
    replay->slots = arena_alloc(arena, deeds + past->slot_count, sizeof(*replay->slots));
    replay->holdings = arena_alloc(arena, deeds + past->holding_count, sizeof(*replay->holdings));
    replay->traces = arena_alloc(arena, deeds + claims, sizeof(*replay->traces));
    return replay->names && replay->places && replay->placed && replay->slots && replay->holdings &&
                   replay->traces
               ? 0
               : -1;
}

int replay_runs(const struct relics *relics, struct arena *arena, struct recollection *ret)
{
    struct replay replay = {.arena = arena, .past = &relics->recalled[RECALLED_PAST].snapshot};
    if (deeds_read(relics, replay.past->generation, arena, &replay.deeds) != 0 ||
        make_room(&replay) != 0)
        return -1;
    find_names(&replay);
    if (fold(&replay) != 0)
        return -1;
    add_untouched(&replay);
    *ret = (struct recollection){
        .snapshot = {.generation = replay.deeds.last,
                     .slots = replay.slots,
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
