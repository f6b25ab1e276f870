#include "cli/execution.h"

#include <string.h>
#include <time.h>

static int put_run(struct execution *execution)
{
    struct text json = TEXT_INIT;
    int result = execution_render(execution, REPORT_JSON, &json);
    if (result == 0)
        result = store_put_run(execution->store,
                               &(struct run_record){
                                   .id = execution->run.id,
                                   .started_at = execution->run.started_at,
                                   .finished = true,
                                   .json = text_string(&json),
                                   .report = text_string(&execution->html),
                               },
                               &execution->session->problems);
    text_done(&json);
    return result;
}

static int queue(struct execution *execution, const char *url)
{
    struct outbox_item item = {
        .run_id = execution->run.id,
        .url = url,
        .result = run_result(&execution->run),
        .queued_at = execution->run.finished_at,
    };
    return store_outbox_put(execution->store, &item, text_string(&execution->html),
                            &execution->session->problems);
}

static int queue_all(struct execution *execution)
{
    for (size_t i = 0; i < execution->targets.url_count; i++)
        if (queue(execution, execution->targets.urls[i]) != 0)
            return -1;
    return 0;
}

static size_t count_waiting(struct execution *execution, const char *run_id, const char *url)
{
    struct outbox_item *items;
    size_t count, waiting = 0;
    if (!execution->planned || store_outbox(execution->store, execution->session->arena,
                                            &execution->session->problems, &items, &count) != 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        waiting += (!run_id || strcmp(items[i].run_id, run_id) == 0) &&
                   (!url || strcmp(items[i].url, url) == 0);
    return waiting;
}

/* Where another run is sending what waits, it is in its hands. */
static void send_waiting(struct execution *execution)
{
    struct session *session = execution->session;
    struct problems unheard;
    size_t left;
    problems_init(&unheard, session->arena);
    if (count_waiting(execution, NULL, NULL) == 0)
        return;
    if (execution->locked)
        execution_unlock(execution);
    if (session_lock_outbox(session, execution->store, 0, &unheard) == 0)
        post_outbox(session, execution->store, 0, &left);
}

/* A report of a run that did something is in the outbox before it is sent, so that a crash cannot
 * lose it. */
static void deliver_kept(struct execution *execution)
{
    struct session *session = execution->session;
    size_t left;
    if (execution_lock(execution) != 0 || put_run(execution) != 0 || queue_all(execution) != 0)
        return;
    execution_unlock(execution);
    if (execution->targets.url_count == 0) {
        send_waiting(execution);
        return;
    }
    post_outbox(session, execution->store, session->options->lock_timeout, &left);
    bool waits = count_waiting(execution, execution->run.id, NULL) > 0;
    execution->run.delivery = waits ? DELIVERY_QUEUED : DELIVERY_DELIVERED;
    execution_take_problems(execution);
    if (execution_lock(execution) == 0)
        put_run(execution);
}

/* 0 once the report waits in the outbox, or -1. */
static int queue_unkept(struct execution *execution, const char *url)
{
    if (!execution->planned || execution_lock(execution) != 0 || put_run(execution) != 0)
        return -1;
    return queue(execution, url);
}

/* A run that had nothing to do leaves no trace, unless its report cannot be delivered. */
static void deliver_unkept(struct execution *execution)
{
    const struct post_targets *targets = &execution->targets;
    size_t delivered = 0, queued = 0;
    send_waiting(execution);
    for (size_t i = 0; i < targets->url_count; i++) {
        if (count_waiting(execution, NULL, targets->urls[i]) == 0 &&
            post_now(execution->session, &execution->run, targets->urls[i], &execution->html) == 0)
            delivered++;
        else if (queue_unkept(execution, targets->urls[i]) == 0)
            queued++;
    }
    if (queued)
        execution->run.delivery = DELIVERY_QUEUED;
    else if (delivered == targets->url_count && delivered)
        execution->run.delivery = DELIVERY_DELIVERED;
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

void hand_over(struct execution *execution)
{
    struct session *session = execution->session;
    struct run *run = &execution->run;
    run->finished_at = time(NULL);
    post_find_targets(session, &execution->preparation->manifests, &execution->targets);
    if (execution->targets.file_count)
        run->report_file = execution->targets.files[0];
    if (execution->targets.url_count)
        run->report_url = execution->targets.urls[0];
    execution_take_problems(execution);
    bool keep = !execution->refused && tried_something(execution) &&
                (execution_did_something(execution) || run->problems.errors > 0);
    bool waits = count_waiting(execution, NULL, NULL) > 0;
    if (!keep && !waits && !execution->targets.file_count && !execution->targets.url_count)
        return;
    if (execution_render(execution, REPORT_HTML, &execution->html) != 0)
        return;
    post_files(session, &execution->targets, &execution->html);
    run->report_file = execution->targets.file_count ? execution->targets.files[0] : NULL;
    if (keep)
        deliver_kept(execution);
    else
        deliver_unkept(execution);
}
