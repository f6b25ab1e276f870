/* maker: PKCS#12 files that PKCS12_create() would refuse to make, bag by bag. */
#ifndef CERTROLL_TESTS_X509_MAKER_H
#define CERTROLL_TESTS_X509_MAKER_H

#include "bench.h"

#include <openssl/pkcs12.h>

struct maker {
    STACK_OF(PKCS12_SAFEBAG) * bags;
};

/* Of the PKI's files; the caller frees the key. */
EVP_PKEY *maker_read_key(const char *name);
void maker_add_certificate(struct maker *maker, const char *name);
void maker_add_key(struct maker *maker, const char *name);

/* Takes what it adds. */
void maker_add_info(struct maker *maker, PKCS8_PRIV_KEY_INFO *info);
void maker_add_sealed(struct maker *maker, X509_SIG *sealed);

/* Loads the file of these bags, which are gone then; with a MAC where there is a password. */
void maker_load(struct maker *maker, struct bench *bench, const char *mac_password);

#endif
