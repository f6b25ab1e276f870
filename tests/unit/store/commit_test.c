#include "fixture.h"

#include "base/cleanup.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *link_target(struct fixture *fixture, const char *below)
{
    return fixture_target(fixture, fixture_path(fixture, "live/local/%s", below));
}

static void assert_link(struct fixture *fixture, const char *below, const char *name)
{
    const char *target = link_target(fixture, below);
    if (!name) {
        assert_null(target);
        return;
    }
    assert_non_null(target);
    assert_string_equal(target, arena_printf(fixture->arena, "../../../objects/%s",
                                             fixture_fingerprint(fixture, name)));
}

static void a_folder_that_does_not_exist_is_an_empty_store(void **state)
{
    struct fixture *fixture = *state;
    struct snapshot snapshot = fixture_snapshot(fixture);
    assert_int_equal(snapshot.generation, 0);
    assert_int_equal(snapshot.certificate_count, 0);
    assert_null(snapshot_certificate(&snapshot, "x"));
    assert_null(snapshot_slot(&snapshot, "local", "Default"));
    assert_false(fixture_exists(fixture->path));
}

static void a_url_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct store_options options = {
        .location = "etcd://host:2379/certroll", .writable = false, .service_group = (gid_t)-1};
    struct store *store = NULL;
    assert_int_equal(store_open(&options, &fixture->problems, &store), -1);
    assert_null(store);
    assert_true(
        fixture_said(fixture, PROBLEM_STORE_FAILED, "this certroll keeps stores in folders only"));
}

static void what_is_committed_is_what_a_snapshot_shows(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture_put_object(fixture, "web", false);
    fixture_put_slot(fixture, "Default", "web", NULL)->current.effective_date = 1234;
    fixture_hold(fixture, "web");
    struct source_record source = {
        .owner = "owner",
        .fingerprint = fixture_fingerprint(fixture, "gone"),
        .not_after = 77,
        .has_key = true,
    };
    struct source_record bare = source;
    memset(source.digest, 'a', DIGEST_TEXT_SIZE - 1);
    memset(bare.digest, 'b', DIGEST_TEXT_SIZE - 1);
    bare.has_key = false;
    bare.has_chain = true;
    fixture_change(fixture, CHANGE_PUT_SOURCE)->source = &bare;
    fixture_change(fixture, CHANGE_PUT_SOURCE)->source = &source;
    fixture_commit(fixture);
    assert_int_equal(fixture->generation, 1);

    struct snapshot snapshot = fixture_snapshot(fixture);
    assert_int_equal(snapshot.generation, 1);
    const struct stored_certificate *stored =
        snapshot_certificate(&snapshot, fixture_fingerprint(fixture, "web"));
    assert_non_null(stored);
    assert_int_equal(stored->damage, 0);
    assert_false(stored->exportable);
    assert_string_equal(stored->certificate.subject, "CN=web");
    assert_string_equal(stored->certificate.issuer, "CN=An Issuer");
    assert_string_equal(stored->certificate.serial, "0102");
    assert_string_equal(stored->certificate.key_algorithm, "EC P-256");
    assert_int_equal(stored->certificate.dns_name_count, 2);
    assert_string_equal(stored->certificate.dns_names[0], "web.example.com");
    assert_string_equal(stored->certificate.dns_names[1], "www.example.com");
    assert_int_equal(stored->certificate.not_before, 1000);
    assert_int_equal(stored->certificate.not_after, 2000);
    assert_true(stored->certificate.has_key);
    assert_int_equal(stored->certificate.findings, FINDING_WEAK_KEY);
    const struct slot *slot = snapshot_slot(&snapshot, "local", "Default");
    assert_non_null(slot);
    assert_false(slot->damaged);
    assert_string_equal(slot->owner, "owner");
    assert_string_equal(slot->current.fingerprint, stored->certificate.fingerprint);
    assert_int_equal(slot->current.effective_date, 1234);
    assert_null(slot->previous.fingerprint);
    assert_int_equal(slot->next_count, 0);
    assert_int_equal(snapshot.holding_count, 1);
    assert_string_equal(snapshot.holdings[0].entry, "web");
    const struct source_record *record = snapshot_source(&snapshot, source.digest, "owner");
    assert_non_null(record);
    assert_int_equal(record->not_after, 77);
    assert_true(record->has_key);
    assert_false(record->has_chain);
    record = snapshot_source(&snapshot, bare.digest, "owner");
    assert_non_null(record);
    assert_false(record->has_key);
    assert_true(record->has_chain);
    assert_null(snapshot_source(&snapshot, source.digest, "other"));
}

static void very_many_names_are_read_again(void **state)
{
    enum { NAMES = 10000, LENGTH = 200 };
    struct fixture *fixture = *state;
    const char **names = arena_alloc(fixture->arena, NAMES, sizeof(*names));
    fixture_open(fixture);
    struct bundle *bundle = fixture_bundle(fixture, "web", true);
    for (int i = 0; i < NAMES; i++)
        names[i] = arena_printf(fixture->arena, "%0*d", LENGTH, i);
    bundle->certificate.dns_names = names;
    bundle->certificate.dns_name_count = NAMES;
    fixture_change(fixture, CHANGE_PUT_OBJECT)->bundle = bundle;
    fixture_hold(fixture, "web");
    fixture_commit(fixture);
    struct snapshot snapshot = fixture_snapshot(fixture);
    const struct stored_certificate *stored =
        snapshot_certificate(&snapshot, fixture_fingerprint(fixture, "web"));
    assert_non_null(stored);
    assert_int_equal(stored->certificate.dns_name_count, NAMES);
    assert_string_equal(stored->certificate.dns_names[NAMES - 1], names[NAMES - 1]);
}

static void the_files_are_those_of_the_bundle(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture_put_object(fixture, "web", false);
    fixture_hold(fixture, "web");
    fixture_commit(fixture);
    struct bundle *bundle = fixture_bundle(fixture, "web", false);
    const char *folder = fixture_path(fixture, "objects/%s", bundle->certificate.fingerprint);
    struct {
        const char *name, *text;
    } files[] = {
        {"cert.pem", bundle->cert_pem},
        {"chain.pem", bundle->chain_pem},
        {"fullchain.pem",
         arena_printf(fixture->arena, "%s%s", bundle->cert_pem, bundle->chain_pem)},
        {"privkey.pem", "the key of web\n"},
    };
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(
            fixture_read(fixture, arena_printf(fixture->arena, "%s/%s", folder, files[i].name)),
            files[i].text);
}

static void links_follow_the_slot_through_a_roll(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture_put_object(fixture, "one", false);
    fixture_put_object(fixture, "two", false);
    fixture_put_object(fixture, "three", false);
    struct claim next[] = {
        {fixture_fingerprint(fixture, "three"), "three", 5000, false, false},
        {fixture_fingerprint(fixture, "two"), "two", 6000, true, true},
    };
    struct slot *slot = fixture_put_slot(fixture, "Default@shop", "one", NULL);
    slot->next = next;
    slot->next_count = 2;
    fixture_commit(fixture);
    assert_link(fixture, "Default@shop/current", "one");
    assert_link(fixture, "Default@shop/next", "two");
    assert_link(fixture, "Default@shop/previous", NULL);
    struct snapshot snapshot = fixture_snapshot(fixture);
    const struct slot *stored = snapshot_slot(&snapshot, "local", "Default@shop");
    assert_int_equal(stored->next_count, 2);
    assert_string_equal(stored->next[1].entry, "two");
    assert_int_equal(stored->next[1].effective_date, 6000);
    assert_true(stored->next[1].roll);
    assert_true(stored->next[1].exportable);

    fixture_put_slot(fixture, "Default@shop", "two", "one");
    fixture_commit(fixture);
    assert_link(fixture, "Default@shop/current", "two");
    assert_link(fixture, "Default@shop/previous", "one");
    assert_link(fixture, "Default@shop/next", NULL);
    assert_string_equal(
        fixture_read(fixture, fixture_path(fixture, "live/local/Default@shop/current/privkey.pem")),
        "the key of two\n");
}

static void a_slot_without_a_link_has_no_folder(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture_put_object(fixture, "one", false);
    fixture_put_slot(fixture, "Default", "one", NULL);
    fixture_hold(fixture, "one");
    fixture_commit(fixture);
    fixture_put_slot(fixture, "Default", NULL, NULL);
    fixture_commit(fixture);
    assert_false(fixture_exists(fixture_path(fixture, "live/local/Default")));
    struct snapshot snapshot = fixture_snapshot(fixture);
    assert_false(snapshot_slot(&snapshot, "local", "Default")->damaged);
    fixture_put_slot(fixture, "Default", "one", NULL);
    fixture_commit(fixture);
    struct slot gone = {.scope = "local", .type = "Default"};
    fixture_change(fixture, CHANGE_DROP_SLOT)->slot = &gone;
    fixture_commit(fixture);
    assert_false(fixture_exists(fixture_path(fixture, "live/local")));
    snapshot = fixture_snapshot(fixture);
    assert_int_equal(snapshot.slot_count, 0);
}

static void another_generation_is_refused_and_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture_put_object(fixture, "one", false);
    fixture_hold(fixture, "one");
    fixture_commit(fixture);
    const char *before = fixture_listing(fixture);
    fixture->generation = 0;
    fixture_put_object(fixture, "two", false);
    fixture_hold(fixture, "two");
    assert_int_equal(fixture_try_commit(fixture), -1);
    assert_true(fixture_said(fixture, PROBLEM_STORE_CHANGED, "generation 1, planned from 0"));
    assert_string_equal(fixture_listing(fixture), before);
}

static void a_slot_cannot_refer_to_what_the_store_lacks(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture_put_object(fixture, "one", false);
    fixture_put_slot(fixture, "Default", "two", NULL);
    assert_int_equal(fixture_try_commit(fixture), -1);
    assert_true(fixture_said(fixture, PROBLEM_STORE_FAILED, "does not have the certificate"));
    assert_int_equal(fixture->generation, 0);
    assert_false(
        fixture_exists(fixture_path(fixture, "objects/%s", fixture_fingerprint(fixture, "one"))));
    assert_false(fixture_exists(fixture_path(fixture, "index.db")));
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
    static const char *const names[] = {"../x", ".hidden", "a/b", "", "a b", "a\nb"};
    struct fixture *fixture = *state;
    fixture_open(fixture);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        fixture_put_slot(fixture, names[i], NULL, NULL);
        assert_int_equal(fixture_try_commit(fixture), -1);
        fixture_put_slot(fixture, "Default", NULL, NULL)->scope = names[i];
        assert_int_equal(fixture_try_commit(fixture), -1);
        fixture_change(fixture, CHANGE_REPAIR_OBJECT)->fingerprint = names[i];
        assert_int_equal(fixture_try_commit(fixture), -1);
    }
    fixture->run_id = "../run";
    assert_int_equal(fixture_try_commit(fixture), -1);
}

static void what_nothing_refers_to_leaves_with_the_commit(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture_put_object(fixture, "one", false);
    fixture_put_object(fixture, "two", false);
    fixture_put_slot(fixture, "Default", "one", NULL);
    fixture_hold(fixture, "two");
    fixture_commit(fixture);
    fixture_put_slot(fixture, "Default", "two", NULL);
    fixture_commit(fixture);
    assert_false(
        fixture_exists(fixture_path(fixture, "objects/%s", fixture_fingerprint(fixture, "one"))));
    struct snapshot snapshot = fixture_snapshot(fixture);
    assert_int_equal(snapshot.certificate_count, 1);
    struct holding gone = {.owner = "owner", .entry = "two"};
    fixture_change(fixture, CHANGE_DROP_HOLDING)->holding = &gone;
    fixture_commit(fixture);
    assert_int_equal(fixture_damage(fixture, "two"), 0);
}

static void a_kept_run_holds_what_it_touched_until_a_prune(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture->run_id = "run-1";
    fixture_put_object(fixture, "one", false);
    fixture_put_slot(fixture, "Default", "one", NULL);
    fixture_commit(fixture);
    fixture->run_id = "run-2";
    fixture_put_object(fixture, "two", false);
    fixture_put_slot(fixture, "Default", "two", NULL);
    fixture_commit(fixture);
    assert_int_equal(fixture_damage(fixture, "one"), 0);
    struct store_figures figures;
    assert_int_equal(store_verify(fixture->store, &fixture->problems, &figures), 0);
    assert_int_equal(figures.objects, 2);
    assert_int_equal(figures.unreferenced, 1);
    assert_int_equal(figures.links, 1);
    fixture->prune = true;
    fixture->run_id = NULL;
    fixture_commit(fixture);
    assert_false(
        fixture_exists(fixture_path(fixture, "objects/%s", fixture_fingerprint(fixture, "one"))));
    assert_int_equal(fixture_snapshot(fixture).certificate_count, 1);
}

static void the_same_changes_again_give_the_same_store(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    for (int i = 0; i < 3; i++) {
        fixture_put_object(fixture, "one", false);
        fixture_put_slot(fixture, "Default", "one", NULL);
        fixture_commit(fixture);
    }
    assert_int_equal(fixture->generation, 3);
    assert_int_equal(fixture_damage(fixture, "one"), 0);
    struct store_figures figures;
    assert_int_equal(store_verify(fixture->store, &fixture->problems, &figures), 0);
    assert_int_equal(fixture->problems.count, 0);
}

static void a_source_record_can_be_dropped(void **state)
{
    struct fixture *fixture = *state;
    struct source_record record = {
        .owner = "owner",
        .fingerprint = fixture_fingerprint(fixture, "web"),
        .not_after = INSTANT_NONE,
    };
    memset(record.digest, 'a', DIGEST_TEXT_SIZE - 1);
    fixture_open(fixture);
    fixture_change(fixture, CHANGE_PUT_SOURCE)->source = &record;
    fixture_commit(fixture);
    assert_int_equal(fixture_snapshot(fixture).sources[0].not_after, INSTANT_NONE);
    fixture_change(fixture, CHANGE_DROP_SOURCE)->source = &record;
    fixture_commit(fixture);
    assert_int_equal(fixture_snapshot(fixture).source_count, 0);
}

/* Killed before the rename, and then the slot went back to what the link shows. */
static void a_link_that_a_killed_run_left_beside_a_right_one_is_repaired(void **state)
{
    struct fixture *fixture = *state;
    struct store_figures figures;
    fixture_open(fixture);
    fixture_put_object(fixture, "one", false);
    fixture_put_slot(fixture, "Default", "one", NULL);
    fixture_commit(fixture);
    const char *left = fixture_path(fixture, "live/local/Default/.current.new");
    assert_int_equal(symlink("../../../objects/another", left), 0);
    assert_true(fixture_snapshot(fixture).slots[0].damaged);
    fixture_put_slot(fixture, "Default", "one", NULL);
    fixture_commit(fixture);
    assert_null(fixture_target(fixture, left));
    assert_false(fixture_snapshot(fixture).slots[0].damaged);
    assert_int_equal(store_verify(fixture->store, &fixture->problems, &figures), 0);
    assert_int_equal(fixture->problems.count, 0);
}

static void reading_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture->run_id = "run-1";
    fixture_put_object(fixture, "one", false);
    fixture_put_slot(fixture, "Default", "one", NULL);
    fixture_commit(fixture);
    fixture_close(fixture);
    fixture_write(fixture_path(fixture, "objects/%s/cert.pem", fixture_fingerprint(fixture, "one")),
                  "x");
    const char *before = fixture_listing(fixture);
    struct store_options options = {
        .location = fixture->path, .writable = true, .service_group = (gid_t)-1};
    struct store *store;
    struct store_figures figures;
    struct run_record *runs;
    struct outbox_item *items;
    struct snapshot snapshot;
    size_t count;
    assert_int_equal(store_open(&options, &fixture->problems, &store), 0);
    assert_int_equal(store_snapshot(store, fixture->arena, &fixture->problems, &snapshot), 0);
    assert_int_equal(store_runs(store, fixture->arena, &fixture->problems, &runs, &count), 0);
    assert_int_equal(store_outbox(store, fixture->arena, &fixture->problems, &items, &count), 0);
    assert_int_equal(store_verify(store, &fixture->problems, &figures), 0);
    store_close(store);
    assert_string_equal(fixture_listing(fixture), before);
}

static void a_lock_that_was_not_used_leaves_no_trace(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture_put_object(fixture, "one", false);
    fixture_hold(fixture, "one");
    fixture_commit(fixture);
    fixture_close(fixture);
    const char *before = fixture_listing(fixture);
    fixture_open(fixture);
    fixture_close(fixture);
    assert_string_equal(fixture_listing(fixture), before);
}

static void a_snapshot_is_that_of_the_store_until_a_commit(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    struct snapshot empty = fixture_snapshot(fixture);
    assert_int_equal(store_is_still(fixture->store, &empty, &fixture->problems), STORE_IS_STILL);
    fixture_put_object(fixture, "one", false);
    fixture_put_slot(fixture, "Default", "one", NULL);
    fixture_commit(fixture);
    assert_int_equal(store_is_still(fixture->store, &empty, &fixture->problems), STORE_IS_ANOTHER);
    struct snapshot now = fixture_snapshot(fixture);
    assert_int_equal(store_is_still(fixture->store, &now, &fixture->problems), STORE_IS_STILL);
    assert_int_equal(fixture->problems.count, 0);
}

static void a_link_that_has_come_meanwhile_is_seen(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture_put_object(fixture, "one", false);
    fixture_put_slot(fixture, "Default", "one", NULL);
    fixture_commit(fixture);
    const char *link = fixture_path(fixture, "live/local/Default/current");
    const char *target = fixture_target(fixture, link);
    assert_int_equal(unlink(link), 0);
    struct snapshot lost = fixture_snapshot(fixture);
    assert_true(lost.slots[0].damaged);
    assert_int_equal(store_is_still(fixture->store, &lost, &fixture->problems), STORE_IS_STILL);
    assert_int_equal(symlink(target, link), 0);
    assert_int_equal(store_is_still(fixture->store, &lost, &fixture->problems), STORE_HAS_HEALED);
}

static void count_written(void *context)
{
    atomic_size_t *count = context;
    atomic_fetch_add(count, 1);
}

static void many_objects_and_slots_are_committed_at_once(void **state)
{
    enum { MANY = 300 };
    struct fixture *fixture = *state;
    struct change *changes = arena_alloc(fixture->arena, 2 * MANY, sizeof(*changes));
    bool *failed = arena_alloc(fixture->arena, 2 * MANY, sizeof(*failed));
    fixture_open(fixture);
    for (int i = 0; i < MANY; i++) {
        const char *name = arena_printf(fixture->arena, "c%d", i);
        changes[i] = (struct change){.kind = CHANGE_PUT_OBJECT,
                                     .bundle = fixture_bundle(fixture, name, true)};
        changes[MANY + i] = (struct change){.kind = CHANGE_PUT_SLOT,
                                            .slot = fixture_put_slot(fixture, name, name, NULL)};
        fixture->change_count = 0;
    }
    atomic_size_t written = 0;
    struct commit_watch watch = {count_written, &written};
    struct commit commit = {.changes = changes, .change_count = 2 * MANY, .watch = &watch};
    assert_int_equal(
        store_commit(fixture->store, &commit, &fixture->problems, failed, &fixture->generation), 0);
    struct snapshot snapshot = fixture_snapshot(fixture);
    assert_int_equal(snapshot.certificate_count, MANY);
    assert_int_equal(snapshot.slot_count, MANY);
    assert_int_equal(atomic_load(&written), MANY);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(snapshot.certificates[i].damage, 0);
        assert_false(snapshot.slots[i].damaged);
        struct bundle *bundle = NULL;
        memcpy(&bundle, &changes[i].bundle, sizeof(bundle));
        bundle_done(bundle);
    }
    assert_int_equal(fixture->problems.count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_folder_that_does_not_exist_is_an_empty_store),
        TEST(a_url_is_refused),
        TEST(what_is_committed_is_what_a_snapshot_shows),
        TEST(very_many_names_are_read_again),
        TEST(the_files_are_those_of_the_bundle),
        TEST(links_follow_the_slot_through_a_roll),
        TEST(a_slot_without_a_link_has_no_folder),
        TEST(another_generation_is_refused_and_changes_nothing),
        TEST(a_slot_cannot_refer_to_what_the_store_lacks),
        TEST(names_that_lead_elsewhere_are_refused),
        TEST(what_nothing_refers_to_leaves_with_the_commit),
        TEST(a_kept_run_holds_what_it_touched_until_a_prune),
        TEST(the_same_changes_again_give_the_same_store),
        TEST(a_source_record_can_be_dropped),
        TEST(a_link_that_a_killed_run_left_beside_a_right_one_is_repaired),
        TEST(reading_changes_nothing),
        TEST(a_lock_that_was_not_used_leaves_no_trace),
        TEST(a_snapshot_is_that_of_the_store_until_a_commit),
        TEST(a_link_that_has_come_meanwhile_is_seen),
        TEST(many_objects_and_slots_are_committed_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
