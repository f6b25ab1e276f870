#include "base/processors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct groups {
    char root[64];
    char membership[96];
};

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A tree of two groups, the process in the inner one. */
static int make_groups(void **state)
{
    static struct groups groups;
    char path[128];
    strcpy(groups.root, "/tmp/certroll-groups.XXXXXX");
    if (!mkdtemp(groups.root))
        return -1;
    snprintf(groups.membership, sizeof(groups.membership), "%s/cgroup", groups.root);
    snprintf(path, sizeof(path), "%s/outer", groups.root);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/outer/inner", groups.root);
    mkdir(path, 0700);
    write_text(groups.membership, "1:cpu:/elsewhere\n0::/outer/inner\n");
    *state = &groups;
    return 0;
}

static int remove_groups(void **state)
{
    static const char *const names[] = {
        "outer/inner/cpu.max", "outer/cpu.max", "outer/inner", "outer", "cpu.max", "cgroup", ""};
    const struct groups *groups = *state;
    char path[128];
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        snprintf(path, sizeof(path), "%s/%s", groups->root, names[i]);
        remove(path);
    }
    return 0;
}

static void set(const struct groups *groups, const char *group, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s%s/cpu.max", groups->root, group);
    write_text(path, text);
}

static size_t quota(const struct groups *groups)
{
    return processors_quota(groups->root, groups->membership);
}

static void without_a_bound_there_is_none(void **state)
{
    const struct groups *groups = *state;
    assert_int_equal(quota(groups), SIZE_MAX);
    set(groups, "/outer/inner", "max 100000\n");
    assert_int_equal(quota(groups), SIZE_MAX);
}

static void a_part_of_a_processor_counts_as_one(void **state)
{
    const struct groups *groups = *state;
    set(groups, "/outer/inner", "150000 100000\n");
    assert_int_equal(quota(groups), 2);
    set(groups, "/outer/inner", "200000 100000\n");
    assert_int_equal(quota(groups), 2);
    set(groups, "/outer/inner", "1000 100000\n");
    assert_int_equal(quota(groups), 1);
}

static void the_least_of_all_groups_above_counts(void **state)
{
    const struct groups *groups = *state;
    set(groups, "/outer/inner", "800000 100000\n");
    set(groups, "/outer", "300000 100000\n");
    assert_int_equal(quota(groups), 3);
    set(groups, "", "100000 100000\n");
    assert_int_equal(quota(groups), 1);
}

static void what_says_nothing_bounds_nothing(void **state)
{
    static const char *const texts[] = {"", "max", "abc 100000", "100000", "100000 0", "-"};
    const struct groups *groups = *state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        set(groups, "/outer/inner", texts[i]);
        assert_int_equal(quota(groups), SIZE_MAX);
    }
    set(groups, "/outer/inner", "100000 100000\n");
    write_text(groups->membership, "1:cpu:/outer/inner\n");
    assert_int_equal(quota(groups), SIZE_MAX);
    assert_int_equal(processors_quota(groups->root, "/nonexistent"), SIZE_MAX);
}

static void there_is_at_least_one(void **state)
{
    (void)state;
    assert_true(processors_count() >= 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_groups, remove_groups)
    const struct CMUnitTest tests[] = {
        TEST(without_a_bound_there_is_none),        TEST(a_part_of_a_processor_counts_as_one),
        TEST(the_least_of_all_groups_above_counts), TEST(what_says_nothing_bounds_nothing),
        cmocka_unit_test(there_is_at_least_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
