/*
 * What is made of a receiver's answers, and of a library that fails: libcurl without a network,
 * that answers as the test wants, and a clock that only waiting moves.
 */
#include "../failing.h"
#include "deliver/deliver.h"
#include "deliver/libcurl.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ANSWERS_MOST = 10 };

struct reply {
    CURLcode code;
    long status;
    curl_off_t retry_after;
    const char *location;
    long verify;
};

const struct libcurl *__real_libcurl_load(void);
const struct libcurl *__wrap_libcurl_load(void);
int64_t __wrap_monotonic_now(void);
void __wrap_monotonic_sleep(int64_t milliseconds);

/* What the receiver answers, one after the other, the last one again and again; and what it saw. */
static struct {
    struct reply replies[ANSWERS_MOST];
    size_t count, performed, closed;
    char urls[ANSWERS_MOST][128];
    long timeouts[ANSWERS_MOST];
    int64_t clock, waits[ANSWERS_MOST];
    size_t waited;
    size_t fails_at, calls; /* the call that fails; 0: none */
    bool missing, broken, handleless;
    size_t body; /* bytes of the answer's body */
    size_t (*write)(char *, size_t, size_t, void *);
    void *write_to;
} peer;

int64_t __wrap_monotonic_now(void)
{
    return peer.clock;
}

void __wrap_monotonic_sleep(int64_t milliseconds)
{
    peer.waits[peer.waited++ % ANSWERS_MOST] = milliseconds;
    peer.clock += milliseconds;
}

static const struct reply *reply(void)
{
    size_t i = peer.performed ? peer.performed - 1 : 0;
    return &peer.replies[i < peer.count ? i : peer.count - 1];
}

static CURLcode begin(long flags)
{
    (void)flags;
    return peer.broken ? CURLE_FAILED_INIT : CURLE_OK;
}

static void end(void)
{
}

static CURL *open_handle(void)
{
    return peer.handleless ? NULL : (CURL *)&peer;
}

static void close_handle(CURL *curl)
{
    assert_ptr_equal(curl, &peer);
    peer.closed++;
}

static void take_option(CURLoption option, va_list arguments)
{
    if (option == CURLOPT_URL)
        strncpy(peer.urls[peer.performed % ANSWERS_MOST], va_arg(arguments, const char *), 127);
    else if (option == CURLOPT_TIMEOUT_MS)
        peer.timeouts[peer.performed % ANSWERS_MOST] = va_arg(arguments, long);
    else if (option == CURLOPT_WRITEFUNCTION)
        peer.write = va_arg(arguments, size_t(*)(char *, size_t, size_t, void *));
    else if (option == CURLOPT_WRITEDATA)
        peer.write_to = va_arg(arguments, void *);
}

static CURLcode set_option(CURL *curl, CURLoption option, ...)
{
    va_list arguments;
    (void)curl;
    if (++peer.calls == peer.fails_at)
        return CURLE_OUT_OF_MEMORY;
    va_start(arguments, option);
    take_option(option, arguments);
    va_end(arguments);
    return CURLE_OK;
}

static CURLcode perform(CURL *curl)
{
    char bytes[1024] = "";
    (void)curl;
    peer.performed++;
    for (size_t sent = 0; sent < peer.body; sent += sizeof(bytes))
        if (peer.write(bytes, 1, sizeof(bytes), peer.write_to) != sizeof(bytes))
            return CURLE_WRITE_ERROR;
    return reply()->code;
}

static CURLcode get_info(CURL *curl, CURLINFO info, ...)
{
    va_list arguments;
    (void)curl;
    va_start(arguments, info);
    if (info == CURLINFO_RESPONSE_CODE)
        *va_arg(arguments, long *) = reply()->status;
    else if (info == CURLINFO_RETRY_AFTER)
        *va_arg(arguments, curl_off_t *) = reply()->retry_after;
    else if (info == CURLINFO_REDIRECT_URL)
        *va_arg(arguments, const char **) = reply()->location;
    else if (info == CURLINFO_SSL_VERIFYRESULT)
        *va_arg(arguments, long *) = reply()->verify;
    va_end(arguments);
    return CURLE_OK;
}

const struct libcurl *__wrap_libcurl_load(void)
{
    static struct libcurl library;
    if (peer.missing)
        return NULL;
    library = *__real_libcurl_load();
    library.global_init = begin;
    library.global_cleanup = end;
    library.easy_init = open_handle;
    library.easy_cleanup = close_handle;
    library.easy_setopt = set_option;
    library.easy_perform = perform;
    library.easy_getinfo = get_info;
    return &library;
}

static int setup(void **state)
{
    memset(&peer, 0, sizeof(peer));
    peer.clock = 1000000;
    *state = arena_new();
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static int post_within(struct arena *arena, int64_t budget, struct deliver_result *ret)
{
    static const struct deliver_settings settings = {
        .ca_file = "ca.pem", .client_cert = "client.pem", .client_key = "client.key"};
    const struct deliver_request request = {
        .url = "https://reports.example.com/certroll",
        .run_id = "20261122T090000Z-3f9a1c",
        .result = "ok",
        .body = "<p>",
        .body_size = 3,
        .budget = budget,
    };
    return deliver_post(&settings, &request, arena, ret);
}

static struct deliver_result post(struct arena *arena, int64_t budget)
{
    struct deliver_result result;
    assert_int_equal(post_within(arena, budget, &result), 0);
    return result;
}

static void answer(struct reply reply)
{
    peer.replies[peer.count++] = reply;
}

static void only_a_status_of_success_is_a_delivery(void **state)
{
    static const struct {
        long status;
        bool delivered, permanent;
    } rows[] = {
        {200, true, false},  {204, true, false},  {299, true, false},  {300, false, false},
        {399, false, false}, {400, false, true},  {401, false, false}, {403, false, false},
        {404, false, false}, {405, false, false}, {407, false, false}, {413, false, true},
        {422, false, true},  {199, false, false}, {100, false, false}, {0, false, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        peer.count = peer.performed = 0;
        answer((struct reply){.status = rows[i].status});
        struct deliver_result result = post(*state, 60000);
        assert_int_equal(result.delivered, rows[i].delivered);
        assert_int_equal(result.permanent, rows[i].permanent);
        assert_int_equal(result.attempts, 1);
        assert_int_equal(result.status, rows[i].status);
        assert_int_equal(result.error == NULL, rows[i].delivered);
    }
}

static void what_may_pass_is_tried_again_with_longer_and_longer_waits(void **state)
{
    static const struct reply rows[] = {{.status = 408},
                                        {.status = 429},
                                        {.status = 503},
                                        {.status = 599},
                                        {.code = CURLE_COULDNT_CONNECT}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        peer.count = peer.performed = peer.waited = 0;
        answer(rows[i]);
        struct deliver_result result = post(*state, 3600 * 1000);
        assert_false(result.delivered);
        assert_false(result.permanent);
        assert_non_null(result.error);
        assert_int_equal(result.attempts, 8);
        assert_int_equal(peer.waited, 7);
        for (size_t w = 0; w < 7; w++) {
            int64_t most = 1000 << w > 30000 ? 30000 : 1000 << w;
            assert_in_range(peer.waits[w], most / 2, most);
        }
    }
}

static void it_is_delivered_once_the_receiver_is_back(void **state)
{
    answer((struct reply){.code = CURLE_GOT_NOTHING});
    answer((struct reply){.status = 500});
    answer((struct reply){.status = 200});
    struct deliver_result result = post(*state, 60000);
    assert_true(result.delivered);
    assert_null(result.error);
    assert_int_equal(result.attempts, 3);
}

static void a_receiver_that_names_a_time_is_given_it(void **state)
{
    answer((struct reply){.status = 503, .retry_after = 40});
    answer((struct reply){.status = 503, .retry_after = -7});
    answer((struct reply){.status = 200});
    assert_true(post(*state, 60000).delivered);
    assert_int_equal(peer.waits[0], 40000);
    assert_in_range(peer.waits[1], 1000, 2000);
}

static void one_that_names_a_time_behind_the_budget_is_given_up(void **state)
{
    answer((struct reply){.status = 503, .retry_after = INT64_MAX});
    struct deliver_result result = post(*state, 60000);
    assert_int_equal(result.attempts, 1);
    assert_int_equal(peer.waited, 0);
}

static void no_attempt_has_longer_than_the_budget_leaves(void **state)
{
    answer((struct reply){.status = 200});
    post(*state, 3600 * 1000);
    assert_int_equal(peer.timeouts[0], 30000);
    assert_int_equal(peer.closed, 1);
    peer.performed = 0;
    post(*state, 7000);
    assert_int_equal(peer.timeouts[0], 7000);
    peer.performed = 0;
    post(*state, -5);
    assert_int_equal(peer.timeouts[0], 1);
}

static void a_redirect_is_followed_within_the_same_origin(void **state)
{
    answer((struct reply){.status = 307, .location = "https://reports.example.com:443/a"});
    answer((struct reply){.status = 308, .location = "https://REPORTS.example.com/b"});
    answer((struct reply){.status = 200});
    struct deliver_result result = post(*state, 60000);
    assert_true(result.delivered);
    assert_int_equal(result.attempts, 1);
    assert_string_equal(peer.urls[2], "https://REPORTS.example.com/b");
}

static void any_other_redirect_is_not_followed(void **state)
{
    static const struct reply rows[] = {
        {.status = 307, .location = "https://reports.example.com:444/"},
        {.status = 307, .location = "https://reports.example.org/"},
        {.status = 307, .location = "http://reports.example.com/"},
        {.status = 307, .location = "https://user@reports.example.com/"},
        {.status = 307, .location = "ftp://reports.example.com/"},
        {.status = 307, .location = "://"},
        {.status = 308},
        {.status = 301, .location = "https://reports.example.com/b"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        peer.count = peer.performed = 0;
        answer(rows[i]);
        struct deliver_result result = post(*state, 60000);
        assert_int_equal(peer.performed, 1);
        assert_false(result.delivered);
        assert_non_null(strstr(result.error, "a redirect that is not followed"));
    }
}

static void redirects_without_end_have_one(void **state)
{
    answer((struct reply){.status = 307, .location = "https://reports.example.com/round"});
    assert_false(post(*state, 60000).delivered);
    assert_int_equal(peer.performed, 6);
}

static void an_issuer_that_nobody_trusts_is_told_with_what_helps(void **state)
{
    static const long untrusted[] = {2, 18, 19, 20, 21}; /* X509_V_ERR_..., x509_vfy.h */
    for (size_t i = 0; i < sizeof(untrusted) / sizeof(untrusted[0]); i++) {
        peer.count = peer.performed = 0;
        answer((struct reply){.code = CURLE_PEER_FAILED_VERIFICATION, .verify = untrusted[i]});
        assert_non_null(strstr(post(*state, 60000).error, "CERTROLL_REPORT_CA"));
    }
    peer.count = peer.performed = 0;
    answer((struct reply){.code = CURLE_PEER_FAILED_VERIFICATION, .verify = 10}); /* expired */
    assert_null(strstr(post(*state, 60000).error, "CERTROLL_REPORT_CA"));
}

static void a_long_answer_is_broken_off_and_counts(void **state)
{
    peer.body = 1024 * 1024;
    answer((struct reply){.status = 200});
    assert_true(post(*state, 60000).delivered);
    peer.body = 1024;
    peer.performed = 0;
    assert_true(post(*state, 60000).delivered);
}

static void each_option_that_is_refused_is_told_and_nothing_is_sent(void **state)
{
    bool failed = true;
    answer((struct reply){.status = 200});
    for (size_t number = 1; failed; number++) {
        peer.fails_at = number;
        peer.calls = peer.performed = 0;
        struct deliver_result result = post(*state, 60000);
        failed = peer.calls >= number;
        assert_int_equal(result.delivered, !failed);
        assert_int_equal(peer.performed, !failed);
        if (failed)
            assert_non_null(strstr(result.error, "memory is out"));
    }
}

static void without_a_library_or_a_handle_nothing_is_known(void **state)
{
    struct deliver_result result = {.attempts = 77};
    answer((struct reply){.status = 200});
    peer.broken = true;
    assert_int_equal(post_within(*state, 60000, &result), -1);
    peer.broken = false;
    peer.handleless = true;
    assert_int_equal(post_within(*state, 60000, &result), -1);
    assert_int_equal(result.attempts, 77);
    peer.missing = true;
    assert_int_equal(post_within(*state, 60000, &result), 0);
    assert_non_null(strstr(result.error, "libcurl"));
    assert_int_equal(peer.performed, 0);
}

static void memory_that_runs_out_is_no_delivery(void **state)
{
    bool failed = true;
    answer((struct reply){.status = 400});
    for (size_t number = 1; failed; number++) {
        struct deliver_result result = {.attempts = 77};
        failing_set(number);
        int error = post_within(*state, 60000, &result);
        failed = failing_set(0);
        assert_int_equal(error, failed ? -1 : 0);
        assert_int_equal(result.attempts, failed ? 77 : 1);
    }
}

/* A caller's own SIGPIPE is still there afterwards; one of the connection's is not. */
static void a_signal_that_waited_before_waits_on(void **state)
{
    sigset_t pipes, before, pending;
    sigemptyset(&pipes);
    sigaddset(&pipes, SIGPIPE);
    answer((struct reply){.status = 200});
    sigprocmask(SIG_BLOCK, &pipes, &before);
    raise(SIGPIPE);
    assert_true(post(*state, 60000).delivered);
    sigpending(&pending);
    assert_true(sigismember(&pending, SIGPIPE));
    assert_int_equal(sigtimedwait(&pipes, NULL, &(struct timespec){0, 0}), SIGPIPE);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_a_status_of_success_is_a_delivery),
        TEST(what_may_pass_is_tried_again_with_longer_and_longer_waits),
        TEST(it_is_delivered_once_the_receiver_is_back),
        TEST(a_receiver_that_names_a_time_is_given_it),
        TEST(one_that_names_a_time_behind_the_budget_is_given_up),
        TEST(no_attempt_has_longer_than_the_budget_leaves),
        TEST(a_redirect_is_followed_within_the_same_origin),
        TEST(any_other_redirect_is_not_followed),
        TEST(redirects_without_end_have_one),
        TEST(an_issuer_that_nobody_trusts_is_told_with_what_helps),
        TEST(a_long_answer_is_broken_off_and_counts),
        TEST(each_option_that_is_refused_is_told_and_nothing_is_sent),
        TEST(without_a_library_or_a_handle_nothing_is_known),
        TEST(memory_that_runs_out_is_no_delivery),
        TEST(a_signal_that_waited_before_waits_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
