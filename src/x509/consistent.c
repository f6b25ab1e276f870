/* key_is_consistent: does the private part of a key belong to its public part? */
#include "x509/key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>

enum {
    RSA_BITS_MOST = 16384,          /* OpenSSL's own limit for public keys */
    RSA_BITS_OF_POWERS_MOST = 4096, /* milliseconds */
    RSA_EXPONENT_BITS_MOST = 64,    /* OpenSSL's own limit above 3072 bits */
    NUMBER_COUNT = 8,
};

/* In this order in the array of numbers. */
enum number { N, E, D, P, Q, DP, DQ, QINV };

static const char *const number_names[NUMBER_COUNT] = {
    OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
    OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
    OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

struct rsa {
    BIGNUM *numbers[NUMBER_COUNT]; /* NULL: the key lacks it */
    BIGNUM *scratch[3];
    BN_CTX *context;
    bool more_primes; /* than two (RFC 8017, 3.2) */
};

static int read_numbers(EVP_PKEY *key, struct rsa *rsa)
{
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        if (EVP_PKEY_get_bn_param(key, number_names[i], &rsa->numbers[i]) != 1)
            rsa->numbers[i] = NULL;
    BIGNUM *third CLEANUP(cleanup_private_number) = NULL;
    rsa->more_primes = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_FACTOR3, &third) == 1;
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

static bool is_rsa(EVP_PKEY *key)
{
    return EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS");
}

static bool ask_rsa(EVP_PKEY *key, bool (*question)(const struct rsa *rsa))
{
    struct rsa rsa = {0};
    bool answer = read_numbers(key, &rsa) == 0 && question(&rsa);
    free_numbers(&rsa);
    return answer;
}

static bool pair_is_consistent(const struct reading *reading, EVP_PKEY *key)
{
    EVP_PKEY_CTX *context AUTO_OPENSSL(EVP_PKEY_CTX) =
        EVP_PKEY_CTX_new_from_pkey(reading->library, key, NULL);
    return context && EVP_PKEY_pairwise_check(context) == 1;
}

bool key_is_checkable(EVP_PKEY *key)
{
    return !is_rsa(key) || ask_rsa(key, are_small);
}

bool key_is_consistent(const struct reading *reading, EVP_PKEY *key)
{
    if (is_rsa(key))
        return ask_rsa(key, numbers_fit);
    if (EVP_PKEY_is_a(key, "EC") || EVP_PKEY_is_a(key, "DSA") || EVP_PKEY_is_a(key, "DH"))
        return pair_is_consistent(reading, key);
    return true;
}
