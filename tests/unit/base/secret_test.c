#include "base/secret.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static volatile size_t huge = SIZE_MAX;

static void a_new_secret_is_zeroed_and_ends_in_a_nul(void **state)
{
    (void)state;
    for (size_t size = 0; size < 9000; size += 500) {
        struct secret *secret AUTO_SECRET = secret_new(size);
        assert_non_null(secret);
        assert_int_equal(secret_size(secret), size);
        for (size_t i = 0; i <= size; i++)
            assert_int_equal(secret_peek(secret)[i], 0);
        memset(secret_bytes(secret), 'x', size);
        assert_int_equal(secret_peek(secret)[size], 0);
    }
}

static void a_copy_has_the_bytes_and_a_nul(void **state)
{
    (void)state;
    struct secret *secret AUTO_SECRET = secret_copy("p\0ss", 4);
    assert_int_equal(secret_size(secret), 4);
    assert_memory_equal(secret_peek(secret), "p\0ss", 5);
    struct secret *empty AUTO_SECRET = secret_copy(NULL, 0);
    assert_non_null(empty);
    assert_int_equal(secret_size(empty), 0);
}

static void cutting_wipes_what_is_cut_off(void **state)
{
    (void)state;
    struct secret *secret AUTO_SECRET = secret_copy("password\n", 9);
    secret_cut(secret, 4);
    assert_int_equal(secret_size(secret), 4);
    assert_memory_equal(secret_peek(secret), "pass\0\0\0\0\0", 10);
    secret_cut(secret, 7);
    assert_int_equal(secret_size(secret), 4);
    secret_cut(secret, 0);
    assert_int_equal(secret_size(secret), 0);
    assert_memory_equal(secret_peek(secret), "\0\0\0\0", 5);
}

static void masked(const char *text, const char *bytes, const char *expected)
{
    struct secret *secret AUTO_SECRET = secret_copy(text, strlen(text));
    secret_mask(secret, (const unsigned char *)bytes, strlen(bytes));
    assert_string_equal((const char *)secret_peek(secret), expected);
}

static void a_mask_covers_every_place(void **state)
{
    (void)state;
    masked("hunter2, hunter2 and Hunter2", "hunter2", "*******, ******* and Hunter2");
    masked("hunter", "hunter", "******");
    masked("aaaa", "a", "****");
    masked("abcabcab!", "abcab", "********!");
    masked("text", "", "text");
    masked("", "hunter2", "");
}

static void a_mask_covers_a_part_that_was_cut_off_at_the_end(void **state)
{
    (void)state;
    masked("it is hunt", "hunter2", "it is ****");
    masked("it is hun", "hunter2", "it is hun");
    masked("it is hunt...", "hunter2", "it is hunt...");
}

static void no_secret_is_nothing(void **state)
{
    (void)state;
    secret_free(NULL);
    assert_null(secret_bytes(NULL));
    assert_null(secret_peek(NULL));
    assert_int_equal(secret_size(NULL), 0);
}

static void a_size_beyond_memory_is_refused(void **state)
{
    (void)state;
    assert_null(secret_new(huge));
    assert_null(secret_new(huge / 2));
    assert_null(secret_new(huge / 2 + 1));
}

static void a_child_does_not_inherit_it(void **state)
{
    (void)state;
    struct secret *secret AUTO_SECRET = secret_copy("password", 8);
    const unsigned char *bytes = secret_peek(secret);
    pid_t child = fork();
    if (child == 0) {
        int found = 0;
        for (size_t i = 0; i < 8; i++)
            found |= bytes[i];
        _exit(found ? 1 : 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_memory_equal(bytes, "password", 8);
}

/* VmFlags of /proc/self/smaps: "dd" is 'do not include in a core dump'. */
static void a_core_dump_leaves_it_out(void **state)
{
    (void)state;
    struct secret *secret AUTO_SECRET = secret_copy("password", 8);
    FILE *maps = fopen("/proc/self/smaps", "re");
    if (!maps)
        skip();
    char line[512];
    int inside = 0, left_out = 0;
    while (fgets(line, sizeof(line), maps)) {
        uintptr_t from, to;
        if (sscanf(line, "%jx-%jx ", (uintmax_t *)&from, (uintmax_t *)&to) == 2)
            inside = (uintptr_t)secret >= from && (uintptr_t)secret < to;
        if (inside && strncmp(line, "VmFlags:", 8) == 0)
            left_out = strstr(line, " dd") != NULL;
    }
    fclose(maps);
    assert_true(left_out);
}

static int is_mapped(void *page)
{
    unsigned char resident;
    return mincore(page, 1, &resident) == 0;
}

static void what_is_given_back_is_wiped_at_once(void **state)
{
    (void)state;
    static const unsigned char zeroes[5000];
    struct secret *secret = secret_new(sizeof(zeroes) - 32);
    unsigned char *page = (unsigned char *)secret;
    memset(secret_bytes(secret), 'x', secret_size(secret));
    secret_cut(secret, 3000);
    secret_free(secret);
    if (is_mapped(page))
        assert_memory_equal(page, zeroes, sizeof(zeroes));
}

static void the_next_secret_has_the_same_pages_and_none_of_the_bytes(void **state)
{
    (void)state;
    struct secret *first = secret_copy("password", 8);
    const void *page = first;
    secret_free(first);
    struct secret *next AUTO_SECRET = secret_new(4000);
    if (sysconf(_SC_PAGESIZE) <= SECRET_KEPT_SIZE)
        assert_ptr_equal(next, page);
    assert_int_equal(secret_size(next), 4000);
    for (size_t i = 0; i <= 4000; i++)
        assert_int_equal(secret_peek(next)[i], 0);
}

static void large_pages_are_given_back_at_once(void **state)
{
    (void)state;
    struct secret *secret = secret_new(SECRET_KEPT_SIZE);
    void *page = secret;
    assert_true(is_mapped(page));
    secret_free(secret);
    assert_false(is_mapped(page));
}

enum { MORE = SECRET_KEPT_MOST + 5 };

static void *give_back_many(void *argument)
{
    void **pages = argument;
    for (size_t i = 0; i < MORE; i++)
        pages[i] = secret_copy("password", 8);
    for (size_t i = 0; i < MORE; i++)
        secret_free(pages[i]);
    size_t kept = 0;
    for (size_t i = 0; i < MORE; i++)
        kept += is_mapped(pages[i]);
    return (void *)kept; /* NOLINT(performance-no-int-to-ptr) */
}

static void a_thread_keeps_few_pages_and_none_when_it_ends(void **state)
{
    (void)state;
    static void *pages[MORE];
    pthread_t thread;
    void *kept;
    assert_int_equal(pthread_create(&thread, NULL, give_back_many, pages), 0);
    assert_int_equal(pthread_join(thread, &kept), 0);
    assert_in_range((uintptr_t)kept, 0, SECRET_KEPT_MOST);
    for (size_t i = 0; i < MORE; i++)
        assert_false(is_mapped(pages[i]));
}

static void a_pool_keeps_many_in_few_pages(void **state)
{
    enum { MANY = 5000 };
    (void)state;
    static struct secret *secrets[MANY];
    struct secret_pool *pool = secret_pool_new();
    assert_non_null(pool);
    for (size_t i = 0; i < MANY; i++) {
        char text[16];
        snprintf(text, sizeof(text), "password %zu", i);
        secrets[i] = secret_pool_copy(pool, text, strlen(text));
        assert_non_null(secrets[i]);
    }
    for (size_t i = 0; i < MANY; i++) {
        char text[16];
        snprintf(text, sizeof(text), "password %zu", i);
        assert_int_equal(secret_size(secrets[i]), strlen(text));
        assert_string_equal(secret_peek(secrets[i]), text);
    }
    assert_in_range((uintptr_t)secrets[1] - (uintptr_t)secrets[0], sizeof(size_t), 64);
    secret_pool_free(pool);
}

static void a_secret_of_a_pool_is_wiped_when_it_is_freed(void **state)
{
    (void)state;
    static unsigned char large[1024 * 1024];
    static const unsigned char zeroes[8];
    struct secret_pool *pool = secret_pool_new();
    struct secret *one = secret_pool_copy(pool, "password", 8);
    memset(large, 'x', sizeof(large));
    struct secret *two = secret_pool_copy(pool, large, sizeof(large));
    struct secret *nothing = secret_pool_copy(pool, NULL, 0);
    const unsigned char *bytes = secret_peek(one), *end = secret_peek(two) + sizeof(large);
    secret_free(one);
    assert_memory_equal(bytes, zeroes, sizeof(zeroes));
    assert_memory_equal(secret_peek(two), large, sizeof(large));
    assert_int_equal(*end, 0);
    assert_int_equal(secret_size(nothing), 0);
    secret_pool_free(pool);
    secret_pool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_secret_is_zeroed_and_ends_in_a_nul),
        cmocka_unit_test(a_copy_has_the_bytes_and_a_nul),
        cmocka_unit_test(cutting_wipes_what_is_cut_off),
        cmocka_unit_test(a_mask_covers_every_place),
        cmocka_unit_test(a_mask_covers_a_part_that_was_cut_off_at_the_end),
        cmocka_unit_test(no_secret_is_nothing),
        cmocka_unit_test(a_size_beyond_memory_is_refused),
        cmocka_unit_test(a_child_does_not_inherit_it),
        cmocka_unit_test(a_core_dump_leaves_it_out),
        cmocka_unit_test(what_is_given_back_is_wiped_at_once),
        cmocka_unit_test(the_next_secret_has_the_same_pages_and_none_of_the_bytes),
        cmocka_unit_test(large_pages_are_given_back_at_once),
        cmocka_unit_test(a_thread_keeps_few_pages_and_none_when_it_ends),
        cmocka_unit_test(a_pool_keeps_many_in_few_pages),
        cmocka_unit_test(a_secret_of_a_pool_is_wiped_when_it_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
