/* A store is read and written as often as there are allocations, SQLite's among them: another one
 * fails each time. */
#include "fixture.h"

#include "../failing.h"
#include "store/after.h"

#include <malloc.h>
#include <sqlite3.h>
#include <stdlib.h>

/* SQLite's memory from where the others' comes. */
static int sizeof_memory(void *memory)
{
    return (int)malloc_usable_size(memory);
}

static void *take(int size)
{
    return malloc((size_t)size);
}

static void *take_again(void *memory, int size)
{
    return realloc(memory, (size_t)size);
}

static int round_up(int size)
{
    return (size + 7) & ~7;
}

static int begin(void *nothing)
{
    (void)nothing;
    return SQLITE_OK;
}

static void end(void *nothing)
{
    (void)nothing;
}

static int share_memory(void **state)
{
    static sqlite3_mem_methods methods = {.xMalloc = take,
                                          .xFree = free,
                                          .xRealloc = take_again,
                                          .xSize = sizeof_memory,
                                          .xRoundup = round_up,
                                          .xInit = begin,
                                          .xShutdown = end};
    (void)state;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK ? 0 : -1;
}

/* Slots that have a queue, claims, holdings and sources. */
static void fill(struct fixture *f)
{
    static const char *const types[] = {"Default", "External", "Internal"};
    static const char *const names[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct source_record *source = arena_alloc(f->arena, 1, sizeof(*source));
        memcpy(source->digest, fixture_fingerprint(f, names[i]), DIGEST_TEXT_SIZE);
        source->owner = "owner";
        source->fingerprint = fixture_fingerprint(f, names[i]);
        fixture_put_object(f, names[i], i % 2);
        fixture_hold(f, names[i]);
        fixture_change(f, CHANGE_PUT_SOURCE)->source = source;
    }
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        struct slot *slot = fixture_put_slot(f, types[i], "a", i ? "b" : NULL);
        struct claim *next = arena_alloc(f->arena, 2, sizeof(*next));
        for (size_t n = 0; n < 2; n++)
            next[n] = (struct claim){fixture_fingerprint(f, names[2 + n]), names[2 + n],
                                     3000 + (instant)n, n > 0, false};
        slot->next = next;
        slot->next_count = 2;
    }
    fixture_open(f);
    fixture_commit(f);
    fixture_close(f);
}

/* Nothing else is said of it. */
static void assert_told(const struct problems *problems)
{
    assert_true(problems->errors > 0);
    for (size_t i = 0; i < problems->count; i++)
        if (problems->items[i].code != PROBLEM_OUT_OF_MEMORY &&
            !strstr(problems->items[i].message, "memory"))
            fail_msg("%s", problems->items[i].message);
}

static void assert_same_slots(const struct snapshot *left, const struct snapshot *right)
{
    assert_int_equal(left->slot_count, right->slot_count);
    for (size_t i = 0; i < left->slot_count; i++) {
        const struct slot *one = &left->slots[i], *other = &right->slots[i];
        assert_string_equal(one->type, other->type);
        assert_string_equal(one->scope, other->scope);
        assert_string_equal(one->owner, other->owner);
        assert_string_equal(one->current.entry, other->current.entry);
        assert_string_equal(one->current.fingerprint, other->current.fingerprint);
        assert_int_equal(one->next_count, other->next_count);
        for (size_t n = 0; n < one->next_count; n++)
            assert_string_equal(one->next[n].fingerprint, other->next[n].fingerprint);
        assert_false(one->damaged);
    }
}

static void assert_same_certificate(const struct stored_certificate *left,
                                    const struct stored_certificate *right)
{
    const struct certificate *one = &left->certificate, *other = &right->certificate;
    assert_string_equal(one->fingerprint, other->fingerprint);
    assert_string_equal(one->subject, other->subject);
    assert_string_equal(one->issuer, other->issuer);
    assert_string_equal(one->serial, other->serial);
    assert_string_equal(one->key_algorithm, other->key_algorithm);
    assert_int_equal(one->dns_name_count, other->dns_name_count);
    for (size_t i = 0; i < one->dns_name_count; i++)
        assert_string_equal(one->dns_names[i], other->dns_names[i]);
    assert_int_equal(left->damage, right->damage);
    assert_int_equal(left->exportable, right->exportable);
}

static void assert_same(const struct snapshot *left, const struct snapshot *right)
{
    assert_int_equal(left->generation, right->generation);
    assert_int_equal(left->certificate_count, right->certificate_count);
    assert_int_equal(left->holding_count, right->holding_count);
    assert_int_equal(left->source_count, right->source_count);
    for (size_t i = 0; i < left->certificate_count; i++)
        assert_same_certificate(&left->certificates[i], &right->certificates[i]);
    for (size_t i = 0; i < left->holding_count; i++) {
        assert_string_equal(left->holdings[i].entry, right->holdings[i].entry);
        assert_string_equal(left->holdings[i].fingerprint, right->holdings[i].fingerprint);
    }
    for (size_t i = 0; i < left->source_count; i++) {
        assert_string_equal(left->sources[i].owner, right->sources[i].owner);
        assert_string_equal(left->sources[i].digest, right->sources[i].digest);
    }
    assert_same_slots(left, right);
}

static int read_store(struct fixture *f, struct arena *arena, struct problems *problems,
                      struct snapshot *ret)
{
    struct store_options options = {.location = f->path, .service_group = (gid_t)-1, .jobs = 1};
    struct store *store;
    if (store_open(&options, problems, &store) != 0)
        return -1;
    int result = store_snapshot(store, arena, problems, ret);
    store_close(store);
    return result;
}

static void a_snapshot_is_whole_or_none(void **state)
{
    struct fixture *f = *state;
    fill(f);
    const struct snapshot whole = fixture_snapshot(f), untouched = {.generation = -7};
    bool failed = true;
    size_t number = 0;
    while (failed) {
        struct arena *arena = arena_new();
        struct problems problems;
        struct snapshot snapshot = untouched;
        problems_init(&problems, arena);
        failing_set(++number);
        int result = read_store(f, arena, &problems, &snapshot);
        failed = failing_set(0);
        assert_true(failed || result == 0);
        if (result == 0) {
            assert_same(&snapshot, &whole);
        } else {
            assert_told(&problems);
            assert_memory_equal(&snapshot, &untouched, sizeof(snapshot));
        }
        arena_free(arena);
    }
    assert_true(number > 300);
}

static void what_a_commit_makes_of_a_snapshot_is_whole_or_none(void **state)
{
    struct fixture *f = *state;
    fill(f);
    const struct snapshot before = fixture_snapshot(f), untouched = {.generation = -7};
    struct snapshot whole;
    f->change_count = 0;
    fixture_put_object(f, "e", false);
    fixture_hold(f, "e");
    fixture_put_slot(f, "Default", "e", "a");
    fixture_put_slot(f, "OAuthTokenIssuer", "e", NULL);
    assert_int_equal(snapshot_after(&before, f->changes, f->change_count, f->arena, &whole), 0);
    bool failed = true;
    size_t number = 0;
    while (failed) {
        struct arena *arena = arena_new();
        struct snapshot snapshot = untouched;
        failing_set(++number);
        int result = snapshot_after(&before, f->changes, f->change_count, arena, &snapshot);
        failed = failing_set(0);
        assert_int_equal(result, failed ? -1 : 0);
        if (result == 0)
            assert_same(&snapshot, &whole);
        else
            assert_memory_equal(&snapshot, &untouched, sizeof(snapshot));
        arena_free(arena);
    }
    assert_true(number > 3);
}

static void verify_once(struct fixture *f, size_t number, bool *ret_failed)
{
    struct arena *arena = arena_new();
    struct problems problems;
    struct store_figures figures;
    problems_init(&problems, arena);
    fixture_open(f);
    failing_set(number);
    int result = store_verify(f->store, &problems, &figures);
    *ret_failed = failing_set(0);
    fixture_close(f);
    assert_true(*ret_failed || result == 0);
    if (result != 0 || problems.count > 0)
        assert_told(&problems);
    arena_free(arena);
}

static void what_a_verification_lacks_memory_for_is_no_damage(void **state)
{
    struct fixture *f = *state;
    bool failed = true;
    size_t number = 0;
    fill(f);
    while (failed)
        verify_once(f, ++number, &failed);
    assert_true(number > 300);
}

/* A slot turns from one certificate to another and back; a third comes and goes with it. */
static void plan_turn(struct fixture *f, bool there)
{
    f->change_count = 0;
    if (there)
        fixture_put_object(f, "e", true);
    fixture_put_slot(f, "Default", there ? "e" : "a", NULL);
    struct change *access = fixture_change(f, CHANGE_SET_ACCESS);
    access->fingerprint = fixture_fingerprint(f, "b");
    access->exportable = there;
}

static void assert_resolves(struct fixture *f, bool before, bool after)
{
    const char *target = fixture_target(f, fixture_path(f, "live/local/Default/current"));
    assert_non_null(target);
    bool is_there = strstr(target, fixture_fingerprint(f, "e")) != NULL;
    assert_true(is_there == before || is_there == after);
    assert_true(fixture_exists(fixture_path(f, "live/local/Default/current/privkey.pem")));
    assert_true(fixture_exists(fixture_path(f, "live/local/Default/current/fullchain.pem")));
}

static void assert_clean(struct fixture *f)
{
    struct problems problems;
    struct store_figures figures;
    problems_init(&problems, f->arena);
    assert_int_equal(store_verify(f->store, &problems, &figures), 0);
    for (size_t i = 0; i < problems.count; i++)
        fail_msg("%s", problems.items[i].message);
}

/* How it ended: as store_commit(). */
static int commit_once(struct fixture *f, size_t number, bool *ret_failed)
{
    struct arena *arena = arena_new();
    int64_t generation = f->generation;
    problems_init(&f->problems, arena);
    fixture_open(f);
    failing_set(number);
    int result = fixture_try_commit(f);
    *ret_failed = failing_set(0);
    assert_true(*ret_failed || result == 0);
    if (result != 0)
        assert_told(&f->problems);
    if (result < 0)
        assert_int_equal(f->generation, generation);
    fixture_close(f);
    problems_init(&f->problems, f->arena);
    arena_free(arena);
    return result;
}

static void a_commit_is_whole_or_none(void **state)
{
    struct fixture *f = *state;
    bool failed = true, there = false;
    size_t number = 0;
    fill(f);
    while (failed) {
        plan_turn(f, !there);
        int result = commit_once(f, ++number, &failed);
        assert_resolves(f, there, !there);
        if (result >= 0)
            there = !there;
    }
    assert_true(number > 100);
    plan_turn(f, !there);
    fixture_open(f);
    fixture_commit(f);
    assert_clean(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_snapshot_is_whole_or_none, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(what_a_commit_makes_of_a_snapshot_is_whole_or_none,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_a_verification_lacks_memory_for_is_no_damage,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_commit_is_whole_or_none, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, share_memory, NULL);
}
