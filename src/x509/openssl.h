/*
 * openssl: what the files of this folder share of OpenSSL: a library context of their own, the
 * one place where the error queue is emptied, and cleanup attributes.
 */
#ifndef CERTROLL_X509_OPENSSL_H
#define CERTROLL_X509_OPENSSL_H

#include "base/cleanup.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

/* A context with the providers 'default' and, where it can be loaded, 'legacy' (RC2, RC4, DES,
 * MD4: what PKCS#12 files of twenty years use). It reads no openssl.cnf. Made once, by the first
 * caller, and kept for the life of the process: making one costs more than reading a small file.
 * NULL when memory is out. */
OSSL_LIB_CTX *openssl_library(void);

/* A context without any algorithm, of the same kind. NULL when memory is out. */
OSSL_LIB_CTX *openssl_no_providers(void);

/* Whether the legacy provider is there; meaningful after openssl_library(). */
bool openssl_has_legacy(void);

/* From now on a failing allocation of OpenSSL's is noticed: its functions often tell another
 * reason, or none. Call it before anything else of OpenSSL. Returns whether it was not too late. */
bool openssl_watch_memory(void);

/* Empties this thread's error queue, and no allocation has failed yet. */
void openssl_begin(void);

/* Empties this thread's error queue. Returns whether an allocation of OpenSSL's has failed on this
 * thread since openssl_begin(): then nothing that it said can be trusted. */
bool openssl_forget_errors(void);

/* Whether one has failed on any thread of this process, ever. OpenSSL then may not know an
 * algorithm any more that it was about to make: what it says afterwards cannot be trusted either.
 */
bool openssl_lacked_memory(void);

/* The reason of this thread's first error, which those behind it come of: "invalid utf8string" and
 * the like; valid until the process ends. */
const char *openssl_reason(void);

/* An object identifier as a name where OpenSSL knows one, else as dotted numbers. */
enum { OPENSSL_NAME_SIZE = 80 };
char *openssl_object_name(const ASN1_OBJECT *object, char name[static OPENSSL_NAME_SIZE]);

#define OPENSSL_CLEANUP(type, name)                                                                \
    static inline void cleanup_##name(type **pointer)                                              \
    {                                                                                              \
        name##_free(*pointer);                                                                     \
    }

OPENSSL_CLEANUP(X509, X509)
OPENSSL_CLEANUP(ASN1_TYPE, ASN1_TYPE)
OPENSSL_CLEANUP(AUTHORITY_KEYID, AUTHORITY_KEYID)
OPENSSL_CLEANUP(X509_SIG, X509_SIG)
OPENSSL_CLEANUP(EVP_PKEY, EVP_PKEY)
OPENSSL_CLEANUP(EVP_PKEY_CTX, EVP_PKEY_CTX)
OPENSSL_CLEANUP(EVP_CIPHER, EVP_CIPHER)
OPENSSL_CLEANUP(EVP_CIPHER_CTX, EVP_CIPHER_CTX)
OPENSSL_CLEANUP(EVP_MD, EVP_MD)
OPENSSL_CLEANUP(EVP_MD_CTX, EVP_MD_CTX)
OPENSSL_CLEANUP(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO)
OPENSSL_CLEANUP(GENERAL_NAMES, GENERAL_NAMES)
OPENSSL_CLEANUP(EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE)
OPENSSL_CLEANUP(BIO, BIO)
OPENSSL_CLEANUP(EC_GROUP, EC_GROUP)
OPENSSL_CLEANUP(PBEPARAM, PBEPARAM)
OPENSSL_CLEANUP(PBE2PARAM, PBE2PARAM)
OPENSSL_CLEANUP(PBKDF2PARAM, PBKDF2PARAM)
OPENSSL_CLEANUP(SCRYPT_PARAMS, SCRYPT_PARAMS)

static inline void cleanup_private_number(BIGNUM **number)
{
    BN_clear_free(*number);
}

#undef OPENSSL_CLEANUP

#define AUTO_X509 CLEANUP(cleanup_X509)
#define AUTO_PKEY CLEANUP(cleanup_EVP_PKEY)
#define AUTO_OPENSSL(name) CLEANUP(cleanup_##name)

#endif
