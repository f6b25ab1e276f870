#include "apply/run.h"

#include <stdio.h>
#include <string.h>

int run_begin(struct run *run, const struct plan *plan, instant now, unsigned nonce,
              struct arena *arena)
{
    enum outcome *outcomes = arena_alloc(arena, plan->action_count, sizeof(*outcomes));
    if (!outcomes)
        return -1;
    for (size_t i = 0; i < plan->action_count; i++)
        outcomes[i] = OUTCOME_SKIPPED;
    *run = (struct run){
        .started_at = now,
        .finished_at = now,
        .plan = plan,
        .outcomes = outcomes,
        .generation_after = plan->generation,
        .after = plan->snapshot,
    };
    char date[INSTANT_TEXT_SIZE];
    instant_format(now, date);
    snprintf(run->id, sizeof(run->id), "%.4s%.2s%.2sT%.2s%.2s%.2sZ-%06x", date, date + 5, date + 8,
             date + 11, date + 14, date + 17, nonce & 0xffffff);
    problems_init(&run->problems, arena);
    problems_append(&run->problems, &plan->problems);
    return 0;
}

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[] = {
        [OUTCOME_DONE] = "done", [OUTCOME_FAILED] = "failed", [OUTCOME_SKIPPED] = "skipped"};
    return names[outcome];
}

const char *delivery_name(enum delivery delivery)
{
    static const char *const names[] = {
        [DELIVERY_NONE] = "none", [DELIVERY_DELIVERED] = "delivered", [DELIVERY_QUEUED] = "queued"};
    return names[delivery];
}

size_t run_count(const struct run *run, enum outcome outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < run->plan->action_count; i++)
        count += run->outcomes[i] == outcome;
    return count;
}

const char *run_result(const struct run *run)
{
    if (run->problems.errors > 0 || run_count(run, OUTCOME_FAILED) > 0)
        return "failed";
    return run_count(run, OUTCOME_DONE) > 0 || problems_has(&run->problems, PROBLEM_RUN_INTERRUPTED)
               ? "changed"
               : "ok";
}
