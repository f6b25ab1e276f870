/*
 * issuers: certificates that came beside a leaf, kept for the sources that follow.
 *
 * Thousands of leaves have a handful of issuers: each is decoded once, its signature verified once,
 * and the PEM of equal chains is one text. Nothing that is told of a source depends on what was
 * kept.
 */
#ifndef CERTROLL_X509_ISSUERS_H
#define CERTROLL_X509_ISSUERS_H

#include "base/arena.h"

struct issuers;
struct decoded;

enum {
    ISSUERS_MOST = 32, /* and as many chains; the oldest one goes */
    ISSUERS_BYTES_MOST =
        4096, /* of one that is kept (pile.h: OpenSSL takes up to sixty times that) */
};

/* For the sources that one thread loads into one arena, which may be this one or another. NULL when
 * memory is out. */
struct issuers *issuers_new(struct arena *arena);

/* Gives up what is kept; NULL is harmless. */
void issuers_done(struct issuers *issuers);

/* Issuers may be NULL in all of these: nothing is found, and nothing kept. */

/* By the digest of its bytes as they came; NULL where it is not kept. The caller releases it. */
struct decoded *issuers_find(const struct issuers *issuers, const char *source_digest);
void issuers_keep(struct issuers *issuers, struct decoded *decoded);

/* The PEM of a chain by its digest; NULL where it is not kept. */
const char *issuers_find_chain(const struct issuers *issuers, const char *digest);
void issuers_keep_chain(struct issuers *issuers, const char *digest, const char *pem);

#endif
