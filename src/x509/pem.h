/*
 * pem: a text with PEM blocks (RFC 7468, RFC 1421) -> the pile.
 *
 * Byte order mark, CR LF, text around the blocks and blocks that follow one another without a line
 * end are no matter. A block of a certificate or of a key that is damaged is an error that names
 * it; blocks of other kinds are passed over.
 */
#ifndef CERTROLL_X509_PEM_H
#define CERTROLL_X509_PEM_H

#include "x509/pile.h"

/* 0, or -1 with a problem. Encrypted PKCS#8 keys wait to be opened (key_open_sealed). */
int pem_read(struct reading *reading, struct pile *pile, struct slice text);

#endif
