/* The page of a store of 10,000 certificates: it stays small, and is written at once. */
#include "base/monotonic.h"
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

enum { MANY = 10000, DAY = 86400, PAGE_MOST = 8 * 1000 * 1000 };

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

/* Writes the page, looks at its size, and says how long that took. */
static struct text write_page(struct fixture *f, const char *variable)
{
    struct text page = TEXT_INIT;
    int64_t start = monotonic_now();
    assert_int_equal(report_write(&f->run_view, REPORT_HTML, &page), 0);
    print_message("%zu bytes, %lld ms\n", page.length, (long long)(monotonic_now() - start));
    assert_true(page.length < PAGE_MOST);
    if (getenv(variable)) {
        FILE *file = fopen(getenv(variable), "w");
        assert_non_null(file);
        assert_int_equal(fwrite(page.bytes, 1, page.length, file), page.length);
        assert_int_equal(fclose(file), 0);
    }
    return page;
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
    struct text page = write_page(f, "CERTROLL_PAGE_QUIET");
    assert_non_null(strstr(text_string(&page), "shop-09999"));
    assert_null(strstr(text_string(&page), "too long"));
    text_done(&page);
}

static void the_first_run_of_ten_thousand_is_cut_and_says_so(void **state)
{
    struct fixture *f = *state;
    struct snapshot store = make_store();
    fixture_make_quiet(f);
    make_first_run(f);
    f->run.after = &store;
    struct text page = write_page(f, "CERTROLL_PAGE_FIRST");
    json_t *run = read_data(&page);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_quiet_night_of_ten_thousand_is_there_as_a_whole,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_first_run_of_ten_thousand_is_cut_and_says_so,
                                        fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
