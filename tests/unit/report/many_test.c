/* Pages of 10,000 certificates, and of runs of as much: they stay small, and are written at once.
 */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MANY = 10000, DAY = 86400, PAGE_MOST = 8 * 1000 * 1000 };

/* Seconds of the processor's time; several times what an old machine needs. */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
static const double time_most = 3;
#else
static const double time_most = 60;
#endif

static struct stored_certificate certificates[2 * MANY];
static struct slot slots[MANY];
static struct claim next[MANY];
static char names[MANY][4][64];
static struct action actions[2 * MANY];
static enum outcome outcomes[2 * MANY];

static struct stored_certificate certificate(size_t i, size_t of)
{
    instant from = fixture_now - (instant)(of % 300) * DAY;
    struct stored_certificate stored = {.certificate = {.subject = names[of][0],
                                                        .issuer = "CN=Example Issuing CA 1",
                                                        .serial = "01ab",
                                                        .key_algorithm = "EC P-256",
                                                        .not_before = from,
                                                        .not_after = from + 397 * DAY,
                                                        .has_key = true}};
    snprintf(stored.certificate.fingerprint, DIGEST_TEXT_SIZE, "%064zx", i);
    snprintf(stored.certificate.thumbprint, THUMBPRINT_TEXT_SIZE, "%040zx", i);
    return stored;
}

/* Every twentieth slot has a roll ahead. */
static struct snapshot make_store(void)
{
    size_t scheduled = 0;
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i][0], sizeof(names[i][0]), "CN=shop-%05zu.example.com, O=Example", i);
        snprintf(names[i][1], sizeof(names[i][1]), "shop-%05zu", i);
        snprintf(names[i][2], sizeof(names[i][2]), "WebServicesExternal@shop-%05zu", i);
        snprintf(names[i][3], sizeof(names[i][3]), "shop-%05zu-next", i);
        certificates[2 * i] = certificate(2 * i, i);
        certificates[2 * i + 1] = certificate(2 * i + 1, i);
        slots[i] = (struct slot){.scope = "global", .type = names[i][2], .owner = "shops"};
        slots[i].current = (struct claim){certificates[2 * i].certificate.fingerprint, names[i][1],
                                          INSTANT_NONE, false, false};
        if (i % 20 != 0)
            continue;
        next[scheduled] =
            (struct claim){certificates[2 * i + 1].certificate.fingerprint, names[i][3],
                           fixture_now + (instant)(i % 90) * DAY, true, false};
        slots[i].next = &next[scheduled++];
        slots[i].next_count = 1;
    }
    return (struct snapshot){.generation = 13,
                             .certificates = certificates,
                             .certificate_count = 2 * MANY,
                             .slots = slots,
                             .slot_count = MANY};
}

static struct action action(enum action_kind kind, size_t i)
{
    return (struct action){
        .kind = kind,
        .entry = names[i][1],
        .owner = "shops",
        .scope = kind == ACTION_ASSIGN ? "global" : NULL,
        .type = kind == ACTION_ASSIGN ? names[i][2] : NULL,
        .fingerprint = certificates[2 * i].certificate.fingerprint,
        .certificate = &certificates[2 * i].certificate,
        .effective_date = INSTANT_NONE,
        .place = {.file = "manifests/shops.yaml", .line = (int)i + 4, .column = 5},
        .reason =
            kind == ACTION_ASSIGN ? "the slot has no certificate yet" : "not in the store yet",
    };
}

/* The first run: all is imported and assigned but the last, and every chain is incomplete. */
static void make_first_run(struct fixture *f)
{
    for (size_t i = 0; i < MANY; i++) {
        actions[i] = action(ACTION_IMPORT, i);
        actions[MANY + i] = action(ACTION_ASSIGN, i);
        outcomes[i] = outcomes[MANY + i] = OUTCOME_DONE;
        problems_add(&f->run.problems, PROBLEM_INCOMPLETE_CHAIN, actions[i].place,
                     "no certificate of its issuer came with it")
            ->certificate = names[i][1];
    }
    outcomes[2 * MANY - 1] = OUTCOME_FAILED;
    problems_add(&f->run.problems, PROBLEM_STORE_FAILED, actions[MANY - 1].place,
                 "no space is left");
    f->plan.actions = actions;
    f->plan.action_count = 2 * MANY;
    f->plan.certificates = MANY;
    f->plan.unchanged = 0;
    f->run.outcomes = outcomes;
}

/* Writes the page, and looks at its size and how long that took. */
static struct text write_page(const struct report_view *view, const char *variable)
{
    struct timespec from, to;
    struct text page = TEXT_INIT;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    assert_int_equal(report_write(view, REPORT_HTML, &page), 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    print_message("%zu bytes, %.3f s\n", page.length, seconds);
    assert_true(seconds < time_most);
    assert_true(page.length < PAGE_MOST);
    if (getenv(variable)) {
        FILE *file = fopen(getenv(variable), "w");
        assert_non_null(file);
        assert_int_equal(fwrite(page.bytes, 1, page.length, file), page.length);
        assert_int_equal(fclose(file), 0);
    }
    return page;
}

/* Piece by piece it is the same page. */
static void check_pieces(const struct report_view *view, const struct text *page)
{
    FILE *file = tmpfile();
    char *bytes = malloc(page->length + 1);
    assert_non_null(file);
    assert_non_null(bytes);
    assert_int_equal(report_write_to(view, REPORT_HTML, fileno(file)), 0);
    assert_int_equal(pread(fileno(file), bytes, page->length + 1, 0), page->length);
    assert_memory_equal(bytes, page->bytes, page->length);
    free(bytes);
    fclose(file);
}

static json_t *read_data(const struct text *page)
{
    static const char begin[] = "<script type=\"application/json\" id=\"certroll-run\">";
    char *data = strstr(page->bytes, begin);
    assert_non_null(data);
    json_t *run = json_loads(data + sizeof(begin) - 1, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(run);
    return run;
}

static size_t rows_of(const json_t *run, const char *list)
{
    return json_array_size(json_object_get(run, list));
}

static void check_left_out(const json_t *run, const char *list, const char *rest, size_t all)
{
    size_t left_out = (size_t)json_integer_value(json_object_get(run, rest));
    assert_int_equal(rows_of(run, list) + left_out, all);
    assert_in_range(left_out, 1, all - 1000);
}

static void a_quiet_night_of_ten_thousand_is_there_as_a_whole(void **state)
{
    struct fixture *f = *state;
    struct snapshot store = make_store();
    fixture_make_quiet(f);
    f->run.after = &store;
    struct text page = write_page(&f->run_view, "CERTROLL_PAGE_QUIET");
    assert_non_null(strstr(text_string(&page), "shop-09999"));
    assert_null(strstr(text_string(&page), "too long"));
    assert_non_null(strstr(text_string(&page), "<summary>388 more</summary>"));
    check_pieces(&f->run_view, &page);
    assert_non_null(
        strstr(text_string(&page), "100 slots more, less pressing, stand in the whole"));
    assert_non_null(strstr(text_string(&page), "9500 slots are quiet: no roll is ahead of them"));
    text_done(&page);
}

static void the_first_run_of_ten_thousand_is_cut_and_says_so(void **state)
{
    struct fixture *f = *state;
    struct snapshot store = make_store();
    fixture_make_quiet(f);
    make_first_run(f);
    f->run.after = &store;
    struct text page = write_page(&f->run_view, "CERTROLL_PAGE_FIRST");
    json_t *run = read_data(&page);
    check_pieces(&f->run_view, &page);
    check_left_out(run, "actions", "actions_left_out", 2 * MANY);
    check_left_out(run, "problems", "problems_left_out", MANY + 1);
    const json_t *action = json_array_get(json_object_get(run, "actions"), 0);
    const json_t *problem = json_array_get(json_object_get(run, "problems"), 0);
    assert_string_equal(json_string_value(json_object_get(action, "outcome")), "failed");
    assert_string_equal(json_string_value(json_object_get(problem, "severity")), "error");
    assert_non_null(strstr(text_string(&page), "actions more would make this page too long"));
    assert_non_null(strstr(text_string(&page), "no space is left"));
    json_decref(run);
    text_done(&page);
}

/* A run of so many actions and problems, whose names are as long. */
static char *make_past(size_t rows, size_t length)
{
    char name[4096];
    memset(name, '<', length);
    name[length] = '\0';
    json_t *imports = json_array(), *problems = json_array();
    for (size_t i = 0; i < rows; i++) {
        json_array_append_new(imports, json_pack("{s:s, s:s, s:s}", "action", "import",
                                                 "certificate", name, "outcome", "done"));
        json_array_append_new(problems, json_pack("{s:s, s:s}", "severity",
                                                  i % 2 ? "error" : "warning", "message", name));
    }
    json_t *run =
        json_pack("{s:s, s:s, s:o, s:o}", "run_id", "20261122T090000Z-3f9a1c", "started_at",
                  "2026-11-22T09:00:00Z", "actions", imports, "problems", problems);
    char *text = json_dumps(run, 0);
    assert_non_null(text);
    json_decref(run);
    return text;
}

static size_t count(const char *string, const char *part)
{
    size_t found = 0;
    for (; (string = strstr(string, part)); string += strlen(part))
        found++;
    return found;
}

static void the_history_says_what_it_has_no_room_for_and_begins_with_the_oldest(void **state)
{
    enum { RUNS = 40 };
    struct past_run runs[RUNS];
    const struct report_view view = {.kind = REPORT_HISTORY, .runs = runs, .run_count = RUNS};
    (void)state;
    char *huge = make_past(250, 1000), *small = make_past(1, 10);
    for (size_t i = 0; i < RUNS; i++)
        runs[i] = (struct past_run){i ? huge : small, "reports/a.html", true};
    struct text page = write_page(&view, "CERTROLL_PAGE_HISTORY");
    const char *string = text_string(&page), *oldest = strstr(string, "id=\"run-0\"");
    assert_int_equal(count(string, "<details class=\"fold\" id=\"run-"), RUNS);
    assert_non_null(strstr(string, "50 actions more: <code>certroll history -o json</code>"));
    assert_non_null(strstr(string, "50 problems more: <code>"));
    assert_non_null(strstr(string, "250 actions left out: <code>"));
    assert_non_null(strstr(oldest, "1 action left out: <code>"));
    assert_non_null(strstr(oldest, "1 problem left out: <code>"));
    text_done(&page);
    runs[0].json = huge;
    for (size_t i = 1; i < RUNS; i++)
        runs[i].json = small;
    page = write_page(&view, "CERTROLL_PAGE_HISTORY");
    assert_null(strstr(text_string(&page), "left out"));
    text_done(&page);
    free(huge);
    free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_quiet_night_of_ten_thousand_is_there_as_a_whole,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_first_run_of_ten_thousand_is_cut_and_says_so,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test(the_history_says_what_it_has_no_room_for_and_begins_with_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
