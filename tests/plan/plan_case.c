/*
 * plan_case CASE...: makes the plan of each case and holds it against what the case expects; then
 * commits it to a store in memory and plans again: nothing may be left to do. README.md beside this
 * file has the format.
 */
#include "case.h"
#include "memory.h"

#include "manifest/load.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum problem_code code_by_name(const char *name)
{
    for (int code = 0; code < PROBLEM_CODE_COUNT; code++)
        if (strcmp(problem_code((enum problem_code)code), name) == 0)
            return (enum problem_code)code;
    fprintf(stderr, "no problem has the code %s\n", name);
    exit(2);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const struct named_certificate *certificate_for(const struct plan_case *plan_case,
                                                       const struct entry *entry)
{
    size_t digits = entry->fingerprint ? strlen(entry->fingerprint) : 0;
    for (size_t i = 0; digits && i < plan_case->certificate_count; i++)
        if (strncmp(plan_case->certificates[i].certificate.fingerprint, entry->fingerprint,
                    digits) == 0)
            return &plan_case->certificates[i];
    return entry->path ? case_certificate(plan_case, base_name(entry->path)) : NULL;
}

static void *case_new(const struct plan_case *plan_case, size_t size)
{
    void *memory = arena_alloc(plan_case->arena, 1, size);
    if (!memory)
        abort();
    return memory;
}

/* What the program learns of a source, without a source. One that an earlier run has read, and
 * whose certificate the store has, is known; others are loaded. */
static void look_up(const struct plan_case *plan_case, const struct snapshot *snapshot,
                    const struct manifest *manifest, const struct entry *entry, instant at,
                    enum role role, struct problems *problems, struct source_result *ret)
{
    const struct named_certificate *named = certificate_for(plan_case, entry);
    if (!named) {
        fprintf(stderr, "no certificate is named for the entry %s\n", entry->name);
        exit(2);
    }
    if (named->error) {
        problems_add(problems, code_by_name(named->error), entry->place, "as the case has it")
            ->certificate = entry->name;
        ret->state = SOURCE_FAILED;
        return;
    }
    const struct certificate *certificate = &named->certificate;
    struct source_record *own = case_new(plan_case, sizeof(*own));
    *own = case_record(named->name, certificate, manifest->name);
    ret->record = own;
    const struct source_record *record = snapshot_source(snapshot, own->digest, manifest->name);
    const struct stored_certificate *stored =
        snapshot_certificate(snapshot, certificate->fingerprint);
    if (stored && (entry->fingerprint || (record && !(stored->damage & DAMAGE_KEY)))) {
        ret->state = SOURCE_KNOWN;
    } else if (record && role == ROLE_PREVIOUS && at > record->not_after) {
        ret->state = SOURCE_EXPIRED;
    } else {
        ret->state = SOURCE_LOADED;
        ret->bundle = case_new(plan_case, sizeof(*ret->bundle));
        ret->bundle->certificate = *certificate;
        ret->bundle->key_pem = certificate->has_key ? secret_copy("key", 3) : NULL;
    }
}

static struct source_result **look_up_all(const struct plan_case *plan_case,
                                          const struct snapshot *snapshot,
                                          const struct manifests *manifests, instant at,
                                          struct problems *problems)
{
    struct arena *arena = plan_case->arena;
    struct source_result **sources = arena_alloc(arena, manifests->count, sizeof(*sources));
    for (size_t m = 0; m < manifests->count; m++) {
        const struct manifest *manifest = &manifests->items[m];
        enum role *roles = arena_alloc(arena, manifest->entry_count, sizeof(*roles));
        sources[m] = arena_alloc(arena, manifest->entry_count, sizeof(**sources));
        if (manifest->broken)
            continue;
        plan_roles(manifest, at, arena, roles);
        for (size_t e = 0; e < manifest->entry_count; e++)
            if (roles[e] != ROLE_SUPERSEDED)
                look_up(plan_case, snapshot, manifest, &manifest->entries[e], at, roles[e],
                        problems, &sources[m][e]);
    }
    return sources;
}

static void release(struct source_result **sources, const struct manifests *manifests)
{
    for (size_t m = 0; m < manifests->count; m++)
        for (size_t e = 0; e < manifests->items[m].entry_count; e++)
            if (sources[m][e].bundle)
                bundle_done(sources[m][e].bundle);
}

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

static void say_store(const struct plan_case *plan_case, const struct snapshot *snapshot,
                      struct text *text)
{
    for (size_t i = 0; i < snapshot->slot_count; i++) {
        const struct slot *slot = &snapshot->slots[i];
        text_printf(text, "%s/%s %s current=%s previous=%s next=", slot->scope, slot->type,
                    slot->owner, case_name(plan_case, slot->current.fingerprint),
                    case_name(plan_case, slot->previous.fingerprint));
        for (size_t n = 0; n < slot->next_count; n++)
            text_printf(text, "%s%s", n ? "," : "",
                        case_name(plan_case, slot->next[n].fingerprint));
        text_add(text, slot->next_count ? "\n" : "-\n");
    }
    for (size_t i = 0; i < snapshot->holding_count; i++)
        text_printf(text, "holding %s %s %s\n", snapshot->holdings[i].owner,
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

static void make_plan(const struct plan_case *plan_case, const struct snapshot *snapshot,
                      const struct manifests *manifests, const struct problems *loading, instant at,
                      struct source_result ***ret_sources, struct plan *ret)
{
    struct problems problems;
    problems_init(&problems, plan_case->arena);
    problems_append(&problems, loading);
    *ret_sources = look_up_all(plan_case, snapshot, manifests, at, &problems);
    struct plan_input input = {
        .manifests = manifests,
        .sources = *ret_sources,
        .snapshot = snapshot,
        .problems = &problems,
        .options = plan_case->options,
        .at = at,
    };
    if (plan_make(&input, plan_case->arena, ret) != 0)
        exit(2);
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

static int check_settled(const struct plan_case *plan_case, const char *path,
                         const struct snapshot *after, const struct manifests *manifests,
                         const struct problems *loading)
{
    struct plan again;
    struct source_result **sources;
    make_plan(plan_case, after, manifests, loading, plan_case->at, &sources, &again);
    release(sources, manifests);
    if (plan_case->unsettled || (again.action_count == 0 && again.change_count == 0))
        return 0;
    struct text text = TEXT_INIT;
    say_actions(plan_case, &again, &text);
    fprintf(stderr, "%s: a second run would have %zu changes to make:\n%s", path,
            again.change_count, text_string(&text));
    text_done(&text);
    return 1;
}

/* The store that the runs of the earlier nights leave. */
static struct snapshot live_through(const struct plan_case *plan_case,
                                    const struct manifests *manifests,
                                    const struct problems *loading)
{
    struct snapshot snapshot = plan_case->snapshot;
    for (size_t n = 0; n < plan_case->night_count; n++) {
        struct snapshot *before = arena_alloc(plan_case->arena, 1, sizeof(*before));
        struct source_result **sources;
        struct plan plan;
        *before = snapshot;
        make_plan(plan_case, before, manifests, loading, plan_case->nights[n], &sources, &plan);
        snapshot = memory_commit(&plan, plan_case->arena);
        release(sources, manifests);
    }
    return snapshot;
}

static void say_summary(const struct plan *plan, struct text *text)
{
    text_printf(text, "certificates=%zu unchanged=%zu failed=%zu warnings=%zu\n",
                plan->certificates, plan->unchanged, plan->failed, plan->warnings);
    if (plan->superseded)
        text_printf(text, "superseded=%zu\n", plan->superseded);
}

static int check(const char *path, const char *folder, struct plan_case *plan_case)
{
    struct problems loading;
    struct manifests manifests;
    struct source_result **sources;
    struct plan plan;
    struct text actual = TEXT_INIT, store = TEXT_INIT, summary = TEXT_INIT;
    problems_init(&loading, plan_case->arena);
    case_read(path, folder, plan_case->arena, plan_case);
    if (manifests_load(plan_case->manifest_paths, plan_case->manifest_count, plan_case->arena,
                       &loading, &manifests) != 0)
        exit(2);
    struct snapshot before = live_through(plan_case, &manifests, &loading);
    make_plan(plan_case, &before, &manifests, &loading, plan_case->at, &sources, &plan);
    say_actions(plan_case, &plan, &actual);
    say_problems(&plan, &actual);
    say_summary(&plan, &summary);
    int failures = compare(path, "expect", text_string(&plan_case->expect), text_string(&actual));
    failures += check_told(&plan, path);
    if (plan_case->summary.length)
        failures +=
            compare(path, "summary", text_string(&plan_case->summary), text_string(&summary));
    if (!plan.blocked) {
        struct snapshot after = memory_commit(&plan, plan_case->arena);
        say_store(plan_case, &after, &store);
        if (plan_case->after.length)
            failures += compare(path, "after", text_string(&plan_case->after), text_string(&store));
        failures += check_settled(plan_case, path, &after, &manifests, &loading);
    }
    release(sources, &manifests);
    manifests_done(&manifests);
    text_done(&actual);
    text_done(&store);
    text_done(&summary);
    return failures;
}

int main(int argc, char **argv)
{
    const char *parent = getenv("TMPDIR");
    char folder[PATH_MAX];
    int failures = 0;
    snprintf(folder, sizeof(folder), "%s/plan-case-XXXXXX", parent && *parent ? parent : "/tmp");
    if (!mkdtemp(folder))
        return 2;
    for (int i = 1; i < argc; i++) {
        struct arena *arena = arena_new();
        struct plan_case *plan_case = arena_alloc(arena, 1, sizeof(*plan_case));
        plan_case->arena = arena;
        failures += check(argv[i], folder, plan_case) ? 1 : 0;
        text_done(&plan_case->expect);
        text_done(&plan_case->after);
        text_done(&plan_case->summary);
        for (size_t m = 0; m < plan_case->manifest_count; m++)
            remove(plan_case->manifest_paths[m]);
        arena_free(arena);
    }
    rmdir(folder);
    printf("%d passed, %d failed\n", argc - 1 - failures, failures);
    return failures ? 1 : 0;
}
