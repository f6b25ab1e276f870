#include "x509/curve.h"

/* The zero bits behind the last one of a number, its lowest bit taken for zero: the twos of p - 1
 * where p is odd. */
static size_t count_twos(struct slice number)
{
    size_t twos = 0;
    for (size_t i = number.size; i > 0; i--) {
        unsigned byte = number.bytes[i - 1] & (i == number.size ? 0xfeU : 0xffU);
        if (byte)
            return twos + (size_t)__builtin_ctz(byte);
        twos += 8;
    }
    return twos;
}

/* FieldID: prime-field with p, or characteristic-two-field with a SEQUENCE of m and its basis. */
static bool is_slow(struct slice field)
{
    struct tlv kind, value, degree;
    if (tlv_expect(&field, TLV_OBJECT, &kind) != 0)
        return false;
    if (tlv_is_next(field, TLV_INTEGER))
        return tlv_next(&field, &value) == 1 && count_twos(value.content) > CURVE_TWOS_MOST;
    if (tlv_expect(&field, TLV_SEQUENCE, &value) != 0 ||
        tlv_expect(&value.content, TLV_INTEGER, &degree) != 0)
        return false;
    return degree.content.size > 0 && degree.content.bytes[degree.content.size - 1] % 2 == 0;
}

/* ECPKParameters: a name, or a SEQUENCE of a version, the field and what else there is. */
static int check_parameters(struct reading *reading, struct slice parameters)
{
    struct tlv curve, version, field;
    if (tlv_expect(&parameters, TLV_SEQUENCE, &curve) != 0 ||
        tlv_expect(&curve.content, TLV_INTEGER, &version) != 0 ||
        tlv_expect(&curve.content, TLV_SEQUENCE, &field) != 0)
        return 0;
    if (++reading->curves > CURVE_WRITTEN_OUT_MOST)
        return reading_fail(reading, PROBLEM_TOO_EXPENSIVE,
                            "holds more than %d elliptic curves that are written out instead of "
                            "named",
                            CURVE_WRITTEN_OUT_MOST);
    if (is_slow(field.content))
        return reading_fail(reading, PROBLEM_TOO_EXPENSIVE,
                            "its elliptic curve, which is written out instead of named, was chosen "
                            "to take long");
    return 0;
}

static int check_algorithm(struct reading *reading, struct slice algorithm)
{
    struct tlv kind;
    return tlv_expect(&algorithm, TLV_OBJECT, &kind) == 0 ? check_parameters(reading, algorithm)
                                                          : 0;
}

/* TBSCertificate (RFC 5280, 4.1): the key is the seventh, where the version is there. */
int curve_check_certificate(struct reading *reading, struct slice der)
{
    static const enum tlv_tag before_key[] = {TLV_INTEGER, TLV_SEQUENCE, TLV_SEQUENCE, TLV_SEQUENCE,
                                              TLV_SEQUENCE};
    struct tlv certificate, body, part, algorithm;
    if (tlv_expect(&der, TLV_SEQUENCE, &certificate) != 0 ||
        tlv_expect(&certificate.content, TLV_SEQUENCE, &body) != 0)
        return 0;
    if (tlv_is_next(body.content, TLV_CONTEXT_0))
        tlv_next(&body.content, &part);
    for (size_t i = 0; i < sizeof(before_key) / sizeof(before_key[0]); i++)
        if (tlv_expect(&body.content, before_key[i], &part) != 0)
            return 0;
    if (tlv_expect(&body.content, TLV_SEQUENCE, &part) != 0 ||
        tlv_expect(&part.content, TLV_SEQUENCE, &algorithm) != 0)
        return 0;
    return check_algorithm(reading, algorithm.content);
}

/* ECPrivateKey: version, the key, and [0] with the parameters. */
static int check_ec_key(struct reading *reading, struct slice bytes)
{
    struct tlv key, part;
    if (tlv_expect(&bytes, TLV_SEQUENCE, &key) != 0 ||
        tlv_expect(&key.content, TLV_INTEGER, &part) != 0 ||
        tlv_expect(&key.content, TLV_OCTET_STRING, &part) != 0 ||
        tlv_expect(&key.content, TLV_CONTEXT_0, &part) != 0)
        return 0;
    return check_parameters(reading, part.content);
}

/* A PKCS#8 key has its curve beside it, and may have one inside too. */
int curve_check_key(struct reading *reading, struct slice der)
{
    struct tlv info, part;
    struct slice whole = der;
    if (tlv_expect(&der, TLV_SEQUENCE, &info) != 0 ||
        tlv_expect(&info.content, TLV_INTEGER, &part) != 0)
        return 0;
    if (!tlv_is_next(info.content, TLV_SEQUENCE))
        return check_ec_key(reading, whole);
    if (tlv_expect(&info.content, TLV_SEQUENCE, &part) != 0)
        return 0;
    if (check_algorithm(reading, part.content) != 0)
        return -1;
    if (tlv_expect(&info.content, TLV_OCTET_STRING, &part) != 0)
        return 0;
    return check_ec_key(reading, part.content);
}
