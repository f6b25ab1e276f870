/*
 * secret: bytes that must not leave the process: passwords, private keys, what holds them.
 *
 * They live in pages of their own, outside the arena and malloc, that a core dump leaves out and
 * a child does not inherit, and are wiped at once when given back. There is no way to print one.
 *
 * Pages that were wiped serve the thread's next secrets, since each mapping made and unmade stops
 * the other threads. They go back to the kernel when the thread ends, at the latest, and at once
 * what was larger or would be one too many.
 */
#ifndef CERTROLL_BASE_SECRET_H
#define CERTROLL_BASE_SECRET_H

#include "base/cleanup.h"

#include <stddef.h>

struct secret;

enum {
    SECRET_KEPT_SIZE = 16 * 1024, /* where pages are larger, none is kept */
    SECRET_KEPT_MOST = 8,         /* for each thread */
};

/* size zeroed bytes, followed by a NUL that is not counted; NULL when memory is out. */
struct secret *secret_new(size_t size);
struct secret *secret_copy(const void *bytes, size_t size);

/* Wipes and frees; NULL is harmless. */
void secret_free(struct secret *secret);

/* NULL gives NULL and 0. */
unsigned char *secret_bytes(struct secret *secret);
const unsigned char *secret_peek(const struct secret *secret);
size_t secret_size(const struct secret *secret);

/* Makes it shorter: the rest is wiped. */
void secret_cut(struct secret *secret, size_t size);

/* Overwrites with asterisks what of a text equals these bytes, in every place; also the beginning
 * of them, from four bytes on, where the text ends with it and may have been cut. */
void secret_mask(struct secret *text, const unsigned char *bytes, size_t size);

/* Many secrets that live equally long share pages: Linux gives a process some 65,000 mappings. A
 * pool serves one thread at a time. */
struct secret_pool;
struct secret_pool *secret_pool_new(void);
/* A secret of the pool, which secret_free() wipes and no more. */
struct secret *secret_pool_copy(struct secret_pool *pool, const void *bytes, size_t size);
/* Wipes and frees the pool and all its secrets; NULL is harmless. */
void secret_pool_free(struct secret_pool *pool);

/* Overwrites the part of this thread's stack that functions which have returned may have left
 * secrets on. */
void secret_wipe_stack(void);

static inline void cleanup_secret(struct secret **secret)
{
    secret_free(*secret);
}

#define AUTO_SECRET CLEANUP(cleanup_secret)

#endif
