#include "cli/command.h"
#include "cli/post.h"

static int deliver(struct session *session, struct store *store)
{
    struct outbox_item *items;
    size_t count, left = 0;
    if (store_outbox(store, session->arena, &session->problems, &items, &count) != 0)
        return EXIT_FAILED;
    if (count > 0 && post_outbox(session, store, session->options->lock_timeout, &left) != 0)
        return EXIT_FAILED;
    struct report_view view = session_view(session, REPORT_DELIVERY);
    view.problems = &session->problems;
    view.delivered = count - left;
    view.outbox_count = left;
    int code = session_show(session, &view);
    return code || left ? EXIT_FAILED : EXIT_DONE;
}

int command_deliver(struct session *session)
{
    struct store *store = NULL;
    int code = EXIT_FAILED;
    if (session_open_store(session, true, &store) == 0)
        code = deliver(session, store);
    session_say_problems(session, &session->problems);
    store_close(store);
    return code;
}
