#include "base/cleanup.h"
#include "base/file.h"
#include "cli/execution.h"

#include <string.h>
#include <time.h>

/* An outbox that cannot be read is heard of where it is sent from. */
static size_t count_waiting(struct execution *execution, const char *url)
{
    struct outbox_item *items;
    struct problems unheard;
    size_t count, waiting = 0;
    problems_init(&unheard, execution->session->arena);
    if (!execution->store ||
        store_outbox(execution->store, execution->session->arena, &unheard, &items, &count) != 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        waiting += !url || strcmp(items[i].url, url) == 0;
    return waiting;
}

void hand_over_prepare(struct execution *execution)
{
    struct session *session = execution->session;
    struct problems *problems = &execution->sending;
    problems_init(problems, session->arena);
    targets_find(session, &execution->preparation->manifests, problems, &execution->targets);
    if (execution->targets.url_count > 0 || count_waiting(execution, NULL) > 0)
        post_begin(&execution->post, session, execution->store, problems);
    session_say_problems(session, problems);
}

void hand_over_begin(struct execution *execution)
{
    struct run *run = &execution->run;
    size_t most = execution->targets.url_count;
    run->deliveries = arena_alloc(execution->session->arena, most, sizeof(*run->deliveries));
    execution->ways = arena_alloc(execution->session->arena, most, sizeof(*execution->ways));
    execution->sending_at = run->problems.count;
    problems_append(&run->problems, &execution->sending);
    if (run->problems.count < execution->sending_at + execution->sending.count)
        execution->sending.count = 0; /* memory is out, and they are said again */
    if (!run->deliveries || !execution->ways) {
        execution->targets.url_count = 0;
        session_out_of_memory(execution->session);
    }
}

static bool is_chosen(const struct run *run, const char *url)
{
    for (size_t i = 0; i < run->delivery_count; i++)
        if (strcmp(run->deliveries[i].url, url) == 0)
            return true;
    return false;
}

/* Whom a run with what is known by now is for; those that were chosen stay. To whoever reads what
 * is sent, it was queued: what does not arrive at once goes into the outbox as it is. */
static void choose(struct execution *execution)
{
    struct run *run = &execution->run;
    const struct targets *targets = &execution->targets;
    execution_take_problems(execution);
    const char *result = run_result(run);
    for (size_t i = 0; i < targets->url_count; i++) {
        if (!target_wants(&targets->urls[i], result) || is_chosen(run, targets->urls[i].name))
            continue;
        execution->ways[run->delivery_count] = execution->keeps ? WAY_OUTBOX : WAY_DIRECT;
        run->deliveries[run->delivery_count++] =
            (struct run_delivery){.url = targets->urls[i].name, .delivery = DELIVERY_QUEUED};
        run->report_url = run->deliveries[0].url;
        run->delivery = DELIVERY_QUEUED;
    }
    for (size_t i = 0; i < targets->file_count && !run->report_file; i++)
        if (target_wants(&targets->files[i], result))
            run->report_file = targets->files[i].name;
}

static bool is_stale(const struct execution *execution)
{
    return !execution->result || execution->rendered_problems != execution->run.problems.count ||
           execution->rendered_deliveries != execution->run.delivery_count;
}

/* Makes the report of what is known. Once an attempt was made to send it, it stays as it is: what
 * comes under one key is always the same. */
static int render(struct execution *execution)
{
    const struct run *run = &execution->run;
    if (execution->sealed || !is_stale(execution))
        return 0;
    text_done(&execution->html);
    execution->result = run_result(run);
    execution->rendered_problems = run->problems.count;
    execution->rendered_deliveries = run->delivery_count;
    return execution_render(execution, REPORT_HTML, &execution->html);
}

static int put_run(struct execution *execution)
{
    struct text json = TEXT_INIT;
    int code = execution_render(execution, REPORT_JSON, &json);
    if (code == 0)
        code = store_put_run(execution->store,
                             &(struct run_record){
                                 .id = execution->run.id,
                                 .started_at = execution->run.started_at,
                                 .finished = true,
                                 .json = text_string(&json),
                                 .report = text_string(&execution->html),
                                 .result = execution->result,
                             },
                             &execution->session->problems);
    text_done(&json);
    execution->recorded |= code == 0;
    return code;
}

static int queue_all(struct execution *execution)
{
    const struct run *run = &execution->run;
    struct session *session = execution->session;
    struct outbox_item *items = arena_alloc(session->arena, run->delivery_count, sizeof(*items));
    size_t count = 0;
    if (!items)
        return session_out_of_memory(session);
    for (size_t i = 0; i < run->delivery_count; i++)
        if (execution->ways[i] == WAY_OUTBOX)
            items[count++] = (struct outbox_item){
                .run_id = run->id,
                .url = run->deliveries[i].url,
                .result = execution->result,
                .queued_at = run->finished_at,
            };
    if (count && store_outbox_put(execution->store, items, count, text_string(&execution->html),
                                  &session->problems) != 0)
        return -1;
    for (size_t i = 0; i < run->delivery_count; i++)
        if (execution->ways[i] == WAY_OUTBOX)
            execution->ways[i] = WAY_QUEUED;
    return 0;
}

/* The report goes into the outbox where that is its way, and then the run into the history: what
 * that calls finished, a kill in between cannot lose. Where this cannot be, the report is sent all
 * the same. */
static void keep(struct execution *execution)
{
    bool kept = execution->planned && render(execution) == 0 && execution_lock(execution) == 0 &&
                queue_all(execution) == 0 && put_run(execution) == 0;
    if (execution->locked)
        execution_unlock(execution);
    if (kept)
        return;
    execution->keeps = execution->recorded = false;
    for (size_t i = 0; i < execution->run.delivery_count; i++)
        if (execution->ways[i] == WAY_OUTBOX)
            execution->ways[i] = WAY_DIRECT;
}

/* Brings history and outbox to what is known by now. */
static void settle(struct execution *execution)
{
    choose(execution);
    bool due = (execution->keeps || execution->recorded) && is_stale(execution);
    for (size_t i = 0; i < execution->run.delivery_count; i++)
        due |= execution->ways[i] == WAY_OUTBOX;
    if (due)
        keep(execution);
}

/* Takes the outbox where there is something to send from it. A run whose own report is not in it
 * does not wait for another one that is sending. */
static bool take_outbox(struct execution *execution)
{
    struct session *session = execution->session;
    struct problems unheard;
    bool own = execution->recorded && execution->run.delivery_count > 0;
    problems_init(&unheard, session->arena);
    return execution->post.session && count_waiting(execution, NULL) > 0 &&
           post_lock(&execution->post, own ? session->options->lock_timeout : 0,
                     own ? &session->problems : &unheard) == 0;
}

/* What earlier runs left. */
static void send_earlier(struct execution *execution)
{
    const struct run *run = &execution->run;
    struct post_choice choice = {.run_id = run->id, .others = true};
    for (size_t i = 0; i < run->delivery_count; i++)
        choice.to_come += count_waiting(execution, run->deliveries[i].url) ==
                          (execution->ways[i] == WAY_QUEUED ? 1 : 0);
    post_outbox(&execution->post, &choice);
}

/* What could not overtake an earlier report waits behind it. */
static void line_up(struct execution *execution, bool sends)
{
    for (size_t i = 0; i < execution->run.delivery_count; i++) {
        const char *url = execution->run.deliveries[i].url;
        if (execution->ways[i] == WAY_DIRECT &&
            (post_why_not(&execution->post, url) || (!sends && count_waiting(execution, url) > 0)))
            execution->ways[i] = WAY_OUTBOX;
    }
}

/* Where another run holds the store, the next one does it. */
static void trim(struct execution *execution)
{
    if (count_waiting(execution, NULL) == 0 || execution_lock_if_free(execution) != 0)
        return;
    post_trim(execution->session, execution->store);
    execution_unlock(execution);
}

static void write_files(struct execution *execution, const struct text *html,
                        struct problems *problems)
{
    struct run *run = &execution->run;
    const char *result = run_result(run);
    char buffer[128];
    run->report_file = NULL;
    for (size_t i = 0; i < execution->targets.file_count; i++) {
        const struct target *file = &execution->targets.files[i];
        if (!target_wants(file, result))
            continue;
        int error = session_write(file->name, html->bytes, html->length);
        if (error)
            problems_add(problems, PROBLEM_REPORT_FAILED, NOWHERE,
                         "the report could not be written to %s: %s", file->name,
                         file_error(error, buffer, sizeof(buffer)));
        else if (!run->report_file)
            run->report_file = file->name;
    }
}

static size_t count_way(const struct execution *execution, enum way way)
{
    size_t count = 0;
    for (size_t i = 0; i < execution->run.delivery_count; i++)
        count += execution->ways[i] == way;
    return count;
}

static void send_own(struct execution *execution, bool sends)
{
    const struct run *run = &execution->run;
    size_t direct = count_way(execution, WAY_DIRECT);
    execution->sealed = true;
    if (sends && count_way(execution, WAY_QUEUED) > 0)
        post_outbox(&execution->post, &(struct post_choice){.run_id = run->id, .to_come = direct});
    for (size_t i = 0; i < run->delivery_count; i++) {
        struct deliver_request request = {
            .url = run->deliveries[i].url,
            .run_id = run->id,
            .result = execution->result,
            .body = text_string(&execution->html),
            .body_size = execution->html.length,
        };
        if (execution->ways[i] == WAY_DIRECT)
            post_now(&execution->post, &request, --direct);
    }
}

/* The report to files: before it is sent, since a kill meanwhile must not take that away, and once
 * more when it is known what became of it. */
static void write_early(struct execution *execution)
{
    struct problems unheard;
    problems_init(&unheard, execution->session->arena);
    write_files(execution, &execution->html,
                execution->run.delivery_count > 0 ? &unheard : &execution->session->problems);
}

static void write_again(struct execution *execution)
{
    struct text html CLEANUP(text_done) = TEXT_INIT;
    if (execution->targets.file_count > 0 && execution->run.delivery_count > 0 &&
        execution_render(execution, REPORT_HTML, &html) == 0)
        write_files(execution, &html, &execution->session->problems);
}

/* What became of the report, URL by URL and in all. */
static void conclude(struct execution *execution)
{
    struct run *run = &execution->run;
    size_t delivered = 0, queued = 0;
    for (size_t i = 0; i < run->delivery_count; i++) {
        struct run_delivery *delivery = &run->deliveries[i];
        const struct post_outcome *outcome =
            post_find_outcome(&execution->post, run->id, delivery->url);
        delivery->attempts = outcome ? outcome->attempts : 0;
        delivery->error = outcome ? outcome->error : post_why_not(&execution->post, delivery->url);
        if (outcome && outcome->delivered)
            delivery->delivery = DELIVERY_DELIVERED;
        else if (execution->ways[i] != WAY_QUEUED)
            delivery->delivery = DELIVERY_NONE;
        delivered += delivery->delivery == DELIVERY_DELIVERED;
        queued += delivery->delivery == DELIVERY_QUEUED;
    }
    run->delivery = DELIVERY_NONE;
    if (queued)
        run->delivery = DELIVERY_QUEUED;
    else if (delivered && delivered == run->delivery_count)
        run->delivery = DELIVERY_DELIVERED;
}

/* A report that could not be sent directly goes into the outbox after all; files and history learn
 * what became of it. */
static void finish(struct execution *execution)
{
    const struct run *run = &execution->run;
    for (size_t i = 0; i < run->delivery_count; i++) {
        const struct post_outcome *outcome =
            post_find_outcome(&execution->post, run->id, run->deliveries[i].url);
        if (execution->ways[i] == WAY_DIRECT && !(outcome && outcome->delivered))
            execution->ways[i] = WAY_OUTBOX;
    }
    if (count_way(execution, WAY_OUTBOX) > 0)
        keep(execution);
    conclude(execution);
    execution_take_problems(execution);
    write_again(execution);
    execution_take_problems(execution);
    if (execution->recorded && (run->delivery_count > 0 || is_stale(execution)) &&
        execution_lock(execution) == 0)
        put_run(execution);
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

/* A run that had nothing to do leaves no trace, unless its report cannot be delivered. What is in
 * the outbox before it is sent, a crash cannot lose. */
void hand_over(struct execution *execution)
{
    struct run *run = &execution->run;
    run->finished_at = time(NULL);
    execution_take_problems(execution);
    execution->keeps = !execution->refused && tried_something(execution) &&
                       (execution_did_something(execution) || run->problems.errors > 0);
    settle(execution);
    if (execution->locked)
        execution_unlock(execution);
    bool sends = take_outbox(execution);
    if (sends)
        send_earlier(execution);
    line_up(execution, sends);
    settle(execution);
    trim(execution);
    settle(execution);
    if (!execution->recorded && !run->report_file && run->delivery_count == 0)
        return;
    if (render(execution) != 0)
        return;
    write_early(execution);
    send_own(execution, sends);
    finish(execution);
}
