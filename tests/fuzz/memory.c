/*
 * The memory that AddressSanitizer cannot see into, made visible.
 *
 * The linker puts the functions below in the place of those of base/secret.c (--wrap), which they
 * call, and of base/arena.c. Behind the bytes of a secret the rest of its page is fenced off, and
 * each allocation of an arena is one of malloc's, so that a step too far is a finding. Any
 * allocation of certroll's own code can be made to fail.
 */
#include "fuzz.h"

#include "base/secret.h"

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <string.h>

struct secret *__real_secret_new(size_t size);
struct secret *__real_secret_copy(const void *bytes, size_t size);
void __real_secret_cut(struct secret *secret, size_t size);
void __real_secret_free(struct secret *secret);
struct secret *__wrap_secret_new(size_t size);
struct secret *__wrap_secret_copy(const void *bytes, size_t size);
void __wrap_secret_cut(struct secret *secret, size_t size);
void __wrap_secret_free(struct secret *secret);

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static size_t live_secrets;
static size_t until_failure; /* 0: none is ahead */

void fuzz_fail_allocation(size_t number)
{
    until_failure = number;
}

static bool fails(void)
{
    return until_failure > 0 && --until_failure == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

size_t fuzz_live_secrets(void)
{
    return live_secrets;
}

/* To the end of its mapping, which it begins. The NUL behind the bytes may be read. */
static void fence(const struct secret *secret, bool closed)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const unsigned char *end = secret_peek(secret) + secret_size(secret) + 1;
    uintptr_t kept_end = (uintptr_t)secret + SECRET_KEPT_SIZE;
    size_t rest = (uintptr_t)end <= kept_end ? kept_end - (uintptr_t)end
                                             : (page - (uintptr_t)end % page) % page;
    if (closed)
        ASAN_POISON_MEMORY_REGION(end, rest);
    else
        ASAN_UNPOISON_MEMORY_REGION(end, rest);
}

static struct secret *count(struct secret *secret)
{
    if (!secret)
        return NULL;
    live_secrets++;
    fence(secret, true);
    return secret;
}

struct secret *__wrap_secret_new(size_t size)
{
    return fails() ? NULL : count(__real_secret_new(size));
}

struct secret *__wrap_secret_copy(const void *bytes, size_t size)
{
    return fails() ? NULL : count(__real_secret_copy(bytes, size));
}

void __wrap_secret_cut(struct secret *secret, size_t size)
{
    fence(secret, false);
    __real_secret_cut(secret, size);
    fence(secret, true);
}

void __wrap_secret_free(struct secret *secret)
{
    if (!secret)
        return;
    FUZZ_CHECK(live_secrets > 0);
    live_secrets--;
    fence(secret, false);
    __real_secret_free(secret);
}

struct block {
    struct block *next;
    void *bytes;
};

struct arena {
    struct block *blocks;
};

struct arena *arena_new(void)
{
    return calloc(1, sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
    for (struct block *block = arena ? arena->blocks : NULL, *next; block; block = next) {
        next = block->next;
        free(block->bytes);
        free(block);
    }
    free(arena);
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    struct block *block = malloc(sizeof(*block));
    void *bytes = block ? __real_calloc(count, size) : NULL;
    if (!bytes) {
        free(block);
        return NULL;
    }
    *block = (struct block){arena->blocks, bytes};
    arena->blocks = block;
    return bytes;
}

/* The old array becomes unusable: who kept a pointer into it is found out. */
int arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return 0;
    size_t wanted = *capacity ? *capacity * 2 : 8;
    void *old, *grown = arena_alloc(arena, wanted, size);
    if (!grown)
        return -1;
    memcpy(&old, items, sizeof(old));
    if (count > 0)
        memcpy(grown, old, count * size);
    if (count > 0)
        ASAN_POISON_MEMORY_REGION(old, count * size);
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
    char *copy = length == SIZE_MAX ? NULL : arena_alloc(arena, length + 1, 1);
    if (copy && length > 0)
        memcpy(copy, string, length);
    return copy;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
    char *made = NULL;
    int length = vasprintf(&made, format, arguments);
    char *string = length < 0 ? NULL : arena_strndup(arena, made, (size_t)length);
    free(length < 0 ? NULL : made);
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
