#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 32 * 1024 };

struct chunk {
    struct chunk *next;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct chunk *chunks;
};

struct arena *arena_new(void)
{
    return calloc(1, sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    for (struct chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(arena);
}

static size_t round_up(size_t size)
{
    return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

/* Is a request so large that it gets a chunk of its own? */
static bool is_own(size_t size)
{
    return round_up(size) > CHUNK_SIZE / 4;
}

/* A large request gets a chunk of its own, behind the one that is being filled. */
static struct chunk *add_chunk(struct arena *arena, size_t size)
{
    bool own = is_own(size);
    size_t capacity = own ? size : CHUNK_SIZE;
    if (capacity > SIZE_MAX - sizeof(struct chunk))
        return NULL;
    struct chunk *chunk = malloc(sizeof(*chunk) + capacity);
    if (!chunk)
        return NULL;
    chunk->size = capacity;
    chunk->used = 0;
    if (own && arena->chunks) {
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
    } else {
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total) || total > SIZE_MAX - alignof(max_align_t))
        return NULL;
    total = round_up(total);
    struct chunk *chunk = arena->chunks;
    if (!chunk || chunk->size - chunk->used < total)
        chunk = add_chunk(arena, total);
    if (!chunk)
        return NULL;
    void *memory = chunk->bytes + chunk->used;
    chunk->used += total;
    return memset(memory, 0, total);
}

/* A block that has a chunk of its own is given back: arrays that grow would else leave as much
 * behind as they take. */
static void give_back(struct arena *arena, const void *block, size_t size)
{
    for (struct chunk **link = &arena->chunks; *link; link = &(*link)->next) {
        struct chunk *chunk = *link;
        if (chunk->bytes != block || chunk->size != size)
            continue;
        *link = chunk->next;
        free(chunk);
        return;
    }
}

int arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return 0;
    size_t wanted = *capacity ? *capacity * 2 : 8;
    void *grown = arena_alloc(arena, wanted, size);
    if (!grown)
        return -1;
    void *old;
    memcpy(&old, items, sizeof(old));
    if (count)
        memcpy(grown, old, count * size);
    if (is_own(*capacity * size))
        give_back(arena, old, round_up(*capacity * size));
    memcpy(items, &grown, sizeof(grown));
    *capacity = wanted;
    return 0;
}

char *arena_strdup(struct arena *arena, const char *string)
{
    return arena_strndup(arena, string, strlen(string));
}

char *arena_strndup(struct arena *arena, const char *string, size_t length)
{
    if (length == SIZE_MAX)
        return NULL;
    char *copy = arena_alloc(arena, length + 1, 1);
    if (copy && length)
        memcpy(copy, string, length);
    return copy;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    char *string = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1, 1);
    if (string)
        vsnprintf(string, (size_t)length + 1, format, again);
    va_end(again);
    return string;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *string = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return string;
}
