#include "base/problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct place nowhere = {NULL, 0, 0};
static volatile size_t beyond_memory = (size_t)1 << 40;

static int make_list(void **state)
{
    struct arena *arena = arena_new();
    struct problems *problems = arena ? arena_alloc(arena, 1, sizeof(*problems)) : NULL;
    if (!problems)
        return -1;
    problems_init(problems, arena);
    *state = problems;
    return 0;
}

static int free_list(void **state)
{
    struct problems *problems = *state;
    arena_free(problems->arena);
    return 0;
}

static void every_code_has_its_text_and_advice(void **state)
{
    (void)state;
    for (int code = 0; code < PROBLEM_CODE_COUNT; code++) {
        const char *text = problem_code(code), *advice = problem_advice(code);
        assert_non_null(text);
        assert_true(*text != '\0');
        assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyz_"), strlen(text));
        assert_non_null(advice);
        assert_true(strlen(advice) > 5);
        assert_int_equal(advice[strlen(advice) - 1], '.');
    }
}

static void no_two_codes_have_the_same_text(void **state)
{
    (void)state;
    for (int left = 0; left < PROBLEM_CODE_COUNT; left++)
        for (int right = left + 1; right < PROBLEM_CODE_COUNT; right++)
            assert_string_not_equal(problem_code(left), problem_code(right));
}

static void the_code_decides_the_severity(void **state)
{
    (void)state;
    assert_int_equal(problem_severity(PROBLEM_WRONG_PASSWORD), SEVERITY_ERROR);
    assert_int_equal(problem_severity(PROBLEM_EXPIRING), SEVERITY_WARNING);
    assert_string_equal(severity_name(SEVERITY_ERROR), "error");
    assert_string_equal(severity_name(SEVERITY_WARNING), "warning");
}

static void only_errors_count_as_errors(void **state)
{
    struct problems *problems = *state;
    problems_add(problems, PROBLEM_EXPIRING, nowhere, "in %d days", 3);
    assert_int_equal(problems->errors, 0);
    problems_add(problems, PROBLEM_EXPIRED, nowhere, "since %s", "yesterday");
    assert_int_equal(problems->errors, 1);
    assert_int_equal(problems->count, 2);
    assert_string_equal(problems->items[0].message, "in 3 days");
    assert_string_equal(problems->items[1].message, "since yesterday");
}

static void a_problem_has_its_place_and_nothing_else_until_it_is_filled_in(void **state)
{
    struct problem *problem =
        problems_add(*state, PROBLEM_UNKNOWN_KEY, (struct place){"m.yaml", 9, 5}, "no");
    assert_string_equal(problem->place.file, "m.yaml");
    assert_int_equal(problem->place.line, 9);
    assert_int_equal(problem->place.column, 5);
    assert_null(problem->certificate);
    assert_null(problem->subject);
    assert_null(problem->excerpt);
    assert_false(problem->quiet);
}

static void many_problems_are_all_kept(void **state)
{
    struct problems *problems = *state;
    for (int line = 1; line <= 3000; line++)
        problems_add(problems, PROBLEM_UNKNOWN_KEY, (struct place){"m", line, 1}, "%d", line);
    assert_int_equal(problems->count, 3000);
    assert_int_equal(problems->errors, 3000);
    assert_string_equal(problems->items[2999].message, "3000");
    assert_int_equal(problems->items[0].place.line, 1);
}

static void sorting_is_by_file_line_and_column_with_the_placeless_last(void **state)
{
    struct problems *problems = *state;
    static const struct place places[] = {
        {NULL, 0, 0}, {"b", 1, 1}, {"a", 10, 2}, {"a", 10, 1},
        {"a", 9, 7},  {"b", 0, 0}, {"a", 9, 7},
    };
    static const char order[] = "4632510";
    for (int i = 0; i < 7; i++)
        problems_add(problems, PROBLEM_UNKNOWN_KEY, places[i], "%d", i);
    problems_sort(problems);
    for (int i = 0; i < 7; i++)
        assert_int_equal(problems->items[i].message[0], order[i]);
}

static void sorting_keeps_the_order_at_one_place(void **state)
{
    struct problems *problems = *state;
    for (int i = 0; i < 1000; i++)
        problems_add(problems, PROBLEM_UNKNOWN_KEY, (struct place){"m", i % 7, 1}, "%03d", i);
    problems_sort(problems);
    assert_int_equal(problems->count, 1000);
    for (int i = 1; i < 1000; i++) {
        const struct problem *left = &problems->items[i - 1], *right = &problems->items[i];
        assert_true(left->place.line <= right->place.line);
        if (left->place.line == right->place.line)
            assert_true(strcmp(left->message, right->message) < 0);
    }
}

static void sorting_nothing_or_one_is_harmless(void **state)
{
    struct problems *problems = *state;
    problems_sort(problems);
    assert_int_equal(problems->count, 0);
    problems_add(problems, PROBLEM_EXPIRED, nowhere, "one");
    problems_sort(problems);
    assert_string_equal(problems->items[0].message, "one");
}

static void appending_adds_the_problems_and_their_errors(void **state)
{
    struct problems *problems = *state, other, empty;
    problems_init(&other, problems->arena);
    problems_init(&empty, problems->arena);
    problems_add(problems, PROBLEM_EXPIRED, nowhere, "first");
    problems_add(&other, PROBLEM_WEAK_KEY, nowhere, "second");
    problems_add(&other, PROBLEM_UNREADABLE, nowhere, "third");
    problems_append(problems, &other);
    problems_append(problems, &empty);
    assert_int_equal(problems->count, 3);
    assert_int_equal(problems->errors, 2);
    assert_string_equal(problems->items[2].message, "third");
    assert_int_equal(other.count, 2);
}

static void a_code_that_is_there_is_found(void **state)
{
    struct problems *problems = *state;
    assert_false(problems_has(problems, PROBLEM_WEAK_KEY));
    problems_add(problems, PROBLEM_EXPIRED, nowhere, "x");
    problems_add(problems, PROBLEM_WEAK_KEY, nowhere, "x");
    assert_true(problems_has(problems, PROBLEM_WEAK_KEY));
    assert_false(problems_has(problems, PROBLEM_LOST_NAMES));
}

/* A list whose growth cannot succeed stands for one whose memory is out. */
static void a_problem_that_is_lost_still_counts_as_an_error(void **state)
{
    struct problems *problems = *state;
    problems->count = problems->capacity = beyond_memory;
    struct problem *scratch = problems_add(problems, PROBLEM_EXPIRING, nowhere, "lost");
    assert_non_null(scratch);
    assert_true(problems->out_of_memory);
    assert_int_equal(problems->errors, 1);
    problems_add(problems, PROBLEM_EXPIRING, nowhere, "lost too");
    assert_int_equal(problems->errors, 1);
    assert_int_equal(problems->count, beyond_memory);
    struct problems heir;
    problems_init(&heir, problems->arena);
    problems->count = 0;
    problems_append(&heir, problems);
    assert_true(heir.out_of_memory);
    assert_int_equal(heir.errors, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_list, free_list)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_text_and_advice),
        cmocka_unit_test(no_two_codes_have_the_same_text),
        cmocka_unit_test(the_code_decides_the_severity),
        TEST(only_errors_count_as_errors),
        TEST(a_problem_has_its_place_and_nothing_else_until_it_is_filled_in),
        TEST(many_problems_are_all_kept),
        TEST(sorting_is_by_file_line_and_column_with_the_placeless_last),
        TEST(sorting_keeps_the_order_at_one_place),
        TEST(sorting_nothing_or_one_is_harmless),
        TEST(appending_adds_the_problems_and_their_errors),
        TEST(a_code_that_is_there_is_found),
        TEST(a_problem_that_is_lost_still_counts_as_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
