#include "cli/keep.h"

#include <string.h>

struct waiting keep_look(struct execution *execution)
{
    struct waiting waiting;
    struct problems unheard;
    problems_init(&unheard, execution->session->arena);
    if (!execution->store || execution->unqueued ||
        store_outbox(execution->store, execution->session->arena, &unheard, &waiting.items,
                     &waiting.count) != 0)
        return (struct waiting){NULL, 0};
    return waiting;
}

size_t waiting_count(const struct waiting *waiting, const char *url, int64_t below)
{
    size_t count = 0;
    for (size_t i = 0; i < waiting->count; i++)
        count +=
            (!below || waiting->items[i].id < below) && strcmp(waiting->items[i].url, url) == 0;
    return count;
}

int64_t waiting_find(const struct waiting *waiting, const char *run_id, const char *url)
{
    for (size_t i = 0; i < waiting->count; i++)
        if (strcmp(waiting->items[i].run_id, run_id) == 0 &&
            (!url || strcmp(waiting->items[i].url, url) == 0))
            return waiting->items[i].id;
    return 0;
}

size_t keep_count(const struct execution *execution, enum way way)
{
    size_t count = 0;
    for (size_t i = 0; i < execution->run.delivery_count; i++)
        count += execution->ways[i] == way;
    return count;
}

/* Did any manifest get as far as the store? */
static bool tried_something(const struct execution *execution)
{
    const struct manifests *manifests = &execution->preparation->manifests;
    for (size_t m = 0; m < manifests->count; m++)
        if (!manifests->items[m].broken)
            return execution->planned;
    return false;
}

static bool is_chosen(const struct run *run, const char *url)
{
    for (size_t i = 0; i < run->delivery_count; i++)
        if (strcmp(run->deliveries[i].url, url) == 0)
            return true;
    return false;
}

void keep_choose(struct execution *execution)
{
    struct run *run = &execution->run;
    const struct targets *targets = &execution->targets;
    execution_take_problems(execution);
    const char *result = run_result(run);
    execution->keeps = !execution->unkept && !execution->refused && tried_something(execution) &&
                       (execution_did_something(execution) || strcmp(result, "ok") != 0);
    for (size_t i = 0; i < targets->url_count; i++) {
        if (!target_wants(&targets->urls[i], result) || is_chosen(run, targets->urls[i].name))
            continue;
        execution->ways[run->delivery_count] =
            execution->keeps && !execution->unqueued ? WAY_OUTBOX : WAY_DIRECT;
        run->deliveries[run->delivery_count++] =
            (struct run_delivery){.url = targets->urls[i].name, .delivery = DELIVERY_QUEUED};
        run->report_url = run->deliveries[0].url;
        run->delivery = DELIVERY_QUEUED;
    }
    for (size_t i = 0; i < targets->file_count && !run->report_file && !execution->files_failed;
         i++)
        if (target_wants(&targets->files[i], result))
            run->report_file = targets->files[i].name;
}

/* Reports of other runs that wait. */
static size_t count_others(struct execution *execution)
{
    struct waiting waiting = keep_look(execution);
    size_t count = 0;
    for (size_t i = 0; i < waiting.count; i++)
        count += strcmp(waiting.items[i].run_id, execution->run.id) != 0;
    return count;
}

bool keep_is_stale(struct execution *execution)
{
    return !execution->result || execution->rendered_problems != execution->run.problems.count ||
           execution->rendered_deliveries != execution->run.delivery_count ||
           execution->rendered_waiting != count_others(execution);
}

/* Makes the report of what is known, while nobody can have got it: what comes under one key is
 * always the same. Under the store's lock nobody can queue anything meanwhile. */
static int render(struct execution *execution)
{
    const struct run *run = &execution->run;
    if (execution->sealed || !keep_is_stale(execution))
        return 0;
    size_t waiting = count_others(execution);
    if (execution_render(execution) != 0)
        return -1;
    execution->result = run_result(run);
    execution->rendered_problems = run->problems.count;
    execution->rendered_deliveries = run->delivery_count;
    execution->rendered_waiting = waiting;
    return 0;
}

int keep_put_run(struct execution *execution)
{
    const struct run_record record = {
        .id = execution->run.id,
        .started_at = execution->run.started_at,
        .finished = true,
        .result = execution->result,
    };
    const struct run_text text = {execution_write_text, execution};
    const struct run_text report = {execution_write_report, execution};
    int code =
        store_put_run(execution->store, &record, &text, &report, &execution->session->problems);
    execution->recorded |= code == 0;
    return code;
}

/* With what this run has tried of it already. */
static struct outbox_item outbox_item(const struct execution *execution, const char *url)
{
    const struct run *run = &execution->run;
    const struct post_outcome *outcome = post_find_outcome(&execution->post, run->id, url);
    return (struct outbox_item){
        .run_id = run->id,
        .url = url,
        .result = execution->result,
        .queued_at = run->finished_at,
        .attempts = outcome ? outcome->attempts : 0,
        .last_error = outcome ? outcome->error : NULL,
    };
}

static int queue_all(struct execution *execution)
{
    const struct run *run = &execution->run;
    struct session *session = execution->session;
    const struct run_text report = {execution_write_report, execution};
    struct outbox_item *items = arena_alloc(session->arena, run->delivery_count, sizeof(*items));
    size_t count = 0;
    if (!items)
        return session_out_of_memory(session);
    for (size_t i = 0; i < run->delivery_count; i++)
        if (execution->ways[i] == WAY_OUTBOX)
            items[count++] = outbox_item(execution, run->deliveries[i].url);
    if (count && store_outbox_put(execution->store, items, count, &report, &session->problems) != 0)
        return -1;
    for (size_t i = 0; i < run->delivery_count; i++)
        if (execution->ways[i] == WAY_OUTBOX)
            execution->ways[i] = WAY_QUEUED;
    return 0;
}

void keep_run(struct execution *execution)
{
    bool kept = execution->planned && execution_lock(execution) == 0 && render(execution) == 0 &&
                queue_all(execution) == 0 && keep_put_run(execution) == 0;
    execution->shared |= !execution->alone && keep_count(execution, WAY_QUEUED) > 0;
    execution->sealed |= execution->shared;
    if (execution->locked)
        execution_unlock(execution);
    if (kept)
        return;
    execution->unkept = true;
    execution->keeps = execution->recorded = false;
    for (size_t i = 0; i < execution->run.delivery_count; i++)
        if (execution->ways[i] == WAY_OUTBOX)
            execution->ways[i] = WAY_DIRECT;
}

void keep_settle(struct execution *execution)
{
    keep_choose(execution);
    if (((!execution->keeps && !execution->recorded) || !keep_is_stale(execution)) &&
        keep_count(execution, WAY_OUTBOX) == 0)
        return;
    for (size_t i = 0; i < execution->run.delivery_count; i++)
        if (execution->ways[i] == WAY_DIRECT && !execution->unqueued)
            execution->ways[i] = WAY_OUTBOX;
    keep_run(execution);
}

int keep_render(struct execution *execution)
{
    bool kept = execution->recorded || keep_count(execution, WAY_QUEUED) > 0;
    return kept ? 0 : render(execution);
}
