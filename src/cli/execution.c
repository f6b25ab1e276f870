#include "cli/execution.h"

#include "base/file.h"

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

static struct report_view view_page(const struct execution *execution)
{
    struct report_view view = session_view(execution->session, REPORT_RUN);
    struct problems unheard;
    view.run = &execution->run;
    problems_init(&unheard, execution->session->arena);
    if (execution->store)
        session_view_outbox(execution->session, execution->store, &unheard, &view);
    return view;
}

int execution_render(struct execution *execution)
{
    struct report_view view = view_page(execution);
    text_done(&execution->html);
    if (execution->run.delivery_count == 0 ||
        report_write(&view, REPORT_HTML, &execution->html) == 0)
        return 0;
    return session_out_of_memory(execution->session);
}

int execution_write_page(const void *context, int fd)
{
    const struct execution *execution = context;
    struct report_view view = view_page(execution);
    return report_write_to(&view, REPORT_HTML, fd);
}

int execution_write_report(const void *context, int fd)
{
    const struct text *html = &((const struct execution *)context)->html;
    return html->length > 0 ? file_write_all(fd, html->bytes, html->length)
                            : execution_write_page(context, fd);
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
