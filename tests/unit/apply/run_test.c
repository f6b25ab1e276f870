/* A run as plain data: how it begins, and what it comes to. */
#include "apply/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ACTIONS = 3 };

struct fixture {
    struct arena *arena;
    struct action actions[ACTIONS];
    struct plan plan;
};

static int setup(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.arena = arena_new()};
    fixture.plan = (struct plan){
        .generation = 7, .actions = fixture.actions, .action_count = ACTIONS, .counts = {0}};
    problems_init(&fixture.plan.problems, fixture.arena);
    *state = &fixture;
    return fixture.arena ? 0 : -1;
}

static int teardown(void **state)
{
    arena_free(((struct fixture *)*state)->arena);
    return 0;
}

static struct run begun(struct fixture *fixture)
{
    struct run run;
    instant now = instant_from_date(2026, 11, 22, 9, 5, 0);
    assert_int_equal(run_begin(&run, &fixture->plan, now, 0xab3f9a1c, fixture->arena), 0);
    return run;
}

static void add(struct problems *problems, enum problem_code code)
{
    problems_add(problems, code, (struct place){.file = NULL}, "as the test has it");
}

static void its_id_is_its_beginning_and_six_digits_of_chance(void **state)
{
    struct run run = begun(*state);
    assert_string_equal(run.id, "20261122T090500Z-3f9a1c");
}

static void at_first_nothing_was_done(void **state)
{
    struct run run = begun(*state);
    assert_int_equal(run_count(&run, OUTCOME_SKIPPED), ACTIONS);
    assert_int_equal(run.generation_after, 7);
    assert_int_equal(run.delivery, DELIVERY_NONE);
    assert_string_equal(run_result(&run), "ok");
}

static void the_problems_of_the_plan_are_its_own_from_then_on(void **state)
{
    struct fixture *fixture = *state;
    add(&fixture->plan.problems, PROBLEM_EXPIRING);
    struct run run = begun(fixture);
    add(&run.problems, PROBLEM_DELIVERY_FAILED);
    assert_int_equal(run.problems.count, 2);
    assert_int_equal(fixture->plan.problems.count, 1);
}

static void one_action_done_is_a_change(void **state)
{
    struct run run = begun(*state);
    run.outcomes[1] = OUTCOME_DONE;
    assert_string_equal(run_result(&run), "changed");
    assert_int_equal(run_count(&run, OUTCOME_DONE), 1);
}

static void one_failure_outweighs_all_that_was_done(void **state)
{
    struct run run = begun(*state);
    run.outcomes[0] = run.outcomes[1] = OUTCOME_DONE;
    run.outcomes[2] = OUTCOME_FAILED;
    assert_string_equal(run_result(&run), "failed");
}

static void an_error_is_a_failure_and_a_warning_is_none(void **state)
{
    struct run run = begun(*state);
    add(&run.problems, PROBLEM_EXPIRING);
    assert_string_equal(run_result(&run), "ok");
    add(&run.problems, PROBLEM_EXPIRED);
    assert_string_equal(run_result(&run), "failed");
}

static void what_an_interrupted_run_changed_is_a_change(void **state)
{
    struct run run = begun(*state);
    add(&run.problems, PROBLEM_RUN_INTERRUPTED);
    assert_string_equal(run_result(&run), "changed");
}

static void without_memory_none_begins(void **state)
{
    struct fixture *fixture = *state;
    struct run run = {.id = "as it was"};
    fixture->plan.action_count = SIZE_MAX;
    assert_int_equal(run_begin(&run, &fixture->plan, 0, 0, fixture->arena), -1);
    assert_string_equal(run.id, "as it was");
}

static void outcomes_and_deliveries_have_the_names_of_the_json(void **state)
{
    (void)state;
    assert_string_equal(outcome_name(OUTCOME_SKIPPED), "skipped");
    assert_string_equal(delivery_name(DELIVERY_QUEUED), "queued");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(its_id_is_its_beginning_and_six_digits_of_chance),
        TEST(at_first_nothing_was_done),
        TEST(the_problems_of_the_plan_are_its_own_from_then_on),
        TEST(one_action_done_is_a_change),
        TEST(one_failure_outweighs_all_that_was_done),
        TEST(an_error_is_a_failure_and_a_warning_is_none),
        TEST(what_an_interrupted_run_changed_is_a_change),
        TEST(without_memory_none_begins),
        cmocka_unit_test(outcomes_and_deliveries_have_the_names_of_the_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
