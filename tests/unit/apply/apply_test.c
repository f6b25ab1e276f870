/* A plan carried out: what is asked of the store, and what its answer makes of the actions. The
 * store is one that notes what it is asked and answers as the test wants. */
#include "apply/apply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ACTIONS = 3, CHANGES = 2 };

static struct {
    int answer;
    bool failed[CHANGES];
    size_t calls;
    struct commit commit;
} store;

struct fixture {
    struct arena *arena;
    struct action actions[ACTIONS];
    struct change changes[CHANGES];
    struct snapshot snapshot;
    struct plan plan;
    struct run run;
};

int store_commit(struct store *nobody, const struct commit *commit, struct problems *problems,
                 bool *change_failed, int64_t *ret_generation)
{
    (void)nobody;
    store.calls++;
    store.commit = *commit;
    if (store.answer != 0)
        problems_add(problems, PROBLEM_STORE_FAILED, NOWHERE, "as the test has it");
    if (store.answer < 0)
        return store.answer;
    memcpy(change_failed, store.failed, sizeof(store.failed));
    *ret_generation = commit->generation + 1;
    return store.answer;
}

/* The first change carries out two actions; the last action has none of its own. */
static int setup(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.arena = arena_new()};
    fixture.actions[2].change = SIZE_MAX;
    fixture.plan = (struct plan){
        .at = 1000,
        .generation = 7,
        .snapshot = &fixture.snapshot,
        .actions = fixture.actions,
        .action_count = ACTIONS,
        .changes = fixture.changes,
        .change_count = CHANGES,
    };
    memset(&store, 0, sizeof(store));
    problems_init(&fixture.plan.problems, fixture.arena);
    *state = &fixture;
    return fixture.arena && run_begin(&fixture.run, &fixture.plan, 2000, 1, fixture.arena) == 0
               ? 0
               : -1;
}

static int teardown(void **state)
{
    arena_free(((struct fixture *)*state)->arena);
    return 0;
}

static int apply(struct fixture *fixture, const struct run_text *text)
{
    return apply_run(&fixture->run, NULL, text, NULL, fixture->arena);
}

static void a_plan_is_one_commit_from_the_generation_that_it_was_made_from(void **state)
{
    struct fixture *fixture = *state;
    const struct run_text text = {.context = fixture};
    const struct commit_watch watch = {.context = fixture};
    fixture->plan.options.prune = true;
    assert_int_equal(apply_run(&fixture->run, NULL, &text, &watch, fixture->arena), 0);
    assert_int_equal(store.calls, 1);
    assert_int_equal(store.commit.generation, 7);
    assert_ptr_equal(store.commit.changes, fixture->changes);
    assert_int_equal(store.commit.change_count, CHANGES);
    assert_true(store.commit.prune);
    assert_ptr_equal(store.commit.run_id, fixture->run.id);
    assert_ptr_equal(store.commit.run_text, &text);
    assert_int_equal(store.commit.at, 1000);
    assert_ptr_equal(store.commit.watch, &watch);
    assert_int_equal(run_count(&fixture->run, OUTCOME_DONE), ACTIONS);
    assert_int_equal(fixture->run.generation_after, 8);
    assert_string_equal(run_result(&fixture->run), "changed");
}

static void a_run_without_a_text_is_not_recorded(void **state)
{
    assert_int_equal(apply(*state, NULL), 0);
    assert_int_equal(store.calls, 1);
    assert_null(store.commit.run_id);
}

static void each_action_fares_as_the_change_that_carries_it_out(void **state)
{
    struct fixture *fixture = *state;
    store.answer = 1;
    store.failed[1] = true;
    fixture->actions[1].change = 1;
    assert_int_equal(apply(fixture, NULL), 0);
    assert_int_equal(fixture->run.outcomes[0], OUTCOME_DONE);
    assert_int_equal(fixture->run.outcomes[1], OUTCOME_FAILED);
    assert_int_equal(fixture->run.outcomes[2], OUTCOME_DONE);
    assert_int_equal(fixture->run.generation_after, 8);
    assert_string_equal(run_result(&fixture->run), "failed");
}

static void where_the_store_refuses_every_action_has_failed(void **state)
{
    struct fixture *fixture = *state;
    store.answer = -1;
    assert_int_equal(apply(fixture, NULL), 0);
    assert_int_equal(run_count(&fixture->run, OUTCOME_FAILED), ACTIONS);
    assert_int_equal(fixture->run.generation_after, 7);
    assert_true(problems_has(&fixture->run.problems, PROBLEM_STORE_FAILED));
    assert_false(problems_has(&fixture->plan.problems, PROBLEM_STORE_FAILED));
}

static void a_plan_that_is_blocked_asks_nothing_of_the_store(void **state)
{
    struct fixture *fixture = *state;
    fixture->plan.blocked = true;
    assert_int_equal(apply(fixture, NULL), 0);
    assert_int_equal(store.calls, 0);
    assert_int_equal(run_count(&fixture->run, OUTCOME_SKIPPED), ACTIONS);
}

static void a_plan_without_a_change_asks_nothing_of_the_store(void **state)
{
    struct fixture *fixture = *state;
    fixture->plan.change_count = 0;
    assert_int_equal(apply(fixture, NULL), 0);
    assert_int_equal(store.calls, 0);
}

static void without_memory_nothing_is_asked_of_the_store(void **state)
{
    struct fixture *fixture = *state;
    fixture->plan.change_count = SIZE_MAX;
    assert_int_equal(apply(fixture, NULL), -1);
    assert_int_equal(store.calls, 0);
    assert_int_equal(run_count(&fixture->run, OUTCOME_SKIPPED), ACTIONS);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_plan_is_one_commit_from_the_generation_that_it_was_made_from),
        TEST(a_run_without_a_text_is_not_recorded),
        TEST(each_action_fares_as_the_change_that_carries_it_out),
        TEST(where_the_store_refuses_every_action_has_failed),
        TEST(a_plan_that_is_blocked_asks_nothing_of_the_store),
        TEST(a_plan_without_a_change_asks_nothing_of_the_store),
        TEST(without_memory_nothing_is_asked_of_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
