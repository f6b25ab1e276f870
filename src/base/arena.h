/*
 * arena: memory that is freed all at once.
 *
 * One arena serves a run: manifest, snapshot, plan and report live in it. Secrets never do
 * (secret.h). An arena is not thread-safe; a worker has one of its own.
 */
#ifndef CERTROLL_BASE_ARENA_H
#define CERTROLL_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* NULL when memory is out. */
struct arena *arena_new(void);

/* Frees everything that was allocated from it; NULL is harmless. */
void arena_free(struct arena *arena);

/* Zeroed memory for count objects of size bytes, aligned for any type; NULL when memory is out or
 * the product overflows. An allocation of zero bytes gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);

/* Makes room for one more item at the end of a growing array: *items is the array, count its
 * length, *capacity its room. The array may move, and what pointed into it is void then. 0, or -1
 * when memory is out. */
int arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size);

/* Copies, NUL-terminated; NULL when memory is out. */
char *arena_strdup(struct arena *arena, const char *string);
char *arena_strndup(struct arena *arena, const char *string, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

#endif
