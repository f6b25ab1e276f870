/*
 * pkcs12: a PFX (RFC 7292), in DER or BER, with any mix of bags -> the pile.
 *
 * The bags are walked here, not by PKCS12_parse(), which keeps the first key only, gives up on
 * MAC-less files, and loses all for one key that it does not know. Attributes (friendlyName,
 * localKeyID) are never looked at: keys and certificates are paired by public key. Bytes behind
 * the PFX are ignored, as OpenSSL does.
 */
#ifndef CERTROLL_X509_PKCS12_H
#define CERTROLL_X509_PKCS12_H

#include "x509/pile.h"

enum {
    PKCS12_BAGS_MOST = 10000,
    PKCS12_SAFES_MOST = 256,
    PKCS12_DEPTH_MOST = 20, /* SafeContents in SafeContents */
};

/* 0, or -1 with a problem. */
int pkcs12_read(struct reading *reading, struct pile *pile, struct slice bytes);

#endif
