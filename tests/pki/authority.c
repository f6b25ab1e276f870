#include "authority.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

enum { ROUNDS = 2048 };

static bool set_name(X509_NAME *name, const char *common_name)
{
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
                                      -1, -1, 0) == 1;
}

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool good = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

/* Without extensions and not signed yet. */
static X509 *draw_up(const struct leaf *leaf)
{
    X509 *certificate = X509_new();
    if (certificate && X509_set_version(certificate, X509_VERSION_3) == 1 &&
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), leaf->serial) == 1 &&
        ASN1_TIME_set(X509_getm_notBefore(certificate), leaf->from) &&
        ASN1_TIME_set(X509_getm_notAfter(certificate), leaf->to) &&
        set_name(X509_get_subject_name(certificate), leaf->name) &&
        X509_set_pubkey(certificate, leaf->key) == 1)
        return certificate;
    X509_free(certificate);
    return NULL;
}

bool authority_found(struct authority *ret, EVP_PKEY *key, EVP_PKEY *root, const char *name,
                     const char *root_name, long serial, time_t from, time_t to)
{
    const struct leaf own = {.key = key, .name = name, .serial = serial, .from = from, .to = to};
    *ret = (struct authority){.key = key, .certificate = key ? draw_up(&own) : NULL};
    X509 *certificate = ret->certificate;
    return root && certificate && set_name(X509_get_issuer_name(certificate), root_name) &&
           add_extension(certificate, certificate, NID_basic_constraints,
                         "critical,CA:TRUE,pathlen:0") &&
           add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           add_extension(certificate, certificate, NID_subject_key_identifier, "hash") &&
           X509_sign(certificate, root, EVP_sha256()) > 0;
}

void authority_done(struct authority *authority)
{
    EVP_PKEY_free(authority->key);
    X509_free(authority->certificate);
    *authority = (struct authority){NULL, NULL};
}

X509 *authority_issue(const struct authority *authority, const struct leaf *leaf)
{
    X509 *issuer = authority->certificate, *issued = draw_up(leaf);
    if (issued && X509_set_issuer_name(issued, X509_get_subject_name(issuer)) == 1 &&
        add_extension(issued, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(issued, issuer, NID_key_usage, "critical,digitalSignature") &&
        add_extension(issued, issuer, NID_ext_key_usage, "serverAuth") &&
        add_extension(issued, issuer, NID_subject_alt_name, leaf->names) &&
        add_extension(issued, issuer, NID_subject_key_identifier, "hash") &&
        add_extension(issued, issuer, NID_authority_key_identifier, "keyid") &&
        X509_sign(issued, authority->key, EVP_sha256()) > 0)
        return issued;
    X509_free(issued);
    return NULL;
}

bool authority_write_pem(const struct authority *authority, BIO *file, EVP_PKEY *key, X509 *leaf)
{
    return (!key || PEM_write_bio_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1) &&
           PEM_write_bio_X509(file, leaf) == 1 &&
           PEM_write_bio_X509(file, authority->certificate) == 1;
}

bool authority_write_pkcs12(const struct authority *authority, BIO *file, EVP_PKEY *key, X509 *leaf,
                            const char *password)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    PKCS12 *pkcs12 = chain && sk_X509_push(chain, authority->certificate) > 0
                         ? PKCS12_create(password, NULL, key, leaf, chain, 0, 0, ROUNDS, ROUNDS, 0)
                         : NULL;
    bool good = pkcs12 && i2d_PKCS12_bio(file, pkcs12) == 1;
    PKCS12_free(pkcs12);
    sk_X509_free(chain);
    return good;
}
