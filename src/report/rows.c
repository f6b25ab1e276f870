#include "report/rows.h"

#include <string.h>

static int add_manifests(const struct manifests *manifests, struct arena *arena,
                         struct document *document)
{
    struct manifest_row *rows = arena_alloc(arena, manifests->count, sizeof(*rows));
    if (!rows)
        return -1;
    for (size_t i = 0; i < manifests->count; i++)
        rows[i] = (struct manifest_row){
            .certificates = (int64_t)manifests->items[i].entry_count,
            .path = manifests->items[i].path,
            .name = manifests->items[i].name,
            .sha256 = manifests->items[i].sha256[0] ? manifests->items[i].sha256 : NULL,
            .commit = manifests->items[i].commit,
            .broken = manifests->items[i].broken,
        };
    document->manifests = (struct list){rows, manifests->count};
    return 0;
}

static struct action_row action_row(const struct action *action)
{
    const struct certificate *certificate = action->certificate;
    return (struct action_row){
        .kind = action->kind,
        .action = action_name(action->kind),
        .certificate = action->entry,
        .owner = owner_or_null(action->owner),
        .scope = action->scope,
        .type = action->type,
        .fingerprint = action->fingerprint,
        .thumbprint = certificate ? certificate->thumbprint : NULL,
        .subject = certificate ? certificate->subject : NULL,
        .not_before = certificate ? certificate->not_before : INSTANT_NONE,
        .not_after = certificate ? certificate->not_after : INSTANT_NONE,
        .effective_date = action->effective_date,
        .relieves = action->relieves,
        .file = action->place.line ? action->place.file : NULL,
        .line = action->place.line,
        .reason = action->reason,
    };
}

static int add_actions(const struct plan *plan, const enum outcome *outcomes, struct arena *arena,
                       struct document *document)
{
    struct action_row *rows = arena_alloc(arena, plan->action_count, sizeof(*rows));
    if (!rows)
        return -1;
    for (size_t i = 0; i < plan->action_count; i++) {
        rows[i] = action_row(&plan->actions[i]);
        if (outcomes) {
            rows[i].result = outcomes[i];
            rows[i].outcome = outcome_name(outcomes[i]);
        }
    }
    document->actions = (struct list){rows, plan->action_count};
    return 0;
}

static struct problem_row problem_row(const struct problem *problem)
{
    enum severity severity = problem_severity(problem->code);
    return (struct problem_row){
        .severity = severity_name(severity),
        .code = problem_code(problem->code),
        .file = problem->place.file,
        .line = problem->place.line,
        .column = problem->place.line ? problem->place.column : 0,
        .certificate = problem->certificate,
        .message = problem->message,
        .advice = problem_help(problem),
        .excerpt = problem->excerpt,
        .is_error = severity == SEVERITY_ERROR,
        .quiet = problem->quiet,
    };
}

/* A list that lost problems says so in a last one. */
static int add_problems(const struct problems *problems, struct arena *arena,
                        struct document *document)
{
    static const struct problem lost = {.code = PROBLEM_OUT_OF_MEMORY,
                                        .message = "memory ran out, and problems were lost"};
    if (!problems)
        return 0;
    struct problem_row *rows = arena_alloc(arena, problems->count + 1, sizeof(*rows));
    if (!rows)
        return -1;
    for (size_t i = 0; i < problems->count; i++)
        rows[i] = problem_row(&problems->items[i]);
    if (problems->out_of_memory)
        rows[problems->count] = problem_row(&lost);
    document->problems = (struct list){rows, problems->count + problems->out_of_memory};
    return 0;
}

static int compare_texts(const char *left, const char *right)
{
    return strcmp(left ? left : "", right ? right : "");
}

/* Rows of one certificate of a manifest stand together. */
static int compare_entries(const void *left, const void *right)
{
    const struct action_row *a = *(const struct action_row *const *)left;
    const struct action_row *b = *(const struct action_row *const *)right;
    int order = compare_texts(a->owner, b->owner);
    if (!order)
        order = compare_texts(a->certificate, b->certificate);
    return order || a->certificate ? order : compare_texts(a->fingerprint, b->fingerprint);
}

/* Certificates with an action that failed: those with an error in the plan have none. */
static int count_failed(const struct list *actions, struct arena *arena, int64_t *count)
{
    const struct action_row *rows = actions->items;
    const struct action_row **failed = arena_alloc(arena, actions->count, sizeof(*failed));
    if (!failed)
        return -1;
    size_t found = 0;
    for (size_t i = 0; i < actions->count; i++)
        if (rows[i].result == OUTCOME_FAILED)
            failed[found++] = &rows[i];
    if (found)
        qsort(failed, found, sizeof(*failed), compare_entries);
    for (size_t i = 0; i < found; i++)
        if (i == 0 || compare_entries(&failed[i - 1], &failed[i]) != 0)
            (*count)++;
    return 0;
}

static int add_summary(const struct plan *plan, struct arena *arena, struct document *document)
{
    struct summary_row *summary = arena_alloc(arena, 1, sizeof(*summary));
    if (!summary)
        return -1;
    summary->certificates = (int64_t)plan->certificates;
    summary->unchanged = (int64_t)plan->unchanged;
    summary->superseded = (int64_t)plan->superseded;
    summary->failed = (int64_t)plan->failed;
    for (size_t i = 0; i < plan->action_count; i++)
        summary->counts[plan->actions[i].kind]++;
    const struct problem_row *problems = document->problems.items;
    for (size_t i = 0; i < document->problems.count; i++)
        summary->warnings += !problems[i].is_error;
    document->summary = summary;
    return count_failed(&document->actions, arena, &summary->failed);
}

static int add_plan(const struct plan *plan, const struct run *run, struct arena *arena,
                    struct document *document)
{
    document->at = plan->at;
    document->generation = plan->generation;
    document->blocked = plan->blocked;
    if (add_manifests(plan->manifests, arena, document) < 0 ||
        add_actions(plan, run ? run->outcomes : NULL, arena, document) < 0 ||
        add_problems(run ? &run->problems : &plan->problems, arena, document) < 0)
        return -1;
    return add_summary(plan, arena, document);
}

static int add_deliveries(const struct run *run, struct arena *arena, struct delivery_row *report)
{
    struct sent_row *rows = arena_alloc(arena, run->delivery_count, sizeof(*rows));
    if (!rows)
        return -1;
    for (size_t i = 0; i < run->delivery_count; i++)
        rows[i] = (struct sent_row){
            .url = run->deliveries[i].url,
            .delivery = delivery_name(run->deliveries[i].delivery),
            .attempts = run->deliveries[i].attempts,
            .error = run->deliveries[i].error,
            .result = run->deliveries[i].delivery,
        };
    report->deliveries = (struct list){rows, run->delivery_count};
    return 0;
}

static int add_run(const struct run *run, struct arena *arena, struct document *document)
{
    document->run_id = run->id;
    document->started_at = run->started_at;
    document->finished_at = run->finished_at;
    document->generation_after = run->generation_after;
    struct delivery_row *report = arena_alloc(arena, 1, sizeof(*report));
    if (!report)
        return -1;
    report->file = run->report_file;
    report->url = run->report_url;
    report->delivery = delivery_name(run->delivery);
    if (add_deliveries(run, arena, report) < 0)
        return -1;
    document->report = report;
    return 0;
}

static int add_waiting(const struct waiting_report *reports, size_t count, struct arena *arena,
                       struct list *ret)
{
    struct waiting_row *rows = arena_alloc(arena, count, sizeof(*rows));
    if (!rows)
        return -1;
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct waiting_row){
            .run = reports[i].run_id,
            .url = reports[i].url,
            .queued_at = reports[i].queued_at,
            .attempts = reports[i].attempts,
            .last_error = reports[i].last_error,
        };
    *ret = (struct list){rows, count};
    return 0;
}

static int add_outbox(const struct report_view *view, struct arena *arena,
                      struct document *document)
{
    return add_waiting(view->outbox, view->outbox ? view->outbox_count : 0, arena,
                       &document->outbox);
}

static int make_plan(const struct report_view *view, struct arena *arena, struct document *document)
{
    return add_plan(view->plan, NULL, arena, document);
}

static int make_run(const struct report_view *view, struct arena *arena, struct document *document)
{
    if (add_plan(view->run->plan, view->run, arena, document) < 0 ||
        add_run(view->run, arena, document) < 0)
        return -1;
    return add_outbox(view, arena, document);
}

static int make_status(const struct report_view *view, struct arena *arena,
                       struct document *document)
{
    if (add_outbox(view, arena, document) < 0 ||
        (view->snapshot && rows_add_state(view->snapshot, arena, document) != 0))
        return -1;
    return add_problems(view->problems, arena, document);
}

static int make_validation(const struct report_view *view, struct arena *arena,
                           struct document *document)
{
    int error = add_manifests(view->manifests, arena, document);
    return error ? error : add_problems(view->problems, arena, document);
}

static int make_history(const struct report_view *view, struct arena *arena,
                        struct document *document)
{
    struct past_run_row *rows = arena_alloc(arena, view->run_count, sizeof(*rows));
    if (!rows)
        return -1;
    for (size_t i = 0; i < view->run_count; i++)
        rows[i] = (struct past_run_row){
            .finished = view->runs[i].finished,
            .report = view->runs[i].report,
            .json = view->runs[i].json,
        };
    document->runs = (struct list){rows, view->run_count};
    return add_problems(view->problems, arena, document);
}

static int make_verification(const struct report_view *view, struct arena *arena,
                             struct document *document)
{
    document->rebuilt = view->rebuilt;
    document->objects = (int64_t)view->objects;
    document->links = (int64_t)view->links;
    document->unreferenced = (int64_t)view->unreferenced;
    return add_problems(view->problems, arena, document);
}

static int make_delivery(const struct report_view *view, struct arena *arena,
                         struct document *document)
{
    document->delivered = (int64_t)view->delivered;
    document->queued = (int64_t)view->outbox_count;
    document->dropped_url = view->dropped_url;
    if (add_waiting(view->dropped, view->dropped_count, arena, &document->dropped) < 0)
        return -1;
    return add_problems(view->problems, arena, document);
}

int rows_make(const struct report_view *view, struct arena *arena, struct document *ret)
{
    static const struct {
        const char *kind;
        int (*make)(const struct report_view *view, struct arena *arena, struct document *document);
    } makers[] = {
        [REPORT_PLAN] = {"Plan", make_plan},
        [REPORT_RUN] = {"Run", make_run},
        [REPORT_STATUS] = {"Status", make_status},
        [REPORT_VALIDATION] = {"Validation", make_validation},
        [REPORT_HISTORY] = {"History", make_history},
        [REPORT_VERIFICATION] = {"Verification", make_verification},
        [REPORT_DELIVERY] = {"Delivery", make_delivery},
    };
    struct document document = {.api_version = "certroll/v1", .kind = makers[view->kind].kind};
    if (makers[view->kind].make(view, arena, &document) != 0)
        return -1;
    *ret = document;
    return 0;
}
