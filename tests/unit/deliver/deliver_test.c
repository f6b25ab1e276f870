#include "base/file.h"
#include "deliver/deliver.h"
#include "deliver/signature.h"
#include "deliver/url.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const char *const variables[] = {
    "CERTROLL_REPORT_TOKEN",  "CERTROLL_REPORT_TOKEN_FILE",  "CERTROLL_REPORT_CERT",
    "CERTROLL_REPORT_SECRET", "CERTROLL_REPORT_SECRET_FILE", "CERTROLL_REPORT_KEY",
    "CERTROLL_REPORT_CA",     "CERTROLL_REPORT_TIMEOUT",
};

struct state {
    struct arena *arena;
    struct problems problems;
    struct deliver_settings settings;
    char file[64];
};

static int setup(void **state)
{
    static struct state s;
    s = (struct state){.arena = arena_new(), .file = "/tmp/test_deliver.XXXXXX"};
    for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
        unsetenv(variables[i]);
    int fd = mkstemp(s.file);
    if (!s.arena || fd < 0)
        return -1;
    close(fd);
    problems_init(&s.problems, s.arena);
    *state = &s;
    return 0;
}

static int teardown(void **state)
{
    struct state *s = *state;
    deliver_settings_done(&s->settings);
    unlink(s->file);
    arena_free(s->arena);
    return 0;
}

static int read_settings(struct state *s)
{
    struct environment *environment = environment_new();
    assert_non_null(environment);
    assert_int_equal(deliver_settings_take(environment), 0);
    assert_null(getenv("CERTROLL_REPORT_TOKEN"));
    assert_null(getenv("CERTROLL_REPORT_SECRET"));
    int result = deliver_settings_read(environment, 0, s->arena, &s->problems, &s->settings);
    environment_free(environment);
    return result;
}

static void write_file(const struct state *s, const char *content)
{
    assert_int_equal(file_replace(AT_FDCWD, s->file, content, strlen(content), 0600), 0);
}

static void expect_problem(const struct state *s, enum problem_code code, const char *secret)
{
    assert_int_equal(s->problems.count, 1);
    assert_int_equal(s->problems.items[0].code, code);
    if (secret)
        assert_null(strstr(s->problems.items[0].message, secret));
}

static void test_empty_environment_gives_the_usual(void **state)
{
    struct state *s = *state;
    setenv("CERTROLL_REPORT_TOKEN", "", 1);
    assert_int_equal(read_settings(s), 0);
    assert_null(s->settings.token);
    assert_null(s->settings.hmac_secret);
    assert_null(s->settings.ca_file);
    assert_int_equal(s->settings.timeout, 60);
}

static void test_all_variables_are_read(void **state)
{
    struct state *s = *state;
    setenv("CERTROLL_REPORT_TOKEN", "t0ken", 1);
    setenv("CERTROLL_REPORT_SECRET", "key with spaces", 1);
    setenv("CERTROLL_REPORT_CERT", s->file, 1);
    setenv("CERTROLL_REPORT_KEY", s->file, 1);
    setenv("CERTROLL_REPORT_CA", s->file, 1);
    setenv("CERTROLL_REPORT_TIMEOUT", "5", 1);
    assert_int_equal(read_settings(s), 0);
    assert_string_equal((const char *)secret_peek(s->settings.token), "t0ken");
    assert_string_equal((const char *)secret_peek(s->settings.hmac_secret), "key with spaces");
    assert_string_equal(s->settings.client_cert, s->file);
    assert_string_equal(s->settings.client_key, s->file);
    assert_string_equal(s->settings.ca_file, s->file);
    assert_int_equal(s->settings.timeout, 5);
}

static void test_one_newline_at_the_end_of_a_file_is_dropped(void **state)
{
    struct state *s = *state;
    static const struct {
        const char *content, *wanted;
    } cases[] = {{"a", "a"}, {"a\n", "a"}, {"a\r\n", "a"}, {"a\n\n", "a\n"}, {"a\r", "a\r"}};
    setenv("CERTROLL_REPORT_SECRET_FILE", s->file, 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        write_file(s, cases[i].content);
        assert_int_equal(read_settings(s), 0);
        assert_string_equal((const char *)secret_peek(s->settings.hmac_secret), cases[i].wanted);
        deliver_settings_done(&s->settings);
    }
}

static void test_variable_and_its_file_together_are_refused(void **state)
{
    struct state *s = *state;
    setenv("CERTROLL_REPORT_TOKEN", "t0ken", 1);
    setenv("CERTROLL_REPORT_TOKEN_FILE", s->file, 1);
    assert_int_equal(read_settings(s), -1);
    expect_problem(s, PROBLEM_CONFLICTING_KEYS, "t0ken");
}

static void test_missing_secret_file_is_a_problem(void **state)
{
    struct state *s = *state;
    setenv("CERTROLL_REPORT_SECRET_FILE", "/nonexistent/secret", 1);
    assert_int_equal(read_settings(s), -1);
    expect_problem(s, PROBLEM_UNREADABLE, NULL);
}

static void test_empty_secret_file_is_a_problem(void **state)
{
    struct state *s = *state;
    write_file(s, "\n");
    setenv("CERTROLL_REPORT_SECRET_FILE", s->file, 1);
    assert_int_equal(read_settings(s), -1);
    expect_problem(s, PROBLEM_INVALID_VALUE, NULL);
}

static void test_token_cannot_add_a_header(void **state)
{
    struct state *s = *state;
    setenv("CERTROLL_REPORT_TOKEN", "t0ken\r\nX-Other: 1", 1);
    assert_int_equal(read_settings(s), -1);
    expect_problem(s, PROBLEM_INVALID_VALUE, "t0ken");
}

static void test_every_fault_is_found_at_once(void **state)
{
    struct state *s = *state;
    setenv("CERTROLL_REPORT_TOKEN_FILE", "/nonexistent/token", 1);
    setenv("CERTROLL_REPORT_SECRET_FILE", "/nonexistent/secret", 1);
    setenv("CERTROLL_REPORT_CERT", "/nonexistent/cert", 1);
    setenv("CERTROLL_REPORT_CA", "/", 1);
    setenv("CERTROLL_REPORT_TIMEOUT", "never", 1);
    assert_int_equal(read_settings(s), -1);
    assert_int_equal(s->problems.count, 5);
}

static void test_key_needs_a_certificate(void **state)
{
    struct state *s = *state;
    setenv("CERTROLL_REPORT_KEY", s->file, 1);
    assert_int_equal(read_settings(s), -1);
    expect_problem(s, PROBLEM_MISSING_KEY, NULL);
}

static void test_timeout_that_is_given_beats_the_variable(void **state)
{
    struct state *s = *state;
    setenv("CERTROLL_REPORT_TIMEOUT", "never", 1);
    assert_int_equal(deliver_settings_read(NULL, 7, s->arena, &s->problems, &s->settings), 0);
    assert_int_equal(s->settings.timeout, 7);
}

static void test_timeout_is_a_number_of_seconds(void **state)
{
    struct state *s = *state;
    static const char *const bad[] = {"0", "-1", "5s", "3601", "99999999999999999999", "x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        setenv("CERTROLL_REPORT_TIMEOUT", bad[i], 1);
        assert_int_equal(read_settings(s), -1);
    }
    assert_int_equal(s->problems.count, sizeof(bad) / sizeof(*bad));
}

static void test_urls_that_can_be_posted_to_are_told_from_others(void **state)
{
    struct state *s = *state;
    static const char *const good[] = {"https://reports.example.com/certroll", "HTTP://h:8080",
                                       "http://[::1]:80/x?y=z", "https://127.0.0.1/"};
    static const char *const bad[] = {"",
                                      "reports.example.com/x",
                                      "ftp://h/",
                                      "file:///etc/passwd",
                                      "https:///",
                                      "http://",
                                      "//h/x",
                                      "http://user@h/",
                                      "http://h:hunter2@h/",
                                      "http://u:hunter2@h/",
                                      "http://h/a b",
                                      "http://h/a\r\nX: 1",
                                      "http://h:99999/"};
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        assert_int_equal(deliver_check_url(good[i], (struct place){0}, &s->problems), 0);
    assert_int_equal(s->problems.count, 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        if (deliver_check_url(bad[i], (struct place){0}, &s->problems) == 0)
            fail_msg("%s is accepted", bad[i]);
        assert_null(strstr(s->problems.items[i].message, "hunter2"));
        assert_int_equal(s->problems.items[i].code, PROBLEM_INVALID_VALUE);
    }
}

static void test_origin_is_scheme_host_and_port(void **state)
{
    (void)state;
    assert_true(url_same_origin("http://h/a", "HTTP://H:80/b?c"));
    assert_true(url_same_origin("https://h:443", "https://h/"));
    assert_false(url_same_origin("https://h/", "http://h/"));
    assert_false(url_same_origin("http://h/", "http://h:81/"));
    assert_false(url_same_origin("http://h/", "http://h.evil.example/"));
    assert_false(url_same_origin("http://h/", "http://h@evil.example/"));
    assert_false(url_same_origin("http://h/", "/a"));
}

/* The wanted code is from: printf '1795338000.<p>x</p>' | openssl dgst -sha256 -hmac Jefe */
static void test_signature_is_the_one_that_others_compute(void **state)
{
    (void)state;
    char text[SIGNATURE_SIZE];
    struct secret *key AUTO_SECRET = secret_copy("Jefe", 4);
    signature_make(key, 1795338000, "<p>x</p>", 8, text);
    assert_string_equal(text, "t=1795338000,v1="
                              "184e2d21a74d89fe1785657c619b48a8d32d4182d1d32fe278a630fdfe09d75f");
}

static void test_delivery_to_a_bad_url_fails_without_an_attempt(void **state)
{
    struct state *s = *state;
    struct deliver_request request = {"file:///etc/passwd", "id", "ok", "", 0, 1000};
    struct deliver_result result;
    assert_int_equal(deliver_post(&s->settings, &request, s->arena, &result), 0);
    assert_false(result.delivered);
    assert_int_equal(result.attempts, 0);
    assert_non_null(result.error);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_empty_environment_gives_the_usual),
        TEST(test_all_variables_are_read),
        TEST(test_one_newline_at_the_end_of_a_file_is_dropped),
        TEST(test_variable_and_its_file_together_are_refused),
        TEST(test_missing_secret_file_is_a_problem),
        TEST(test_empty_secret_file_is_a_problem),
        TEST(test_token_cannot_add_a_header),
        TEST(test_every_fault_is_found_at_once),
        TEST(test_key_needs_a_certificate),
        TEST(test_timeout_that_is_given_beats_the_variable),
        TEST(test_timeout_is_a_number_of_seconds),
        TEST(test_urls_that_can_be_posted_to_are_told_from_others),
        TEST(test_origin_is_scheme_host_and_port),
        TEST(test_signature_is_the_one_that_others_compute),
        TEST(test_delivery_to_a_bad_url_fails_without_an_attempt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
