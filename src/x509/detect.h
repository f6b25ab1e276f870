/* detect: what are these bytes? Told from the content alone. */
#ifndef CERTROLL_X509_DETECT_H
#define CERTROLL_X509_DETECT_H

#include "x509/tlv.h"

enum format {
    FORMAT_UNKNOWN,
    FORMAT_PEM,
    FORMAT_CERTIFICATE,
    FORMAT_PKCS12,
    FORMAT_PKCS7,
    FORMAT_PKCS8,
    FORMAT_ENCRYPTED_PKCS8,
    FORMAT_RSA_KEY,
    FORMAT_EC_KEY,
    FORMAT_DSA_KEY,
    FORMAT_OTHER, /* something known that holds no certificate */
};

struct detected {
    enum format format;
    const char *what; /* "a Java keystore (JKS)"; NULL for FORMAT_UNKNOWN */
    size_t missing;   /* bytes that the outermost element announces and that are not there */
};

struct detected detect_format(struct slice bytes);

#endif
