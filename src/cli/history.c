#include "cli/command.h"

static int show_history(struct session *session, struct store *store)
{
    struct run_record *records;
    size_t count;
    if (store_runs(store, session->arena, &session->problems, &records, &count) != 0)
        return EXIT_FAILED;
    struct past_run *runs = arena_alloc(session->arena, count, sizeof(*runs));
    if (!runs) {
        session_say("out of memory");
        return EXIT_FAILED;
    }
    for (size_t i = 0; i < count; i++)
        runs[i] = (struct past_run){records[i].json, records[i].report, records[i].finished};
    struct report_view view = session_view(session, REPORT_HISTORY);
    view.runs = runs;
    view.run_count = count;
    return session_show(session, &view);
}

int command_history(struct session *session)
{
    struct store *store = NULL;
    int code = EXIT_FAILED;
    if (session_open_store(session, false, &store) == 0)
        code = show_history(session, store);
    session_say_problems(session, &session->problems);
    store_close(store);
    return code;
}
