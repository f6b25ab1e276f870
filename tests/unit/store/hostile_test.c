#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void put_web(struct fixture *fixture)
{
    fixture_open(fixture);
    fixture_put_object(fixture, "web", false);
    fixture_put_slot(fixture, "Default", "web", NULL);
    fixture_commit(fixture);
}

static int try_open(struct fixture *fixture)
{
    struct store_options options = {
        .location = fixture->path, .writable = false, .service_group = (gid_t)-1};
    struct store *store = NULL;
    int result = store_open(&options, &fixture->problems, &store);
    store_close(store);
    return result;
}

/* A reader's snapshot; its result. */
static int try_snapshot(struct fixture *fixture)
{
    struct store_options options = {
        .location = fixture->path, .writable = false, .service_group = (gid_t)-1};
    struct store *store = NULL;
    struct snapshot snapshot;
    assert_int_equal(store_open(&options, &fixture->problems, &store), 0);
    int result = store_snapshot(store, fixture->arena, &fixture->problems, &snapshot);
    store_close(store);
    return result;
}

static void a_folder_that_others_may_write_to_is_refused(void **state)
{
    static const mode_t modes[] = {0777, 0775, 0722, 01777};
    struct fixture *fixture = *state;
    assert_int_equal(mkdir(fixture->path, 0700), 0);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        assert_int_equal(chmod(fixture->path, modes[i]), 0);
        assert_int_equal(try_open(fixture), -1);
    }
    assert_true(fixture_said(fixture, PROBLEM_UNSAFE_STORE, "others may write"));
    assert_int_equal(chmod(fixture->path, 0750), 0);
    assert_int_equal(try_open(fixture), 0);
}

static void a_folder_of_another_user_is_refused(void **state)
{
    struct fixture *fixture = *state;
    if (geteuid() == 0) {
        assert_int_equal(mkdir(fixture->path, 0700), 0);
        assert_int_equal(chown(fixture->path, 4242, 4242), 0);
    } else {
        snprintf(fixture->path, sizeof(fixture->path), "/proc/1");
    }
    struct stat status;
    bool own = stat(fixture->path, &status) != 0 || status.st_uid == geteuid() || !status.st_uid;
    if (own)
        skip();
    assert_int_equal(try_open(fixture), -1);
    assert_true(fixture_said(fixture, PROBLEM_UNSAFE_STORE, "belongs to another user"));
}

/* Each part of the store replaced by a link to a folder outside. */
static void a_planted_link_is_never_followed(void **state)
{
    static const char *const parts[] = {"objects", "live", "live/local", "live/local/Default"};
    struct fixture *fixture = *state;
    put_web(fixture);
    const char *outside = arena_printf(fixture->arena, "%s/outside", fixture->root);
    assert_int_equal(mkdir(outside, 0755), 0);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const char *part = fixture_path(fixture, "%s", parts[i]);
        const char *aside = arena_printf(fixture->arena, "%s/aside%zu", fixture->root, i);
        assert_int_equal(rename(part, aside), 0);
        assert_int_equal(symlink(outside, part), 0);
        fixture_put_object(fixture, "two", false);
        fixture_put_slot(fixture, "Default", "web", NULL);
        int result = fixture_try_commit(fixture);
        assert_int_not_equal(result, 0);
        assert_true(fixture_said(fixture, PROBLEM_UNSAFE_STORE, "something else stands"));
        assert_int_equal(rmdir(outside), 0); /* still empty */
        assert_int_equal(mkdir(outside, 0755), 0);
        assert_int_equal(unlink(part), 0);
        assert_int_equal(rename(aside, part), 0);
    }
}

static void a_link_in_an_objects_place_is_damage_and_is_replaced(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture);
    const char *object = fixture_path(fixture, "objects/%s", fixture_fingerprint(fixture, "web"));
    const char *aside = arena_printf(fixture->arena, "%s/aside", fixture->root);
    assert_int_equal(rename(object, aside), 0);
    assert_int_equal(symlink(aside, object), 0);
    assert_int_equal(fixture_damage(fixture, "web"), DAMAGE_PUBLIC | DAMAGE_KEY);
    fixture_put_object(fixture, "web", false);
    fixture_commit(fixture);
    assert_null(fixture_target(fixture, object));
    assert_int_equal(fixture_damage(fixture, "web"), 0);
    assert_true(fixture_exists(arena_printf(fixture->arena, "%s/privkey.pem", aside)));
}

static void a_link_in_the_place_of_a_key_is_not_followed(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture);
    const char *key =
        fixture_path(fixture, "objects/%s/privkey.pem", fixture_fingerprint(fixture, "web"));
    const char *aside = arena_printf(fixture->arena, "%s/key", fixture->root);
    assert_int_equal(rename(key, aside), 0);
    assert_int_equal(symlink(aside, key), 0);
    assert_int_equal(fixture_damage(fixture, "web"), DAMAGE_KEY);
    fixture_change(fixture, CHANGE_REPAIR_OBJECT)->fingerprint =
        fixture_fingerprint(fixture, "web");
    assert_int_equal(fixture_try_commit(fixture), 1);
    assert_true(fixture->failed[0]);
    assert_int_equal(fixture_damage(fixture, "web"), DAMAGE_KEY);
}

static void a_link_in_the_place_of_a_file_is_not_read(void **state)
{
    static const char *const names[] = {"lock", "index.db", "index.db.new"};
    struct fixture *fixture = *state;
    put_web(fixture);
    fixture_close(fixture);
    const char *outside = arena_printf(fixture->arena, "%s/precious", fixture->root);
    for (size_t i = 0; i < 3; i++) {
        const char *path = fixture_path(fixture, "%s", names[i]);
        const char *aside = arena_printf(fixture->arena, "%s/aside", fixture->root);
        fixture_write(outside, "precious");
        bool there = rename(path, aside) == 0;
        assert_int_equal(symlink(outside, path), 0);
        struct store_options options = {
            .location = fixture->path, .writable = true, .service_group = (gid_t)-1};
        assert_int_equal(store_open(&options, &fixture->problems, &fixture->store), 0);
        bool locked = store_lock(fixture->store, 0, "x", &fixture->problems) == 0;
        fixture_put_slot(fixture, "Default", "web", NULL);
        int result = locked ? fixture_try_commit(fixture) : -1;
        assert_int_equal(result, i == 2 ? 0 : -1);
        assert_string_equal(fixture_read(fixture, outside), "precious");
        fixture_close(fixture);
        unlink(path);
        if (there)
            assert_int_equal(rename(aside, path), 0);
        fixture->change_count = 0;
    }
}

static void an_index_of_a_newer_version_is_refused(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture);
    fixture_edit_index(fixture, "PRAGMA user_version = 7");
    assert_int_equal(try_snapshot(fixture), -1);
    assert_true(fixture_said(fixture, PROBLEM_STORE_FAILED, "schema 7, this one knows 4"));
    assert_int_equal(fixture_try_commit(fixture), -1);
}

static void a_database_of_another_program_is_refused(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture);
    fixture_edit_index(fixture, "PRAGMA application_id = 5");
    assert_int_equal(try_snapshot(fixture), -1);
    assert_true(fixture_said(fixture, PROBLEM_STORE_DAMAGED, "not written by certroll"));
}

static void an_index_that_is_no_database_is_said_to_be_damaged(void **state)
{
    static const char *const contents[] = {"", "x", "SQLite format 3\0"};
    struct fixture *fixture = *state;
    put_web(fixture);
    struct store_figures figures;
    for (size_t i = 0; i < 3; i++) {
        fixture->problems.count = 0;
        fixture_write(fixture_path(fixture, "index.db"), contents[i]);
        assert_int_equal(try_snapshot(fixture), -1);
        assert_int_equal(store_verify(fixture->store, &fixture->problems, &figures), -1);
        assert_true(fixture_said(fixture, PROBLEM_STORE_DAMAGED, "is damaged"));
        assert_int_equal(fixture_try_commit(fixture), -1);
    }
}

/* Every page in turn is filled with something else: a problem or a snapshot, never a crash. */
static void an_index_with_a_damaged_page_never_crashes(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture);
    const char *path = fixture_path(fixture, "index.db");
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    size_t size = (size_t)status.st_size, damaged = 0;
    char *pristine = malloc(size), page[512];
    assert_int_equal(pread(fd, pristine, size, 0), size);
    for (size_t at = 0; at + sizeof(page) <= size; at += sizeof(page)) {
        for (int kind = 0; kind < 2; kind++) {
            struct store_figures figures;
            for (size_t i = 0; i < sizeof(page); i++)
                page[i] = kind ? (char)(i * 37 + at) : (char)0xff;
            assert_int_equal(pwrite(fd, page, sizeof(page), (off_t)at), sizeof(page));
            damaged += try_snapshot(fixture) != 0;
            store_verify(fixture->store, &fixture->problems, &figures);
            assert_int_equal(pwrite(fd, pristine + at, sizeof(page), (off_t)at), sizeof(page));
        }
    }
    free(pristine);
    close(fd);
    assert_true(damaged > 0);
    assert_int_equal(fixture_damage(fixture, "web"), 0);
}

static void values_that_certroll_never_wrote_are_refused(void **state)
{
    static const char *const edits[] = {
        "UPDATE certificate SET fingerprint = '../../etc'",
        "UPDATE certificate SET thumbprint = x'00'",
        "UPDATE certificate SET subject = x'37'",
        "UPDATE certificate SET subject = CAST(x'410042' AS TEXT)",
        "UPDATE certificate SET dns_names = x'4141'",
        "UPDATE certificate SET dns_names = 'a'",
        "UPDATE certificate SET has_key = 2",
        "UPDATE certificate SET findings = -1",
        "UPDATE certificate SET not_after = 'tomorrow'",
        "UPDATE slot SET scope = '../x'",
        "UPDATE slot SET type = '.x'",
        "UPDATE claim SET fingerprint = 'x'",
        "UPDATE claim SET position = -1",
        "UPDATE claim SET roll = 9",
        "INSERT INTO holding VALUES (1, 2, 3, 4)",
        "UPDATE meta SET generation = -5",
        "INSERT INTO source VALUES ('x', 'o', 'y', 1, 0, 0, NULL)",
        "INSERT INTO source SELECT fingerprint, 'o', fingerprint, 1, 0, 0, 'x' FROM certificate",
        "INSERT INTO source SELECT fingerprint, 'o', fingerprint, 1, 2, 0, NULL FROM certificate",
        "INSERT INTO source SELECT fingerprint, 'o', fingerprint, 1, 0, 2, NULL FROM certificate",
        "DROP TABLE claim",
        "DROP TABLE certificate; CREATE VIEW certificate AS SELECT 1",
        "DROP TABLE slot; CREATE VIEW slot AS WITH RECURSIVE endless (type) AS"
        " (SELECT 0 UNION ALL SELECT type + 1 FROM endless)"
        " SELECT 'local' AS scope, type, 'x' AS owner, NULL AS links FROM endless",
    };
    struct fixture *fixture = *state;
    put_web(fixture);
    const char *aside = arena_printf(fixture->arena, "%s/index", fixture->root);
    const char *path = fixture_path(fixture, "index.db");
    char *copy = arena_printf(fixture->arena, "cp %s %s", path, aside);
    char *back = arena_printf(fixture->arena, "cp %s %s", aside, path);
    assert_int_equal(system(copy), 0);
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        fixture->problems.count = 0;
        fixture_edit_index(fixture, edits[i]);
        if (try_snapshot(fixture) != -1)
            fail_msg("accepted: %s", edits[i]);
        assert_true(fixture_said(fixture, PROBLEM_STORE_DAMAGED, "is damaged"));
        assert_int_equal(system(back), 0);
    }
    assert_int_equal(fixture_damage(fixture, "web"), 0);
}

static void what_an_index_would_do_by_itself_is_not_done(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture);
    fixture_edit_index(fixture, "CREATE TRIGGER lose AFTER INSERT ON certificate"
                                " BEGIN DELETE FROM holding; DELETE FROM slot; END");
    fixture->change_count = 0;
    fixture_put_object(fixture, "next", false);
    fixture_put_slot(fixture, "Default", "next", "web");
    fixture_commit(fixture);
    assert_int_equal(fixture_snapshot(fixture).slot_count, 1);
}

static void a_strange_path_is_quoted(void **state)
{
    struct fixture *fixture = *state;
    snprintf(fixture->path, sizeof(fixture->path), "%s/a b%%20?mode=x#\xc3\xa4", fixture->root);
    put_web(fixture);
    assert_int_equal(fixture_damage(fixture, "web"), 0);
}

static void verify_says_what_differs(void **state)
{
    struct fixture *fixture = *state;
    struct store_figures figures;
    struct run_record run = {"run-1", 5, true, NULL, "<html>", NULL};
    put_web(fixture);
    assert_int_equal(fixture_put_run(fixture, &run), 0);
    assert_int_equal(store_verify(fixture->store, &fixture->problems, &figures), 0);
    assert_int_equal(fixture->problems.count, 0);
    assert_int_equal(figures.objects, 1);
    assert_int_equal(figures.links, 1);
    const char *fingerprint = fixture_fingerprint(fixture, "web");
    fixture_write(fixture_path(fixture, "objects/%s/privkey.pem", fingerprint), "other\n");
    fixture_write(fixture_path(fixture, "objects/README"), "x");
    assert_int_equal(mkdir(fixture_path(fixture, "objects/.new-0123"), 0700), 0);
    assert_int_equal(
        mkdir(fixture_path(fixture, "objects/%s", fixture_fingerprint(fixture, "other")), 0700), 0);
    assert_int_equal(mkdir(fixture_path(fixture, "live/local/Old"), 0755), 0);
    fixture_write(fixture_path(fixture, "live/local/Default/notes"), "x");
    assert_int_equal(unlink(fixture_path(fixture, "live/local/Default/current")), 0);
    fixture_write(fixture_path(fixture, "reports/gone.html"), "x");
    fixture_write(fixture_path(fixture, "reports/gone.json"), "x");
    assert_int_equal(unlink(fixture_path(fixture, "reports/run-1.html")), 0);
    assert_int_equal(unlink(fixture_path(fixture, "reports/run-1.json")), 0);
    assert_int_equal(chmod(fixture_path(fixture, "reports"), 0755), 0);
    assert_int_equal(store_verify(fixture->store, &fixture->problems, &figures), 0);
    static const char *const said[] = {
        "/privkey.pem: was changed",      "README: nothing that certroll put there",
        ".new-0123: left over",           "an object that the index does not know",
        "live/local/Old: a slot that",    "Default/notes: nothing",
        "Default/current: is missing",    "gone.html: it is of a run",
        "run-1.html: the report is lost", "/reports: its mode is 0755, not 0700",
        "gone.json: it is of a run",      "run-1.json: what the run did is lost",
    };
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
        if (!fixture_said(fixture, PROBLEM_STORE_DAMAGED, said[i]))
            fail_msg("not said: %s", said[i]);
    assert_int_equal(fixture->problems.count, sizeof(said) / sizeof(said[0]));
}

static void what_becomes_a_header_of_a_request_is_plain(void **state)
{
    static const char *const edits[] = {
        "UPDATE outbox SET result = 'ok' || char(13, 10) || 'X-More: 1'",
        "UPDATE outbox SET result = 'ok', run = 'r' || char(13, 10) || 'X-More: 1'",
    };
    struct fixture *fixture = *state;
    const struct outbox_item item = {.run_id = "r", .url = "http://h/", .result = "ok"};
    struct outbox_item *items;
    size_t count;
    put_web(fixture);
    assert_int_equal(fixture_queue(fixture, &item, 1, "<html>"), 0);
    assert_int_equal(
        store_outbox(fixture->store, fixture->arena, &fixture->problems, &items, &count), 0);
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        fixture_close(fixture);
        fixture_edit_index(fixture, edits[i]);
        fixture_open(fixture);
        assert_int_equal(
            store_outbox(fixture->store, fixture->arena, &fixture->problems, &items, &count), -1);
    }
}

static void a_part_that_belongs_to_another_user_is_damage(void **state)
{
    static const char *const parts[] = {"objects", "live"};
    struct fixture *fixture = *state;
    struct store_figures figures;
    if (geteuid() != 0)
        skip();
    put_web(fixture);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        assert_int_equal(chown(fixture_path(fixture, "%s", parts[i]), 65534, 65534), 0);
    assert_int_equal(store_verify(fixture->store, &fixture->problems, &figures), 0);
    assert_true(fixture_said(fixture, PROBLEM_STORE_DAMAGED, "/objects: its owner is nobody"));
    assert_true(fixture_said(fixture, PROBLEM_STORE_DAMAGED, "/live: its owner is nobody"));
    assert_int_equal(fixture_damage(fixture, "web"), DAMAGE_RIGHTS);
}

static void no_journal_of_others_is_played_back(void **state)
{
    static const char *const ends[] = {"journal", "wal", "shm"};
    struct fixture *fixture = *state;
    put_web(fixture);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        const char *planted = fixture_path(fixture, "index.db.new-%s", ends[i]);
        assert_int_equal(symlink("/dev/zero", planted), 0);
        fixture_put_slot(fixture, ends[i], "web", NULL);
        fixture_commit(fixture);
        struct stat status;
        assert_int_equal(lstat(planted, &status), -1);
    }
    struct snapshot snapshot = fixture_snapshot(fixture);
    assert_int_equal(snapshot.slot_count, 1 + sizeof(ends) / sizeof(ends[0]));
}

static void the_next_commit_sweeps_what_a_killed_run_left(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture);
    const char *left = fixture_path(fixture, "objects/.new-0123");
    const char *object = fixture_path(fixture, "objects/%s", fixture_fingerprint(fixture, "other"));
    assert_int_equal(mkdir(left, 0700), 0);
    fixture_write(fixture_path(fixture, "objects/.new-0123/privkey.pem"), "secret");
    assert_int_equal(mkdir(object, 0700), 0);
    assert_int_equal(mkdir(fixture_path(fixture, "live/local/Old"), 0755), 0);
    assert_int_equal(symlink("nowhere", fixture_path(fixture, "live/local/Old/current")), 0);
    fixture_write(fixture_path(fixture, "index.db.new"), "half");
    fixture_write(fixture_path(fixture, "objects/README"), "mine");
    fixture_commit(fixture);
    assert_false(fixture_exists(left));
    assert_false(fixture_exists(object));
    assert_false(fixture_exists(fixture_path(fixture, "live/local/Old")));
    assert_false(fixture_exists(fixture_path(fixture, "index.db.new")));
    assert_true(fixture_exists(fixture_path(fixture, "objects/README")));
    assert_int_equal(fixture_damage(fixture, "web"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_folder_that_others_may_write_to_is_refused),
        TEST(a_folder_of_another_user_is_refused),
        TEST(a_planted_link_is_never_followed),
        TEST(a_link_in_an_objects_place_is_damage_and_is_replaced),
        TEST(a_link_in_the_place_of_a_key_is_not_followed),
        TEST(a_link_in_the_place_of_a_file_is_not_read),
        TEST(an_index_of_a_newer_version_is_refused),
        TEST(a_database_of_another_program_is_refused),
        TEST(an_index_that_is_no_database_is_said_to_be_damaged),
        TEST(an_index_with_a_damaged_page_never_crashes),
        TEST(values_that_certroll_never_wrote_are_refused),
        TEST(what_an_index_would_do_by_itself_is_not_done),
        TEST(a_strange_path_is_quoted),
        TEST(verify_says_what_differs),
        TEST(what_becomes_a_header_of_a_request_is_plain),
        TEST(a_part_that_belongs_to_another_user_is_damage),
        TEST(no_journal_of_others_is_played_back),
        TEST(the_next_commit_sweeps_what_a_killed_run_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
