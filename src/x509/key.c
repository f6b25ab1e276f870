#include "x509/key.h"

#include "x509/base64.h"
#include "x509/cost.h"
#include "x509/curve.h"
#include "x509/native.h"
#include "x509/unlock.h"

static const char what[] = "its private key";

static int too_large(struct reading *reading)
{
    return reading_fail(reading, PROBLEM_UNSUPPORTED, "holds a private key of more than %d bytes",
                        KEY_BYTES_MOST);
}

/* OpenSSL computes the public part of DSA and Diffie-Hellman keys when it decodes them, or later to
 * compare: half a minute for a key of 12,000 bytes, a tenth of a second for one of 1,024. DSA goes
 * up to 3072 bits (FIPS 186-4, 4.2), which is less than 900 bytes. */
static int pay_power(struct reading *reading, int type, size_t size)
{
    enum { POWER_BYTES_MOST = 1024, POWER_COST = COST_MOST / 10 };
    type = EVP_PKEY_type(type); /* DSA has five identifiers */
    if (type != EVP_PKEY_DSA && type != EVP_PKEY_DH && type != EVP_PKEY_DHX)
        return 0;
    if (size > POWER_BYTES_MOST)
        return reading_fail(reading, PROBLEM_TOO_EXPENSIVE, "holds a %s key of more than %d bytes",
                            OBJ_nid2sn(type), POWER_BYTES_MOST);
    return cost_pay(reading, POWER_COST);
}

static int damaged(struct reading *reading)
{
    return reading_fail(reading, PROBLEM_UNREADABLE,
                        "is damaged: its private key cannot be decoded (%s)", openssl_reason());
}

struct secret *key_write_pem(struct slice pkcs8)
{
    static const char label[] = "PRIVATE KEY";
    struct secret *pem = secret_new(base64_pem_size(label, pkcs8.size));
    if (pem)
        base64_pem_write(label, pkcs8, (char *)secret_bytes(pem));
    return pem;
}

/* 1 where it is one (native.h), 0 where not, -1 with a problem. */
static int add_native(struct reading *reading, struct pile *pile, struct slice der)
{
    struct slice whole;
    EVP_PKEY *key AUTO_PKEY = native_private(reading, der, &whole);
    if (openssl_forget_errors())
        return reading_no_memory(reading);
    if (!key)
        return 0;
    struct secret *pem = key_write_pem(whole);
    if (!pem)
        return reading_no_memory(reading);
    EVP_PKEY *taken = key;
    key = NULL;
    return pile_add_key(reading, pile, taken, pem) == 0 ? 1 : -1;
}

int key_add_pkcs8(struct reading *reading, struct pile *pile, struct slice der)
{
    const ASN1_OBJECT *algorithm = NULL;
    const unsigned char *at = der.bytes;
    if (der.size > KEY_BYTES_MOST)
        return too_large(reading);
    if (curve_check_key(reading, der) != 0)
        return -1;
    int native = add_native(reading, pile, der);
    if (native != 0)
        return native < 0 ? -1 : 0;
    PKCS8_PRIV_KEY_INFO *info AUTO_OPENSSL(PKCS8_PRIV_KEY_INFO) =
        d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.size);
    if (!info)
        return damaged(reading);
    PKCS8_pkey_get0(&algorithm, NULL, NULL, NULL, info);
    if (pay_power(reading, OBJ_obj2nid(algorithm), der.size) != 0)
        return -1;
    EVP_PKEY *key = EVP_PKCS82PKEY_ex(info, reading->library, NULL);
    if (key)
        return pile_add_key(reading, pile, key, NULL);
    return pile_add_lost_key(reading, pile, algorithm);
}

int key_add_traditional(struct reading *reading, struct pile *pile, struct slice der, int type)
{
    const unsigned char *at = der.bytes;
    if (der.size > KEY_BYTES_MOST)
        return too_large(reading);
    if (pay_power(reading, type, der.size) != 0 || curve_check_key(reading, der) != 0)
        return -1;
    EVP_PKEY *key = d2i_PrivateKey_ex(type, NULL, &at, (long)der.size, reading->library, NULL);
    return key ? pile_add_key(reading, pile, key, NULL) : damaged(reading);
}

int key_add_sealed(struct reading *reading, struct pile *pile, struct slice der)
{
    uint64_t cost;
    const X509_ALGOR *algorithm;
    const ASN1_OCTET_STRING *value;
    const unsigned char *at = der.bytes;
    if (reading->role == ROLE_CHAIN)
        return 0;
    if (der.size > KEY_BYTES_MOST)
        return too_large(reading);
    if (pile->sealed_count + pile->key_count >= PILE_KEYS_MOST)
        return pile_too_many_keys(reading);
    X509_SIG *sealed AUTO_OPENSSL(X509_SIG) = d2i_X509_SIG(NULL, &at, (long)der.size);
    if (!sealed)
        return damaged(reading);
    X509_SIG_get0(sealed, &algorithm, &value);
    if (cost_of(reading, algorithm, what, &cost) != 0 || cost_declare(reading, cost) != 0)
        return -1;
    pile->sealed[pile->sealed_count++] = sealed;
    sealed = NULL;
    return 0;
}

static int open_sealed(struct reading *reading, struct pile *pile, const X509_SIG *sealed)
{
    struct secret *plain AUTO_SECRET = NULL;
    const X509_ALGOR *algorithm;
    const ASN1_OCTET_STRING *value;
    X509_SIG_get0(sealed, &algorithm, &value);
    struct slice bytes = {ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)};
    if (unlock_pbe(reading, algorithm, bytes, what, &plain) != 0)
        return -1;
    return key_add_pkcs8(reading, pile, (struct slice){secret_peek(plain), secret_size(plain)});
}

int key_open_sealed(struct reading *reading, struct pile *pile)
{
    while (pile->sealed_count > 0) {
        X509_SIG *next AUTO_OPENSSL(X509_SIG) = pile->sealed[--pile->sealed_count];
        if (open_sealed(reading, pile, next) != 0)
            return -1;
    }
    return 0;
}

void key_try_sealed(struct reading *reading, struct pile *pile)
{
    for (size_t i = 0; i < pile->sealed_count && !reading->phrases.fitted; i++)
        open_sealed(reading, pile, pile->sealed[i]);
}
