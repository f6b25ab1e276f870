#include "store/after.h"

#include <stdlib.h>
#include <string.h>

/* What there was stands first, in its order; what is new is added behind it. */
struct after {
    const struct snapshot *before;
    struct stored_certificate *certificates;
    struct slot *slots;
    struct holding *holdings;
    size_t certificate_count, slot_count, holding_count;
};

static int compare_certificates(const void *left, const void *right)
{
    const struct stored_certificate *a = left, *b = right;
    return strcmp(a->certificate.fingerprint, b->certificate.fingerprint);
}

/* What was dropped has no owner, and comes last. */
static int compare_slots(const void *left, const void *right)
{
    const struct slot *a = left, *b = right;
    if (!a->owner || !b->owner)
        return !a->owner - !b->owner;
    int order = strcmp(a->scope, b->scope);
    return order ? order : strcmp(a->type, b->type);
}

static int compare_holdings(const void *left, const void *right)
{
    const struct holding *a = left, *b = right;
    if (!a->owner || !b->owner)
        return !a->owner - !b->owner;
    int order = strcmp(a->owner, b->owner);
    return order ? order : strcmp(a->entry, b->entry);
}

static struct stored_certificate *find_certificate(struct after *after, const char *fingerprint)
{
    const struct stored_certificate *stored = snapshot_certificate(after->before, fingerprint);
    return stored ? &after->certificates[stored - after->before->certificates] : NULL;
}

static void put_object(struct after *after, const struct change *change)
{
    const struct certificate *certificate = &change->bundle->certificate;
    struct stored_certificate *stored = find_certificate(after, certificate->fingerprint);
    if (!stored)
        stored = &after->certificates[after->certificate_count++];
    *stored = (struct stored_certificate){
        .certificate = *certificate,
        .exportable = change->exportable,
    };
}

static void repair_object(struct after *after, const struct change *change)
{
    struct stored_certificate *stored = find_certificate(after, change->fingerprint);
    if (!stored)
        return;
    if (change->kind == CHANGE_REPAIR_OBJECT)
        stored->damage = 0;
    stored->certificate.has_key |= change->key_from != NULL;
    stored->exportable = change->exportable;
}

static void put_slot(struct after *after, const struct change *change)
{
    const struct slot *slot = change->slot;
    const struct slot *found = snapshot_slot(after->before, slot->scope, slot->type);
    struct slot *place = found ? &after->slots[found - after->before->slots] : NULL;
    if (change->kind == CHANGE_DROP_SLOT) {
        if (place)
            place->owner = NULL;
        return;
    }
    if (!place)
        place = &after->slots[after->slot_count++];
    *place = *slot;
    place->damaged = false;
}

static void put_holding(struct after *after, const struct change *change)
{
    const struct snapshot *before = after->before;
    const struct holding *found =
        snapshot_holding(before, change->holding->owner, change->holding->entry);
    struct holding *place = found ? &after->holdings[found - before->holdings] : NULL;
    if (change->kind == CHANGE_DROP_HOLDING) {
        if (place)
            place->owner = NULL;
        return;
    }
    if (!place)
        place = &after->holdings[after->holding_count++];
    *place = *change->holding;
}

static void apply(struct after *after, const struct change *change)
{
    switch (change->kind) {
    case CHANGE_PUT_OBJECT:
        put_object(after, change);
        break;
    case CHANGE_REPAIR_OBJECT:
    case CHANGE_SET_ACCESS:
        repair_object(after, change);
        break;
    case CHANGE_PUT_SLOT:
    case CHANGE_DROP_SLOT:
        put_slot(after, change);
        break;
    case CHANGE_PUT_HOLDING:
    case CHANGE_DROP_HOLDING:
        put_holding(after, change);
        break;
    case CHANGE_PUT_SOURCE:
    case CHANGE_DROP_SOURCE:
        break;
    }
}

/* Room for what is there and one more for each change. */
static void *copy(struct arena *arena, const void *items, size_t count, size_t more, size_t size)
{
    void *room = arena_alloc(arena, count + more, size);
    if (room && count)
        memcpy(room, items, count * size);
    return room;
}

static void sort(struct after *after)
{
    qsort(after->certificates, after->certificate_count, sizeof(*after->certificates),
          compare_certificates);
    qsort(after->slots, after->slot_count, sizeof(*after->slots), compare_slots);
    qsort(after->holdings, after->holding_count, sizeof(*after->holdings), compare_holdings);
    while (after->slot_count && !after->slots[after->slot_count - 1].owner)
        after->slot_count--;
    while (after->holding_count && !after->holdings[after->holding_count - 1].owner)
        after->holding_count--;
}

/* How many changes add at most one certificate, slot or holding. */
static void count_new(const struct change *changes, size_t count, size_t ret[static 3])
{
    for (size_t i = 0; i < count; i++) {
        ret[0] += changes[i].kind == CHANGE_PUT_OBJECT;
        ret[1] += changes[i].kind == CHANGE_PUT_SLOT;
        ret[2] += changes[i].kind == CHANGE_PUT_HOLDING;
    }
}

int snapshot_after(const struct snapshot *before, const struct change *changes, size_t count,
                   struct arena *arena, struct snapshot *ret)
{
    size_t more[3] = {0, 0, 0};
    count_new(changes, count, more);
    struct after after = {
        .before = before,
        .certificates = copy(arena, before->certificates, before->certificate_count, more[0],
                             sizeof(*before->certificates)),
        .slots = copy(arena, before->slots, before->slot_count, more[1], sizeof(*before->slots)),
        .holdings = copy(arena, before->holdings, before->holding_count, more[2],
                         sizeof(*before->holdings)),
        .certificate_count = before->certificate_count,
        .slot_count = before->slot_count,
        .holding_count = before->holding_count,
    };
    if (!after.certificates || !after.slots || !after.holdings)
        return -1;
    for (size_t i = 0; i < count; i++)
        apply(&after, &changes[i]);
    sort(&after);
    *ret = *before;
    ret->generation++;
    ret->certificates = after.certificates;
    ret->certificate_count = after.certificate_count;
    ret->slots = after.slots;
    ret->slot_count = after.slot_count;
    ret->holdings = after.holdings;
    ret->holding_count = after.holding_count;
    ret->leftovers = false;
    return 0;
}
