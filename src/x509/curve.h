/*
 * curve: elliptic curves that are written out in full (RFC 3279, 2.3.5), where a name would do.
 *
 * OpenSSL decodes them as it decodes a key, and whoever writes the curve writes the price: a
 * compressed point takes a square root, whose cost grows with the square of the twos in p - 1 (a
 * fifth of a second for a key of 400 bytes), or chance has to find it (fields of 2^m, m even).
 */
#ifndef CERTROLL_X509_CURVE_H
#define CERTROLL_X509_CURVE_H

#include "x509/reading.h"
#include "x509/tlv.h"

enum {
    CURVE_WRITTEN_OUT_MOST = 64, /* in one source */
    CURVE_TWOS_MOST = 96,        /* P-224 has them, and no curve in use has more */
};

/* Before OpenSSL decodes it: 0, or -1 with too_expensive. What cannot be understood is not theirs
 * to refuse. */
int curve_check_certificate(struct reading *reading, struct slice der);

/* The same for an unencrypted PKCS#8 key and for an ECPrivateKey (RFC 5915, 3). */
int curve_check_key(struct reading *reading, struct slice der);

#endif
