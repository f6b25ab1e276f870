#include "plan/work.h"

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
    slot->after = before
                      ? *before
                      : (struct slot){.scope = lineup->bids[0].scope, .type = lineup->bids[0].type};
    if (lineup)
        slot->after.owner = candidate_of(work, &lineup->bids[0])->manifest->name;
    slot->managed = work_manifest(work, slot->after.owner) != NULL;
}

static void leave_as_it_is(struct slot_work *slot)
{
    slot->lineup = NULL;
    slot->managed = false;
    slot->after = *slot->before;
}

/* A slot of another owner is left as it is, and every entry that claims it fails; but those that
 * are superseded there, which cannot. */
static void refuse_other(struct work *work, struct slot_work *slot)
{
    const char *owner = slot->before->owner;
    for (size_t i = 0; i < slot->lineup->count; i++) {
        struct candidate *candidate = candidate_of(work, &slot->lineup->bids[i]);
        if (lineup_role(slot->lineup, i) != ROLE_SUPERSEDED)
            work_problem(work, candidate, PROBLEM_OWNED_BY_OTHER,
                         "%s/%s belongs to the manifest '%s'; --take-over moves it here",
                         slot->before->scope, slot->before->type, owner);
    }
    leave_as_it_is(slot);
}

/* The next of both lists, which are in the order of the slots: one of them, or both of one slot. */
struct pair {
    const struct slot *before;
    const struct lineup *lineup;
};

static struct pair pair_at(const struct work *work, size_t s, size_t l)
{
    const struct snapshot *snapshot = work->input->snapshot;
    struct pair pair = {
        .before = s < snapshot->slot_count ? &snapshot->slots[s] : NULL,
        .lineup = l < work->lineups.count ? &work->lineups.items[l] : NULL,
    };
    if (!pair.before || !pair.lineup)
        return pair;
    int order = compare_names(pair.before->scope, pair.before->type, pair.lineup->bids[0].scope,
                              pair.lineup->bids[0].type);
    return (struct pair){order <= 0 ? pair.before : NULL, order >= 0 ? pair.lineup : NULL};
}

static size_t count_slots(const struct work *work)
{
    size_t count = 0, s = 0, l = 0;
    for (struct pair pair; pair = pair_at(work, s, l), pair.before || pair.lineup; count++) {
        s += pair.before != NULL;
        l += pair.lineup != NULL;
    }
    return count;
}

void slots_claim(struct work *work)
{
    size_t count = count_slots(work);
    work->slots = arena_alloc(work->arena, count, sizeof(*work->slots));
    if (!work->slots) {
        work->failed = true;
        return;
    }
    size_t s = 0, l = 0;
    for (struct pair pair; pair = pair_at(work, s, l), pair.before || pair.lineup;) {
        add_slot(work, pair.before, pair.lineup);
        s += pair.before != NULL;
        l += pair.lineup != NULL;
        struct slot_work *slot = &work->slots[work->slot_count - 1];
        if (slot->before && slot->lineup && !work->input->options.take_over &&
            !owner_is_unknown(slot->before->owner) &&
            strcmp(slot->before->owner, slot->after.owner) != 0)
            refuse_other(work, slot);
    }
}

const struct certificate *certificate_known(const struct work *work, const char *fingerprint)
{
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

/* The entry that is to be current can be so. */
static bool takes_over(const struct work *work, const struct lineup *lineup)
{
    return lineup->due > 0 && candidate_usable(candidate_of(work, &lineup->bids[lineup->due - 1]));
}

static void desire_current(const struct work *work, struct slot_work *slot)
{
    if (!takes_over(work, slot->lineup))
        return; /* whatever the slot holds stays: it is what the first roll will relieve */
    const struct bid *bid = &slot->lineup->bids[slot->lineup->due - 1];
    slot->after.current = claim_of(candidate_of(work, bid));
    slot->after.previous = (struct claim){.fingerprint = NULL};
    if (bid->roll)
        slot->after.previous = find_previous(work, slot);
}

/* A failed entry's claims stay in the queue: a file that cannot be read tonight is no reason to
 * disarm a roll. Where it is the due one that fails, what waits in the slot goes on waiting. */
static bool waits(const struct work *work, const struct lineup *lineup, const struct claim *claim)
{
    for (size_t i = takes_over(work, lineup) ? lineup->due : 0; i < lineup->count; i++) {
        const struct candidate *candidate = candidate_of(work, &lineup->bids[i]);
        if ((i < lineup->due || !candidate_usable(candidate)) && claim->entry &&
            strcmp(candidate->entry->name, claim->entry) == 0)
            return true;
    }
    return false;
}

/* certroll import lists one certificate: what else is ahead in the slot stays ahead, unless that
 * was for the same date, and what is due until something takes over in its stead. */
static bool stays_ahead(const struct work *work, const struct lineup *lineup,
                        const struct claim *claim)
{
    if (claim->effective_date <= work->input->at && takes_over(work, lineup))
        return false;
    for (size_t i = 0; i < lineup->count; i++) {
        const struct candidate *candidate = candidate_of(work, &lineup->bids[i]);
        if (candidate_usable(candidate) &&
            (lineup->bids[i].date == claim->effective_date ||
             strcmp(candidate->certificate->fingerprint, claim->fingerprint) == 0))
            return false;
    }
    return true;
}

static bool keeps_claim(const struct work *work, const struct lineup *lineup,
                        const struct claim *claim)
{
    return waits(work, lineup, claim) ||
           (work->input->options.partial && stays_ahead(work, lineup, claim));
}

/* An entry that fails keeps the place of its name, unless another one has it now. */
static bool stands_already(const struct claim *claims, size_t count, const struct claim *claim)
{
    while (count-- > 0 && claims[count].effective_date == claim->effective_date)
        if (strcmp(claims[count].fingerprint, claim->fingerprint) == 0)
            return true;
    return false;
}

/* What the manifest has ahead, and what is kept of the queue, both of which are in the order of
 * their dates. What is kept stands behind an entry of its own date: it had that one before. */
static size_t merge_next(const struct work *work, const struct lineup *lineup,
                         const struct slot *before, struct claim *claims)
{
    size_t count = 0, kept = 0;
    for (size_t i = lineup->due; i <= lineup->count; i++) {
        for (; kept < before->next_count &&
               (i == lineup->count || before->next[kept].effective_date < lineup->bids[i].date);
             kept++)
            if (keeps_claim(work, lineup, &before->next[kept]) &&
                !stands_already(claims, count, &before->next[kept]))
                claims[count++] = before->next[kept];
        if (i < lineup->count && candidate_usable(candidate_of(work, &lineup->bids[i])))
            claims[count++] = claim_of(candidate_of(work, &lineup->bids[i]));
    }
    return count;
}

static void desire_next(struct work *work, struct slot_work *slot)
{
    static const struct slot none = {.next_count = 0};
    const struct lineup *lineup = slot->lineup;
    bool own = slot->before && strcmp(slot->before->owner, slot->after.owner) == 0;
    const struct slot *before = own ? slot->before : &none;
    size_t most = lineup->count - lineup->due + before->next_count;
    slot->after.next_count = 0;
    if (most == 0)
        return;
    struct claim *claims = arena_alloc(work->arena, most, sizeof(*claims));
    if (!claims) {
        work->failed = true;
        return;
    }
    slot->after.next = claims;
    slot->after.next_count = merge_next(work, lineup, before, claims);
}

/* --take-over moves nothing where all fails that is or will be current. */
static bool moves_nothing(const struct work *work, const struct slot_work *slot)
{
    if (!slot->before || !slot->lineup || strcmp(slot->before->owner, slot->after.owner) == 0)
        return false;
    const struct lineup *lineup = slot->lineup;
    for (size_t i = lineup->due ? lineup->due - 1 : 0; i < lineup->count; i++)
        if (candidate_usable(candidate_of(work, &lineup->bids[i])))
            return false;
    return true;
}

/* No manifest lists what certroll import staged: every run lets its time come. */
static bool is_imported(const struct work *work, const struct slot_work *slot)
{
    return strcmp(slot->after.owner, MANIFEST_IMPORT) == 0 &&
           (!work_manifest(work, slot->after.owner) || work->input->options.partial);
}

/* How much of the queue has had its time: all up to the last that is due and has not expired. */
static size_t count_passed(const struct work *work, const struct slot *slot)
{
    size_t count = 0;
    for (size_t i = 0; i < slot->next_count && slot->next[i].effective_date <= work->input->at; i++)
        if (!certificate_expired(work, slot->next[i].fingerprint))
            count = i + 1;
    return count;
}

/* As every night would have done it, one after the other. */
static void let_time_pass(const struct work *work, struct slot_work *slot)
{
    struct slot *after = &slot->after;
    for (size_t count = count_passed(work, after); count > 0; count--) {
        struct claim relieved = after->current;
        after->current = *after->next++;
        after->next_count--;
        after->previous = after->current.roll ? relieved : (struct claim){.fingerprint = NULL};
    }
}

void slots_desire(struct work *work)
{
    for (size_t i = 0; i < work->slot_count; i++) {
        struct slot_work *slot = &work->slots[i];
        if (moves_nothing(work, slot))
            leave_as_it_is(slot);
        if (slot->lineup) {
            desire_current(work, slot);
            desire_next(work, slot);
        } else if (is_imported(work, slot)) {
            let_time_pass(work, slot);
        } else if (slot->managed ||
                   (owner_is_unknown(slot->after.owner) && work_prunes_unknown(work))) {
            slot->after.next_count = 0; /* never leave a roll armed that no manifest lists */
        }
        if (slot->managed || is_imported(work, slot))
            let_previous_go(work, slot);
    }
}
