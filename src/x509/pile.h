/*
 * pile: every certificate and key that the files of one source held, before they are sorted out.
 */
#ifndef CERTROLL_X509_PILE_H
#define CERTROLL_X509_PILE_H

#include "x509/decoded.h"

enum {
    PILE_CERTIFICATES_MOST = 1000,
    PILE_LOOKED_AT_MOST = 5000, /* copies of one another too */
    PILE_KEYS_MOST = 64,
    PILE_CERTIFICATE_BYTES_MOST = 384 * 1024, /* of one certificate */
    PILE_BYTES_MOST = 768 * 1024,             /* of all: OpenSSL's structures are up to sixty
                                                  times the DER that they were made of */
};

struct pile_certificate {
    struct decoded *decoded;
    enum role role; /* ROLE_SOURCE: may be the leaf */
};

/* A key that could not be decoded (of a type that OpenSSL does not know, or garbage) is kept as
 * its algorithm's name: it must not cost the certificates beside it. */
struct pile_key {
    EVP_PKEY *key;      /* or NULL */
    struct secret *pem; /* unencrypted PKCS#8, where it was made already; or NULL */
    char algorithm[OPENSSL_NAME_SIZE];
    enum role role;
};

struct pile {
    struct pile_certificate *certificates;
    size_t certificate_count;
    size_t looked_at;
    size_t bytes; /* of those that are different */
    struct pile_key *keys;
    size_t key_count;
    X509_SIG *sealed[PILE_KEYS_MOST]; /* encrypted keys that are not opened yet */
    size_t sealed_count;
    const char *others[3]; /* by role: the first thing met that is neither: "a public key" */
};

void pile_done(struct pile *pile);

/* All of these return 0, or -1 with a problem. */

/* Decodes a certificate, whatever stands behind it, and adds it unless it is there already. */
int pile_add_certificate(struct reading *reading, struct pile *pile, struct slice der);

/* Takes the key, and pem (which may be NULL). One that came with the chain is not wanted. */
int pile_add_key(struct reading *reading, struct pile *pile, EVP_PKEY *key, struct secret *pem);
int pile_add_lost_key(struct reading *reading, struct pile *pile, const ASN1_OBJECT *algorithm);

/* Notes what is neither certificate nor key; what has to be a constant. */
void pile_note_other(const struct reading *reading, struct pile *pile, const char *what);

/* What is said of more than PILE_KEYS_MOST; -1. */
int pile_too_many_keys(struct reading *reading);

#endif
