#include "report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct list_state {
    struct arena *arena;
    struct problems problems;
};

static int setup(void **state)
{
    static struct list_state list;
    list.arena = arena_new();
    problems_init(&list.problems, list.arena);
    *state = &list;
    return list.arena ? 0 : -1;
}

static int teardown(void **state)
{
    struct list_state *list = *state;
    arena_free(list->arena);
    return 0;
}

#define EXPIRED_HELP "  help: Bring a renewed certificate, or set allow_expired.\n"

static void expect(const struct problems *problems, const char *wanted)
{
    struct text text = TEXT_INIT;
    report_problems(problems, false, &text);
    assert_string_equal(text_string(&text), wanted);
    text_done(&text);
}

static struct problem *add(struct list_state *list, enum problem_code code, int line, int column,
                           const char *message)
{
    struct place place = {line ? "m.yaml" : NULL, line, column};
    return problems_add(&list->problems, code, place, "%s", message);
}

static void test_caret_stands_below_the_column(void **state)
{
    struct list_state *list = *state;
    struct problem *problem = add(list, PROBLEM_UNKNOWN_TYPE, 9, 11, "unknown type 'Defualt'");
    problem->excerpt = "    type: Defualt";
    expect(&list->problems, "m.yaml:9:11: error: unknown type 'Defualt' [unknown_type]\n"
                            "    9 |     type: Defualt\n"
                            "      |           ^\n");
}

static void test_caret_counts_characters_and_what_tabs_and_escapes_take(void **state)
{
    struct list_state *list = *state;
    struct problem *problem = add(list, PROBLEM_UNKNOWN_KEY, 1, 5, "unknown key");
    problem->excerpt = "\t\xc3\xbc\x01\xf0\x9f\x94\x91x: 1";
    expect(&list->problems, "m.yaml:1:5: error: unknown key [unknown_key]\n"
                            "    1 |  \xc3\xbc\\x01\xf0\x9f\x94\x91x: 1\n"
                            "      |        ^\n");
}

static void test_column_behind_the_end_of_the_line_is_its_end(void **state)
{
    struct list_state *list = *state;
    struct problem *problem = add(list, PROBLEM_YAML_SYNTAX, 2, 50, "broken");
    problem->excerpt = "ab";
    expect(&list->problems, "m.yaml:2:50: error: broken [yaml_syntax]\n"
                            "    2 | ab\n"
                            "      |   ^\n");
}

static void test_long_line_is_shown_around_its_column(void **state)
{
    struct list_state *list = *state;
    char line[5001];
    memset(line, 'x', 5000);
    line[5000] = '\0';
    line[3999] = '!';
    struct problem *problem = add(list, PROBLEM_YAML_SYNTAX, 1, 4000, "broken");
    problem->excerpt = line;
    struct text text = TEXT_INIT;
    report_problems(&list->problems, false, &text);
    char *mark = strchr(text.bytes, '!'), *caret = strchr(text.bytes, '^');
    assert_non_null(mark);
    assert_non_null(caret);
    assert_true(text.length < 400);
    char *excerpt = strchr(text.bytes, '\n') + 1, *below = strchr(excerpt, '\n') + 1;
    assert_int_equal(mark - excerpt, caret - below);
    text_done(&text);
}

static void test_errors_come_last(void **state)
{
    struct list_state *list = *state;
    add(list, PROBLEM_EXPIRED, 3, 1, "expired");
    add(list, PROBLEM_EXPIRING, 9, 1, "expires soon");
    expect(&list->problems, "m.yaml:9:1: warning: expires soon [expiring]\n"
                            "m.yaml:3:1: error: expired [expired]\n" EXPIRED_HELP);
}

static void test_certificate_is_named_where_the_message_does_not(void **state)
{
    struct list_state *list = *state;
    add(list, PROBLEM_EXPIRED, 3, 1, "it expired")->certificate = "web";
    add(list, PROBLEM_EXPIRED, 4, 1, "'shop' expired")->certificate = "shop";
    add(list, PROBLEM_EXPIRED, 5, 1, "web.pfx: expired")->certificate = "web";
    expect(&list->problems, "m.yaml:3:1: error: web: it expired [expired]\n"
                            "m.yaml:4:1: error: 'shop' expired [expired]\n"
                            "m.yaml:5:1: error: web: web.pfx: expired [expired]\n" EXPIRED_HELP);
}

static void test_what_to_do_stands_once_below_errors_of_one_kind(void **state)
{
    struct list_state *list = *state;
    add(list, PROBLEM_EXPIRED, 3, 1, "a");
    add(list, PROBLEM_EXPIRING, 4, 1, "b");
    add(list, PROBLEM_EXPIRED, 5, 1, "c");
    add(list, PROBLEM_PASSWORD_NEEDED, 6, 1, "d");
    add(list, PROBLEM_EXPIRED, 7, 1, "e");
    expect(&list->problems, "m.yaml:4:1: warning: b [expiring]\n"
                            "m.yaml:3:1: error: a [expired]\n"
                            "m.yaml:5:1: error: c [expired]\n" EXPIRED_HELP
                            "m.yaml:6:1: error: d [password_needed]\n"
                            "  help: Add password to the entry.\n"
                            "m.yaml:7:1: error: e [expired]\n" EXPIRED_HELP);
}

static void test_advice_of_its_own_stands_below_its_problem_alone(void **state)
{
    struct list_state *list = *state;
    add(list, PROBLEM_EXPIRED, 3, 1, "a");
    add(list, PROBLEM_EXPIRED, 4, 1, "b")->advice = "Look.";
    add(list, PROBLEM_EXPIRED, 5, 1, "c")->advice = "Look.";
    add(list, PROBLEM_EXPIRED, 6, 1, "d");
    expect(&list->problems,
           "m.yaml:3:1: error: a [expired]\n" EXPIRED_HELP "m.yaml:4:1: error: b [expired]\n"
           "m.yaml:5:1: error: c [expired]\n"
           "  help: Look.\n"
           "m.yaml:6:1: error: d [expired]\n" EXPIRED_HELP);
}

static void test_forced_ones_are_left_out(void **state)
{
    struct list_state *list = *state;
    add(list, PROBLEM_WEAK_KEY, 3, 1, "weak")->quiet = true;
    expect(&list->problems, "");
}

static void test_problem_without_a_place_names_the_program(void **state)
{
    struct list_state *list = *state;
    add(list, PROBLEM_STORE_LOCKED, 0, 0, "held by pid 4711");
    expect(&list->problems, "certroll: error: held by pid 4711 [store_locked]\n"
                            "  help: Wait for the other run, or raise --lock-timeout.\n");
}

static void test_message_cannot_forge_a_line(void **state)
{
    struct list_state *list = *state;
    add(list, PROBLEM_EXPIRED, 1, 1, "a\nm.yaml:1:1: error: b\x1b[2J");
    expect(&list->problems,
           "m.yaml:1:1: error: a\\x0Am.yaml:1:1: error: b\\x1B[2J [expired]\n" EXPIRED_HELP);
}

static void test_colour_is_switched_off_again(void **state)
{
    struct list_state *list = *state;
    add(list, PROBLEM_EXPIRED, 1, 1, "expired")->excerpt = "- a";
    struct text text = TEXT_INIT;
    report_problems(&list->problems, true, &text);
    assert_non_null(strstr(text.bytes, "\x1b[1;31merror\x1b[0m"));
    assert_non_null(strstr(text.bytes, "\x1b[32m^\x1b[0m\n"));
    text_done(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_caret_stands_below_the_column),
        TEST(test_caret_counts_characters_and_what_tabs_and_escapes_take),
        TEST(test_column_behind_the_end_of_the_line_is_its_end),
        TEST(test_long_line_is_shown_around_its_column),
        TEST(test_errors_come_last),
        TEST(test_certificate_is_named_where_the_message_does_not),
        TEST(test_what_to_do_stands_once_below_errors_of_one_kind),
        TEST(test_advice_of_its_own_stands_below_its_problem_alone),
        TEST(test_forced_ones_are_left_out),
        TEST(test_problem_without_a_place_names_the_program),
        TEST(test_message_cannot_forge_a_line),
        TEST(test_colour_is_switched_off_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
