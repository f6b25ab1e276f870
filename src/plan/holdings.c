#include "plan/work.h"

#include <string.h>

/* What the store holds under an entry's name; from then on it is accounted for. */
static const struct holding *find_before(const struct work *work, const char *owner,
                                         const char *entry)
{
    const struct snapshot *snapshot = work->input->snapshot;
    const struct holding *before = snapshot_holding(snapshot, owner, entry);
    if (before)
        work->accounted[before - snapshot->holdings] = true;
    return before;
}

static void hold(struct work *work, const struct holding *holding, bool changed)
{
    struct holding *held = &work->holdings[work->holding_count++];
    *held = *holding;
    if (changed)
        work_change(work, &(struct change){.kind = CHANGE_PUT_HOLDING, .holding = held});
}

static void hold_candidate(struct work *work, const struct candidate *candidate)
{
    const struct holding *before =
        find_before(work, candidate->manifest->name, candidate->entry->name);
    if (!candidate_usable(candidate)) {
        if (before)
            hold(work, before, false);
        return;
    }
    struct holding holding = {
        .owner = candidate->manifest->name,
        .entry = candidate->entry->name,
        .fingerprint = candidate->certificate->fingerprint,
        .exportable = candidate->entry->exportable,
    };
    hold(work, &holding,
         !before || strcmp(before->fingerprint, holding.fingerprint) != 0 ||
             before->exportable != holding.exportable);
}

static bool slot_has(const struct slot *slot, const char *fingerprint)
{
    const struct claim *claims[] = {&slot->current, &slot->previous};
    for (size_t i = 0; i < 2; i++)
        if (claims[i]->fingerprint && strcmp(claims[i]->fingerprint, fingerprint) == 0)
            return true;
    for (size_t i = 0; i < slot->next_count; i++)
        if (strcmp(slot->next[i].fingerprint, fingerprint) == 0)
            return true;
    return false;
}

/* Under another name, or with a type now, its certificate is still the manifest's. Not where that
 * entry fails: what it leaves in its place for the time being may be gone when it succeeds. */
static bool still_listed(const struct work *work, const struct holding *before)
{
    size_t count;
    struct candidate **named = candidates_named(work, before->fingerprint, &count);
    for (size_t i = 0; i < count; i++)
        if (candidate_taken(named[i]) && strcmp(named[i]->manifest->name, before->owner) == 0)
            return true;
    return false;
}

static void remove_holding(struct work *work, const struct holding *before, size_t change)
{
    struct action *action = work_act(work, ACTION_REMOVE, NULL);
    action->entry = before->entry;
    action->owner = before->owner;
    action->fingerprint = before->fingerprint;
    action->certificate = certificate_known(work, before->fingerprint);
    action->reason = "no manifest lists it";
    action->change = change;
}

/* Any manifest of this run has it, in a slot or held. */
static bool listed_by_any(const struct work *work, const char *fingerprint)
{
    for (size_t i = 0; i < work->slot_count; i++)
        if (work->slots[i].managed && slot_has(&work->slots[i].after, fingerprint))
            return true;
    for (size_t i = 0; i < work->holding_count; i++)
        if (!owner_is_unknown(work->holdings[i].owner) &&
            strcmp(work->holdings[i].fingerprint, fingerprint) == 0)
            return true;
    return false;
}

/* The entry of that name, which has a type now; NULL where the manifest lists none. */
static const struct candidate *entry_now(const struct work *work, const struct manifest *manifest,
                                         const char *name)
{
    const struct candidate *candidates = work->candidates[manifest - work->input->manifests->items];
    for (size_t e = 0; e < manifest->entry_count; e++)
        if (strcmp(candidates[e].entry->name, name) == 0)
            return &candidates[e];
    return NULL;
}

static void drop(struct work *work, const struct holding *before, bool listed)
{
    size_t change =
        work_change(work, &(struct change){.kind = CHANGE_DROP_HOLDING, .holding = before});
    if (!listed)
        remove_holding(work, before, change);
}

static void warn_unmanaged(struct work *work, const struct holding *before,
                           const struct manifest *manifest)
{
    struct problem *problem =
        work_problem(work, NULL, PROBLEM_UNMANAGED,
                     "'%s' was imported and is no longer listed by the manifest '%s'; it is kept",
                     before->entry, before->owner);
    problem->place.file = manifest->path;
    problem->certificate = before->entry;
}

/* Which entry imported it, nobody knows: the first that lists it adopts it. */
static void decide_unknown(struct work *work, const struct holding *before)
{
    bool listed = listed_by_any(work, before->fingerprint);
    if (listed || work_prunes_unknown(work)) {
        drop(work, before, listed);
        return;
    }
    hold(work, before, false);
    const struct certificate *certificate = certificate_known(work, before->fingerprint);
    struct problem *problem =
        work_problem(work, NULL, PROBLEM_OWNER_UNKNOWN,
                     "the certificate %s is assigned to nothing, and which manifest imported it is "
                     "not known; it is kept",
                     before->fingerprint);
    problem->subject = certificate ? certificate->subject : NULL;
}

/* A holding that is no entry's of this run. One whose entry has a type now has done its duty,
 * unless that entry fails. */
static void decide_rest(struct work *work, const struct holding *before)
{
    if (owner_is_unknown(before->owner)) {
        decide_unknown(work, before);
        return;
    }
    const struct manifest *manifest = work_manifest(work, before->owner);
    const struct candidate *entry = manifest ? entry_now(work, manifest, before->entry) : NULL;
    bool partial = work->input->options.partial;
    bool listed = entry || (manifest && !partial && still_listed(work, before));
    if (!manifest || (entry && entry->failed) || (partial && !entry)) {
        hold(work, before, false);
    } else if (listed || work_prunes(work, manifest)) {
        drop(work, before, listed);
    } else {
        hold(work, before, false);
        warn_unmanaged(work, before, manifest);
    }
}

static size_t count_held(const struct work *work)
{
    size_t count = work->input->snapshot->holding_count;
    for (size_t m = 0; m < work->input->manifests->count; m++)
        for (size_t e = 0; work->candidates[m] && e < work->input->manifests->items[m].entry_count;
             e++)
            count += work->candidates[m][e].role == ROLE_HELD;
    return count;
}

void holdings_decide(struct work *work)
{
    const struct snapshot *snapshot = work->input->snapshot;
    work->holdings = arena_alloc(work->arena, count_held(work), sizeof(*work->holdings));
    work->accounted = arena_alloc(work->arena, snapshot->holding_count, sizeof(*work->accounted));
    if (!work->holdings || !work->accounted) {
        work->failed = true;
        return;
    }
    for (size_t m = 0; m < work->input->manifests->count; m++)
        for (size_t e = 0; work->candidates[m] && e < work->input->manifests->items[m].entry_count;
             e++)
            if (work->candidates[m][e].role == ROLE_HELD)
                hold_candidate(work, &work->candidates[m][e]);
    for (size_t i = 0; i < snapshot->holding_count; i++)
        if (!work->accounted[i])
            decide_rest(work, &snapshot->holdings[i]);
}
