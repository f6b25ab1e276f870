#include "base/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char first[] = "TAKEN=hunter2", again[] = "TAKEN=hunter3", other[] = "TAKENOT=stays",
            lone[] = "TAKEN";

/* The block that a program was started with, for one test. */
static void given(char **block)
{
    strcpy(first, "TAKEN=hunter2");
    strcpy(again, "TAKEN=hunter3");
    environ = block;
}

static void what_is_taken_is_overwritten_in_its_place(void **state)
{
    (void)state;
    char *block[] = {lone, other, first, again, NULL}, **before = environ;
    given(block);
    struct environment *environment = environment_new();
    assert_int_equal(environment_take(environment, "TAKEN"), 0);
    assert_memory_equal(first, "TAKEN=\0\0\0\0\0\0\0", sizeof(first));
    assert_memory_equal(again, "TAKEN=\0\0\0\0\0\0\0", sizeof(again));
    assert_null(getenv("TAKEN"));
    assert_string_equal(getenv("TAKENOT"), "stays");
    environ = before;
    assert_string_equal((const char *)secret_peek(environment_get(environment, "TAKEN")),
                        "hunter2");
    environment_free(environment);
}

static void it_is_taken_once(void **state)
{
    (void)state;
    char *block[] = {first, other, NULL}, **before = environ;
    given(block);
    struct environment *environment = environment_new();
    assert_int_equal(environment_take(environment, "TAKEN"), 0);
    const struct secret *value = environment_get(environment, "TAKEN");
    assert_int_equal(environment_take(environment, "TAKEN"), 0);
    assert_ptr_equal(environment_get(environment, "TAKEN"), value);
    assert_int_equal(secret_size(value), 7);
    environ = before;
    environment_free(environment);
}

static void what_is_not_there_is_not_taken(void **state)
{
    (void)state;
    struct environment *environment = environment_new();
    assert_int_equal(environment_take(environment, "CERTROLL_NO_SUCH_VARIABLE"), 0);
    assert_null(environment_get(environment, "CERTROLL_NO_SUCH_VARIABLE"));
    assert_null(environment_get(NULL, "TAKEN"));
    environment_free(environment);
    environment_free(NULL);
}

static void all_that_was_taken_is_masked(void **state)
{
    (void)state;
    char *block[] = {first, other, NULL}, **before = environ;
    given(block);
    struct environment *environment = environment_new();
    environment_take(environment, "TAKEN");
    environment_take(environment, "TAKENOT");
    environ = before;
    struct secret *text AUTO_SECRET = secret_copy("a hunter2 stays hunter", 22);
    environment_mask(environment, text);
    assert_string_equal((const char *)secret_peek(text), "a ******* ***** ******");
    environment_mask(NULL, text);
    environment_free(environment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_is_overwritten_in_its_place),
        cmocka_unit_test(it_is_taken_once),
        cmocka_unit_test(what_is_not_there_is_not_taken),
        cmocka_unit_test(all_that_was_taken_is_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
