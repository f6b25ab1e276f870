#include "x509/oid.h"

struct row {
    enum oid oid;
    const char *octets;
    size_t size;
};

#define ROW(oid, octets)                                                                           \
    {                                                                                              \
        oid, octets, sizeof(octets) - 1                                                            \
    }

/* 1.2.840.113549 is RSA Data Security's arc; 1.7 is PKCS#7, 1.9 PKCS#9, 1.12 PKCS#12. */
#define PKCS "\x2a\x86\x48\x86\xf7\x0d\x01"

static const struct row rows[] = {
    ROW(OID_DATA, PKCS "\x07\x01"),
    ROW(OID_SIGNED_DATA, PKCS "\x07\x02"),
    ROW(OID_ENVELOPED_DATA, PKCS "\x07\x03"),
    ROW(OID_SIGNED_AND_ENVELOPED_DATA, PKCS "\x07\x04"),
    ROW(OID_DIGESTED_DATA, PKCS "\x07\x05"),
    ROW(OID_ENCRYPTED_DATA, PKCS "\x07\x06"),
    ROW(OID_X509_CERTIFICATE, PKCS "\x09\x16\x01"),
    ROW(OID_KEY_BAG, PKCS "\x0c\x0a\x01\x01"),
    ROW(OID_SHROUDED_KEY_BAG, PKCS "\x0c\x0a\x01\x02"),
    ROW(OID_CERTIFICATE_BAG, PKCS "\x0c\x0a\x01\x03"),
    ROW(OID_SAFE_CONTENTS_BAG, PKCS "\x0c\x0a\x01\x06"),
};

enum oid oid_find(struct slice content)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (slice_equals(content, rows[i].octets, rows[i].size))
            return rows[i].oid;
    return OID_OTHER;
}

bool oid_is(struct slice content, enum oid oid)
{
    return oid_find(content) == oid;
}
