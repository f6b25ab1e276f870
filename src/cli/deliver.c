#include "cli/command.h"
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

int command_deliver(struct session *session)
{
    struct store *store = NULL;
    int code = session_open_store(session, true, &store) == 0
                   ? deliver(session, store)
                   : session_show_failure(session, REPORT_DELIVERY);
    session_say_problems(session, &session->problems);
    store_close(store);
    return code;
}
