/* key_check: does the private part of a key belong to its public part? */
#include "x509/key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>

enum {
    RSA_BITS_MOST = 16384,          /* OpenSSL's own limit for public keys */
    RSA_BITS_OF_POWERS_MOST = 4096, /* milliseconds */
    RSA_EXPONENT_BITS_MOST = 64,    /* OpenSSL's own limit above 3072 bits */
    CURVE_FIELD_MOST = 72,          /* octets: 571 bits are the most that has a name */
    NUMBER_COUNT = 8,
    PARAMETER_COUNT = NUMBER_COUNT + 1,
};

/* In this order in the array of numbers; behind them, the first of more primes. */
enum number { N, E, D, P, Q, DP, DQ, QINV };

static const char *const number_names[PARAMETER_COUNT] = {
    OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
    OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
    OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
    OSSL_PKEY_PARAM_RSA_FACTOR3,
};

struct rsa {
    BIGNUM *numbers[NUMBER_COUNT]; /* NULL: the key lacks it */
    BIGNUM *scratch[3];
    BN_CTX *context;
    bool more_primes; /* than two (RFC 8017, 3.2) */
};

/* The numbers of a key that has them, as parameters whose values stand in ret_values. Asked one by
 * one, each of them takes 4 us. */
static int read_parameters(EVP_PKEY *key, OSSL_PARAM parameters[static PARAMETER_COUNT + 1],
                           struct secret **ret_values)
{
    size_t size = 0, at = 0;
    for (size_t i = 0; i < PARAMETER_COUNT; i++)
        parameters[i] = OSSL_PARAM_construct_BN(number_names[i], NULL, 0);
    parameters[PARAMETER_COUNT] = OSSL_PARAM_construct_end();
    if (EVP_PKEY_get_params(key, parameters) != 1)
        return -1;
    for (size_t i = 0; i < PARAMETER_COUNT; i++)
        size += OSSL_PARAM_modified(&parameters[i]) ? parameters[i].return_size : 0;
    struct secret *values = secret_new(size);
    for (size_t i = 0; values && i < PARAMETER_COUNT; i++) {
        size_t needed = OSSL_PARAM_modified(&parameters[i]) ? parameters[i].return_size : 0;
        parameters[i] = OSSL_PARAM_construct_BN(number_names[i], secret_bytes(values) + at, needed);
        at += needed;
    }
    *ret_values = values;
    return values && EVP_PKEY_get_params(key, parameters) == 1 ? 0 : -1;
}

static int read_numbers(EVP_PKEY *key, struct rsa *rsa)
{
    OSSL_PARAM parameters[PARAMETER_COUNT + 1];
    struct secret *values AUTO_SECRET = NULL;
    if (read_parameters(key, parameters, &values) != 0)
        return -1;
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        if (OSSL_PARAM_modified(&parameters[i]) &&
            OSSL_PARAM_get_BN(&parameters[i], &rsa->numbers[i]) != 1)
            return -1;
    rsa->more_primes = OSSL_PARAM_modified(&parameters[NUMBER_COUNT]);
    for (size_t i = 0; i < 3; i++)
        rsa->scratch[i] = BN_secure_new();
    rsa->context = BN_CTX_secure_new();
    return rsa->scratch[0] && rsa->scratch[1] && rsa->scratch[2] && rsa->context ? 0 : -1;
}

static void free_numbers(struct rsa *rsa)
{
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        BN_clear_free(rsa->numbers[i]);
    for (size_t i = 0; i < 3; i++)
        BN_clear_free(rsa->scratch[i]);
    BN_CTX_free(rsa->context);
}

/* e d = 1 modulo prime - 1, and exponent = d modulo prime - 1. */
static bool fits_prime(const struct rsa *rsa, const BIGNUM *prime, const BIGNUM *exponent)
{
    BIGNUM *less = rsa->scratch[0], *value = rsa->scratch[1];
    if (!BN_copy(less, prime) || !BN_sub_word(less, 1) || BN_is_zero(less) || BN_is_negative(less))
        return false;
    if (!BN_mod_mul(value, rsa->numbers[E], rsa->numbers[D], less, rsa->context) ||
        !BN_is_one(value))
        return false;
    if (!exponent)
        return true;
    return BN_nnmod(value, rsa->numbers[D], less, rsa->context) && BN_cmp(value, exponent) == 0;
}

static bool fits_coefficient(const struct rsa *rsa)
{
    if (!rsa->numbers[QINV])
        return true;
    return BN_mod_mul(rsa->scratch[0], rsa->numbers[QINV], rsa->numbers[Q], rsa->numbers[P],
                      rsa->context) &&
           BN_is_one(rsa->scratch[0]);
}

/* A key without its primes: 2 raised to e d is 2 again. */
static bool fits_without_primes(const struct rsa *rsa)
{
    BIGNUM *two = rsa->scratch[0], *raised = rsa->scratch[1], *back = rsa->scratch[2];
    return BN_is_odd(rsa->numbers[N]) && BN_set_word(two, 2) &&
           BN_mod_exp(raised, two, rsa->numbers[E], rsa->numbers[N], rsa->context) &&
           BN_mod_exp_mont_consttime(back, raised, rsa->numbers[D], rsa->numbers[N], rsa->context,
                                     NULL) &&
           BN_cmp(back, two) == 0;
}

static bool has_two_primes(const struct rsa *rsa)
{
    return rsa->numbers[P] && rsa->numbers[Q] && !rsa->more_primes;
}

static bool numbers_fit(const struct rsa *rsa)
{
    BIGNUM *const *numbers = rsa->numbers;
    if (!numbers[N] || !numbers[E] || !numbers[D])
        return false;
    if (!has_two_primes(rsa))
        return fits_without_primes(rsa);
    return BN_mul(rsa->scratch[0], numbers[P], numbers[Q], rsa->context) &&
           BN_cmp(rsa->scratch[0], numbers[N]) == 0 && fits_prime(rsa, numbers[P], numbers[DP]) &&
           fits_prime(rsa, numbers[Q], numbers[DQ]) && fits_coefficient(rsa);
}

static bool are_small(const struct rsa *rsa)
{
    int most = has_two_primes(rsa) ? RSA_BITS_MOST : RSA_BITS_OF_POWERS_MOST;
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        if (rsa->numbers[i] && BN_num_bits(rsa->numbers[i]) > most)
            return false;
    return has_two_primes(rsa) || !rsa->numbers[E] ||
           BN_num_bits(rsa->numbers[E]) <= RSA_EXPONENT_BITS_MOST;
}

static enum key_verdict check_rsa(EVP_PKEY *key)
{
    struct rsa rsa = {0};
    enum key_verdict verdict = KEY_INCONSISTENT;
    if (read_numbers(key, &rsa) == 0)
        verdict = !are_small(&rsa)    ? KEY_TOO_LARGE
                  : numbers_fit(&rsa) ? KEY_CONSISTENT
                                      : KEY_INCONSISTENT;
    free_numbers(&rsa);
    return verdict;
}

/* Of the size that the order allows, which is never zero. */
static bool is_private_number(const EC_GROUP *group, const BIGNUM *number)
{
    return !BN_is_zero(number) && !BN_is_negative(number) &&
           BN_cmp(number, EC_GROUP_get0_order(group)) < 0;
}

static bool is_point_of(const EC_GROUP *group, const BIGNUM *number, const unsigned char *octets,
                        size_t size)
{
    EC_POINT *derived = EC_POINT_new(group), *point = EC_POINT_new(group);
    bool is = derived && point && EC_POINT_oct2point(group, point, octets, size, NULL) == 1 &&
              EC_POINT_mul(group, derived, number, NULL, NULL, NULL) == 1 &&
              EC_POINT_cmp(group, derived, point, NULL) == 0;
    EC_POINT_free(derived);
    EC_POINT_free(point);
    return is;
}

/* EVP_PKEY_pairwise_check() also multiplies the point by the order, which takes thrice as long as
 * the rest; a point that is a multiple of the generator need not be tried. */
static bool curve_key_is_consistent(const struct reading *reading, EVP_PKEY *key, int curve)
{
    unsigned char point[1 + 2 * CURVE_FIELD_MOST];
    size_t size = 0;
    BIGNUM *number CLEANUP(cleanup_private_number) = NULL;
    EC_GROUP *group AUTO_OPENSSL(EC_GROUP) =
        EC_GROUP_new_by_curve_name_ex(reading->library, NULL, curve);
    return group && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 &&
           EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point),
                                           &size) == 1 &&
           is_private_number(group, number) && is_point_of(group, number, point, size);
}

static bool pair_is_consistent(const struct reading *reading, EVP_PKEY *key)
{
    EVP_PKEY_CTX *context AUTO_OPENSSL(EVP_PKEY_CTX) =
        EVP_PKEY_CTX_new_from_pkey(reading->library, key, NULL);
    return context && EVP_PKEY_pairwise_check(context) == 1;
}

/* NID_undef for one that is written out or that is large. */
static int curve_of(EVP_PKEY *key)
{
    char name[OPENSSL_NAME_SIZE];
    int explicit = 0;
    if (EVP_PKEY_get_bits(key) > 8 * CURVE_FIELD_MOST ||
        EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit) !=
            1 ||
        explicit || EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) != 1)
        return NID_undef;
    return OBJ_sn2nid(name);
}

static bool is_consistent(const struct reading *reading, EVP_PKEY *key)
{
    int curve = EVP_PKEY_is_a(key, "EC") ? curve_of(key) : NID_undef;
    if (curve != NID_undef)
        return curve_key_is_consistent(reading, key, curve);
    if (EVP_PKEY_is_a(key, "EC") || EVP_PKEY_is_a(key, "DSA") || EVP_PKEY_is_a(key, "DH"))
        return pair_is_consistent(reading, key);
    return true;
}

enum key_verdict key_check(const struct reading *reading, EVP_PKEY *key)
{
    if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"))
        return check_rsa(key);
    return is_consistent(reading, key) ? KEY_CONSISTENT : KEY_INCONSISTENT;
}
