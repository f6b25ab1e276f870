/* Each manifest of tests/schema, as often as there are allocations: another one fails each time. */
#include "fixture.h"

#include "../failing.h"
#include "base/file.h"

#include <fcntl.h>
#include <glob.h>
#include <string.h>

struct outcome {
    bool told; /* that memory is out */
    size_t errors;
    size_t entries;
};

/* A manifest that passes for a good one is whole. */
static struct outcome load(const char *path, const struct secret *text, size_t failing,
                           bool *failed)
{
    struct outcome outcome = {0};
    struct problems problems;
    struct manifests manifests;
    struct arena *arena = arena_new();
    struct secret *copy = secret_copy(secret_peek(text), secret_size(text));
    assert_non_null(arena);
    assert_non_null(copy);
    problems_init(&problems, arena);
    failing_set(failing);
    int result = manifests_load_text(path, copy, arena, &problems, &manifests);
    *failed = failing_set(0);
    outcome.told = result != 0 || problems.out_of_memory;
    outcome.errors = problems.errors;
    if (result == 0) {
        assert_int_equal(manifests.count, 1);
        assert_int_equal(manifests.items[0].broken, problems.errors > 0);
        outcome.entries = manifests.items[0].entry_count;
        manifests_done(&manifests);
    }
    arena_free(arena);
    return outcome;
}

static void try_each_allocation(const char *path)
{
    bool failed;
    struct secret *text AUTO_SECRET = NULL;
    assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &text), 0);
    struct outcome whole = load(path, text, 0, &failed);
    assert_false(whole.told);
    size_t number = 1;
    do {
        struct outcome outcome = load(path, text, number, &failed);
        if (!outcome.told && (outcome.errors != whole.errors || outcome.entries != whole.entries))
            fail_msg("%s: allocation %zu: %zu errors, %zu entries", path, number, outcome.errors,
                     outcome.entries);
        assert_true(failed || !outcome.told);
        number++;
    } while (failed);
    assert_true(number > 10);
}

static void no_memory_is_no_crash_and_no_other_manifest(void **state)
{
    glob_t found;
    (void)state;
    assert_int_equal(glob(MANIFESTS "/*/*.yaml", GLOB_ERR, NULL, &found), 0);
    assert_true(found.gl_pathc > 50);
    for (size_t i = 0; i < found.gl_pathc; i++)
        try_each_allocation(found.gl_pathv[i]);
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_is_no_crash_and_no_other_manifest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
