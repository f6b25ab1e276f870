/* Each format, as often as there are allocations: another one fails each time. */
#include "../failing.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* One failed allocation gives nothing, not a part. */
static void try_each_allocation(const struct report_view *view, enum report_format format)
{
    struct text whole = TEXT_INIT;
    bool failed = true;
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

static void memory_that_runs_out_leaves_no_part(void **state)
{
    const struct fixture *f = *state;
    for (int format = REPORT_TEXT; format <= REPORT_HTML; format++)
        try_each_allocation(&f->run_view, (enum report_format)format);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memory_that_runs_out_leaves_no_part, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
