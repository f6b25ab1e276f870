#include "cli/execute.h"

#include "apply/apply.h"
#include "cli/execution.h"
#include "cli/progress.h"
#include "store/after.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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
    prepare_forget_passwords(execution->preparation); /* what is confirmed is not planned again */
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
    if (!execution->preparation->snapshot.leftovers || execution_lock_if_free(execution) != 0)
        return 0;
    return store_tidy(execution->store, &execution->session->problems);
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
    if (confirm(execution) != 0 || execution_lock(execution) != 0)
        return -1;
    int still = store_is_still(execution->store, &execution->preparation->snapshot,
                               &execution->session->problems);
    bool confirmed = execution->session->options->confirm;
    if (still == STORE_IS_STILL || (still == STORE_HAS_HEALED && confirmed))
        return 0; /* a repair that is no longer needed does no harm */
    if (still < 0)
        return -1;
    if (confirmed) {
        problems_add(&execution->session->problems, PROBLEM_STORE_CHANGED, NOWHERE,
                     "another run changed the store while this one was being confirmed");
        return -1;
    }
    execution->preparation->at = time(NULL);
    return make_plan(execution);
}

static bool any_damage(const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->certificate_count; i++)
        if (snapshot->certificates[i].damage)
            return true;
    return false;
}

/* A commit removes what killed runs left. What was changed may be what this run has let go, so that
 * only the history refers to it now. Not after one that has failed: what a link still shows that it
 * could not set, the index does not know any more. */
static void tidy_rest(struct execution *execution)
{
    const struct snapshot *snapshot = &execution->preparation->snapshot;
    if (execution->locked && (snapshot->leftovers || any_damage(snapshot)))
        store_tidy(execution->store, &execution->session->problems);
}

static void count_object(void *context)
{
    progress_step(context);
}

static int do_plan(struct execution *execution)
{
    struct session *session = execution->session;
    const struct plan *plan = &execution->preparation->plan;
    const struct run_text text = {execution_write_text, execution};
    struct progress progress;
    const struct commit_watch watch = {count_object, &progress};
    size_t objects = 0;
    for (size_t i = 0; i < plan->change_count; i++)
        objects += plan->changes[i].kind == CHANGE_PUT_OBJECT ||
                   plan->changes[i].kind == CHANGE_REPAIR_OBJECT ||
                   plan->changes[i].kind == CHANGE_SET_ACCESS;
    size_t errors = execution->run.problems.errors;
    progress_begin(&progress, session->interactive && !session->options->quiet, "objects", objects);
    int result = apply_run(&execution->run, execution->store, plan->action_count ? &text : NULL,
                           objects ? &watch : NULL, session->arena);
    progress_end(&progress);
    if (result == 0 && !plan->blocked && execution->run.problems.errors == errors)
        tidy_rest(execution);
    return result;
}

/* The store as it is now, for the report's sake. Where all was done it is not looked at again. */
static void look_again(struct execution *execution)
{
    struct run *run = &execution->run;
    const struct plan *plan = run->plan;
    if (!execution_did_something(execution))
        return;
    bool known = run_count(run, OUTCOME_DONE) == plan->action_count &&
                 snapshot_after(plan->snapshot, plan->changes, plan->change_count,
                                execution->session->arena, &execution->after) == 0;
    if (known || store_snapshot(execution->store, execution->session->arena,
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

/* All but what was said before the first change. */
static void say_problems(const struct execution *execution)
{
    const struct problems *all = &execution->run.problems;
    size_t end = execution->sending_at + execution->sending.count;
    struct problems shown, before = *all, after = *all;
    problems_init(&shown, execution->session->arena);
    before.count = execution->sending_at;
    after.items += end;
    after.count -= end;
    problems_append(&shown, &before);
    problems_append(&shown, &after);
    session_say_problems(execution->session, &shown);
}

static int show(const struct execution *execution)
{
    struct report_view view = session_view(execution->session, REPORT_RUN);
    view.run = &execution->run;
    int code = session_show(execution->session, &view);
    say_problems(execution);
    return code;
}

static int carry_out(struct execution *execution)
{
    struct session *session = execution->session;
    bool ready = session->problems.errors == 0; /* else a saved plan could not be read */
    ready = session_open_store(session, true, &execution->store) == 0 && ready;
    hand_over_prepare(execution);
    ready = ready && settle_plan(execution) == 0;
    if (!ready && session->problems.errors == 0)
        return EXIT_FAILED; /* not confirmed */
    if (!ready)             /* it still has a report */
        prepare_nothing(execution->preparation, session);
    prepare_forget_passwords(execution->preparation);
    if (run_begin(&execution->run, &execution->preparation->plan, session->now, session->nonce,
                  session->arena) != 0) {
        session_say("out of memory");
        return EXIT_FAILED;
    }
    hand_over_begin(execution);
    if (ready && do_plan(execution) != 0) {
        session_say("out of memory");
        return EXIT_FAILED;
    }
    prepare_forget_files(execution->preparation);
    look_again(execution);
    hand_over(execution);
    execution_take_problems(execution);
    int code = show(execution);
    return code ? code : exit_code(execution);
}

/* What plan prints; nothing is written, locked or posted. */
static int pretend(struct execution *execution)
{
    struct session *session = execution->session;
    if (session->problems.errors > 0 ||
        session_open_store(session, false, &execution->store) != 0 || make_plan(execution) != 0)
        return prepare_fail(execution->preparation, session);
    prepare_forget_passwords(execution->preparation);
    prepare_forget_files(execution->preparation);
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
    post_end(&execution.post);
    store_close(execution.store);
    text_done(&execution.html);
    return code;
}
