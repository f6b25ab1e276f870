#include "plan/work.h"

#include <stdlib.h>
#include <string.h>

static int compare_names(const char *scope, const char *type, const char *other_scope,
                         const char *other_type)
{
    int order = strcmp(scope, other_scope);
    return order ? order : strcmp(type, other_type);
}

static void add_slot(struct work *work, const struct slot *before, const struct lineup *lineup)
{
    struct slot_work *slot = &work->slots[work->slot_count++];
    *slot = (struct slot_work){.before = before, .lineup = lineup};
    if (before)
        slot->after = *before;
    else
        slot->after = (struct slot){.scope = lineup->bids[0].scope, .type = lineup->bids[0].type};
    if (lineup)
        slot->after.owner = candidate_of(work, &lineup->bids[0])->manifest->name;
    slot->managed = work_manifest(work, slot->after.owner) != NULL;
}

/* A slot of another owner is left as it is, and every entry that claims it fails. */
static void refuse_other(struct work *work, struct slot_work *slot)
{
    const char *owner = slot->before->owner;
    for (size_t i = 0; i < slot->lineup->count; i++)
        work_problem(work, candidate_of(work, &slot->lineup->bids[i]), PROBLEM_OWNED_BY_OTHER,
                     "%s/%s belongs to the manifest '%s'", slot->before->scope, slot->before->type,
                     owner);
    slot->lineup = NULL;
    slot->managed = false;
    slot->after = *slot->before;
}

void slots_claim(struct work *work)
{
    const struct snapshot *snapshot = work->input->snapshot;
    const struct lineups *lineups = &work->lineups;
    work->slots =
        arena_alloc(work->arena, snapshot->slot_count + lineups->count, sizeof(*work->slots));
    if (!work->slots) {
        work->failed = true;
        return;
    }
    for (size_t s = 0, l = 0; s < snapshot->slot_count || l < lineups->count;) {
        const struct slot *before = s < snapshot->slot_count ? &snapshot->slots[s] : NULL;
        const struct lineup *lineup = l < lineups->count ? &lineups->items[l] : NULL;
        int order = !before   ? 1
                    : !lineup ? -1
                              : compare_names(before->scope, before->type, lineup->bids[0].scope,
                                              lineup->bids[0].type);
        add_slot(work, order <= 0 ? before : NULL, order >= 0 ? lineup : NULL);
        s += order <= 0;
        l += order >= 0;
        struct slot_work *slot = &work->slots[work->slot_count - 1];
        if (slot->before && slot->lineup && !work->input->options.take_over &&
            strcmp(slot->before->owner, slot->after.owner) != 0)
            refuse_other(work, slot);
    }
}

const struct certificate *certificate_known(const struct work *work, const char *fingerprint)
{
    if (!fingerprint)
        return NULL;
    const struct stored_certificate *stored =
        snapshot_certificate(work->input->snapshot, fingerprint);
    if (stored)
        return &stored->certificate;
    size_t count;
    struct candidate **named = candidates_named(work, fingerprint, &count);
    return count ? named[0]->certificate : NULL;
}

bool certificate_expired(const struct work *work, const char *fingerprint)
{
    const struct certificate *certificate = certificate_known(work, fingerprint);
    return certificate && work->input->at > certificate->not_after;
}

static struct claim claim_of(const struct candidate *candidate)
{
    return (struct claim){
        .fingerprint = candidate->certificate->fingerprint,
        .entry = candidate->entry->name,
        .effective_date = candidate->entry->effective_date,
        .roll = candidate->entry->roll,
        .exportable = candidate->entry->exportable,
    };
}

/* What the slot held when its current certificate took over (or takes over now). */
static struct claim previous_from_store(const struct slot_work *slot)
{
    const struct slot *before = slot->before;
    if (!before || !before->current.fingerprint)
        return (struct claim){.fingerprint = NULL};
    if (strcmp(before->current.fingerprint, slot->after.current.fingerprint) == 0)
        return before->previous;
    return before->current;
}

/* The entry before the current one in the manifest or, when it no longer lists one, the store's
 * memory. An entry that failed is listed, but its certificate is known to the store alone. */
static struct claim find_previous(const struct work *work, const struct slot_work *slot)
{
    const struct lineup *lineup = slot->lineup;
    if (lineup->due < 2)
        return previous_from_store(slot);
    const struct candidate *candidate = candidate_of(work, &lineup->bids[lineup->due - 2]);
    if (candidate->failed)
        return previous_from_store(slot);
    if (!candidate->certificate)
        return (struct claim){.fingerprint = NULL};
    return claim_of(candidate);
}

/* The places that the clock alone decides: a previous one goes when it has expired. */
static void let_previous_go(const struct work *work, struct slot_work *slot)
{
    struct slot *after = &slot->after;
    if (after->previous.fingerprint &&
        (certificate_expired(work, after->previous.fingerprint) ||
         (after->current.fingerprint &&
          strcmp(after->previous.fingerprint, after->current.fingerprint) == 0)))
        after->previous = (struct claim){.fingerprint = NULL};
}

static void desire_current(const struct work *work, struct slot_work *slot)
{
    const struct lineup *lineup = slot->lineup;
    if (lineup->due == 0)
        return; /* whatever the slot holds stays: it is what the first roll will relieve */
    const struct bid *bid = &lineup->bids[lineup->due - 1];
    const struct candidate *candidate = candidate_of(work, bid);
    if (!candidate_usable(candidate))
        return;
    slot->after.current = claim_of(candidate);
    slot->after.previous = (struct claim){.fingerprint = NULL};
    if (bid->roll)
        slot->after.previous = find_previous(work, slot);
}

/* The claims that a failed entry has in the queue stay there: a file that cannot be read tonight is
 * no reason to disarm a roll. */
static size_t keep_claims_of(const struct slot *before, const struct candidate *failed,
                             struct claim *claims)
{
    size_t count = 0;
    for (size_t i = 0; before && i < before->next_count; i++)
        if (strcmp(before->next[i].entry, failed->entry->name) == 0)
            claims[count++] = before->next[i];
    return count;
}

static bool bid_for(const struct work *work, const struct lineup *lineup, const char *fingerprint)
{
    for (size_t i = 0; i < lineup->count; i++) {
        const struct candidate *candidate = candidate_of(work, &lineup->bids[i]);
        if (candidate->certificate && strcmp(candidate->certificate->fingerprint, fingerprint) == 0)
            return true;
    }
    return false;
}

/* certroll import lists one certificate: what is still ahead in the slot stays ahead. */
static size_t keep_claims_ahead(const struct work *work, const struct slot_work *slot,
                                struct claim *claims)
{
    size_t count = 0;
    const struct slot *before = slot->before;
    for (size_t i = 0; before && i < before->next_count; i++)
        if (before->next[i].effective_date > work->input->at &&
            !bid_for(work, slot->lineup, before->next[i].fingerprint))
            claims[count++] = before->next[i];
    return count;
}

static int compare_claims(const void *left_claim, const void *right_claim)
{
    const struct claim *left = left_claim, *right = right_claim;
    if (left->effective_date != right->effective_date)
        return left->effective_date < right->effective_date ? -1 : 1;
    return strcmp(left->fingerprint, right->fingerprint);
}

static void desire_next(struct work *work, struct slot_work *slot)
{
    const struct lineup *lineup = slot->lineup;
    size_t kept = slot->before ? slot->before->next_count : 0, count = 0;
    /* A failed entry keeps the claims under its name, which are its own: never more than kept. */
    struct claim *claims = arena_alloc(work->arena, lineup->count + 2 * kept, sizeof(*claims));
    if (!claims) {
        work->failed = true;
        return;
    }
    for (size_t i = lineup->due; i < lineup->count; i++) {
        const struct candidate *candidate = candidate_of(work, &lineup->bids[i]);
        if (candidate_usable(candidate))
            claims[count++] = claim_of(candidate);
        else
            count += keep_claims_of(slot->before, candidate, claims + count);
    }
    if (work->input->options.partial)
        count += keep_claims_ahead(work, slot, claims + count);
    qsort(claims, count, sizeof(*claims), compare_claims);
    slot->after.next = claims;
    slot->after.next_count = count;
}

void slots_desire(struct work *work)
{
    for (size_t i = 0; i < work->slot_count; i++) {
        struct slot_work *slot = &work->slots[i];
        if (slot->lineup) {
            desire_current(work, slot);
            desire_next(work, slot);
        } else if (slot->managed && !work->input->options.partial) {
            slot->after.next_count = 0; /* never leave a roll armed that no manifest lists */
        }
        if (slot->managed)
            let_previous_go(work, slot);
    }
}
