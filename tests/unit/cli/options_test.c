/* The command line, read. */
#include "cli/options.h"

#include "base/arena.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MOST = 200 };

/* The words of one call, as main() gets them; options point into them. */
struct fixture {
    struct arena *arena;
    struct options options;
    struct text error;
    char *words[WORDS_MOST + 1];
};

static int setup(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.arena = arena_new(), .error = TEXT_INIT};
    unsetenv("CERTROLL_STORE");
    unsetenv("CERTROLL_REPORT_URL");
    *state = &fixture;
    return fixture.arena ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    text_done(&fixture->error);
    arena_free(fixture->arena);
    return 0;
}

static int read_words(struct fixture *fixture, unsigned command, int count)
{
    text_done(&fixture->error);
    return options_read(&fixture->options, command, count, fixture->words, &fixture->error);
}

#define READ(fixture, command, ...)                                                                \
    read_call(fixture, command, (const char *const[]){__VA_ARGS__, NULL})

static int read_call(struct fixture *fixture, unsigned command, const char *const *words)
{
    int count = 0;
    for (; words[count]; count++)
        fixture->words[count] = arena_strdup(fixture->arena, words[count]);
    fixture->words[count] = NULL;
    return read_words(fixture, command, count);
}

static void expect_refusal(struct fixture *fixture, const char *wanted)
{
    assert_string_equal(text_string(&fixture->error), wanted);
}

static void what_is_not_given_has_its_default(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(READ(f, FOR_APPLY, "apply", "m.yaml"), 0);
    assert_int_equal(f->options.lock_timeout, 30);
    assert_int_equal(f->options.horizon, 30);
    assert_int_equal(f->options.jobs, 0);
    assert_null(f->options.store);
    assert_string_equal(f->options.output, "text");
    assert_int_equal(f->options.operand_count, 1);
    assert_string_equal(f->options.operands[0], "m.yaml");
}

static void flags_may_stand_behind_operands_and_share_a_dash(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(READ(f, FOR_APPLY, "apply", "m.yaml", "-qno", "json", "n.yaml"), 0);
    assert_true(f->options.quiet && f->options.what_if);
    assert_string_equal(f->options.output, "json");
    assert_int_equal(f->options.operand_count, 2);
    assert_string_equal(f->options.operands[1], "n.yaml");
}

static void behind_two_dashes_all_are_operands(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(READ(f, FOR_PLAN, "plan", "--", "-q"), 0);
    assert_false(f->options.quiet);
    assert_string_equal(f->options.operands[0], "-q");
}

static void dry_run_is_what_if(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(READ(f, FOR_APPLY, "apply", "--dry-run", "m.yaml"), 0);
    assert_true(f->options.what_if);
}

static void a_flag_is_its_whole_name(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(READ(f, FOR_APPLY, "apply", "--at", "m.yaml"), -1);
    expect_refusal(f, "apply does not take the option --at");
    assert_int_equal(READ(f, FOR_PLAN, "plan", "--lock-time=3"), -1);
    expect_refusal(f, "plan does not take the option --lock-time=3");
}

static void a_flag_of_another_command_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(READ(f, FOR_STATUS, "status", "--prune"), -1);
    expect_refusal(f, "status does not take the option --prune");
    assert_int_equal(READ(f, FOR_IMPORT, "import", "--prune"), -1);
}

static void the_letter_that_is_meant_is_named(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(READ(f, FOR_PLAN, "plan", "m.yaml", "-xq"), -1);
    expect_refusal(f, "plan does not take the option -x");
    assert_int_equal(READ(f, FOR_PLAN, "plan", "m.yaml", "-qo"), -1);
    expect_refusal(f, "-o needs a value");
}

static void a_value_that_is_missing_or_too_much_is_said(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(READ(f, FOR_PLAN, "plan", "--at"), -1);
    expect_refusal(f, "--at needs a value");
    assert_int_equal(READ(f, FOR_PLAN, "plan", "--quiet=3"), -1);
    expect_refusal(f, "plan does not take the option --quiet=3");
}

static void numbers_are_whole_and_within_bounds(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {
        "", "x", "3x", "-1", "1025", "0 ", "1.5", "99999999999999999999", "0", "+", "0x10z", "1e3"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_int_equal(READ(f, FOR_PLAN, "plan", "--jobs", bad[i]), -1);
        expect_refusal(f, "--jobs takes a whole number from 1 to 1024");
    }
    assert_int_equal(READ(f, FOR_PLAN, "plan", "--jobs", "1024"), 0);
    assert_int_equal(f->options.jobs, 1024);
    assert_int_equal(READ(f, FOR_PLAN, "plan", "--horizon=0"), 0);
    assert_int_equal(f->options.horizon, 0);
}

static void a_choice_is_one_of_its_words(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {"", "tex", "textual", "json|text", "|", "JSON"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_int_equal(READ(f, FOR_STATUS, "status", "-o", bad[i]), -1);
        expect_refusal(f, "--output takes one of text|json|markdown");
    }
    assert_int_equal(READ(f, FOR_STATUS, "status", "--color", "never"), 0);
    assert_string_equal(f->options.color, "never");
}

static void types_are_kept_in_order_and_counted(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(READ(f, FOR_IMPORT, "import", "--type", "A", "--type=B@c"), 0);
    assert_int_equal(f->options.type_count, 2);
    assert_string_equal(f->options.types[0], "A");
    assert_string_equal(f->options.types[1], "B@c");
    for (int i = 0; i <= TYPES_MOST; i++)
        f->words[1 + i] = arena_strdup(f->arena, "--type=A");
    f->words[0] = arena_strdup(f->arena, "import");
    assert_int_equal(read_words(f, FOR_IMPORT, 1 + TYPES_MOST), 0);
    assert_int_equal(read_words(f, FOR_IMPORT, 2 + TYPES_MOST), -1);
    expect_refusal(f, "--type is given too often");
}

static void a_flag_beats_the_environment(void **state)
{
    struct fixture *f = *state;
    setenv("CERTROLL_STORE", "/from/environment", 1);
    assert_int_equal(READ(f, FOR_STATUS, "status"), 0);
    assert_string_equal(f->options.store, "/from/environment");
    assert_int_equal(READ(f, FOR_STATUS, "status", "--store", "/from/flag"), 0);
    assert_string_equal(f->options.store, "/from/flag");
    setenv("CERTROLL_STORE", "", 1);
    assert_int_equal(READ(f, FOR_STATUS, "status"), 0);
    assert_null(f->options.store);
}

static void the_environment_gives_a_command_only_what_it_takes(void **state)
{
    struct fixture *f = *state;
    setenv("CERTROLL_REPORT_URL", "https://reports.example.com/", 1);
    assert_int_equal(READ(f, FOR_PLAN, "plan", "m.yaml"), 0);
    assert_null(f->options.report_url);
    assert_int_equal(READ(f, FOR_APPLY, "apply", "m.yaml"), 0);
    assert_string_equal(f->options.report_url, "https://reports.example.com/");
}

static void help_tells_what_a_command_takes_and_nothing_else(void **state)
{
    struct fixture *f = *state;
    options_help(FOR_PLAN, &f->error);
    assert_non_null(strstr(text_string(&f->error), "  -o, --output text|json"));
    assert_non_null(strstr(text_string(&f->error), "CERTROLL_STORE"));
    assert_non_null(strstr(text_string(&f->error), "--prune"));
    assert_null(strstr(text_string(&f->error), "--confirm"));
    assert_null(strstr(text_string(&f->error), "--dry-run "));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_given_has_its_default),
        TEST(flags_may_stand_behind_operands_and_share_a_dash),
        TEST(behind_two_dashes_all_are_operands),
        TEST(dry_run_is_what_if),
        TEST(a_flag_is_its_whole_name),
        TEST(a_flag_of_another_command_is_refused),
        TEST(the_letter_that_is_meant_is_named),
        TEST(a_value_that_is_missing_or_too_much_is_said),
        TEST(numbers_are_whole_and_within_bounds),
        TEST(a_choice_is_one_of_its_words),
        TEST(types_are_kept_in_order_and_counted),
        TEST(a_flag_beats_the_environment),
        TEST(the_environment_gives_a_command_only_what_it_takes),
        TEST(help_tells_what_a_command_takes_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
