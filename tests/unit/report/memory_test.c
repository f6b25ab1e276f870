/* Each view in each format, as often as there are allocations: another one fails each time. */
#include "../failing.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include <stdlib.h>

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
    json_set_alloc_funcs(malloc, free);
    for (size_t i = 0; i < sizeof(views) / sizeof(*views); i++)
        try_each_format(&views[i]);
}

static void *no_memory(size_t size)
{
    (void)size;
    return NULL;
}

/* Jansson's reader takes the lack of a few bytes for a fault of the text; that of all it tells. */
static void a_run_that_no_memory_was_left_for_is_not_taken_for_a_broken_one(void **state)
{
    const struct past_run runs[] = {
        {"{\"run_id\": \"20261122T090000Z-3f9a1c\", \"actions\": [{\"action\": \"import\","
         "\"certificate\": \"web\", \"outcome\": \"done\"}],"
         "\"problems\": [{\"severity\": \"error\"}]}",
         "reports/a.html", true},
        {"{", NULL, true}};
    const struct report_view view = {.kind = REPORT_HISTORY, .runs = runs, .run_count = 2};
    (void)state;
    json_malloc_t usual_malloc;
    json_free_t usual_free;
    json_get_alloc_funcs(&usual_malloc, &usual_free);
    try_each_format(&view);
    json_set_alloc_funcs(no_memory, usual_free);
    for (int format = REPORT_TEXT; format <= REPORT_HTML; format++) {
        struct text text = TEXT_INIT;
        assert_int_equal(report_write(&view, (enum report_format)format, &text), -1);
    }
    json_set_alloc_funcs(usual_malloc, usual_free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_that_no_memory_was_left_for_is_not_taken_for_a_broken_one),
        cmocka_unit_test_setup_teardown(memory_that_runs_out_leaves_no_part, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
