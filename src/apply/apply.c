#include "apply/apply.h"

static void set_all(struct run *run, enum outcome outcome)
{
    for (size_t i = 0; i < run->plan->action_count; i++)
        run->outcomes[i] = outcome;
}

static void set_each(struct run *run, const bool *change_failed)
{
    for (size_t i = 0; i < run->plan->action_count; i++) {
        size_t change = run->plan->actions[i].change;
        bool failed = change < run->plan->change_count && change_failed[change];
        run->outcomes[i] = failed ? OUTCOME_FAILED : OUTCOME_DONE;
    }
}

int apply_run(struct run *run, struct store *store, const struct run_text *text,
              const struct commit_watch *watch, struct arena *arena)
{
    const struct plan *plan = run->plan;
    if (plan->blocked || plan->change_count == 0)
        return 0;
    bool *change_failed = arena_alloc(arena, plan->change_count, sizeof(*change_failed));
    if (!change_failed)
        return -1;
    struct commit commit = {
        .generation = plan->generation,
        .changes = plan->changes,
        .change_count = plan->change_count,
        .prune = plan->options.prune,
        .run_id = text ? run->id : NULL,
        .run_text = text,
        .at = plan->at,
        .watch = watch,
    };
    if (store_commit(store, &commit, &run->problems, change_failed, &run->generation_after) < 0)
        set_all(run, OUTCOME_FAILED);
    else
        set_each(run, change_failed);
    return 0;
}
