/* What may be posted to. */
#include "../failing.h"
#include "base/url.h"
#include "deliver/deliver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <curl/curl.h>

#include <stdlib.h>
#include <string.h>

/* The library's own would not fail. */
static char *copy(const char *string)
{
    size_t size = strlen(string) + 1;
    char *made = malloc(size);
    return made ? memcpy(made, string, size) : NULL;
}

/* libcurl itself takes some of its allocations for a fault of the URL, but never finds it good. */
static void the_lack_of_memory_is_no_fault_of_the_url(void **state)
{
    static const char user[] = "https://user:password@reports.example.com/certroll";
    const char *usual = deliver_url_objection(user);
    size_t failures = 0, told = 0;
    (void)state;
    assert_non_null(strstr(usual, "no user or password"));
    for (bool failed = true; failed;) {
        failing_set(failures + 1);
        const char *objection = deliver_url_objection(user);
        failed = failing_set(0);
        failures += failed;
        assert_non_null(objection);
        told += strstr(objection, "no memory") != NULL;
        assert_true(failed || objection == usual);
        assert_true(failures != 1 || told == 1);
    }
    assert_true(told > failures / 2);
}

static void it_is_a_problem_of_its_own(void **state)
{
    struct arena *arena = arena_new();
    struct problems problems;
    (void)state;
    assert_non_null(arena);
    problems_init(&problems, arena);
    for (int i = 0; i < 2; i++) {
        failing_set((size_t)i);
        assert_int_equal(deliver_check_url("example", NOWHERE, &problems), -1);
        failing_set(0);
    }
    assert_int_equal(problems.count, 2);
    assert_int_equal(problems.items[0].code, PROBLEM_INVALID_VALUE);
    assert_int_equal(problems.items[1].code, PROBLEM_OUT_OF_MEMORY);
    arena_free(arena);
}

static void it_is_as_long_as_a_manifest_may_have_it(void **state)
{
    char url[URL_MOST + 2] = "https://reports.example.com/";
    (void)state;
    memset(url + strlen(url), 'a', URL_MOST - strlen(url));
    assert_null(deliver_url_objection(url));
    url[URL_MOST] = 'a';
    assert_string_equal(deliver_url_objection(url), "the URL is too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lack_of_memory_is_no_fault_of_the_url),
        cmocka_unit_test(it_is_a_problem_of_its_own),
        cmocka_unit_test(it_is_as_long_as_a_manifest_may_have_it),
    };
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, free, realloc, copy, calloc) != CURLE_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
