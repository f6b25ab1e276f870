/* Each manifest of tests/schema, as often as there are allocations: another one fails each time. */
#include "fixture.h"

#include "../failing.h"
#include "base/file.h"
#include "manifest/schema.h"

#include <fcntl.h>
#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(file_replace(AT_FDCWD, path, text, strlen(text), 0600), 0);
}

/* Loaded with a folder and a path that is not there. */
static struct outcome load_folder(const char *folder, size_t failing, bool *failed)
{
    const char *const paths[] = {folder, "/nowhere/m.yaml", ""};
    struct outcome outcome = {0};
    struct problems problems;
    struct manifests manifests;
    struct arena *arena = arena_new();
    assert_non_null(arena);
    problems_init(&problems, arena);
    failing_set(failing);
    int result = manifests_load(paths, 3, arena, &problems, &manifests);
    *failed = failing_set(0);
    outcome.told = result != 0 || problems.out_of_memory;
    outcome.errors = problems.errors;
    if (result == 0) {
        for (size_t i = 0; i < manifests.count; i++)
            outcome.entries += manifests.items[i].entry_count;
        manifests_done(&manifests);
    }
    arena_free(arena);
    return outcome;
}

/* They are held against each other: two have one name, and two claim one slot. */
static void nor_of_several_manifests(void **state)
{
    char folder[] = "/tmp/certroll-manifests.XXXXXX";
    bool failed = true;
    (void)state;
    assert_non_null(mkdtemp(folder));
    write_file(folder, "a.yaml",
               "version: 1\nname: one\ncertificates:\n- {path: a.pem, type: Default}\n");
    write_file(folder, "b.yaml",
               "version: 1\nname: two\ncertificates:\n- {path: b.pem, type: Default}\n");
    write_file(folder, "c.yml", "version: 1\nname: one\ncertificates:\n- {path: c.pem}\n");
    struct outcome whole = load_folder(folder, 0, &failed);
    assert_false(whole.told);
    assert_int_equal(whole.entries, 3);
    assert_int_equal(whole.errors, 4);
    failed = true;
    for (size_t number = 1; failed; number++) {
        struct outcome outcome = load_folder(folder, number, &failed);
        if (!outcome.told)
            assert_true(outcome.errors == whole.errors && outcome.entries == whole.entries);
        assert_true(failed || !outcome.told);
    }
    static const char *const names[] = {"a.yaml", "b.yaml", "c.yml"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

void *__real_malloc(size_t size);

/* Not where the allocations of jansson fail, whose reader is not made for that. */
static void the_schema_is_whole_or_there_is_none(void **state)
{
    struct text whole = TEXT_INIT;
    bool failed = true;
    (void)state;
    assert_int_equal(manifest_schema(&whole), 0);
    json_set_alloc_funcs(__real_malloc, free);
    for (size_t number = 1; failed; number++) {
        struct text text = TEXT_INIT;
        failing_set(number);
        int result = manifest_schema(&text);
        failed = failing_set(0);
        if (result == 0)
            assert_string_equal(text_string(&text), text_string(&whole));
        assert_true(failed || result == 0);
        text_done(&text);
    }
    text_done(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_is_no_crash_and_no_other_manifest),
        cmocka_unit_test(nor_of_several_manifests),
        cmocka_unit_test(the_schema_is_whole_or_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
