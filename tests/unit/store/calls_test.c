/* What is done with a store, as often as there are calls to the system and to SQLite in it: another
 * one fails each time. CERTROLL_TEST_CALL=all: each; without it, some that are drawn by lot; =N:
 * that one. CERTROLL_TEST_ONLY names one test. */
#include "fixture.h"

#include "../failing.h"
#include "../failing_calls.h"
#include "base/file.h"
#include "store/relics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const names[] = {"a", "b", "c", "d"};
enum { NAMES = sizeof(names) / sizeof(names[0]), LOTS = 6, STEP_MOST = 12 };

static size_t now_failing; /* for who has to find the fault */

/* A deed, and the store that it is done to. What it gives back is 0, 1 (done in part) or -1, and of
 * it what is no 0 is told. */
struct deed {
    void (*prepare)(struct fixture *f);
    int (*act)(struct fixture *f);
    void (*check)(struct fixture *f); /* once it was done without a fault */
};

static int open_store(struct fixture *f, bool writable)
{
    struct store_options options = {
        .location = f->path, .writable = writable, .service_group = getegid(), .jobs = 1};
    return store_open(&options, &f->problems, &f->store);
}

static int open_locked(struct fixture *f)
{
    if (open_store(f, true) != 0)
        return -1;
    return store_lock(f->store, 5, "a test", &f->problems);
}

static void hold_all(struct fixture *f)
{
    for (size_t i = 0; i < NAMES; i++) {
        struct source_record *source = arena_alloc(f->arena, 1, sizeof(*source));
        memcpy(source->digest, fixture_fingerprint(f, names[i]), DIGEST_TEXT_SIZE);
        source->owner = "owner";
        source->fingerprint = fixture_fingerprint(f, names[i]);
        fixture_put_object(f, names[i], i % 2);
        fixture_hold(f, names[i]);
        fixture_change(f, CHANGE_PUT_SOURCE)->source = source;
    }
}

/* Two runs, of which a report waits; a slot with all that one can have, and another one. */
static void fill(struct fixture *f)
{
    struct claim *next = arena_alloc(f->arena, 1, sizeof(*next));
    *next = (struct claim){fixture_fingerprint(f, "c"), "c", 3000, true, false};
    f->run_id = "20261122T090000Z-000001";
    hold_all(f);
    struct slot *slot = fixture_put_slot(f, "Default", "a", "b");
    slot->next = next;
    slot->next_count = 1;
    fixture_put_slot(f, "External", "b", NULL);
    fixture_open(f);
    fixture_commit(f);
    struct run_record run = {f->run_id, 5, true, NULL, "<html>", NULL};
    struct outbox_item item = {.run_id = f->run_id, .url = "u", .result = "ok", .queued_at = 7};
    assert_int_equal(fixture_put_run(f, &run), 0);
    assert_int_equal(fixture_queue(f, &item, 1, "<html>"), 0);
    run.id = "20261122T090000Z-000002";
    assert_int_equal(fixture_put_run(f, &run), 0);
    fixture_close(f);
}

static void assert_clean(struct fixture *f)
{
    struct store_figures figures;
    assert_int_equal(store_verify(f->store, &f->problems, &figures), 0);
    for (size_t i = 0; i < f->problems.count; i++)
        fail_msg("%s", f->problems.items[i].message);
}

static bool resolves(struct fixture *f)
{
    static const char *const files[] = {"cert.pem", "fullchain.pem", "privkey.pem"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (access(fixture_path(f, "live/local/Default/current/%s", files[i]), F_OK) != 0)
            return false;
    return true;
}

/* Behind each test. */
static int say_number(void **state)
{
    (void)state;
    if (now_failing)
        print_error("it was call or allocation %zu: CERTROLL_TEST_CALL=%zu\n", now_failing,
                    now_failing);
    now_failing = 0;
    return 0;
}

static void assert_told(const struct fixture *f)
{
    assert_true(f->problems.errors > 0);
    for (size_t i = 0; i < f->problems.count; i++) {
        assert_true(strlen(f->problems.items[i].message) > 8);
        assert_null(strstr(f->problems.items[i].message, "(null)"));
    }
}

enum kind { OF_CALLS, OF_MEMORY };

/* One fault: the deed, and then what comes next, which has none. Returns whether it came so far. */
static bool fail_once(const struct deed *deed, enum kind kind, size_t number, int error,
                      const char *among)
{
    struct fixture *f = NULL;
    fixture_setup((void **)&f);
    deed->prepare(f);
    problems_init(&f->problems, f->arena);
    if (kind == OF_CALLS)
        failing_calls_set(number, error, among);
    else
        failing_set(number);
    int result = deed->act(f);
    fixture_close(f);
    bool failed = kind == OF_CALLS ? failing_calls_set(0, 0, NULL) : failing_set(0);
    assert_true(failed || result == 0);
    if (result != 0)
        assert_told(f);
    assert_true(resolves(f));
    problems_init(&f->problems, f->arena);
    result = deed->act(f);
    for (size_t i = 0; result != 0 && i < f->problems.count; i++)
        print_error("%s\n", f->problems.items[i].message);
    assert_int_equal(result, 0);
    assert_true(resolves(f));
    deed->check(f);
    fixture_teardown((void **)&f);
    return failed;
}

static size_t count_calls(const struct deed *deed, const char *among)
{
    struct fixture *f = NULL;
    fixture_setup((void **)&f);
    deed->prepare(f);
    failing_calls_set(0, 0, among);
    deed->act(f);
    size_t count = failing_calls_count();
    fixture_teardown((void **)&f);
    return count;
}

/* As many as LOTS, drawn; with CERTROLL_TEST_CALL=N that one, with =all each. */
static void fail_calls(const struct deed *deed, int error, const char *among, size_t least)
{
    const char *wanted = getenv("CERTROLL_TEST_CALL");
    size_t count = count_calls(deed, among), number;
    bool all = wanted && strcmp(wanted, "all") == 0;
    assert_true(count >= least);
    if (wanted && !all) {
        fail_once(deed, OF_CALLS, (size_t)atoi(wanted), error, among);
        return;
    }
    for (size_t i = 0; i < (all ? count : LOTS); i++) {
        number = i;
        if (!all)
            assert_int_equal(getentropy(&number, sizeof(number)), 0);
        number = number % count + 1;
        now_failing = number;
        fail_once(deed, OF_CALLS, number, error, among);
    }
    now_failing = 0;
}

/* Likewise; without CERTROLL_TEST_CALL=all, up to STEP_MOST are passed over at a time. */
static void fail_memory(const struct deed *deed, size_t least)
{
    const char *wanted = getenv("CERTROLL_TEST_CALL");
    bool all = wanted && strcmp(wanted, "all") == 0;
    unsigned char step = 0;
    if (wanted && !all) {
        fail_once(deed, OF_MEMORY, (size_t)atoi(wanted), 0, NULL);
        return;
    }
    now_failing = 1;
    while (fail_once(deed, OF_MEMORY, now_failing, 0, NULL)) {
        if (!all)
            assert_int_equal(getentropy(&step, 1), 0);
        now_failing += 1 + step % STEP_MOST;
    }
    assert_true(now_failing >= least);
    now_failing = 0;
}

/* Looking changes nothing, and needs no next time. */

static int look(struct fixture *f)
{
    struct snapshot snapshot;
    struct run_record *runs;
    struct outbox_item *items;
    struct store_figures figures;
    const char **ids, *html, *why;
    size_t count;
    if (open_store(f, false) != 0)
        return -1;
    if (store_presence(f->store, &f->problems) != STORE_IS_THERE)
        return -1;
    if (store_snapshot(f->store, f->arena, &f->problems, &snapshot) != 0 ||
        store_runs(f->store, f->arena, &f->problems, &runs, &count) != 0 ||
        store_interrupted(f->store, "", f->arena, &f->problems, &ids, &count) != 0 ||
        store_outbox(f->store, f->arena, &f->problems, &items, &count) != 0 ||
        store_report(f->store, "20261122T090000Z-000001", f->arena, &f->problems, &html) != 0 ||
        store_examine(f->store, f->arena, &f->problems, &why) != INDEX_IS_SOUND ||
        store_is_still(f->store, &snapshot, &f->problems) < 0 ||
        store_verify(f->store, &f->problems, &figures) != 0)
        return -1;
    return f->problems.errors > 0;
}

static void is_clean(struct fixture *f)
{
    assert_clean(f);
}

static const struct deed looking = {fill, look, is_clean};

static void a_look_that_fails_is_told(void **state)
{
    (void)state;
    fail_calls(&looking, EIO, NULL, 100);
}

static void without_memory_a_sound_index_is_not_taken_for_damaged(void **state)
{
    (void)state;
    fail_memory(&looking, 50);
}

/* A run that changes much, as the command line drives it. */

/* An object that nothing but a run refers to is damaged, so is one that is in use; and somebody has
 * left something everywhere. */
static void fill_and_damage(struct fixture *f)
{
    fill(f);
    fixture_open(f);
    f->run_id = "20261122T090000Z-000003";
    fixture_change(f, CHANGE_DROP_HOLDING)->holding =
        &(struct holding){"owner", "d", fixture_fingerprint(f, "d"), false};
    fixture_commit(f);
    fixture_close(f);
    const char *lost = fixture_path(f, "objects/%s/chain.pem", fixture_fingerprint(f, "d"));
    assert_int_equal(unlink(lost), 0);
    assert_int_equal(chmod(fixture_path(f, "objects/%s", fixture_fingerprint(f, "b")), 0700), 0);
    assert_int_equal(mkdir(fixture_path(f, "objects/.new-0123456789abcdef"), 0700), 0);
    assert_int_equal(mkdir(fixture_path(f, "live/local/Internal"), 0755), 0);
    assert_int_equal(symlink("nowhere", fixture_path(f, "live/local/Internal/next")), 0);
    fixture_write(fixture_path(f, "objects/.new-0123456789abcdef/cert.pem"), "half");
    fixture_write(fixture_path(f, "reports/20261122T090000Z-000009.json"), "{}");
    fixture_write(fixture_path(f, "index.db.new"), "half");
}

/* One more certificate, a hand-over, rights, a repair, a slot that goes. */
static void plan_change(struct fixture *f)
{
    f->change_count = 0;
    fixture_put_object(f, "e", true);
    fixture_hold(f, "e");
    fixture_change(f, CHANGE_REPAIR_OBJECT)->fingerprint = fixture_fingerprint(f, "b");
    struct change *access = fixture_change(f, CHANGE_SET_ACCESS);
    access->fingerprint = fixture_fingerprint(f, "a");
    access->exportable = true;
    fixture_put_slot(f, "Default", "e", "a");
    fixture_put_slot(f, "OAuthTokenIssuer", "e", NULL);
    struct slot *gone = arena_alloc(f->arena, 1, sizeof(*gone));
    *gone = (struct slot){.scope = "local", .type = "External", .owner = "owner"};
    fixture_change(f, CHANGE_DROP_SLOT)->slot = gone;
}

static int send_all(struct fixture *f)
{
    struct outbox_item *items;
    struct outbox_dropped *dropped;
    size_t count;
    if (store_outbox_trim(f->store, 9, f->arena, &f->problems, &dropped, &count) != 0 ||
        store_outbox(f->store, f->arena, &f->problems, &items, &count) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (store_outbox_failed(f->store, items[i].id, 1, "no", &f->problems) != 0 ||
            store_outbox_done(f->store, items[i].id, &f->problems) != 0)
            return -1;
    return store_outbox_drop(f->store, "u", f->arena, &f->problems, &items, &count);
}

static int change(struct fixture *f)
{
    const struct run_record run = {"20261122T090000Z-000004", 5, true, NULL, "<html>", "ok"};
    const struct outbox_item item = {.run_id = run.id, .url = "u", .result = "ok"};
    struct snapshot snapshot;
    f->run_id = run.id;
    if (open_locked(f) != 0 || store_tidy(f->store, &f->problems) != 0 ||
        store_snapshot(f->store, f->arena, &f->problems, &snapshot) != 0)
        return -1;
    f->generation = snapshot.generation;
    plan_change(f);
    int result = fixture_try_commit(f);
    if (result < 0 || fixture_queue(f, &item, 1, "<html>") != 0 || fixture_put_run(f, &run) != 0 ||
        send_all(f) != 0)
        return -1;
    return f->problems.errors > 0;
}

static void is_changed(struct fixture *f)
{
    assert_clean(f);
    const struct snapshot snapshot = fixture_snapshot(f);
    const struct slot *slot = snapshot_slot(&snapshot, "local", "Default");
    assert_string_equal(slot->current.fingerprint, fixture_fingerprint(f, "e"));
    assert_null(snapshot_slot(&snapshot, "local", "External"));
    assert_false(fixture_exists(fixture_path(f, "live/local/External")));
    assert_false(fixture_exists(fixture_path(f, "live/local/Internal")));
    assert_false(fixture_exists(fixture_path(f, "objects/.new-0123456789abcdef")));
    assert_false(fixture_exists(fixture_path(f, "reports/20261122T090000Z-000009.json")));
    assert_false(fixture_exists(fixture_path(f, "index.db.new")));
}

static const struct deed changing = {fill_and_damage, change, is_changed};

static void a_change_that_fails_is_told_and_the_next_one_converges(void **state)
{
    (void)state;
    fail_calls(&changing, EIO, NULL, 300);
}

static void what_is_interrupted_by_a_signal_goes_on_or_is_told(void **state)
{
    (void)state;
    fail_calls(&changing, EINTR, " read write pread pwrite copy_file_range flock ", 10);
}

static void what_is_not_allowed_is_told(void **state)
{
    (void)state;
    fail_calls(&changing, EPERM, " fchown fchmod openat mkdirat unlinkat ", 50);
}

/* A first run makes all folders. */

static void prepare_nothing(struct fixture *f)
{
    fill(f); /* elsewhere, for what is to resolve */
}

static int begin_anew(struct fixture *f)
{
    char path[sizeof(f->path)];
    memcpy(path, f->path, sizeof(path));
    snprintf(f->path, sizeof(f->path), "%s/above/new", f->root);
    f->generation = 0;
    f->change_count = 0;
    hold_all(f);
    fixture_put_slot(f, "Default", "a", "b");
    int result = open_locked(f);
    struct snapshot snapshot;
    if (result == 0)
        result = store_snapshot(f->store, f->arena, &f->problems, &snapshot);
    if (result == 0) {
        f->generation = snapshot.generation;
        result = fixture_try_commit(f);
    }
    memcpy(f->path, path, sizeof(path));
    return result < 0 ? -1 : f->problems.errors > 0;
}

static const struct deed beginning = {prepare_nothing, begin_anew, is_clean};

static void a_first_run_that_fails_is_told_and_the_next_one_converges(void **state)
{
    (void)state;
    fail_calls(&beginning, EIO, NULL, 100);
}

/* An index of an earlier version is read into a new one. */

static void make_old(struct fixture *f)
{
    fill(f);
    fixture_make_old(f, 2);
}

static const struct deed upgrading = {make_old, change, is_clean};

static void an_upgrade_that_fails_is_told_and_the_next_one_converges(void **state)
{
    (void)state;
    fail_calls(&upgrading, EIO, " sqlite3_step sqlite3_exec ftruncate ", 50);
}

/* An index that is made anew. */

/* One object is a file, one is half gone, a link leads elsewhere, and what certroll never makes
 * stands everywhere. */
static void damage_index(struct fixture *f)
{
    fill(f);
    fixture_write(fixture_path(f, "index.db"), "no database, and none that was one\n");
    assert_int_equal(unlink(fixture_path(f, "objects/%s/cert.pem", fixture_fingerprint(f, "d"))),
                     0);
    fixture_write(fixture_path(f, "objects/%s", fixture_fingerprint(f, "file")), "a file\n");
    assert_int_equal(mkdir(fixture_path(f, "live/local/Internal"), 0755), 0);
    assert_int_equal(symlink("/etc", fixture_path(f, "live/local/Internal/current")), 0);
    assert_int_equal(mkdir(fixture_path(f, "live/local/External/next"), 0755), 0);
    fixture_write(fixture_path(f, "live/local/.hidden"), "");
    fixture_write(fixture_path(f, "live/note"), "");
    fixture_write(fixture_path(f, "live/.note"), "");
    fixture_write(fixture_path(f, "objects/note"), "");
    fixture_write(fixture_path(f, "reports/note"), "");
    fixture_write(fixture_path(f, "reports/note.txt"), "");
    fixture_write(fixture_path(f, "reports/.html"), "");
    fixture_write(fixture_path(f, "reports/note.html"), "");
    fixture_write(fixture_path(f, "reports/20991399T999999Z-ffffff.json"), "{}");
    fixture_write(fixture_path(f, "reports/20261122T090000Z-000007.json"), "{}");
}

static const char *name_of(struct fixture *f, const char *fingerprint)
{
    for (size_t i = 0; i < NAMES; i++)
        if (strcmp(fixture_fingerprint(f, names[i]), fingerprint) == 0)
            return names[i];
    return NULL;
}

/* The changes that put what is whole, as the command line would find it. */
static int plan_rebuild(struct fixture *f, const struct relics *relics, struct rebuilding *ret)
{
    failing_pause(true);
    const char **aside = arena_alloc(f->arena, relics->object_count, sizeof(*aside));
    failing_pause(false);
    f->change_count = 0;
    for (size_t i = 0; i < relics->object_count; i++) {
        struct relic relic AUTO_RELIC = {.readable_by_service = false};
        failing_pause(true);
        const char *name = name_of(f, relics->objects[i]);
        failing_pause(false);
        if (store_relic(f->store, relics->objects[i], &f->problems, &relic) != 0)
            return -1;
        if (!name || !relic.files[OBJECT_CERT])
            aside[ret->aside_count++] = relics->objects[i];
        failing_pause(true);
        if (name) {
            fixture_put_object(f, name, relic.readable_by_service);
            fixture_hold(f, name);
        }
        failing_pause(false);
    }
    for (size_t i = 0; i < relics->slot_count; i++)
        fixture_change(f, CHANGE_PUT_SLOT)->slot = &relics->slots[i];
    ret->aside = aside;
    return 0;
}

static char kept_as[64]; /* by the last rebuild */

static int rebuild(struct fixture *f)
{
    struct relics relics;
    struct rebuilding rebuilding = {.relics = &relics, .generation = 5, .at = 1500};
    const char *why;
    if (open_locked(f) != 0)
        return -1;
    int state = store_examine(f->store, f->arena, &f->problems, &why);
    if (state < 0 || state == INDEX_IS_SOUND)
        return state < 0 ? -1 : 0;
    if (store_survey(f->store, rebuilding.at, f->arena, &f->problems, &relics) != 0)
        return -1;
    if (plan_rebuild(f, &relics, &rebuilding) != 0)
        return -1;
    rebuilding.changes = f->changes;
    rebuilding.change_count = f->change_count;
    snprintf(kept_as, sizeof(kept_as), "%s", relics.aside);
    return store_rebuild(f->store, &rebuilding, &f->problems, f->failed, &f->generation);
}

static void is_rebuilt(struct fixture *f)
{
    struct store_figures figures;
    assert_int_equal(store_tidy(f->store, &f->problems), 0); /* as the next run does */
    assert_int_equal(store_verify(f->store, &f->problems, &figures), 0);
    for (size_t i = 0; i < f->problems.count; i++)
        if (!strstr(f->problems.items[i].message, "nothing that certroll put there"))
            fail_msg("%s", f->problems.items[i].message);
    const struct snapshot snapshot = fixture_snapshot(f);
    assert_int_equal(snapshot.certificate_count, NAMES);
    assert_int_equal(snapshot.slot_count, 2);
    assert_true(fixture_exists(fixture_path(f, "index.db.%s", kept_as)));
    assert_true(fixture_exists(fixture_path(f, "%s/local.Internal.current", kept_as)));
    assert_true(fixture_exists(fixture_path(f, "%s/%s", kept_as, fixture_fingerprint(f, "file"))));
    assert_true(
        fixture_exists(fixture_path(f, "%s/%s/privkey.pem", kept_as, fixture_fingerprint(f, "d"))));
    assert_true(fixture_exists(fixture_path(f, "reports/20261122T090000Z-000007.json")));
}

static const struct deed rebuilding = {damage_index, rebuild, is_rebuilt};

static void a_rebuild_that_fails_is_told_and_the_next_one_converges(void **state)
{
    (void)state;
    fail_calls(&rebuilding, EIO, NULL, 200);
}

static void without_memory_a_rebuild_is_told_and_the_next_one_converges(void **state)
{
    (void)state;
    fail_memory(&rebuilding, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_look_that_fails_is_told, say_number),
        cmocka_unit_test_teardown(without_memory_a_sound_index_is_not_taken_for_damaged,
                                  say_number),
        cmocka_unit_test_teardown(a_change_that_fails_is_told_and_the_next_one_converges,
                                  say_number),
        cmocka_unit_test_teardown(what_is_interrupted_by_a_signal_goes_on_or_is_told, say_number),
        cmocka_unit_test_teardown(what_is_not_allowed_is_told, say_number),
        cmocka_unit_test_teardown(a_first_run_that_fails_is_told_and_the_next_one_converges,
                                  say_number),
        cmocka_unit_test_teardown(an_upgrade_that_fails_is_told_and_the_next_one_converges,
                                  say_number),
        cmocka_unit_test_teardown(a_rebuild_that_fails_is_told_and_the_next_one_converges,
                                  say_number),
        cmocka_unit_test_teardown(without_memory_a_rebuild_is_told_and_the_next_one_converges,
                                  say_number),
    };
    const char *only = getenv("CERTROLL_TEST_ONLY");
    if (only)
        cmocka_set_test_filter(only);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
