#include "x509/native.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <string.h>

/* Content octets of object identifiers (RFC 8017, A.1; RFC 5480, 2.1.1). */
static const unsigned char oid_rsa[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
static const unsigned char oid_ec[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};

struct curve {
    const char *name;
    size_t field; /* octets of a coordinate and of a private key */
    size_t oid_size;
    unsigned char oid[8];
};

static const struct curve curves[] = {
    {"prime256v1", 32, 8, {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}},
    {"secp384r1", 48, 5, {0x2b, 0x81, 0x04, 0x00, 0x22}},
    {"secp521r1", 66, 5, {0x2b, 0x81, 0x04, 0x00, 0x23}},
};

static const char *const rsa_numbers[] = {
    OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
    OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
    OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

enum {
    RSA_PUBLIC_NUMBERS = 2,
    RSA_NUMBERS = sizeof(rsa_numbers) / sizeof(rsa_numbers[0]),
    FIELD_MOST = 66,
    POINT_MOST = 1 + 2 * FIELD_MOST,
};

/* An element whose length is written as DER has it: definite, and as short as can be. */
static int take(struct slice *from, enum tlv_tag tag, struct tlv *ret)
{
    struct tlv element;
    if (tlv_expect(from, tag, &element) != 0 || element.tag != tag)
        return -1;
    size_t size = element.content.size, header = 2;
    for (size_t rest = size; size >= 0x80 && rest > 0; rest >>= 8)
        header++;
    if (element.content.bytes != element.whole.bytes + header ||
        element.whole.size != header + size)
        return -1;
    *ret = element;
    return 0;
}

/* A positive INTEGER without a needless zero. */
static int take_number(struct slice *from, struct slice *ret)
{
    struct tlv element;
    if (take(from, TLV_INTEGER, &element) != 0 || element.content.size == 0)
        return -1;
    struct slice number = element.content;
    if (number.bytes[0] == 0) {
        number.bytes++;
        number.size--;
        if (number.size == 0 || number.bytes[0] < 0x80)
            return -1;
    } else if (number.bytes[0] >= 0x80) {
        return -1;
    }
    *ret = number;
    return 0;
}

static bool is_version(struct slice *from, unsigned char version)
{
    struct tlv element;
    return take(from, TLV_INTEGER, &element) == 0 && slice_equals(element.content, &version, 1);
}

static EVP_PKEY *make(const struct reading *reading, const char *type, int selection,
                      OSSL_PARAM *parameters)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context AUTO_OPENSSL(EVP_PKEY_CTX) =
        EVP_PKEY_CTX_new_from_name(reading->library, type, NULL);
    if (!context || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, selection, parameters) != 1)
        return NULL;
    return key;
}

/* In the byte order of this machine. 0 or -1. */
static int write_number(struct slice number, unsigned char *to)
{
    BIGNUM *value = BN_secure_new();
    int written = -1;
    if (value && BN_bin2bn(number.bytes, (int)number.size, value))
        written = BN_bn2nativepad(value, to, (int)number.size);
    BN_clear_free(value);
    return written < 0 ? -1 : 0;
}

/* Of the first count numbers, which have to be all that there is: 0 or -1. */
static int read_numbers(struct slice rest, size_t count, unsigned char *numbers,
                        OSSL_PARAM *parameters)
{
    for (size_t i = 0; i < count; i++) {
        struct slice number;
        if (take_number(&rest, &number) != 0 || write_number(number, numbers) != 0)
            return -1;
        parameters[i] = OSSL_PARAM_construct_BN(rsa_numbers[i], numbers, number.size);
        numbers += number.size;
    }
    parameters[count] = OSSL_PARAM_construct_end();
    return rest.size == 0 ? 0 : -1;
}

static EVP_PKEY *make_rsa(const struct reading *reading, struct slice list, size_t count)
{
    enum { BYTES_MOST = 10 * 1024 }; /* OpenSSL's limit of 16384 bits takes 9.3 KB */
    unsigned char numbers[BYTES_MOST];
    OSSL_PARAM parameters[RSA_NUMBERS + 1];
    EVP_PKEY *key = NULL;
    int selection = count == RSA_PUBLIC_NUMBERS ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
    if (list.size > sizeof(numbers))
        return NULL;
    if (read_numbers(list, count, numbers, parameters) == 0)
        key = make(reading, "RSA", selection, parameters);
    OPENSSL_cleanse(numbers, list.size);
    return key;
}

static const struct curve *find_curve(struct slice oid)
{
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
        if (slice_equals(oid, curves[i].oid, curves[i].oid_size))
            return &curves[i];
    return NULL;
}

/* private_key may be empty; it is as long as a coordinate otherwise. */
static EVP_PKEY *make_ec(const struct reading *reading, const struct curve *curve,
                         struct slice point, struct slice private_key)
{
    char name[16];
    unsigned char public[POINT_MOST], number[FIELD_MOST];
    OSSL_PARAM parameters[4], *next = parameters;
    if (point.size != 1 + 2 * curve->field || point.bytes[0] != POINT_CONVERSION_UNCOMPRESSED)
        return NULL;
    memcpy(public, point.bytes, point.size);
    snprintf(name, sizeof(name), "%s", curve->name);
    *next++ = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
    *next++ = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, public, point.size);
    if (private_key.size && write_number(private_key, number) != 0)
        return NULL;
    if (private_key.size)
        *next++ = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, number, private_key.size);
    *next = OSSL_PARAM_construct_end();
    EVP_PKEY *key =
        make(reading, "EC", private_key.size ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, parameters);
    OPENSSL_cleanse(number, sizeof(number));
    return key;
}

/* RSAPublicKey (RFC 8017, A.1.1) or a point (RFC 5480, 2.2). */
EVP_PKEY *native_public(const struct reading *reading, const X509_PUBKEY *public)
{
    const unsigned char *bytes = NULL;
    int size = 0, kind = 0;
    X509_ALGOR *algorithm = NULL;
    ASN1_OBJECT *type = NULL;
    const ASN1_OBJECT *oid;
    const void *parameter = NULL;
    struct tlv list;
    if (X509_PUBKEY_get0_param(&type, &bytes, &size, &algorithm, public) != 1 || size <= 0)
        return NULL;
    struct slice key = {bytes, (size_t)size};
    X509_ALGOR_get0(&oid, &kind, &parameter, algorithm);
    switch (OBJ_obj2nid(type)) {
    case NID_rsaEncryption:
        return kind == V_ASN1_NULL && take(&key, TLV_SEQUENCE, &list) == 0 && key.size == 0
                   ? make_rsa(reading, list.content, RSA_PUBLIC_NUMBERS)
                   : NULL;
    case NID_X9_62_id_ecPublicKey:
        break;
    default:
        return NULL;
    }
    if (kind != V_ASN1_OBJECT)
        return NULL;
    struct slice name = {OBJ_get0_data(parameter), OBJ_length(parameter)};
    const struct curve *curve = find_curve(name);
    return curve ? make_ec(reading, curve, key, (struct slice){NULL, 0}) : NULL;
}

/* RSAPrivateKey of two primes (RFC 8017, A.1.2). */
static EVP_PKEY *private_rsa(const struct reading *reading, struct slice parameter,
                             struct slice octets)
{
    static const unsigned char null[] = {0x05, 0x00};
    struct tlv list;
    if (!slice_equals(parameter, null, sizeof(null)) || take(&octets, TLV_SEQUENCE, &list) != 0 ||
        octets.size > 0 || !is_version(&list.content, 0))
        return NULL;
    return make_rsa(reading, list.content, RSA_NUMBERS);
}

/* ECPrivateKey (RFC 5915, 3) with its public key and, as it stands in a PrivateKeyInfo, without its
 * curve. */
static EVP_PKEY *private_ec(const struct reading *reading, struct slice parameter,
                            struct slice octets)
{
    struct tlv oid, list, number, wrapper, public;
    if (take(&parameter, TLV_OBJECT, &oid) != 0 || parameter.size > 0)
        return NULL;
    const struct curve *curve = find_curve(oid.content);
    if (!curve || take(&octets, TLV_SEQUENCE, &list) != 0 || octets.size > 0 ||
        !is_version(&list.content, 1) || take(&list.content, TLV_OCTET_STRING, &number) != 0 ||
        number.content.size != curve->field || take(&list.content, TLV_CONTEXT_1, &wrapper) != 0 ||
        list.content.size > 0 || take(&wrapper.content, TLV_BIT_STRING, &public) != 0 ||
        wrapper.content.size > 0 || public.content.size < 1 || public.content.bytes[0] != 0)
        return NULL;
    struct slice point = {public.content.bytes + 1, public.content.size - 1};
    return make_ec(reading, curve, point, number.content);
}

EVP_PKEY *native_private(const struct reading *reading, struct slice der, struct slice *ret_whole)
{
    struct tlv info, algorithm, oid, octets;
    EVP_PKEY *key = NULL;
    if (take(&der, TLV_SEQUENCE, &info) != 0 || !is_version(&info.content, 0) ||
        take(&info.content, TLV_SEQUENCE, &algorithm) != 0 ||
        take(&algorithm.content, TLV_OBJECT, &oid) != 0 ||
        take(&info.content, TLV_OCTET_STRING, &octets) != 0 || info.content.size > 0)
        return NULL;
    if (slice_equals(oid.content, oid_rsa, sizeof(oid_rsa)))
        key = private_rsa(reading, algorithm.content, octets.content);
    else if (slice_equals(oid.content, oid_ec, sizeof(oid_ec)))
        key = private_ec(reading, algorithm.content, octets.content);
    if (key)
        *ret_whole = info.whole;
    return key;
}
