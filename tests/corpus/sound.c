#include "sound.h"

#include "base/digest.h"
#include "x509/openssl.h"

#include <openssl/pem.h>
#include <string.h>

static BIO *open_text(const char *text)
{
    return text ? BIO_new_mem_buf(text, (int)strlen(text)) : NULL;
}

static X509 *read_next(BIO *bio)
{
    return bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
}

static bool has_fingerprint(X509 *leaf, const char *fingerprint)
{
    char made[DIGEST_TEXT_SIZE];
    unsigned char *der = NULL;
    int size = i2d_X509(leaf, &der);
    if (size > 0)
        digest_bytes(der, (size_t)size, made);
    OPENSSL_free(der);
    return size > 0 && strcmp(made, fingerprint) == 0;
}

static bool has_key(X509 *leaf, const struct secret *pem)
{
    BIO *bio AUTO_OPENSSL(BIO) = BIO_new_mem_buf(secret_peek(pem), (int)secret_size(pem));
    EVP_PKEY *key AUTO_PKEY = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    return key && X509_check_private_key(leaf, key) == 1;
}

static bool is_chain(X509 *leaf, const char *text)
{
    BIO *bio AUTO_OPENSSL(BIO) = open_text(text);
    X509 *before AUTO_X509 = X509_dup(leaf);
    X509 *one;
    while (bio && before && (one = read_next(bio)) != NULL) {
        bool follows =
            X509_NAME_cmp(X509_get_issuer_name(before), X509_get_subject_name(one)) == 0 &&
            X509_cmp(leaf, one) != 0;
        X509_free(before);
        before = one;
        if (!follows)
            return false;
    }
    return bio && before;
}

const char *sound_find_fault(const struct bundle *bundle)
{
    BIO *bio AUTO_OPENSSL(BIO) = open_text(bundle->cert_pem);
    X509 *leaf AUTO_X509 = read_next(bio);
    const char *fault = NULL;
    if (!leaf || !has_fingerprint(leaf, bundle->certificate.fingerprint))
        fault = "the certificate is not that of the fingerprint";
    else if (bundle->key_pem && !has_key(leaf, bundle->key_pem))
        fault = "the key is not the certificate's";
    else if (!is_chain(leaf, bundle->chain_pem))
        fault = "the chain is none";
    openssl_forget_errors();
    return fault;
}
