/* Memory that runs out in the middle: what was lost is never passed over. */
#include "../failing.h"
#include "base/problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct place nowhere = {NULL, 0, 0};

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

static void a_warning_whose_message_is_lost_counts_as_an_error(void **state)
{
    struct problems *problems = *state;
    failing_set(1);
    struct problem *problem = problems_add(problems, PROBLEM_EXPIRING, nowhere, "in %d days", 3);
    assert_true(failing_set(0));
    assert_string_equal(problem->message, "out of memory");
    assert_true(problems->out_of_memory);
    assert_int_equal(problems->errors, 1);
}

static void a_list_that_could_not_be_sorted_is_whole_and_says_so(void **state)
{
    struct problems *problems = *state;
    problems_add(problems, PROBLEM_EXPIRING, nowhere, "without a place");
    problems_add(problems, PROBLEM_EXPIRING, (struct place){"a.yaml", 1, 1}, "with one");
    failing_set(1);
    problems_sort(problems);
    assert_true(failing_set(0));
    assert_int_equal(problems->count, 2);
    assert_string_equal(problems->items[0].message, "without a place");
    assert_true(problems->out_of_memory);
    assert_int_equal(problems->errors, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_list, free_list)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_warning_whose_message_is_lost_counts_as_an_error),
        TEST(a_list_that_could_not_be_sorted_is_whole_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
