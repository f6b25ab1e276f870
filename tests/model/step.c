#include "history.h"

#include "store/after.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum problem_code history_code(const char *code)
{
    for (int i = 0; i < PROBLEM_CODE_COUNT; i++)
        if (strcmp(problem_code((enum problem_code)i), code) == 0)
            return (enum problem_code)i;
    history_die("no such problem", code);
}

static void *allocate(const struct history *history, size_t count, size_t size)
{
    void *memory = arena_alloc(history->arena, count, size);
    if (!memory)
        history_die("out of memory", "");
    return memory;
}

/* An entry that names a certificate of the store, or one that this run brings there. A previous one
 * may have been let go. */
static void look_up_named(const struct entry *entry, const struct snapshot *store, enum role role,
                          struct bundle *opened, struct source_record *record,
                          struct problems *problems, struct source_result *ret)
{
    const struct stored_certificate *stored = snapshot_certificate(store, entry->fingerprint);
    if (plan_brings_more(store, opened)) {
        *ret = (struct source_result){.state = SOURCE_LOADED, .bundle = opened};
    } else if (stored) {
        record->fingerprint = stored->certificate.fingerprint;
        record->not_after = stored->certificate.not_after;
        *ret = (struct source_result){.state = SOURCE_KNOWN, .record = record};
    } else if (role != ROLE_PREVIOUS) {
        ret->state = SOURCE_FAILED;
        problems_add(problems, PROBLEM_NOT_IN_STORE, entry->place, "not in the store")
            ->certificate = entry->name;
    }
}

/* What the program learns of a source: none is opened in whose place what is remembered serves. */
static void look_up_file(struct file *file, const struct entry *entry, const struct snapshot *store,
                         enum role role, instant at, struct source_record *record,
                         struct problems *problems, struct source_result *ret)
{
    if (file->error != PROBLEM_CODE_COUNT) {
        ret->state = SOURCE_FAILED;
        problems_add(problems, file->error, entry->place, "as the history has it")->certificate =
            entry->name;
        return;
    }
    const struct source_record *known = snapshot_source(store, file->digest, record->owner);
    ret->state = plan_recall(store, known, role, at);
    ret->record = record;
    if (ret->state != SOURCE_UNOPENED) {
        *record = *known;
        return;
    }
    memcpy(record->digest, file->digest, DIGEST_TEXT_SIZE);
    plan_remember(file->bundle, record);
    ret->state = SOURCE_LOADED;
    ret->bundle = file->bundle;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* What is known of all sources while it is gathered. */
struct gathering {
    struct history *history;
    const struct step *step;
    const struct snapshot *store;
    const struct manifests *manifests;
    struct problems *problems;
    enum role **roles; /* [manifest][entry], as the results */
    struct source_result **results;
};

/* The source of this run that brings that certificate, with its key if one does; NULL: none. A
 * previous one that has expired is brought nowhere. */
static struct bundle *find_opened(const struct gathering *gathering, const char *fingerprint)
{
    struct bundle *found = NULL;
    for (size_t m = 0; m < gathering->manifests->count; m++)
        for (size_t e = 0; e < gathering->manifests->items[m].entry_count; e++) {
            struct bundle *bundle = gathering->results[m][e].bundle;
            if (!bundle || strcmp(bundle->certificate.fingerprint, fingerprint) != 0 ||
                (gathering->roles[m][e] == ROLE_PREVIOUS &&
                 gathering->step->at > bundle->certificate.not_after))
                continue;
            if (!found || (bundle->key_pem && !found->key_pem))
                found = bundle;
        }
    return found;
}

static void look_up(const struct gathering *gathering, size_t m, size_t e,
                    struct source_record *record)
{
    const struct entry *entry = &gathering->manifests->items[m].entries[e];
    enum role role = gathering->roles[m][e];
    struct source_result *result = &gathering->results[m][e];
    record->owner = gathering->manifests->items[m].name;
    if (entry->fingerprint) {
        look_up_named(entry, gathering->store, role, find_opened(gathering, entry->fingerprint),
                      record, gathering->problems, result);
        return;
    }
    struct file *file = history_file(gathering->history, base_name(entry->path));
    if (!file)
        history_die("no such file", entry->path);
    look_up_file(file, entry, gathering->store, role, gathering->step->at, record,
                 gathering->problems, result);
}

/* The sources of files first, then those that name what is there. */
static void look_up_all(const struct gathering *gathering, size_t m, bool named)
{
    const struct manifest *manifest = &gathering->manifests->items[m];
    struct source_record *records =
        allocate(gathering->history, manifest->entry_count, sizeof(*records));
    for (size_t e = 0; !manifest->broken && e < manifest->entry_count; e++)
        if (gathering->roles[m][e] != ROLE_SUPERSEDED &&
            named == !!manifest->entries[e].fingerprint)
            look_up(gathering, m, e, &records[e]);
}

static void find_roles(const struct gathering *gathering, size_t m)
{
    const struct manifest *manifest = &gathering->manifests->items[m];
    struct history *history = gathering->history;
    gathering->roles[m] = allocate(history, manifest->entry_count, sizeof(**gathering->roles));
    gathering->results[m] = allocate(history, manifest->entry_count, sizeof(**gathering->results));
    if (!manifest->broken &&
        plan_roles(manifest, gathering->step->at, history->arena, gathering->roles[m]) != 0)
        history_die("out of memory", "");
}

static void make_plan(struct history *history, const struct step *step,
                      const struct snapshot *store, struct plan *ret)
{
    struct problems *problems = allocate(history, 1, sizeof(*problems));
    struct manifests *manifests = allocate(history, 1, sizeof(*manifests));
    problems_init(problems, history->arena);
    problems_append(problems, &step->problems);
    *manifests = step->manifests;
    size_t count = manifests->count;
    struct gathering gathering = {
        .history = history,
        .step = step,
        .store = store,
        .manifests = manifests,
        .problems = problems,
        .roles = allocate(history, count, sizeof(*gathering.roles)),
        .results = allocate(history, count, sizeof(*gathering.results)),
    };
    for (size_t m = 0; m < count; m++)
        find_roles(&gathering, m);
    for (int named = 0; named < 2; named++)
        for (size_t m = 0; m < count; m++)
            look_up_all(&gathering, m, named);
    struct plan_input input = {
        .manifests = manifests,
        .sources = gathering.results,
        .snapshot = store,
        .problems = problems,
        .options = step->options,
        .at = step->at,
    };
    if (plan_make(&input, history->arena, ret) != 0)
        history_die("out of memory", "");
}

static bool names(const struct claim *claim, const char *fingerprint)
{
    return claim->fingerprint && strcmp(claim->fingerprint, fingerprint) == 0;
}

static bool is_referenced(const struct snapshot *store, const char *fingerprint)
{
    for (size_t i = 0; i < store->slot_count; i++) {
        const struct slot *slot = &store->slots[i];
        if (names(&slot->current, fingerprint) || names(&slot->previous, fingerprint))
            return true;
        for (size_t n = 0; n < slot->next_count; n++)
            if (names(&slot->next[n], fingerprint))
                return true;
    }
    for (size_t i = 0; i < store->holding_count; i++)
        if (strcmp(store->holdings[i].fingerprint, fingerprint) == 0)
            return true;
    return false;
}

static void let_go(struct history *history, struct snapshot *store)
{
    struct stored_certificate *kept = allocate(history, store->certificate_count, sizeof(*kept));
    size_t count = 0;
    for (size_t i = 0; i < store->certificate_count; i++)
        if (is_referenced(store, store->certificates[i].certificate.fingerprint))
            kept[count++] = store->certificates[i];
    store->certificates = kept;
    store->certificate_count = count;
}

static int compare_sources(const void *left, const void *right)
{
    const struct source_record *a = left, *b = right;
    int order = strcmp(a->digest, b->digest);
    return order ? order : strcmp(a->owner, b->owner);
}

/* What the store remembers of sources after the plan: snapshot_after() leaves that out. */
static void remember(struct history *history, const struct plan *plan, struct snapshot *store)
{
    struct source_record *records =
        allocate(history, store->source_count + plan->change_count, sizeof(*records));
    size_t count = 0;
    if (store->source_count)
        memcpy(records, store->sources, store->source_count * sizeof(*records));
    count = store->source_count;
    for (size_t i = 0; i < plan->change_count; i++) {
        const struct change *change = &plan->changes[i];
        if (change->kind != CHANGE_PUT_SOURCE && change->kind != CHANGE_DROP_SOURCE)
            continue;
        for (size_t r = 0; r < count; r++)
            if (compare_sources(&records[r], change->source) == 0)
                records[r--] = records[--count];
        if (change->kind == CHANGE_PUT_SOURCE)
            records[count++] = *change->source;
    }
    qsort(records, count, sizeof(*records), compare_sources);
    store->sources = records;
    store->source_count = count;
}

static void commit(struct history *history, const struct plan *plan, bool keep,
                   struct snapshot *ret)
{
    if (plan->blocked) {
        *ret = *plan->snapshot;
        return;
    }
    if (snapshot_after(plan->snapshot, plan->changes, plan->change_count, history->arena, ret) != 0)
        history_die("out of memory", "");
    remember(history, plan, ret);
    if (!keep || plan->options.prune)
        let_go(history, ret);
}

static void say_claim(const struct history *history, const struct claim *claim)
{
    if (!claim->fingerprint) {
        fputs(" -", stdout);
        return;
    }
    printf(" %s:%s:", history_name(history, claim->fingerprint), claim->entry);
    if (claim->effective_date != INSTANT_NONE)
        printf("%" PRId64, claim->effective_date);
    printf(":%s%s", claim->roll ? "r" : "", claim->exportable ? "x" : "");
}

static void say_store(const struct history *history, const struct snapshot *store)
{
    for (size_t i = 0; i < store->slot_count; i++) {
        const struct slot *slot = &store->slots[i];
        printf("slot %s/%s %s", slot->scope, slot->type, slot->owner);
        say_claim(history, &slot->current);
        say_claim(history, &slot->previous);
        for (size_t n = 0; n < slot->next_count; n++)
            say_claim(history, &slot->next[n]);
        puts(slot->damaged ? " damaged" : "");
    }
    for (size_t i = 0; i < store->holding_count; i++) {
        const struct holding *holding = &store->holdings[i];
        printf("holding %s %s %s%s\n", holding->owner, holding->entry,
               history_name(history, holding->fingerprint), holding->exportable ? " x" : "");
    }
    for (size_t i = 0; i < history->certificate_count; i++) {
        const struct named *named = &history->certificates[i];
        const struct stored_certificate *stored =
            snapshot_certificate(store, named->certificate.fingerprint);
        if (stored && is_referenced(store, named->certificate.fingerprint))
            printf("object %s%s%s%s%s\n", named->name, stored->certificate.has_key ? " key" : "",
                   stored->exportable && stored->certificate.has_key ? " access" : "",
                   stored->damage & DAMAGE_KEY ? " lost" : "",
                   stored->damage & ~(unsigned)DAMAGE_KEY ? " damaged" : "");
    }
}

/* Which manifests are refused, and the other errors by manifest, then entry. */
static void say_errors(const struct plan *plan)
{
    for (size_t i = 0; i < plan->manifests->count; i++)
        if (plan->manifests->items[i].broken)
            printf("refused %s\n", plan->manifests->items[i].path);
    for (size_t i = 0; i < plan->problems.count; i++) {
        const struct problem *problem = &plan->problems.items[i];
        bool placed = problem->place.file;
        if (problem_severity(problem->code) == SEVERITY_ERROR &&
            problem->code > PROBLEM_DUPLICATE_CLAIM)
            printf("error %s %s %s\n", placed ? problem->place.file : "-",
                   placed ? problem->certificate : "-", problem_code(problem->code));
    }
    if (plan->blocked)
        puts("blocked");
}

static void say_action(const struct history *history, const struct action *action)
{
    char date[INSTANT_TEXT_SIZE];
    printf("> %s %s", action_name(action->kind), action->entry ? action->entry : "-");
    if (action->scope)
        printf(" %s/%s", action->scope, action->type);
    printf(" %s", history_name(history, action->fingerprint));
    if (action->scope && action->effective_date != INSTANT_NONE)
        printf(" at %s", instant_format(action->effective_date, date));
    if (action->relieves)
        printf(" relieves %s", history_name(history, action->relieves));
    puts("");
}

static void tell(const struct history *history, const struct plan *plan)
{
    for (size_t i = 0; i < plan->action_count; i++)
        say_action(history, &plan->actions[i]);
    for (size_t i = 0; i < plan->problems.count; i++) {
        const struct problem *problem = &plan->problems.items[i];
        printf("> %s %s %s%s\n", severity_name(problem_severity(problem->code)),
               problem_code(problem->code), problem->certificate ? problem->certificate : "-",
               problem->quiet ? " quiet" : "");
    }
    if (plan->blocked)
        puts("> blocked");
}

/* A certificate that comes, goes or moves, and a slot that changes hands, has an action. */
static bool is_told(const struct plan *plan, const struct slot *slot)
{
    for (size_t i = 0; i < plan->action_count; i++)
        if (plan->actions[i].scope && strcmp(plan->actions[i].scope, slot->scope) == 0 &&
            strcmp(plan->actions[i].type, slot->type) == 0)
            return true;
    return false;
}

static bool same_certificate(const struct claim *left, const struct claim *right)
{
    return left->fingerprint && right->fingerprint
               ? strcmp(left->fingerprint, right->fingerprint) == 0
               : left->fingerprint == right->fingerprint;
}

static bool same_certificates(const struct slot *left, const struct slot *right)
{
    if (!same_certificate(&left->current, &right->current) ||
        !same_certificate(&left->previous, &right->previous) ||
        left->next_count != right->next_count || strcmp(left->owner, right->owner) != 0)
        return false;
    for (size_t i = 0; i < left->next_count; i++)
        if (!same_certificate(&left->next[i], &right->next[i]))
            return false;
    return true;
}

static void check_told(const struct plan *plan)
{
    for (size_t i = 0; i < plan->change_count; i++) {
        const struct change *change = &plan->changes[i];
        if (change->kind != CHANGE_PUT_SLOT && change->kind != CHANGE_DROP_SLOT)
            continue;
        const struct slot *slot = change->slot;
        const struct slot *before = snapshot_slot(plan->snapshot, slot->scope, slot->type);
        if (!(before && change->kind == CHANGE_PUT_SLOT && same_certificates(before, slot)) &&
            !is_told(plan, slot))
            printf("silent %s/%s\n", slot->scope, slot->type);
    }
}

struct snapshot history_step(struct history *history, const struct step *step,
                             const struct snapshot *from)
{
    /* What plans are made from must stay where it is: snapshots point into one another. */
    struct snapshot *before = allocate(history, 1, sizeof(*before)), after;
    struct plan *first = allocate(history, 1, sizeof(*first)), again;
    *before = *from;
    make_plan(history, step, before, first);
    commit(history, first, step->keep, &after);
    puts("plan");
    say_errors(first);
    say_store(history, &after);
    check_told(first);
    if (history->tell)
        tell(history, first);
    if (first->blocked)
        return after;
    make_plan(history, step, &after, &again);
    if (again.action_count || again.change_count)
        printf("again %zu %zu\n", again.action_count, again.change_count);
    if (history->tell && again.action_count)
        tell(history, &again);
    return after;
}
