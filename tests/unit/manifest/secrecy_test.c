/* No password in a message or an excerpt, however the manifest is broken. */
#include "fixture.h"

#include <string.h>

#define SECRET "hunter2"

/* An error stands in the same line as the password, or is about it. */
static const char *const entries[] = {
    "{password: hunter2, scope: lokal}",
    "{password: \"hunter2\", scope: lokal}",
    "{password: 'hunter2', scope: lokal}",
    "{password: &p hunter2, scope: lokal}",
    "{password: !hunter2 x}",
    "{password: !x hunter2}",
    "{password: *hunter2 , scope: lokal}",
    "{password: [hunter2]}",
    "{password: {hunter2: }}",
    "{password: {hunter2: hunter2}}",
    "{password: {fil: hunter2}}",
    "{password: {text: hunter2, env: 1}}",
    "{password: {command: hunter2}}",
    "{password: {command: [1, hunter2]}}",
    "{password: {<<: {value: hunter2}}}",
    "{<<: {password: hunter2, scope: lokal}}",
    "{Password: hunter2}",
    "{pasword: hunter2}",
    "{passphrase: hunter2}",
    "{geheim: [a, {b: hunter2}]}",
    "{password:hunter2}",
    "{password=hunter2}",
    "{password: a, hunter2}",
    "{password: a, hunter2 , scope: lokal}",
    "{\"hunter2 x\": y}",
    "{\"password\": hunter2, scope: lokal}",
    "{? password : hunter2, scope: lokal}",
    "{scope: lokal, password: hunter2}",
    "{scope: lokal, password: hunter2} # not hunter2",
};

/* YAML that is broken at or behind the password. */
static const char *const texts[] = {
    "    password: hunter2: x\n",
    "    password: \"hunter2\n",
    "    password: \"x\n      hunter2\n",
    "    password: 'hunter2' x\n",
    "    password: {hunter2\n",
    "    password: [hunter2\n",
    "    password: %hunter2\n",
    "    password: @hunter2\n",
    "    password: `hunter2\n",
    "    password: |hunter2\n",
    "    password: >9hunter2\n",
    "    password: - hunter2\n",
    "    password: *hunter2*\n",
    "    password: \"\\hunter2\"\n",
    "    password: ? hunter2\n",
    "    password: hunter2\n   x: y\n",
    "    password: a\n    hunter2\n",
    "    {password: hunter2\n",
    "\tpassword: hunter2\n",
    "    password: |\n      a\n\thunter2\n",
    "    password: hunter2\x01\n",
    "    password: #hunter2\n",
    "    password: ''  # hunter2\n    password: x\n",
};

static void no_error_beside_a_password_shows_it(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        char text[256] = "  - path: a\n    <<: ";
        strcat(strcat(text, entries[i]), "\n");
        fixture_load_list(fixture, text);
        assert_true(fixture->problems.errors > 0);
        assert_nowhere(fixture, SECRET);
        char entry[256] = "  - ";
        fixture_load_list(fixture, strcat(strcat(entry, entries[i]), "\n"));
        assert_true(fixture->problems.errors > 0);
        assert_nowhere(fixture, SECRET);
    }
}

static void no_broken_yaml_shows_a_password(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char text[256] = "  - path: a\n";
        fixture_load_list(fixture, strcat(text, texts[i]));
        assert_true(fixture->problems.errors > 0);
        assert_nowhere(fixture, SECRET);
    }
}

/* A file in Latin-1: its pound sign looks like the end of a character of UTF-8. */
static void bytes_that_are_no_utf_8_are_hidden(void **state)
{
    struct fixture *fixture = *state;
    fixture_load_list(fixture, "  - path: a\n    password: \xa3\xb5\n");
    assert_only_problem(fixture, PROBLEM_YAML_SYNTAX, 5, 15);
    assert_string_equal(fixture->problems.items[0].excerpt, "    password:*");
    fixture_load_list(fixture, "  - path: a\n  -\xa3 x\n");
    assert_string_equal(fixture->problems.items[0].excerpt, "  ***");
}

static void a_password_over_several_lines_is_masked_in_each(void **state)
{
    struct fixture *fixture = *state;
    fixture_load_list(fixture, "  - {path: a, password: \"x\n"
                               "      hunter2\", scope: lokal}\n");
    assert_only_problem(fixture, PROBLEM_INVALID_VALUE, 5, 24);
    assert_string_equal(fixture->problems.items[0].excerpt, "***           , scope: lokal}");
}

static void the_mask_keeps_the_caret_in_its_place(void **state)
{
    struct fixture *fixture = *state;
    fixture_load_list(fixture, "  - {password: hunter2, path: a, scope: lokal}\n");
    const struct problem *problem = &fixture->problems.items[0];
    assert_string_equal(problem->excerpt, "  - {password: ***    , path: a, scope: lokal}");
    assert_memory_equal(problem->excerpt + problem->place.column - 1, "lokal", 5);
    fixture_load_list(fixture, "  - {password: x, path: a, scope: lokal}\n");
    assert_string_equal(fixture->problems.items[0].excerpt,
                        "  - {password: *, path: a, scope: lokal}");
}

static void the_mask_hides_the_length_where_it_can(void **state)
{
    struct fixture *fixture = *state;
    fixture_load_list(fixture, "  - {scope: lokal, path: a, password: hunter2, force: true}\n");
    assert_string_equal(fixture->problems.items[0].excerpt,
                        "  - {scope: lokal, path: a, password: ***, force: true}");
}

static void where_a_password_comes_from_is_shown(void **state)
{
    const struct problem *problem =
        fixture_refused(*state, "    password: {evn: A, file: b}\n", PROBLEM_UNKNOWN_KEY, 5, 16);
    assert_string_equal(problem->excerpt, "    password: {evn: ***, file: b}");
}

static void long_lines_are_cut(void **state)
{
    struct fixture *fixture = *state;
    char text[512] = "    colour: ";
    memset(text + strlen(text), ' ', 300);
    const struct problem *problem =
        fixture_refused(fixture, strcat(text, "x\n"), PROBLEM_UNKNOWN_KEY, 5, 5);
    assert_string_equal(problem->excerpt, "    colour:");
    char far[512] = "  - {path: ";
    memset(far + strlen(far), 'x', 300);
    fixture_load_list(fixture, strcat(far, ", name: n, colour: x}\n"));
    assert_int_equal(fixture->problems.count, 1);
    assert_null(fixture->problems.items[0].excerpt);
}

static void control_characters_of_the_line_are_left_to_the_printer(void **state)
{
    const struct problem *problem =
        fixture_refused(*state, "    type: Defualt\t# \xe2\x80\xae\n", PROBLEM_UNKNOWN_TYPE, 5, 11);
    assert_string_equal(problem->excerpt, "    type: Defualt\t# \xe2\x80\xae");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(no_error_beside_a_password_shows_it),
        T(no_broken_yaml_shows_a_password),
        T(bytes_that_are_no_utf_8_are_hidden),
        T(a_password_over_several_lines_is_masked_in_each),
        T(the_mask_keeps_the_caret_in_its_place),
        T(the_mask_hides_the_length_where_it_can),
        T(where_a_password_comes_from_is_shown),
        T(long_lines_are_cut),
        T(control_characters_of_the_line_are_left_to_the_printer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
