#include "base/secret.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

struct secret {
    size_t mapped;
    size_t size;
    unsigned char bytes[];
};

struct secret *secret_new(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (size > SIZE_MAX / 2)
        return NULL;
    size_t mapped = (sizeof(struct secret) + size + 1 + page - 1) / page * page;
    struct secret *secret =
        mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (secret == MAP_FAILED)
        return NULL;
    madvise(secret, mapped, MADV_DONTDUMP);
    madvise(secret, mapped, MADV_WIPEONFORK);
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
    size_t mapped = secret->mapped;
    explicit_bzero(secret, mapped);
    munmap(secret, mapped);
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
