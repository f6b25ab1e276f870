#include "plan/work.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

struct action *work_act(struct work *work, enum action_kind kind, struct candidate *candidate)
{
    static _Thread_local struct action scratch;
    struct plan *plan = work->plan;
    struct action *action = &scratch;
    if (arena_grow(work->arena, &plan->actions, plan->action_count, &work->action_capacity,
                   sizeof(*plan->actions)) == 0)
        action = &plan->actions[plan->action_count++];
    else
        work->failed = true;
    plan->counts[kind]++;
    *action = (struct action){
        .kind = kind,
        .effective_date = INSTANT_NONE,
        .change = SIZE_MAX,
        .reason = "",
        .place = {.file = NULL},
    };
    if (candidate) {
        candidate->acted = true;
        action->entry = candidate->entry->name;
        action->owner = candidate->manifest->name;
        action->effective_date = candidate->entry->effective_date;
        action->place = candidate->entry->place;
    }
    return action;
}

size_t work_change(struct work *work, const struct change *change)
{
    struct plan *plan = work->plan;
    if (arena_grow(work->arena, &plan->changes, plan->change_count, &work->change_capacity,
                   sizeof(*plan->changes)) != 0) {
        work->failed = true;
        return SIZE_MAX;
    }
    plan->changes[plan->change_count] = *change;
    return plan->change_count++;
}

uint64_t work_rank(const char *fingerprint)
{
    uint64_t digits;
    memcpy(&digits, fingerprint, sizeof(digits));
    return be64toh(digits);
}

const char *work_text(struct work *work, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_vprintf(work->arena, format, arguments);
    va_end(arguments);
    if (!text)
        work->failed = true;
    return text ? text : "";
}

struct problem *work_problem(struct work *work, struct candidate *candidate, enum problem_code code,
                             const char *format, ...)
{
    struct place place = {.file = NULL};
    if (candidate)
        place = candidate->entry->place;
    va_list arguments;
    va_start(arguments, format);
    struct problem *problem = problems_vadd(&work->plan->problems, code, place, format, arguments);
    va_end(arguments);
    if (candidate) {
        problem->certificate = candidate->entry->name;
        problem->subject = candidate->certificate ? candidate->certificate->subject : NULL;
        problem->quiet = candidate->entry->force && problem_severity(code) == SEVERITY_WARNING;
        if (problem_severity(code) == SEVERITY_ERROR)
            candidate->failed = true;
    }
    return problem;
}

const struct manifest *work_manifest(const struct work *work, const char *owner)
{
    const struct manifests *manifests = work->input->manifests;
    for (size_t m = 0; m < manifests->count; m++)
        if (!manifests->items[m].broken && strcmp(manifests->items[m].name, owner) == 0)
            return &manifests->items[m];
    return NULL;
}

static bool any_broken(const struct manifests *manifests)
{
    for (size_t m = 0; m < manifests->count; m++)
        if (manifests->items[m].broken)
            return true;
    return false;
}

static bool said_already(const struct work *work, const struct manifest *manifest)
{
    const struct problems *problems = &work->plan->problems;
    for (size_t i = 0; i < problems->count; i++)
        if (problems->items[i].code == PROBLEM_PRUNE_SKIPPED &&
            problems->items[i].place.file == manifest->path)
            return true;
    return false;
}

/* A manifest that is not given may list it: only who takes what is another's may remove it. */
bool work_prunes_unknown(struct work *work)
{
    const struct manifests *manifests = work->input->manifests;
    if (!work->input->options.prune || !work->input->options.take_over || any_broken(manifests))
        return false;
    for (size_t m = 0; m < manifests->count; m++)
        if (!work_prunes(work, &manifests->items[m]))
            return false;
    return true;
}

bool work_prunes(struct work *work, const struct manifest *manifest)
{
    if (!work->input->options.prune)
        return false;
    const char *why_not = NULL;
    if (any_broken(work->input->manifests))
        why_not = "nothing is pruned: a manifest of this run has errors";
    else if (manifest->entry_count == 0 && !work->input->options.allow_empty)
        why_not = "nothing is pruned: the manifest lists no certificates";
    if (why_not && !said_already(work, manifest))
        problems_add(&work->plan->problems, PROBLEM_PRUNE_SKIPPED,
                     (struct place){.file = manifest->path, .line = 0}, "%s", why_not);
    return !why_not;
}
