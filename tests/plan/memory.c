#include "memory.h"

#include <stdlib.h>
#include <string.h>

struct memory {
    struct stored_certificate *certificates;
    struct slot *slots;
    struct holding *holdings;
    struct source_record *sources;
    size_t certificate_count, slot_count, holding_count, source_count;
};

static struct stored_certificate *find_certificate(struct memory *memory, const char *fingerprint)
{
    for (size_t i = 0; i < memory->certificate_count; i++)
        if (strcmp(memory->certificates[i].certificate.fingerprint, fingerprint) == 0)
            return &memory->certificates[i];
    return NULL;
}

static void put_object(struct memory *memory, const struct change *change)
{
    const struct certificate *certificate = &change->bundle->certificate;
    struct stored_certificate *stored = find_certificate(memory, certificate->fingerprint);
    if (!stored)
        stored = &memory->certificates[memory->certificate_count++];
    *stored = (struct stored_certificate){
        .certificate = *certificate,
        .exportable = change->exportable && certificate->has_key,
    };
}

static void repair_object(struct memory *memory, const struct change *change)
{
    struct stored_certificate *stored = find_certificate(memory, change->fingerprint);
    stored->damage = 0;
    stored->certificate.has_key |= change->key_from != NULL;
    stored->exportable = change->exportable && stored->certificate.has_key;
}

static void drop_slot(struct memory *memory, const struct slot *slot)
{
    for (size_t i = 0; i < memory->slot_count; i++)
        if (strcmp(memory->slots[i].scope, slot->scope) == 0 &&
            strcmp(memory->slots[i].type, slot->type) == 0)
            memory->slots[i--] = memory->slots[--memory->slot_count];
}

static void drop_holding(struct memory *memory, const struct holding *holding)
{
    for (size_t i = 0; i < memory->holding_count; i++)
        if (strcmp(memory->holdings[i].owner, holding->owner) == 0 &&
            strcmp(memory->holdings[i].entry, holding->entry) == 0)
            memory->holdings[i--] = memory->holdings[--memory->holding_count];
}

static void drop_source(struct memory *memory, const struct source_record *source)
{
    for (size_t i = 0; i < memory->source_count; i++)
        if (strcmp(memory->sources[i].digest, source->digest) == 0 &&
            strcmp(memory->sources[i].owner, source->owner) == 0)
            memory->sources[i--] = memory->sources[--memory->source_count];
}

static void apply(struct memory *memory, const struct change *change)
{
    switch (change->kind) {
    case CHANGE_PUT_OBJECT:
        put_object(memory, change);
        break;
    case CHANGE_REPAIR_OBJECT:
        repair_object(memory, change);
        break;
    case CHANGE_SET_ACCESS:
        find_certificate(memory, change->fingerprint)->exportable = change->exportable;
        break;
    case CHANGE_PUT_SLOT:
        drop_slot(memory, change->slot);
        memory->slots[memory->slot_count] = *change->slot;
        memory->slots[memory->slot_count++].damaged = false;
        break;
    case CHANGE_DROP_SLOT:
        drop_slot(memory, change->slot);
        break;
    case CHANGE_PUT_HOLDING:
        drop_holding(memory, change->holding);
        memory->holdings[memory->holding_count++] = *change->holding;
        break;
    case CHANGE_DROP_HOLDING:
        drop_holding(memory, change->holding);
        break;
    case CHANGE_PUT_SOURCE:
        drop_source(memory, change->source);
        memory->sources[memory->source_count++] = *change->source;
        break;
    case CHANGE_DROP_SOURCE:
        drop_source(memory, change->source);
        break;
    }
}

static bool slot_names(const struct slot *slot, const char *fingerprint)
{
    const struct claim *ends[] = {&slot->current, &slot->previous};
    for (size_t i = 0; i < 2; i++)
        if (ends[i]->fingerprint && strcmp(ends[i]->fingerprint, fingerprint) == 0)
            return true;
    for (size_t i = 0; i < slot->next_count; i++)
        if (strcmp(slot->next[i].fingerprint, fingerprint) == 0)
            return true;
    return false;
}

static bool referenced(const struct memory *memory, const char *fingerprint)
{
    for (size_t i = 0; i < memory->slot_count; i++)
        if (slot_names(&memory->slots[i], fingerprint))
            return true;
    for (size_t i = 0; i < memory->holding_count; i++)
        if (strcmp(memory->holdings[i].fingerprint, fingerprint) == 0)
            return true;
    return false;
}

static void let_go(struct memory *memory)
{
    for (size_t i = 0; i < memory->certificate_count; i++)
        if (!referenced(memory, memory->certificates[i].certificate.fingerprint))
            memory->certificates[i--] = memory->certificates[--memory->certificate_count];
}

static int compare_certificates(const void *left, const void *right)
{
    const struct stored_certificate *a = left, *b = right;
    return strcmp(a->certificate.fingerprint, b->certificate.fingerprint);
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

static int compare_sources(const void *left, const void *right)
{
    const struct source_record *a = left, *b = right;
    int order = strcmp(a->digest, b->digest);
    return order ? order : strcmp(a->owner, b->owner);
}

/* Room for what is there and one more of each for every change. */
static void *copy(struct arena *arena, const void *items, size_t count, size_t size, size_t more)
{
    void *room = arena_alloc(arena, count + more, size);
    if (!room)
        abort();
    if (count)
        memcpy(room, items, count * size);
    return room;
}

struct snapshot memory_commit(const struct plan *plan, struct arena *arena)
{
    const struct snapshot *old = plan->snapshot;
    size_t more = plan->change_count;
    struct memory memory = {
        .certificates = copy(arena, old->certificates, old->certificate_count,
                             sizeof(*old->certificates), more),
        .slots = copy(arena, old->slots, old->slot_count, sizeof(*old->slots), more),
        .holdings = copy(arena, old->holdings, old->holding_count, sizeof(*old->holdings), more),
        .sources = copy(arena, old->sources, old->source_count, sizeof(*old->sources), more),
        .certificate_count = old->certificate_count,
        .slot_count = old->slot_count,
        .holding_count = old->holding_count,
        .source_count = old->source_count,
    };
    for (size_t i = 0; i < plan->change_count; i++)
        apply(&memory, &plan->changes[i]);
    let_go(&memory);
    qsort(memory.certificates, memory.certificate_count, sizeof(*memory.certificates),
          compare_certificates);
    qsort(memory.slots, memory.slot_count, sizeof(*memory.slots), compare_slots);
    qsort(memory.holdings, memory.holding_count, sizeof(*memory.holdings), compare_holdings);
    qsort(memory.sources, memory.source_count, sizeof(*memory.sources), compare_sources);
    return (struct snapshot){
        .generation = old->generation + 1,
        .certificates = memory.certificates,
        .certificate_count = memory.certificate_count,
        .slots = memory.slots,
        .slot_count = memory.slot_count,
        .holdings = memory.holdings,
        .holding_count = memory.holding_count,
        .sources = memory.sources,
        .source_count = memory.source_count,
    };
}
