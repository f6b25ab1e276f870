#include "cli/execute.h"

#include "apply/apply.h"
#include "cli/post.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct execution {
    struct session *session;
    struct preparation *preparation;
    const struct saved_plan *saved;
    struct store *store;
    bool locked;
    bool refused; /* another run holds the store: it is not waited for twice */
    bool planned; /* the store could be read, and the preparation has a plan */
    struct run run;
    struct snapshot after;
    struct post_targets targets;
    struct text html;
};

static int lock(struct execution *execution)
{
    if (!execution->locked && !execution->refused) {
        struct session *session = execution->session;
        execution->locked = session_lock(session, execution->store, session->options->lock_timeout,
                                         &session->problems) == 0;
        execution->refused = !execution->locked;
    }
    return execution->locked ? 0 : -1;
}

static void unlock(struct execution *execution)
{
    store_unlock(execution->store);
    execution->locked = false;
}

static int lock_if_free(struct execution *execution)
{
    struct problems unheard;
    problems_init(&unheard, execution->session->arena);
    if (!execution->locked && !execution->refused)
        execution->locked = session_lock(execution->session, execution->store, 0, &unheard) == 0;
    return execution->locked ? 0 : -1;
}

static int make_plan(struct execution *execution)
{
    if (prepare_plan(execution->preparation, execution->session, execution->store) != 0)
        return -1;
    execution->planned = true;
    if (!execution->saved)
        return 0;
    return saved_plan_check(execution->saved, execution->preparation, execution->session);
}

/* Asks before the first change. 0 to go on, or -1. */
static int confirm(struct execution *execution)
{
    struct session *session = execution->session;
    const struct plan *plan = &execution->preparation->plan;
    char answer[16] = "";
    if (!session->options->confirm || plan->action_count == 0 || plan->blocked)
        return 0;
    struct report_view view = session_view(session, REPORT_PLAN);
    struct text text = TEXT_INIT;
    view.plan = plan;
    view.color = session->color_err;
    if (report_write(&view, REPORT_TEXT, &text) == 0)
        fputs(text_string(&text), stderr);
    text_done(&text);
    fputs("Apply this? [y/N] ", stderr);
    fflush(stderr);
    if (!fgets(answer, sizeof(answer), stdin) || (answer[0] != 'y' && answer[0] != 'Y')) {
        session_say("nothing was changed");
        return -1;
    }
    return 0;
}

/* What a killed run left goes with the next commit; without one, nothing else would remove it. */
static int tidy(struct execution *execution)
{
    if (!execution->preparation->snapshot.leftovers || lock_if_free(execution) != 0)
        return 0;
    return store_tidy(execution->store, &execution->session->problems);
}

/* Under the lock: is the plan still that of this store? What another run was just about to link
 * looked damaged then. (Of what somebody has confirmed, nothing but the same is done; a repair that
 * is no longer needed does no harm.) */
static bool holds(const struct execution *execution, const struct snapshot *now)
{
    const struct plan *plan = &execution->preparation->plan;
    return now->generation == plan->generation &&
           (plan->counts[ACTION_REPAIR] == 0 || execution->session->options->confirm);
}

/* The plan was made without the lock. Where something is to be done, the lock is taken, and where
 * another run was faster the plan is made again: by the clock of now, because what came due while
 * this run waited may be activated already. */
static int settle_plan(struct execution *execution)
{
    struct plan *plan = &execution->preparation->plan;
    if (make_plan(execution) != 0)
        return -1;
    if (plan->blocked)
        return 0;
    if (plan->change_count == 0)
        return tidy(execution);
    if (confirm(execution) != 0 || lock(execution) != 0)
        return -1;
    struct snapshot now;
    if (store_snapshot(execution->store, execution->session->arena, &execution->session->problems,
                       &now) != 0)
        return -1;
    if (holds(execution, &now))
        return 0;
    if (execution->session->options->confirm) {
        problems_add(&execution->session->problems, PROBLEM_STORE_CHANGED,
                     (struct place){.file = NULL},
                     "another run changed the store while this one was being confirmed");
        return -1;
    }
    execution->preparation->at = time(NULL);
    return make_plan(execution);
}

static int render(struct execution *execution, enum report_format format, struct text *ret)
{
    struct report_view view = session_view(execution->session, REPORT_RUN);
    view.run = &execution->run;
    if (report_write(&view, format, ret) == 0)
        return 0;
    return session_out_of_memory(execution->session);
}

/* What the command itself met becomes a part of the run. */
static void take_problems(struct execution *execution)
{
    struct problems *problems = &execution->session->problems;
    problems_append(&execution->run.problems, problems);
    problems_init(problems, execution->session->arena);
}

static int do_plan(struct execution *execution)
{
    struct session *session = execution->session;
    const struct plan *plan = &execution->preparation->plan;
    struct text json = TEXT_INIT;
    int result = -1;
    if (plan->action_count == 0 || render(execution, REPORT_JSON, &json) == 0)
        result = apply_run(&execution->run, execution->store,
                           plan->action_count ? text_string(&json) : NULL, session->arena);
    text_done(&json);
    return result;
}

/* A run that could not even be planned still has a report: an empty plan, and what went wrong. */
static void plan_nothing(struct execution *execution)
{
    struct preparation *preparation = execution->preparation;
    preparation->plan = (struct plan){
        .at = preparation->at,
        .generation = preparation->snapshot.generation,
        .manifests = &preparation->manifests,
        .snapshot = &preparation->snapshot,
        .options = preparation->options,
    };
    problems_init(&preparation->plan.problems, execution->session->arena);
    problems_append(&preparation->plan.problems, &preparation->loading);
}

static int put_run(struct execution *execution, bool finished)
{
    struct text json = TEXT_INIT;
    int result = render(execution, REPORT_JSON, &json);
    if (result == 0)
        result = store_put_run(execution->store,
                               &(struct run_record){
                                   .id = execution->run.id,
                                   .started_at = execution->run.started_at,
                                   .finished = finished,
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
        unlock(execution);
    if (session_lock_outbox(session, execution->store, 0, &unheard) == 0)
        post_outbox(session, execution->store, 0, &left);
}

/* A report of a run that did something is in the outbox before it is sent, so that a crash cannot
 * lose it. */
static void deliver_kept(struct execution *execution)
{
    struct session *session = execution->session;
    size_t left;
    if (lock(execution) != 0 || put_run(execution, true) != 0 || queue_all(execution) != 0)
        return;
    unlock(execution);
    if (execution->targets.url_count == 0) {
        send_waiting(execution);
        return;
    }
    post_outbox(session, execution->store, session->options->lock_timeout, &left);
    bool waits = count_waiting(execution, execution->run.id, NULL) > 0;
    execution->run.delivery = waits ? DELIVERY_QUEUED : DELIVERY_DELIVERED;
    take_problems(execution);
    if (lock(execution) == 0)
        put_run(execution, true);
}

/* 0 once the report waits in the outbox, or -1. */
static int queue_unkept(struct execution *execution, const char *url)
{
    if (!execution->planned || lock(execution) != 0 || put_run(execution, true) != 0)
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

static bool did_something(const struct run *run)
{
    return run_count(run, OUTCOME_SKIPPED) < run->plan->action_count;
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

static void report(struct execution *execution)
{
    struct session *session = execution->session;
    struct run *run = &execution->run;
    run->finished_at = time(NULL);
    post_find_targets(session, &execution->preparation->manifests, &execution->targets);
    if (execution->targets.file_count)
        run->report_file = execution->targets.files[0];
    if (execution->targets.url_count)
        run->report_url = execution->targets.urls[0];
    take_problems(execution);
    bool keep = !execution->refused && tried_something(execution) &&
                (did_something(run) || run->problems.errors > 0);
    bool waits = count_waiting(execution, NULL, NULL) > 0;
    if (!keep && !waits && !execution->targets.file_count && !execution->targets.url_count)
        return;
    if (render(execution, REPORT_HTML, &execution->html) != 0)
        return;
    post_files(session, &execution->targets, &execution->html);
    run->report_file = execution->targets.file_count ? execution->targets.files[0] : NULL;
    if (keep)
        deliver_kept(execution);
    else
        deliver_unkept(execution);
}

/* The store as it is now, for the report's sake. */
static void look_again(struct execution *execution)
{
    struct run *run = &execution->run;
    if (did_something(run) && store_snapshot(execution->store, execution->session->arena,
                                             &execution->session->problems, &execution->after) == 0)
        run->after = &execution->after;
}

static int exit_code(const struct execution *execution)
{
    bool failed = strcmp(run_result(&execution->run), "failed") == 0;
    bool changed = run_count(&execution->run, OUTCOME_DONE) > 0;
    if (execution->session->options->detailed_exitcode)
        return (failed ? 4 : 0) + (changed ? 2 : 0);
    return failed ? EXIT_FAILED : EXIT_DONE;
}

static int show(const struct execution *execution)
{
    struct report_view view = session_view(execution->session, REPORT_RUN);
    view.run = &execution->run;
    int code = session_show(execution->session, &view);
    session_say_problems(execution->session, &execution->run.problems);
    return code;
}

static int carry_out(struct execution *execution)
{
    struct session *session = execution->session;
    bool ready =
        session_open_store(session, true, &execution->store) == 0 && settle_plan(execution) == 0;
    if (!ready && session->problems.errors == 0)
        return EXIT_FAILED; /* not confirmed */
    if (!ready)
        plan_nothing(execution);
    if (run_begin(&execution->run, &execution->preparation->plan, session->now, session->nonce,
                  session->arena) != 0 ||
        (ready && do_plan(execution) != 0)) {
        session_say("out of memory");
        return EXIT_FAILED;
    }
    look_again(execution);
    report(execution);
    take_problems(execution);
    int code = show(execution);
    return code ? code : exit_code(execution);
}

/* What plan prints; nothing is written, locked or posted. */
static int pretend(struct execution *execution)
{
    struct session *session = execution->session;
    if (session_open_store(session, false, &execution->store) != 0 || make_plan(execution) != 0)
        return EXIT_FAILED;
    struct report_view view = session_view(session, REPORT_PLAN);
    view.plan = &execution->preparation->plan;
    int code = session_show(session, &view);
    session_say_problems(session, &execution->preparation->plan.problems);
    return code ? code : prepare_exit_code(execution->preparation, session);
}

int execute(struct session *session, struct preparation *preparation,
            const struct saved_plan *saved)
{
    struct execution execution = {
        .session = session,
        .preparation = preparation,
        .saved = saved,
        .html = TEXT_INIT,
    };
    if (session->options->confirm && !isatty(STDIN_FILENO))
        return session_usage(session->command, "--confirm needs a terminal to ask on");
    int code = session->options->what_if ? pretend(&execution) : carry_out(&execution);
    store_close(execution.store);
    text_done(&execution.html);
    return code;
}
