/* What a commit holds of private keys, and what its threads tell, seen by the functions that the
 * linker puts in the place of others. */
#include "fixture.h"

#include "base/file.h"
#include "base/monotonic.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

enum { MANY = 300, AT_ONCE = 64 };

/* Secrets that were made and not freed since they were last set to zero, and the most of them. */
static atomic_int live, most;
static atomic_bool no_sync, was_synced;

struct secret *__real_secret_new(size_t size);
struct secret *__wrap_secret_new(size_t size);
void __real_secret_free(struct secret *secret);
void __wrap_secret_free(struct secret *secret);
int __real_syncfs(int fd);
int __wrap_syncfs(int fd);

struct secret *__wrap_secret_new(size_t size)
{
    int now = atomic_fetch_add(&live, 1) + 1;
    if (now > most)
        most = now;
    return __real_secret_new(size);
}

void __wrap_secret_free(struct secret *secret)
{
    if (secret)
        atomic_fetch_sub(&live, 1);
    __real_secret_free(secret);
}

int __wrap_syncfs(int fd)
{
    was_synced = true;
    if (!no_sync)
        return __real_syncfs(fd);
    errno = EIO;
    return -1;
}

static const char *name_of(struct fixture *fixture, size_t i)
{
    return arena_printf(fixture->arena, "object %zu", i);
}

static int commit(struct fixture *fixture, const struct change *changes, size_t count,
                  const struct run_text *text)
{
    bool *failed = arena_alloc(fixture->arena, count, sizeof(*failed));
    struct commit commit = {.generation = fixture->generation,
                            .changes = changes,
                            .change_count = count,
                            .run_id = text ? "run-1" : NULL,
                            .run_text = text,
                            .at = 1500};
    live = most = 0;
    return store_commit(fixture->store, &commit, &fixture->problems, failed, &fixture->generation);
}

/* Puts so many objects, and a holding of each. */
static int put_many(struct fixture *fixture, const struct run_text *text)
{
    struct change *changes = arena_alloc(fixture->arena, 2 * MANY, sizeof(*changes));
    for (size_t i = 0; i < MANY; i++) {
        const char *name = name_of(fixture, i);
        struct holding *holding = arena_alloc(fixture->arena, 1, sizeof(*holding));
        *holding = (struct holding){"owner", name, fixture_fingerprint(fixture, name), false};
        changes[i].kind = CHANGE_PUT_OBJECT;
        changes[i].bundle = fixture_bundle(fixture, name, true);
        changes[MANY + i].kind = CHANGE_PUT_HOLDING;
        changes[MANY + i].holding = holding;
    }
    int result = commit(fixture, changes, 2 * MANY, text);
    for (size_t i = 0; i < MANY; i++)
        secret_free(changes[i].bundle->key_pem);
    return result;
}

static void of_many_keys_of_the_store_few_are_held_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct change changes[MANY] = {{.kind = CHANGE_SET_ACCESS}};
    fixture_open(fixture);
    assert_int_equal(put_many(fixture, NULL), 0);
    for (size_t i = 0; i < MANY; i++)
        changes[i] =
            (struct change){.kind = CHANGE_SET_ACCESS,
                            .fingerprint = fixture_fingerprint(fixture, name_of(fixture, i)),
                            .exportable = true};
    assert_int_equal(commit(fixture, changes, MANY, NULL), 0);
    assert_in_range(most, 1, AT_ONCE);
    assert_int_equal(live, 0);
    struct snapshot snapshot = fixture_snapshot(fixture);
    assert_int_equal(snapshot.certificate_count, MANY);
    for (size_t i = 0; i < MANY; i++) {
        assert_true(snapshot.certificates[i].exportable);
        assert_int_equal(snapshot.certificates[i].damage, 0);
    }
}

/* The second one is to share a key that is not there. */
static void no_key_stays_behind_where_a_commit_fails(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture_put_object(fixture, "donor", false);
    fixture_hold(fixture, "donor");
    fixture_commit(fixture);
    struct change changes[2] = {{.kind = CHANGE_PUT_OBJECT}, {.kind = CHANGE_PUT_OBJECT}};
    changes[0].bundle = fixture_bundle(fixture, "one", false);
    changes[1].bundle = fixture_bundle(fixture, "two", false);
    size_t first = strcmp(changes[0].bundle->certificate.fingerprint,
                          changes[1].bundle->certificate.fingerprint) > 0;
    changes[first].key_from = fixture_fingerprint(fixture, "donor");
    changes[1 - first].key_from = fixture_fingerprint(fixture, "nobody");
    assert_int_equal(commit(fixture, changes, 2, NULL), -1);
    assert_true(fixture_said(fixture, PROBLEM_STORE_DAMAGED, "is lost"));
    assert_in_range(most, 1, 2);
    assert_int_equal(live, 0);
}

/* A run's text, which tells the problems that there are while it is written. */
struct telling {
    const struct problems *problems;
    size_t seen;
};

static int tell(const void *context, int fd)
{
    struct telling *telling = *(struct telling *const *)context;
    for (int i = 0; i < 1000 && !was_synced; i++)
        monotonic_sleep(1);
    for (int i = 0; i < 50 && telling->seen == 0; i++) {
        telling->seen = *(const volatile size_t *)&telling->problems->count;
        monotonic_sleep(1);
    }
    return file_write_all(fd, "{}", 2);
}

static void what_a_run_tells_is_not_changed_while_it_is_written(void **state)
{
    struct fixture *fixture = *state;
    struct telling telling = {&fixture->problems, 0}, *context = &telling;
    const struct run_text text = {tell, &context};
    fixture_open(fixture);
    no_sync = true;
    was_synced = false;
    assert_int_equal(put_many(fixture, &text), -1);
    no_sync = false;
    assert_int_equal(telling.seen, 0);
    assert_true(fixture_said(fixture, PROBLEM_STORE_FAILED, "cannot sync"));
    assert_int_equal(fixture->problems.count, 1);
    assert_int_equal(fixture_snapshot(fixture).certificate_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(of_many_keys_of_the_store_few_are_held_at_once),
        TEST(no_key_stays_behind_where_a_commit_fails),
        TEST(what_a_run_tells_is_not_changed_while_it_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
