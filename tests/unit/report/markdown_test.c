/* A comment in Markdown: what matters first, whatever the size, and nothing cut in two. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { SIZE_MOST = 60000 };

static struct text written(const struct report_view *view)
{
    struct text text = TEXT_INIT;
    assert_int_equal(report_write(view, REPORT_MARKDOWN, &text), 0);
    return text;
}

static size_t count(const char *string, const char *part)
{
    size_t found = 0;
    for (; (string = strstr(string, part)); string += strlen(part))
        found++;
    return found;
}

/* The number before `words`. */
static size_t number_of(const char *string, const char *words)
{
    const char *at = strstr(string, words);
    if (!at)
        return 0;
    while (at > string && at[-1] >= '0' && at[-1] <= '9')
        at--;
    return strtoul(at, NULL, 10);
}

/* Small enough, and every construct has its end. */
static void check_whole(const struct text *text)
{
    const char *string = text_string(text);
    assert_true(text->length < SIZE_MOST);
    assert_int_equal(count(string, "<details>"), count(string, "\n</details>\n"));
    assert_int_equal(count(string, "<details>"), count(string, "</summary>\n\n"));
    assert_int_equal(count(string, "\n```text\n"), count(string, "\n```\n"));
    assert_int_equal(string[text->length - 1], '\n');
    for (const char *line = string; *line; line = strchr(line, '\n') + 1) {
        size_t length = strcspn(line, "\n");
        assert_true(line[0] != '|' || line[length - 1] == '|');
    }
}

static void expect_head(const struct report_view *view, const char *wanted)
{
    struct text text = written(view);
    check_whole(&text);
    assert_true(text.length >= strlen(wanted));
    text.bytes[strlen(wanted)] = '\0';
    assert_string_equal(text.bytes, wanted);
    text_done(&text);
}

static void test_every_kind_begins_with_its_verdict(void **state)
{
    struct fixture *f = *state;
    struct past_run runs[] = {{"{}", NULL, true}};
    struct report_view view = {.manifests = &f->manifests,
                               .problems = &f->plan.problems,
                               .runs = runs,
                               .run_count = 1,
                               .objects = 3,
                               .links = 1,
                               .delivered = 1,
                               .outbox_count = 2};
    f->run_view.host = "edge";
    expect_head(&f->plan_view, "### certroll: 6 changes, 1 failed\n\nPlan: ");
    expect_head(&f->run_view, "### certroll on `edge`: 4 changes, 2 failed\n\nDone: ");
    expect_head(&f->status_view, "### certroll: 3 slots, 1 to expire within 30 days\n\n####");
    view.kind = REPORT_VALIDATION;
    expect_head(&view, "### certroll: 1 manifest, 2 certificates: 1 error\n\n#### Errors\n\n");
    view.kind = REPORT_VERIFICATION;
    expect_head(&view, "### certroll: 3 objects, 1 link: 1 difference\n\n#### Errors\n\n");
    view.kind = REPORT_DELIVERY;
    expect_head(&view, "### certroll: 1 report delivered, 2 still waiting\n\n#### Errors\n\n");
    view.kind = REPORT_STATUS;
    view.failed = true;
    expect_head(&view, "### certroll: 1 error\n\n2 reports wait to be sent.\n\n#### Errors\n\n");
    view.failed = false;
    view.problems = NULL;
    view.kind = REPORT_HISTORY;
    expect_head(&view, "### certroll: 1 run\n\n#### Runs, the newest first\n\n");
    view.run_count = 0;
    expect_head(&view, "### certroll: no run has done anything yet\n");
}

static void test_nothing_to_do_says_so_and_blocked_or_broken_do_not(void **state)
{
    struct fixture *f = *state;
    f->plan.blocked = true;
    expect_head(&f->plan_view, "### certroll: 6 changes held back, 1 failed\n\n");
    for (size_t i = 0; i < FIXTURE_ACTIONS; i++)
        f->outcomes[i] = OUTCOME_SKIPPED;
    f->run_view.host = NULL;
    expect_head(&f->run_view, "### certroll: nothing done, 1 failed\n\n");
    fixture_make_quiet(f);
    f->plan.blocked = false;
    expect_head(&f->plan_view, "### certroll: nothing to do\n\nNothing to do: 2 certificates are "
                               "as the manifests say.\n\n<details><summary>Manifests: 1");
    f->plan.failed = 1;
    expect_head(&f->plan_view, "### certroll: no change, 1 failed\n\n");
    f->plan.failed = 0;
    problems_add(&f->plan.problems, PROBLEM_STALE_PLAN, NOWHERE, "it changed");
    expect_head(&f->plan_view, "### certroll: no change, 1 error\n\n");
}

static void test_empty_store_and_expired_certificates_stand_in_the_heading(void **state)
{
    struct fixture *f = *state;
    f->status_view.now = f->certificates[0].certificate.not_after + 1;
    expect_head(&f->status_view, "### certroll: 3 slots, 1 expired\n\n");
    f->status_view.now -= 1;
    expect_head(&f->status_view, "### certroll: 3 slots, 1 to expire within 30 days\n\n");
    f->slots[0].current.fingerprint = NULL;
    expect_head(&f->status_view, "### certroll: 3 slots, 1 empty, 1 to expire within 30 days\n\n");
    f->snapshot = (struct snapshot){0};
    expect_head(&f->status_view, "### certroll: the store is empty\n");
}

static void test_the_same_run_gives_the_same_bytes(void **state)
{
    struct fixture *f = *state;
    struct text first = written(&f->run_view), second = written(&f->run_view);
    assert_string_equal(text_string(&first), text_string(&second));
    text_done(&first);
    text_done(&second);
}

static void test_what_was_not_done_comes_first_and_what_touches_no_slot_last(void **state)
{
    struct fixture *f = *state;
    struct text text = written(&f->run_view);
    const char *at = text_string(&text);
    static const char *const order[] = {"| schedule: **failed**", "| retire: **skipped**",
                                        "| assign |", "| remove |", "| import |"};
    for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
        at = strstr(at, order[i]);
        assert_non_null(at);
    }
    text_done(&text);
}

static void test_history_shows_the_newest_run_first(void **state)
{
    (void)state;
    struct past_run runs[] = {
        {"{\"run_id\": \"a|b\", \"started_at\": \"2026-11-21T09:00:00Z\"}", NULL, true},
        {"{\"run_id\": \"c\", \"summary\": {\"import\": 2}, \"actions\": ["
         "{\"action\": \"import\", \"outcome\": \"skipped\"},"
         "{\"action\": \"import\", \"outcome\": \"skipped\"}]}",
         "reports/c.html", false}};
    struct report_view view = {.kind = REPORT_HISTORY, .runs = runs, .run_count = 2};
    struct text text = written(&view);
    assert_non_null(strstr(text_string(&text),
                           "| – | `c` | **interrupted**: it had 2 to import | `reports/c.html` |\n"
                           "| 2026-11-21 09:00:00 UTC | `a\\x7Cb` | no change | – |\n"));
    text_done(&text);
}

/* Makes the fixture's plan one of many actions and errors; hostile of names that take much. */
static void make_huge(struct fixture *f, size_t actions, size_t errors, bool hostile)
{
    enum { LENGTH = 4000 };
    char *name = arena_alloc(f->arena, LENGTH + 1, 1);
    assert_non_null(name);
    memset(name, hostile ? '\x01' : 'n', LENGTH);
    f->plan.action_count = actions;
    f->plan.actions = arena_alloc(f->arena, actions + 1, sizeof(*f->plan.actions));
    f->run.outcomes = arena_alloc(f->arena, actions + 1, sizeof(*f->run.outcomes));
    assert_true(f->plan.actions && f->run.outcomes);
    for (size_t i = 0; i < actions; i++) {
        f->plan.actions[i] = f->actions[i % FIXTURE_ACTIONS];
        if (hostile)
            f->plan.actions[i].entry = f->plan.actions[i].reason = name;
    }
    problems_init(&f->plan.problems, f->arena);
    for (size_t i = 0; i < errors; i++) {
        struct problem *problem =
            problems_add(&f->plan.problems, i % 2 ? PROBLEM_EXPIRING : PROBLEM_WRONG_PASSWORD,
                         (struct place){hostile ? name : "m.yaml", (int)i + 1, LENGTH / 2}, "%s",
                         hostile ? name : "the password does not open it");
        problem->certificate = hostile ? name : "broken";
        problem->excerpt = name;
    }
    f->run.problems = f->plan.problems;
}

/* What is shown and what is said not to be shown are all there is. */
static void check_counts(const struct text *text, size_t actions, size_t errors, size_t warnings)
{
    const char *string = text_string(text);
    size_t details = count(string, "<summary>Certificates of these changes: ");
    assert_int_equal(
        count(string, "`wrong_password`: ") + number_of(string, " errors are not shown"), errors);
    assert_int_equal(count(string, "`expiring`: ") + number_of(string, " warnings are not shown"),
                     warnings);
    assert_int_equal(details, 1);
    string = strstr(string, "#### Changes");
    assert_non_null(string);
    size_t shown = count(string, "\n| import |") + count(string, "\n| assign |") +
                   count(string, "\n| schedule |") + count(string, "\n| retire |") +
                   count(string, "\n| remove |") + number_of(string, " changes are not shown");
    string = strstr(string, "<summary>Certificates of these");
    assert_int_equal(shown + number_of(string, " changes are not shown"), 2 * actions);
}

static void test_ten_thousand_changes_and_five_thousand_errors_fit(void **state)
{
    struct fixture *f = *state;
    make_huge(f, 10000, 10000, false);
    struct text text = written(&f->plan_view);
    const char *string = text_string(&text);
    check_whole(&text);
    check_counts(&text, 10000, 5000, 5000);
    assert_true(text.length > SIZE_MOST * 4 / 5);
    assert_true(count(string, "`wrong_password`: ") > 10);
    assert_true(count(strstr(string, "#### Changes"), "\n| assign |") > 25);
    assert_true(strstr(string, "#### Errors") < strstr(string, "#### Changes"));
    assert_non_null(strstr(string, "<summary>Warnings: 5000</summary>"));
    assert_non_null(strstr(string, "`-o json` has all"));
    text_done(&text);
}

static void test_errors_take_the_room_that_nothing_else_needs(void **state)
{
    struct fixture *f = *state;
    make_huge(f, 0, 9999, false);
    f->plan.failed = 0;
    struct text text = written(&f->plan_view);
    check_whole(&text);
    assert_true(text.length > SIZE_MOST * 4 / 5);
    size_t shown = count(text_string(&text), "`wrong_password`: ");
    text_done(&text);
    make_huge(f, 10000, 9999, false);
    text = written(&f->plan_view);
    assert_true(count(text_string(&text), "`wrong_password`: ") < shown);
    text_done(&text);
}

static void test_names_that_take_much_stay_within_the_bound(void **state)
{
    struct fixture *f = *state;
    make_huge(f, 10000, 10000, true);
    f->run_view.host = f->run.report_file = f->run.report_url = f->plan.actions[0].entry;
    const struct report_view *views[] = {&f->plan_view, &f->run_view};
    for (size_t i = 0; i < 2; i++) {
        struct text text = written(views[i]);
        check_whole(&text);
        assert_true(count(text_string(&text), "`wrong_password`: ") > 3);
        assert_true(count(text_string(&text), "| the slot") == 0);
        text_done(&text);
    }
}

/* Rows so small that they fill their room, and facts that take as much as they can. */
static void test_there_is_room_for_the_facts_of_a_full_comment(void **state)
{
    struct fixture *f = *state;
    char name[800]; /* of U+F0000, which is shown as an escape */
    for (size_t i = 0; i < sizeof(name); i++)
        name[i] = "\xf3\xb0\x80\x80"[i % 4];
    name[sizeof(name) - 4] = '\0';
    struct manifest manifests[1000];
    for (size_t i = 0; i < sizeof(manifests) / sizeof(*manifests); i++)
        manifests[i] = f->manifest;
    f->manifests = (struct manifests){manifests, sizeof(manifests) / sizeof(*manifests)};
    make_huge(f, 10000, 10000, false);
    struct run_delivery deliveries[20];
    for (size_t i = 0; i < 20; i++)
        deliveries[i] = (struct run_delivery){name, DELIVERY_QUEUED, 3, name};
    f->run.deliveries = deliveries;
    f->run.delivery_count = 20;
    f->run_view.host = f->run_view.version = f->run.report_file = f->run.report_url = name;
    struct text text = written(&f->run_view);
    check_whole(&text);
    assert_int_equal(count(text_string(&text), "\n- Report queued for `"), 1);
    assert_non_null(strstr(text_string(&text), "\n- Report for 19 URLs more; `-o json` has all\n"));
    check_counts(&text, 10000, 5000, 5000);
    text_done(&text);
}

static void test_each_url_of_the_report_has_a_line(void **state)
{
    struct fixture *f = *state;
    struct run_delivery deliveries[18];
    for (size_t i = 0; i < 18; i++)
        deliveries[i] =
            (struct run_delivery){"https://other.example.com/", DELIVERY_DELIVERED, 1, NULL};
    deliveries[0] = (struct run_delivery){"https://a.example.com/", DELIVERY_NONE, 1,
                                          "the receiver answered 404"};
    f->run.deliveries = deliveries;
    f->run.delivery_count = 18;
    struct text text = written(&f->run_view);
    assert_non_null(strstr(text_string(&text), "\n- Report not delivered to "
                                               "`https://a.example.com/`, 1 attempt: the receiver "
                                               "answered 404\n"));
    assert_int_equal(count(text_string(&text),
                           "- Report delivered to `https://other.example.com/`, 1 attempt\n"),
                     15);
    assert_non_null(strstr(text_string(&text), "\n- Report for 2 URLs more; `-o json` has all\n"));
    text_done(&text);
}

static void test_long_lists_of_a_store_fit(void **state)
{
    struct fixture *f = *state;
    enum { SLOTS = 10000, NEXT = 1000 };
    struct slot *slots = arena_alloc(f->arena, SLOTS, sizeof(*slots));
    struct claim *next = arena_alloc(f->arena, NEXT, sizeof(*next));
    assert_true(slots && next);
    for (size_t i = 0; i < SLOTS; i++)
        slots[i] = f->slots[i % FIXTURE_SLOTS];
    for (size_t i = 0; i < NEXT; i++)
        next[i] = f->next[0];
    slots[SLOTS - 1].next = next;
    slots[SLOTS - 1].next_count = NEXT;
    f->snapshot.slots = slots;
    f->snapshot.slot_count = SLOTS;
    struct text text = written(&f->status_view);
    check_whole(&text);
    assert_non_null(strstr(text_string(&text), "<summary>9975 more</summary>"));
    size_t shown = count(text_string(&text), "| current |");
    assert_int_equal(shown + number_of(text_string(&text), " slots are not shown here"), SLOTS);
    text_done(&text);
    f->snapshot.slots = &slots[SLOTS - 1];
    f->snapshot.slot_count = 1;
    text = written(&f->status_view);
    check_whole(&text);
    assert_non_null(strstr(text_string(&text), "| 992 more in next |"));
    text_done(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_every_kind_begins_with_its_verdict),
        TEST(test_nothing_to_do_says_so_and_blocked_or_broken_do_not),
        TEST(test_empty_store_and_expired_certificates_stand_in_the_heading),
        TEST(test_the_same_run_gives_the_same_bytes),
        TEST(test_what_was_not_done_comes_first_and_what_touches_no_slot_last),
        TEST(test_history_shows_the_newest_run_first),
        TEST(test_ten_thousand_changes_and_five_thousand_errors_fit),
        TEST(test_errors_take_the_room_that_nothing_else_needs),
        TEST(test_names_that_take_much_stay_within_the_bound),
        TEST(test_there_is_room_for_the_facts_of_a_full_comment),
        TEST(test_each_url_of_the_report_has_a_line),
        TEST(test_long_lists_of_a_store_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
