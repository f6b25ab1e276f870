#include "failing.h"

#include "base/arena.h"
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

static size_t until_failure; /* 0: none is ahead */
static bool paused;

bool failing_set(size_t number)
{
    bool failed = until_failure == 0;
    until_failure = number;
    return failed;
}

void failing_pause(bool pause)
{
    paused = pause;
}

static bool fails(void)
{
    return !paused && until_failure > 0 && --until_failure == 0;
}

#define FAILING(type, name, parameters, arguments)                                                 \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return fails() ? NULL : __real_##name arguments;                                           \
    }

FAILING(void *, malloc, (size_t size), (size))
FAILING(void *, calloc, (size_t count, size_t size), (count, size))
FAILING(void *, realloc, (void *memory, size_t size), (memory, size))
FAILING(void *, reallocarray, (void *memory, size_t count, size_t size), (memory, count, size))
FAILING(char *, strdup, (const char *string), (string))
FAILING(char *, strndup, (const char *string, size_t length), (string, length))
FAILING(struct arena *, arena_new, (void), ())
FAILING(void *, arena_alloc, (struct arena * arena, size_t count, size_t size),
        (arena, count, size))
FAILING(char *, arena_strdup, (struct arena * arena, const char *string), (arena, string))
FAILING(char *, arena_strndup, (struct arena * arena, const char *string, size_t length),
        (arena, string, length))
FAILING(char *, arena_vprintf, (struct arena * arena, const char *format, va_list arguments),
        (arena, format, arguments))
FAILING(struct secret *, secret_new, (size_t size), (size))
FAILING(struct secret *, secret_copy, (const void *bytes, size_t size), (bytes, size))

int __real_arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity,
                      size_t size);
int __wrap_arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity,
                      size_t size);
char *__wrap_arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

int __wrap_arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    return fails() ? -1 : __real_arena_grow(arena, items, count, capacity, size);
}

char *__wrap_arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *string = fails() ? NULL : __real_arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return string;
}
