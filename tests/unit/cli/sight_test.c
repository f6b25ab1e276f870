#include "cli/sight.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { TIMES = 40 };

struct fixture {
    char path[64];
    struct entry entry;
};

static void put(const struct fixture *f, char content)
{
    int fd = open(f->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, &content, 1), 1);
    close(fd);
}

static int setup(void **state)
{
    static struct fixture f;
    f = (struct fixture){.path = "/tmp/certroll-sight.XXXXXX"};
    int fd = mkstemp(f.path);
    if (fd < 0)
        return -1;
    close(fd);
    f.entry.path = f.path;
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    unlink(f->path);
    return 0;
}

/* One byte after another, in the same file, as fast as it goes. */
static void two_writes_within_a_tick_look_different(void **state)
{
    struct fixture *f = *state;
    char before[DIGEST_TEXT_SIZE], after[DIGEST_TEXT_SIZE];
    put(f, 'a');
    for (int i = 0; i < TIMES; i++) {
        assert_int_equal(sight_take(&f->entry, before), 0);
        put(f, (char)('a' + i % 26));
        assert_int_equal(sight_take(&f->entry, after), 0);
        assert_string_not_equal(before, after);
    }
}

static void what_is_left_alone_looks_the_same(void **state)
{
    struct fixture *f = *state;
    char before[DIGEST_TEXT_SIZE], after[DIGEST_TEXT_SIZE];
    put(f, 'a');
    assert_int_equal(sight_take(&f->entry, before), 0);
    assert_int_equal(sight_take(&f->entry, after), 0);
    assert_string_equal(before, after);
}

static void what_chooses_among_certificates_counts(void **state)
{
    struct fixture *f = *state;
    char before[DIGEST_TEXT_SIZE], after[DIGEST_TEXT_SIZE];
    put(f, 'a');
    assert_int_equal(sight_take(&f->entry, before), 0);
    f->entry.subject = "www.example.com";
    assert_int_equal(sight_take(&f->entry, after), 0);
    assert_string_not_equal(before, after);
    f->entry.key_path = f->path;
    assert_int_equal(sight_take(&f->entry, before), 0);
    assert_string_not_equal(before, after);
}

static void set_times(const struct fixture *f, time_t seconds)
{
    const struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
    assert_int_equal(utimensat(AT_FDCWD, f->path, times, 0), 0);
}

static void of_some_there_is_none(void **state)
{
    struct fixture *f = *state;
    char sight[DIGEST_TEXT_SIZE];
    set_times(f, (time_t)1 << 32);
    assert_int_equal(sight_take(&f->entry, sight), 1);
    f->entry.path = "/dev/null";
    assert_int_equal(sight_take(&f->entry, sight), 1);
    f->entry.path = "/nonexistent/file";
    assert_int_equal(sight_take(&f->entry, sight), 1);
    f->entry.path = f->path;
    set_times(f, 1);
    assert_int_equal(sight_take(&f->entry, sight), 0);
    set_times(f, (time_t)1 << 40);
    assert_int_equal(sight_take(&f->entry, sight), 1);
    set_times(f, -((time_t)1 << 40));
    assert_int_equal(sight_take(&f->entry, sight), 0);
}

/* Also where two sights want one place: all of these begin alike. */
static void a_record_is_found_by_its_sight_and_owner(void **state)
{
    enum { RECORDS = 100 };
    (void)state;
    struct arena *arena = arena_new();
    struct source_record records[RECORDS] = {{.owner = "a"}};
    struct snapshot snapshot = {.sources = records, .source_count = RECORDS};
    struct sights sights;
    for (int i = 0; i < RECORDS; i++) {
        records[i].owner = i % 2 ? "a" : "b";
        if (i != 7)
            snprintf(records[i].sight, sizeof(records[i].sight), "%064d", i / 2);
    }
    assert_int_equal(sights_make(&snapshot, arena, &sights), 0);
    for (int i = 0; i < RECORDS; i++)
        if (i != 7)
            assert_ptr_equal(sights_find(&sights, records[i].sight, records[i].owner), &records[i]);
    char sight[DIGEST_TEXT_SIZE];
    snprintf(sight, sizeof(sight), "%064d", 3);
    assert_null(sights_find(&sights, sight, "a"));
    assert_null(sights_find(&sights, sight, "c"));
    assert_int_equal(sights_make(&(struct snapshot){0}, arena, &sights), 0);
    assert_null(sights_find(&sights, sight, "a"));
    arena_free(arena);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(two_writes_within_a_tick_look_different),  TEST(what_is_left_alone_looks_the_same),
        TEST(what_chooses_among_certificates_counts),   TEST(of_some_there_is_none),
        TEST(a_record_is_found_by_its_sight_and_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
