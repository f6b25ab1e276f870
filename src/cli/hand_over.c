#include "base/cleanup.h"
#include "base/file.h"
#include "cli/keep.h"

#include <string.h>
#include <time.h>

void hand_over_prepare(struct execution *execution)
{
    struct session *session = execution->session;
    struct problems *problems = &execution->sending;
    problems_init(problems, session->arena);
    targets_find(session, &execution->preparation->manifests, problems, &execution->targets);
    if (execution->targets.url_count > 0 || keep_look(execution).count > 0)
        post_begin(&execution->post, session, execution->store, problems);
    session_say_problems(session, problems);
}

/* One that cannot be read, though the store can, is said, and not used by this run. That of an old
 * index has what went out long since, and is not to be written to. */
static void check_outbox(struct execution *execution)
{
    struct session *session = execution->session;
    struct outbox_item *items;
    size_t count;
    execution->unqueued =
        problems_has(&session->problems, PROBLEM_INDEX_OLD) ||
        (execution->planned &&
         store_outbox(execution->store, session->arena, &session->problems, &items, &count) != 0);
}

void hand_over_begin(struct execution *execution)
{
    struct run *run = &execution->run;
    size_t most = execution->targets.url_count;
    run->deliveries = arena_alloc(execution->session->arena, most, sizeof(*run->deliveries));
    execution->ways = arena_alloc(execution->session->arena, most, sizeof(*execution->ways));
    check_outbox(execution);
    execution->sending_at = run->problems.count;
    problems_append(&run->problems, &execution->sending);
    if (run->problems.count < execution->sending_at + execution->sending.count)
        execution->sending.count = 0; /* memory is out, and they are said again */
    if (!run->deliveries || !execution->ways) {
        execution->targets.url_count = 0;
        session_out_of_memory(execution->session);
    }
}
/* A run that was killed after its commit has sent no report: this one says so. */
static void note_interrupted(struct execution *execution)
{
    struct session *session = execution->session;
    const char *run_id = execution->run.id;
    struct problems unheard;
    const char **ids;
    size_t count;
    problems_init(&unheard, session->arena);
    if (!execution->planned ||
        store_interrupted(execution->store, run_id, session->arena, &unheard, &ids, &count) != 0 ||
        count == 0 || execution_lock_if_free(execution) != 0 ||
        store_interrupted(execution->store, run_id, session->arena, &unheard, &ids, &count) != 0)
        return;
    for (size_t i = 0; i < count; i++)
        problems_add(&session->problems, PROBLEM_RUN_INTERRUPTED, NOWHERE,
                     "the run %s was interrupted after it had changed the store, and sent no "
                     "report: certroll history says what it was about to do",
                     ids[i]);
}

/* Takes the right to send from the outbox, without waiting for it, where something is in it or
 * will be. */
static void take_outbox(struct execution *execution)
{
    struct problems unheard;
    problems_init(&unheard, execution->session->arena);
    execution->alone = execution->post.session && execution->store && !execution->unqueued &&
                       (execution->keeps || keep_look(execution).count > 0) &&
                       post_lock(&execution->post, 0, &unheard) == 0;
}

/* Another command is sending. It takes along what it finds when it is done with its own; then it is
 * this one's turn. */
static void wait_for_outbox(struct execution *execution)
{
    struct session *session = execution->session;
    struct problems unheard;
    if (execution->alone || keep_count(execution, WAY_QUEUED) == 0)
        return;
    problems_init(&unheard, session->arena);
    execution->alone = post_lock(&execution->post, session->options->lock_timeout, &unheard) == 0;
    struct waiting waiting = keep_look(execution);
    if (!execution->alone && waiting_find(&waiting, execution->run.id, NULL))
        problems_add(&session->problems, PROBLEM_DELIVERY_FAILED, NOWHERE,
                     "the report of the run %s waits in the outbox: another command that sends "
                     "was not done in time",
                     execution->run.id);
}

/* What earlier runs left. */
static void send_earlier(struct execution *execution)
{
    const struct run *run = &execution->run;
    struct waiting waiting = keep_look(execution);
    struct post_choice choice = {
        .run_id = run->id, .others = true, .below = waiting_find(&waiting, run->id, NULL)};
    for (size_t i = 0; i < run->delivery_count; i++)
        choice.to_come += waiting_count(&waiting, run->deliveries[i].url, choice.below) == 0;
    if (waiting.count > 0)
        execution->seen = waiting.items[waiting.count - 1].id;
    if (choice.below)
        execution->seen = choice.below;
    post_outbox(&execution->post, &choice);
}

/* What could not overtake an earlier report waits behind it. */
static void line_up(struct execution *execution)
{
    if (keep_count(execution, WAY_DIRECT) == 0)
        return;
    struct waiting waiting = keep_look(execution);
    for (size_t i = 0; i < execution->run.delivery_count; i++) {
        const char *url = execution->run.deliveries[i].url;
        if (execution->ways[i] == WAY_DIRECT &&
            (post_why_not(&execution->post, url) ||
             (!execution->alone && waiting_count(&waiting, url, 0) > 0)))
            execution->ways[i] = WAY_OUTBOX;
    }
}

/* Where another run holds the store, the next one does it. */
static void trim(struct execution *execution)
{
    if (keep_look(execution).count == 0 || execution_lock_if_free(execution) != 0)
        return;
    post_trim(execution->session, execution->store);
    execution_unlock(execution);
}

static void write_files(struct execution *execution, file_writer *write, struct problems *problems)
{
    struct run *run = &execution->run;
    const char *result = run_result(run);
    const char *written = NULL;
    char buffer[128];
    for (size_t i = 0; i < execution->targets.file_count; i++) {
        const struct target *file = &execution->targets.files[i];
        if (!target_wants(file, result))
            continue;
        int error = session_write_by(file->name, write, execution);
        execution->files_failed |= error != 0;
        if (error)
            problems_add(problems, PROBLEM_REPORT_FAILED, NOWHERE,
                         "the report could not be written to %s: %s", file->name,
                         file_error(error, buffer, sizeof(buffer)));
        else if (!written)
            written = file->name;
    }
    run->report_file = written;
}

/* The report to files before it is sent: a kill meanwhile must not take it away, and what fails is
 * to stand in what is sent. */
static int write_early(struct execution *execution)
{
    write_files(execution, execution_write_report, &execution->session->problems);
    if (!execution->files_failed)
        return 0;
    keep_settle(execution);
    return keep_render(execution);
}

/* The same once it is known what became of it. */
static void write_again(struct execution *execution)
{
    struct problems unheard;
    problems_init(&unheard, execution->session->arena);
    if (execution->run.delivery_count > 0)
        write_files(execution, execution_write_page,
                    execution->files_failed ? &unheard : &execution->session->problems);
}

static void send_own(struct execution *execution)
{
    const struct run *run = &execution->run;
    size_t direct = keep_count(execution, WAY_DIRECT);
    execution->sealed = true;
    if (execution->alone && keep_count(execution, WAY_QUEUED) > 0)
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

/* What others have queued meanwhile, and do not send because this one does. */
static void send_later(struct execution *execution)
{
    if (execution->alone)
        post_outbox(&execution->post, &(struct post_choice){.run_id = execution->run.id,
                                                            .others = true,
                                                            .above = execution->seen});
}

static bool is_delivered(const struct execution *execution, size_t i)
{
    const struct run *run = &execution->run;
    const struct post_outcome *outcome =
        post_find_outcome(&execution->post, run->id, run->deliveries[i].url);
    return outcome && outcome->delivered;
}

/* What could not be sent directly goes into the outbox after all: meanwhile the store may be free
 * again. */
static void keep_the_rest(struct execution *execution)
{
    const struct run *run = &execution->run;
    for (size_t i = 0; i < run->delivery_count; i++)
        if (execution->ways[i] == WAY_DIRECT && !is_delivered(execution, i))
            execution->ways[i] = WAY_OUTBOX;
    if (keep_count(execution, WAY_OUTBOX) == 0)
        return;
    execution->refused = false;
    keep_run(execution);
    for (size_t i = 0; i < run->delivery_count; i++)
        if (execution->ways[i] == WAY_DIRECT && !is_delivered(execution, i))
            problems_add(&execution->session->problems, PROBLEM_REPORT_DROPPED, NOWHERE,
                         "the report of the run %s will not reach %s: it could neither be sent nor "
                         "be kept",
                         run->id, run->deliveries[i].url);
}

/* One that is gone from the outbox was delivered, where somebody else can have done that. */
static enum delivery delivery_of(const struct execution *execution, size_t i,
                                 const struct waiting *waiting)
{
    const struct run *run = &execution->run;
    if (is_delivered(execution, i))
        return DELIVERY_DELIVERED;
    if (execution->ways[i] != WAY_QUEUED)
        return DELIVERY_NONE;
    if (waiting_find(waiting, run->id, run->deliveries[i].url))
        return DELIVERY_QUEUED;
    return execution->shared ? DELIVERY_DELIVERED : DELIVERY_NONE;
}

/* Why a report was not even tried; NULL where nothing is against it, or memory is out. */
static const char *why_not(const struct execution *execution, const char *url)
{
    const char *earlier = post_why_not(&execution->post, url);
    return earlier ? arena_printf(execution->session->arena,
                                  "an earlier report did not reach it: %s", earlier)
                   : NULL;
}

/* What became of the report, URL by URL and in all. */
static void conclude(struct execution *execution)
{
    struct run *run = &execution->run;
    struct waiting waiting = keep_look(execution);
    size_t delivered = 0, queued = 0;
    for (size_t i = 0; i < run->delivery_count; i++) {
        struct run_delivery *delivery = &run->deliveries[i];
        const struct post_outcome *outcome =
            post_find_outcome(&execution->post, run->id, delivery->url);
        delivery->attempts = outcome ? outcome->attempts : 0;
        delivery->error = outcome ? outcome->error : why_not(execution, delivery->url);
        delivery->delivery = delivery_of(execution, i, &waiting);
        delivered += delivery->delivery == DELIVERY_DELIVERED;
        queued += delivery->delivery == DELIVERY_QUEUED;
    }
    run->delivery = DELIVERY_NONE;
    if (queued)
        run->delivery = DELIVERY_QUEUED;
    else if (delivered && delivered == run->delivery_count)
        run->delivery = DELIVERY_DELIVERED;
}

/* Files and history learn what became of the report. */
static void finish(struct execution *execution)
{
    const struct run *run = &execution->run;
    keep_the_rest(execution);
    conclude(execution);
    execution_take_problems(execution);
    write_again(execution);
    execution_take_problems(execution);
    if (execution->recorded && (run->delivery_count > 0 || keep_is_stale(execution)) &&
        execution_lock(execution) == 0)
        keep_put_run(execution);
}

/* People who wait should know for what. */
static void say_sending(struct execution *execution)
{
    const struct session *session = execution->session;
    if (session->interactive && !session->options->quiet && execution->post.left > 0 &&
        (execution->run.delivery_count > 0 || keep_look(execution).count > 0))
        session_say("sending the report, for at most %lld seconds",
                    (long long)execution->post.left / 1000);
}

static void take_turn(struct execution *execution)
{
    wait_for_outbox(execution);
    if (execution->alone)
        send_earlier(execution);
    line_up(execution);
    keep_settle(execution);
}

/* A run that had nothing to do leaves no trace, unless something failed. What is in the outbox
 * before it is sent, a crash cannot lose. */
void hand_over(struct execution *execution)
{
    struct run *run = &execution->run;
    run->finished_at = time(NULL);
    note_interrupted(execution);
    keep_choose(execution);
    take_outbox(execution);
    line_up(execution);
    keep_settle(execution);
    if (execution->locked)
        execution_unlock(execution);
    say_sending(execution);
    size_t queued = keep_count(execution, WAY_QUEUED);
    take_turn(execution);
    trim(execution);
    keep_settle(execution);
    if (!execution->recorded && !run->report_file && run->delivery_count == 0)
        return;
    if (keep_render(execution) != 0 || write_early(execution) != 0)
        return;
    if (queued == 0 && keep_count(execution, WAY_QUEUED) > 0 && !execution->alone)
        take_turn(execution); /* what it queued only now has not had its own */
    send_own(execution);
    send_later(execution);
    finish(execution);
}
