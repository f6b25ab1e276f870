#include "cli/execution.h"

int execution_lock(struct execution *execution)
{
    if (!execution->locked && !execution->refused) {
        struct session *session = execution->session;
        execution->locked = session_lock(session, execution->store, session->options->lock_timeout,
                                         &session->problems) == 0;
        execution->refused = !execution->locked;
    }
    return execution->locked ? 0 : -1;
}

int execution_lock_if_free(struct execution *execution)
{
    struct problems unheard;
    problems_init(&unheard, execution->session->arena);
    if (!execution->locked && !execution->refused)
        execution->locked = session_lock(execution->session, execution->store, 0, &unheard) == 0;
    return execution->locked ? 0 : -1;
}

void execution_unlock(struct execution *execution)
{
    store_unlock(execution->store);
    execution->locked = false;
}

int execution_render(struct execution *execution, struct text *ret)
{
    struct report_view view = session_view(execution->session, REPORT_RUN);
    struct problems unheard;
    view.run = &execution->run;
    problems_init(&unheard, execution->session->arena);
    if (execution->store)
        session_view_outbox(execution->session, execution->store, &unheard, &view);
    if (report_write(&view, REPORT_HTML, ret) == 0)
        return 0;
    return session_out_of_memory(execution->session);
}

int execution_write_text(const void *context, int fd)
{
    const struct execution *execution = context;
    struct report_view view = session_view(execution->session, REPORT_RUN);
    view.run = &execution->run;
    view.compact = true;
    return report_write_to(&view, REPORT_JSON, fd);
}

void execution_take_problems(struct execution *execution)
{
    struct problems *problems = &execution->session->problems;
    problems_append(&execution->run.problems, problems);
    problems_init(problems, execution->session->arena);
}

bool execution_did_something(const struct execution *execution)
{
    return run_count(&execution->run, OUTCOME_SKIPPED) < execution->run.plan->action_count;
}
