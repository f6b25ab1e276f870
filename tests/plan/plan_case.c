/*
 * plan_case CASE...: makes the plan of each case and holds it against what the case expects; then
 * commits it to a store in memory and plans again: nothing may be left to do. README.md beside this
 * file has the format.
 */
#include "memory.h"
#include "planning.h"

#include "manifest/load.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say_actions(const struct plan_case *plan_case, const struct plan *plan,
                        struct text *text)
{
    char date[INSTANT_TEXT_SIZE];
    for (size_t i = 0; i < plan->action_count; i++) {
        const struct action *action = &plan->actions[i];
        text_printf(text, "%s %s", action_name(action->kind), action->entry ? action->entry : "-");
        if (action->scope)
            text_printf(text, " %s/%s", action->scope, action->type);
        text_printf(text, " %s", case_name(plan_case, action->fingerprint));
        if (action->scope && action->effective_date != INSTANT_NONE)
            text_printf(text, " at %s", instant_format(action->effective_date, date));
        if (action->relieves)
            text_printf(text, " relieves %s", case_name(plan_case, action->relieves));
        text_add(text, "\n");
    }
}

static void say_problems(const struct plan *plan, struct text *text)
{
    for (size_t i = 0; i < plan->problems.count; i++) {
        const struct problem *problem = &plan->problems.items[i];
        text_printf(text, "%s %s %s%s\n", severity_name(problem_severity(problem->code)),
                    problem_code(problem->code), problem->certificate ? problem->certificate : "-",
                    problem->quiet ? " quiet" : "");
    }
    if (plan->blocked)
        text_add(text, "blocked\n");
}

static const char *name_owner(const char *owner)
{
    return owner_is_unknown(owner) ? "?" : owner;
}

static void say_store(const struct plan_case *plan_case, const struct snapshot *snapshot,
                      struct text *text)
{
    for (size_t i = 0; i < snapshot->slot_count; i++) {
        const struct slot *slot = &snapshot->slots[i];
        text_printf(text, "%s/%s %s current=%s previous=%s next=", slot->scope, slot->type,
                    name_owner(slot->owner), case_name(plan_case, slot->current.fingerprint),
                    case_name(plan_case, slot->previous.fingerprint));
        for (size_t n = 0; n < slot->next_count; n++)
            text_printf(text, "%s%s", n ? "," : "",
                        case_name(plan_case, slot->next[n].fingerprint));
        text_add(text, slot->next_count ? "\n" : "-\n");
    }
    for (size_t i = 0; i < snapshot->holding_count; i++)
        text_printf(text, "holding %s %s %s\n", name_owner(snapshot->holdings[i].owner),
                    snapshot->holdings[i].entry,
                    case_name(plan_case, snapshot->holdings[i].fingerprint));
    for (size_t i = 0; i < plan_case->certificate_count; i++) {
        const struct stored_certificate *stored =
            snapshot_certificate(snapshot, plan_case->certificates[i].certificate.fingerprint);
        bool first =
            strcmp(case_name(plan_case, plan_case->certificates[i].certificate.fingerprint),
                   plan_case->certificates[i].name) == 0;
        if (stored && stored->exportable && first)
            text_printf(text, "access %s\n", plan_case->certificates[i].name);
    }
}

static int compare(const char *path, const char *what, const char *expected, const char *actual)
{
    if (strcmp(expected, actual) == 0)
        return 0;
    fprintf(stderr, "%s: [%s] expected:\n%s--- but it is:\n%s\n", path, what, expected, actual);
    return 1;
}

static bool same_fingerprint(const struct claim *left, const struct claim *right)
{
    return left->fingerprint && right->fingerprint
               ? strcmp(left->fingerprint, right->fingerprint) == 0
               : left->fingerprint == right->fingerprint;
}

static bool same_certificates(const struct slot *left, const struct slot *right)
{
    if (!same_fingerprint(&left->current, &right->current) ||
        !same_fingerprint(&left->previous, &right->previous) ||
        left->next_count != right->next_count)
        return false;
    for (size_t i = 0; i < left->next_count; i++)
        if (!same_fingerprint(&left->next[i], &right->next[i]))
            return false;
    return true;
}

static bool says_something(const struct plan *plan, const struct slot *slot)
{
    for (size_t i = 0; i < plan->action_count; i++)
        if (plan->actions[i].scope && strcmp(plan->actions[i].scope, slot->scope) == 0 &&
            strcmp(plan->actions[i].type, slot->type) == 0)
            return true;
    return false;
}

/* No certificate comes to a slot, leaves it or moves in it, and no slot changes hands, without an
 * action that says so. */
static int check_told(const struct plan *plan, const char *path)
{
    int failures = 0;
    for (size_t i = 0; i < plan->change_count; i++) {
        const struct change *change = &plan->changes[i];
        if (change->kind != CHANGE_PUT_SLOT && change->kind != CHANGE_DROP_SLOT)
            continue;
        const struct slot *slot = change->slot;
        const struct slot *before = snapshot_slot(plan->snapshot, slot->scope, slot->type);
        if ((before && same_certificates(before, slot) &&
             strcmp(before->owner, slot->owner) == 0) ||
            says_something(plan, slot))
            continue;
        fprintf(stderr, "%s: %s/%s changes, and no action says so\n", path, slot->scope,
                slot->type);
        failures++;
    }
    return failures;
}

static int check_settled(const struct planning *planning, const struct snapshot *after)
{
    struct plan again;
    struct plan_input input = planning_make(planning, after, planning->plan_case->at, &again);
    planning_release(&input);
    if (planning->plan_case->unsettled || (again.action_count == 0 && again.change_count == 0))
        return 0;
    struct text text = TEXT_INIT;
    say_actions(planning->plan_case, &again, &text);
    fprintf(stderr, "%s: a second run would have %zu changes to make:\n%s", planning->path,
            again.change_count, text_string(&text));
    text_done(&text);
    return 1;
}

static void say_summary(const struct plan *plan, struct text *text)
{
    text_printf(text, "certificates=%zu unchanged=%zu failed=%zu warnings=%zu\n",
                plan->certificates, plan->unchanged, plan->failed, plan->warnings);
    if (plan->superseded)
        text_printf(text, "superseded=%zu\n", plan->superseded);
}

/* Every line of [says] is part of a reason or of a message. */
static int check_says(const struct planning *planning, const struct plan *plan)
{
    struct text all = TEXT_INIT;
    char *rest = arena_strdup(planning->plan_case->arena, text_string(&planning->plan_case->says));
    int failures = 0;
    for (size_t i = 0; i < plan->action_count; i++)
        text_printf(&all, "%s\n", plan->actions[i].reason);
    for (size_t i = 0; i < plan->problems.count; i++)
        text_printf(&all, "%s\n", plan->problems.items[i].message);
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        if (!strstr(text_string(&all), line)) {
            fprintf(stderr, "%s: nothing says '%s', but:\n%s", planning->path, line,
                    text_string(&all));
            failures++;
        }
    text_done(&all);
    return failures;
}

static int check(const struct planning *planning)
{
    const struct plan_case *plan_case = planning->plan_case;
    const char *path = planning->path;
    struct plan plan;
    struct text actual = TEXT_INIT, store = TEXT_INIT, summary = TEXT_INIT;
    struct plan_input input = planning_make(planning, &planning->before, plan_case->at, &plan);
    say_actions(plan_case, &plan, &actual);
    say_problems(&plan, &actual);
    say_summary(&plan, &summary);
    int failures = compare(path, "expect", text_string(&plan_case->expect), text_string(&actual));
    failures += check_told(&plan, path);
    failures += check_says(planning, &plan);
    if (plan_case->summary.length)
        failures +=
            compare(path, "summary", text_string(&plan_case->summary), text_string(&summary));
    if (!plan.blocked) {
        struct snapshot after = memory_commit(&plan, plan_case->arena);
        say_store(plan_case, &after, &store);
        if (plan_case->after.length)
            failures += compare(path, "after", text_string(&plan_case->after), text_string(&store));
        failures += check_settled(planning, &after);
    }
    planning_release(&input);
    text_done(&actual);
    text_done(&store);
    text_done(&summary);
    return failures;
}

int main(int argc, char **argv)
{
    return planning_each(argc - 1, argv + 1, check);
}
