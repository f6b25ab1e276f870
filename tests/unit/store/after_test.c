/* What a commit is said to make of a snapshot is what the store then shows. */
#include "fixture.h"

#include "store/after.h"

#include <stdio.h>
#include <unistd.h>

static const char *describe_claim(struct fixture *fixture, const struct claim *claim)
{
    if (!claim->fingerprint)
        return "-";
    return arena_printf(fixture->arena, "%.8s/%s/%lld/%d/%d", claim->fingerprint, claim->entry,
                        (long long)claim->effective_date, claim->roll, claim->exportable);
}

static const char *describe(struct fixture *fixture, const struct snapshot *snapshot)
{
    const char *text = arena_printf(fixture->arena, "%lld\n", (long long)snapshot->generation);
    for (size_t i = 0; i < snapshot->slot_count; i++) {
        const struct slot *slot = &snapshot->slots[i];
        text =
            arena_printf(fixture->arena, "%sslot %s/%s %s %d %s %s", text, slot->scope, slot->type,
                         slot->owner, slot->damaged, describe_claim(fixture, &slot->current),
                         describe_claim(fixture, &slot->previous));
        for (size_t n = 0; n < slot->next_count; n++)
            text = arena_printf(fixture->arena, "%s %s", text,
                                describe_claim(fixture, &slot->next[n]));
        text = arena_printf(fixture->arena, "%s\n", text);
    }
    for (size_t i = 0; i < snapshot->holding_count; i++)
        text = arena_printf(fixture->arena, "%sholding %s/%s %.8s %d\n", text,
                            snapshot->holdings[i].owner, snapshot->holdings[i].entry,
                            snapshot->holdings[i].fingerprint, snapshot->holdings[i].exportable);
    return text;
}

static void assert_same_certificates(const struct snapshot *shown, const struct snapshot *said)
{
    for (size_t i = 0; i < shown->certificate_count; i++) {
        const struct stored_certificate *a = &shown->certificates[i];
        const struct stored_certificate *b = snapshot_certificate(said, a->certificate.fingerprint);
        assert_non_null(b);
        assert_string_equal(a->certificate.subject, b->certificate.subject);
        assert_int_equal(a->certificate.has_key, b->certificate.has_key);
        assert_int_equal(a->certificate.not_after, b->certificate.not_after);
        assert_int_equal(a->exportable, b->exportable);
        assert_int_equal(a->damage, b->damage);
    }
}

/* Commits what was added. */
static void commit(struct fixture *fixture)
{
    struct snapshot before = fixture_snapshot(fixture), said;
    size_t count = fixture->change_count;
    fixture_commit(fixture);
    struct snapshot shown = fixture_snapshot(fixture);
    assert_int_equal(snapshot_after(&before, fixture->changes, count, fixture->arena, &said), 0);
    assert_string_equal(describe(fixture, &shown), describe(fixture, &said));
    assert_same_certificates(&shown, &said);
}

static void what_is_new_is_there(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture_put_object(fixture, "one", false);
    fixture_put_object(fixture, "two", true);
    fixture_put_object(fixture, "three", false);
    fixture_put_slot(fixture, "Default@b", "one", NULL);
    fixture_put_slot(fixture, "Default@a", "two", "three");
    fixture_hold(fixture, "one");
    fixture_hold(fixture, "four");
    fixture_put_object(fixture, "four", false);
    commit(fixture);
}

static void what_was_there_is_replaced_dropped_or_kept(void **state)
{
    struct fixture *fixture = *state;
    what_is_new_is_there(state);
    struct claim next[] = {{fixture_fingerprint(fixture, "three"), "three", 5000, true, false}};
    struct slot *slot = fixture_put_slot(fixture, "Default@b", "two", "one");
    slot->next = next;
    slot->next_count = 1;
    struct slot gone = {.scope = "local", .type = "Default@a"};
    struct slot never = {.scope = "local", .type = "Default@z"};
    struct holding left = {.owner = "owner", .entry = "four"};
    fixture_change(fixture, CHANGE_DROP_SLOT)->slot = &gone;
    fixture_change(fixture, CHANGE_DROP_SLOT)->slot = &never;
    fixture_change(fixture, CHANGE_DROP_HOLDING)->holding = &left;
    fixture_put_slot(fixture, "Default@0", "three", NULL);
    commit(fixture);
}

static void what_was_damaged_is_repaired(void **state)
{
    struct fixture *fixture = *state;
    what_is_new_is_there(state);
    fixture_write(fixture_path(fixture, "objects/%s/cert.pem", fixture_fingerprint(fixture, "one")),
                  "nothing");
    assert_int_equal(unlink(fixture_path(fixture, "live/local/Default@b/current")), 0);
    struct change *repair = fixture_change(fixture, CHANGE_REPAIR_OBJECT);
    repair->fingerprint = fixture_fingerprint(fixture, "one");
    struct change *access = fixture_change(fixture, CHANGE_SET_ACCESS);
    access->fingerprint = fixture_fingerprint(fixture, "two");
    access->exportable = false;
    fixture_put_slot(fixture, "Default@b", "one", NULL);
    commit(fixture);
}

static void of_nothing_comes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct snapshot empty = {.generation = 0}, said;
    assert_int_equal(snapshot_after(&empty, NULL, 0, fixture->arena, &said), 0);
    assert_int_equal(said.generation, 1);
    assert_int_equal(said.certificate_count + said.slot_count + said.holding_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_new_is_there),
        TEST(what_was_there_is_replaced_dropped_or_kept),
        TEST(what_was_damaged_is_repaired),
        TEST(of_nothing_comes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
