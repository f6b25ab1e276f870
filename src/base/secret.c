#include "base/secret.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { POOL_PAGES_SIZE = 256 * 1024 };

struct secret {
    size_t mapped; /* a multiple of the page size; 0: it is a pool's */
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

/* What a thread keeps for its next secrets: mappings of SECRET_KEPT_SIZE bytes, all of them zero.
 */
struct shelf {
    size_t count;
    void *mappings[SECRET_KEPT_MOST];
};

/* Written once under pthread_once, read-only from then on. */
static struct {
    pthread_key_t key; /* of each thread's shelf */
    bool usable;
} shelves;

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

static void clear_shelf(void *pointer)
{
    struct shelf *shelf = pointer;
    for (size_t i = 0; i < shelf->count; i++)
        munmap(shelf->mappings[i], SECRET_KEPT_SIZE);
    free(shelf);
}

static void make_shelves(void)
{
    shelves.usable = pthread_key_create(&shelves.key, clear_shelf) == 0;
}

/* This thread's, which has none before it gives a secret back; NULL: nothing can be kept. */
static struct shelf *get_shelf(bool make)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_shelves);
    struct shelf *shelf = shelves.usable ? pthread_getspecific(shelves.key) : NULL;
    if (shelf || !make || !shelves.usable)
        return shelf;
    shelf = calloc(1, sizeof(*shelf));
    if (shelf && pthread_setspecific(shelves.key, shelf) == 0)
        return shelf;
    free(shelf);
    return NULL;
}

static void *take_mapping(size_t size, size_t *ret_mapped)
{
    if (size > SECRET_KEPT_SIZE)
        return map(size, ret_mapped);
    struct shelf *shelf = get_shelf(false);
    if (!shelf || shelf->count == 0)
        return map(SECRET_KEPT_SIZE, ret_mapped);
    *ret_mapped = SECRET_KEPT_SIZE;
    return shelf->mappings[--shelf->count];
}

/* What is behind the bytes of a secret is zero: nothing was there, or secret_cut() has wiped it. */
static void give_back(struct secret *secret)
{
    size_t mapped = secret->mapped;
    struct shelf *shelf = mapped == SECRET_KEPT_SIZE ? get_shelf(true) : NULL;
    explicit_bzero(secret, sizeof(*secret) + secret->size);
    if (shelf && shelf->count < SECRET_KEPT_MOST)
        shelf->mappings[shelf->count++] = secret;
    else
        munmap(secret, mapped);
}

struct secret *secret_new(size_t size)
{
    size_t mapped;
    if (size > SIZE_MAX / 2)
        return NULL;
    struct secret *secret = take_mapping(sizeof(*secret) + size + 1, &mapped);
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
        give_back(secret);
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
