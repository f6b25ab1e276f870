#include "cli/command.h"
#include "cli/old_index.h"
#include "cli/rebuild.h"

static int verify(struct session *session, struct store *store)
{
    struct store_figures figures = {0, 0, 0};
    bool rebuilt = false;
    if ((session->options->rebuild && rebuild_index(session, store, &rebuilt) != 0) ||
        old_index_check(session, store, &session->problems) != 0 ||
        store_verify(store, &session->problems, &figures) != 0)
        return session_show_failure(session, REPORT_VERIFICATION);
    struct report_view view = session_view(session, REPORT_VERIFICATION);
    view.rebuilt = rebuilt;
    view.objects = figures.objects;
    view.links = figures.links;
    view.unreferenced = figures.unreferenced;
    int code = session_show(session, &view);
    return code || session->problems.errors > 0 ? EXIT_FAILED : EXIT_DONE;
}

int command_verify(struct session *session)
{
    struct store *store = NULL;
    int code = session_open_store(session, session->options->rebuild, &store) == 0
                   ? verify(session, store)
                   : session_show_failure(session, REPORT_VERIFICATION);
    session_say_problems(session, &session->problems);
    store_close(store);
    return code;
}
