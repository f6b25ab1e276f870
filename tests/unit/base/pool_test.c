#include "base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { COUNT = 20000, WORKERS_MOST = 256 };

struct tally {
    atomic_uint visits[COUNT];
    atomic_bool busy[WORKERS_MOST];
    atomic_uint overlaps;
    atomic_size_t worker_most;
};

static struct tally tally;

static int clear_tally(void **state)
{
    *state = memset(&tally, 0, sizeof(tally));
    return 0;
}

static void visit(void *context, size_t worker, size_t index)
{
    struct tally *marks = context;
    if (atomic_exchange(&marks->busy[worker % WORKERS_MOST], true))
        marks->overlaps++;
    marks->visits[index]++;
    for (size_t most = marks->worker_most; worker > most;)
        if (atomic_compare_exchange_weak(&marks->worker_most, &most, worker))
            break;
    atomic_store(&marks->busy[worker % WORKERS_MOST], false);
}

static void assert_each_visited_once(const struct tally *marks, size_t count)
{
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(marks->visits[i], i < count ? 1 : 0);
    assert_int_equal(marks->overlaps, 0);
}

static void every_index_is_worked_on_once(void **state)
{
    pool_run(4, COUNT, visit, *state);
    assert_each_visited_once(*state, COUNT);
    assert_in_range(tally.worker_most, 0, 3);
}

static void one_job_works_through_them_all(void **state)
{
    pool_run(1, COUNT, visit, *state);
    assert_each_visited_once(*state, COUNT);
    assert_int_equal(tally.worker_most, 0);
}

static void no_jobs_at_all_still_do_the_work(void **state)
{
    pool_run(0, 10, visit, *state);
    assert_each_visited_once(*state, 10);
}

static void more_jobs_than_items_are_not_started(void **state)
{
    pool_run(100, 3, visit, *state);
    assert_each_visited_once(*state, 3);
    assert_in_range(tally.worker_most, 0, 2);
}

static void a_senseless_number_of_jobs_is_bounded(void **state)
{
    pool_run(SIZE_MAX, COUNT, visit, *state);
    assert_each_visited_once(*state, COUNT);
}

static void nothing_to_do_calls_nobody(void **state)
{
    pool_run(4, 0, visit, *state);
    assert_each_visited_once(*state, 0);
}

#define TEST(function) cmocka_unit_test_setup(function, clear_tally)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_index_is_worked_on_once),         TEST(one_job_works_through_them_all),
        TEST(no_jobs_at_all_still_do_the_work),      TEST(more_jobs_than_items_are_not_started),
        TEST(a_senseless_number_of_jobs_is_bounded), TEST(nothing_to_do_calls_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
