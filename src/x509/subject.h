/* subject: whom a certificate was issued to, as people name it. */
#ifndef CERTROLL_X509_SUBJECT_H
#define CERTROLL_X509_SUBJECT_H

#include "x509/reading.h"

/* 1 where the text is the certificate's common name, one of its DNS names, or its whole subject as
 * describe_name() writes it. ASCII letters of either case match (RFC 5280, 7.1 and 7.2). 0 where it
 * is none of them, -1 with a problem when memory is out. */
int subject_is(struct reading *reading, X509 *x509, const char *text);

/* What to call it in a message: the subject, or a DNS name where that is empty. NULL when memory
 * is out. */
const char *subject_text(struct reading *reading, X509 *x509);

#endif
