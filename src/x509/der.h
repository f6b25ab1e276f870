/* der: one binary object, of a file or of a PEM block -> the pile. */
#ifndef CERTROLL_X509_DER_H
#define CERTROLL_X509_DER_H

#include "x509/detect.h"
#include "x509/pile.h"

/* 0, or -1 with a problem. An encrypted key waits to be opened (key_open_sealed). The format is
 * none of FORMAT_PEM, FORMAT_OTHER and FORMAT_UNKNOWN. */
int der_read(struct reading *reading, struct pile *pile, enum format format, struct slice bytes);

#endif
