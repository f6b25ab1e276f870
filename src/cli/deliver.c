#include "cli/command.h"
#include "cli/old_index.h"
#include "cli/post.h"

static int count_waiting(struct session *session, struct store *store, size_t *ret)
{
    struct outbox_item *items;
    return store_outbox(store, session->arena, &session->problems, &items, ret);
}

static int send(struct post *post)
{
    struct session *session = post->session;
    int result = 0;
    if (post_lock(post, session->options->lock_timeout, &session->problems) != 0)
        return -1;
    if (post_outbox(post, &(struct post_choice){.run_id = NULL}) != 0)
        result = -1;
    if (session_lock(session, post->store, session->options->lock_timeout, &session->problems) != 0)
        return -1;
    if (post_trim(session, post->store) != 0)
        result = -1;
    store_unlock(post->store);
    return result;
}

static int deliver(struct session *session, struct store *store)
{
    struct post post CLEANUP(post_end) = {.session = NULL};
    struct report_view view = session_view(session, REPORT_DELIVERY);
    size_t count;
    int result = 0;
    if (count_waiting(session, store, &count) != 0 ||
        old_index_check(session, store, &session->problems) != 0 ||
        (count == 0 && session_view_absence(session, store, &view) != 0))
        return session_show_failure(session, REPORT_DELIVERY);
    if (count > 0) {
        post_begin(&post, session, store, &session->problems);
        result = send(&post);
    }
    if (count > 0 && count_waiting(session, store, &count) != 0)
        return session_show_failure(session, REPORT_DELIVERY);
    view.delivered = post_count_delivered(&post);
    view.outbox_count = count;
    int code = session_show(session, &view);
    return code || result != 0 || session->problems.errors > 0 ? EXIT_FAILED : EXIT_DONE;
}

/* What waits for a URL that was meant to be another one. Nobody sends it meanwhile. */
static int let_go(struct session *session, struct store *store, struct outbox_item **ret_items,
                  size_t *ret_count)
{
    struct problems *problems = &session->problems;
    int timeout = session->options->lock_timeout;
    if (session_lock_outbox(session, store, timeout, problems) != 0 ||
        session_lock(session, store, timeout, problems) != 0)
        return -1;
    return store_outbox_drop(store, session->options->drop, session->arena, problems, ret_items,
                             ret_count);
}

static int drop(struct session *session, struct store *store)
{
    struct outbox_item *items = NULL;
    size_t count = 0, left;
    struct report_view view = session_view(session, REPORT_DELIVERY);
    if (count_waiting(session, store, &left) != 0 ||
        old_index_check(session, store, &session->problems) != 0 ||
        (left == 0 && session_view_absence(session, store, &view) != 0) ||
        (left > 0 && let_go(session, store, &items, &count) != 0) ||
        (count > 0 && count_waiting(session, store, &left) != 0))
        return session_show_failure(session, REPORT_DELIVERY);
    view.dropped = session_view_items(session, items, count);
    if (!view.dropped)
        return session_show_failure(session, REPORT_DELIVERY);
    view.dropped_url = session->options->drop;
    view.dropped_count = count;
    view.outbox_count = left;
    return session_show(session, &view);
}

int command_deliver(struct session *session)
{
    struct store *store = NULL;
    int (*act)(struct session *, struct store *) = session->options->drop ? drop : deliver;
    int code = session_open_store(session, true, &store) == 0
                   ? act(session, store)
                   : session_show_failure(session, REPORT_DELIVERY);
    session_say_problems(session, &session->problems);
    store_close(store);
    return code;
}
