#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CHUNK_SIZE = 64 * 1024 };

/* Pages of their own: what one phase of a run frees is the system's again, and not a hole in the
 * heap, which nobody fills and which is wiped in vain; what nobody has touched takes no memory. */
struct chunk {
    struct chunk *next;
    size_t mapped;
    size_t used; /* of bytes */
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
        munmap(chunk, chunk->mapped);
    }
    free(arena);
}

static size_t round_up(size_t size)
{
    return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

/* Whole pages for a chunk that holds size bytes; 0 where there cannot be so many. */
static size_t mapping_of(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (size > SIZE_MAX - sizeof(struct chunk) - page)
        return 0;
    return (sizeof(struct chunk) + size + page - 1) / page * page;
}

/* Is a request so large that it gets a chunk of its own? */
static bool is_own(size_t size)
{
    return round_up(size) > CHUNK_SIZE / 4;
}

static size_t room(const struct chunk *chunk)
{
    return chunk->mapped - sizeof(*chunk) - chunk->used;
}

/* A large request gets a chunk of its own, behind the one that is being filled. The others are used
 * up: their pages come at once, which costs less than one by one. */
static struct chunk *add_chunk(struct arena *arena, size_t size)
{
    bool own = is_own(size);
    size_t mapped = own ? mapping_of(size) : CHUNK_SIZE;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | (own ? 0 : MAP_POPULATE);
    void *memory = mapped ? mmap(NULL, mapped, PROT_READ | PROT_WRITE, flags, -1, 0) : MAP_FAILED;
    if (memory == MAP_FAILED)
        return NULL;
    struct chunk *chunk = memory;
    chunk->mapped = mapped;
    if (own && arena->chunks) {
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
    } else {
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    return chunk;
}

/* Pages come zeroed, and no byte of them is given out twice. */
void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total) || total > SIZE_MAX - alignof(max_align_t))
        return NULL;
    total = round_up(total);
    struct chunk *chunk = arena->chunks;
    if (!chunk || room(chunk) < total)
        chunk = add_chunk(arena, total);
    if (!chunk)
        return NULL;
    void *memory = chunk->bytes + chunk->used;
    chunk->used += total;
    return memory;
}

/* What points at the chunk whose only block this is; NULL where it shares one. */
static struct chunk **find_own(struct arena *arena, const void *block, size_t size)
{
    for (struct chunk **link = &arena->chunks; is_own(size) && *link; link = &(*link)->next)
        if ((*link)->bytes == block && (*link)->used == round_up(size))
            return link;
    return NULL;
}

/* The pages move to where there is room behind them; nothing is copied. */
static void *stretch(struct chunk **link, size_t size)
{
    size_t mapped = mapping_of(size);
    void *moved = mapped ? mremap(*link, (*link)->mapped, mapped, MREMAP_MAYMOVE) : MAP_FAILED;
    if (moved == MAP_FAILED)
        return NULL;
    *link = moved;
    (*link)->mapped = mapped;
    (*link)->used = round_up(size);
    return (*link)->bytes;
}

int arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return 0;
    size_t total, wanted = *capacity ? *capacity * 2 : 8;
    void *old, *grown;
    if (__builtin_mul_overflow(wanted, size, &total) || total > SIZE_MAX - alignof(max_align_t))
        return -1;
    memcpy(&old, items, sizeof(old));
    struct chunk **own = find_own(arena, old, *capacity * size);
    grown = own ? stretch(own, total) : arena_alloc(arena, 1, total);
    if (!grown)
        return -1;
    if (count && !own)
        memcpy(grown, old, count * size);
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
