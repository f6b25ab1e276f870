/* manifest_check: what certroll says about manifests, one line an error; and the schema that it
 * generates.
 *
 * manifest_check FILE...    LINE:COLUMN CODE MESSAGE; exit 1 with an error
 * manifest_check --schema   the JSON Schema */
#include "base/arena.h"
#include "manifest/load.h"
#include "manifest/schema.h"

#include <stdio.h>
#include <string.h>

static int print_schema(void)
{
    struct text schema = TEXT_INIT;
    int result = manifest_schema(&schema);
    if (result == 0)
        fputs(text_string(&schema), stdout);
    text_done(&schema);
    return result == 0 ? 0 : 1;
}

static void print_problems(const struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        if (problem_severity(problem->code) == SEVERITY_WARNING)
            continue; /* of the file's rights, which no schema knows */
        printf("%d:%d %s %s\n", problem->place.line, problem->place.column,
               problem_code(problem->code), problem->message);
    }
}

static int check(const char *const *paths, size_t count, struct arena *arena)
{
    struct problems problems;
    struct manifests manifests;
    problems_init(&problems, arena);
    if (manifests_load(paths, count, arena, &problems, &manifests) != 0)
        return 1;
    print_problems(&problems);
    manifests_done(&manifests);
    return problems.errors > 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 64;
    if (strcmp(argv[1], "--schema") == 0)
        return print_schema();
    struct arena *arena = arena_new();
    int result = arena ? check((const char *const *)argv + 1, (size_t)argc - 1, arena) : 1;
    arena_free(arena);
    return result;
}
