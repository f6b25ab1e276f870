#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* A commit that changes the index and nothing else. */
static void change(struct fixture *fixture, const char *entry)
{
    struct holding *holding = arena_alloc(fixture->arena, 1, sizeof(*holding));
    *holding = (struct holding){"owner", entry, fixture_fingerprint(fixture, "web"), false};
    fixture_change(fixture, CHANGE_PUT_HOLDING)->holding = holding;
    fixture_commit(fixture);
}

static void put_web(struct fixture *fixture)
{
    fixture_open(fixture);
    fixture_put_object(fixture, "web", false);
    change(fixture, "first");
    change(fixture, "second");
}

static void check(struct fixture *fixture, size_t holdings)
{
    struct store_figures figures;
    assert_int_equal(fixture_snapshot(fixture).holding_count, holdings);
    assert_int_equal(store_verify(fixture->store, &fixture->problems, &figures), 0);
    assert_int_equal(fixture->problems.count, 0);
}

static ino_t inode(struct fixture *fixture, const char *name)
{
    struct stat status;
    assert_int_equal(lstat(fixture_path(fixture, "%s", name), &status), 0);
    return status.st_ino;
}

static void a_change_begins_with_the_generation_before(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture);
    for (int i = 0; i < 4; i++) {
        ino_t index = inode(fixture, "index.db"), spare = inode(fixture, "index.db.spare");
        change(fixture, i % 2 ? "one" : "another");
        assert_true(inode(fixture, "index.db") == spare);
        assert_true(inode(fixture, "index.db.spare") == index);
        assert_int_equal(fixture_mode(fixture_path(fixture, "index.db")), 0600);
        assert_int_equal(fixture_mode(fixture_path(fixture, "index.db.spare")), 0600);
    }
    check(fixture, 4);
}

static void an_index_that_somebody_has_open_is_never_changed(void **state)
{
    struct fixture *fixture = *state;
    char before[64 * 1024], after[sizeof(before)];
    put_web(fixture);
    for (int i = 0; i < 3; i++) {
        int backup = open(fixture_path(fixture, "index.db"), O_RDONLY | O_CLOEXEC);
        assert_int_equal(pread(backup, before, sizeof(before), 0), sizeof(before));
        for (int turn = 0; turn < 3; turn++)
            change(fixture, turn % 2 ? "one" : "another");
        assert_int_equal(pread(backup, after, sizeof(after), 0), sizeof(after));
        assert_memory_equal(before, after, sizeof(after));
        close(backup);
    }
    check(fixture, 4);
}

static void a_spare_with_another_name_is_somebodys_backup(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture);
    const char *backup = arena_printf(fixture->arena, "%s/backup", fixture->root);
    assert_int_equal(link(fixture_path(fixture, "index.db"), backup), 0);
    const char *before = fixture_read(fixture, backup);
    struct stat status;
    for (int turn = 0; turn < 4; turn++)
        change(fixture, turn % 2 ? "one" : "another");
    assert_string_equal(fixture_read(fixture, backup), before);
    assert_int_equal(lstat(backup, &status), 0);
    assert_int_equal(status.st_nlink, 1);
    check(fixture, 4);
}

/* Cut off, longer, and something else in every page. */
static void whatever_the_spare_holds_it_is_brought_up_to_date(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture);
    const char *spare = fixture_path(fixture, "index.db.spare");
    static const off_t sizes[] = {0, 1, 4097, 50000, 1000000};
    size_t count = 2;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_int_equal(truncate(spare, sizes[i]), 0);
        change(fixture, arena_printf(fixture->arena, "cut-%zu", i));
        check(fixture, ++count);
        int fd = open(spare, O_WRONLY | O_CLOEXEC);
        for (off_t at = 0; at < 40 * 4096; at += (off_t)(i + 1) * 1000)
            assert_int_equal(pwrite(fd, "spoilt", 6, at), 6);
        close(fd);
        ino_t used = inode(fixture, "index.db.spare");
        change(fixture, arena_printf(fixture->arena, "spoilt-%zu", i));
        assert_true(inode(fixture, "index.db") == used);
        check(fixture, ++count);
        struct stat status;
        assert_int_equal(lstat(fixture_path(fixture, "index.db"), &status), 0);
        assert_true(status.st_size < 500000);
    }
}

static void what_stands_in_its_place_is_not_written_to(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture);
    const char *outside = arena_printf(fixture->arena, "%s/precious", fixture->root);
    const char *spare = fixture_path(fixture, "index.db.spare");
    fixture_write(outside, "precious");
    assert_int_equal(unlink(spare), 0);
    assert_int_equal(symlink(outside, spare), 0);
    change(fixture, "link");
    assert_null(fixture_target(fixture, spare));
    assert_int_equal(unlink(spare), 0);
    assert_int_equal(link(outside, spare), 0);
    change(fixture, "hard link");
    assert_int_equal(unlink(spare), 0);
    assert_int_equal(mkfifo(spare, 0600), 0);
    change(fixture, "fifo");
    assert_int_equal(unlink(spare), 0);
    assert_int_equal(mkdir(spare, 0700), 0);
    change(fixture, "folder");
    assert_string_equal(fixture_read(fixture, outside), "precious");
    assert_false(fixture_exists(fixture_path(fixture, "index.db.new")));
    check(fixture, 6);
}

static void what_fails_leaves_neither_a_copy_nor_a_change(void **state)
{
    struct fixture *fixture = *state;
    struct outbox_item item = {.run_id = "run-1", .result = "ok"}; /* no index takes it */
    put_web(fixture);
    assert_int_equal(fixture_queue(fixture, &item, 1, "<html>"), -1);
    assert_false(fixture_exists(fixture_path(fixture, "index.db.new")));
    fixture->problems.count = 0;
    assert_int_equal(store_tidy(fixture->store, &fixture->problems), 0);
    change(fixture, "third");
    change(fixture, "fourth");
    check(fixture, 4);
    assert_true(fixture_exists(fixture_path(fixture, "index.db.spare")));
}

/* Killed when its copy was the index already, and the one before not yet the spare. */
static void a_copy_that_a_killed_run_left_is_swept_where_nothing_is_to_be_done(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture);
    const char *left = fixture_path(fixture, "index.db.new");
    assert_false(fixture_snapshot(fixture).leftovers);
    fixture_write(left, "half");
    assert_true(fixture_snapshot(fixture).leftovers);
    assert_int_equal(store_tidy(fixture->store, &fixture->problems), 0);
    assert_false(fixture_exists(left));
    assert_false(fixture_snapshot(fixture).leftovers);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_change_begins_with_the_generation_before),
        TEST(an_index_that_somebody_has_open_is_never_changed),
        TEST(a_spare_with_another_name_is_somebodys_backup),
        TEST(whatever_the_spare_holds_it_is_brought_up_to_date),
        TEST(what_stands_in_its_place_is_not_written_to),
        TEST(what_fails_leaves_neither_a_copy_nor_a_change),
        TEST(a_copy_that_a_killed_run_left_is_swept_where_nothing_is_to_be_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
