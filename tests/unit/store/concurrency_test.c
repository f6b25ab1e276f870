#include "fixture.h"

#include "base/monotonic.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMITS = 200, KILLS = 30 };

/* Slot Default holds one of two certificates; a round sets it to the other, and some rounds replace
 * an object too. */
static void swap_once(struct fixture *fixture, int round)
{
    const char *now = round % 2 ? "one" : "two", *before = round % 2 ? "two" : "one";
    if (round % 4 == 0)
        fixture_put_object(fixture, "one", round % 8 == 0);
    if (round == 0)
        fixture_put_object(fixture, "two", false);
    fixture_put_slot(fixture, "Default", now, before);
    fixture_commit(fixture);
}

/* True where the pair that a service would load belongs together. */
static bool pair_matches(const char *store)
{
    char path[PATH_SIZE], cert[512] = "", key[512] = "", expected[512];
    snprintf(path, sizeof(path), "%s/live/local/Default/current", store);
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return false;
    int cert_fd = openat(folder, "cert.pem", O_RDONLY | O_CLOEXEC);
    int key_fd = openat(folder, "privkey.pem", O_RDONLY | O_CLOEXEC);
    if (cert_fd < 0 || key_fd < 0) {
        /* Between the two opens the folder may have been exchanged for a new one and removed. */
        struct stat held, now;
        bool exchanged =
            fstat(folder, &held) == 0 && stat(path, &now) == 0 && held.st_ino != now.st_ino;
        close(cert_fd);
        close(key_fd);
        close(folder);
        return exchanged && pair_matches(store);
    }
    bool matches =
        read(cert_fd, cert, sizeof(cert) - 1) > 0 && read(key_fd, key, sizeof(key) - 1) > 0;
    /* base64 of "one" and of "two" */
    snprintf(expected, sizeof(expected), "the key of %s\n", strstr(cert, "b25l") ? "one" : "two");
    matches = matches && strcmp(key, expected) == 0;
    close(cert_fd);
    close(key_fd);
    close(folder);
    return matches;
}

static void stop(int signal)
{
    (void)signal;
    _exit(0);
}

/* A process that watches until it is told to stop: exit status 0, or 1 where it saw a fault. */
static pid_t watch(struct fixture *fixture, bool (*sees)(struct fixture *fixture))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    signal(SIGTERM, stop);
    /* A pause, so that the writer has a processor to itself most of the time. */
    while (sees(fixture))
        usleep(300);
    _exit(1);
}

static bool sees_a_pair(struct fixture *fixture)
{
    return pair_matches(fixture->path);
}

static bool sees_a_snapshot(struct fixture *fixture)
{
    struct arena *arena = arena_new();
    struct store_options options = {
        .location = fixture->path, .writable = false, .service_group = (gid_t)-1};
    struct store *store = NULL;
    struct problems problems;
    struct snapshot snapshot;
    problems_init(&problems, arena);
    bool good = store_open(&options, &problems, &store) == 0 &&
                store_snapshot(store, arena, &problems, &snapshot) == 0 &&
                snapshot.certificate_count == 2 && snapshot.slot_count == 1 &&
                snapshot.slots[0].current.fingerprint && problems.count == 0;
    for (size_t i = 0; i < problems.count; i++)
        print_error("%s\n", problems.items[i].message);
    store_close(store);
    arena_free(arena);
    return good;
}

static void assert_stops_well(pid_t pid)
{
    int status;
    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void readers_never_fail_while_a_writer_commits(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    swap_once(fixture, 0);
    fixture_close(fixture);
    pid_t pairs = watch(fixture, sees_a_pair), snapshots = watch(fixture, sees_a_snapshot);
    fixture_open(fixture);
    for (int round = 1; round <= COMMITS; round++)
        swap_once(fixture, round);
    assert_stops_well(pairs);
    assert_stops_well(snapshots);
}

static bool sees_whole_runs(struct fixture *fixture)
{
    struct arena *arena = arena_new();
    struct store_options options = {
        .location = fixture->path, .writable = false, .service_group = (gid_t)-1};
    struct store *store = NULL;
    struct problems problems;
    struct run_record *runs;
    size_t count;
    problems_init(&problems, arena);
    bool good = store_open(&options, &problems, &store) == 0 &&
                store_runs(store, arena, &problems, &runs, &count) == 0;
    for (size_t i = 0; good && i < count; i++)
        good = runs[i].json != NULL;
    store_close(store);
    arena_free(arena);
    return good;
}

/* Each run that is put lets the oldest one go, with its text. */
static void readers_find_what_every_run_did_while_runs_are_put(void **state)
{
    struct fixture *fixture = *state;
    char id[32];
    fixture_open(fixture);
    swap_once(fixture, 0);
    fixture_close(fixture);
    pid_t readers[4];
    for (size_t i = 0; i < 4; i++)
        readers[i] = watch(fixture, sees_whole_runs);
    fixture_open(fixture);
    for (int round = 0; round < COMMITS; round++) {
        snprintf(id, sizeof(id), "run-%d", round);
        assert_int_equal(fixture_put_run(fixture, &(struct run_record){.id = id, .finished = true}),
                         0);
    }
    for (size_t i = 0; i < 4; i++)
        assert_stops_well(readers[i]);
}

/* The writer that will be killed: commits on and on. */
static void write_until_killed(struct fixture *fixture)
{
    struct problems problems;
    problems_init(&problems, fixture->arena);
    struct store_options options = {
        .location = fixture->path, .writable = true, .service_group = (gid_t)-1};
    struct store *store;
    if (store_open(&options, &problems, &store) != 0 ||
        store_lock(store, 5, "doomed", &problems) != 0)
        _exit(1);
    fixture->store = store;
    for (int round = 0;; round++) {
        struct snapshot snapshot;
        store_snapshot(store, fixture->arena, &problems, &snapshot);
        fixture->generation = snapshot.generation;
        swap_once(fixture, round);
    }
}

static void repair(struct fixture *fixture, unsigned *ret_repaired)
{
    struct snapshot snapshot = fixture_snapshot(fixture);
    fixture->generation = snapshot.generation;
    for (size_t i = 0; i < snapshot.certificate_count; i++) {
        const struct stored_certificate *stored = &snapshot.certificates[i];
        if (!stored->damage)
            continue;
        assert_false(stored->damage & DAMAGE_KEY);
        struct change *change = fixture_change(fixture, CHANGE_REPAIR_OBJECT);
        change->fingerprint = stored->certificate.fingerprint;
        change->exportable = stored->exportable;
        ++*ret_repaired;
    }
    for (size_t i = 0; i < snapshot.slot_count; i++) {
        if (!snapshot.slots[i].damaged)
            continue;
        fixture_change(fixture, CHANGE_PUT_SLOT)->slot = &snapshot.slots[i];
        ++*ret_repaired;
    }
    fixture_commit(fixture);
}

/* Killed at any instant: the pair fits at once, and the next run makes everything right. */
static void a_killed_writer_leaves_a_store_that_the_next_run_completes(void **state)
{
    struct fixture *fixture = *state;
    unsigned repaired = 0;
    fixture_open(fixture);
    swap_once(fixture, 0);
    fixture_close(fixture);
    pid_t pairs = watch(fixture, sees_a_pair);
    srandom((unsigned)time(NULL));
    for (int i = 0; i < KILLS; i++) {
        pid_t pid = fork();
        if (pid == 0)
            write_until_killed(fixture);
        struct timespec pause = {.tv_nsec = 2000000 + random() % 12000000};
        nanosleep(&pause, NULL);
        kill(pid, SIGKILL);
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        assert_true(pair_matches(fixture->path));
        fixture_open(fixture);
        repair(fixture, &repaired);
        struct store_figures figures;
        assert_int_equal(store_verify(fixture->store, &fixture->problems, &figures), 0);
        for (size_t n = 0; n < fixture->problems.count; n++)
            print_error("%s\n", fixture->problems.items[n].message);
        assert_int_equal(fixture->problems.count, 0);
        fixture_close(fixture);
    }
    assert_stops_well(pairs);
}

static void the_lock_names_its_holder_to_those_who_wait_in_vain(void **state)
{
    struct fixture *fixture = *state;
    struct store_options options = {
        .location = fixture->path, .writable = true, .service_group = (gid_t)-1};
    struct store *other;
    fixture_open(fixture);
    assert_int_equal(store_open(&options, &fixture->problems, &other), 0);
    int64_t before = monotonic_now();
    assert_int_equal(store_lock(other, 1, "the other", &fixture->problems), -1);
    int64_t waited = monotonic_now() - before;
    assert_in_range(waited, 1000, 4000);
    assert_true(fixture_said(fixture, PROBLEM_STORE_LOCKED, "held by a test"));
    fixture_close(fixture);
    assert_int_equal(store_lock(other, 0, "the other", &fixture->problems), 0);
    store_close(other);
}

static void the_lock_of_a_killed_process_is_gone(void **state)
{
    struct fixture *fixture = *state;
    int pipes[2];
    char byte;
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    if (pid == 0) {
        fixture_open(fixture);
        if (write(pipes[1], "x", 1) != 1)
            _exit(1);
        pause();
    }
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(pipes[0]);
    close(pipes[1]);
    struct store_options options = {
        .location = fixture->path, .writable = true, .service_group = (gid_t)-1};
    assert_int_equal(store_open(&options, &fixture->problems, &fixture->store), 0);
    assert_int_equal(store_lock(fixture->store, 0, "next", &fixture->problems), 0);
}

static void a_reader_never_takes_the_lock(void **state)
{
    struct fixture *fixture = *state;
    struct store_options options = {
        .location = fixture->path, .writable = false, .service_group = (gid_t)-1};
    struct store *store;
    fixture_open(fixture);
    swap_once(fixture, 0);
    assert_true(sees_a_snapshot(fixture)); /* while the lock is held */
    assert_int_equal(store_open(&options, &fixture->problems, &store), 0);
    assert_int_equal(store_lock(store, 0, "x", &fixture->problems), -1);
    assert_true(fixture_said(fixture, PROBLEM_STORE_FAILED, "for reading only"));
    store_close(store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(readers_never_fail_while_a_writer_commits),
        TEST(readers_find_what_every_run_did_while_runs_are_put),
        TEST(a_killed_writer_leaves_a_store_that_the_next_run_completes),
        TEST(the_lock_names_its_holder_to_those_who_wait_in_vain),
        TEST(the_lock_of_a_killed_process_is_gone),
        TEST(a_reader_never_takes_the_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
