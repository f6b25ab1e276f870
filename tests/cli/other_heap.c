/* A heap to be preloaded: it ends the program that gives back what is not its own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { HEAP_SIZE = 256 * 1024 * 1024 };

static const uint64_t ours = 0x1f3a5c7e9b2d4f60;

struct header {
    uint64_t mark;
    size_t size;
};

/* Before anybody else does anything, as other libraries that are preloaded do. The second call
 * gives the message back that the first one left. */
static void look_for_what_is_not_there(void)
{
    static bool looked;
    if (looked)
        return;
    looked = true;
    if (dlsym(RTLD_NEXT, "no_such_function") || dlsym(RTLD_NEXT, "nor_this_one"))
        abort();
}

void *memalign(size_t alignment, size_t size)
{
    static alignas(64) unsigned char heap[HEAP_SIZE];
    static atomic_size_t used;
    look_for_what_is_not_there();
    size_t needed = size + 2 * alignment + 64;
    if (size > HEAP_SIZE || alignment > HEAP_SIZE)
        return NULL;
    size_t from = atomic_fetch_add(&used, needed);
    if (from > HEAP_SIZE || needed > HEAP_SIZE - from)
        return NULL;
    alignment = alignment < 16 ? 16 : alignment;
    uintptr_t at = (uintptr_t)heap + from + sizeof(struct header) + alignment - 1;
    struct header *header = (struct header *)(at - at % alignment) - 1;
    *header = (struct header){ours, size};
    return header + 1;
}

static struct header *header_of(void *pointer)
{
    struct header *header = (struct header *)pointer - 1;
    if (header->mark != ours)
        abort();
    return header;
}

void *malloc(size_t size)
{
    return memalign(16, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
    void *made = memalign(alignment, size);
    if (!made)
        return ENOMEM;
    *ret = made;
    return 0;
}

/* What was never handed out is zero. */
void *calloc(size_t count, size_t size)
{
    size_t all;
    return __builtin_mul_overflow(count, size, &all) ? NULL : malloc(all);
}

size_t malloc_usable_size(void *pointer)
{
    return pointer ? header_of(pointer)->size : 0;
}

void free(void *pointer)
{
    if (pointer)
        header_of(pointer)->mark = 0;
}

void *realloc(void *pointer, size_t size)
{
    size_t room = malloc_usable_size(pointer);
    void *moved = malloc(size);
    if (moved && pointer)
        memcpy(moved, pointer, room < size ? room : size);
    if (moved)
        free(pointer);
    return moved;
}
