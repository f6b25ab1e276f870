#include "base/problem.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *code;
    enum severity severity;
    const char *advice;
} codes[] = {
#define X(name, code, severity, advice) [PROBLEM_##name] = {code, SEVERITY_##severity, advice},
    PROBLEM_CODES(X)
#undef X
};

const char *problem_code(enum problem_code code)
{
    return codes[code].code;
}

const char *problem_advice(enum problem_code code)
{
    return codes[code].advice;
}

const char *problem_help(const struct problem *problem)
{
    return problem->advice ? problem->advice : problem_advice(problem->code);
}

enum severity problem_severity(enum problem_code code)
{
    return codes[code].severity;
}

const char *severity_name(enum severity severity)
{
    return severity == SEVERITY_ERROR ? "error" : "warning";
}

void problems_init(struct problems *problems, struct arena *arena)
{
    *problems = (struct problems){.arena = arena};
}

static void remember_loss(struct problems *problems)
{
    if (!problems->out_of_memory)
        problems->errors++;
    problems->out_of_memory = true;
}

static struct problem *add(struct problems *problems)
{
    static _Thread_local struct problem scratch;
    if (arena_grow(problems->arena, &problems->items, problems->count, &problems->capacity,
                   sizeof(*problems->items)) == 0)
        return &problems->items[problems->count++];
    remember_loss(problems);
    return &scratch;
}

struct problem *problems_vadd(struct problems *problems, enum problem_code code, struct place place,
                              const char *format, va_list arguments)
{
    char *message = arena_vprintf(problems->arena, format, arguments);
    struct problem *problem = add(problems);
    *problem = (struct problem){.code = code, .place = place};
    problem->message = message ? message : "out of memory";
    if (!message)
        remember_loss(problems);
    if (problem_severity(code) == SEVERITY_ERROR)
        problems->errors++;
    return problem;
}

struct problem *problems_add(struct problems *problems, enum problem_code code, struct place place,
                             const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct problem *problem = problems_vadd(problems, code, place, format, arguments);
    va_end(arguments);
    return problem;
}

void problems_append(struct problems *problems, const struct problems *other)
{
    for (size_t i = 0; i < other->count; i++) {
        *add(problems) = other->items[i];
        if (problem_severity(other->items[i].code) == SEVERITY_ERROR)
            problems->errors++;
    }
    if (other->out_of_memory)
        remember_loss(problems);
}

static int compare_places(const struct place *left, const struct place *right)
{
    if (!left->file != !right->file)
        return left->file ? -1 : 1;
    int order = left->file ? strcmp(left->file, right->file) : 0;
    if (order)
        return order;
    if (left->line != right->line)
        return left->line < right->line ? -1 : 1;
    return (left->column > right->column) - (left->column < right->column);
}

/* Merge sort, because problems at one place keep their order. */
static void merge_sort(struct problem *items, struct problem *scratch, size_t count)
{
    if (count < 2)
        return;
    size_t half = count / 2, left = 0, right = half, filled = 0;
    merge_sort(items, scratch, half);
    merge_sort(items + half, scratch, count - half);
    while (left < half && right < count)
        scratch[filled++] = compare_places(&items[right].place, &items[left].place) < 0
                                ? items[right++]
                                : items[left++];
    while (left < half)
        scratch[filled++] = items[left++];
    memcpy(items, scratch, filled * sizeof(*items));
}

void problems_sort(struct problems *problems)
{
    struct problem *scratch = arena_alloc(problems->arena, problems->count, sizeof(*scratch));
    if (scratch)
        merge_sort(problems->items, scratch, problems->count);
    else
        remember_loss(problems);
}

bool problems_has(const struct problems *problems, enum problem_code code)
{
    for (size_t i = 0; i < problems->count; i++)
        if (problems->items[i].code == code)
            return true;
    return false;
}
