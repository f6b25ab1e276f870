/*
 * native: keys made of their numbers, without OpenSSL's decoders.
 *
 * OpenSSL 3 collects all decoders of all providers for each key: 100 us for a public one, 480 us
 * for a private one. What nearly every certificate has, RSA and the NIST curves P-256, P-384 and
 * P-521, written as DER and as OpenSSL would write it, is read here and takes 6 to 20 us. Whatever
 * looks any other way is nobody's here: OpenSSL's decoders have the word then, and the last one.
 */
#ifndef CERTROLL_X509_NATIVE_H
#define CERTROLL_X509_NATIVE_H

#include "x509/reading.h"
#include "x509/tlv.h"

/* NULL for any other key, and when memory is out; the caller frees it. */
EVP_PKEY *native_public(const struct reading *reading, const X509_PUBKEY *public);

/* Of a PrivateKeyInfo (RFC 5958) without attributes. *ret_whole is what EVP_PKEY2PKCS8() would give
 * of the key: the part of der that it is. */
EVP_PKEY *native_private(const struct reading *reading, struct slice der, struct slice *ret_whole);

#endif
