#include "cli/post.h"

#include "base/monotonic.h"

#include <string.h>
#include <time.h>

void post_begin(struct post *post, struct session *session, struct store *store,
                struct problems *problems)
{
    *post = (struct post){.session = session, .store = store};
    post->ready = deliver_settings_read(session->environment, session->options->report_timeout,
                                        session->arena, problems, &post->settings) == 0;
    post->left = (int64_t)post->settings.timeout * 1000;
}

void post_end(struct post *post)
{
    deliver_settings_done(&post->settings);
}

/* NULL with a problem. */
static struct post_lane *find_lane(struct post *post, const char *url)
{
    for (size_t i = 0; i < post->lane_count; i++)
        if (strcmp(post->lanes[i].url, url) == 0)
            return &post->lanes[i];
    if (arena_grow(post->session->arena, &post->lanes, post->lane_count, &post->lane_capacity,
                   sizeof(*post->lanes)) != 0) {
        session_out_of_memory(post->session);
        return NULL;
    }
    struct post_lane *lane = &post->lanes[post->lane_count++];
    *lane = (struct post_lane){.url = url};
    return lane;
}

static int note(struct post *post, const char *run_id, const char *url,
                const struct deliver_result *result)
{
    if (arena_grow(post->session->arena, &post->outcomes, post->outcome_count,
                   &post->outcome_capacity, sizeof(*post->outcomes)) != 0)
        return session_out_of_memory(post->session);
    post->outcomes[post->outcome_count++] =
        (struct post_outcome){run_id, url, result->delivered, result->attempts, result->error};
    return 0;
}

const struct post_outcome *post_find_outcome(const struct post *post, const char *run_id,
                                             const char *url)
{
    for (size_t i = post->outcome_count; i-- > 0;)
        if (strcmp(post->outcomes[i].run_id, run_id) == 0 &&
            strcmp(post->outcomes[i].url, url) == 0)
            return &post->outcomes[i];
    return NULL;
}

size_t post_count_delivered(const struct post *post)
{
    size_t count = 0;
    for (size_t i = 0; i < post->outcome_count; i++)
        count += post->outcomes[i].delivered;
    return count;
}

/* Not delivered: more of what waits for the same receiver may wait with it. */
static void say_failed(struct post *post, const struct post_lane *lane, const char *run_id,
                       const struct deliver_result *result)
{
    struct text more = TEXT_INIT;
    if (lane->error && lane->waits)
        text_printf(&more, "; %zu more %s behind it", lane->waits,
                    lane->waits == 1 ? "waits" : "wait");
    problems_add(&post->session->problems, PROBLEM_DELIVERY_FAILED, NOWHERE,
                 "the report of the run %s did not reach %s: %s%s", run_id, lane->url,
                 result->error, text_string(&more));
    text_done(&more);
}

/* A receiver that failed is out for the rest of the command; one that refused this report for good
 * may take the next. */
static int send_one(struct post *post, struct post_lane *lane, struct deliver_request *request,
                    struct deliver_result *ret)
{
    int64_t start = monotonic_now();
    request->budget = lane->left;
    *ret = (struct deliver_result){.delivered = false};
    if (!post->ready)
        ret->error = "the settings for sending it cannot be used";
    else if (lane->left <= 0)
        ret->error = "the time for sending was used up before";
    else if (deliver_post(&post->settings, request, post->session->arena, ret) != 0)
        return session_out_of_memory(post->session);
    int64_t spent = monotonic_now() - start;
    lane->left -= spent;
    post->left -= spent;
    if (!ret->delivered && !ret->permanent)
        lane->error = ret->error;
    if (!ret->delivered)
        say_failed(post, lane, request->run_id, ret);
    return note(post, request->run_id, lane->url, ret);
}

/* For how long a lock may be waited for: what was sent is written down even when time is up. */
static int lock_time(const struct post *post, int timeout)
{
    int most = post->left < 2000 ? 1 : (int)(post->left / 1000);
    return timeout < most ? timeout : most;
}

/* What became of it, while the store is locked for that moment. */
static int record(struct post *post, const struct outbox_item *item,
                  const struct deliver_result *sent)
{
    struct session *session = post->session;
    struct problems *problems = &session->problems;
    int64_t start = monotonic_now();
    int error = session_lock(session, post->store, lock_time(post, session->options->lock_timeout),
                             problems);
    post->left -= monotonic_now() - start;
    if (error)
        return -1;
    int result = sent->delivered ? store_outbox_done(post->store, item->id, problems)
                                 : store_outbox_failed(post->store, item->id, sent->attempts,
                                                       sent->error, problems);
    store_unlock(post->store);
    return result;
}

static int send_item(struct post *post, struct post_lane *lane, const struct outbox_item *item)
{
    const char *html = NULL;
    struct deliver_result sent;
    if (store_report(post->store, item->run_id, post->session->arena, &post->session->problems,
                     &html) != 0)
        return -1;
    struct deliver_request request = {
        .url = item->url,
        .run_id = item->run_id,
        .result = item->result,
        .body = html,
        .body_size = strlen(html),
    };
    if (send_one(post, lane, &request, &sent) != 0)
        return -1;
    return sent.attempts ? record(post, item, &sent) : 0;
}

static int send_lane(struct post *post, struct post_lane *lane, const struct outbox_item *items,
                     size_t count)
{
    int result = 0;
    for (size_t i = 0; i < count && !lane->error; i++) {
        if (strcmp(items[i].url, lane->url) != 0)
            continue;
        lane->waits--;
        if (send_item(post, lane, &items[i]) != 0)
            result = -1;
    }
    lane->waits = 0;
    return result;
}

static bool is_chosen(const struct post_choice *choice, const struct outbox_item *item)
{
    if (item->id <= choice->above || (choice->below && item->id >= choice->below))
        return false;
    return !choice->run_id || (strcmp(choice->run_id, item->run_id) == 0) != choice->others;
}

/* Puts what is chosen of the items on its lanes; ret_count of them are left, in order. */
static int load_lanes(struct post *post, const struct post_choice *choice,
                      struct outbox_item *items, size_t count, size_t *ret_count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_chosen(choice, &items[i]))
            continue;
        struct post_lane *lane = find_lane(post, items[i].url);
        if (!lane)
            return -1;
        if (lane->waits++ == 0)
            lane->attempts = items[i].attempts;
        items[kept++] = items[i];
    }
    *ret_count = kept;
    return 0;
}

/* The lane that failed least among those on which something waits, and how many those are. */
static struct post_lane *next_lane(struct post *post, size_t *ret_count)
{
    struct post_lane *next = NULL;
    size_t count = 0;
    for (size_t i = 0; i < post->lane_count; i++) {
        struct post_lane *lane = &post->lanes[i];
        count += lane->waits > 0;
        if (lane->waits > 0 && (!next || lane->attempts < next->attempts))
            next = lane;
    }
    *ret_count = count;
    return next;
}

int post_outbox(struct post *post, const struct post_choice *choice)
{
    struct outbox_item *items;
    size_t count, lanes;
    int result = 0;
    if (store_outbox(post->store, post->session->arena, &post->session->problems, &items, &count) !=
            0 ||
        load_lanes(post, choice, items, count, &count) != 0)
        return -1;
    for (struct post_lane *lane; (lane = next_lane(post, &lanes));) {
        lane->left = post->left / (int64_t)(lanes + choice->to_come);
        if (send_lane(post, lane, items, count) != 0)
            result = -1;
    }
    return result;
}

int post_now(struct post *post, struct deliver_request *request, size_t to_come)
{
    struct post_lane *lane = find_lane(post, request->url);
    struct deliver_result sent;
    if (!lane)
        return -1;
    if (lane->error)
        return 0;
    lane->left = post->left / (int64_t)(1 + to_come);
    return send_one(post, lane, request, &sent);
}

int post_lock(struct post *post, int timeout, struct problems *problems)
{
    int64_t start = monotonic_now();
    int result =
        session_lock_outbox(post->session, post->store, lock_time(post, timeout), problems);
    post->left -= monotonic_now() - start;
    return result;
}

const char *post_why_not(const struct post *post, const char *url)
{
    for (size_t i = 0; i < post->lane_count; i++)
        if (strcmp(post->lanes[i].url, url) == 0)
            return post->lanes[i].error;
    return NULL;
}

static void say_dropped(struct session *session, const struct outbox_dropped *dropped)
{
    static const char *const why[] = {
        [OUTBOX_TOO_OLD] = "it has waited for more than 7 days",
        [OUTBOX_TOO_MANY] = "more than 100 reports wait for this URL",
        [OUTBOX_TOO_LARGE] = "the reports that wait have more than 64 MiB",
        [OUTBOX_LOST] = "it is not in the store any more",
    };
    const struct outbox_item *item = &dropped->item;
    problems_add(&session->problems, PROBLEM_REPORT_DROPPED, NOWHERE,
                 "the report of the run %s will not reach %s: %s%s%s", item->run_id, item->url,
                 why[dropped->why], item->last_error ? "; the last attempt: " : "",
                 item->last_error ? item->last_error : "");
}

int post_trim(struct session *session, struct store *store)
{
    struct outbox_dropped *dropped;
    size_t count;
    if (store_outbox_trim(store, time(NULL), session->arena, &session->problems, &dropped,
                          &count) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        say_dropped(session, &dropped[i]);
    return 0;
}
