/* What a session takes from its surroundings: who runs it, where its store is, whose keys are. */
#include "cli/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { OURS = 4242, OTHERS = 4343 };

/* What the system says, in place of the real one. */
static struct {
    uid_t user;
    gid_t member_of;
    struct group *group; /* of any name */
    int group_error;
    bool has_no_name, has_no_chance;
} world;

uid_t __wrap_geteuid(void);
gid_t __wrap_getegid(void);
int __wrap_getgroups(int size, gid_t *groups);
struct group *__wrap_getgrnam(const char *name);
int __real_uname(struct utsname *name);
int __wrap_uname(struct utsname *name);
ssize_t __real_getrandom(void *bytes, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *bytes, size_t size, unsigned flags);

uid_t __wrap_geteuid(void)
{
    return world.user;
}

gid_t __wrap_getegid(void)
{
    return 1000;
}

int __wrap_getgroups(int size, gid_t *groups)
{
    assert_true(size > 0);
    groups[0] = world.member_of;
    return 1;
}

struct group *__wrap_getgrnam(const char *name)
{
    assert_non_null(name);
    errno = world.group ? 0 : world.group_error;
    return world.group;
}

int __wrap_uname(struct utsname *name)
{
    return world.has_no_name ? -1 : __real_uname(name);
}

ssize_t __wrap_getrandom(void *bytes, size_t size, unsigned flags)
{
    errno = ENOSYS;
    return world.has_no_chance ? -1 : __real_getrandom(bytes, size, flags);
}

static int setup(void **state)
{
    static char name[] = "ssl-cert";
    static struct group group = {.gr_name = name, .gr_gid = OURS};
    (void)state;
    world.user = 1000;
    world.member_of = OURS;
    world.group = &group;
    world.group_error = 0;
    world.has_no_name = world.has_no_chance = false;
    group.gr_gid = OURS;
    unsetenv("XDG_STATE_HOME");
    setenv("HOME", "/nowhere/home", 1);
    return 0;
}

static int begin(struct session *session, struct options *options)
{
    options->color = "never";
    return session_begin(session, "status", options);
}

/* Where the store would be; "" where nothing says it. */
static void assert_store(const char *expected)
{
    struct options options = {.jobs = 1};
    struct session session;
    struct store *store = NULL;
    assert_int_equal(begin(&session, &options), 0);
    int result = session_open_store(&session, false, &store);
    assert_string_equal(session.store ? session.store : "", expected);
    if (!*expected) {
        assert_int_equal(result, -1);
        assert_true(problems_has(&session.problems, PROBLEM_STORE_FAILED));
    }
    store_close(store);
    session_end(&session);
}

static void the_store_of_an_ordinary_user_is_his_own(void **state)
{
    (void)state;
    assert_store("/nowhere/home/.local/state/certroll");
    setenv("XDG_STATE_HOME", "/nowhere/state", 1);
    assert_store("/nowhere/state/certroll");
    setenv("XDG_STATE_HOME", "relative", 1); /* is none: XDG Base Directory Specification */
    assert_store("/nowhere/home/.local/state/certroll");
    setenv("HOME", "relative", 1);
    assert_store("");
    unsetenv("HOME");
    assert_store("");
    world.user = 0;
    assert_store("/var/lib/certroll");
}

static gid_t group_of(const char *name, int expected)
{
    struct options options = {.service_group = name};
    struct session session;
    assert_int_equal(begin(&session, &options), expected);
    gid_t group = session.service_group;
    session_end(&session);
    return group;
}

static void keys_are_given_to_a_group_that_can_be_given_to(void **state)
{
    (void)state;
    assert_int_equal(group_of(NULL, 0), OURS);
    world.member_of = OTHERS;
    assert_int_equal(group_of(NULL, 0), (gid_t)-1);
    assert_int_equal(group_of("ssl-cert", 0), OURS); /* said when the store is opened */
    world.group->gr_gid = 1000;
    assert_int_equal(group_of(NULL, 0), 1000);
    world.group->gr_gid = OURS;
    world.user = 0;
    assert_int_equal(group_of(NULL, 0), OURS);
}

static void a_group_that_cannot_be_given_to_is_refused_before_anything_is_written(void **state)
{
    struct options options = {.service_group = "ssl-cert", .store = "/nowhere/store", .jobs = 1};
    struct session session;
    struct store *store = NULL;
    (void)state;
    world.member_of = OTHERS;
    assert_int_equal(begin(&session, &options), 0);
    assert_int_equal(session_open_store(&session, true, &store), -1);
    assert_non_null(strstr(session.problems.items[0].message, "'ssl-cert'"));
    session_end(&session);
}

static void a_group_that_is_not_there_is_told_from_one_that_cannot_be_looked_up(void **state)
{
    static const int errors[] = {ENOMEM, EMFILE, ENFILE, EIO, EINTR};
    (void)state;
    world.group = NULL;
    assert_int_equal(group_of(NULL, 0), (gid_t)-1);
    group_of("none", EXIT_USAGE);
    world.group_error = ENOENT; /* getgrnam(3): some say so of none */
    assert_int_equal(group_of(NULL, 0), (gid_t)-1);
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        world.group_error = errors[i];
        group_of("ssl-cert", EXIT_FAILED);
        group_of(NULL, EXIT_FAILED);
    }
}

static void a_host_without_a_name_is_the_local_one(void **state)
{
    struct options options = {.jobs = 1};
    struct session session;
    (void)state;
    world.has_no_name = true;
    assert_int_equal(begin(&session, &options), 0);
    assert_string_equal(session.host, "localhost");
    session_end(&session);
}

static void without_chance_no_run_has_a_name(void **state)
{
    struct options options = {.jobs = 1};
    struct session session;
    (void)state;
    world.has_no_chance = true;
    assert_int_equal(begin(&session, &options), EXIT_FAILED);
    session_end(&session);
}

static void colour_is_for_terminals_that_have_some(void **state)
{
    struct options options = {.color = "always"};
    struct session session;
    (void)state;
    assert_int_equal(session_begin(&session, "status", &options), 0);
    assert_true(session.color_out && session.color_err);
    session_end(&session);
    options.color = "auto"; /* standard output of a test is none, or is dumb */
    setenv("TERM", "dumb", 1);
    assert_int_equal(session_begin(&session, "status", &options), 0);
    assert_false(session.color_out);
    session_end(&session);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_store_of_an_ordinary_user_is_his_own),
        TEST(keys_are_given_to_a_group_that_can_be_given_to),
        TEST(a_group_that_cannot_be_given_to_is_refused_before_anything_is_written),
        TEST(a_group_that_is_not_there_is_told_from_one_that_cannot_be_looked_up),
        TEST(a_host_without_a_name_is_the_local_one),
        TEST(without_chance_no_run_has_a_name),
        TEST(colour_is_for_terminals_that_have_some),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
