#include "fixture.h"
#include "golden.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

static struct text written(const struct report_view *view, enum report_format format)
{
    struct text text = TEXT_INIT;
    assert_int_equal(report_write(view, format, &text), 0);
    return text;
}

static void check_golden(const struct report_view *view, enum report_format format,
                         const char *path)
{
    struct text text = written(view, format);
    golden_check(path, text_string(&text));
    text_done(&text);
}

static void test_plan_json_is_the_golden_one(void **state)
{
    struct fixture *f = *state;
    check_golden(&f->plan_view, REPORT_JSON, GOLDEN "/plan.json");
}

static void test_run_json_is_the_golden_one(void **state)
{
    struct fixture *f = *state;
    check_golden(&f->run_view, REPORT_JSON, GOLDEN "/run.json");
}

static void test_compact_json_has_the_same_values_and_no_spaces(void **state)
{
    struct fixture *f = *state;
    struct text pretty = written(&f->run_view, REPORT_JSON);
    f->run_view.compact = true;
    struct text compact = written(&f->run_view, REPORT_JSON);
    json_t *first = json_loads(text_string(&pretty), 0, NULL);
    json_t *second = json_loads(text_string(&compact), 0, NULL);
    assert_true(first && json_equal(first, second));
    assert_null(strstr(text_string(&compact), "\": "));
    assert_int_equal(strchr(text_string(&compact), '\n') - text_string(&compact),
                     compact.length - 1);
    json_decref(first);
    json_decref(second);
    text_done(&pretty);
    text_done(&compact);
}

static void test_report_to_a_descriptor_is_the_same(void **state)
{
    struct fixture *f = *state;
    for (int format = REPORT_TEXT; format <= REPORT_HTML; format++) {
        struct text text = written(&f->run_view, (enum report_format)format);
        FILE *file = tmpfile();
        char *bytes = malloc(text.length + 1);
        assert_non_null(file);
        assert_int_equal(report_write_to(&f->run_view, (enum report_format)format, fileno(file)),
                         0);
        assert_int_equal(pread(fileno(file), bytes, text.length + 1, 0), text.length);
        assert_memory_equal(bytes, text_string(&text), text.length);
        free(bytes);
        fclose(file);
        text_done(&text);
    }
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_int_equal(report_write_to(&f->run_view, REPORT_JSON, full), -ENOSPC);
    close(full);
}

static void let_reports_wait(struct fixture *f)
{
    f->waiting[0] =
        (struct waiting_report){"20261121T090000Z-000001", "https://reports.example.com/",
                                fixture_now - 86400, 2, "the receiver answered \x1b[31m500"};
    f->waiting[1] = (struct waiting_report){
        "20261121T100000Z-000002", "https://reports.example.com/", fixture_now - 82800, 0, NULL};
    f->status_view.outbox = f->waiting;
    f->status_view.outbox_count = 2;
}

static void test_status_json_is_the_golden_one(void **state)
{
    struct fixture *f = *state;
    let_reports_wait(f);
    check_golden(&f->status_view, REPORT_JSON, GOLDEN "/status.json");
}

static void test_run_html_is_the_golden_one(void **state)
{
    struct fixture *f = *state;
    struct text text = written(&f->run_view, REPORT_HTML);
    const char *body = strstr(text_string(&text), "<body>"); /* the style is page.css */
    assert_non_null(body);
    golden_check(GOLDEN "/run.html", body);
    text_done(&text);
}

static void test_plan_text_is_the_golden_one(void **state)
{
    struct fixture *f = *state;
    check_golden(&f->plan_view, REPORT_TEXT, GOLDEN "/plan.txt");
}

static void test_verbose_run_text_is_the_golden_one(void **state)
{
    struct fixture *f = *state;
    f->run_view.verbosity = 1;
    check_golden(&f->run_view, REPORT_TEXT, GOLDEN "/run-verbose.txt");
}

static void test_coloured_plan_text_is_the_golden_one(void **state)
{
    struct fixture *f = *state;
    f->plan_view.color = true;
    check_golden(&f->plan_view, REPORT_TEXT, GOLDEN "/plan-colour.txt");
}

static void test_status_text_is_the_golden_one(void **state)
{
    struct fixture *f = *state;
    let_reports_wait(f);
    check_golden(&f->status_view, REPORT_TEXT, GOLDEN "/status.txt");
}

static void test_plan_markdown_is_the_golden_one(void **state)
{
    struct fixture *f = *state;
    check_golden(&f->plan_view, REPORT_MARKDOWN, GOLDEN "/plan.md");
}

static void test_run_markdown_is_the_golden_one(void **state)
{
    struct fixture *f = *state;
    check_golden(&f->run_view, REPORT_MARKDOWN, GOLDEN "/run.md");
}

static void test_status_markdown_is_the_golden_one(void **state)
{
    struct fixture *f = *state;
    f->status_view.outbox_count = 1;
    check_golden(&f->status_view, REPORT_MARKDOWN, GOLDEN "/status.md");
}

static void test_quiet_plan_text_is_its_summary_alone(void **state)
{
    struct fixture *f = *state;
    f->plan_view.verbosity = -1;
    struct text text = written(&f->plan_view, REPORT_TEXT);
    assert_string_equal(text_string(&text),
                        "Plan: 2 to import, 1 to assign, 1 to schedule, 1 to retire, 1 to remove; "
                        "1 unchanged; 1 failed.\n");
    text_done(&text);
}

static void test_plan_with_nothing_to_do_says_so(void **state)
{
    struct fixture *f = *state;
    fixture_make_quiet(f);
    struct text text = written(&f->plan_view, REPORT_TEXT);
    assert_string_equal(text_string(&text),
                        "Nothing to do: 2 certificates are as the manifests say.\n");
    text_done(&text);
    f->plan.superseded = 1;
    text = written(&f->plan_view, REPORT_TEXT);
    assert_string_equal(text_string(&text),
                        "Nothing to do: 2 certificates are as the manifests say; 1 superseded.\n");
    text_done(&text);
}

static void test_plan_that_can_do_nothing_does_not_say_that_all_is_well(void **state)
{
    struct fixture *f = *state;
    fixture_make_quiet(f);
    f->plan.unchanged = f->plan.failed = 1;
    struct text text = written(&f->plan_view, REPORT_TEXT);
    assert_string_equal(text_string(&text), "Plan: nothing; 1 unchanged; 1 failed.\n");
    text_done(&text);
    f->plan.superseded = 3;
    text = written(&f->plan_view, REPORT_TEXT);
    assert_string_equal(text_string(&text),
                        "Plan: nothing; 1 unchanged, 3 superseded; 1 failed.\n");
    text_done(&text);
}

/* A manifest with an error fails with all that it lists; the errors are those of the manifest. */
static void test_manifest_that_is_refused_is_counted_as_one(void **state)
{
    struct fixture *f = *state;
    fixture_make_quiet(f);
    f->manifest.broken = true;
    f->plan.unchanged = 0;
    f->plan.failed = f->manifest.entry_count;
    problems_add(&f->plan.problems, PROBLEM_INVALID_DATE, (struct place){"m.yaml", 9, 3},
                 "no date");
    struct text text = written(&f->plan_view, REPORT_TEXT);
    assert_string_equal(text_string(&text),
                        "Plan: nothing; 1 manifest with 2 certificates refused, 1 error.\n");
    text_done(&text);
    f->plan.unchanged = 4;
    text = written(&f->plan_view, REPORT_TEXT);
    assert_string_equal(text_string(&text),
                        "Nothing to do: 4 certificates are as the other manifests say; "
                        "1 manifest with 2 certificates refused, 1 error.\n");
    text_done(&text);
    f->plan.failed++;
    f->manifest.name = NULL;
    text = written(&f->plan_view, REPORT_TEXT);
    assert_string_equal(text_string(&text), "Plan: nothing; 4 unchanged; 1 manifest with 2 "
                                            "certificates refused, 1 failed.\n");
    text_done(&text);
}

static void test_plan_for_another_instant_counts_from_there(void **state)
{
    struct fixture *f = *state;
    f->plan.at = f->actions[3].effective_date + 3600;
    struct text text = written(&f->plan_view, REPORT_TEXT);
    assert_non_null(strstr(text_string(&text), "effective 2026-12-02T09:00:00Z (1 hour ago)"));
    text_done(&text);
}

static void test_run_with_nothing_to_do_is_in_order_on_the_page(void **state)
{
    struct fixture *f = *state;
    fixture_make_quiet(f);
    struct text text = written(&f->run_view, REPORT_HTML);
    assert_non_null(strstr(text_string(&text), "<h1>Everything is in order</h1>"));
    assert_non_null(strstr(text_string(&text), "Nothing failed."));
    text_done(&text);
}

/* Of a quiet run whose store has only the slot that is served long enough, and this one. */
static void expect_attention(struct fixture *f, const char *row)
{
    fixture_make_quiet(f);
    f->slots[0].previous.fingerprint = NULL;
    f->snapshot.slot_count = 2;
    struct text text = written(&f->run_view, REPORT_HTML);
    assert_non_null(strstr(text_string(&text), "<h1>1 slot needs attention</h1>"));
    assert_non_null(strstr(text_string(&text), row));
    text_done(&text);
}

static void test_problems_of_one_code_stand_under_the_advice_that_each_has(void **state)
{
    struct fixture *f = *state;
    fixture_make_quiet(f);
    for (int i = 0; i < 3; i++)
        problems_add(&f->run.problems, PROBLEM_STORE_DAMAGED, NOWHERE, "no. %d", i)->advice =
            i == 1 ? "Look at \"it\"." : NULL;
    struct text text = written(&f->run_view, REPORT_HTML);
    const char *own = strstr(text_string(&text), "<p class=\"advice\">Look at &quot;it&quot;.</p>");
    assert_non_null(own);
    const char *others = strstr(text_string(&text), "<span class=\"count\">2</span>");
    assert_non_null(others);
    assert_true(others < own && strstr(others, "no. 2") < own && strstr(own, "no. 1"));
    text_done(&text);
    text = written(&f->run_view, REPORT_JSON);
    assert_non_null(strstr(text_string(&text), "\"hint\": \"Look at \\\"it\\\".\""));
    text_done(&text);
}

static void test_slot_that_is_empty_until_its_date_is_not_in_order(void **state)
{
    struct fixture *f = *state;
    f->slots[1].current.fingerprint = NULL;
    expect_attention(f, "<wbr>WebServicesExternal<td>empty<td><bdi>–</bdi>");
}

static void test_certificate_unknown_to_the_index_is_not_in_order(void **state)
{
    struct fixture *f = *state;
    f->slots[1].current.fingerprint = "00";
    expect_attention(f, "<td>unknown to the index<td>");
    struct text text = written(&f->status_view, REPORT_MARKDOWN);
    assert_non_null(strstr(text_string(&text), " | unknown to the index | "));
    text_done(&text);
}

static void test_queue_that_is_longer_than_its_picture_is_counted(void **state)
{
    struct fixture *f = *state;
    struct claim next[9];
    for (size_t i = 0; i < 9; i++) {
        next[i] = f->next[0];
        next[i].effective_date += (instant)i * 86400;
    }
    f->slots[1].next = next;
    f->slots[1].next_count = 7;
    struct text text = written(&f->run_view, REPORT_HTML);
    assert_null(strstr(text_string(&text), " more, the last one"));
    text_done(&text);
    f->slots[1].next_count = 9;
    text = written(&f->run_view, REPORT_HTML);
    assert_non_null(strstr(text_string(&text), "<span>2 more, the last one valid until <time "
                                               "datetime=\"2027-11-21T09:00:00Z\">2027-11-21"));
    text_done(&text);
}

static void test_report_that_no_receiver_took_is_told(void **state)
{
    struct fixture *f = *state;
    fixture_make_quiet(f);
    f->deliveries[0] = (struct run_delivery){"https://a.example.com/", DELIVERY_NONE, 1,
                                             "the receiver answered \x1b[31m404"};
    struct text text = written(&f->run_view, REPORT_TEXT);
    assert_non_null(strstr(text_string(&text), "Report not delivered to https://a.example.com/: "
                                               "the receiver answered \\x1B[31m404\n"));
    text_done(&text);
}

static void test_blocked_plan_says_that_nothing_will_be_done(void **state)
{
    struct fixture *f = *state;
    f->plan.blocked = true;
    struct text text = written(&f->plan_view, REPORT_TEXT);
    assert_non_null(strstr(text_string(&text), " to import, "));
    assert_non_null(strstr(text_string(&text), "; apply will do nothing of it: "));
    text_done(&text);
}

static void test_blocked_run_says_that_nothing_was_done_and_why(void **state)
{
    struct fixture *f = *state;
    f->plan.blocked = true;
    for (size_t i = 0; i < FIXTURE_ACTIONS; i++)
        f->outcomes[i] = OUTCOME_SKIPPED;
    f->run_view.verbosity = -1;
    struct text text = written(&f->run_view, REPORT_TEXT);
    assert_string_equal(text_string(&text),
                        "Done: nothing; 6 skipped; 1 unchanged; 1 failed; all or nothing was "
                        "asked for (--atomic).\n");
    text_done(&text);
}

static void test_run_that_could_not_begin_says_so_in_a_word(void **state)
{
    struct fixture *f = *state;
    fixture_make_quiet(f);
    f->plan.unchanged = 0;
    problems_add(&f->run.problems, PROBLEM_STORE_FAILED, NOWHERE, "it cannot be opened");
    struct text text = written(&f->run_view, REPORT_TEXT);
    assert_true(text_string(&text) == strstr(text_string(&text), "Done: nothing; 1 error.\n"));
    text_done(&text);
}

static void test_empty_store_says_so(void **state)
{
    struct fixture *f = *state;
    f->snapshot = (struct snapshot){0};
    struct text text = written(&f->status_view, REPORT_TEXT);
    assert_string_equal(text_string(&text), "The store is empty.\n");
    text_done(&text);
}

static void test_plan_has_no_page(void **state)
{
    struct fixture *f = *state;
    struct text text = TEXT_INIT;
    assert_int_equal(report_write(&f->plan_view, REPORT_HTML, &text), -1);
    assert_null(text.bytes);
}

/* No byte that steers a terminal or is no UTF-8 reaches text, JSON or page. */
static void test_hostile_strings_come_out_harmless(void **state)
{
    struct fixture *f = *state;
    const struct report_view *views[] = {&f->plan_view, &f->run_view, &f->status_view};
    for (size_t i = 0; i < 3; i++) {
        for (int format = REPORT_TEXT; format <= REPORT_HTML; format++) {
            struct text text = TEXT_INIT;
            if (report_write(views[i], (enum report_format)format, &text) < 0)
                continue;
            const char *string = text_string(&text);
            assert_null(strstr(string, "\x1b"));
            assert_null(strstr(string, "\xe2\x80\xae"));
            assert_null(strstr(string, "\xc2\x9b"));
            assert_null(strstr(string, "\xff"));
            if (format == REPORT_HTML) {
                assert_null(strstr(string, "<script>"));
                assert_null(strstr(string, "</script><b>"));
            }
            text_done(&text);
        }
    }
}

/* How often the words stand in a view of certificates that all have this subject; of a page, before
 * the embedded JSON. */
static size_t count_shown(struct fixture *f, const struct report_view *view,
                          enum report_format format, const char *subject, const char *words)
{
    for (size_t i = 0; i < FIXTURE_CERTIFICATES; i++)
        f->certificates[i].certificate.subject = subject;
    struct text text = written(view, format);
    char *script = strstr(text.bytes, "<script type=\"application/json\"");
    size_t count = 0;
    if (script)
        *script = '\0';
    for (const char *at = text.bytes; (at = strstr(at, words)); at += strlen(words))
        count++;
    text_done(&text);
    return count;
}

static void test_empty_subject_is_shown_as_such_to_people(void **state)
{
    static const enum report_format formats[] = {REPORT_TEXT, REPORT_MARKDOWN, REPORT_HTML};
    struct fixture *f = *state;
    const struct report_view *views[] = {&f->plan_view, &f->run_view, &f->status_view};
    for (size_t v = 0; v < 3; v++)
        for (size_t i = 0; i < 3; i++) {
            if (formats[i] == REPORT_HTML && views[v] != &f->run_view)
                continue;
            size_t wanted = count_shown(f, views[v], formats[i], "CN=anybody", "CN=anybody");
            assert_true(wanted > 0);
            assert_int_equal(count_shown(f, views[v], formats[i], "", "(no subject)"), wanted);
        }
    assert_int_equal(count_shown(f, &f->status_view, REPORT_JSON, "", "(no subject)"), 0);
}

static void test_page_holds_the_run_as_json(void **state)
{
    struct fixture *f = *state;
    struct text page = written(&f->run_view, REPORT_HTML);
    struct text json = written(&f->run_view, REPORT_JSON);
    const char *mark = "<script type=\"application/json\" id=\"certroll-run\">";
    char *from = strstr(page.bytes, mark);
    assert_non_null(from);
    char *to = strstr(from, "</script>");
    assert_non_null(to);
    *to = '\0';
    json_t *embedded = json_loads(from + strlen(mark), 0, NULL);
    json_t *alone = json_loads(text_string(&json), 0, NULL);
    assert_non_null(embedded);
    assert_true(json_equal(embedded, alone));
    json_decref(embedded);
    json_decref(alone);
    text_done(&page);
    text_done(&json);
}

static void test_valid_names_survive_json_unchanged(void **state)
{
    struct fixture *f = *state;
    f->actions[1].reason = "Z\xc3\xbcrich \xf0\x9f\x94\x91 \x1b\xe2\x80\xae";
    struct text text = written(&f->plan_view, REPORT_JSON);
    json_t *plan = json_loads(text_string(&text), 0, NULL);
    const char *reason = NULL;
    assert_int_equal(json_unpack(plan, "{s:[{},{s:s}]}", "actions", "reason", &reason), 0);
    assert_string_equal(reason, f->actions[1].reason);
    assert_non_null(strstr(text_string(&text), "Z\xc3\xbcrich \xf0\x9f\x94\x91 \\u001B\\u202e\""));
    json_decref(plan);
    text_done(&text);
}

static void test_status_does_not_depend_on_runs(void **state)
{
    struct fixture *f = *state;
    struct text before = written(&f->status_view, REPORT_JSON);
    f->snapshot.generation = 99;
    f->status_view.now += 1000000;
    f->status_view.outbox_count = 7;
    f->status_view.version = "9.9";
    struct text after = written(&f->status_view, REPORT_JSON);
    assert_string_equal(text_string(&before), text_string(&after));
    text_done(&before);
    text_done(&after);
}

static void test_certificate_that_failed_in_two_actions_counts_once(void **state)
{
    struct fixture *f = *state;
    f->outcomes[0] = OUTCOME_FAILED;
    f->outcomes[3] = OUTCOME_FAILED;
    struct text text = written(&f->run_view, REPORT_JSON);
    json_t *run = json_loads(text_string(&text), 0, NULL);
    int failed = 0;
    assert_int_equal(json_unpack(run, "{s:{s:i}}", "summary", "failed", &failed), 0);
    assert_int_equal(failed, 2);
    json_decref(run);
    text_done(&text);
}

static void test_lost_problems_are_told(void **state)
{
    struct fixture *f = *state;
    f->plan.problems.out_of_memory = true;
    struct text json = written(&f->plan_view, REPORT_JSON);
    assert_non_null(strstr(text_string(&json), "\"out_of_memory\""));
    struct text text = TEXT_INIT;
    report_problems(&f->plan.problems, false, &text);
    assert_non_null(strstr(text_string(&text), "[out_of_memory]"));
    text_done(&json);
    text_done(&text);
}

static void test_certificate_unknown_to_the_index_is_shown_by_its_fingerprint(void **state)
{
    struct fixture *f = *state;
    f->snapshot.certificate_count = 0;
    struct text text = written(&f->status_view, REPORT_JSON);
    assert_non_null(strstr(text_string(&text), "\"subject\": null"));
    text_done(&text);
    text = written(&f->status_view, REPORT_TEXT);
    assert_non_null(strstr(text_string(&text), "1111111111111111"));
    text_done(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_plan_json_is_the_golden_one),
        TEST(test_run_json_is_the_golden_one),
        TEST(test_compact_json_has_the_same_values_and_no_spaces),
        TEST(test_report_to_a_descriptor_is_the_same),
        TEST(test_status_json_is_the_golden_one),
        TEST(test_run_html_is_the_golden_one),
        TEST(test_plan_text_is_the_golden_one),
        TEST(test_verbose_run_text_is_the_golden_one),
        TEST(test_coloured_plan_text_is_the_golden_one),
        TEST(test_status_text_is_the_golden_one),
        TEST(test_plan_markdown_is_the_golden_one),
        TEST(test_run_markdown_is_the_golden_one),
        TEST(test_status_markdown_is_the_golden_one),
        TEST(test_quiet_plan_text_is_its_summary_alone),
        TEST(test_plan_with_nothing_to_do_says_so),
        TEST(test_plan_that_can_do_nothing_does_not_say_that_all_is_well),
        TEST(test_manifest_that_is_refused_is_counted_as_one),
        TEST(test_plan_for_another_instant_counts_from_there),
        TEST(test_run_with_nothing_to_do_is_in_order_on_the_page),
        TEST(test_problems_of_one_code_stand_under_the_advice_that_each_has),
        TEST(test_slot_that_is_empty_until_its_date_is_not_in_order),
        TEST(test_certificate_unknown_to_the_index_is_not_in_order),
        TEST(test_queue_that_is_longer_than_its_picture_is_counted),
        TEST(test_report_that_no_receiver_took_is_told),
        TEST(test_blocked_plan_says_that_nothing_will_be_done),
        TEST(test_blocked_run_says_that_nothing_was_done_and_why),
        TEST(test_run_that_could_not_begin_says_so_in_a_word),
        TEST(test_empty_store_says_so),
        TEST(test_plan_has_no_page),
        TEST(test_hostile_strings_come_out_harmless),
        TEST(test_empty_subject_is_shown_as_such_to_people),
        TEST(test_page_holds_the_run_as_json),
        TEST(test_valid_names_survive_json_unchanged),
        TEST(test_status_does_not_depend_on_runs),
        TEST(test_certificate_that_failed_in_two_actions_counts_once),
        TEST(test_lost_problems_are_told),
        TEST(test_certificate_unknown_to_the_index_is_shown_by_its_fingerprint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
