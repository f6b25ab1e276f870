/* key: the encodings of a private key -> the pile. */
#ifndef CERTROLL_X509_KEY_H
#define CERTROLL_X509_KEY_H

#include "x509/pile.h"

enum { KEY_BYTES_MOST = 64 * 1024 };

/* 0, or -1 with a problem. */
int key_add_pkcs8(struct reading *reading, struct pile *pile, struct slice der);

/* RSAPrivateKey, ECPrivateKey or DSAPrivateKey; type is EVP_PKEY_RSA and so on. */
int key_add_traditional(struct reading *reading, struct pile *pile, struct slice der, int type);

/* The PEM of an unencrypted PKCS#8; NULL when memory is out, the caller frees it. */
struct secret *key_write_pem(struct slice pkcs8);

/* An EncryptedPrivateKeyInfo (RFC 5958, 3) is decoded, its cost declared, and kept in the pile: all
 * that a file holds is counted before any of it is paid. */
int key_add_sealed(struct reading *reading, struct pile *pile, struct slice der);

/* Opens those that were kept. */
int key_open_sealed(struct reading *reading, struct pile *pile);

/* Opens one after the other until the password fits one, for nothing but to know it. */
void key_try_sealed(struct reading *reading, struct pile *pile);

enum key_verdict { KEY_CONSISTENT, KEY_INCONSISTENT, KEY_TOO_LARGE };

/* Whether the private part belongs to the public part, which EVP_PKEY_eq() and
 * X509_check_private_key() do not look at. RSA: n = p q, e d = 1 modulo p - 1 and q - 1, and the
 * CRT values are those of d (RFC 8017, 3.2), which is exact and takes microseconds; a private
 * operation would prove less, since OpenSSL uses either d or the CRT values. EC on a named curve:
 * the public point is derived. Others: EVP_PKEY_pairwise_check(). Keys of types whose public
 * part is always derived (Ed25519 and its kin) are consistent by construction.
 *
 * Too large is what that would take more than milliseconds for: RSA keys have at most 16384 bits
 * or, without their two primes, 4096 and a public exponent of 64. */
enum key_verdict key_check(const struct reading *reading, EVP_PKEY *key);

#endif
