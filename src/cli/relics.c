#include "cli/relics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_object(const void *key, const void *item)
{
    return strcmp(key, ((const struct relic_object *)item)->fingerprint);
}

struct relic_object *relics_object(const struct reassembly *reassembly, const char *fingerprint)
{
    size_t count = reassembly->relics->object_count;
    struct relic_object *found = fingerprint && count
                                     ? bsearch(fingerprint, reassembly->objects, count,
                                               sizeof(*reassembly->objects), compare_object)
                                     : NULL;
    return found && found->sound ? found : NULL;
}

const struct stored_certificate *relics_recalled(const struct relics *relics,
                                                 const char *fingerprint)
{
    const struct stored_certificate *found = NULL;
    for (size_t r = 0; r < RECOLLECTIONS_MOST && !found; r++)
        found = snapshot_certificate(&relics->recalled[r].snapshot, fingerprint);
    return found;
}

static void tell(const struct reassembly *reassembly, enum problem_code code, const char *path,
                 const char *what)
{
    problems_add(reassembly->told, code, NOWHERE, "%s/%s: %s", reassembly->session->store, path,
                 what);
}

static void tell_slot(const struct reassembly *reassembly, enum problem_code code,
                      const struct slot *slot, const char *what)
{
    char path[512];
    snprintf(path, sizeof(path), "live/%s/%s", slot->scope, slot->type);
    tell(reassembly, code, path, what);
}

static void add(struct reassembly *reassembly, struct change change)
{
    reassembly->changes[reassembly->change_count++] = change;
}

/* What the first that knows the slot tells of it. The damaged index is the present generation:
 * where links differ from it, they were changed or lost. What others tell of may have been removed
 * since. */
struct memory {
    const struct slot *slot; /* or NULL */
    bool present;            /* others do not tell who may read a key since */
};

static struct memory recalled_slot(const struct relics *relics, const struct slot *slot)
{
    for (size_t r = 0; r < RECOLLECTIONS_MOST; r++) {
        const struct slot *found =
            snapshot_slot(&relics->recalled[r].snapshot, slot->scope, slot->type);
        if (found)
            return (struct memory){found, r == RECALLED_PRESENT};
    }
    return (struct memory){NULL, false};
}

static bool same(const struct claim *left, const struct claim *right)
{
    return left->fingerprint && right->fingerprint &&
           strcmp(left->fingerprint, right->fingerprint) == 0;
}

/* The claim that put a certificate into its slot, wherever in it that stood; NULL: not known. */
static const struct claim *recalled_claim(const struct slot *recalled, const struct claim *claim)
{
    if (!recalled)
        return NULL;
    if (same(&recalled->current, claim))
        return &recalled->current;
    if (same(&recalled->previous, claim))
        return &recalled->previous;
    for (size_t i = 0; i < recalled->next_count; i++)
        if (same(&recalled->next[i], claim))
            return &recalled->next[i];
    return NULL;
}

/* A claim whose certificate is there; else an empty one, and what is lost is said. */
static struct claim settle_claim(const struct reassembly *reassembly, const struct slot *slot,
                                 const struct claim *claim, const char *place)
{
    struct relic_object *object = relics_object(reassembly, claim->fingerprint);
    char lost[160];
    if (object) {
        object->referred = true;
        return *claim;
    }
    if (claim->fingerprint) {
        snprintf(lost, sizeof(lost), "its %s certificate %s is lost", place, claim->fingerprint);
        tell_slot(reassembly, PROBLEM_STORE_DAMAGED, slot, lost);
    }
    return (struct claim){.effective_date = INSTANT_NONE};
}

/* What a link shows, on the terms that are recalled. */
static struct claim settle_shown(const struct reassembly *reassembly, const struct slot *slot,
                                 const struct memory *memory, const struct claim *shown,
                                 const char *place)
{
    const struct claim *known = recalled_claim(memory->slot, shown);
    const struct relic_object *object = relics_object(reassembly, shown->fingerprint);
    struct claim claim = known ? *known : *shown;
    if (object && (!known || !memory->present))
        claim.exportable = object->exportable;
    return settle_claim(reassembly, slot, &claim, place);
}

/* Where a link was lost, or shows what is, the certificate that is recalled stays current. */
static struct claim settle_current(const struct reassembly *reassembly, const struct slot *shown,
                                   const struct memory *memory)
{
    const struct claim *recalled = memory->slot ? &memory->slot->current : NULL;
    if (recalled && !relics_object(reassembly, shown->current.fingerprint) &&
        relics_object(reassembly, recalled->fingerprint))
        return settle_shown(reassembly, shown, memory, recalled, "current");
    return settle_shown(reassembly, shown, memory, &shown->current, "current");
}

/* Is what stood in the queue still in it? The link shows the first of those with roll. */
static bool still_queued(const struct memory *memory, const struct claim *claim,
                         const struct slot *slot, bool link_passed)
{
    if (memory->present)
        return true;
    return !same(claim, &slot->current) && !same(claim, &slot->previous) &&
           (!claim->roll || link_passed);
}

/* The queue: what the link shows, and what is behind it, or not for services' eyes yet. */
static int settle_next(const struct reassembly *reassembly, const struct slot *shown,
                       const struct memory *memory, struct slot *ret)
{
    size_t queued = memory->slot ? memory->slot->next_count : 0, count = 0;
    struct claim *next = arena_alloc(reassembly->session->arena, queued + 1, sizeof(*next));
    bool armed = shown->next_count > 0, passed = false;
    if (!next)
        return -1;
    for (size_t i = 0; i < queued; i++) {
        const struct claim *claim = &memory->slot->next[i];
        passed |= armed && same(claim, &shown->next[0]);
        bool removed = !memory->present && !relics_object(reassembly, claim->fingerprint);
        if (!removed && still_queued(memory, claim, ret, passed))
            next[count] = settle_shown(reassembly, shown, memory, claim, "next");
        count += next[count].fingerprint != NULL;
    }
    if (armed && !passed && !memory->present) {
        next[count] = settle_shown(reassembly, shown, memory, &shown->next[0], "next");
        if (next[count].fingerprint)
            tell_slot(reassembly, PROBLEM_INDEX_REBUILT, shown,
                      "from when its next certificate is in effect is not known");
        count += next[count].fingerprint != NULL;
    }
    ret->next = next;
    ret->next_count = count;
    return 0;
}

/* A slot that is left with nothing goes, and its links with it, which lead nowhere. */
static int settle_slot(struct reassembly *reassembly, const struct slot *shown)
{
    struct memory memory = recalled_slot(reassembly->relics, shown);
    struct slot *slot = arena_alloc(reassembly->session->arena, 1, sizeof(*slot));
    if (!slot)
        return -1;
    const struct claim *previous = &shown->previous;
    if (memory.slot && memory.present && !previous->fingerprint)
        previous = &memory.slot->previous;
    *slot = (struct slot){.scope = shown->scope,
                          .type = shown->type,
                          .owner = memory.slot ? memory.slot->owner : OWNER_UNKNOWN};
    slot->current = settle_current(reassembly, shown, &memory);
    slot->previous = settle_shown(reassembly, shown, &memory, previous, "previous");
    if (settle_next(reassembly, shown, &memory, slot) != 0)
        return -1;
    if (!slot->current.fingerprint && !slot->previous.fingerprint && !slot->next_count)
        return 0;
    if (owner_is_unknown(slot->owner))
        tell_slot(reassembly, PROBLEM_OWNER_UNKNOWN, shown, "whose it is is not known");
    add(reassembly, (struct change){.kind = CHANGE_PUT_SLOT, .slot = slot});
    return 0;
}

static bool is_seen(const struct slot *slot)
{
    bool armed = false;
    for (size_t i = 0; i < slot->next_count; i++)
        armed |= slot->next[i].roll;
    return armed || slot->current.fingerprint || slot->previous.fingerprint;
}

static void miss(const struct reassembly *reassembly, const struct claim *claim)
{
    struct relic_object *object = relics_object(reassembly, claim->fingerprint);
    if (object)
        object->missed = true;
}

static void miss_all(const struct reassembly *reassembly, const struct slot *slot)
{
    miss(reassembly, &slot->current);
    miss(reassembly, &slot->previous);
    for (size_t i = 0; i < slot->next_count; i++)
        miss(reassembly, &slot->next[i]);
}

/* Its links were lost: services have nothing of it. Where it was removed, runs tell that. */
static void settle_missed(const struct reassembly *reassembly, const struct slot *recalled)
{
    const struct snapshot *runs = &reassembly->relics->recalled[RECALLED_RUNS].snapshot;
    const struct slot *told = snapshot_slot(runs, recalled->scope, recalled->type);
    if (told && !is_seen(told))
        return;
    tell_slot(reassembly, PROBLEM_INDEX_REBUILT, recalled,
              "its links are lost, and the slot with them; its certificates are kept, assigned to "
              "nothing");
    miss_all(reassembly, recalled);
    if (told)
        miss_all(reassembly, told);
}

/* A slot that no link tells of: services see nothing of it yet, or its links were lost. */
static int settle_unshown(struct reassembly *reassembly, const struct slot *recalled)
{
    const struct relics *relics = reassembly->relics;
    const struct snapshot shown = {.slots = relics->slots, .slot_count = relics->slot_count};
    struct memory memory = recalled_slot(relics, recalled);
    if (memory.slot != recalled || snapshot_slot(&shown, recalled->scope, recalled->type))
        return 0;
    if (is_seen(recalled) && !memory.present) {
        settle_missed(reassembly, recalled);
        return 0;
    }
    const struct slot none = {.scope = recalled->scope, .type = recalled->type};
    return settle_slot(reassembly, &none);
}

static int settle_slots(struct reassembly *reassembly)
{
    const struct relics *relics = reassembly->relics;
    int result = 0;
    for (size_t i = 0; i < relics->slot_count && result == 0; i++)
        result = settle_slot(reassembly, &relics->slots[i]);
    for (size_t r = 0; r < RECOLLECTIONS_MOST; r++)
        for (size_t i = 0; i < relics->recalled[r].snapshot.slot_count && result == 0; i++)
            result = settle_unshown(reassembly, &relics->recalled[r].snapshot.slots[i]);
    return result;
}

/* Of the first that tells anything of holdings: one that it lacks may have been removed since. */
static int settle_holdings(struct reassembly *reassembly)
{
    const struct recollection *recalled = reassembly->relics->recalled;
    size_t r = 0;
    while (r < RECOLLECTIONS_MOST && !recalled[r].has_holdings)
        r++;
    for (size_t i = 0; r < RECOLLECTIONS_MOST && i < recalled[r].snapshot.holding_count; i++) {
        const struct holding *known = &recalled[r].snapshot.holdings[i];
        struct relic_object *object = relics_object(reassembly, known->fingerprint);
        if (!object || (r == RECALLED_RUNS && object->referred))
            continue;
        struct holding *holding = arena_alloc(reassembly->session->arena, 1, sizeof(*holding));
        if (!holding)
            return -1;
        *holding = *known;
        if (r != RECALLED_PRESENT)
            holding->exportable = object->exportable;
        object->referred = true;
        add(reassembly, (struct change){.kind = CHANGE_PUT_HOLDING, .holding = holding});
    }
    return 0;
}

/* Is it there for the sake of a run that is kept? */
static bool is_traced(const struct relics *relics, const char *fingerprint)
{
    for (size_t r = 0; r < RECOLLECTIONS_MOST; r++) {
        const struct recollection *recalled = &relics->recalled[r];
        bool whole = recalled->has_slots && recalled->has_holdings;
        for (size_t i = 0; whole && i < recalled->trace_count; i++)
            if (strcmp(recalled->traces[i].fingerprint, fingerprint) == 0)
                return true;
    }
    return false;
}

/* What nothing is known to refer to is kept, and said, until somebody lists or prunes it. */
static int settle_rest(struct reassembly *reassembly)
{
    for (size_t i = 0; i < reassembly->relics->object_count; i++) {
        const struct relic_object *object = &reassembly->objects[i];
        char path[DIGEST_TEXT_SIZE + 16];
        if (!object->sound || object->referred ||
            (!object->missed && is_traced(reassembly->relics, object->fingerprint)))
            continue;
        struct holding *holding = arena_alloc(reassembly->session->arena, 1, sizeof(*holding));
        if (!holding)
            return -1;
        *holding = (struct holding){.owner = OWNER_UNKNOWN,
                                    .entry = object->fingerprint,
                                    .fingerprint = object->fingerprint,
                                    .exportable = object->exportable};
        add(reassembly, (struct change){.kind = CHANGE_PUT_HOLDING, .holding = holding});
        snprintf(path, sizeof(path), "objects/%s", object->fingerprint);
        tell(reassembly, PROBLEM_OWNER_UNKNOWN, path,
             "no link shows it, and which manifest imported it is not known; it is kept");
    }
    return 0;
}

/* What bytes gave they give for ever: a record is as good as its certificate. */
static bool is_remembered(const struct reassembly *reassembly, const struct source_record *record)
{
    return relics_object(reassembly, record->fingerprint) != NULL;
}

static void settle_sources(struct reassembly *reassembly)
{
    for (size_t r = RECOLLECTIONS_MOST; r-- > 0;) {
        const struct snapshot *snapshot = &reassembly->relics->recalled[r].snapshot;
        for (size_t i = 0; i < snapshot->source_count; i++)
            if (is_remembered(reassembly, &snapshot->sources[i]))
                add(reassembly,
                    (struct change){.kind = CHANGE_PUT_SOURCE, .source = &snapshot->sources[i]});
    }
}

static void put_objects(struct reassembly *reassembly)
{
    for (size_t i = 0; i < reassembly->relics->object_count; i++) {
        const struct relic_object *object = &reassembly->objects[i];
        if (object->sound)
            add(reassembly, (struct change){.kind = CHANGE_PUT_OBJECT,
                                            .bundle = &object->bundle,
                                            .exportable = object->exportable});
    }
}

static size_t count_changes(const struct relics *relics)
{
    size_t count = 2 * relics->object_count + relics->slot_count;
    for (size_t r = 0; r < RECOLLECTIONS_MOST; r++) {
        const struct snapshot *snapshot = &relics->recalled[r].snapshot;
        count += snapshot->slot_count + snapshot->holding_count + snapshot->source_count;
    }
    return count;
}

int relics_reassemble(struct reassembly *reassembly)
{
    struct session *session = reassembly->session;
    reassembly->changes = arena_alloc(session->arena, count_changes(reassembly->relics),
                                      sizeof(*reassembly->changes));
    if (!reassembly->changes)
        return session_out_of_memory(session);
    put_objects(reassembly);
    if (settle_slots(reassembly) != 0)
        return session_out_of_memory(session);
    if (settle_holdings(reassembly) != 0 || settle_rest(reassembly) != 0)
        return session_out_of_memory(session);
    settle_sources(reassembly);
    return 0;
}
