/*
 * decoded: one certificate, and what is needed of it more than once.
 *
 * X509 of OpenSSL 3 looks for a decoder for the public key each time (100 us of 110); so the
 * certificate is decoded in a context that has none, and its key beside it (native.h).
 */
#ifndef CERTROLL_X509_DECODED_H
#define CERTROLL_X509_DECODED_H

#include "base/digest.h"
#include "x509/reading.h"
#include "x509/tlv.h"

/* Of one thread. */
struct decoded {
    X509 *x509;    /* ask it for no key, and to verify nothing */
    EVP_PKEY *key; /* its public key; NULL where OpenSSL does not know the type */
    struct slice der;
    unsigned char *memory; /* of der */
    char fingerprint[DIGEST_TEXT_SIZE];
    char source_digest[DIGEST_TEXT_SIZE]; /* of its bytes as they came, which may be BER */
    char
        signer[DIGEST_TEXT_SIZE]; /* fingerprint of one whose key has signed it; "" while unknown */
    unsigned holders;
};

/* Decodes der, which is the number-th certificate and has this digest: 0 with *ret, which the
 * caller releases, or -1 with a problem. */
int decoded_new(struct reading *reading, struct slice der, size_t number,
                const char source_digest[static DIGEST_TEXT_SIZE], struct decoded **ret);

/* One holder more; returns it. */
struct decoded *decoded_hold(struct decoded *decoded);

/* One holder less: the last one frees it. NULL is harmless. */
void decoded_release(struct decoded *decoded);

static inline void cleanup_decoded(struct decoded **decoded)
{
    decoded_release(*decoded);
}

/* As X509_verify(3): 1 where the issuer's key, which it has to have, made the signature; 0 where it
 * did not, negative where that cannot be told. That it did is remembered. */
int decoded_verify(const struct reading *reading, struct decoded *decoded,
                   const struct decoded *issuer);

#endif
