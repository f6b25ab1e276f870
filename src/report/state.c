/* The rows that show a store. */
#include "report/rows.h"

#include <stdlib.h>
#include <string.h>

static void fill_certificate(const struct snapshot *snapshot, const char *fingerprint,
                             struct certificate_row *row)
{
    const struct stored_certificate *stored = snapshot_certificate(snapshot, fingerprint);
    row->fingerprint = fingerprint;
    row->not_before = row->not_after = row->effective_date = INSTANT_NONE;
    if (!stored)
        return;
    const struct certificate *certificate = &stored->certificate;
    row->thumbprint = certificate->thumbprint;
    row->subject = certificate->subject;
    row->issuer = certificate->issuer;
    row->serial = certificate->serial;
    row->dns_names = (struct list){certificate->dns_names, certificate->dns_name_count};
    row->not_before = certificate->not_before;
    row->not_after = certificate->not_after;
    row->key_readable_by_service = stored->exportable && certificate->has_key;
}

static void fill_claim(const struct snapshot *snapshot, const struct claim *claim,
                       struct certificate_row *row)
{
    fill_certificate(snapshot, claim->fingerprint, row);
    row->certificate = claim->entry;
    row->effective_date = claim->effective_date;
}

/* rows: room for all the slot's claims; those that it takes are used up. */
static struct slot_row slot_row(const struct snapshot *snapshot, const struct slot *slot,
                                struct certificate_row **rows)
{
    struct slot_row row = {
        .scope = slot->scope, .type = slot->type, .owner = owner_or_null(slot->owner)};
    if (slot->current.fingerprint) {
        fill_claim(snapshot, &slot->current, *rows);
        row.current = (*rows)++;
    }
    row.next = (struct list){*rows, slot->next_count};
    for (size_t i = 0; i < slot->next_count; i++)
        fill_claim(snapshot, &slot->next[i], (*rows)++);
    if (slot->previous.fingerprint) {
        fill_claim(snapshot, &slot->previous, *rows);
        row.previous = (*rows)++;
    }
    return row;
}

static int add_slots(const struct snapshot *snapshot, struct arena *arena,
                     struct document *document, struct list *ret_assigned)
{
    size_t claims = 0;
    for (size_t i = 0; i < snapshot->slot_count; i++)
        claims += 2 + snapshot->slots[i].next_count;
    struct slot_row *slots = arena_alloc(arena, snapshot->slot_count, sizeof(*slots));
    struct certificate_row *rows = arena_alloc(arena, claims, sizeof(*rows)), *at = rows;
    if (!slots || !rows)
        return -1;
    for (size_t i = 0; i < snapshot->slot_count; i++)
        slots[i] = slot_row(snapshot, &snapshot->slots[i], &at);
    document->slots = (struct list){slots, snapshot->slot_count};
    *ret_assigned = (struct list){rows, (size_t)(at - rows)};
    return 0;
}

static int compare_fingerprints(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static const char **sorted_fingerprints(const struct list *assigned, struct arena *arena)
{
    const struct certificate_row *rows = assigned->items;
    const char **fingerprints = arena_alloc(arena, assigned->count, sizeof(*fingerprints));
    if (!fingerprints)
        return NULL;
    for (size_t i = 0; i < assigned->count; i++)
        fingerprints[i] = rows[i].fingerprint;
    if (assigned->count)
        qsort(fingerprints, assigned->count, sizeof(*fingerprints), compare_fingerprints);
    return fingerprints;
}

static int add_unassigned(const struct snapshot *snapshot, const struct list *assigned,
                          struct arena *arena, struct document *document)
{
    const char **fingerprints = sorted_fingerprints(assigned, arena);
    struct certificate_row *rows = arena_alloc(arena, snapshot->holding_count, sizeof(*rows));
    if (!fingerprints || !rows)
        return -1;
    size_t count = 0;
    for (size_t i = 0; i < snapshot->holding_count; i++) {
        const struct holding *holding = &snapshot->holdings[i];
        if (assigned->count && bsearch(&holding->fingerprint, fingerprints, assigned->count,
                                       sizeof(*fingerprints), compare_fingerprints))
            continue;
        struct certificate_row *row = &rows[count++];
        fill_certificate(snapshot, holding->fingerprint, row);
        row->owner = owner_or_null(holding->owner);
        row->certificate = holding->entry;
    }
    document->unassigned = (struct list){rows, count};
    return 0;
}

int rows_add_state(const struct snapshot *snapshot, struct arena *arena, struct document *document)
{
    struct list assigned;
    if (add_slots(snapshot, arena, document, &assigned) < 0)
        return -1;
    return add_unassigned(snapshot, &assigned, arena, document);
}
