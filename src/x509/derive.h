/*
 * derive: keys from passwords, by nettle's hashes.
 *
 * What a first import takes is mostly this. 2,048 rounds with SHA-256, of OpenSSL 3.0 and of nettle
 * 3.8: PBKDF2 477 and 265 us, PKCS#12 182 and 116 us.
 */
#ifndef CERTROLL_X509_DERIVE_H
#define CERTROLL_X509_DERIVE_H

#include "x509/reading.h"
#include "x509/tlv.h"

/* PBKDF2 (RFC 8018, 5.2) with the pseudo-random function of this NID (hmacWithSHA256), from one
 * round on. 0 with ret filled, or -1 where nettle has no such function. */
int derive_pbkdf2(int function, struct phrase phrase, struct slice salt, unsigned rounds,
                  unsigned char *ret, size_t size);

/* The key of a PKCS#12 MAC (RFC 7292, B.2 with ID 3), which is as long as the digest of this NID;
 * bmp is the password as a BMPString with its terminator, empty for none. 0 with ret filled, or -1
 * where nettle has no such digest. */
int derive_mac_key(int digest, struct slice bmp, struct slice salt, unsigned rounds,
                   unsigned char *ret);

/* HMAC (RFC 2104) of the content with this digest and such a key of it. 0 with ret filled, or -1
 * where nettle has no such digest. */
int derive_mac(int digest, const unsigned char *key, struct slice content, unsigned char *ret);

#endif
