#include "x509/der.h"

#include "x509/key.h"
#include "x509/pkcs12.h"
#include "x509/pkcs7.h"

int der_read(struct reading *reading, struct pile *pile, enum format format, struct slice bytes)
{
    switch (format) {
    case FORMAT_CERTIFICATE:
        return pile_add_certificate(reading, pile, bytes);
    case FORMAT_PKCS12:
        return pkcs12_read(reading, pile, bytes);
    case FORMAT_PKCS7:
        return pkcs7_read(reading, pile, bytes);
    default:
        break;
    }
    if (reading->role == ROLE_CHAIN)
        return 0;
    switch (format) {
    case FORMAT_PKCS8:
        return key_add_pkcs8(reading, pile, bytes);
    case FORMAT_ENCRYPTED_PKCS8:
        return key_add_sealed(reading, pile, bytes);
    case FORMAT_RSA_KEY:
        return key_add_traditional(reading, pile, bytes, EVP_PKEY_RSA);
    case FORMAT_EC_KEY:
        return key_add_traditional(reading, pile, bytes, EVP_PKEY_EC);
    default:
        return key_add_traditional(reading, pile, bytes, EVP_PKEY_DSA);
    }
}
