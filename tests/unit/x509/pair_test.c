#include "maker.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdio.h>
#include <string.h>

static void pin_of(const char *name, char ret[static DIGEST_TEXT_SIZE])
{
    struct bench *bench = NULL;
    if (bench_setup((void **)&bench) != 0) {
        fail();
        return;
    }
    bench_load(bench, name);
    bench_expect_leaf(bench, name);
    strcpy(ret, bench->bundle.certificate.fingerprint);
    bench_teardown((void **)&bench);
}

static void several_pairs_need_a_pin(void **state)
{
    char web[DIGEST_TEXT_SIZE], renewed[DIGEST_TEXT_SIZE];
    struct bench *bench = *state;
    pin_of("web.pem", web);
    pin_of("renewed.pem", renewed);
    bench_load(bench, "two-keys.pem");
    bench_expect_problem(bench, PROBLEM_AMBIGUOUS_LEAF, web);
    bench_expect_problem(bench, PROBLEM_AMBIGUOUS_LEAF, renewed);
    bench_expect_problem(bench, PROBLEM_AMBIGUOUS_LEAF, "CN=www.example.com");
    bench->source.pin = web;
    bench_load(bench, "two-keys.pem");
    bench_expect(bench, "web.pem", 1, true);
    bench->source.pin = renewed;
    bench_load(bench, "two-keys.pem");
    bench_expect(bench, "renewed.pem", 1, true);
}

static void another_pin_than_the_leafs_is_a_mismatch(void **state)
{
    char pin[DIGEST_TEXT_SIZE];
    struct bench *bench = *state;
    pin_of("renewed.pem", pin);
    bench->source.pin = pin;
    bench_load(bench, "web.pfx");
    bench_expect_problem(bench, PROBLEM_PIN_MISMATCH, pin);
    pin_of("root.pem", pin);
    bench_load(bench, "web.pfx");
    bench_expect_problem(bench, PROBLEM_PIN_MISMATCH, pin);
}

/* The files of the PKI, one after the other. */
static void load_joined(struct bench *bench, const char *const *names)
{
    char text[16384];
    size_t size = 0;
    for (; *names; names++) {
        struct secret *file = bench_read(*names);
        assert_true(size + secret_size(file) <= sizeof(text));
        memcpy(text + size, secret_peek(file), secret_size(file));
        size += secret_size(file);
        secret_free(file);
    }
    bench_load_bytes(bench, text, size);
}

static const char *const two_pairs[] = {"self.key", "web.pem", "intermediate.pem",
                                        "self.pem", "web.key", NULL};

static void a_subject_chooses_among_several_pairs(void **state)
{
    struct bench *bench = *state;
    load_joined(bench, two_pairs);
    bench_expect_problem(bench, PROBLEM_AMBIGUOUS_LEAF, "CN=alone.example.com (sha256 ");
    static const char *const webs[] = {"www.example.com", "WWW.Example.COM", "example.com",
                                       "C=DE, O=Example, CN=www.example.com"};
    for (size_t i = 0; i < sizeof(webs) / sizeof(webs[0]); i++) {
        bench->source.subject = webs[i];
        load_joined(bench, two_pairs);
        bench_expect(bench, "web.pem", 1, true);
    }
    bench->source.subject = "alone.example.com";
    load_joined(bench, two_pairs);
    bench_expect(bench, "self.pem", 0, true);
}

static void a_subject_that_is_not_there_is_told_with_those_that_are(void **state)
{
    static const char *const others[] = {"ww.example.com",     "www.example.com2",
                                         "CN=www.example.com", "C=DE",
                                         "Test Intermediate",  " "};
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        bench->source.subject = others[i];
        load_joined(bench, two_pairs);
        bench_expect_problem(bench, PROBLEM_SUBJECT_MISMATCH, others[i]);
        bench_expect_problem(bench, PROBLEM_SUBJECT_MISMATCH, "CN=www.example.com (sha256 ");
        bench_expect_problem(bench, PROBLEM_SUBJECT_MISMATCH, "CN=alone.example.com (sha256 ");
    }
}

static void a_subject_of_several_needs_the_pin_besides(void **state)
{
    char renewed[DIGEST_TEXT_SIZE];
    struct bench *bench = *state;
    pin_of("renewed.pem", renewed);
    bench->source.subject = "www.example.com";
    bench_load(bench, "two-keys.pem");
    bench_expect_problem(bench, PROBLEM_AMBIGUOUS_LEAF, renewed);
    bench->source.pin = renewed;
    bench_load(bench, "two-keys.pem");
    bench_expect(bench, "renewed.pem", 1, true);
    bench->source.subject = "alone.example.com";
    bench_load(bench, "two-keys.pem");
    bench_expect_problem(bench, PROBLEM_SUBJECT_MISMATCH, renewed);
}

/* The DNS name of nul.der goes on behind the NUL. */
static void a_subject_is_the_whole_of_a_name(void **state)
{
    struct bench *bench = *state;
    bench->source.subject = "nul";
    bench_load(bench, "nul.der");
    bench_expect_problem(bench, PROBLEM_SUBJECT_MISMATCH, "nul\\00.example.com");
    bench->source.subject = "CN=nul\\00.example.com";
    bench_load(bench, "nul.der");
    assert_int_equal(bench->result, 0);
}

static void a_key_path_and_a_subject_that_contradict_are_a_mismatch(void **state)
{
    char web[DIGEST_TEXT_SIZE];
    struct bench *bench = *state;
    bench->source.subject = "www.example.com";
    bench_load_with(bench, "web.p7b", "wrong.key", NULL);
    bench_expect_problem(bench, PROBLEM_KEY_MISMATCH, "wrong.key: ");
    pin_of("web.pem", web);
    bench->source.pin = web;
    bench->source.subject = NULL;
    bench_load_with(bench, "two-keys.pem", "renewed.key", NULL);
    bench_expect_problem(bench, PROBLEM_KEY_MISMATCH, web);
}

static void without_a_key_a_subject_names_any_certificate(void **state)
{
    struct bench *bench = *state;
    bench->source.subject = "Test Intermediate";
    bench_load(bench, "chain.pem");
    bench_expect(bench, "intermediate.pem", 0, false);
    bench->source.subject = "Test Root";
    bench_load(bench, "chain.pem");
    bench_expect(bench, "root.pem", 0, false);
    bench->source.subject = "www.example.com";
    bench_load(bench, "empty-subject.pem");
    bench_expect(bench, "empty-subject.pem", 0, false);
    bench->source.subject = "another";
    bench_load(bench, "empty-subject.pem");
    bench_expect_problem(bench, PROBLEM_SUBJECT_MISMATCH, "DNS:www.example.com");
}

static void a_key_of_another_certificate_is_a_mismatch(void **state)
{
    struct bench *bench = *state;
    bench_load(bench, "wrong-key.pem");
    bench_expect_problem(bench, PROBLEM_KEY_MISMATCH, "belongs to another certificate");
    bench_load_with(bench, "web.pem", "wrong.key", NULL);
    bench_expect_problem(bench, PROBLEM_KEY_MISMATCH, "wrong.key: ");
    bench_load_with(bench, "full.pem", "wrong.key", NULL);
    bench_expect_problem(bench, PROBLEM_KEY_MISMATCH, "wrong.key: ");
}

static void a_key_path_says_which_leaf_is_meant(void **state)
{
    struct bench *bench = *state;
    bench_load_with(bench, "two-keys.pem", "renewed.key", NULL);
    bench_expect(bench, "renewed.pem", 1, true);
}

static void certificates_alone_have_the_leaf_that_issued_none(void **state)
{
    struct bench *bench = *state;
    bench_load(bench, "self.pem");
    bench_expect(bench, "self.pem", 0, false);
    bench_load(bench, "root.pem");
    bench_expect(bench, "root.pem", 0, false);
    bench_load(bench, "chain.pem");
    bench_expect(bench, "intermediate.pem", 0, false);
}

static void a_self_signed_leaf_lacks_no_chain(void **state)
{
    struct bench *bench = *state;
    bench_load_with(bench, "self.pem", "self.key", "chain.pem");
    bench_expect(bench, "self.pem", 0, true);
    assert_int_equal(bench->bundle.certificate.findings, 0);
}

static void a_chain_is_incomplete_only_without_any_issuer(void **state)
{
    struct bench *bench = *state;
    bench_load(bench, "web-nochain.pfx");
    bench_expect(bench, "web.pem", 0, true);
    assert_int_equal(bench->bundle.certificate.findings, FINDING_INCOMPLETE_CHAIN);
    assert_string_equal(bench->bundle.chain_pem, "");
    bench_load_with(bench, "web.pem", NULL, "intermediate.pem");
    assert_int_equal(bench->bundle.certificate.findings, 0);
    bench_load_with(bench, "direct.pem", NULL, "root.pem");
    bench_expect(bench, "direct.pem", 0, false);
    assert_int_equal(bench->bundle.certificate.findings, 0);
    bench_load_with(bench, "direct.pem", NULL, "intermediate.pem");
    assert_int_equal(bench->bundle.certificate.findings, FINDING_INCOMPLETE_CHAIN);
}

static void an_issuer_in_name_alone_is_not_taken(void **state)
{
    struct bench *bench = *state;
    bench_load_with(bench, "web.pem", NULL, "imposter.pem");
    bench_expect(bench, "web.pem", 0, false);
    assert_int_equal(bench->bundle.certificate.findings,
                     FINDING_INCOMPLETE_CHAIN | FINDING_FALSE_ISSUER);
    load_joined(bench, (const char *const[]){"web.pem", "imposter.pem", "intermediate.pem", NULL});
    bench_expect(bench, "web.pem", 1, false);
    assert_int_equal(bench->bundle.certificate.findings, 0);
}

static void a_cycle_of_issuers_ends(void **state)
{
    struct bench *bench = *state;
    bench_load_with(bench, "web.pem", NULL, "loop-chain.pem");
    bench_expect(bench, "web.pem", 2, false);
}

/* Of an algorithm that nobody knows, or of a known one with garbage inside. */
static void add_strange_key(struct maker *maker, const char *algorithm)
{
    PKCS8_PRIV_KEY_INFO *info = PKCS8_PRIV_KEY_INFO_new();
    unsigned char *octets = OPENSSL_malloc(3);
    memcpy(octets, "\1\2\3", 3);
    assert_int_equal(
        PKCS8_pkey_set0(info, OBJ_txt2obj(algorithm, 1), 0, V_ASN1_UNDEF, NULL, octets, 3), 1);
    maker_add_info(maker, info);
}

static void an_orphan_key_first_is_passed_over(void **state)
{
    struct maker maker = {NULL};
    maker_add_key(&maker, "wrong.key");
    maker_add_key(&maker, "web.key");
    maker_add_certificate(&maker, "root.pem");
    maker_add_certificate(&maker, "web.pem");
    maker_load(&maker, *state, NULL);
    bench_expect(*state, "web.pem", 0, true);
}

static void a_strange_key_does_not_cost_the_certificates(void **state)
{
    static const char *const algorithms[] = {"2.16.840.1.101.3.4.3.18", "1.2.840.10045.2.1"};
    for (size_t i = 0; i < 2; i++) {
        struct maker maker = {NULL};
        add_strange_key(&maker, algorithms[i]);
        maker_add_certificate(&maker, "web.pem");
        maker_load(&maker, *state, NULL);
        bench_expect(*state, "web.pem", 0, false);
        maker.bags = NULL;
        add_strange_key(&maker, algorithms[i]);
        maker_add_key(&maker, "web.key");
        maker_add_certificate(&maker, "web.pem");
        maker_load(&maker, *state, NULL);
        bench_expect(*state, "web.pem", 0, true);
    }
}

/* The RSA key with some of its numbers taken from another one or, without one, two too large. */
static EVP_PKEY *mix_rsa(EVP_PKEY *own, EVP_PKEY *other, const char *const *mixed)
{
    static const char *const names[] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
    };
    EVP_PKEY *key = NULL;
    BIGNUM *numbers[8] = {NULL};
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    for (size_t i = 0; i < 8; i++) {
        EVP_PKEY *from = own;
        for (size_t m = 0; mixed[m]; m++)
            if (strcmp(mixed[m], names[i]) == 0)
                from = other;
        assert_int_equal(EVP_PKEY_get_bn_param(from ? from : own, names[i], &numbers[i]), 1);
        if (!from)
            BN_add_word(numbers[i], 2);
        OSSL_PARAM_BLD_push_BN(builder, names[i], numbers[i]);
    }
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY_fromdata_init(context);
    assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, parameters), 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    for (size_t i = 0; i < 8; i++)
        BN_clear_free(numbers[i]);
    return key;
}

static void expect_mismatch(struct bench *bench, EVP_PKEY *mixed)
{
    struct maker maker = {NULL};
    maker_add_info(&maker, EVP_PKEY2PKCS8(mixed));
    maker_add_certificate(&maker, "rsa.pem");
    maker_load(&maker, bench, NULL);
    bench_expect_problem(bench, PROBLEM_KEY_MISMATCH, "private part");
    EVP_PKEY_free(mixed);
}

static void an_rsa_key_whose_private_part_is_anothers_does_not_pass(void **state)
{
    static const char *const mixes[][7] = {
        {OSSL_PKEY_PARAM_RSA_D},
        {OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2},
        {OSSL_PKEY_PARAM_RSA_EXPONENT1},
        {OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
        {OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
         OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
         OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
    };
    static const char *const wrong_exponents[] = {
        OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2, NULL};
    struct bench *bench = *state;
    EVP_PKEY *own = maker_read_key("rsa.key"), *other = EVP_RSA_gen(2048);
    for (size_t i = 0; i < sizeof(mixes) / sizeof(mixes[0]); i++)
        expect_mismatch(bench, mix_rsa(own, other, mixes[i]));
    expect_mismatch(bench, mix_rsa(own, NULL, wrong_exponents));
    EVP_PKEY_free(own);
    EVP_PKEY_free(other);
}

/* A PKCS#8 EC key holds the private number first and the public point behind it. */
static void an_ec_key_whose_private_part_is_anothers_does_not_pass(void **state)
{
    struct bench *bench = *state;
    struct secret *own = bench_read("web.key.der"), *pem = bench_read("web.pem");
    unsigned char *at = memmem(secret_bytes(own), secret_size(own), "\x02\x01\x01\x04\x20", 5);
    assert_non_null(at);
    at[36] ^= 1;
    bench_load(bench, "web.pem");
    bench->source.key_bytes = own;
    bench->source.key_path = "mixed.key";
    problems_init(&bench->problems, bench->arena);
    bundle_done(&bench->bundle);
    bench->result = source_load(&bench->source, bench->arena, &bench->problems, &bench->bundle);
    bench_expect_problem(bench, PROBLEM_KEY_MISMATCH, "private part");
    secret_free(own);
    secret_free(pem);
}

static void add_text(char *text, BIO *bio)
{
    char *bytes = NULL;
    long size = BIO_get_mem_data(bio, &bytes);
    assert_true(strlen(text) + (size_t)size < 8192);
    strncat(text, bytes, (size_t)size);
    BIO_free(bio);
}

static X509 *issue_to_itself(EVP_PKEY *key)
{
    X509 *x509 = X509_new();
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               (const unsigned char *)"three.example.com", -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(x509));
    X509_set_pubkey(x509, key);
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    return x509;
}

static X509 *read_certificate(const char *name)
{
    struct secret *file = bench_read(name);
    BIO *bio = BIO_new_mem_buf(secret_peek(file), (int)secret_size(file));
    X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    assert_non_null(x509);
    BIO_free(bio);
    secret_free(file);
    return x509;
}

static void add_certificate(char text[static 8192], X509 *x509)
{
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, x509);
    add_text(text, bio);
}

/* As when an issuer was renewed under its key, in whatever order they stand. */
static void of_two_certificates_of_one_issuer_the_chain_has_that_which_lasts_longer(void **state)
{
    struct bench *bench = *state;
    X509 *leaf = read_certificate("web.pem"), *once = read_certificate("intermediate.pem");
    X509 *renewed = X509_dup(once);
    EVP_PKEY *root = maker_read_key("root.key");
    assert_int_equal(ASN1_TIME_set_string_X509(X509_getm_notAfter(renewed), "20450101000000Z"), 1);
    assert_true(X509_sign(renewed, root, EVP_sha256()) > 0);
    for (int first = 0; first < 2; first++) {
        char text[8192] = "", longer[8192] = "";
        add_certificate(text, leaf);
        add_certificate(text, first ? renewed : once);
        add_certificate(text, first ? once : renewed);
        add_certificate(longer, renewed);
        bench_load_bytes(bench, text, strlen(text));
        assert_int_equal(bench->result, 0);
        assert_non_null(strstr(bench->bundle.chain_pem, longer));
        assert_int_equal(bench_count(bench->bundle.chain_pem, "BEGIN CERTIFICATE"), 1);
    }
    X509_free(leaf);
    X509_free(once);
    X509_free(renewed);
    EVP_PKEY_free(root);
}

/* Its private exponent, which stands behind the modulus and the public one, loses a bit. */
static void damage_exponent(unsigned char *der, const EVP_PKEY *key)
{
    BIGNUM *exponent = NULL;
    unsigned char bytes[512];
    assert_int_equal(EVP_PKEY_get_bn_param(key, "d", &exponent), 1);
    int size = BN_bn2bin(exponent, bytes);
    unsigned char *at = memmem(der, 1024, bytes, (size_t)size);
    assert_non_null(at);
    at[size - 1] ^= 2;
    BN_clear_free(exponent);
}

/* OpenSSL's own check of such a key knows two primes alone. */
static void a_key_of_three_primes_is_held_against_its_certificate(void **state)
{
    struct bench *bench = *state;
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_primes(context, 3), 1);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    X509 *x509 = issue_to_itself(key);
    for (int damaged = 0; damaged < 2; damaged++) {
        char text[8192] = "";
        unsigned char *der = NULL;
        BIO *bio = BIO_new(BIO_s_mem());
        PEM_write_bio_X509(bio, x509);
        int size = i2d_PrivateKey(key, &der);
        assert_true(size > 1024);
        if (damaged)
            damage_exponent(der, key);
        PEM_write_bio(bio, "RSA PRIVATE KEY", "", der, size);
        add_text(text, bio);
        bench_load_bytes(bench, text, strlen(text));
        if (damaged)
            bench_expect_problem(bench, PROBLEM_KEY_MISMATCH, "does not belong to the public part");
        assert_int_equal(bench->result, damaged ? -1 : 0);
        assert_true(damaged || bench->bundle.key_pem);
        OPENSSL_clear_free(der, (size_t)size);
    }
    X509_free(x509);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(context);
}

/* The type of an EC key becomes one that nobody knows yet. */
static struct secret *with_unknown_type(const char *name)
{
    static const unsigned char type[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
    struct secret *file = bench_read(name);
    unsigned char *at = memmem(secret_bytes(file), secret_size(file), type, sizeof(type));
    assert_non_null(at);
    at[sizeof(type) - 1] = 0x7f;
    return file;
}

static void a_key_of_a_type_to_come_is_unsupported_with_its_certificate(void **state)
{
    struct bench *bench = *state;
    char text[8192] = "";
    BIO *bio = BIO_new(BIO_s_mem());
    struct secret *leaf = with_unknown_type("web.der"), *key = with_unknown_type("web.key.der");
    PEM_write_bio(bio, "CERTIFICATE", "", secret_peek(leaf), (long)secret_size(leaf));
    PEM_write_bio(bio, "PRIVATE KEY", "", secret_peek(key), (long)secret_size(key));
    add_text(text, bio);
    bench_load_bytes(bench, text, strlen(text));
    bench_expect_problem(bench, PROBLEM_UNSUPPORTED, "which this OpenSSL does not support");
    secret_free(leaf);
    secret_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(several_pairs_need_a_pin),
        BENCH_TEST(another_pin_than_the_leafs_is_a_mismatch),
        BENCH_TEST(a_subject_chooses_among_several_pairs),
        BENCH_TEST(a_subject_that_is_not_there_is_told_with_those_that_are),
        BENCH_TEST(a_subject_of_several_needs_the_pin_besides),
        BENCH_TEST(a_subject_is_the_whole_of_a_name),
        BENCH_TEST(a_key_path_and_a_subject_that_contradict_are_a_mismatch),
        BENCH_TEST(without_a_key_a_subject_names_any_certificate),
        BENCH_TEST(a_key_of_another_certificate_is_a_mismatch),
        BENCH_TEST(a_key_path_says_which_leaf_is_meant),
        BENCH_TEST(certificates_alone_have_the_leaf_that_issued_none),
        BENCH_TEST(a_self_signed_leaf_lacks_no_chain),
        BENCH_TEST(a_chain_is_incomplete_only_without_any_issuer),
        BENCH_TEST(an_issuer_in_name_alone_is_not_taken),
        BENCH_TEST(a_cycle_of_issuers_ends),
        BENCH_TEST(an_orphan_key_first_is_passed_over),
        BENCH_TEST(a_strange_key_does_not_cost_the_certificates),
        BENCH_TEST(an_rsa_key_whose_private_part_is_anothers_does_not_pass),
        BENCH_TEST(an_ec_key_whose_private_part_is_anothers_does_not_pass),
        BENCH_TEST(a_key_of_three_primes_is_held_against_its_certificate),
        BENCH_TEST(of_two_certificates_of_one_issuer_the_chain_has_that_which_lasts_longer),
        BENCH_TEST(a_key_of_a_type_to_come_is_unsupported_with_its_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
