#include "cli/command.h"

static int read_outbox(struct session *session, struct store *store, struct report_view *view)
{
    struct outbox_item *items;
    size_t count;
    if (store_outbox(store, session->arena, &session->problems, &items, &count) != 0)
        return -1;
    struct waiting_report *waiting = arena_alloc(session->arena, count, sizeof(*waiting));
    if (!waiting)
        return session_out_of_memory(session);
    for (size_t i = 0; i < count; i++)
        waiting[i] = (struct waiting_report){items[i].run_id, items[i].url, items[i].queued_at,
                                             items[i].attempts, items[i].last_error};
    view->outbox = waiting;
    view->outbox_count = count;
    return 0;
}

static int show_status(struct session *session, struct store *store)
{
    struct snapshot snapshot;
    struct report_view view = session_view(session, REPORT_STATUS);
    if (store_snapshot(store, session->arena, &session->problems, &snapshot) != 0 ||
        read_outbox(session, store, &view) != 0)
        return EXIT_FAILED;
    view.snapshot = &snapshot;
    return session_show(session, &view);
}

int command_status(struct session *session)
{
    struct store *store = NULL;
    int code = EXIT_FAILED;
    if (session_open_store(session, false, &store) == 0)
        code = show_status(session, store);
    session_say_problems(session, &session->problems);
    store_close(store);
    return code;
}
