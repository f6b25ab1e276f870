#include "bench.h"

#include <string.h>

static const struct certificate *load(struct bench *bench, const char *name)
{
    bench_load(bench, name);
    bench_expect_leaf(bench, name);
    return &bench->bundle.certificate;
}

static void names_are_shown_as_they_were_issued(void **state)
{
    const struct certificate *web = load(*state, "web.pem");
    assert_string_equal(web->subject, "C=DE, O=Example, CN=www.example.com");
    assert_string_equal(web->issuer, "O=Example, CN=Test Intermediate");
    assert_int_equal(web->dns_name_count, 2);
    assert_string_equal(web->dns_names[0], "www.example.com");
    assert_string_equal(web->dns_names[1], "example.com");
    const struct certificate *wildcard = load(*state, "wildcard.pem");
    assert_int_equal(wildcard->dns_name_count, 3);
    assert_string_equal(wildcard->dns_names[0], "*.example.com");
    assert_int_equal(load(*state, "no-san.pem")->dns_name_count, 0);
    assert_string_equal(load(*state, "empty-subject.pem")->subject, "");
}

static void digests_and_serials_are_hex(void **state)
{
    struct bench *bench = *state;
    const struct certificate *web = load(bench, "web.pem");
    assert_int_equal(strlen(web->thumbprint), 40);
    assert_int_equal(strlen(web->key_id), 64);
    assert_string_equal(web->serial, "1004");
    assert_string_equal(web->chain_digest,
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    char key_id[DIGEST_TEXT_SIZE];
    strcpy(key_id, web->key_id);
    assert_string_equal(load(bench, "same-key.pem")->key_id, key_id);
    assert_string_not_equal(load(bench, "renewed.pem")->key_id, key_id);
}

static void the_chain_digest_is_that_of_the_chains_der(void **state)
{
    struct bench *bench = *state;
    char intermediate[DIGEST_TEXT_SIZE];
    strcpy(intermediate, load(bench, "intermediate.pem")->fingerprint);
    bench_load(bench, "full.pem");
    assert_string_equal(bench->bundle.certificate.chain_digest, intermediate);
}

static void times_are_instants(void **state)
{
    const struct certificate *web = load(*state, "web.pem");
    assert_int_equal(web->not_before, instant_from_date(2026, 1, 1, 0, 0, 0));
    assert_int_equal(web->not_after, instant_from_date(2036, 1, 1, 0, 0, 0));
    assert_int_equal(load(*state, "year-9999.pem")->not_after, INSTANT_MAX);
    assert_int_equal(load(*state, "expired.pem")->not_after,
                     instant_from_date(2021, 1, 1, 0, 0, 0));
}

static void keys_have_a_name_and_a_size(void **state)
{
    static const struct {
        const char *name, *algorithm;
    } keys[] = {{"web.pem", "EC P-256"},
                {"rsa.pem", "RSA 2048"},
                {"rsa-1024.pem", "RSA 1024"},
                {"ed25519.pem", "ED25519"}};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        assert_string_equal(load(*state, keys[i].name)->key_algorithm, keys[i].algorithm);
}

static void weaknesses_are_found(void **state)
{
    static const struct {
        const char *name;
        unsigned findings;
    } files[] = {
        {"web.pem", FINDING_INCOMPLETE_CHAIN},
        {"self.pem", 0},
        {"self-sha1.pem", 0},
        {"rsa-1024.pem", FINDING_INCOMPLETE_CHAIN | FINDING_WEAK_KEY},
        {"sha1.pem", FINDING_INCOMPLETE_CHAIN | FINDING_WEAK_SIGNATURE},
        {"explicit.pem", FINDING_INCOMPLETE_CHAIN | FINDING_EXPLICIT_CURVE},
        {"client.pem", FINDING_INCOMPLETE_CHAIN | FINDING_NO_SERVER_AUTH},
        {"root.pem", 0},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        assert_int_equal(load(*state, files[i].name)->findings, files[i].findings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(names_are_shown_as_they_were_issued),
        BENCH_TEST(digests_and_serials_are_hex),
        BENCH_TEST(the_chain_digest_is_that_of_the_chains_der),
        BENCH_TEST(times_are_instants),
        BENCH_TEST(keys_have_a_name_and_a_size),
        BENCH_TEST(weaknesses_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
