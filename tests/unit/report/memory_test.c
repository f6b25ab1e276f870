/* Each view in each format, as often as there are allocations: another one fails each time. */
#include "../failing.h"
#include "base/json_memory.h"
#include "fixture.h"
#include "report/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* One failed allocation gives nothing, not a part. */
static void try_each_allocation(const struct report_view *view, enum report_format format)
{
    struct text whole = TEXT_INIT;
    bool failed = true;
    if (format == REPORT_HTML && view->kind != REPORT_RUN && view->kind != REPORT_HISTORY)
        return;
    assert_int_equal(report_write(view, format, &whole), 0);
    for (size_t number = 1; failed; number++) {
        struct text text = TEXT_INIT;
        failing_set(number);
        int result = report_write(view, format, &text);
        failed = failing_set(0);
        if (result == 0)
            assert_string_equal(text_string(&text), text_string(&whole));
        else
            assert_null(text.bytes);
        assert_true(failed || result == 0);
        text_done(&text);
    }
    text_done(&whole);
}

static void try_each_format(const struct report_view *view)
{
    for (int format = REPORT_TEXT; format <= REPORT_HTML; format++)
        try_each_allocation(view, (enum report_format)format);
}

static void memory_that_runs_out_leaves_no_part(void **state)
{
    const struct fixture *f = *state;
    const struct report_view views[] = {
        f->plan_view,
        f->run_view,
        f->status_view,
        {.kind = REPORT_VALIDATION, .manifests = &f->manifests, .problems = &f->plan.problems},
        {.kind = REPORT_VERIFICATION, .problems = &f->plan.problems},
        {.kind = REPORT_DELIVERY, .problems = &f->plan.problems},
    };
    json_memory_begin(); /* what jansson takes fails as well */
    for (size_t i = 0; i < sizeof(views) / sizeof(*views); i++)
        try_each_format(&views[i]);
}

/* Nor for one that says less. */
static void a_run_that_no_memory_was_left_for_is_not_taken_for_a_broken_one(void **state)
{
    const struct past_run runs[] = {
        {"{\"run_id\": \"20261122T090000Z-3f9a1c\", \"actions\": [{\"action\": \"import\","
         "\"certificate\": \"web\", \"outcome\": \"done\", \"reason\": \"it is told at a length"
         " that the buffer of a reader has to grow for, once and again\"}],"
         "\"problems\": [{\"severity\": \"error\"}]}",
         "reports/a.html", true},
        {"{", NULL, true}};
    const struct report_view view = {.kind = REPORT_HISTORY, .runs = runs, .run_count = 2};
    (void)state;
    try_each_format(&view);
}

static void a_schema_is_whole(void **state)
{
    const enum report_kind kinds[] = {REPORT_PLAN, REPORT_RUN, REPORT_STATUS};
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        struct text whole = TEXT_INIT;
        bool failed = true;
        assert_int_equal(report_schema(kinds[i], &whole), 0);
        for (size_t number = 1; failed; number++) {
            struct text text = TEXT_INIT;
            failing_set(number);
            int result = report_schema(kinds[i], &text);
            failed = failing_set(0);
            assert_true(result == 0 ? !failed : failed);
            if (result == 0)
                assert_string_equal(text_string(&text), text_string(&whole));
            text_done(&text);
        }
        text_done(&whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_that_no_memory_was_left_for_is_not_taken_for_a_broken_one),
        cmocka_unit_test(a_schema_is_whole),
        cmocka_unit_test_setup_teardown(memory_that_runs_out_leaves_no_part, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
