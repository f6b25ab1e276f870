#include "x509/decoded.h"

#include "x509/native.h"

#include <stdlib.h>
#include <string.h>

struct decoded *decoded_hold(struct decoded *decoded)
{
    decoded->holders++;
    return decoded;
}

void decoded_release(struct decoded *decoded)
{
    if (!decoded || --decoded->holders > 0)
        return;
    X509_free(decoded->x509);
    EVP_PKEY_free(decoded->key);
    OPENSSL_free(decoded->memory);
    free(decoded);
}

static int decode(struct reading *reading, struct slice der, size_t number, X509 **ret)
{
    X509 *x509 AUTO_X509 = X509_new_ex(openssl_no_providers(), NULL);
    const unsigned char *at = der.bytes;
    if (!x509 || openssl_forget_errors())
        return reading_no_memory(reading);
    if (!d2i_X509(&x509, &at, (long)der.size))
        return reading_fail(reading, PROBLEM_UNREADABLE,
                            "is damaged: certificate %zu cannot be decoded (%s)", number,
                            openssl_reason());
    openssl_forget_errors(); /* its public key left some */
    *ret = x509;
    x509 = NULL;
    return 0;
}

/* A key that only OpenSSL knows, or nobody. */
static EVP_PKEY *decode_key(const struct reading *reading, X509_PUBKEY *public)
{
    unsigned char *der = NULL;
    int size = i2d_X509_PUBKEY(public, &der);
    const unsigned char *at = der;
    EVP_PKEY *key = size > 0 ? d2i_PUBKEY_ex(NULL, &at, size, reading->library, NULL) : NULL;
    OPENSSL_free(der);
    return key;
}

static int encode(struct decoded *decoded)
{
    unsigned char *der = NULL;
    int size = i2d_X509(decoded->x509, &der);
    if (size <= 0)
        return -1;
    decoded->memory = der;
    decoded->der = (struct slice){der, (size_t)size};
    digest_bytes(der, (size_t)size, decoded->fingerprint);
    return 0;
}

int decoded_new(struct reading *reading, struct slice der, size_t number,
                const char source_digest[static DIGEST_TEXT_SIZE], struct decoded **ret)
{
    struct decoded *made CLEANUP(cleanup_decoded) = calloc(1, sizeof(*made));
    if (!made)
        return reading_no_memory(reading);
    made->holders = 1;
    memcpy(made->source_digest, source_digest, DIGEST_TEXT_SIZE);
    if (decode(reading, der, number, &made->x509) != 0)
        return -1;
    if (encode(made) != 0)
        return reading_no_memory(reading);
    X509_PUBKEY *public = X509_get_X509_PUBKEY(made->x509);
    made->key = native_public(reading, public);
    if (!made->key)
        made->key = decode_key(reading, public);
    if (openssl_forget_errors()) /* a key of an unknown type leaves some */
        return reading_no_memory(reading);
    *ret = made;
    made = NULL;
    return 0;
}

/* TBSCertificate as it was signed: an element, header and all, as OpenSSL takes it. */
static ASN1_TYPE *signed_part(const struct decoded *decoded)
{
    struct slice der = decoded->der;
    struct tlv certificate, body;
    if (tlv_expect(&der, TLV_SEQUENCE, &certificate) != 0 ||
        tlv_expect(&certificate.content, TLV_SEQUENCE, &body) != 0)
        return NULL;
    const unsigned char *at = body.whole.bytes;
    return d2i_ASN1_TYPE(NULL, &at, (long)body.whole.size);
}

static int verify(const struct reading *reading, const struct decoded *decoded, EVP_PKEY *key)
{
    const X509_ALGOR *algorithm;
    const ASN1_BIT_STRING *signature;
    X509_get0_signature(&signature, &algorithm, decoded->x509);
    if (X509_ALGOR_cmp(algorithm, X509_get0_tbs_sigalg(decoded->x509)) != 0)
        return 0;
    ASN1_TYPE *part AUTO_OPENSSL(ASN1_TYPE) = signed_part(decoded);
    EVP_PKEY_CTX *key_context AUTO_OPENSSL(EVP_PKEY_CTX) =
        EVP_PKEY_CTX_new_from_pkey(reading->library, key, NULL);
    EVP_MD_CTX *context AUTO_OPENSSL(EVP_MD_CTX) = EVP_MD_CTX_new();
    if (!part || !key_context || !context)
        return -1;
    EVP_MD_CTX_set_pkey_ctx(context, key_context);
    return ASN1_item_verify_ctx(ASN1_ITEM_rptr(ASN1_ANY), algorithm, signature, part, context);
}

int decoded_verify(const struct reading *reading, struct decoded *decoded,
                   const struct decoded *issuer)
{
    if (strcmp(decoded->signer, issuer->fingerprint) == 0)
        return 1;
    int result = verify(reading, decoded, issuer->key);
    if (result > 0)
        memcpy(decoded->signer, issuer->fingerprint, sizeof(decoded->signer));
    return result;
}
