#include "maker.h"

#include "x509/cost.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void a_nul_in_a_name_is_shown(void **state)
{
    struct bench *bench = *state;
    bench_load(bench, "nul.der");
    assert_int_equal(bench->result, 0);
    assert_string_equal(bench->bundle.certificate.subject, "CN=nul\\00.example.com");
    assert_string_equal(bench->bundle.certificate.dns_names[0], "nul\\x00.example.com");
}

static void markup_and_letters_of_a_name_stay_as_they_are(void **state)
{
    struct bench *bench = *state;
    bench_load(bench, "hostile.pem");
    bench_expect_leaf(bench, "hostile.pem");
    const char *subject = bench->bundle.certificate.subject;
    assert_non_null(strstr(subject, "script\\>alert(1)\\</script\\>\\09"));
    assert_non_null(strstr(subject, "O=M\\\"u\\,\\+\xc3\xbc\\\\"));
}

static void a_time_that_is_none_is_never_taken_for_one(void **state)
{
    struct bench *bench = *state;
    bench_load(bench, "month-13.der");
    bench_expect_problem(bench, PROBLEM_UNREADABLE, "its notAfter is no time");
    bench_load(bench, "empty-time.der");
    bench_expect_problem(bench, PROBLEM_UNREADABLE, "its notAfter is no time");
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void expect_refused_at_once(struct bench *bench, const void *bytes, size_t size)
{
    struct timespec start;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    bench_load_bytes(bench, bytes, size);
    bench_expect_problem(bench, PROBLEM_TOO_EXPENSIVE, "");
    assert_true(seconds_since(&start) < 1.0);
    assert_int_equal(bench->asked, 0);
}

/* DER of a PFX whose MAC asks for so many iterations: the count of web-100k.pfx, the file's last
 * five octets, gives way to a longer one, and the three lengths around it grow. */
static void load_with_mac_count(struct bench *bench, const char *count, size_t size)
{
    struct secret *file = bench_read("web-100k.pfx");
    size_t whole = secret_size(file);
    unsigned char *bytes = malloc(whole + size);
    assert_non_null(bytes);
    memcpy(bytes, secret_peek(file), whole);
    assert_memory_equal(bytes + whole - 5, "\x02\x03\x01\x86\xa0", 5);
    assert_memory_equal(bytes, "\x30\x82", 2);
    size_t grown = size - 3, outer = (size_t)(bytes[2] << 8 | bytes[3]) + grown;
    bytes[2] = (unsigned char)(outer >> 8);
    bytes[3] = (unsigned char)outer;
    unsigned char *mac = bytes + whole - 5 - 10 - 51 - 2;
    assert_int_equal(mac[0], 0x30);
    mac[1] = (unsigned char)(mac[1] + grown);
    bytes[whole - 4] = (unsigned char)size;
    memcpy(bytes + whole - 3, count, size);
    expect_refused_at_once(bench, bytes, whole + grown);
    free(bytes);
    secret_free(file);
}

static void an_iteration_bomb_is_refused_before_it_is_paid(void **state)
{
    load_with_mac_count(*state, "\x7f\xff\xff\xff", 4);
    load_with_mac_count(*state, "\x05\xf5\xe1\x00", 4);
    /* 2^32 + 2048 must not become 2048 */
    load_with_mac_count(*state, "\x01\x00\x00\x08\x00", 5);
    load_with_mac_count(*state, "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x08\x00", 12);
}

/* Each alone is refused as well as the sum. */
static void one_count_above_the_limit_is_refused(void **state)
{
    struct bench *bench = *state;
    struct reading reading;
    problems_init(&bench->problems, bench->arena);
    assert_int_equal(reading_init(&reading, &bench->source, bench->arena, &bench->problems), 0);
    assert_int_equal(cost_declare(&reading, UINT64_MAX), -1);
    assert_int_equal(cost_declare(&reading, COST_MOST + 1), -1);
    assert_int_equal(cost_declare(&reading, COST_MOST), 0);
    assert_int_equal(cost_declare(&reading, 1), -1);
    reading_done(&reading);
}

/* The digest of the MAC stands before its salt and its count, the file's last 15 octets. */
static void a_changed_file_is_damaged_where_the_password_opens_it(void **state)
{
    struct bench *bench = *state;
    struct secret *file = bench_read("web-100k.pfx");
    secret_bytes(file)[secret_size(file) - 16] ^= 1;
    bench_load_bytes(bench, secret_peek(file), secret_size(file));
    bench_expect_problem(bench, PROBLEM_UNREADABLE, "its integrity check (MAC) fails");
    bench->password = "wrong";
    bench_load_bytes(bench, secret_peek(file), secret_size(file));
    bench_expect_problem(bench, PROBLEM_WRONG_PASSWORD, "password");
    secret_free(file);
}

/* Encrypted cheaply, then the counts are raised: nothing has to open. */
static void harmless_counts_that_add_up_are_refused(void **state)
{
    struct secret *cheap = bench_read("web-100k.pfx");
    unsigned char *bytes = secret_bytes(cheap), *end = bytes + secret_size(cheap);
    size_t patched = 0;
    for (unsigned char *at = bytes;
         (at = memmem(at, (size_t)(end - at), "\x02\x03\x01\x86\xa0", 5)) != NULL; at += 5) {
        memcpy(at + 2, "\x3d\x09\x00", 3); /* 4,000,000 */
        patched++;
    }
    assert_int_equal(patched, 3);
    expect_refused_at_once(*state, bytes, secret_size(cheap));
    secret_free(cheap);
}

/* Each is harmless, and none is opened before all are counted. */
static void encrypted_keys_of_one_text_that_add_up_are_refused(void **state)
{
    struct bench *bench = *state;
    EVP_PKEY *key = maker_read_key("web.key");
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    X509_SIG *sealed =
        PKCS8_encrypt(-1, EVP_aes_256_cbc(), "secret", 6, NULL, 0, COST_MOST / 50, info);
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    for (int i = 0; i < 51; i++)
        PEM_write_bio_PKCS8(bio, sealed);
    long size = BIO_get_mem_data(bio, &text);
    expect_refused_at_once(bench, text, (size_t)size);
    BIO_free(bio);
    X509_SIG_free(sealed);
    PKCS8_PRIV_KEY_INFO_free(info);
    EVP_PKEY_free(key);
}

static void a_count_of_zero_is_damage(void **state)
{
    struct bench *bench = *state;
    struct secret *file = bench_read("web-100k.pfx");
    memcpy(secret_bytes(file) + secret_size(file) - 3, "\0\0\0", 3);
    bench_load_bytes(bench, secret_peek(file), secret_size(file));
    bench_expect_problem(bench, PROBLEM_UNREADABLE, "integrity check (MAC) makes no sense");
    secret_free(file);
}

/* RFC 8018 has no place for the tag of such a cipher. */
static void a_cipher_with_a_tag_is_unsupported(void **state)
{
    static const unsigned char cbc[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a};
    enum { GCM = 0x2e };
    struct bench *bench = *state;
    struct secret *file AUTO_SECRET = bench_read("web-nomac.pfx");
    unsigned char *bytes = secret_bytes(file), *end = bytes + secret_size(file);
    size_t found = 0;
    for (unsigned char *at = bytes; (at = memmem(at, (size_t)(end - at), cbc, sizeof(cbc)));
         found++)
        at[sizeof(cbc) - 1] = GCM;
    assert_int_equal(found, 1);
    bench_load_bytes(bench, bytes, secret_size(file));
    bench_expect_problem(bench, PROBLEM_UNSUPPORTED, "aes-256-gcm");
}

static void a_scrypt_bomb_is_refused(void **state)
{
    struct bench *bench = *state;
    struct secret *pem = bench_read("web.pem"), *key = bench_read("enc-scrypt.key");
    char *text = (char *)secret_bytes(key);
    /* N=16384, r=8, p=1 as it stands in the file: 02 02 40 00 02 01 08 02 01 01 */
    BIO *bio = BIO_new_mem_buf(text, (int)secret_size(key));
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long size = 0;
    assert_int_equal(PEM_read_bio(bio, &name, &header, &der, &size), 1);
    unsigned char *n = memmem(der, (size_t)size, "\x02\x02\x40\x00\x02\x01\x08\x02\x01\x01", 10);
    assert_non_null(n);
    n[6] = 0x7f; /* r */
    bench->source.key_path = "bomb.key";
    bench_load(bench, "web.pem");
    bench->source.key_path = "bomb.key";
    struct secret *bomb = secret_copy(der, (size_t)size);
    bench->source.key_bytes = bomb;
    bundle_done(&bench->bundle);
    problems_init(&bench->problems, bench->arena);
    bench->result = source_load(&bench->source, bench->arena, &bench->problems, &bench->bundle);
    bench_expect_problem(bench, PROBLEM_TOO_EXPENSIVE, "r=127");
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    BIO_free(bio);
    secret_free(bomb);
    secret_free(pem);
    secret_free(key);
}

/* Writes tag, length (always in three octets) and content; returns what was written. */
static size_t put(unsigned char *to, unsigned char tag, const void *content, size_t size)
{
    memmove(to + 5, content, size);
    memcpy(to, (unsigned char[]){tag, 0x83, 0, (unsigned char)(size >> 8), (unsigned char)size}, 5);
    return size + 5;
}

/* A PrivateKeyInfo of an algorithm, whose numbers p, q and x have so many octets, and g is 3. */
static size_t put_key(unsigned char *to, const unsigned char *algorithm, size_t octets)
{
    size_t algorithm_size = 2u + algorithm[1];
    unsigned char number[16384], part[65536];
    size_t size = 0;
    memset(number, 0x5b, sizeof(number));
    size += put(part + size, 2, number, octets);
    size += put(part + size, 2, number, octets);
    size += put(part + size, 2, "\3", 1);
    size = put(part, 0x30, part, size);
    memmove(part + algorithm_size, part, size);
    memcpy(part, algorithm, algorithm_size);
    size = put(part, 0x30, part, size + algorithm_size);
    memmove(part + 3, part, size);
    memcpy(part, "\2\1\0", 3); /* version 0 */
    size += 3;
    unsigned char *x = part + size + 5;
    size_t x_size = put(x, 2, number, octets);
    size += put(part + size, 4, x, x_size);
    return put(to, 0x30, part, size);
}

static size_t put_dsa(unsigned char *to, size_t octets)
{
    return put_key(to, (const unsigned char[]){6, 7, 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1}, octets);
}

static void a_key_whose_public_part_takes_minutes_is_refused(void **state)
{
    unsigned char key[65536];
    expect_refused_at_once(*state, key, put_dsa(key, 400));
    expect_refused_at_once(*state, key, put_dsa(key, 12000));
    bench_load_bytes(*state, key, put_dsa(key, 128));
    bench_expect_problem(*state, PROBLEM_NOT_A_CERTIFICATE, "a private key and no certificate");
}

/* 1.3.14.3.2.12, .13 and .27, and 1.2.840.10040.4.3: OpenSSL takes all of them for DSA. */
static void an_old_name_does_not_make_a_key_cheaper(void **state)
{
    static const unsigned char names[][9] = {
        {6, 5, 0x2b, 0x0e, 3, 2, 12},
        {6, 5, 0x2b, 0x0e, 3, 2, 13},
        {6, 5, 0x2b, 0x0e, 3, 2, 27},
        {6, 7, 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3},
    };
    unsigned char key[65536];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        expect_refused_at_once(*state, key, put_key(key, names[i], 400));
}

/* A SafeBag with a PrivateKeyInfo. */
static size_t put_key_bag(unsigned char *to, const unsigned char *key, size_t size)
{
    static const unsigned char kind[] = {6,    11,   0x2a, 0x86, 0x48, 0x86, 0xf7,
                                         0x0d, 0x01, 0x0c, 0x0a, 1,    1};
    size = put(to + sizeof(kind), 0xa0, key, size);
    memcpy(to, kind, sizeof(kind));
    return put(to, 0x30, to, sizeof(kind) + size);
}

/* A PFX of these bags, without encryption and MAC. */
static size_t put_pfx(unsigned char *to, const unsigned char *bags, size_t size)
{
    static const unsigned char data[] = {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1};
    size = put(to, 0x30, bags, size);
    for (int level = 0; level < 2; level++) { /* of the safe, and of the file */
        size = put(to, 4, to, size);
        size = put(to, 0xa0, to, size);
        memmove(to + sizeof(data), to, size);
        memcpy(to, data, sizeof(data));
        size = put(to, 0x30, to, size + sizeof(data));
        if (level == 0)
            size = put(to, 0x30, to, size);
    }
    memmove(to + 3, to, size);
    memcpy(to, "\2\1\3", 3);
    return put(to, 0x30, to, size + 3);
}

static void many_keys_that_each_take_some_time_are_refused(void **state)
{
    enum { KEYS = 40, SIZE = 1000 };
    static unsigned char bags[KEYS * SIZE], pfx[KEYS * SIZE + 256];
    size_t size = 0;
    for (size_t i = 0; i < KEYS; i++) {
        unsigned char key[SIZE];
        size += put_key_bag(bags + size, key, put_dsa(key, 240));
    }
    expect_refused_at_once(*state, pfx, put_pfx(pfx, bags, size));
}

static void a_key_that_is_cut_off_inside_is_damage(void **state)
{
    static const unsigned char key[] = {0x30, 6, 2, 1, 0, 0x30, 0x7f, 0};
    struct bench *bench = *state;
    unsigned char bag[64], pfx[256];
    bench_load_bytes(bench, pfx, put_pfx(pfx, bag, put_key_bag(bag, key, sizeof(key))));
    bench_expect_problem(bench, PROBLEM_UNREADABLE, "its private key cannot be decoded");
}

static void a_text_full_of_begins_is_gone_through_once(void **state)
{
    enum { LINES = 100 * 1000 };
    static const char line[] = "-----BEGIN NOTHING-----\n";
    struct bench *bench = *state;
    struct timespec start;
    char *text = malloc(LINES * (sizeof(line) - 1));
    assert_non_null(text);
    for (size_t i = 0; i < LINES; i++)
        memcpy(text + i * (sizeof(line) - 1), line, sizeof(line) - 1);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    bench_load_bytes(bench, text, LINES * (sizeof(line) - 1));
    bench_expect_problem(bench, PROBLEM_NOT_A_CERTIFICATE, "holds PEM blocks of other kinds");
    assert_true(seconds_since(&start) < 5.0);
    free(text);
}

/* Where two parts were encrypted, one of them still opens, wherever the damage is. */
static void a_right_password_is_never_called_wrong_for_damage(void **state)
{
    static const char *const names[] = {"web.pfx", "web-legacy.pfx"};
    struct bench *bench = *state;
    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        struct secret *file = bench_read(names[n]);
        for (size_t at = 0; at < secret_size(file); at += 5) {
            secret_bytes(file)[at] ^= 1 << at % 8;
            bench_load_bytes(bench, secret_peek(file), secret_size(file));
            if (problems_has(&bench->problems, PROBLEM_WRONG_PASSWORD))
                fail_msg("%s at %zu: %s", names[n], at, bench->problems.items[0].message);
            secret_bytes(file)[at] ^= 1 << at % 8;
        }
        secret_free(file);
    }
}

/* Every file, cut off anywhere, and with a bit changed anywhere: a problem or a bundle, never
 * anything else. */
static void no_damage_goes_unnoticed_or_crashes(void **state)
{
    static const char *const names[] = {"web-open.pfx", "web-nokey.pfx", "web.p7b",    "web.der",
                                        "web.key.der",  "enc-dek.pem",   "web-pem.p7b"};
    struct bench *bench = *state;
    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        struct secret *file = bench_read(names[n]);
        size_t size = secret_size(file), step = size / 60 + 1;
        for (size_t cut = 0; cut < size; cut += step) {
            bench_load_bytes(bench, secret_peek(file), cut);
            assert_true(bench->result == 0 || bench->problems.errors == 1);
        }
        for (size_t at = 0; at < size; at += step) {
            secret_bytes(file)[at] ^= 1 << at % 8;
            bench_load_bytes(bench, secret_peek(file), size);
            assert_true(bench->result == 0 || bench->problems.errors == 1);
            secret_bytes(file)[at] ^= 1 << at % 8;
        }
        secret_free(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_nul_in_a_name_is_shown),
        BENCH_TEST(markup_and_letters_of_a_name_stay_as_they_are),
        BENCH_TEST(a_time_that_is_none_is_never_taken_for_one),
        BENCH_TEST(an_iteration_bomb_is_refused_before_it_is_paid),
        BENCH_TEST(one_count_above_the_limit_is_refused),
        BENCH_TEST(a_changed_file_is_damaged_where_the_password_opens_it),
        BENCH_TEST(harmless_counts_that_add_up_are_refused),
        BENCH_TEST(encrypted_keys_of_one_text_that_add_up_are_refused),
        BENCH_TEST(a_count_of_zero_is_damage),
        BENCH_TEST(a_cipher_with_a_tag_is_unsupported),
        BENCH_TEST(a_scrypt_bomb_is_refused),
        BENCH_TEST(a_key_whose_public_part_takes_minutes_is_refused),
        BENCH_TEST(an_old_name_does_not_make_a_key_cheaper),
        BENCH_TEST(many_keys_that_each_take_some_time_are_refused),
        BENCH_TEST(a_key_that_is_cut_off_inside_is_damage),
        BENCH_TEST(a_text_full_of_begins_is_gone_through_once),
        BENCH_TEST(a_right_password_is_never_called_wrong_for_damage),
        BENCH_TEST(no_damage_goes_unnoticed_or_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
