#include "fixture.h"

#include "base/interrupt.h"
#include "base/text.h"
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

static const struct password_asking no_environment;

static void expect_from(struct fixture *fixture, const struct password_asking *asking,
                        const struct password_source *source, const char *expected)
{
    struct secret *password AUTO_SECRET = NULL;
    assert_int_equal(password_get(source, asking, "web", &fixture->problems, &password), 0);
    assert_non_null(password);
    assert_int_equal(secret_size(password), strlen(expected));
    assert_memory_equal(secret_peek(password), expected, strlen(expected));
}

static void expect(struct fixture *fixture, const struct password_source *source,
                   const char *expected)
{
    expect_from(fixture, &no_environment, source, expected);
}

static const char *expect_failure_of(struct fixture *fixture, const struct password_asking *asking,
                                     const struct password_source *source)
{
    struct secret *untouched = NULL;
    size_t before = fixture->problems.count;
    assert_int_equal(password_get(source, asking, "web", &fixture->problems, &untouched), -1);
    assert_null(untouched);
    assert_int_equal(fixture->problems.count, before + 1);
    const struct problem *problem = &fixture->problems.items[before];
    assert_int_equal(problem->code, PROBLEM_PASSWORD_UNAVAILABLE);
    assert_string_equal(problem->certificate, "web");
    assert_int_equal(problem->place.line, source->place.line);
    return problem->message;
}

static const char *expect_failure(struct fixture *fixture, const struct password_source *source)
{
    return expect_failure_of(fixture, &no_environment, source);
}

static void none_is_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct secret *password = NULL;
    assert_int_equal(password_get(&(struct password_source){0}, &no_environment, "web",
                                  &fixture->problems, &password),
                     0);
    assert_null(password);
}

static void a_text_is_taken_as_it_stands(void **state)
{
    struct secret *text AUTO_SECRET = secret_copy("a b\n", 4);
    struct password_source source = {.kind = PASSWORD_TEXT, .text = text};
    expect(*state, &source, "a b\n");
    expect(*state, &source, "a b\n");
}

/* Two entries name one variable, as they may. */
static struct environment *take_variable(const char *value)
{
    struct entry entries[] = {
        {.password = {.kind = PASSWORD_ENV, .name = "CERTROLL_TEST_PASSWORD"}},
        {.password = {.kind = PASSWORD_TEXT, .name = "HOME"}},
        {.password = {.kind = PASSWORD_ENV, .name = "CERTROLL_TEST_PASSWORD"}},
    };
    struct manifest manifest = {.entries = entries, .entry_count = 3};
    struct environment *environment = environment_new();
    if (value)
        setenv("CERTROLL_TEST_PASSWORD", value, 1);
    else
        unsetenv("CERTROLL_TEST_PASSWORD");
    assert_int_equal(passwords_take(&(struct manifests){&manifest, 1}, environment), 0);
    assert_null(getenv("CERTROLL_TEST_PASSWORD"));
    return environment;
}

static void a_variable_loses_one_newline(void **state)
{
    static const char *const texts[][2] = {{"x", "x"}, {"x\n\n", "x\n"}, {"\r\n", ""}, {"", ""}};
    struct password_source source = {
        .kind = PASSWORD_ENV, .name = "CERTROLL_TEST_PASSWORD", .place = {"m", 7, 3}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct environment *environment = take_variable(texts[i][0]);
        expect_from(*state, &(struct password_asking){environment, NULL, NULL}, &source,
                    texts[i][1]);
        expect_from(*state, &(struct password_asking){environment, NULL, NULL}, &source,
                    texts[i][1]);
        environment_free(environment);
    }
    assert_non_null(getenv("HOME"));
}

static void a_variable_that_is_not_set_is_missed_only_when_it_is_asked_for(void **state)
{
    struct environment *environment = take_variable(NULL);
    struct password_source source = {
        .kind = PASSWORD_ENV, .name = "CERTROLL_TEST_PASSWORD", .place = {"m", 7, 3}};
    assert_contains(
        expect_failure_of(*state, &(struct password_asking){environment, NULL, NULL}, &source),
        "'CERTROLL_TEST_PASSWORD'");
    environment_free(environment);
}

static void a_command_does_not_inherit_what_was_taken(void **state)
{
    struct environment *environment = take_variable("hunter2");
    setenv("CERTROLL_TEST_OTHER", "other", 1);
    struct password_source source = {
        .kind = PASSWORD_COMMAND,
        .command = SHELL("printf '%s' \"${CERTROLL_TEST_PASSWORD-none} $CERTROLL_TEST_OTHER\"")};
    expect_from(*state, &(struct password_asking){environment, NULL, NULL}, &source, "none other");
    environment_free(environment);
    unsetenv("CERTROLL_TEST_OTHER");
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
    assert_contains(fixture->problems.items[0].message, "0604");
    assert_nowhere(fixture, "hunter2");
    assert_int_equal(chmod(source.name, 0662), 0);
    expect(fixture, &source, "hunter2");
    assert_int_equal(fixture->problems.count, 1);
}

static void what_counts_is_the_file_behind_a_link(void **state)
{
    struct fixture *fixture = *state;
    struct password_source source = {.kind = PASSWORD_FILE, .name = fixture_path(fixture, "link")};
    fixture_write(fixture, "pass", "hunter2", 7);
    assert_int_equal(symlink(fixture_path(fixture, "pass"), source.name), 0);
    assert_int_equal(chmod(source.name, 0600), 0);
    expect(fixture, &source, "hunter2");
    assert_no_problem(fixture);
    assert_int_equal(chmod(source.name, 0644), 0);
    expect(fixture, &source, "hunter2");
    assert_true(problems_has(&fixture->problems, PROBLEM_PASSWORD_EXPOSED));
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
    assert_int_equal(chmod(fixture_path(fixture, "web.pass"), 0400), 0);
    expect(fixture, &source, "x");
    assert_false(problems_has(&fixture->problems, PROBLEM_PASSWORD_EXPOSED));
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
    assert_int_equal(password_get(&source, &no_environment, "web", &fixture->problems, &password),
                     0);
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

static void keep_told(void *context, const char *entry_name, const char *program,
                      struct secret *errors)
{
    struct text *told = context;
    text_printf(told, "%s|%s|", entry_name, program);
    text_add_bytes(told, (const char *)secret_peek(errors), secret_size(errors));
}

static void a_command_that_fails_is_not_quoted(void **state)
{
    struct fixture *fixture = *state;
    struct text told CLEANUP(text_done) = TEXT_INIT;
    const struct password_asking asking = {NULL, keep_told, &told};
    struct password_source source =
        command(SHELL("echo hunter2; echo user; echo 'no such entry: hunter2 user' >&2; exit 3"));
    const char *message = expect_failure_of(fixture, &asking, &source);
    assert_contains(message, "'sh'");
    assert_contains(message, "status 3");
    assert_contains(message, "standard error");
    assert_null(strstr(message, "no such entry"));
    assert_nowhere(fixture, "hunter2");
    assert_string_equal(text_string(&told), "web|sh|no such entry: ******* ****\n");
    source = command(SHELL("exit 4"));
    message = expect_failure_of(fixture, &asking, &source);
    assert_contains(message, "status 4");
    assert_null(strstr(message, "standard error"));
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
    assert_int_equal(password_get(&source, &no_environment, "web", &fixture->problems, &password),
                     0);
    assert_int_equal(secret_size(password), 65536);
    source = command(COMMAND("yes"));
    assert_contains(expect_failure(fixture, &source), "65536 bytes");
    struct text told CLEANUP(text_done) = TEXT_INIT;
    source = command(SHELL("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1"));
    expect_failure_of(fixture, &(struct password_asking){NULL, keep_told, &told}, &source);
    assert_int_equal(told.length, strlen("web|sh|") + 4096);
}

static void what_a_command_that_succeeds_complains_of_is_not_told(void **state)
{
    struct text told CLEANUP(text_done) = TEXT_INIT;
    struct password_source source = command(SHELL("echo careful >&2; printf x"));
    expect_from(*state, &(struct password_asking){NULL, keep_told, &told}, &source, "x");
    assert_string_equal(text_string(&told), "");
}

static void a_command_is_killed_with_its_children_when_its_time_is_up(void **state)
{
    struct fixture *fixture = *state;
    const char *file = fixture_path(fixture, "late");
    struct command_result result CLEANUP(command_result_done);
    const char *script = arena_printf(fixture->arena, "(sleep 2; touch %s) & sleep 60", file);
    time_t start = time(NULL);
    assert_int_equal(command_run(SHELL(script), 1, 100, fixture->arena, &result), -1);
    assert_contains(result.failure, "longer than 1 seconds");
    assert_true(time(NULL) - start < 10);
    assert_null(result.output);
    sleep(2);
    assert_int_not_equal(access(file, F_OK), 0);
}

static void a_command_is_killed_when_certroll_is_to_end(void **state)
{
    struct fixture *fixture = *state;
    struct command_result result CLEANUP(command_result_done);
    struct interrupt interrupt;
    time_t start = time(NULL);
    interrupt_hold(&interrupt);
    raise(SIGTERM);
    assert_true(interrupt_waits());
    assert_int_equal(command_run(SHELL("sleep 60"), 30, 100, fixture->arena, &result), -1);
    assert_contains(result.failure, "certroll is to end");
    assert_true(time(NULL) - start < 10);
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    assert_int_equal(sigtimedwait(&term, NULL, &(struct timespec){0}), SIGTERM);
    interrupt_release(&interrupt);
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
        *right = password_get(&source, &no_environment, "web", &problems, &password) == 0 &&
                 secret_size(password) == 3;
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
        T(a_variable_that_is_not_set_is_missed_only_when_it_is_asked_for),
        T(a_command_does_not_inherit_what_was_taken),
        T(a_file_loses_one_newline),
        T(a_file_that_others_may_read_is_a_warning),
        T(what_counts_is_the_file_behind_a_link),
        T(a_file_that_is_not_there_is_an_error),
        T(a_credential_is_a_file_of_its_folder),
        T(a_command_gives_its_output),
        T(a_command_has_no_input_and_no_descriptor_of_ours),
        T(a_command_leads_its_own_group),
        T(a_command_that_fails_is_not_quoted),
        T(what_a_command_that_succeeds_complains_of_is_not_told),
        T(what_a_command_writes_is_bounded),
        T(a_command_is_killed_with_its_children_when_its_time_is_up),
        T(a_command_is_killed_when_certroll_is_to_end),
        T(what_a_command_leaves_behind_does_not_hold_us_up),
        T(threads_may_ask_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
