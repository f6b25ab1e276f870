#include "plan/work.h"

#include "base/cleanup.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *const action_names[] = {
#define X(name, text) [ACTION_##name] = text,
    ACTION_KINDS(X)
#undef X
};

const char *action_name(enum action_kind kind)
{
    return action_names[kind];
}

static bool same_record(const struct source_record *left, const struct source_record *right)
{
    return left && strcmp(left->fingerprint, right->fingerprint) == 0 &&
           left->not_after == right->not_after && left->has_key == right->has_key &&
           left->has_chain == right->has_chain;
}

static bool owner_failed(const struct work *work, size_t m)
{
    for (size_t e = 0; e < work->input->manifests->items[m].entry_count; e++)
        if (work->candidates[m][e].failed)
            return true;
    return false;
}

/* Of the sources that were opened. */
static void remember_sources(struct work *work, size_t m)
{
    for (size_t e = 0; e < work->input->manifests->items[m].entry_count; e++) {
        const struct candidate *candidate = &work->candidates[m][e];
        const struct source_record *record = candidate->source->record;
        if (!candidate->failed && candidate->source->state == SOURCE_LOADED && record &&
            !same_record(snapshot_source(work->input->snapshot, record->digest, record->owner),
                         record))
            work_change(work, &(struct change){.kind = CHANGE_PUT_SOURCE, .source = record});
    }
}

/* What the snapshot has of the same bytes; NULL where it has nothing. */
static const struct source_record *stored_record(const struct work *work,
                                                 const struct source_record *record)
{
    const struct snapshot *snapshot = work->input->snapshot;
    size_t distance = (uintptr_t)record - (uintptr_t)snapshot->sources;
    if (record && distance < snapshot->source_count * sizeof(*record))
        return record;
    return record ? snapshot_source(snapshot, record->digest, record->owner) : NULL;
}

/* Where something is written anyway, so is how the sources look by now. A run with nothing to do
 * leaves no trace for that. */
static void remember_sights(struct work *work, size_t m)
{
    for (size_t e = 0; e < work->input->manifests->items[m].entry_count; e++) {
        const struct candidate *candidate = &work->candidates[m][e];
        const struct source_record *record = candidate->source->record;
        const struct source_record *stored = stored_record(work, record);
        if (!candidate->failed && stored && record->sight[0] &&
            strcmp(stored->sight, record->sight) != 0 && same_record(stored, record))
            work_change(work, &(struct change){.kind = CHANGE_PUT_SOURCE, .source = record});
    }
}

/* The manifest is not all that its owner has, or an entry failed: a file that cannot be read
 * tonight must not ask for its password again tomorrow. */
static bool is_partial(const struct work *work, size_t m)
{
    return work->input->options.partial || owner_failed(work, m);
}

/* What is remembered of sources follows the manifest; of one that is partial, only what the store
 * has let go is forgotten. */
static void forget_sources(struct work *work, size_t m)
{
    const struct manifest *manifest = &work->input->manifests->items[m];
    const struct snapshot *snapshot = work->input->snapshot;
    bool partial = is_partial(work, m);
    bool *used AUTO_FREE = calloc(snapshot->source_count + 1, sizeof(*used));
    if (!used) {
        work->failed = true;
        return;
    }
    for (size_t e = 0; e < manifest->entry_count; e++) {
        const struct source_record *stored =
            stored_record(work, work->candidates[m][e].source->record);
        if (stored)
            used[stored - snapshot->sources] = true;
    }
    for (size_t i = 0; i < snapshot->source_count; i++)
        if (!used[i] && strcmp(snapshot->sources[i].owner, manifest->name) == 0 &&
            !(partial && snapshot_certificate(snapshot, snapshot->sources[i].fingerprint)))
            work_change(work, &(struct change){
                                  .kind = CHANGE_DROP_SOURCE,
                                  .source = &snapshot->sources[i],
                              });
}

/* Certificates are let go behind a plan's back: that alone is no reason for a run to write. */
static void sources_decide(struct work *work)
{
    for (size_t m = 0; m < work->input->manifests->count; m++)
        if (work->candidates[m]) {
            remember_sources(work, m);
            if (!is_partial(work, m))
                forget_sources(work, m);
        }
    for (size_t m = 0; work->plan->change_count > 0 && m < work->input->manifests->count; m++)
        if (work->candidates[m]) {
            remember_sights(work, m);
            if (is_partial(work, m))
                forget_sources(work, m);
        }
}

/* Stable: within a kind the actions stay in the order in which they were decided. */
static void sort_actions(struct work *work)
{
    struct plan *plan = work->plan;
    struct action *sorted AUTO_FREE = calloc(plan->action_count + 1, sizeof(*sorted));
    size_t filled = 0;
    if (!sorted) {
        work->failed = true;
        return;
    }
    for (int kind = 0; kind < ACTION_KIND_COUNT; kind++)
        for (size_t i = 0; i < plan->action_count; i++)
            if (plan->actions[i].kind == (enum action_kind)kind)
                sorted[filled++] = plan->actions[i];
    if (filled)
        memcpy(plan->actions, sorted, filled * sizeof(*sorted));
}

static bool is_stored(const struct work *work, const struct candidate *candidate)
{
    return candidate->certificate &&
           (candidate->source->state == SOURCE_KNOWN ||
            snapshot_certificate(work->input->snapshot, candidate->certificate->fingerprint));
}

static void count_candidate(struct work *work, const struct candidate *candidate)
{
    struct plan *plan = work->plan;
    if (candidate->failed)
        plan->failed++;
    else if (candidate->acted)
        return;
    else if (candidate_superseded(candidate))
        plan->superseded++;
    else
        plan->unchanged += is_stored(work, candidate);
}

static void count(struct work *work)
{
    struct plan *plan = work->plan;
    for (size_t m = 0; m < work->input->manifests->count; m++) {
        size_t entries = work->input->manifests->items[m].entry_count;
        plan->certificates += entries;
        if (!work->candidates[m])
            plan->failed += entries;
        for (size_t e = 0; work->candidates[m] && e < entries; e++)
            count_candidate(work, &work->candidates[m][e]);
    }
    for (size_t i = 0; i < plan->problems.count; i++)
        plan->warnings += problem_severity(plan->problems.items[i].code) == SEVERITY_WARNING;
}

static void decide(struct work *work)
{
    if (lineups_make(work->input->manifests, work->input->at, work->arena, &work->lineups) != 0)
        work->failed = true;
    else
        candidates_make(work);
    if (work->failed)
        return;
    slots_claim(work);
    candidates_check(work);
    if (work->failed)
        return;
    slots_desire(work);
    holdings_decide(work);
    slots_decide(work);
    if (work->failed)
        return;
    objects_want(work);
    objects_decide(work);
    sources_decide(work);
    slots_warn(work);
    candidates_warn(work);
}

int plan_make(const struct plan_input *input, struct arena *arena, struct plan *ret)
{
    struct plan plan = {
        .at = input->at,
        .generation = input->snapshot->generation,
        .manifests = input->manifests,
        .snapshot = input->snapshot,
        .options = input->options,
    };
    struct work work = {.input = input, .arena = arena, .plan = &plan};
    problems_init(&plan.problems, arena);
    problems_append(&plan.problems, input->problems);
    decide(&work);
    if (work.failed)
        return -1;
    sort_actions(&work);
    problems_sort(&plan.problems);
    count(&work);
    plan.blocked = input->options.atomic && plan.problems.errors > 0;
    if (work.failed || plan.problems.out_of_memory)
        return -1;
    *ret = plan;
    return 0;
}
