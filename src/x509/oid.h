/* oid: the object identifiers that structure PKCS#7 and PKCS#12 files, as their content octets. */
#ifndef CERTROLL_X509_OID_H
#define CERTROLL_X509_OID_H

#include "x509/tlv.h"

enum oid {
    OID_OTHER,
    OID_DATA,
    OID_SIGNED_DATA,
    OID_ENVELOPED_DATA,
    OID_SIGNED_AND_ENVELOPED_DATA,
    OID_DIGESTED_DATA,
    OID_ENCRYPTED_DATA,
    OID_X509_CERTIFICATE,
    OID_KEY_BAG,
    OID_SHROUDED_KEY_BAG,
    OID_CERTIFICATE_BAG,
    OID_SAFE_CONTENTS_BAG,
};

enum oid oid_find(struct slice content);
bool oid_is(struct slice content, enum oid oid);

#endif
