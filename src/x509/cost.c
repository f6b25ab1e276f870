#include "x509/cost.h"

#include <inttypes.h>

int cost_of_count(const ASN1_INTEGER *count, uint64_t *ret)
{
    if (ASN1_STRING_type(count) & V_ASN1_NEG)
        return -1;
    if (ASN1_INTEGER_get_uint64(ret, count) != 1)
        *ret = UINT64_MAX;
    return *ret > 0 ? 0 : -1;
}

static int damaged(struct reading *reading, const char *what)
{
    return reading_fail(reading, PROBLEM_UNREADABLE,
                        "is damaged: the encryption parameters of %s make no sense", what);
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static int cost_of_scrypt(struct reading *reading, const X509_ALGOR *function, const char *what,
                          uint64_t *ret)
{
    enum { FILLING = 8 }; /* the blocks are filled by PBKDF2 before they are mixed n times */
    uint64_t n, r, p;
    SCRYPT_PARAMS *parameters AUTO_OPENSSL(SCRYPT_PARAMS) =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), function->parameter);
    if (!parameters || cost_of_count(parameters->costParameter, &n) != 0 ||
        cost_of_count(parameters->blockSize, &r) != 0 ||
        cost_of_count(parameters->parallelizationParameter, &p) != 0)
        return damaged(reading, what);
    uint64_t blocks;
    if (__builtin_add_overflow(n, p, &blocks) || __builtin_add_overflow(blocks, 3, &blocks))
        blocks = UINT64_MAX;
    if (multiply(multiply(128, r), blocks) > COST_SCRYPT_MEMORY_MOST)
        return reading_fail(reading, PROBLEM_TOO_EXPENSIVE,
                            "scrypt with N=%" PRIu64 ", r=%" PRIu64 ", p=%" PRIu64
                            " needs more than %d MiB of memory",
                            n, r, p, COST_SCRYPT_MEMORY_MOST / 1024 / 1024);
    *ret = multiply(multiply(n + FILLING, r), p);
    return 0;
}

static int cost_of_pbes2(struct reading *reading, const X509_ALGOR *algorithm, const char *what,
                         uint64_t *ret)
{
    char name[OPENSSL_NAME_SIZE];
    PBE2PARAM *scheme AUTO_OPENSSL(PBE2PARAM) =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
    if (!scheme)
        return damaged(reading, what);
    const X509_ALGOR *function = scheme->keyfunc;
    switch (OBJ_obj2nid(function->algorithm)) {
    case NID_id_scrypt:
        return cost_of_scrypt(reading, function, what, ret);
    case NID_id_pbkdf2:
        break;
    default:
        return reading_fail(reading, PROBLEM_UNSUPPORTED,
                            "%s is encrypted with the key derivation %s, which this OpenSSL does "
                            "not support",
                            what, openssl_object_name(function->algorithm, name));
    }
    PBKDF2PARAM *parameters AUTO_OPENSSL(PBKDF2PARAM) =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), function->parameter);
    if (!parameters || cost_of_count(parameters->iter, ret) != 0)
        return damaged(reading, what);
    return 0;
}

int cost_of(struct reading *reading, const X509_ALGOR *algorithm, const char *what, uint64_t *ret)
{
    char name[OPENSSL_NAME_SIZE];
    int nid = OBJ_obj2nid(algorithm->algorithm);
    if (nid == NID_pbes2)
        return cost_of_pbes2(reading, algorithm, what, ret);
    if (nid == NID_undef || EVP_PBE_find(EVP_PBE_TYPE_OUTER, nid, NULL, NULL, NULL) != 1)
        return reading_fail(reading, PROBLEM_UNSUPPORTED,
                            "%s is encrypted with %s, which this OpenSSL does not support", what,
                            openssl_object_name(algorithm->algorithm, name));
    PBEPARAM *parameters AUTO_OPENSSL(PBEPARAM) =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
    if (!parameters || cost_of_count(parameters->iter, ret) != 0)
        return damaged(reading, what);
    return 0;
}

static int add_up(struct reading *reading, uint64_t *sum, uint64_t cost)
{
    if (cost > COST_MOST || *sum > COST_MOST - cost)
        return reading_fail(reading, PROBLEM_TOO_EXPENSIVE,
                            "opening it takes more work than %d iterations of key derivation",
                            COST_MOST);
    *sum += cost;
    return 0;
}

int cost_declare(struct reading *reading, uint64_t cost)
{
    return add_up(reading, &reading->declared, cost);
}

int cost_pay(struct reading *reading, uint64_t cost)
{
    return add_up(reading, &reading->paid, cost);
}
