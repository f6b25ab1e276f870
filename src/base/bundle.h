/*
 * bundle: what one source gave. Plain data that x509 makes, plan reads and store keeps.
 */
#ifndef CERTROLL_BASE_BUNDLE_H
#define CERTROLL_BASE_BUNDLE_H

#include "base/digest.h"
#include "base/instant.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stddef.h>

/* What can be said against a certificate whose use is still allowed; bits. */
enum finding {
    FINDING_INCOMPLETE_CHAIN = 1 << 0, /* not self-issued, and no issuer came with it */
    FINDING_WEAK_KEY = 1 << 1,         /* RSA below 2048 bits, EC below 224, DSA */
    FINDING_WEAK_SIGNATURE = 1 << 2,   /* MD5 or SHA-1, unless self-signed */
    FINDING_NO_SERVER_AUTH = 1 << 3,   /* extended key usage without server authentication */
    FINDING_EXPLICIT_CURVE = 1 << 4,   /* EC, its curve written out instead of named */
    FINDING_FALSE_ISSUER = 1 << 5,     /* with the first: one came that did not sign it */
};

/* Strings may hold any bytes but NUL: escape them where they are shown. */
struct certificate {
    char fingerprint[DIGEST_TEXT_SIZE];    /* SHA-256 of the DER: the identity */
    char thumbprint[THUMBPRINT_TEXT_SIZE]; /* SHA-1 of the DER: shown beside it */
    char key_id[DIGEST_TEXT_SIZE];         /* SHA-256 of the SubjectPublicKeyInfo's DER */
    char chain_digest[DIGEST_TEXT_SIZE];   /* SHA-256 over the chain's DER, in order */
    const char *subject;                   /* RFC 2253 order reversed: "CN=a, O=b" as issued */
    const char *issuer;
    const char *serial;           /* lower-case hex, '-' before a negative one */
    const char *const *dns_names; /* of subjectAltName, as they stand there */
    size_t dns_name_count;
    const char *key_algorithm; /* "RSA 2048", "EC P-256", "ED25519" */
    instant not_before;
    instant not_after; /* still valid at this second (RFC 5280, 4.1.2.5) */
    bool has_key;
    unsigned findings; /* enum finding */
};

/* PEM texts end in a newline. The strings are the arena's, key_pem is the bundle's own. */
struct bundle {
    struct certificate certificate;
    const char *cert_pem;
    const char *chain_pem;  /* issuers in order, without the root; "" for none */
    struct secret *key_pem; /* PKCS#8, unencrypted; NULL without a key */
    const char *key_note;   /* why a key that came with it is not taken; NULL where none came */
};

static inline void bundle_done(struct bundle *bundle)
{
    secret_free(bundle->key_pem);
    bundle->key_pem = NULL;
}

#endif
