#include "cli/command.h"
#include "cli/prepare.h"
#include "cli/saved_plan.h"

static int show_plan(struct session *session, struct preparation *preparation)
{
    const char *out = session->options->out;
    prepare_forget_passwords(preparation);
    prepare_forget_files(preparation);
    struct report_view view = session_view(session, REPORT_PLAN);
    view.plan = &preparation->plan;
    if (session_show(session, &view) != 0)
        return EXIT_FAILED;
    session_say_problems(session, &preparation->plan.problems);
    if (out && saved_plan_write(out, preparation, session) != 0)
        return EXIT_FAILED;
    return prepare_exit_code(preparation, session);
}

int command_plan(struct session *session)
{
    const struct options *options = session->options;
    struct preparation preparation;
    struct store *store = NULL;
    int code;
    prepare_init(&preparation, session);
    if (options->at && instant_parse(options->at, &preparation.at) != 0)
        return session_usage("plan", "--at takes a time such as 2027-01-31T02:00:00+01:00");
    if (prepare_load(&preparation, session, (const char *const *)options->operands,
                     options->operand_count) == 0 &&
        session_open_store(session, false, &store) == 0 &&
        prepare_plan(&preparation, session, store) == 0)
        code = show_plan(session, &preparation);
    else
        code = prepare_fail(&preparation, session);
    session_say_problems(session, &session->problems);
    store_close(store);
    prepare_done(&preparation);
    return code;
}
