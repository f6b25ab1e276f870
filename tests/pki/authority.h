/* authority: an authority and the certificates that it issues, for tests that want thousands. */
#ifndef CERTROLL_TESTS_PKI_AUTHORITY_H
#define CERTROLL_TESTS_PKI_AUTHORITY_H

#include <openssl/bio.h>
#include <openssl/x509.h>
#include <stdbool.h>

struct authority {
    EVP_PKEY *key;
    X509 *certificate;
};

struct leaf {
    EVP_PKEY *key;     /* the caller's */
    const char *name;  /* the subject's common name */
    const char *names; /* the subject's alternative names, as OpenSSL's x509v3_config(5) has them */
    long serial;
    time_t from, to;
};

/* An intermediate, which signs with key; its issuer, a root of the same kind of key, is left out,
 * as servers do. The key is the authority's from now on. False where anything failed, and then too
 * authority_done() is to be called. */
bool authority_found(struct authority *ret, EVP_PKEY *key, EVP_PKEY *root, const char *name,
                     const char *root_name, long serial, time_t from, time_t to);
void authority_done(struct authority *authority);

/* The caller frees it; NULL when anything failed. */
X509 *authority_issue(const struct authority *authority, const struct leaf *leaf);

/* The leaf with its authority and its key (PEM: NULL leaves that out). PKCS#12 as OpenSSL 3 writes
 * it when it is told nothing: PBES2 with AES-256-CBC and PBKDF2-SHA256 of 2,048 rounds, twice, and
 * a MAC of SHA-256 with 2,048. */
bool authority_write_pem(const struct authority *authority, BIO *file, EVP_PKEY *key, X509 *leaf);
bool authority_write_pkcs12(const struct authority *authority, BIO *file, EVP_PKEY *key, X509 *leaf,
                            const char *password);

#endif
