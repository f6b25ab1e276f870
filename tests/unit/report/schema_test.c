#include "golden.h"
#include "report/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static void check(enum report_kind kind, const char *path)
{
    struct text text = TEXT_INIT;
    assert_int_equal(report_schema(kind, &text), 0);
    golden_check(path, text_string(&text));
    text_done(&text);
}

static void test_schemas_folder_holds_what_the_program_prints(void **state)
{
    (void)state;
    check(REPORT_PLAN, SCHEMAS "/plan.schema.json");
    check(REPORT_RUN, SCHEMAS "/report.schema.json");
    check(REPORT_STATUS, SCHEMAS "/status.schema.json");
}

static void test_schema_lists_every_kind_of_action_and_null_where_it_may_be(void **state)
{
    (void)state;
    struct text text = TEXT_INIT;
    assert_int_equal(report_schema(REPORT_RUN, &text), 0);
    json_t *schema = json_loads(text_string(&text), 0, NULL), *kinds = NULL, *subject = NULL;
    assert_int_equal(json_unpack(schema, "{s:{s:{s:{s:{s:o},s:{s:o}}}}}", "$defs", "action",
                                 "properties", "action", "enum", &kinds, "subject", "type",
                                 &subject),
                     0);
    assert_int_equal(json_array_size(kinds), ACTION_KIND_COUNT);
    assert_string_equal(json_string_value(json_array_get(subject, 1)), "null");
    json_decref(schema);
    text_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schemas_folder_holds_what_the_program_prints),
        cmocka_unit_test(test_schema_lists_every_kind_of_action_and_null_where_it_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
