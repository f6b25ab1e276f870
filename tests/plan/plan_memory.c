/*
 * plan_memory CASE...: makes the plan of each case as often as it takes memory: another allocation
 * fails each time, and then there is no plan, and not a part of one.
 */
#include "../unit/failing.h"
#include "planning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same_plan(const struct plan *left, const struct plan *right)
{
    return left->action_count == right->action_count &&
           memcmp(left->counts, right->counts, sizeof(left->counts)) == 0 &&
           left->change_count == right->change_count &&
           left->problems.count == right->problems.count && left->blocked == right->blocked &&
           left->unchanged == right->unchanged && left->superseded == right->superseded &&
           left->failed == right->failed && left->warnings == right->warnings;
}

/* One allocation fails; 0 stands for none. Each plan is made in an arena of its own: where it
 * stands in that decides nothing. */
static bool make(const struct plan_input *input, size_t failing, struct plan *ret, int *ret_result)
{
    struct arena *arena = arena_new();
    if (!arena)
        abort();
    failing_set(failing);
    *ret_result = plan_make(input, arena, ret);
    bool failed = failing_set(0);
    arena_free(arena);
    return failed;
}

static int complain(const struct planning *planning, size_t number, const char *what)
{
    fprintf(stderr, "%s: allocation %zu: %s\n", planning->path, number, what);
    return 1;
}

static int try_each_allocation(const struct planning *planning, const struct plan_input *input)
{
    const struct plan untouched = {.generation = -1};
    struct plan whole, plan;
    int result;
    make(input, 0, &whole, &result);
    if (result != 0)
        return complain(planning, 0, "no plan, though there is memory");
    for (size_t number = 1;; number++) {
        memcpy(&plan, &untouched, sizeof(plan));
        bool failed = make(input, number, &plan, &result);
        if ((result != 0) != failed)
            return complain(planning, number, failed ? "nobody minds" : "no plan, without reason");
        if (failed && memcmp(&plan, &untouched, sizeof(plan)) != 0)
            return complain(planning, number, "what is returned was touched");
        if (!failed)
            return same_plan(&whole, &plan) ? 0 : complain(planning, number, "another plan");
    }
}

/* plan_roles() of each manifest, too. */
static int try_roles(const struct planning *planning)
{
    struct arena *arena = planning->plan_case->arena;
    for (size_t m = 0; m < planning->manifests.count; m++) {
        const struct manifest *manifest = &planning->manifests.items[m];
        enum role *roles = arena_alloc(arena, manifest->entry_count, sizeof(*roles));
        bool failed = true;
        for (size_t number = 1; failed; number++) {
            failing_set(number);
            int result = plan_roles(manifest, planning->plan_case->at, arena, roles);
            failed = failing_set(0);
            if ((result != 0) != failed)
                return complain(planning, number, "roles, though there is no memory");
        }
    }
    return 0;
}

static int check(const struct planning *planning)
{
    struct plan_input input = planning_input(planning, &planning->before, planning->plan_case->at);
    int failures = try_each_allocation(planning, &input) + try_roles(planning);
    planning_release(&input);
    return failures;
}

int main(int argc, char **argv)
{
    return planning_each(argc - 1, argv + 1, check);
}
