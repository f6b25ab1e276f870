#include "cli/checkout.h"

#include "base/file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ONE "1111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222"
#define OTHER "3333333333333333333333333333333333333333"

struct fixture {
    char folder[64];
    struct arena *arena;
    struct checkout last;
};

static void put(const char *path, const char *content)
{
    assert_int_equal(file_replace(AT_FDCWD, path, content, strlen(content), 0600), 0);
}

/* Two checkouts; that of `mine` has a manifest that is a link into `yours`. */
static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    *state = f;
    strcpy(f->folder, "/tmp/certroll-checkout.XXXXXX");
    f->arena = arena_new();
    if (!f->arena || !mkdtemp(f->folder) || chdir(f->folder) != 0)
        return -1;
    static const char *const folders[] = {"mine", "mine/.git", "mine/sub", "yours", "yours/.git"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
        assert_int_equal(mkdir(folders[i], 0700), 0);
    put("mine/.git/HEAD", ONE "\n");
    put("yours/.git/HEAD", OTHER "\n");
    put("mine/a.yaml", "");
    put("mine/b.yaml", "");
    put("mine/sub/c.yaml", "");
    put("yours/d.yaml", "");
    assert_int_equal(symlink("../yours/d.yaml", "mine/link.yaml"), 0);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char command[128];
    snprintf(command, sizeof(command), "rm -r %s", f->folder);
    int result = chdir("/") == 0 ? system(command) : -1;
    arena_free(f->arena);
    free(f);
    return result;
}

static void expect(struct fixture *f, const char *path, const char *wanted)
{
    const char *commit = NULL;
    assert_int_equal(checkout_commit(&f->last, path, f->arena, &commit), 0);
    if (wanted)
        assert_string_equal(commit, wanted);
    else
        assert_null(commit);
}

static void the_manifests_of_a_folder_are_read_for_once(void **state)
{
    struct fixture *f = *state;
    expect(f, "mine/a.yaml", ONE);
    put("mine/.git/HEAD", TWO "\n");
    expect(f, "mine/b.yaml", ONE);
    expect(f, "./mine/../mine/b.yaml", ONE);
    expect(f, "mine/sub/c.yaml", TWO);
}

static void a_folder_without_a_commit_is_read_for_once_too(void **state)
{
    struct fixture *f = *state;
    put("mine/.git/HEAD", "none\n");
    expect(f, "mine/a.yaml", NULL);
    put("mine/.git/HEAD", TWO "\n");
    expect(f, "mine/b.yaml", NULL);
}

static void a_link_into_another_checkout_has_the_commit_of_that(void **state)
{
    struct fixture *f = *state;
    expect(f, "mine/a.yaml", ONE);
    expect(f, "mine/link.yaml", OTHER);
    expect(f, "mine/b.yaml", ONE);
}

/* A work tree: its .git is a file that names a folder, which names the repository. */
static void a_work_tree_has_the_commit_of_its_branch(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(mkdir("tree", 0700), 0);
    assert_int_equal(mkdir("yours/.git/trees", 0700), 0);
    assert_int_equal(mkdir("yours/.git/refs", 0700), 0);
    put("tree/m.yaml", "");
    put("tree/.git", "gitdir: ../yours/.git/trees\n");
    put("yours/.git/trees/HEAD", "ref: refs/branch\n");
    put("yours/.git/trees/commondir", "..\n");
    put("yours/.git/refs/branch", TWO "\n");
    expect(f, "tree/m.yaml", TWO);
    unlink("yours/.git/refs/branch");
    put("yours/.git/packed-refs",
        "# pack-refs\n" ONE " refs/branches\n" OTHER " refs/branch\n" TWO " refs/brancj\n");
    f->last = (struct checkout){NULL, NULL};
    expect(f, "tree/m.yaml", OTHER);
    put("yours/.git/packed-refs", ONE " refs/another\n^" TWO "\n" TWO " refs/branch");
    f->last = (struct checkout){NULL, NULL};
    expect(f, "tree/m.yaml", TWO);
    put("yours/.git/packed-refs", ONE " refs/another\n");
    f->last = (struct checkout){NULL, NULL};
    expect(f, "tree/m.yaml", NULL);
}

static void a_checkout_that_is_not_whole_has_no_commit(void **state)
{
    static const char *const heads[] = {
        "ref: refs/gone\n", "ref: refs/../HEAD\n", "ref: HEAD\n", "11111111\n", "", "secret\n"};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
        put("mine/.git/HEAD", heads[i]);
        f->last = (struct checkout){NULL, NULL};
        expect(f, "mine/a.yaml", NULL);
    }
    put("mine/.git/HEAD", "ref: refs/branch\n");
    put("mine/.git/commondir", "../nowhere\n");
    f->last = (struct checkout){NULL, NULL};
    expect(f, "mine/a.yaml", NULL);
    unlink("mine/.git/HEAD");
    f->last = (struct checkout){NULL, NULL};
    expect(f, "mine/a.yaml", NULL);
}

/* Somebody else's .git above the manifests could name a secret of theirs as its commit. */
static void a_git_folder_of_a_stranger_is_not_looked_into(void **state)
{
    struct fixture *f = *state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chown("mine/.git", 65534, 65534), 0);
    expect(f, "mine/a.yaml", NULL);
    assert_int_equal(chown("mine", 65534, 65534), 0);
    f->last = (struct checkout){NULL, NULL};
    expect(f, "mine/a.yaml", ONE);
}

static void a_path_that_leads_nowhere_has_no_commit(void **state)
{
    struct fixture *f = *state;
    expect(f, "mine/a.yaml", ONE);
    expect(f, "mine/none.yaml", NULL);
    expect(f, "mine/b.yaml", ONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_manifests_of_a_folder_are_read_for_once),
        TEST(a_folder_without_a_commit_is_read_for_once_too),
        TEST(a_link_into_another_checkout_has_the_commit_of_that),
        TEST(a_path_that_leads_nowhere_has_no_commit),
        TEST(a_work_tree_has_the_commit_of_its_branch),
        TEST(a_checkout_that_is_not_whole_has_no_commit),
        TEST(a_git_folder_of_a_stranger_is_not_looked_into),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
