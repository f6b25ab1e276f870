/* describe: an X.509 certificate -> struct certificate, for people and for the plan. */
#ifndef CERTROLL_X509_DESCRIBE_H
#define CERTROLL_X509_DESCRIBE_H

#include "x509/chain.h"

enum {
    DESCRIBE_TEXT_MOST = 1024, /* of a name or a serial; an ellipsis follows */
    DESCRIBE_DNS_NAMES_MOST = 10000,
    DESCRIBE_DNS_BYTES_MOST = 512 * 1024,
};

/* A distinguished name in the order in which it was issued, as "CN=a, O=b": RFC 2253 escapes,
 * control characters and NUL as \HH, UTF-8 as it is. NULL when memory is out. */
const char *describe_name(struct arena *arena, const X509_NAME *name);

/* The names of its subjectAltName, the caller's to free. NULL where there are none, they cannot be
 * decoded or memory is out. */
GENERAL_NAMES *describe_alternative_names(X509 *x509);

/* The i-th of names where it is a DNS name, else NULL. */
const ASN1_STRING *describe_dns_name(const GENERAL_NAMES *names, int i);

/* A DNS name as text: what is not printable ASCII as \xHH. NULL when memory is out. */
const char *describe_dns_text(struct arena *arena, const ASN1_STRING *string);

/* Fills in everything but has_key and findings. 0, or -1 with a problem: unreadable where a time
 * of its validity is none. */
int describe_certificate(struct reading *reading, const struct decoded *leaf,
                         const struct chain *chain, struct certificate *ret);

#endif
