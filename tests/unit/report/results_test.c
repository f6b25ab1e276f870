/* What validate, history, verify and deliver found. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static struct text written(const struct report_view *view, enum report_format format)
{
    struct text text = TEXT_INIT;
    assert_int_equal(report_write(view, format, &text), 0);
    return text;
}

static void expect_text(const struct report_view *view, const char *wanted)
{
    struct text text = written(view, REPORT_TEXT);
    assert_string_equal(text_string(&text), wanted);
    text_done(&text);
}

static json_t *parsed(const struct report_view *view, const char *kind)
{
    struct text text = written(view, REPORT_JSON);
    json_t *value = json_loads(text_string(&text), 0, NULL);
    text_done(&text);
    assert_non_null(value);
    assert_string_equal(json_string_value(json_object_get(value, "kind")), kind);
    return value;
}

static void test_validation_counts_manifests_certificates_and_errors(void **state)
{
    struct fixture *f = *state;
    struct report_view view = {
        .kind = REPORT_VALIDATION, .manifests = &f->manifests, .problems = &f->plan.problems};
    expect_text(&view, "1 manifest, 2 certificates: 1 error.\n");
    json_t *value = parsed(&view, "Validation");
    assert_int_equal(json_array_size(json_object_get(value, "manifests")), 1);
    assert_int_equal(json_array_size(json_object_get(value, "problems")), 4);
    json_decref(value);
}

static void test_validation_without_an_error_says_valid(void **state)
{
    struct fixture *f = *state;
    fixture_make_quiet(f);
    struct report_view view = {
        .kind = REPORT_VALIDATION, .manifests = &f->manifests, .problems = &f->plan.problems};
    expect_text(&view, "1 manifest, 2 certificates: valid.\n");
}

static void test_verification_counts_differences(void **state)
{
    struct fixture *f = *state;
    struct report_view view = {
        .kind = REPORT_VERIFICATION, .problems = &f->plan.problems, .objects = 3, .links = 1};
    expect_text(&view, "3 objects, 1 link: 1 difference.\n");
    fixture_make_quiet(f);
    expect_text(&view, "3 objects, 1 link: as the index says.\n");
    json_decref(parsed(&view, "Verification"));
}

static void test_delivery_says_what_went_out_and_what_waits(void **state)
{
    struct fixture *f = *state;
    fixture_make_quiet(f);
    struct report_view view = {.kind = REPORT_DELIVERY, .problems = &f->plan.problems};
    expect_text(&view, "No report waits.\n");
    view.delivered = 1;
    view.outbox_count = 2;
    expect_text(&view, "1 report delivered, 2 still waiting.\n");
    json_decref(parsed(&view, "Delivery"));
}

static void test_history_holds_each_run_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct text run = written(&f->run_view, REPORT_JSON);
    struct past_run runs[] = {{text_string(&run), "reports/a.html", true},
                              {"{\"run_id\": \"x\x1b[2J\"}", NULL, false},
                              {"no JSON", NULL, true}};
    struct report_view view = {.kind = REPORT_HISTORY, .runs = runs, .run_count = 3};
    json_t *value = parsed(&view, "History"), *wanted = json_loads(text_string(&run), 0, NULL);
    json_t *past = json_object_get(value, "runs");
    assert_int_equal(json_array_size(past), 3);
    assert_true(json_equal(json_object_get(json_array_get(past, 0), "run"), wanted));
    assert_true(json_is_null(json_object_get(json_array_get(past, 2), "run")));
    json_decref(value);
    json_decref(wanted);
    text_done(&run);
}

static void test_history_in_words_shows_hostile_strings_harmless(void **state)
{
    (void)state;
    struct past_run runs[] = {
        {"{\"run_id\": \"a\\u001b[2J\", \"actions\": [{\"action\": \"\\u001b[2J\","
         "\"certificate\": \"\\u202e\", \"outcome\": \"\\u001b[2J\"}]}",
         "reports/\x1b[2J.html", false}};
    struct report_view view = {
        .kind = REPORT_HISTORY, .runs = runs, .run_count = 1, .verbosity = 1};
    struct text text = written(&view, REPORT_TEXT);
    assert_null(strstr(text_string(&text), "\x1b"));
    assert_null(strstr(text_string(&text), "\xe2\x80\xae"));
    assert_non_null(strstr(text_string(&text), "interrupted"));
    text_done(&text);
}

static void test_history_in_words_says_what_was_done_and_what_went_wrong(void **state)
{
    (void)state;
    struct past_run runs[] = {
        {"{\"run_id\": \"a\", \"summary\": {\"import\": 3, \"failed\": 1}, \"actions\": ["
         "{\"action\": \"import\", \"outcome\": \"done\"},"
         "{\"action\": \"import\", \"outcome\": \"done\"},"
         "{\"action\": \"import\", \"outcome\": \"failed\"},"
         "{\"action\": \"assign\", \"outcome\": \"skipped\"}],"
         "\"problems\": [{\"severity\": \"error\"}]}",
         NULL, true},
        {"{\"run_id\": \"b\", \"summary\": {\"failed\": 0},"
         "\"problems\": [{\"severity\": \"warning\"}, {\"severity\": \"error\"}]}",
         NULL, true},
        {"{\"run_id\": \"c\"}", NULL, true},
        {"{\"run_id\": \"d\", \"finished_at\": \"2026-11-22T09:00:00Z\","
         "\"summary\": {\"import\": 3, \"assign\": 1, \"failed\": 1}, \"actions\": ["
         "{\"action\": \"import\", \"outcome\": \"done\"},"
         "{\"action\": \"import\", \"outcome\": \"failed\"},"
         "{\"action\": \"import\", \"outcome\": \"skipped\"},"
         "{\"action\": \"assign\", \"outcome\": \"skipped\"}]}",
         NULL, true}};
    struct report_view view = {.kind = REPORT_HISTORY, .runs = runs, .run_count = 4};
    expect_text(&view, "  a  2 imported, 1 not done, 1 failed\n"
                       "  b  no change, 1 error\n"
                       "  c  no change\n"
                       "  d  1 imported, 2 not done, 1 failed\n");
}

static void test_verbose_history_says_why_a_run_failed(void **state)
{
    (void)state;
    struct past_run runs[] = {
        {"{\"run_id\": \"a\", \"summary\": {\"failed\": 1}, \"actions\": [{\"action\": \"import\","
         "\"certificate\": \"web\", \"outcome\": \"done\"}], \"problems\": ["
         "{\"severity\": \"warning\", \"code\": \"weak_key\", \"message\": \"RSA\"},"
         "{\"severity\": \"error\", \"code\": \"expired\", \"certificate\": \"old\","
         "\"message\": \"it\u202e expired\"},"
         "{\"severity\": \"error\", \"code\": \"delivery_failed\", \"certificate\": null,"
         "\"message\": \"it did not arrive\"}]}",
         NULL, true}};
    struct report_view view = {.kind = REPORT_HISTORY, .runs = runs, .run_count = 1};
    expect_text(&view, "  a  1 imported, 1 failed\n");
    view.verbosity = 1;
    expect_text(&view, "  a  1 imported, 1 failed\n"
                       "    import     web  done\n"
                       "    error      old  it\\u{202E} expired [expired]\n"
                       "    error      it did not arrive [delivery_failed]\n"
                       "    report     none\n");
}

/* All or nothing was asked for, and one entry was bad. */
static void test_history_does_not_count_what_was_held_back(void **state)
{
    (void)state;
    struct past_run runs[] = {
        {"{\"run_id\": \"a\", \"started_at\": \"2026-11-21T09:00:00Z\", \"actions\": ["
         "{\"action\": \"import\", \"outcome\": \"skipped\"},"
         "{\"action\": \"assign\", \"outcome\": \"skipped\"}],"
         "\"summary\": {\"import\": 1, \"assign\": 1, \"failed\": 1}}",
         NULL, true}};
    struct report_view view = {.kind = REPORT_HISTORY, .runs = runs, .run_count = 1};
    expect_text(&view, "2026-11-21T09:00:00Z  a  2 not done, 1 failed\n");
    runs[0].finished = false;
    expect_text(&view, "2026-11-21T09:00:00Z  a  interrupted: it had 1 to import, 1 to assign, "
                       "1 failed\n");
}

static void test_run_that_failed_may_have_changed_something(void **state)
{
    (void)state;
    struct past_run runs[] = {
        {"{\"run_id\": \"a\", \"actions\": [{\"action\": \"import\", \"outcome\": \"done\"}],"
         "\"problems\": [{\"severity\": \"error\"}]}",
         NULL, true},
        {"{\"run_id\": \"b\", \"problems\": [{\"severity\": \"error\"}]}", NULL, true}};
    struct report_view view = {.kind = REPORT_HISTORY, .runs = runs, .run_count = 2};
    struct text text = written(&view, REPORT_HTML);
    assert_non_null(strstr(text_string(&text), "<dt>Changed</dt><dd>1</dd>"));
    assert_non_null(strstr(text_string(&text), "<dt>Failed</dt><dd>2</dd>"));
    text_done(&text);
}

static void test_run_that_cannot_be_read_says_so_everywhere(void **state)
{
    (void)state;
    struct past_run runs[] = {{"[1]", NULL, true}};
    struct report_view view = {.kind = REPORT_HISTORY, .runs = runs, .run_count = 1};
    for (int broken = 0; broken < 2; broken++) {
        runs[0].json = broken ? "{" : "[1]";
        expect_text(&view, "-  -  what it did cannot be read\n");
        struct text text = written(&view, REPORT_MARKDOWN);
        assert_non_null(strstr(text_string(&text), "| – | – | what it did cannot be read | – |\n"));
        text_done(&text);
        text = written(&view, REPORT_HTML);
        assert_non_null(strstr(text_string(&text), "<h1>The last run: unreadable</h1>"));
        assert_non_null(strstr(text_string(&text), "what it did cannot be read"));
        text_done(&text);
    }
}

static void test_empty_history_says_so(void **state)
{
    (void)state;
    struct report_view view = {.kind = REPORT_HISTORY};
    expect_text(&view, "No run has done anything yet.\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_validation_counts_manifests_certificates_and_errors),
        TEST(test_validation_without_an_error_says_valid),
        TEST(test_verification_counts_differences),
        TEST(test_delivery_says_what_went_out_and_what_waits),
        TEST(test_history_holds_each_run_as_it_was),
        TEST(test_history_in_words_shows_hostile_strings_harmless),
        TEST(test_history_in_words_says_what_was_done_and_what_went_wrong),
        TEST(test_verbose_history_says_why_a_run_failed),
        TEST(test_history_does_not_count_what_was_held_back),
        TEST(test_run_that_cannot_be_read_says_so_everywhere),
        TEST(test_run_that_failed_may_have_changed_something),
        TEST(test_empty_history_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
