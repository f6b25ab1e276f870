#include "bench.h"

#include <openssl/pkcs12.h>
#include <stdio.h>
#include <string.h>

static void every_kind_of_file_gives_leaf_key_and_chain(void **state)
{
    static const char *const names[] = {
        "web.pfx",      "web-legacy.pfx", "web-nomac.pfx",    "web-open.pfx", "web-100k.pfx",
        "full.pem",     "reversed.pem",   "crlf.pem",         "bom.pem",      "comments.pem",
        "joined.pem",   "duplicate.pem",  "web-trailing.pfx", "web-rc4.pfx",  "web-ber.pfx",
        "certtool.p12", "nss.p12",
    };
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s", getenv("CERTROLL_PKI"), names[i]);
        if (access(path, F_OK) != 0 && strstr(names[i], ".p12"))
            continue; /* its tool is not installed */
        bench_load(bench, names[i]);
        bench_expect(bench, "web.pem", 1, true);
        assert_int_equal(bench->bundle.certificate.findings, 0);
    }
}

static void files_of_certificates_alone_have_no_key(void **state)
{
    static const char *const names[] = {"web.p7b", "web-pem.p7b", "web-nokey.pfx"};
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        bench_load(bench, names[i]);
        bench_expect(bench, "web.pem", 1, false);
    }
    bench_load(bench, "web.der");
    bench_expect(bench, "web.pem", 0, false);
    bench_load(bench, "trusted.pem");
    bench_expect(bench, "web.pem", 0, false);
}

static void encrypted_keys_beside_a_certificate_are_opened(void **state)
{
    struct bench *bench = *state;
    bench_load(bench, "enc-pkcs8.pem");
    bench_expect(bench, "web.pem", 0, true);
    bench_load(bench, "enc-dek.pem");
    bench_expect(bench, "web.pem", 0, true);
    bench_load(bench, "ec-params.pem");
    bench_expect(bench, "web.pem", 0, true);
}

static void key_and_chain_may_stand_in_files_of_their_own(void **state)
{
    static const char *const keys[] = {"web.key",        "web.key.der", "enc-pkcs8.key",
                                       "enc-scrypt.key", "enc-dek.key", "full.pem",
                                       "web.pfx"};
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        bench_load_with(bench, "web.der", keys[i], "chain.pem");
        bench_expect(bench, "web.pem", 1, true);
    }
    bench_load_with(bench, "web.der", NULL, "web.p7b");
    bench_expect(bench, "web.pem", 1, false);
    bench_load_with(bench, "rsa.pem", "rsa-dek.key", NULL);
    bench_expect(bench, "rsa.pem", 0, true);
    bench_load_with(bench, "ed25519.pem", "ed25519.key", NULL);
    bench_expect(bench, "ed25519.pem", 0, true);
    bench_load_with(bench, "rsa-pss.pem", "rsa.key", "intermediate.pem");
    bench_expect(bench, "rsa-pss.pem", 1, true);
}

static void what_holds_no_certificate_is_told_what_it_is(void **state)
{
    static const struct {
        const char *name, *text;
    } files[] = {
        {"request.csr", "certificate request"},
        {"request.csr.der", "certificate request"},
        {"list.crl", "revocation list"},
        {"list.crl.der", "revocation list"},
        {"public.key", "public key"},
        {"public.key.der", "public key"},
        {"web.key", "private key"},
        {"web.key.der", "private key"},
        {"enc-pkcs8.key", "private key"},
        {"key-only.pfx", "private key"},
        {"empty.p7b", "PKCS#7"},
        {"ssh.pub", "SSH"},
        {"page.html", "HTML"},
        {"store.jks", "JKS"},
        {"empty", "empty"},
        {"garbage.bin", "nor any other format"},
        {"zeros", "nor any other format"},
    };
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        bench_load(bench, files[i].name);
        bench_expect_problem(bench, PROBLEM_NOT_A_CERTIFICATE, files[i].text);
    }
}

static void damage_is_told_with_its_place(void **state)
{
    static const struct {
        const char *name, *text;
    } files[] = {
        {"damaged.pem", "CERTIFICATE block in line 1 is not base64"},
        {"cut.pem", "CERTIFICATE block in line 1 has no END line"},
        {"web-truncated.pfx", "bytes are missing"},
        {"web-flipped.pfx", "is damaged"},
    };
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        bench_load(bench, files[i].name);
        bench_expect_problem(bench, PROBLEM_UNREADABLE, files[i].text);
    }
}

/* The label does not match what is inside. */
static void a_wrong_label_is_no_matter(void **state)
{
    struct bench *bench = *state;
    struct secret *file = bench_read("web-pem.p7b");
    size_t length = 0;
    char *text = calloc(1, 2 * secret_size(file));
    const char *at = (const char *)secret_peek(file), *label;
    assert_non_null(text);
    while ((label = strstr(at, "PKCS7")) != NULL) {
        length += (size_t)sprintf(text + length, "%.*sCERTIFICATE", (int)(label - at), at);
        at = label + strlen("PKCS7");
    }
    length += (size_t)sprintf(text + length, "%s", at);
    bench_load_bytes(bench, text, length);
    bench_expect(bench, "web.pem", 1, false);
    free(text);
    secret_free(file);
}

static void load_two(struct bench *bench, const char *first, const char *second)
{
    struct secret *a = bench_read(first), *b = bench_read(second);
    struct secret *both = secret_new(secret_size(a) + secret_size(b));
    memcpy(secret_bytes(both), secret_peek(a), secret_size(a));
    memcpy(secret_bytes(both) + secret_size(a), secret_peek(b), secret_size(b));
    bench_load_bytes(bench, secret_peek(both), secret_size(both));
    secret_free(a);
    secret_free(b);
    secret_free(both);
}

static void certificates_one_behind_the_other_are_all_taken(void **state)
{
    struct bench *bench = *state;
    load_two(bench, "web.der", "intermediate.der");
    bench_expect(bench, "web.pem", 1, false);
    load_two(bench, "intermediate.der", "web.der");
    bench_expect(bench, "web.pem", 1, false);
    load_two(bench, "web.der", "garbage.bin");
    bench_expect(bench, "web.pem", 0, false);
    load_two(bench, "web.der", "month-13.der");
    bench_expect_problem(bench, PROBLEM_AMBIGUOUS_LEAF, "holds 2 certificates");
}

static void a_key_path_without_a_key_says_so(void **state)
{
    struct bench *bench = *state;
    bench_load_with(bench, "web.pem", "request.csr", NULL);
    bench_expect_problem(bench, PROBLEM_NO_PRIVATE_KEY,
                         "request.csr: holds no private key but a certificate request");
    bench_load_with(bench, "web.pem", "page.html", NULL);
    bench_expect_problem(bench, PROBLEM_NO_PRIVATE_KEY, "HTML");
}

static void a_chain_path_without_a_certificate_says_so(void **state)
{
    struct bench *bench = *state;
    bench_load_with(bench, "web.pem", NULL, "request.csr");
    bench_expect_problem(bench, PROBLEM_NOT_A_CERTIFICATE, "request.csr: holds no certificate");
    bench_load_with(bench, "web.pem", NULL, "web.key.der");
    bench_expect_problem(bench, PROBLEM_NOT_A_CERTIFICATE, "holds no certificate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(every_kind_of_file_gives_leaf_key_and_chain),
        BENCH_TEST(files_of_certificates_alone_have_no_key),
        BENCH_TEST(encrypted_keys_beside_a_certificate_are_opened),
        BENCH_TEST(key_and_chain_may_stand_in_files_of_their_own),
        BENCH_TEST(what_holds_no_certificate_is_told_what_it_is),
        BENCH_TEST(damage_is_told_with_its_place),
        BENCH_TEST(a_wrong_label_is_no_matter),
        BENCH_TEST(certificates_one_behind_the_other_are_all_taken),
        BENCH_TEST(a_key_path_without_a_key_says_so),
        BENCH_TEST(a_chain_path_without_a_certificate_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
