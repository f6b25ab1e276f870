#include "cli/post.h"

#include "base/file.h"
#include "deliver/deliver.h"

#include <string.h>

static void add_once(const char **list, size_t *count, const char *item)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(list[i], item) == 0)
            return;
    list[(*count)++] = item;
}

/* A URL that cannot be used is none. */
static void leave_out_bad_urls(struct session *session, struct post_targets *targets)
{
    size_t good = 0;
    for (size_t i = 0; i < targets->url_count; i++)
        if (deliver_check_url(targets->urls[i], NOWHERE, &session->problems) == 0)
            targets->urls[good++] = targets->urls[i];
    targets->url_count = good;
}

void post_find_targets(struct session *session, const struct manifests *manifests,
                       struct post_targets *ret)
{
    const struct options *options = session->options;
    struct post_targets targets = {
        .files = arena_alloc(session->arena, manifests->count + 1, sizeof(*targets.files)),
        .urls = arena_alloc(session->arena, manifests->count + 1, sizeof(*targets.urls)),
    };
    *ret = (struct post_targets){.files = NULL};
    if (!targets.files || !targets.urls) {
        session_out_of_memory(session);
        return;
    }
    if (options->report)
        add_once(targets.files, &targets.file_count, options->report);
    if (options->report_url)
        add_once(targets.urls, &targets.url_count, options->report_url);
    for (size_t m = 0; m < manifests->count; m++) {
        const struct manifest *manifest = &manifests->items[m];
        if (!options->report && manifest->report_file)
            add_once(targets.files, &targets.file_count, manifest->report_file);
        if (!options->report_url && manifest->report_url)
            add_once(targets.urls, &targets.url_count, manifest->report_url);
    }
    leave_out_bad_urls(session, &targets);
    *ret = targets;
}

void post_files(struct session *session, struct post_targets *targets, const struct text *html)
{
    char buffer[128];
    size_t written = 0;
    for (size_t i = 0; i < targets->file_count; i++) {
        int error = session_write(targets->files[i], html->bytes, html->length);
        if (error)
            problems_add(&session->problems, PROBLEM_REPORT_FAILED, NOWHERE,
                         "the report could not be written to %s: %s", targets->files[i],
                         file_error(error, buffer, sizeof(buffer)));
        else
            targets->files[written++] = targets->files[i];
    }
    targets->file_count = written;
}

static void say_failed(struct session *session, const char *run_id, const char *url,
                       const struct deliver_result *result)
{
    problems_add(&session->problems, PROBLEM_DELIVERY_FAILED, NOWHERE,
                 "the report of the run %s did not reach %s: %s", run_id, url, result->error);
}

/* Has an item before this one, for the same URL, been held up? */
static bool held_back(const struct outbox_item *items, const bool *held, size_t i)
{
    for (size_t before = 0; before < i; before++)
        if (held[before] && strcmp(items[before].url, items[i].url) == 0)
            return true;
    return false;
}

/* What became of it, while the store is locked for that moment. */
static int record(struct session *session, struct store *store, const struct outbox_item *item,
                  const struct deliver_result *sent)
{
    if (session_lock(session, store, session->options->lock_timeout, &session->problems) != 0)
        return -1;
    int result = sent->delivered
                     ? store_outbox_done(store, item->id, &session->problems)
                     : store_outbox_failed(store, item->id, sent->error, &session->problems);
    store_unlock(store);
    return result;
}

static int send_item(struct session *session, struct store *store,
                     const struct deliver_settings *settings, const struct outbox_item *item,
                     struct deliver_result *ret)
{
    const char *html = NULL;
    if (store_report(store, item->run_id, session->arena, &session->problems, &html) != 0)
        return -1;
    struct deliver_request request = {
        .url = item->url,
        .run_id = item->run_id,
        .result = item->result,
        .body = html,
        .body_size = strlen(html),
    };
    if (deliver_post(settings, &request, session->arena, ret) != 0)
        return session_out_of_memory(session);
    if (!ret->delivered)
        say_failed(session, item->run_id, item->url, ret);
    return record(session, store, item, ret);
}

static int send_all(struct session *session, struct store *store,
                    const struct deliver_settings *settings, const struct outbox_item *items,
                    size_t count, size_t *ret_left)
{
    bool *held = arena_alloc(session->arena, count, sizeof(*held));
    if (!held)
        return session_out_of_memory(session);
    int result = 0;
    for (size_t i = 0; i < count; i++) {
        struct deliver_result sent = {.delivered = false};
        held[i] = held_back(items, held, i);
        if (!held[i] && send_item(session, store, settings, &items[i], &sent) != 0)
            result = -1;
        *ret_left += !sent.delivered;
        held[i] = held[i] || (!sent.delivered && !sent.permanent);
    }
    return result;
}

int post_outbox(struct session *session, struct store *store, int timeout, size_t *ret_left)
{
    struct outbox_item *items;
    size_t count;
    struct deliver_settings settings;
    *ret_left = 0;
    if (session_lock_outbox(session, store, timeout, &session->problems) != 0 ||
        store_outbox(store, session->arena, &session->problems, &items, &count) != 0)
        return -1;
    if (count == 0)
        return 0;
    if (deliver_settings_read(session->environment, session->arena, &session->problems,
                              &settings) != 0) {
        *ret_left = count;
        return -1;
    }
    int result = send_all(session, store, &settings, items, count, ret_left);
    deliver_settings_done(&settings);
    return result;
}

int post_now(struct session *session, const struct run *run, const char *url,
             const struct text *html)
{
    struct deliver_settings settings;
    struct deliver_result result = {.delivered = false};
    struct deliver_request request = {
        .url = url,
        .run_id = run->id,
        .result = run_result(run),
        .body = html->bytes,
        .body_size = html->length,
    };
    if (deliver_settings_read(session->environment, session->arena, &session->problems,
                              &settings) != 0)
        return -1;
    int code = deliver_post(&settings, &request, session->arena, &result);
    deliver_settings_done(&settings);
    if (code != 0)
        return session_out_of_memory(session);
    if (!result.delivered)
        say_failed(session, run->id, url, &result);
    return result.delivered ? 0 : -1;
}
