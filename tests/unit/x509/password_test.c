#include "maker.h"

#include "base/pool.h"

#include <string.h>

static void it_is_asked_for_once_and_only_where_something_is_encrypted(void **state)
{
    static const struct {
        const char *name;
        unsigned asked;
    } files[] = {{"full.pem", 0},      {"web.der", 0}, {"web.p7b", 0},      {"web-open.pfx", 0},
                 {"enc-pkcs8.pem", 1}, {"web.pfx", 1}, {"web-nomac.pfx", 1}};
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        bench_load(bench, files[i].name);
        bench_expect_leaf(bench, "web.pem");
        assert_int_equal(bench->asked, files[i].asked);
    }
    bench_load_with(bench, "web.pfx", "enc-pkcs8.key", "web-nokey.pfx");
    bench_expect_leaf(bench, "web.pem");
    assert_int_equal(bench->asked, 1);
}

static void a_wrong_one_is_called_wrong(void **state)
{
    static const char *const names[] = {"web.pfx",     "web-legacy.pfx", "web-nomac.pfx",
                                        "web-rc4.pfx", "enc-pkcs8.pem",  "enc-dek.pem",
                                        "web-utf8.pfx"};
    struct bench *bench = *state;
    bench->password = "Wr\xc3\xb6ng";
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        bench_load(bench, names[i]);
        bench_expect_problem(bench, PROBLEM_WRONG_PASSWORD, "password");
        assert_null(strstr(bench->problems.items[0].message, "ng"
                                                             "\xc3"));
        assert_null(strstr(bench->problems.items[0].message, bench->password));
    }
}

static void a_missing_one_is_called_missing(void **state)
{
    static const char *const names[] = {"web.pfx", "web-nomac.pfx", "enc-pkcs8.pem", "enc-dek.pem"};
    struct bench *bench = *state;
    bench->password = NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        bench_load(bench, names[i]);
        bench_expect_problem(bench, PROBLEM_PASSWORD_NEEDED, "password");
    }
}

static void the_empty_one_and_none_open_the_same_files(void **state)
{
    struct bench *bench = *state;
    bench->password = "";
    bench_load(bench, "web-empty.pfx");
    bench_expect(bench, "web.pem", 1, true);
    bench->password = NULL;
    bench_load(bench, "web-empty.pfx");
    bench_expect(bench, "web.pem", 1, true);
}

static void one_that_nothing_needs_is_no_matter(void **state)
{
    struct bench *bench = *state;
    bench->password = "needless";
    bench_load(bench, "web-open.pfx");
    bench_expect(bench, "web.pem", 1, true);
}

static void letters_beyond_ascii_are_tried_in_both_encodings(void **state)
{
    struct bench *bench = *state;
    bench->password = "Z\xc3\xbcrich\xe2\x80\xa6";
    bench_load(bench, "web-utf8.pfx");
    bench_expect(bench, "web.pem", 1, true);
    bench->password = "Z\xc3\xbcrich";
    bench_load(bench, "web-latin1.pfx");
    bench_expect(bench, "web.pem", 1, true);
    bench->password = "Z\xfcrich";
    bench_load(bench, "web-latin1.pfx");
    bench_expect(bench, "web.pem", 1, true);
}

/* NSS 3.21: a MAC as it should be, and a key whose PBKDF2 had UTF-16 where UTF-8 belongs. */
static void load_of_nss(struct bench *bench, const char *key_password, int size)
{
    struct maker maker = {NULL};
    EVP_PKEY *key = maker_read_key("web.key");
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    maker_add_sealed(&maker,
                     PKCS8_encrypt(-1, EVP_aes_256_cbc(), key_password, size, NULL, 0, 1, info));
    maker_add_certificate(&maker, "web.pem");
    maker_load(&maker, bench, "secret");
    PKCS8_PRIV_KEY_INFO_free(info);
    EVP_PKEY_free(key);
}

static void a_key_under_the_macs_form_of_the_password_is_opened(void **state)
{
    struct bench *bench = *state;
    load_of_nss(bench, "\0s\0e\0c\0r\0e\0t\0\0", 14);
    bench_expect(bench, "web.pem", 0, true);
    load_of_nss(bench, "\0S\0e\0c\0r\0e\0t\0\0", 14);
    bench_expect_problem(bench, PROBLEM_WRONG_PASSWORD, "encrypted with another one");
    load_of_nss(bench, "another", 7);
    bench_expect_problem(bench, PROBLEM_WRONG_PASSWORD, "encrypted with another one");
}

static int refuse(void *context, struct problems *problems, const struct secret **ret)
{
    (void)context;
    (void)ret;
    problems_add(problems, PROBLEM_PASSWORD_UNAVAILABLE, (struct place){"m.yaml", 3, 5}, "gone");
    return -1;
}

static void a_source_of_passwords_that_fails_has_the_word(void **state)
{
    struct bench *bench = *state;
    struct bundle bundle;
    bench_load(bench, "web.pfx");
    problems_init(&bench->problems, bench->arena);
    bench->source.ask = refuse;
    assert_int_equal(source_load(&bench->source, bench->arena, &bench->problems, &bundle), -1);
    assert_int_equal(bench->problems.count, 1);
    assert_true(problems_has(&bench->problems, PROBLEM_PASSWORD_UNAVAILABLE));
}

/* OpenSSL says of no password and an empty salt that memory is out. */
static void none_with_an_empty_salt_is_called_missing(void **state)
{
    static const char mac[] =
        "\x30\x40\x02\x01\x03\x30\x11\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
        "\xa0\x04\x04\x02\x30\x00\x30\x28\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02"
        "\x1a\x05\x00\x04\x14sha-1-of-twenty-octs\x04\x00\x02\x01\x01";
    static const char key[] =
        "\x30\x1f\x30\x13\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03\x30\x05"
        "\x04\x00\x02\x01\x01\x04\x08"
        "8 octets";
    struct bench *bench = *state;
    bench->password = NULL;
    bench_load_bytes(bench, mac, sizeof(mac) - 1);
    bench_expect_problem(bench, PROBLEM_PASSWORD_NEEDED, "none was given");
    bench_load_bytes(bench, key, sizeof(key) - 1);
    bench_expect_problem(bench, PROBLEM_PASSWORD_NEEDED, "none was given");
}

static void load_one(void *context, size_t worker, size_t index)
{
    struct bench *benches = context;
    (void)worker;
    bench_load(&benches[index], index % 2 ? "web-legacy.pfx" : "enc-pkcs8.pem");
}

static void loads_on_several_threads_do_not_disturb_one_another(void **state)
{
    enum { LOADS = 16 };
    struct bench benches[LOADS];
    (void)state;
    memset(benches, 0, sizeof(benches));
    for (size_t i = 0; i < LOADS; i++) {
        benches[i].arena = arena_new();
        benches[i].password = "secret";
    }
    pool_run(4, LOADS, load_one, benches);
    for (size_t i = 0; i < LOADS; i++) {
        bench_expect(&benches[i], "web.pem", i % 2, true);
        bundle_done(&benches[i].bundle);
        secret_free(benches[i].files[0]);
        arena_free(benches[i].arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(it_is_asked_for_once_and_only_where_something_is_encrypted),
        BENCH_TEST(a_wrong_one_is_called_wrong),
        BENCH_TEST(a_missing_one_is_called_missing),
        BENCH_TEST(none_with_an_empty_salt_is_called_missing),
        BENCH_TEST(the_empty_one_and_none_open_the_same_files),
        BENCH_TEST(one_that_nothing_needs_is_no_matter),
        BENCH_TEST(letters_beyond_ascii_are_tried_in_both_encodings),
        BENCH_TEST(a_key_under_the_macs_form_of_the_password_is_opened),
        BENCH_TEST(loads_on_several_threads_do_not_disturb_one_another),
        BENCH_TEST(a_source_of_passwords_that_fails_has_the_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
