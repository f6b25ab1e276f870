#include "plan/work.h"

#include <stdint.h>
#include <string.h>

static bool same_text(const char *left, const char *right)
{
    return left == right || (left && right && strcmp(left, right) == 0);
}

static bool same_certificate(const struct claim *left, const struct claim *right)
{
    return same_text(left->fingerprint, right->fingerprint);
}

static bool same_terms(const struct claim *left, const struct claim *right)
{
    return left->effective_date == right->effective_date && left->roll == right->roll;
}

static bool same_claim(const struct claim *left, const struct claim *right)
{
    if (!left->fingerprint && !right->fingerprint)
        return true;
    return same_certificate(left, right) && same_terms(left, right) &&
           same_text(left->entry, right->entry) && left->exportable == right->exportable;
}

static bool same_slot(const struct slot *left, const struct slot *right)
{
    if (!same_text(left->owner, right->owner) || !same_claim(&left->current, &right->current) ||
        !same_claim(&left->previous, &right->previous) || left->next_count != right->next_count)
        return false;
    for (size_t i = 0; i < left->next_count; i++)
        if (!same_claim(&left->next[i], &right->next[i]))
            return false;
    return true;
}

static const struct claim *find_claim(const struct slot *slot, const char *fingerprint)
{
    for (size_t i = 0; slot && i < slot->next_count; i++)
        if (strcmp(slot->next[i].fingerprint, fingerprint) == 0)
            return &slot->next[i];
    return NULL;
}

static bool has_place(const struct slot *slot, const struct claim *claim)
{
    for (size_t i = 0; slot && i < slot->next_count; i++)
        if (same_certificate(&slot->next[i], claim) && same_terms(&slot->next[i], claim))
            return true;
    return false;
}

/* Has a place that the other queue does not have: the claim was moved from there, or to there. A
 * certificate may stand in a queue twice. */
static bool has_other_place(const struct slot *slot, const struct slot *other,
                            const struct claim *claim)
{
    for (size_t i = 0; slot && i < slot->next_count; i++)
        if (same_certificate(&slot->next[i], claim) && !has_place(other, &slot->next[i]))
            return true;
    return false;
}

/* The entry behind a claim: the manifest's, if it lists one for this slot. */
static struct candidate *candidate_behind(const struct work *work, const struct slot_work *slot,
                                          const struct claim *claim)
{
    for (size_t i = 0; slot->lineup && i < slot->lineup->count; i++) {
        struct candidate *candidate = candidate_of(work, &slot->lineup->bids[i]);
        if (same_text(candidate->entry->name, claim->entry) &&
            (!candidate->certificate ||
             strcmp(candidate->certificate->fingerprint, claim->fingerprint) == 0))
            return candidate;
    }
    return NULL;
}

static struct action *act(struct work *work, const struct slot_work *slot, enum action_kind kind,
                          const struct claim *claim)
{
    struct action *action = work_act(work, kind, candidate_behind(work, slot, claim));
    action->entry = claim->entry;
    action->owner = slot->after.owner;
    action->scope = slot->after.scope;
    action->type = slot->after.type;
    action->fingerprint = claim->fingerprint;
    action->certificate = certificate_known(work, claim->fingerprint);
    action->effective_date = claim->effective_date;
    return action;
}

/* Of a slot that another manifest, or nobody knows which, had. */
static const char *why_mine(struct work *work, const struct slot_work *slot)
{
    const char *owner = slot->before->owner;
    return owner_is_unknown(owner) ? "adopted: whose it was is not known"
                                   : work_text(work, "taken over from the manifest '%s'", owner);
}

static const char *why_current(struct work *work, const struct slot_work *slot)
{
    const struct claim *current = &slot->after.current;
    char date[INSTANT_TEXT_SIZE];
    if (!slot->before || !slot->before->current.fingerprint)
        return slot->after.previous.fingerprint
                   ? "the slot is new, with the one before it as previous"
                   : "the slot has no certificate yet";
    if (!same_text(slot->before->owner, slot->after.owner))
        return why_mine(work, slot);
    if (current->effective_date == INSTANT_NONE)
        return "the manifest names another certificate";
    return work_text(work, "in effect since %s", instant_format(current->effective_date, date));
}

/* A reason, and what becomes of the certificate that is relieved. */
static const char *with_relieved(struct work *work, const struct slot_work *slot,
                                 const char *reason)
{
    const struct slot *before = slot->before, *after = &slot->after;
    char end[INSTANT_TEXT_SIZE];
    if (!before || !before->current.fingerprint)
        return reason;
    if (!same_certificate(&before->current, &after->previous))
        return work_text(work, "%s; the old one" REASON_CLEAN, reason);
    const struct certificate *old = certificate_known(work, before->current.fingerprint);
    return work_text(work, "%s; the old one stays as previous until %s", reason,
                     old ? instant_format(old->not_after, end) : "it expires");
}

static void decide_current(struct work *work, const struct slot_work *slot)
{
    const struct slot *before = slot->before, *after = &slot->after;
    if (!after->current.fingerprint ||
        (before && same_certificate(&before->current, &after->current)))
        return;
    enum action_kind kind =
        find_claim(before, after->current.fingerprint) ? ACTION_ACTIVATE : ACTION_ASSIGN;
    struct action *action = act(work, slot, kind, &after->current);
    action->relieves = before && before->current.fingerprint ? before->current.fingerprint
                                                             : after->previous.fingerprint;
    action->reason = with_relieved(work, slot, why_current(work, slot));
}

/* What is said of a current certificate whose effective date or roll is another one. */
static const char *why_other_terms(struct work *work, const struct slot_work *slot)
{
    const struct claim *before = &slot->before->current, *after = &slot->after.current;
    const char *reason = "its effective_date changed";
    if (before->roll != after->roll)
        reason = after->roll ? "it" REASON_ROLL_NOW : "it" REASON_ROLL_NO_MORE;
    return slot->before->previous.fingerprint && !slot->after.previous.fingerprint
               ? work_text(work, "%s; the previous one" REASON_CLEAN, reason)
               : reason;
}

/* It waited for a date on which it is current already, as after the clock went back. */
static bool waited(const struct slot_work *slot)
{
    const struct claim *current = &slot->after.current;
    return has_place(slot->before, current) && !has_place(&slot->after, current);
}

/* The current certificate stays, on other terms. */
static void decide_terms(struct work *work, const struct slot_work *slot)
{
    const struct slot *before = slot->before, *after = &slot->after;
    if (!before || !after->current.fingerprint ||
        !same_certificate(&before->current, &after->current))
        return;
    bool lost = before->previous.fingerprint && !after->previous.fingerprint &&
                certificate_expired(work, before->previous.fingerprint);
    const char *reason = NULL;
    enum action_kind kind = ACTION_RESCHEDULE;
    if (!same_text(before->owner, after->owner)) {
        kind = ACTION_ASSIGN;
        reason = why_mine(work, slot);
    } else if (!same_terms(&before->current, &after->current)) {
        reason = why_other_terms(work, slot);
    } else if (!same_certificate(&before->previous, &after->previous) && !lost) {
        reason = "the manifest names another certificate before it";
    } else if (waited(slot)) {
        kind = ACTION_ACTIVATE;
        reason = why_current(work, slot);
    }
    if (reason)
        act(work, slot, kind, &after->current)->reason = reason;
}

static void decide_next(struct work *work, const struct slot_work *slot)
{
    char date[INSTANT_TEXT_SIZE];
    for (size_t i = 0; i < slot->after.next_count; i++) {
        const struct claim *claim = &slot->after.next[i];
        if (has_place(slot->before, claim))
            continue;
        bool known = has_other_place(slot->before, &slot->after, claim);
        struct action *action = act(work, slot, known ? ACTION_RESCHEDULE : ACTION_SCHEDULE, claim);
        instant_format(claim->effective_date, date);
        if (known)
            action->reason =
                work_text(work, "moved to %s%s", date, claim->roll ? REASON_BY_ROLL : "");
        else
            action->reason = work_text(work, "takes over at %s%s", date,
                                       claim->roll ? REASON_BY_ROLL : ", unseen until then");
        action->relieves =
            i > 0 ? slot->after.next[i - 1].fingerprint : slot->after.current.fingerprint;
    }
}

static bool listed_as_due(const struct work *work, const struct slot_work *slot,
                          const struct claim *claim)
{
    for (size_t i = 0; slot->lineup && i < slot->lineup->due; i++)
        if (same_text(candidate_of(work, &slot->lineup->bids[i])->entry->name, claim->entry))
            return true;
    return false;
}

/* Its time came and, while no run was made, went: the actions on the current one tell it. */
static bool passed(const struct work *work, const struct slot_work *slot, const struct claim *claim)
{
    bool due = slot->lineup ? listed_as_due(work, slot, claim)
                            : claim->effective_date <= slot->after.current.effective_date;
    bool relieved = same_certificate(&slot->after.previous, claim) &&
                    !same_certificate(&slot->before->previous, claim);
    return due && (relieved || !same_certificate(&slot->before->current, &slot->after.current));
}

/* A certificate that was current before may be in the queue, too, to come back. */
static bool took_over(const struct slot_work *slot, const struct claim *claim)
{
    const struct claim *current = &slot->after.current;
    return same_certificate(current, claim) &&
           (!same_certificate(&slot->before->current, current) || same_terms(current, claim));
}

static const char *why_cancelled(const struct work *work, const struct slot_work *slot,
                                 const struct claim *claim)
{
    if (listed_as_due(work, slot, claim))
        return "its date lies before that of the current one";
    return work->input->options.partial ? "what is imported now takes its place"
                                        : "no manifest lists it any more";
}

static void decide_cancelled(struct work *work, const struct slot_work *slot)
{
    for (size_t i = 0; slot->before && i < slot->before->next_count; i++) {
        const struct claim *claim = &slot->before->next[i];
        if (has_place(&slot->after, claim) || has_other_place(&slot->after, slot->before, claim) ||
            took_over(slot, claim) || passed(work, slot, claim))
            continue;
        act(work, slot, ACTION_CANCEL, claim)->reason = why_cancelled(work, slot, claim);
    }
}

static void decide_retired(struct work *work, const struct slot_work *slot)
{
    if (!slot->before || !slot->before->previous.fingerprint ||
        !certificate_expired(work, slot->before->previous.fingerprint) ||
        same_certificate(&slot->before->previous, &slot->after.previous))
        return;
    act(work, slot, ACTION_RETIRE, &slot->before->previous)->reason = "past its notAfter";
}

static void remove_all(struct work *work, struct slot_work *slot)
{
    act(work, slot, ACTION_REMOVE, &slot->before->current)->reason = "no manifest claims the slot";
    slot->after.current = slot->after.previous = (struct claim){.fingerprint = NULL};
}

/* What nobody knows whose it is: adopted where a manifest claims it, kept where none of this run's
 * does; said either way. */
static void decide_unknown(struct work *work, struct slot_work *slot)
{
    const struct slot *before = slot->before;
    if (!before || !owner_is_unknown(before->owner))
        return;
    if (!owner_is_unknown(slot->after.owner)) {
        work_problem(work, NULL, PROBLEM_OWNER_UNKNOWN,
                     "%s/%s: whose it was is not known; the manifest '%s' adopts it", before->scope,
                     before->type, slot->after.owner)
            ->advice = "See that it belongs to that manifest.";
    } else if (!work_prunes_unknown(work)) {
        work_problem(work, NULL, PROBLEM_OWNER_UNKNOWN,
                     "%s/%s: whose it is is not known; it is kept as it is", before->scope,
                     before->type);
    } else if (before->current.fingerprint) {
        remove_all(work, slot);
    }
}

/* What no manifest claims any more is kept, and said, until somebody prunes. */
static void decide_unmanaged(struct work *work, struct slot_work *slot)
{
    const struct slot *before = slot->before;
    if (slot->lineup || !slot->managed || work->input->options.partial ||
        !before->current.fingerprint)
        return;
    const struct manifest *manifest = work_manifest(work, before->owner);
    if (work_prunes(work, manifest)) {
        remove_all(work, slot);
        return;
    }
    struct problem *problem =
        work_problem(work, NULL, PROBLEM_UNMANAGED,
                     "%s/%s is no longer claimed by the manifest '%s'; it is kept as it is",
                     before->scope, before->type, before->owner);
    problem->place.file = manifest->path;
    problem->certificate = before->current.entry;
}

static const struct claim *first_claim(const struct slot *slot)
{
    if (slot->current.fingerprint)
        return &slot->current;
    return slot->next_count ? &slot->next[0] : &slot->previous;
}

static void decide_repair(struct work *work, const struct slot_work *slot)
{
    if (!slot->before || !slot->before->damaged || !first_claim(&slot->after)->fingerprint)
        return;
    struct action *action = act(work, slot, ACTION_REPAIR, first_claim(&slot->after));
    action->reason = "its links are not as they should be";
}

/* The owner changed and nothing else says so. */
static void decide_owner(struct work *work, const struct slot_work *slot, size_t actions_before)
{
    if (!slot->before || same_text(slot->before->owner, slot->after.owner) ||
        work->plan->action_count > actions_before)
        return;
    struct action *action = act(work, slot, ACTION_RESCHEDULE, first_claim(&slot->after));
    action->reason = why_mine(work, slot);
}

static size_t change_slot(struct work *work, const struct slot_work *slot)
{
    bool empty = !first_claim(&slot->after)->fingerprint;
    if (empty && !slot->before)
        return SIZE_MAX;
    if (!empty && slot->before && !slot->before->damaged && same_slot(slot->before, &slot->after))
        return SIZE_MAX;
    return work_change(work, &(struct change){
                                 .kind = empty ? CHANGE_DROP_SLOT : CHANGE_PUT_SLOT,
                                 .slot = &slot->after,
                             });
}

void slots_decide(struct work *work)
{
    for (size_t i = 0; i < work->slot_count; i++) {
        struct slot_work *slot = &work->slots[i];
        size_t first = work->plan->action_count;
        decide_current(work, slot);
        decide_terms(work, slot);
        decide_next(work, slot);
        decide_cancelled(work, slot);
        decide_retired(work, slot);
        decide_unmanaged(work, slot);
        decide_unknown(work, slot);
        decide_repair(work, slot);
        decide_owner(work, slot, first);
        size_t change = change_slot(work, slot);
        for (size_t a = first; a < work->plan->action_count; a++)
            work->plan->actions[a].change = change;
    }
}
