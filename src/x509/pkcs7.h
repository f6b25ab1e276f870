/* pkcs7: the certificates of a SignedData (RFC 2315, 9), in DER or BER -> the pile. */
#ifndef CERTROLL_X509_PKCS7_H
#define CERTROLL_X509_PKCS7_H

#include "x509/pile.h"

/* 0, or -1 with a problem. The signatures and what is signed are not looked at. */
int pkcs7_read(struct reading *reading, struct pile *pile, struct slice bytes);

#endif
