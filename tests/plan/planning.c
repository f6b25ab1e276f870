#include "planning.h"

#include "manifest/load.h"
#include "memory.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void fail(const struct entry *entry, const char *code, struct problems *problems,
                 struct source_result *ret)
{
    problems_add(problems, code_by_name(code), entry->place, "as the case has it")->certificate =
        entry->name;
    ret->state = SOURCE_FAILED;
}

/* What the program learns of a source, without a source. One in whose place what is remembered
 * serves is not loaded. */
static void look_into(const struct plan_case *plan_case, const struct snapshot *snapshot,
                      const struct named_certificate *named, instant at, enum role role,
                      struct source_record *own, struct source_result *ret)
{
    const struct source_record *record = snapshot_source(snapshot, own->digest, own->owner);
    ret->state = plan_recall(snapshot, record, role, at);
    ret->record = own;
    if (ret->state != SOURCE_UNOPENED) {
        struct source_record looked = *record;
        memcpy(looked.sight, own->sight, DIGEST_TEXT_SIZE);
        bool seen = own->sight[0] && strcmp(own->sight, record->sight) == 0;
        *own = looked;
        ret->record = seen ? record : own;
    } else {
        ret->state = SOURCE_LOADED;
        ret->bundle = case_new(plan_case, sizeof(*ret->bundle));
        ret->bundle->certificate = named->certificate;
        ret->bundle->key_pem = named->certificate.has_key ? secret_copy("key", 3) : NULL;
        ret->bundle->key_note = named->key_note;
    }
}

/* What a source of this run gave; NULL where none brings that certificate. */
static struct bundle *find_brought(const struct manifests *manifests,
                                   struct source_result *const *sources, const char *fingerprint)
{
    for (size_t m = 0; m < manifests->count; m++)
        for (size_t e = 0; e < manifests->items[m].entry_count; e++) {
            struct bundle *bundle = sources[m][e].bundle;
            if (bundle && strcmp(bundle->certificate.fingerprint, fingerprint) == 0)
                return bundle;
        }
    return NULL;
}

/* A previous one that the store has let go is no error. */
static void look_up(const struct plan_case *plan_case, const struct snapshot *snapshot,
                    const struct manifest *manifest, const struct entry *entry, instant at,
                    enum role role, struct bundle *brought, struct problems *problems,
                    struct source_result *ret)
{
    const struct named_certificate *named = certificate_for(plan_case, entry);
    if (!named) {
        fprintf(stderr, "no certificate is named for the entry %s\n", entry->name);
        exit(2);
    }
    struct source_record *own = case_new(plan_case, sizeof(*own));
    *own = case_record(named, manifest->name);
    if (named->error) {
        fail(entry, named->error, problems, ret);
    } else if (!entry->fingerprint) {
        look_into(plan_case, snapshot, named, at, role, own, ret);
    } else if (plan_brings_more(snapshot, brought)) {
        ret->state = SOURCE_LOADED;
        ret->bundle = brought;
    } else if (snapshot_certificate(snapshot, own->fingerprint)) {
        ret->state = SOURCE_KNOWN;
        ret->record = own;
    } else if (role != ROLE_PREVIOUS) {
        fail(entry, "not_in_store", problems, ret);
    }
}

/* Those of a manifest that have a fingerprint in place of a path, or those that have not. */
static void look_up_some(const struct plan_case *plan_case, const struct plan_input *input,
                         size_t m, bool fingerprints, struct problems *problems)
{
    const struct manifest *manifest = &input->manifests->items[m];
    enum role *roles = arena_alloc(plan_case->arena, manifest->entry_count, sizeof(*roles));
    plan_roles(manifest, input->at, plan_case->arena, roles);
    for (size_t e = 0; e < manifest->entry_count; e++) {
        const struct entry *entry = &manifest->entries[e];
        if (roles[e] == ROLE_SUPERSEDED || (entry->fingerprint != NULL) != fingerprints)
            continue;
        struct bundle *brought =
            fingerprints ? find_brought(input->manifests, input->sources, entry->fingerprint)
                         : NULL;
        look_up(plan_case, input->snapshot, manifest, entry, input->at, roles[e], brought, problems,
                &input->sources[m][e]);
    }
}

static struct source_result **look_up_all(const struct plan_case *plan_case,
                                          const struct snapshot *snapshot,
                                          const struct manifests *manifests, instant at,
                                          struct problems *problems)
{
    struct arena *arena = plan_case->arena;
    struct source_result **sources = arena_alloc(arena, manifests->count, sizeof(*sources));
    for (size_t m = 0; m < manifests->count; m++)
        sources[m] = arena_alloc(arena, manifests->items[m].entry_count, sizeof(**sources));
    const struct plan_input input = {
        .manifests = manifests, .sources = sources, .snapshot = snapshot, .at = at};
    for (size_t i = 0; i < 2 * manifests->count; i++)
        if (!manifests->items[i % manifests->count].broken)
            look_up_some(plan_case, &input, i % manifests->count, i >= manifests->count, problems);
    return sources;
}

struct plan_input planning_input(const struct planning *planning, const struct snapshot *snapshot,
                                 instant at)
{
    const struct plan_case *plan_case = planning->plan_case;
    struct problems *problems = case_new(plan_case, sizeof(*problems));
    problems_init(problems, plan_case->arena);
    problems_append(problems, &planning->loading);
    return (struct plan_input){
        .manifests = &planning->manifests,
        .sources = look_up_all(plan_case, snapshot, &planning->manifests, at, problems),
        .snapshot = snapshot,
        .problems = problems,
        .options = plan_case->options,
        .at = at,
    };
}

void planning_release(const struct plan_input *input)
{
    for (size_t m = 0; m < input->manifests->count; m++)
        for (size_t e = 0; e < input->manifests->items[m].entry_count; e++)
            if (input->sources[m][e].bundle)
                bundle_done(input->sources[m][e].bundle);
}

struct plan_input planning_make(const struct planning *planning, const struct snapshot *snapshot,
                                instant at, struct plan *ret)
{
    struct plan_input input = planning_input(planning, snapshot, at);
    if (plan_make(&input, planning->plan_case->arena, ret) != 0)
        exit(2);
    return input;
}

/* The store that the runs of the earlier nights leave. */
static struct snapshot live_through(const struct planning *planning)
{
    const struct plan_case *plan_case = planning->plan_case;
    struct snapshot snapshot = plan_case->snapshot;
    for (size_t n = 0; n < plan_case->night_count; n++) {
        struct snapshot *before = case_new(plan_case, sizeof(*before));
        struct plan plan;
        *before = snapshot;
        struct plan_input input = planning_make(planning, before, plan_case->nights[n], &plan);
        snapshot = memory_commit(&plan, plan_case->arena);
        planning_release(&input);
    }
    return snapshot;
}

static int check_case(const char *path, const char *folder, struct arena *arena,
                      planning_check *check)
{
    struct plan_case *plan_case = arena_alloc(arena, 1, sizeof(*plan_case));
    struct planning planning = {.path = path, .plan_case = plan_case};
    problems_init(&planning.loading, arena);
    case_read(path, folder, arena, plan_case);
    if (manifests_load(plan_case->manifest_paths, plan_case->manifest_count, arena,
                       &planning.loading, &planning.manifests) != 0)
        exit(2);
    planning.before = live_through(&planning);
    int failures = check(&planning);
    manifests_done(&planning.manifests);
    text_done(&plan_case->expect);
    text_done(&plan_case->says);
    text_done(&plan_case->after);
    text_done(&plan_case->summary);
    for (size_t m = 0; m < plan_case->manifest_count; m++)
        remove(plan_case->manifest_paths[m]);
    return failures;
}

int planning_each(int count, char **paths, planning_check *check)
{
    const char *parent = getenv("TMPDIR");
    char folder[PATH_MAX];
    int failures = 0;
    snprintf(folder, sizeof(folder), "%s/plan-case-XXXXXX", parent && *parent ? parent : "/tmp");
    if (!mkdtemp(folder))
        return 2;
    for (int i = 0; i < count; i++) {
        struct arena *arena = arena_new();
        failures += check_case(paths[i], folder, arena, check) ? 1 : 0;
        arena_free(arena);
    }
    rmdir(folder);
    printf("%d passed, %d failed\n", count - failures, failures);
    return failures ? 1 : 0;
}
