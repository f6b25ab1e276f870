#include "fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    const char *base = getenv("TMPDIR");
    assert_non_null(fixture);
    snprintf(fixture->folder, sizeof(fixture->folder), "%s/certroll-manifest.XXXXXX",
             base && strlen(base) < 32 ? base : "/tmp");
    assert_non_null(mkdtemp(fixture->folder));
    fixture->arena = arena_new();
    assert_non_null(fixture->arena);
    problems_init(&fixture->problems, fixture->arena);
    *state = fixture;
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    manifests_done(&fixture->manifests);
    arena_free(fixture->arena);
    nftw(fixture->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(fixture);
    return 0;
}

const char *fixture_path(struct fixture *fixture, const char *name)
{
    const char *path = arena_printf(fixture->arena, "%s/%s", fixture->folder, name);
    assert_non_null(path);
    return path;
}

void fixture_write(struct fixture *fixture, const char *name, const char *bytes, size_t size)
{
    FILE *file = fopen(fixture_path(fixture, name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fchmod(fileno(file), 0600), 0);
    assert_int_equal(fclose(file), 0);
}

void fixture_load_paths(struct fixture *fixture, const char *const *names, size_t count)
{
    const char *paths[8];
    assert_true(count <= 8);
    for (size_t i = 0; i < count; i++)
        paths[i] = fixture_path(fixture, names[i]);
    manifests_done(&fixture->manifests);
    problems_init(&fixture->problems, fixture->arena);
    assert_int_equal(
        manifests_load(paths, count, fixture->arena, &fixture->problems, &fixture->manifests), 0);
}

void fixture_load(struct fixture *fixture, const char *text)
{
    fixture_write(fixture, "m.yaml", text, strlen(text));
    fixture_load_paths(fixture, (const char *const[]){"m.yaml"}, 1);
    assert_int_equal(fixture->manifests.count, 1);
    assert_int_equal(fixture->manifests.items[0].broken, fixture->problems.errors > 0);
}

void fixture_load_list(struct fixture *fixture, const char *text)
{
    fixture_load(fixture, arena_printf(fixture->arena, HEADER "certificates:\n%s", text));
}

static void load_entry(struct fixture *fixture, const char *fields)
{
    fixture_load_list(fixture, arena_printf(fixture->arena, "  - path: a.pem\n%s", fields));
}

const struct entry *fixture_entry(struct fixture *fixture, const char *fields)
{
    load_entry(fixture, fields);
    assert_no_problem(fixture);
    assert_int_equal(fixture->manifests.items[0].entry_count, 1);
    return &fixture->manifests.items[0].entries[0];
}

const struct problem *fixture_refused(struct fixture *fixture, const char *fields,
                                      enum problem_code code, int line, int column)
{
    load_entry(fixture, fields);
    assert_only_problem(fixture, code, line, column);
    return &fixture->problems.items[0];
}

static void show(const struct fixture *fixture)
{
    for (size_t i = 0; i < fixture->problems.count; i++) {
        const struct problem *problem = &fixture->problems.items[i];
        print_message("%d:%d %s [%s]\n", problem->place.line, problem->place.column,
                      problem->message, problem_code(problem->code));
    }
}

void assert_no_problem(const struct fixture *fixture)
{
    if (fixture->problems.count)
        show(fixture);
    assert_int_equal(fixture->problems.count, 0);
}

void assert_only_problem(const struct fixture *fixture, enum problem_code code, int line,
                         int column)
{
    if (fixture->problems.count != 1)
        show(fixture);
    assert_int_equal(fixture->problems.count, 1);
    assert_int_equal(fixture->problems.errors, 1);
    const struct problem *problem = &fixture->problems.items[0];
    assert_string_equal(problem_code(problem->code), problem_code(code));
    assert_int_equal(problem->place.line, line);
    assert_int_equal(problem->place.column, column);
}

void assert_contains(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("'%s' is not in: %s", part, text ? text : "(nothing)");
}

void assert_nowhere(const struct fixture *fixture, const char *secret)
{
    for (size_t i = 0; i < fixture->problems.count; i++) {
        const struct problem *problem = &fixture->problems.items[i];
        assert_null(strstr(problem->message, secret));
        if (problem->excerpt)
            assert_null(strstr(problem->excerpt, secret));
    }
}
