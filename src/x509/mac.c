#include "x509/mac.h"

#include "x509/cost.h"
#include "x509/derive.h"

#include <openssl/crypto.h>
#include <string.h>

static int damaged(struct reading *reading)
{
    return reading_fail(reading, PROBLEM_UNREADABLE,
                        "is damaged: its integrity check (MAC) makes no sense");
}

/* PBMAC1 is RFC 9579; its MacData has the PBES2-like parameters of RFC 8018, A.5. */
static int find_digest(struct reading *reading, struct mac *mac)
{
    char name[OPENSSL_NAME_SIZE];
    const X509_ALGOR *algorithm;
    const ASN1_OCTET_STRING *value;
    X509_SIG_get0(mac->info, &algorithm, &value);
    openssl_object_name(algorithm->algorithm, name);
    mac->digest = EVP_MD_fetch(reading->library, name, NULL);
    if (OBJ_obj2nid(algorithm->algorithm) == NID_undef || !mac->digest)
        return reading_fail(reading, PROBLEM_UNSUPPORTED,
                            "its integrity check (MAC) uses %s, which this OpenSSL does not "
                            "support%s",
                            strcmp(name, "1.2.840.113549.1.5.14") == 0 ? "PBMAC1" : name,
                            openssl_has_legacy() ? "" : " (no legacy provider)");
    return ASN1_STRING_length(value) == EVP_MD_get_size(mac->digest) ? 0 : damaged(reading);
}

static int read_iterations(struct reading *reading, struct slice rest, uint64_t *ret)
{
    struct tlv element;
    *ret = 1;
    if (rest.size == 0)
        return 0;
    if (tlv_expect(&rest, TLV_INTEGER, &element) != 0)
        return -1;
    const unsigned char *at = element.whole.bytes;
    ASN1_INTEGER *count = d2i_ASN1_INTEGER(NULL, &at, (long)element.whole.size);
    int result = count ? cost_of_count(count, ret) : -1;
    ASN1_INTEGER_free(count);
    return result == 0 && cost_declare(reading, *ret) == 0 ? 0 : -1;
}

int mac_read(struct reading *reading, struct slice data, struct mac *mac)
{
    struct tlv info, salt;
    *mac = (struct mac){.iterations = 1};
    if (data.size > COST_PARAMETERS_MOST || tlv_expect(&data, TLV_SEQUENCE, &info) != 0 ||
        tlv_expect(&data, TLV_OCTET_STRING, &salt) != 0)
        return damaged(reading);
    const unsigned char *info_at = info.whole.bytes, *salt_at = salt.whole.bytes;
    mac->info = d2i_X509_SIG(NULL, &info_at, (long)info.whole.size);
    mac->salt = d2i_ASN1_OCTET_STRING(NULL, &salt_at, (long)salt.whole.size);
    if (!mac->info || !mac->salt)
        return damaged(reading);
    if (find_digest(reading, mac) != 0)
        return -1;
    size_t problems = reading->problems->count;
    if (read_iterations(reading, data, &mac->iterations) == 0)
        return 0;
    return reading->problems->count > problems ? -1 : damaged(reading);
}

void mac_done(struct mac *mac)
{
    X509_SIG_free(mac->info);
    EVP_MD_free(mac->digest);
    ASN1_OCTET_STRING_free(mac->salt);
}

/* For digests that nettle lacks. 0 or -1. */
static int derive_by_openssl(const struct reading *reading, const struct mac *mac,
                             struct phrase phrase, unsigned char *ret)
{
    int size = ASN1_STRING_length(mac->salt);
    /* the argument lacks the const that it deserves */
    unsigned char *salt = OPENSSL_malloc(size > 0 ? (size_t)size : 1);
    if (!salt)
        return -1;
    if (size > 0)
        memcpy(salt, ASN1_STRING_get0_data(mac->salt), (size_t)size);
    int made = PKCS12_key_gen_utf8_ex(phrase.bytes, phrase.size, salt, size, PKCS12_MAC_ID,
                                      (int)mac->iterations, EVP_MD_get_size(mac->digest), ret,
                                      mac->digest, reading->library, NULL);
    OPENSSL_free(salt);
    return made == 1 ? 0 : -1;
}

/* bmp: the phrase again. 0 or -1. */
static int derive(const struct reading *reading, const struct mac *mac, struct phrase phrase,
                  struct slice bmp, unsigned char *ret)
{
    struct slice salt = {ASN1_STRING_get0_data(mac->salt), (size_t)ASN1_STRING_length(mac->salt)};
    if (derive_mac_key(EVP_MD_get_type(mac->digest), bmp, salt, (unsigned)mac->iterations, ret) ==
        0)
        return 0;
    return derive_by_openssl(reading, mac, phrase, ret);
}

/* 0 or -1. */
static int compute(const struct reading *reading, const struct mac *mac, struct slice content,
                   const unsigned char *key, unsigned char *ret)
{
    size_t size = 0;
    if (derive_mac(EVP_MD_get_type(mac->digest), key, content, ret) == 0)
        return 0;
    return EVP_Q_mac(reading->library, "HMAC", NULL, EVP_MD_get0_name(mac->digest), NULL, key,
                     (size_t)EVP_MD_get_size(mac->digest), content.bytes, content.size, ret,
                     EVP_MAX_MD_SIZE, &size)
               ? 0
               : -1;
}

/* 1 fits, 0 does not, -1 with a problem. */
static int try_phrase(struct reading *reading, const struct mac *mac, struct slice content,
                      struct phrase phrase)
{
    unsigned char key[EVP_MAX_MD_SIZE], made[EVP_MAX_MD_SIZE];
    const ASN1_OCTET_STRING *value;
    X509_SIG_get0(mac->info, NULL, &value);
    if (!phrase.bytes && ASN1_STRING_length(mac->salt) == 0) /* there is nothing to derive from */
        return 0;
    struct secret *bmp AUTO_SECRET = NULL;
    if (phrase.bytes && reading_bmp_phrase(reading, phrase, &bmp) != 0)
        return -1;
    int result = -1;
    if (derive(reading, mac, phrase, (struct slice){secret_peek(bmp), secret_size(bmp)}, key) ==
            0 &&
        compute(reading, mac, content, key, made) == 0)
        result = CRYPTO_memcmp(made, ASN1_STRING_get0_data(value),
                               (size_t)EVP_MD_get_size(mac->digest)) == 0;
    OPENSSL_cleanse(key, sizeof(key));
    if (result < 0)
        return reading_fail(reading, PROBLEM_UNSUPPORTED,
                            "its integrity check (MAC) cannot be computed: %s", openssl_reason());
    return result;
}

int mac_verify(struct reading *reading, const struct mac *mac, struct slice content)
{
    if (reading_ask(reading) != 0)
        return -1;
    for (size_t i = 0; i < reading->phrases.count; i++) {
        if (cost_pay(reading, mac->iterations) != 0)
            return -1;
        int fits = try_phrase(reading, mac, content, reading_phrase(reading, i));
        if (fits < 0)
            return -1;
        if (fits) {
            reading_phrase_fits(reading, i);
            reading->phrases.vouched = true;
            return 1;
        }
    }
    return 0;
}
