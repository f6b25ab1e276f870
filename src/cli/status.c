#include "cli/command.h"
#include "cli/old_index.h"

static int show_status(struct session *session, struct store *store)
{
    struct snapshot snapshot;
    struct report_view view = session_view(session, REPORT_STATUS);
    if (store_snapshot(store, session->arena, &session->problems, &snapshot) != 0 ||
        session_view_outbox(session, store, &session->problems, &view) != 0 ||
        (snapshot.generation == 0 && session_view_absence(session, store, &view) != 0))
        return session_show_failure(session, REPORT_STATUS);
    int old = old_index_check_snapshot(session, store, &snapshot, &session->problems);
    view.snapshot = &snapshot;
    view.store = session->store;
    return session_show(session, &view) || old != 0 ? EXIT_FAILED : EXIT_DONE;
}

int command_status(struct session *session)
{
    struct store *store = NULL;
    int code = session_open_store(session, false, &store) == 0
                   ? show_status(session, store)
                   : session_show_failure(session, REPORT_STATUS);
    session_say_problems(session, &session->problems);
    store_close(store);
    return code;
}
