/*
 * unlock: something that was encrypted with a password -> what it was.
 *
 * Every form of the password is tried (reading.h). A form fits when what comes out is one element
 * of DER, which everything that is encrypted here has to be: padding alone is right by chance once
 * in 256 times. Only when no form fits is the password called wrong.
 */
#ifndef CERTROLL_X509_UNLOCK_H
#define CERTROLL_X509_UNLOCK_H

#include "x509/reading.h"
#include "x509/tlv.h"

/* Opens what a PBE algorithm sealed (EncryptedData of PKCS#7, EncryptedPrivateKeyInfo of PKCS#8).
 * Its cost has been declared. what is for messages: "its private key". 0 with *ret, or -1 with a
 * problem: wrong_password, password_needed, unsupported, unreadable (damaged), too_expensive. */
int unlock_pbe(struct reading *reading, const X509_ALGOR *algorithm, struct slice sealed,
               const char *what, struct secret **ret);

/* Opens the body of a traditional PEM key with the value of its DEK-Info header (RFC 1421,
 * 4.6.1.3): "AES-256-CBC,0123...". The key is derived as EVP_BytesToKey does: MD5, one round. */
int unlock_dek(struct reading *reading, struct slice dek_info, struct slice sealed,
               const char *what, struct secret **ret);

#endif
