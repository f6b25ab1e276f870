#include "bench.h"

#include "x509/chain.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <string.h>

/* What decoding needs of a reading. */
static struct reading reading_of(struct bench *bench)
{
    struct reading reading;
    problems_init(&bench->problems, bench->arena);
    assert_int_equal(reading_init(&reading, &bench->source, bench->arena, &bench->problems), 0);
    return reading;
}

static struct decoded *decode(struct reading *reading, X509 *x509)
{
    static const char digest[DIGEST_TEXT_SIZE] = "of the bytes";
    struct decoded *made = NULL;
    unsigned char *der = NULL;
    int size = i2d_X509(x509, &der);
    assert_true(size > 0);
    assert_int_equal(decoded_new(reading, (struct slice){der, (size_t)size}, 1, digest, &made), 0);
    OPENSSL_free(der);
    X509_free(x509);
    return made;
}

static X509 *read_certificate(const char *name)
{
    struct secret *pem AUTO_SECRET = bench_read(name);
    BIO *bio = BIO_new_mem_buf(secret_peek(pem), (int)secret_size(pem));
    X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    assert_non_null(x509);
    BIO_free(bio);
    return x509;
}

static void a_signature_is_remembered_for_its_signer_alone(void **state)
{
    struct reading reading = reading_of(*state);
    struct decoded *web = decode(&reading, read_certificate("web.pem"));
    struct decoded *issuer = decode(&reading, read_certificate("intermediate.pem"));
    struct decoded *imposter = decode(&reading, read_certificate("imposter.pem"));
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(decoded_verify(&reading, web, imposter), 0);
        assert_int_equal(decoded_verify(&reading, web, issuer), 1);
        assert_string_equal(web->signer, issuer->fingerprint);
    }
    decoded_release(web);
    decoded_release(issuer);
    decoded_release(imposter);
    reading_done(&reading);
}

/* The outer algorithm is no part of what was signed (RFC 5280, 4.1.1.2). */
static void two_algorithms_that_differ_are_no_signature(void **state)
{
    struct reading reading = reading_of(*state);
    X509 *changed = read_certificate("web.pem");
    const X509_ALGOR *algorithm;
    X509_get0_signature(NULL, &algorithm, changed);
    assert_int_equal(OBJ_obj2nid(algorithm->algorithm), NID_ecdsa_with_SHA256);
    unsigned char *der = NULL, *last = NULL;
    int size = i2d_X509(changed, &der);
    static const unsigned char oid[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
    for (unsigned char *at = der; (at = memmem(at, (size_t)(der + size - at), oid, sizeof(oid)));)
        last = at++;
    assert_non_null(last);
    if (last)
        last[7] = 3; /* ecdsa-with-SHA384 */
    const unsigned char *at = der;
    X509_free(changed);
    changed = d2i_X509(NULL, &at, size);
    OPENSSL_free(der);
    struct decoded *web = decode(&reading, changed);
    struct decoded *issuer = decode(&reading, read_certificate("intermediate.pem"));
    assert_int_equal(decoded_verify(&reading, web, issuer), 0);
    decoded_release(web);
    decoded_release(issuer);
    reading_done(&reading);
}

/* With the issuer's name and this identifier of its key (NULL: none). */
static X509 *make_issuer(const char *identifier)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = X509_new(), *model = read_certificate("intermediate.pem");
    assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
    assert_int_equal(X509_set_subject_name(x509, X509_get_subject_name(model)), 1);
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x509), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x509), 1000));
    X509_EXTENSION *extension =
        identifier ? X509V3_EXT_conf_nid(NULL, NULL, NID_subject_key_identifier, identifier) : NULL;
    if (extension)
        assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    EVP_PKEY_free(key);
    X509_free(model);
    return x509;
}

static void an_issuer_with_another_key_identifier_is_none(void **state)
{
    struct reading reading = reading_of(*state);
    struct decoded *web = decode(&reading, read_certificate("web.pem"));
    struct decoded *issuer = decode(&reading, read_certificate("intermediate.pem"));
    struct decoded *other = decode(&reading, make_issuer("01:02:03"));
    struct decoded *silent = decode(&reading, make_issuer(NULL));
    assert_true(chain_may_have_issued(issuer, web));
    assert_false(chain_may_have_issued(other, web));
    assert_true(chain_may_have_issued(silent, web));
    assert_false(chain_may_have_issued(web, issuer));
    decoded_release(web);
    decoded_release(issuer);
    decoded_release(other);
    decoded_release(silent);
    reading_done(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_signature_is_remembered_for_its_signer_alone),
        BENCH_TEST(two_algorithms_that_differ_are_no_signature),
        BENCH_TEST(an_issuer_with_another_key_identifier_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
