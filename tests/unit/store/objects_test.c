#include "fixture.h"

#include "base/monotonic.h"
#include "store/links.h"

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TICKS = 30 }; /* milliseconds: more than one of any file system's clock */

static const char *object_path(struct fixture *fixture, const char *name, const char *file)
{
    return fixture_path(fixture, "objects/%s/%s", fixture_fingerprint(fixture, name), file);
}

static void put_web(struct fixture *fixture, bool exportable)
{
    fixture_open(fixture);
    fixture_put_object(fixture, "web", exportable);
    fixture_put_slot(fixture, "Default", "web", NULL);
    fixture_commit(fixture);
}

static void modes_do_not_depend_on_the_umask(void **state)
{
    static const mode_t umasks[] = {0, 027, 077};
    struct fixture *fixture = *state;
    mode_t before = umask(0);
    for (size_t i = 0; i < sizeof(umasks) / sizeof(umasks[0]); i++) {
        struct run_record run = {"run-1", 5, true, NULL, "<html>", NULL};
        snprintf(fixture->path, sizeof(fixture->path), "%s/store%zu", fixture->root, i);
        fixture->generation = 0;
        umask(umasks[i]);
        put_web(fixture, true);
        assert_int_equal(fixture_put_run(fixture, &run), 0);
        umask(0);
        assert_int_equal(fixture_mode(fixture->path), 0711);
        assert_int_equal(fixture_mode(fixture_path(fixture, "index.db")), 0600);
        assert_int_equal(fixture_mode(fixture_path(fixture, "lock")), 0600);
        assert_int_equal(fixture_mode(fixture_path(fixture, "objects")), 0711);
        assert_int_equal(fixture_mode(object_path(fixture, "web", "")), 0755);
        assert_int_equal(fixture_mode(object_path(fixture, "web", "cert.pem")), 0644);
        assert_int_equal(fixture_mode(object_path(fixture, "web", "chain.pem")), 0644);
        assert_int_equal(fixture_mode(object_path(fixture, "web", "fullchain.pem")), 0644);
        assert_int_equal(fixture_mode(object_path(fixture, "web", "privkey.pem")), 0640);
        assert_int_equal(fixture_mode(fixture_path(fixture, "live")), 0755);
        assert_int_equal(fixture_mode(fixture_path(fixture, "live/local")), 0755);
        assert_int_equal(fixture_mode(fixture_path(fixture, "live/local/Default")), 0755);
        assert_int_equal(fixture_mode(fixture_path(fixture, "reports")), 0700);
        assert_int_equal(fixture_mode(fixture_path(fixture, "reports/run-1.html")), 0600);
        assert_int_equal(fixture_damage(fixture, "web"), 0);
    }
    umask(before);
}

static void access_is_given_and_taken(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture, false);
    assert_int_equal(fixture_mode(object_path(fixture, "web", "privkey.pem")), 0600);
    for (int i = 0; i < 2; i++) {
        struct change *change = fixture_change(fixture, CHANGE_SET_ACCESS);
        change->fingerprint = fixture_fingerprint(fixture, "web");
        change->exportable = i == 0;
        fixture_commit(fixture);
        assert_int_equal(fixture_mode(object_path(fixture, "web", "privkey.pem")),
                         i == 0 ? 0640 : 0600);
        assert_string_equal(fixture_read(fixture, object_path(fixture, "web", "privkey.pem")),
                            "the key of web\n");
        struct snapshot snapshot = fixture_snapshot(fixture);
        assert_int_equal(snapshot.certificates[0].exportable, i == 0);
        assert_int_equal(snapshot.certificates[0].damage, 0);
    }
}

static void another_service_group_is_damage_to_the_rights(void **state)
{
    struct fixture *fixture = *state;
    if (geteuid() != 0)
        skip();
    fixture_open_with_group(fixture, 4242);
    fixture_put_object(fixture, "web", true);
    fixture_put_object(fixture, "own", false);
    fixture_hold(fixture, "web");
    fixture_hold(fixture, "own");
    fixture_commit(fixture);
    struct stat status;
    assert_int_equal(stat(object_path(fixture, "web", "privkey.pem"), &status), 0);
    assert_int_equal(status.st_gid, 4242);
    assert_int_equal(stat(object_path(fixture, "own", "privkey.pem"), &status), 0);
    assert_int_equal(status.st_gid, getegid());
    assert_int_equal(fixture_damage(fixture, "web"), DAMAGE_RIGHTS); /* as seen with no group */
    assert_int_equal(fixture_damage(fixture, "own"), 0);
    struct change *change = fixture_change(fixture, CHANGE_REPAIR_OBJECT);
    change->fingerprint = fixture_fingerprint(fixture, "web");
    change->exportable = true;
    fixture_open(fixture);
    fixture_commit(fixture);
    assert_int_equal(fixture_damage(fixture, "web"), 0);
}

static void a_group_that_may_not_be_given_fails_that_change_alone(void **state)
{
    struct fixture *fixture = *state;
    if (geteuid() == 0)
        skip();
    gid_t foreign = 0;
    fixture_open_with_group(fixture, foreign);
    fixture_put_object(fixture, "web", true);
    fixture_put_slot(fixture, "Default", "web", NULL);
    assert_int_equal(fixture_try_commit(fixture), 1);
    assert_true(fixture->failed[0]);
    assert_false(fixture->failed[1]);
    assert_true(fixture_said(fixture, PROBLEM_STORE_FAILED, "cannot let the service group"));
    assert_int_equal(fixture_mode(object_path(fixture, "web", "privkey.pem")), 0600);
}

/* What is done to a file, and the damage that a snapshot then shows. */
static void each_damage_is_seen_and_repaired(void **state)
{
    static const struct {
        const char *file;
        const char *text; /* NULL: removed; "": mode */
        mode_t mode;
        unsigned damage;
    } cases[] = {
        {"cert.pem", "x", 0644, DAMAGE_PUBLIC},
        {"chain.pem", NULL, 0, DAMAGE_PUBLIC},
        {"fullchain.pem", "-----BEGIN", 0644, DAMAGE_PUBLIC},
        {"cert.pem", "", 0600, DAMAGE_RIGHTS},
        {"privkey.pem", "", 0644, DAMAGE_RIGHTS},
        {"", "", 0700, DAMAGE_RIGHTS},
    };
    struct fixture *fixture = *state;
    put_web(fixture, false);
    const char *pristine = fixture_read(fixture, object_path(fixture, "web", "fullchain.pem"));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *path = object_path(fixture, "web", cases[i].file);
        if (!cases[i].text)
            assert_int_equal(unlink(path), 0);
        else if (cases[i].text[0])
            fixture_write(path, cases[i].text);
        else
            assert_int_equal(chmod(path, cases[i].mode), 0);
        assert_int_equal(fixture_damage(fixture, "web"), cases[i].damage);
        fixture_change(fixture, CHANGE_REPAIR_OBJECT)->fingerprint =
            fixture_fingerprint(fixture, "web");
        fixture_commit(fixture);
        assert_int_equal(fixture_damage(fixture, "web"), 0);
        assert_string_equal(fixture_read(fixture, object_path(fixture, "web", "fullchain.pem")),
                            pristine);
        assert_string_equal(fixture_read(fixture, object_path(fixture, "web", "privkey.pem")),
                            "the key of web\n");
    }
}

static void a_file_that_was_only_touched_is_not_damaged(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture, false);
    const char *path = object_path(fixture, "web", "cert.pem");
    const char *text = fixture_read(fixture, path);
    fixture_write(path, text);
    assert_int_equal(fixture_damage(fixture, "web"), 0);
}

static void an_edit_of_the_same_size_with_the_old_mtime_is_seen(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture, false);
    const char *path = object_path(fixture, "web", "privkey.pem");
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    fixture_write(path, "the key of wed\n");
    struct timespec times[] = {status.st_atim, status.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_int_equal(fixture_damage(fixture, "web"), DAMAGE_KEY);
}

static void a_lost_key_is_not_repairable_but_its_source_restores_it(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture, false);
    assert_int_equal(unlink(object_path(fixture, "web", "privkey.pem")), 0);
    assert_int_equal(fixture_damage(fixture, "web"), DAMAGE_KEY);
    fixture_change(fixture, CHANGE_REPAIR_OBJECT)->fingerprint =
        fixture_fingerprint(fixture, "web");
    assert_int_equal(fixture_try_commit(fixture), 1);
    assert_true(fixture->failed[0]);
    assert_true(fixture_said(fixture, PROBLEM_NOT_REPAIRABLE, "only its source has it"));
    assert_int_equal(fixture_damage(fixture, "web"), DAMAGE_KEY);
    fixture->problems.count = 0;
    fixture_put_object(fixture, "web", false);
    fixture_commit(fixture);
    assert_int_equal(fixture_damage(fixture, "web"), 0);
}

static void a_lost_object_is_restored_by_its_source(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture, false);
    const char *folder = object_path(fixture, "web", "");
    assert_int_equal(
        rename(fixture_path(fixture, "objects/%s", fixture_fingerprint(fixture, "web")),
               arena_printf(fixture->arena, "%s/away", fixture->root)),
        0);
    assert_int_equal(fixture_damage(fixture, "web"), DAMAGE_PUBLIC | DAMAGE_KEY);
    fixture_put_object(fixture, "web", false);
    fixture_commit(fixture);
    assert_true(fixture_exists(folder));
    assert_int_equal(fixture_damage(fixture, "web"), 0);
}

static void a_certificate_without_a_key_borrows_one_of_the_same_commit(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    struct change *change = fixture_change(fixture, CHANGE_PUT_OBJECT);
    change->bundle = fixture_bundle(fixture, "renewed", false);
    change->key_from = fixture_fingerprint(fixture, "web");
    fixture_put_object(fixture, "web", false);
    fixture_hold(fixture, "web");
    fixture_hold(fixture, "renewed");
    fixture_commit(fixture);
    assert_string_equal(fixture_read(fixture, object_path(fixture, "renewed", "privkey.pem")),
                        "the key of web\n");
    struct snapshot snapshot = fixture_snapshot(fixture);
    assert_true(snapshot_certificate(&snapshot, fixture_fingerprint(fixture, "renewed"))
                    ->certificate.has_key);
    change = fixture_change(fixture, CHANGE_PUT_OBJECT);
    change->bundle = fixture_bundle(fixture, "again", false);
    change->key_from = fixture_fingerprint(fixture, "renewed");
    fixture_hold(fixture, "again");
    fixture_commit(fixture);
    assert_string_equal(fixture_read(fixture, object_path(fixture, "again", "privkey.pem")),
                        "the key of web\n");
}

static void a_borrowed_key_that_is_lost_stops_the_commit(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture, false);
    fixture_write(object_path(fixture, "web", "privkey.pem"), "another key\n");
    struct change *change = fixture_change(fixture, CHANGE_PUT_OBJECT);
    change->bundle = fixture_bundle(fixture, "renewed", false);
    change->key_from = fixture_fingerprint(fixture, "web");
    fixture_hold(fixture, "renewed");
    const char *before = fixture_read(fixture, fixture_path(fixture, "index.db"));
    const char *left = fixture_path(fixture, "objects/.new-0123");
    assert_int_equal(mkdir(left, 0700), 0);
    fixture_write(fixture_path(fixture, "objects/.new-0123/privkey.pem"), "secret");
    assert_int_equal(fixture_try_commit(fixture), -1);
    assert_false(fixture_exists(left)); /* of a run that was killed */
    assert_true(fixture_said(fixture, PROBLEM_STORE_DAMAGED, "is lost"));
    assert_string_equal(fixture_read(fixture, fixture_path(fixture, "index.db")), before);
    assert_int_equal(fixture->generation, 1);
}

static void a_key_stays_when_its_certificate_comes_again_without_one(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture, false);
    struct change *change = fixture_change(fixture, CHANGE_PUT_OBJECT);
    struct bundle *bundle = fixture_bundle(fixture, "web", false);
    bundle->chain_pem = "";
    change->bundle = bundle;
    fixture_commit(fixture);
    assert_string_equal(fixture_read(fixture, object_path(fixture, "web", "privkey.pem")),
                        "the key of web\n");
    assert_string_equal(fixture_read(fixture, object_path(fixture, "web", "chain.pem")), "");
    assert_int_equal(fixture_damage(fixture, "web"), 0);
    assert_true(fixture_snapshot(fixture).certificates[0].certificate.has_key);
}

static void a_commit_that_fails_puts_a_replaced_object_back(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture, false);
    const char *before = fixture_listing(fixture);
    struct bundle *bundle = fixture_bundle(fixture, "web", true);
    bundle->chain_pem = "";
    struct change *change = fixture_change(fixture, CHANGE_PUT_OBJECT);
    change->bundle = bundle;
    change->exportable = true;
    fixture_put_object(fixture, "new", false);
    fixture_put_slot(fixture, "Default", "unknown", NULL);
    assert_int_equal(fixture_try_commit(fixture), -1);
    assert_int_equal(fixture_damage(fixture, "web"), 0);
    assert_int_equal(fixture_mode(object_path(fixture, "web", "privkey.pem")), 0600);
    assert_false(fixture_exists(object_path(fixture, "new", "")));
    /* Only the times of the folders that were written to differ. */
    assert_int_equal(strlen(fixture_listing(fixture)), strlen(before));
}

static void two_changes_of_one_object_become_one(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture_put_object(fixture, "web", false);
    fixture_change(fixture, CHANGE_PUT_OBJECT)->bundle = fixture_bundle(fixture, "web", false);
    struct change *change = fixture_change(fixture, CHANGE_SET_ACCESS);
    change->fingerprint = fixture_fingerprint(fixture, "web");
    change->exportable = true;
    fixture_hold(fixture, "web");
    fixture_commit(fixture);
    assert_int_equal(fixture_mode(object_path(fixture, "web", "privkey.pem")), 0640);
    assert_int_equal(fixture_damage(fixture, "web"), 0);
}

static void a_certificate_without_a_key_has_no_key_file(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture_change(fixture, CHANGE_PUT_OBJECT)->bundle = fixture_bundle(fixture, "web", false);
    fixture_hold(fixture, "web");
    fixture_commit(fixture);
    assert_false(fixture_exists(object_path(fixture, "web", "privkey.pem")));
    assert_int_equal(fixture_damage(fixture, "web"), 0);
    fixture_write(object_path(fixture, "web", "privkey.pem"), "planted\n");
    assert_int_equal(fixture_damage(fixture, "web"), DAMAGE_PUBLIC);
    fixture_change(fixture, CHANGE_REPAIR_OBJECT)->fingerprint =
        fixture_fingerprint(fixture, "web");
    fixture_commit(fixture);
    assert_false(fixture_exists(object_path(fixture, "web", "privkey.pem")));
}

static void a_damaged_link_is_seen_and_set_right(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture, false);
    const char *current = fixture_path(fixture, "live/local/Default/current");
    const char *next = fixture_path(fixture, "live/local/Default/next");
    for (int i = 0; i < 5; i++) {
        if (i != 3 && i != 4)
            assert_int_equal(unlink(current), 0);
        if (i == 1)
            assert_int_equal(symlink("../../../objects", current), 0);
        if (i == 2)
            fixture_write(current, "a file");
        if (i == 3)
            assert_int_equal(symlink("/etc", next), 0);
        if (i == 4)
            assert_int_equal(chmod(fixture_path(fixture, "live/local"), 0700), 0);
        assert_true(fixture_snapshot(fixture).slots[0].damaged);
        fixture_put_slot(fixture, "Default", "web", NULL);
        fixture_commit(fixture);
        assert_false(fixture_snapshot(fixture).slots[0].damaged);
        assert_non_null(fixture_target(fixture, current));
        assert_false(fixture_exists(next));
    }
}

static void finish_run(struct fixture *fixture)
{
    struct run_record run = {"run-1", 5, true, NULL, "<html>", NULL};
    monotonic_sleep(TICKS); /* the folder's stamp is to lie in the past */
    assert_int_equal(fixture_put_run(fixture, &run), 0);
}

/* Only an index that tells lies shows it. */
static void links_are_not_read_while_their_folder_is_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture, false);
    fixture_put_object(fixture, "other", false);
    fixture_commit(fixture);
    finish_run(fixture);
    fixture_edit_index(fixture, arena_printf(fixture->arena, "UPDATE claim SET fingerprint = '%s'",
                                             fixture_fingerprint(fixture, "other")));
    assert_false(fixture_snapshot(fixture).slots[0].damaged);
    assert_int_equal(chmod(fixture_path(fixture, "live/local/Default"), 0700), 0);
    assert_true(fixture_snapshot(fixture).slots[0].damaged);
    assert_int_equal(chmod(fixture_path(fixture, "live/local/Default"), 0755), 0);
    assert_true(fixture_snapshot(fixture).slots[0].damaged);
}

/* A link that is changed and back, too, lets its folder's stamp be forgotten. */
static void a_link_that_changes_as_soon_as_a_run_ends_is_seen(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture, false);
    const char *current = fixture_path(fixture, "live/local/Default/current");
    const char *aside = fixture_path(fixture, "live/local/Default/previous");
    for (int i = 0; i < 20; i++) {
        if (i % 2)
            finish_run(fixture);
        else
            assert_int_equal(
                fixture_put_run(fixture, &(struct run_record){"run-1", 5, true, NULL, NULL, NULL}),
                0);
        assert_int_equal(rename(current, aside), 0);
        assert_true(fixture_snapshot(fixture).slots[0].damaged);
        if (i == 19)
            finish_run(fixture);
        assert_true(fixture_snapshot(fixture).slots[0].damaged);
        assert_int_equal(rename(aside, current), 0);
        assert_false(fixture_snapshot(fixture).slots[0].damaged);
    }
}

/* True where the slot's folder is remembered as it looks now. */
static bool is_remembered(struct fixture *fixture, struct index *index)
{
    sqlite3_stmt *statement;
    struct stat status;
    assert_int_equal(sqlite3_prepare_v2(index->db, "SELECT links FROM slot", -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(lstat(fixture_path(fixture, "live/local/Default"), &status), 0);
    struct file_stamp stamp = object_stamp(&status);
    bool remembered = sqlite3_column_bytes(statement, 0) == sizeof(stamp) &&
                      memcmp(sqlite3_column_blob(statement, 0), &stamp, sizeof(stamp)) == 0;
    sqlite3_finalize(statement);
    return remembered;
}

static int do_nothing(void *context)
{
    (void)context;
    return 0;
}

static int count_remembered(struct fixture *fixture)
{
    struct index index AUTO_INDEX = INDEX_INIT;
    sqlite3_stmt *statement;
    assert_int_equal(index_read(folder_of(fixture->store), &fixture->problems, &index), 0);
    assert_int_equal(sqlite3_prepare_v2(index.db,
                                        "SELECT count(*) FROM slot WHERE links IS NOT NULL", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return count;
}

/* More than one thread takes at a time; the wrong ones are the first, the last and one between. */
static void all_slots_are_looked_at_and_what_is_wrong_is_not_remembered(void **state)
{
    enum { SLOTS = 300 }; /* beside the first one */
    static const char *const wrong[] = {"Default@000", "Default@128", "Default@299"};
    struct fixture *fixture = *state;
    put_web(fixture, false);
    for (int i = 0; i < SLOTS; i++)
        fixture_put_slot(fixture, arena_printf(fixture->arena, "Default@%03d", i), "web", NULL);
    fixture_commit(fixture);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(unlink(fixture_path(fixture, "live/local/%s/current", wrong[i])), 0);
    finish_run(fixture);
    assert_int_equal(count_remembered(fixture), 1 + SLOTS - 3);
    struct snapshot snapshot = fixture_snapshot(fixture);
    for (size_t i = 0, w = 0; i < snapshot.slot_count; i++) {
        bool is_wrong = w < 3 && strcmp(snapshot.slots[i].type, wrong[w]) == 0;
        w += is_wrong;
        assert_int_equal(snapshot.slots[i].damaged, is_wrong);
    }
}

static int refuse(void *context)
{
    int *calls = context;
    ++*calls;
    return -1;
}

static void nothing_is_remembered_where_what_is_done_beside_fails(void **state)
{
    struct fixture *fixture = *state;
    struct index index AUTO_INDEX = INDEX_INIT;
    int calls = 0;
    put_web(fixture, false);
    monotonic_sleep(TICKS);
    assert_int_equal(index_write(folder_of(fixture->store), &fixture->problems, &index), 0);
    assert_int_equal(links_remember(&index, refuse, &calls), -1);
    assert_int_equal(calls, 1);
    assert_false(is_remembered(fixture, &index));
}

/* A kernel with stamps finer than its ticks tells two changes of one tick apart. */
static void a_folder_that_changed_just_now_is_not_remembered_as_it_looks_later(void **state)
{
    enum { TIMES = 20 };
    struct fixture *fixture = *state;
    put_web(fixture, false);
    for (int i = 0; i < TIMES; i++) {
        struct index index AUTO_INDEX = INDEX_INIT;
        assert_int_equal(index_write(folder_of(fixture->store), &fixture->problems, &index), 0);
        assert_int_equal(chmod(fixture_path(fixture, "live/local/Default"), 0755), 0);
        assert_int_equal(links_remember(&index, do_nothing, NULL), 0);
        assert_int_equal(chmod(fixture_path(fixture, "live/local/Default"), 0755), 0);
        assert_false(is_remembered(fixture, &index));
    }
}

/* Killed before it set the links, a run would leave the folder as it was. */
static void a_slot_that_changes_forgets_how_its_folder_looked(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture, false);
    finish_run(fixture);
    fixture_put_object(fixture, "other", false);
    fixture_put_slot(fixture, "Default", "other", NULL);
    fixture_commit(fixture);
    /* fails where there is one: meta takes no NULL */
    fixture_edit_index(fixture, "INSERT INTO meta SELECT NULL FROM slot WHERE links IS NOT NULL");
}

static void a_folder_in_the_place_of_a_link_fails_that_slot(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture, false);
    const char *current = fixture_path(fixture, "live/local/Default/current");
    assert_int_equal(unlink(current), 0);
    assert_int_equal(mkdir(current, 0755), 0);
    assert_true(fixture_snapshot(fixture).slots[0].damaged);
    fixture_put_slot(fixture, "Default", "web", NULL);
    fixture_put_slot(fixture, "OAuthTokenIssuer", "web", NULL);
    assert_int_equal(fixture_try_commit(fixture), 1);
    assert_true(fixture->failed[0]);
    assert_false(fixture->failed[1]);
    assert_true(
        fixture_said(fixture, PROBLEM_UNSAFE_STORE, "a folder stands in the place of a link"));
}

static void objects_with_another_mode_damage_every_certificate(void **state)
{
    struct fixture *fixture = *state;
    put_web(fixture, false);
    assert_int_equal(chmod(fixture_path(fixture, "objects"), 0700), 0);
    assert_int_equal(fixture_damage(fixture, "web"), DAMAGE_RIGHTS);
    fixture_commit(fixture);
    assert_int_equal(fixture_damage(fixture, "web"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(modes_do_not_depend_on_the_umask),
        TEST(access_is_given_and_taken),
        TEST(another_service_group_is_damage_to_the_rights),
        TEST(a_group_that_may_not_be_given_fails_that_change_alone),
        TEST(each_damage_is_seen_and_repaired),
        TEST(a_file_that_was_only_touched_is_not_damaged),
        TEST(an_edit_of_the_same_size_with_the_old_mtime_is_seen),
        TEST(a_lost_key_is_not_repairable_but_its_source_restores_it),
        TEST(a_lost_object_is_restored_by_its_source),
        TEST(a_certificate_without_a_key_borrows_one_of_the_same_commit),
        TEST(a_borrowed_key_that_is_lost_stops_the_commit),
        TEST(a_key_stays_when_its_certificate_comes_again_without_one),
        TEST(a_commit_that_fails_puts_a_replaced_object_back),
        TEST(two_changes_of_one_object_become_one),
        TEST(a_certificate_without_a_key_has_no_key_file),
        TEST(a_damaged_link_is_seen_and_set_right),
        TEST(links_are_not_read_while_their_folder_is_as_it_was),
        TEST(a_link_that_changes_as_soon_as_a_run_ends_is_seen),
        TEST(all_slots_are_looked_at_and_what_is_wrong_is_not_remembered),
        TEST(nothing_is_remembered_where_what_is_done_beside_fails),
        TEST(a_folder_that_changed_just_now_is_not_remembered_as_it_looks_later),
        TEST(a_slot_that_changes_forgets_how_its_folder_looked),
        TEST(a_folder_in_the_place_of_a_link_fails_that_slot),
        TEST(objects_with_another_mode_damage_every_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
