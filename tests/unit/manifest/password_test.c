#include "fixture.h"

#include "manifest/command.h"
#include "manifest/password.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define COMMAND(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SHELL(script) COMMAND("sh", "-c", script)

static void expect(struct fixture *fixture, const struct password_source *source,
                   const char *expected)
{
    struct secret *password AUTO_SECRET = NULL;
    assert_int_equal(password_get(source, "web", &fixture->problems, &password), 0);
    assert_non_null(password);
    assert_int_equal(secret_size(password), strlen(expected));
    assert_memory_equal(secret_peek(password), expected, strlen(expected));
}

static const char *expect_failure(struct fixture *fixture, const struct password_source *source)
{
    struct secret *untouched = NULL;
    size_t before = fixture->problems.count;
    assert_int_equal(password_get(source, "web", &fixture->problems, &untouched), -1);
    assert_null(untouched);
    assert_int_equal(fixture->problems.count, before + 1);
    const struct problem *problem = &fixture->problems.items[before];
    assert_int_equal(problem->code, PROBLEM_PASSWORD_UNAVAILABLE);
    assert_string_equal(problem->certificate, "web");
    assert_int_equal(problem->place.line, source->place.line);
    return problem->message;
}

static void none_is_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct secret *password = NULL;
    assert_int_equal(
        password_get(&(struct password_source){0}, "web", &fixture->problems, &password), 0);
    assert_null(password);
}

static void a_text_is_taken_as_it_stands(void **state)
{
    struct secret *text AUTO_SECRET = secret_copy("a b\n", 4);
    struct password_source source = {.kind = PASSWORD_TEXT, .text = text};
    expect(*state, &source, "a b\n");
    expect(*state, &source, "a b\n");
}

static void a_variable_loses_one_newline(void **state)
{
    struct password_source source = {
        .kind = PASSWORD_ENV, .name = "CERTROLL_TEST_PASSWORD", .place = {"m", 7, 3}};
    unsetenv("CERTROLL_TEST_PASSWORD");
    assert_contains(expect_failure(*state, &source), "'CERTROLL_TEST_PASSWORD'");
    setenv("CERTROLL_TEST_PASSWORD", "x\n\n", 1);
    expect(*state, &source, "x\n");
    expect(*state, &source, "x\n");
    setenv("CERTROLL_TEST_PASSWORD", "", 1);
    expect(*state, &source, "");
    unsetenv("CERTROLL_TEST_PASSWORD");
}

static void a_file_loses_one_newline(void **state)
{
    struct fixture *fixture = *state;
    struct password_source source = {.kind = PASSWORD_FILE, .name = fixture_path(fixture, "pass")};
    static const char *const texts[][2] = {{"x", "x"},       {"x\n", "x"},   {"x\r\n", "x"},
                                           {"x\n\n", "x\n"}, {"x\r", "x\r"}, {"\n", ""},
                                           {"", ""},         {" x ", " x "}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        fixture_write(fixture, "pass", texts[i][0], strlen(texts[i][0]));
        assert_int_equal(chmod(source.name, 0640), 0);
        expect(fixture, &source, texts[i][1]);
    }
    assert_no_problem(fixture);
}

static void a_file_that_others_may_read_is_a_warning(void **state)
{
    struct fixture *fixture = *state;
    struct password_source source = {
        .kind = PASSWORD_FILE, .name = fixture_path(fixture, "pass"), .place = {"m", 7, 3}};
    fixture_write(fixture, "pass", "hunter2", 7);
    assert_int_equal(chmod(source.name, 0604), 0);
    expect(fixture, &source, "hunter2");
    assert_int_equal(fixture->problems.count, 1);
    assert_int_equal(fixture->problems.errors, 0);
    assert_int_equal(fixture->problems.items[0].code, PROBLEM_PASSWORD_EXPOSED);
    assert_string_equal(fixture->problems.items[0].certificate, "web");
    assert_nowhere(fixture, "hunter2");
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    struct password_source source = {.kind = PASSWORD_FILE, .name = fixture_path(fixture, "none")};
    assert_contains(expect_failure(fixture, &source), "No such file");
    source.name = fixture->folder;
    assert_contains(expect_failure(fixture, &source), "directory");
}

static void a_credential_is_a_file_of_its_folder(void **state)
{
    struct fixture *fixture = *state;
    struct password_source source = {.kind = PASSWORD_CREDENTIAL, .name = "web.pass"};
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_contains(expect_failure(fixture, &source), "CREDENTIALS_DIRECTORY");
    setenv("CREDENTIALS_DIRECTORY", fixture->folder, 1);
    assert_contains(expect_failure(fixture, &source), "'web.pass'");
    fixture_write(fixture, "web.pass", "x\n", 2);
    expect(fixture, &source, "x");
    source.name = "../web.pass";
    expect_failure(fixture, &source);
    unsetenv("CREDENTIALS_DIRECTORY");
}

static struct password_source command(const char *const *arguments)
{
    return (struct password_source){.kind = PASSWORD_COMMAND, .command = arguments};
}

static void a_command_gives_its_output(void **state)
{
    struct password_source source = command(COMMAND("printf", "%s\\n", "a b"));
    expect(*state, &source, "a b");
    source = command(SHELL("echo warning >&2; printf x"));
    expect(*state, &source, "x");
    source = command(COMMAND("printf", "%s", "$HOME;*"));
    expect(*state, &source, "$HOME;*");
    source = command(COMMAND("true"));
    expect(*state, &source, "");
    assert_no_problem(*state);
}

static void a_command_has_no_input_and_no_descriptor_of_ours(void **state)
{
    int leaked = open("/dev/null", O_RDONLY); /* on purpose without O_CLOEXEC */
    assert_true(leaked > 2);
    struct password_source source =
        command(SHELL("cat; for fd in /proc/self/fd/*; do echo \"${fd##*/}\"; done | "
                      "while read fd; do [ \"$fd\" -lt 9 ] && printf '%s ' \"$fd\"; done"));
    struct secret *password AUTO_SECRET = NULL;
    struct fixture *fixture = *state;
    assert_int_equal(password_get(&source, "web", &fixture->problems, &password), 0);
    char *listed = strdup((const char *)secret_peek(password));
    close(leaked);
    assert_non_null(listed);
    assert_contains(listed, "0 1 2");
    /* the shell opens the folder that it lists: at most one more */
    assert_true(strlen(listed) <= strlen("0 1 2 3 "));
    free(listed);
}

static void a_command_leads_its_own_group(void **state)
{
    struct password_source source =
        command(SHELL("set -- $(cat /proc/$$/stat); [ \"$1\" = \"$5\" ] && printf own"));
    expect(*state, &source, "own");
}

static void a_command_that_fails_is_quoted_with_its_errors_only(void **state)
{
    struct fixture *fixture = *state;
    struct password_source source =
        command(SHELL("echo hunter2; echo 'no such entry' >&2; exit 3"));
    const char *message = expect_failure(fixture, &source);
    assert_contains(message, "'sh'");
    assert_contains(message, "status 3");
    assert_contains(message, "no such entry");
    assert_nowhere(fixture, "hunter2");
    source = command(SHELL("kill -9 $$"));
    assert_contains(expect_failure(fixture, &source), "signal 9");
    source = command(COMMAND("certroll-no-such-program"));
    assert_contains(expect_failure(fixture, &source), "'certroll-no-such-program'");
}

static void what_a_command_writes_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct password_source source = command(SHELL("head -c 65536 /dev/zero | tr '\\0' x"));
    struct secret *password AUTO_SECRET = NULL;
    assert_int_equal(password_get(&source, "web", &fixture->problems, &password), 0);
    assert_int_equal(secret_size(password), 65536);
    source = command(COMMAND("yes"));
    assert_contains(expect_failure(fixture, &source), "65536 bytes");
    source = command(SHELL("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1"));
    assert_true(strlen(expect_failure(fixture, &source)) < 4096 + 200);
}

static void a_command_is_killed_with_its_children_when_its_time_is_up(void **state)
{
    struct fixture *fixture = *state;
    const char *failure = NULL, *file = fixture_path(fixture, "late");
    struct secret *untouched = NULL;
    const char *script = arena_printf(fixture->arena, "(sleep 2; touch %s) & sleep 60", file);
    time_t start = time(NULL);
    assert_int_equal(command_run(SHELL(script), 1, 100, fixture->arena, &failure, &untouched), -1);
    assert_contains(failure, "longer than 1 seconds");
    assert_true(time(NULL) - start < 10);
    assert_null(untouched);
    sleep(2);
    assert_int_not_equal(access(file, F_OK), 0);
}

static void what_a_command_leaves_behind_does_not_hold_us_up(void **state)
{
    struct password_source source = command(SHELL("sleep 60 & yes >&2 & printf x"));
    time_t start = time(NULL);
    expect(*state, &source, "x");
    assert_true(time(NULL) - start < 10);
}

static void *get_many(void *argument)
{
    struct arena *arena = arena_new();
    struct problems problems;
    bool *right = argument;
    *right = arena != NULL;
    problems_init(&problems, arena);
    for (int i = 0; *right && i < 10; i++) {
        struct secret *password AUTO_SECRET = NULL;
        struct password_source source = command(COMMAND("printf", "abc"));
        *right =
            password_get(&source, "web", &problems, &password) == 0 && secret_size(password) == 3;
    }
    arena_free(arena);
    return NULL;
}

static void threads_may_ask_at_once(void **state)
{
    pthread_t threads[4];
    bool right[4];
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, get_many, &right[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 4; i++)
        assert_true(right[i]);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(none_is_nothing),
        T(a_text_is_taken_as_it_stands),
        T(a_variable_loses_one_newline),
        T(a_file_loses_one_newline),
        T(a_file_that_others_may_read_is_a_warning),
        T(a_file_that_is_not_there_is_an_error),
        T(a_credential_is_a_file_of_its_folder),
        T(a_command_gives_its_output),
        T(a_command_has_no_input_and_no_descriptor_of_ours),
        T(a_command_leads_its_own_group),
        T(a_command_that_fails_is_quoted_with_its_errors_only),
        T(what_a_command_writes_is_bounded),
        T(a_command_is_killed_with_its_children_when_its_time_is_up),
        T(what_a_command_leaves_behind_does_not_hold_us_up),
        T(threads_may_ask_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
