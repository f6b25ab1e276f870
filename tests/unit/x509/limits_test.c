/* What a file may hold at most, on both sides of each bound; and texts at the edge of their format.
 */
#include "bench.h"

#include "x509/tlv.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
    unsigned char *at;
    size_t size, room;
};

static void add(struct bytes *bytes, const void *more, size_t size)
{
    if (bytes->size + size >= bytes->room) {
        bytes->room = 2 * (bytes->size + size + 1);
        bytes->at = realloc(bytes->at, bytes->room);
    }
    assert_non_null(bytes->at);
    if (size)
        memcpy(bytes->at + bytes->size, more, size);
    bytes->size += size;
}

static void add_text(struct bytes *bytes, const char *text)
{
    add(bytes, text, strlen(text));
}

static void add_file(struct bytes *bytes, const char *name)
{
    struct secret *file = bench_read(name);
    add(bytes, secret_peek(file), secret_size(file));
    secret_free(file);
}

/* The content becomes that of an element. */
static void wrap(struct bytes *bytes, unsigned char tag)
{
    struct bytes element = {NULL};
    const size_t size = bytes->size;
    add(&element,
        (const unsigned char[]){tag, 0x83, (unsigned char)(size >> 16), (unsigned char)(size >> 8),
                                (unsigned char)size},
        5);
    add(&element, bytes->at, size);
    free(bytes->at);
    *bytes = element;
}

static void put_before(struct bytes *bytes, const char *what, size_t size)
{
    struct bytes whole = {NULL};
    add(&whole, what, size);
    add(&whole, bytes->at, bytes->size);
    free(bytes->at);
    *bytes = whole;
}

#define PUT_BEFORE(bytes, literal) put_before(bytes, literal, sizeof(literal) - 1)

static void load(struct bench *bench, struct bytes *bytes)
{
    bench_load_bytes(bench, bytes->at, bytes->size);
    free(bytes->at);
    *bytes = (struct bytes){NULL};
}

static void load_often(struct bench *bench, const char *first, const char *name, size_t count)
{
    struct bytes text = {NULL};
    if (first)
        add_file(&text, first);
    for (size_t i = 0; i < count; i++)
        add_file(&text, name);
    load(bench, &text);
}

static void sixty_four_private_keys_are_enough(void **state)
{
    load_often(*state, "web.pem", "web.key", 64);
    bench_expect(*state, "web.pem", 0, true);
    load_often(*state, "web.pem", "web.key", 65);
    bench_expect_problem(*state, PROBLEM_TOO_EXPENSIVE, "more than 64 private keys");
    load_often(*state, "web.pem", "enc-pkcs8.key", 65);
    bench_expect_problem(*state, PROBLEM_TOO_EXPENSIVE, "more than 64 private keys");
    load_often(*state, "explicit.pem", "explicit.key", 64);
    bench_expect_problem(*state, PROBLEM_TOO_EXPENSIVE, "more than 64 elliptic curves");
}

static void copies_of_a_certificate_are_one_and_have_a_bound(void **state)
{
    load_often(*state, NULL, "web.pem", 5000);
    bench_expect(*state, "web.pem", 0, false);
    load_often(*state, NULL, "web.pem", 5001);
    bench_expect_problem(*state, PROBLEM_TOO_EXPENSIVE, "more than 1000 certificates");
}

/* web.der, at whose end stands the signature, with another one each time. */
static void add_another(struct bytes *text, const struct secret *web, unsigned number)
{
    char line[8192];
    struct secret *copy = secret_copy(secret_peek(web), secret_size(web));
    secret_bytes(copy)[secret_size(copy) - 1] = (unsigned char)number;
    secret_bytes(copy)[secret_size(copy) - 2] = (unsigned char)(number >> 8);
    int size = EVP_EncodeBlock((unsigned char *)line, secret_peek(copy), (int)secret_size(copy));
    add_text(text, "-----BEGIN CERTIFICATE-----\n");
    for (int i = 0; i < size; i += 64) {
        add(text, line + i, size - i < 64 ? (size_t)(size - i) : 64);
        add_text(text, "\n");
    }
    add_text(text, "-----END CERTIFICATE-----\n");
    secret_free(copy);
}

static void a_thousand_certificates_are_too_much_to_read(void **state)
{
    struct bytes text = {NULL};
    struct secret *web = bench_read("web.der");
    for (unsigned i = 0; i < 1100; i++)
        add_another(&text, web, i);
    secret_free(web);
    load(*state, &text);
    bench_expect_problem(*state, PROBLEM_TOO_EXPENSIVE, "more than 1000 certificates");
}

static void of_nine_certificates_for_one_key_eight_are_named(void **state)
{
    struct bytes text = {NULL};
    struct secret *web = bench_read("web.der");
    add_file(&text, "web.key");
    for (unsigned i = 0; i < 9; i++)
        add_another(&text, web, i);
    secret_free(web);
    load(*state, &text);
    bench_expect_problem(*state, PROBLEM_AMBIGUOUS_LEAF, "holds 9 certificates that may be meant");
    bench_expect_problem(*state, PROBLEM_AMBIGUOUS_LEAF, "; and others");
}

/* Other bytes behind a certificate are no matter, and another certificate is one. */
static void certificates_one_behind_the_other_are_all_taken(void **state)
{
    static const char *const behind[] = {"intermediate.der", "web.der", "web.key.der", "rsa.pem"};
    static const size_t chains[] = {1, 0, 0, 0};
    for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
        struct bytes bytes = {NULL};
        add_file(&bytes, "web.der");
        add_file(&bytes, behind[i]);
        load(*state, &bytes);
        bench_expect(*state, "web.pem", chains[i], false);
    }
    struct bytes bytes = {NULL};
    add_file(&bytes, "web.der");
    add_file(&bytes, "intermediate.der");
    bytes.size -= 1;
    load(*state, &bytes);
    bench_expect(*state, "web.pem", 0, false);
}

static void a_certificate_of_a_megabyte_is_not_read(void **state)
{
    unsigned char *der = NULL;
    char *letters = malloc(1024 * 1024);
    assert_non_null(letters);
    memset(letters, 'a', 1024 * 1024);
    struct secret *file = bench_read("web.pem");
    BIO *bio = BIO_new_mem_buf(secret_peek(file), (int)secret_size(file));
    X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(value, (const unsigned char *)letters, 1024 * 1024);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_NID(NULL, NID_netscape_comment, 0, value);
    X509_add_ext(x509, extension, -1);
    assert_true(i2d_re_X509_tbs(x509, NULL) > 0); /* or the old bytes would be written */
    int size = i2d_X509(x509, &der);
    assert_true(size > 1024 * 1024);
    bench_load_bytes(*state, der, (size_t)size);
    bench_expect_problem(*state, PROBLEM_TOO_EXPENSIVE, "a certificate of more than 393216 bytes");
    OPENSSL_free(der);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    X509_free(x509);
    BIO_free(bio);
    secret_free(file);
    free(letters);
}

static const char data[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
static const char safe_contents_bag[] = "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x06";
static const char key_bag[] = "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01";

/* A PKCS#12 file without a MAC of this list of parts. */
static void load_parts(struct bench *bench, struct bytes *parts)
{
    wrap(parts, TLV_SEQUENCE);
    wrap(parts, TLV_OCTET_STRING);
    wrap(parts, TLV_CONTEXT_0);
    put_before(parts, data, sizeof(data) - 1);
    wrap(parts, TLV_SEQUENCE);
    PUT_BEFORE(parts, "\x02\x01\x03");
    wrap(parts, TLV_SEQUENCE);
    load(bench, parts);
}

/* The same with one part, of these bags. */
static void load_bags(struct bench *bench, struct bytes *bags)
{
    wrap(bags, TLV_SEQUENCE);
    wrap(bags, TLV_OCTET_STRING);
    wrap(bags, TLV_CONTEXT_0);
    put_before(bags, data, sizeof(data) - 1);
    wrap(bags, TLV_SEQUENCE);
    load_parts(bench, bags);
}

static void bags_nest_twenty_levels_deep(void **state)
{
    struct bytes bags = {NULL};
    for (int depth = 0; depth < 22; depth++) {
        if (depth == 20) {
            struct bytes twenty = {NULL};
            add(&twenty, bags.at, bags.size);
            load_bags(*state, &twenty);
            bench_expect_problem(*state, PROBLEM_NOT_A_CERTIFICATE, "");
        }
        wrap(&bags, TLV_SEQUENCE);
        wrap(&bags, TLV_CONTEXT_0);
        put_before(&bags, safe_contents_bag, sizeof(safe_contents_bag) - 1);
        wrap(&bags, TLV_SEQUENCE);
    }
    load_bags(*state, &bags);
    bench_expect_problem(*state, PROBLEM_TOO_EXPENSIVE, "too many levels of nested bags");
}

static void ten_thousand_bags_or_parts_are_enough(void **state)
{
    static const char bag[] = "\x30\x03\x06\x01\x2a"; /* of a kind that nobody knows */
    struct bytes bags = {NULL}, parts = {NULL};
    for (int i = 0; i < 10001; i++) {
        add(&bags, bag, sizeof(bag) - 1);
        add(&parts, bag, sizeof(bag) - 1);
    }
    load_bags(*state, &bags);
    bench_expect_problem(*state, PROBLEM_TOO_EXPENSIVE, "too many bags");
    load_parts(*state, &parts);
    bench_expect_problem(*state, PROBLEM_TOO_EXPENSIVE, "too many parts");
}

static void a_string_in_many_pieces_is_too_much(void **state)
{
    struct bytes parts = {NULL};
    for (int i = 0; i < 1000; i++) {
        struct bytes part = {NULL};
        wrap(&part, TLV_SEQUENCE);
        wrap(&part, TLV_OCTET_STRING);
        wrap(&part, TLV_OCTET_STRING | TLV_CONSTRUCTED);
        wrap(&part, TLV_CONTEXT_0);
        put_before(&part, data, sizeof(data) - 1);
        wrap(&part, TLV_SEQUENCE);
        add(&parts, part.at, part.size);
        free(part.at);
    }
    load_parts(*state, &parts);
    bench_expect_problem(*state, PROBLEM_TOO_EXPENSIVE, "too many split strings");
}

static void a_private_key_of_a_megabyte_is_not_read(void **state)
{
    struct bytes bags = {calloc(1, 1024 * 1024), 1024 * 1024, 1024 * 1024};
    assert_non_null(bags.at);
    wrap(&bags, TLV_SEQUENCE);
    wrap(&bags, TLV_CONTEXT_0);
    put_before(&bags, key_bag, sizeof(key_bag) - 1);
    wrap(&bags, TLV_SEQUENCE);
    load_bags(*state, &bags);
    bench_expect_problem(*state, PROBLEM_UNSUPPORTED, "a private key of more than 65536 bytes");
}

/* One that OpenSSL has and the usual library has not. */
static void a_mac_of_a_rare_digest_is_checked(void **state)
{
    struct bench *bench = *state;
    struct secret *file = bench_read("web-nomac.pfx");
    const unsigned char *at = secret_peek(file);
    unsigned char *der = NULL;
    PKCS12 *pfx = d2i_PKCS12(NULL, &at, (long)secret_size(file));
    assert_int_equal(PKCS12_set_mac(pfx, "secret", -1, NULL, 0, 2048, EVP_sha3_256()), 1);
    int size = i2d_PKCS12(pfx, &der);
    bench_load_bytes(bench, der, (size_t)size);
    bench_expect(bench, "web.pem", 1, true);
    bench->password = "wrong";
    bench_load_bytes(bench, der, (size_t)size);
    bench_expect_problem(bench, PROBLEM_WRONG_PASSWORD, "");
    OPENSSL_free(der);
    PKCS12_free(pfx);
    secret_free(file);
}

/* chain_path brings issuers: a key in it is nobody's, and is not opened. */
static void a_key_in_the_file_of_the_chain_is_nobodys(void **state)
{
    struct bench *bench = *state;
    bench_load_with(bench, "web.pem", NULL, "web-nomac.pfx");
    bench_expect(bench, "web.pem", 1, false);
    bench->password = "";
    bench_load_with(bench, "web.pem", "web.key", "web-open.pfx");
    bench_expect(bench, "web.pem", 1, true);
}

/* enc-dek.pem with another DEK-Info. */
static void load_with_dek(struct bench *bench, const char *dek)
{
    struct secret *file = bench_read("enc-dek.pem");
    struct bytes text = {NULL};
    char *whole = strndup((const char *)secret_peek(file), secret_size(file));
    char *at = strstr(whole, "DEK-Info: ");
    assert_non_null(at);
    add(&text, whole, (size_t)(at - whole));
    add_text(&text, "DEK-Info: ");
    add_text(&text, dek);
    add_text(&text, strchr(at, '\n'));
    load(bench, &text);
    free(whole);
    secret_free(file);
}

static void a_dek_info_that_makes_no_sense_is_damage(void **state)
{
    static const char *const damaged[] = {
        "AES-256-CBC",
        ",00112233445566778899AABBCCDDEEFF",
        "AES-256-CBC,00112233445566778899AABBCCDDEE",
        "AES-256-CBC,00112233445566778899AABBCCDDEEFF00",
        "AES-256-CBC,00112233445566778899AABBCCDDEEF/",
        "AES-256-CBC,00112233445566778899AABBCCDDEEg0",
        "AES-256-CBC,00112233445566778899AABBCCDDEE:0",
        "a-name-that-is-longer-than-any-cipher-has-ever-had-"
        "a-name-that-is-longer-than-any-cipher-has-ever-had-"
        "a-name-that-is-longer-than-any-cipher-has-ever-had-0123456789,00",
    };
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        load_with_dek(*state, damaged[i]);
        bench_expect_problem(*state, PROBLEM_UNREADABLE, "makes no sense");
    }
}

static void a_dek_info_of_another_kind_of_cipher_is_unsupported(void **state)
{
    static const char *const others[] = {
        "AES-256-CTR,00112233445566778899AABBCCDDEEFF", "AES-256-GCM,00112233445566778899AABB",
        "AES-256-CBC-CTS,00112233445566778899AABBCCDDEEFF", "ROT13-CBC,0011223344556677"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        load_with_dek(*state, others[i]);
        bench_expect_problem(*state, PROBLEM_UNSUPPORTED, "");
    }
}

static void a_password_in_no_known_letters_is_wrong(void **state)
{
    static const char *const passwords[] = {"\xc4\x80", "\xc3",     "\xc3(",
                                            "\xff",     "\xc3\xbc", "\xe2\x82\xac"};
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof(passwords) / sizeof(passwords[0]); i++) {
        bench->password = passwords[i];
        bench_load(bench, "web.pfx");
        bench_expect_problem(bench, PROBLEM_WRONG_PASSWORD, "");
    }
}

static void a_password_longer_than_any_is_refused_at_once(void **state)
{
    struct bench *bench = *state;
    char *password = malloc(64 * 1024 + 2);
    assert_non_null(password);
    memset(password, 'a', 64 * 1024 + 1);
    password[64 * 1024 + 1] = '\0';
    bench->password = password;
    bench_load(bench, "web.pfx");
    bench_expect_problem(bench, PROBLEM_WRONG_PASSWORD, "longer than 65536 bytes");
    free(password);
}

static void base64_that_is_none_is_damage(void **state)
{
    static const char *const bodies[] = {"TUlJ*", "TUlJ====", "TUlJ=TUlJ",
                                         "TUlJT", "TUlJTU=I", "TUlJ{{{{"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct bytes text = {NULL};
        add_text(&text, "-----BEGIN CERTIFICATE-----\n");
        add_text(&text, bodies[i]);
        add_text(&text, "\n-----END CERTIFICATE-----\n");
        load(*state, &text);
        bench_expect_problem(*state, PROBLEM_UNREADABLE, "damaged");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(sixty_four_private_keys_are_enough),
        BENCH_TEST(copies_of_a_certificate_are_one_and_have_a_bound),
        BENCH_TEST(a_thousand_certificates_are_too_much_to_read),
        BENCH_TEST(of_nine_certificates_for_one_key_eight_are_named),
        BENCH_TEST(certificates_one_behind_the_other_are_all_taken),
        BENCH_TEST(a_certificate_of_a_megabyte_is_not_read),
        BENCH_TEST(bags_nest_twenty_levels_deep),
        BENCH_TEST(ten_thousand_bags_or_parts_are_enough),
        BENCH_TEST(a_string_in_many_pieces_is_too_much),
        BENCH_TEST(a_private_key_of_a_megabyte_is_not_read),
        BENCH_TEST(a_mac_of_a_rare_digest_is_checked),
        BENCH_TEST(a_key_in_the_file_of_the_chain_is_nobodys),
        BENCH_TEST(a_dek_info_that_makes_no_sense_is_damage),
        BENCH_TEST(a_dek_info_of_another_kind_of_cipher_is_unsupported),
        BENCH_TEST(a_password_in_no_known_letters_is_wrong),
        BENCH_TEST(a_password_longer_than_any_is_refused_at_once),
        BENCH_TEST(base64_that_is_none_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
