/* mac: the integrity check of a PKCS#12 file (RFC 7292, section 4 and appendix B). */
#ifndef CERTROLL_X509_MAC_H
#define CERTROLL_X509_MAC_H

#include "x509/reading.h"
#include "x509/tlv.h"

/* MacData, decoded. */
struct mac {
    X509_SIG *info; /* the digest's algorithm, and the value */
    EVP_MD *digest;
    ASN1_OCTET_STRING *salt;
    uint64_t iterations;
};

/* Decodes it and declares its cost: 0, or -1 with a problem (unreadable, too_expensive,
 * unsupported: PBMAC1 and digests that OpenSSL does not have). mac_done() in any case. */
int mac_read(struct reading *reading, struct slice data, struct mac *mac);
void mac_done(struct mac *mac);

/* Holds it against the content: 1 where a form of the password fits (which is then the first to be
 * tried), 0 where none does, -1 with a problem. */
int mac_verify(struct reading *reading, const struct mac *mac, struct slice content);

#endif
