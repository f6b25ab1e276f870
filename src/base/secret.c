#include "base/secret.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { POOL_PAGES_SIZE = 256 * 1024 };

struct secret {
    size_t mapped; /* 0: it is a pool's */
    size_t size;
    unsigned char bytes[];
};

/* Pages that hold several secrets, the newest of the pool first. */
struct pages {
    struct pages *next;
    size_t mapped;
    size_t used;
    alignas(struct secret) unsigned char bytes[];
};

struct secret_pool {
    struct pages *pages;
};

/* At least size bytes in pages of their own; *ret_mapped is a multiple of the page size. */
static void *map(size_t size, size_t *ret_mapped)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t mapped = (size + page - 1) / page * page;
    void *memory = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    madvise(memory, mapped, MADV_DONTDUMP);
    madvise(memory, mapped, MADV_WIPEONFORK);
    *ret_mapped = mapped;
    return memory;
}

static void unmap(void *memory, size_t mapped)
{
    explicit_bzero(memory, mapped);
    munmap(memory, mapped);
}

struct secret *secret_new(size_t size)
{
    size_t mapped;
    if (size > SIZE_MAX / 2)
        return NULL;
    struct secret *secret = map(sizeof(*secret) + size + 1, &mapped);
    if (!secret)
        return NULL;
    secret->mapped = mapped;
    secret->size = size;
    return secret;
}

struct secret *secret_copy(const void *bytes, size_t size)
{
    struct secret *secret = secret_new(size);
    if (secret && size)
        memcpy(secret->bytes, bytes, size);
    return secret;
}

void secret_free(struct secret *secret)
{
    if (!secret)
        return;
    if (secret->mapped)
        unmap(secret, secret->mapped);
    else
        explicit_bzero(secret->bytes, secret->size);
}

struct secret_pool *secret_pool_new(void)
{
    return calloc(1, sizeof(struct secret_pool));
}

void secret_pool_free(struct secret_pool *pool)
{
    for (struct pages *pages = pool ? pool->pages : NULL, *next; pages; pages = next) {
        next = pages->next;
        unmap(pages, pages->mapped);
    }
    free(pool);
}

static struct pages *add_pages(struct secret_pool *pool, size_t room)
{
    size_t mapped, size = sizeof(struct pages) + room;
    struct pages *pages = map(size > POOL_PAGES_SIZE ? size : POOL_PAGES_SIZE, &mapped);
    if (!pages)
        return NULL;
    pages->mapped = mapped;
    pages->next = pool->pages;
    pool->pages = pages;
    return pages;
}

/* memcpy(3) would leave some of it in vector registers, and a core has those. */
static void copy(unsigned char *to, const unsigned char *from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        to[i] = from[i];
        __asm__ volatile("" : : : "memory");
    }
}

struct secret *secret_pool_copy(struct secret_pool *pool, const void *bytes, size_t size)
{
    struct pages *pages = pool->pages;
    if (size > SIZE_MAX / 2)
        return NULL;
    size_t room = (sizeof(struct secret) + size + alignof(struct secret)) / alignof(struct secret) *
                  alignof(struct secret);
    if (!pages || pages->mapped - sizeof(*pages) - pages->used < room)
        pages = add_pages(pool, room);
    if (!pages)
        return NULL;
    struct secret *secret = (void *)(pages->bytes + pages->used);
    pages->used += room;
    secret->size = size;
    copy(secret->bytes, bytes, size);
    return secret;
}

unsigned char *secret_bytes(struct secret *secret)
{
    return secret ? secret->bytes : NULL;
}

const unsigned char *secret_peek(const struct secret *secret)
{
    return secret ? secret->bytes : NULL;
}

size_t secret_size(const struct secret *secret)
{
    return secret ? secret->size : 0;
}

void secret_cut(struct secret *secret, size_t size)
{
    if (size >= secret->size)
        return;
    explicit_bzero(secret->bytes + size, secret->size - size);
    secret->size = size;
}

void secret_mask(struct secret *text, const unsigned char *bytes, size_t size)
{
    enum { PART_LEAST = 4 };
    for (size_t i = 0, end = 0; size > 0 && i < text->size; i++) {
        size_t left = text->size - i, part = left < size ? left : size;
        if ((part == size || part >= PART_LEAST) && memcmp(text->bytes + i, bytes, part) == 0)
            end = i + part;
        if (i < end) /* later bytes may belong to another place as well */
            text->bytes[i] = '*';
    }
}

/* Deeper than OpenSSL's functions reach. */
__attribute__((noinline)) void secret_wipe_stack(void)
{
    unsigned char left_behind[128 * 1024];
    explicit_bzero(left_behind, sizeof(left_behind));
}
