#include "x509/key.h"
#include "x509/native.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

/* The DER of a PrivateKeyInfo, as OpenSSL writes it, with room for a test's changes. */
struct info {
    unsigned char bytes[4096];
    size_t size;
};

static struct reading *reading_of(void)
{
    static struct reading reading;
    reading.library = openssl_library();
    return &reading;
}

static EVP_PKEY *make_key(const char *curve)
{
    EVP_PKEY *key = curve ? EVP_EC_gen(curve) : EVP_RSA_gen(2048);
    assert_non_null(key);
    return key;
}

static void encode(EVP_PKEY *key, struct info *ret)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    unsigned char *at = ret->bytes;
    int size = i2d_PKCS8_PRIV_KEY_INFO(info, NULL);
    assert_true(size > 0 && (size_t)size < sizeof(ret->bytes));
    ret->size = (size_t)i2d_PKCS8_PRIV_KEY_INFO(info, &at);
    PKCS8_PRIV_KEY_INFO_free(info);
}

static EVP_PKEY *read_private(const struct info *info, size_t *ret_size)
{
    struct slice whole = {NULL, 0};
    EVP_PKEY *key = native_private(reading_of(), (struct slice){info->bytes, info->size}, &whole);
    if (key)
        assert_ptr_equal(whole.bytes, info->bytes);
    *ret_size = whole.size;
    return key;
}

static EVP_PKEY *read_public(EVP_PKEY *key)
{
    X509_PUBKEY *public = NULL;
    assert_int_equal(X509_PUBKEY_set(&public, key), 1);
    EVP_PKEY *read = native_public(reading_of(), public);
    X509_PUBKEY_free(public);
    return read;
}

static const char *const usual[] = {NULL, "P-256", "P-384", "P-521"};

static void usual_keys_are_those_that_openssl_decodes(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct info info, again;
        size_t size;
        EVP_PKEY *key = make_key(usual[i]), *public = read_public(key);
        encode(key, &info);
        EVP_PKEY *private = read_private(&info, &size);
        assert_non_null(public);
        assert_non_null(private);
        assert_int_equal(EVP_PKEY_eq(key, public), 1);
        assert_int_equal(EVP_PKEY_eq(key, private), 1);
        assert_int_equal(EVP_PKEY_eq(public, private), 1);
        assert_int_equal(EVP_PKEY_get_bits(public), EVP_PKEY_get_bits(key));
        assert_string_equal(EVP_PKEY_get0_type_name(public), usual[i] ? "EC" : "RSA");
        encode(private, &again);
        assert_int_equal(size, info.size);
        assert_int_equal(again.size, info.size);
        assert_memory_equal(again.bytes, info.bytes, info.size);
        EVP_PKEY_free(key);
        EVP_PKEY_free(public);
        EVP_PKEY_free(private);
    }
}

static void what_follows_a_key_is_no_part_of_it(void **state)
{
    (void)state;
    struct info info;
    size_t size;
    EVP_PKEY *key = make_key("P-256");
    encode(key, &info);
    memset(info.bytes + info.size, 0, 7);
    info.size += 7;
    EVP_PKEY *private = read_private(&info, &size);
    assert_non_null(private);
    assert_int_equal(size, info.size - 7);
    EVP_PKEY_free(private);
    EVP_PKEY_free(key);
}

static void expect_left(const struct info *info)
{
    size_t size;
    assert_null(read_private(info, &size));
    openssl_forget_errors();
}

static void other_kinds_are_left_to_openssl(void **state)
{
    (void)state;
    EVP_PKEY *keys[] = {EVP_EC_gen("P-224"), EVP_EC_gen("secp256k1"),
                        EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
    for (size_t i = 0; i < 3; i++) {
        struct info info;
        encode(keys[i], &info);
        expect_left(&info);
        assert_null(read_public(keys[i]));
        EVP_PKEY_free(keys[i]);
    }
}

/* Puts count bytes at a place, and as many more into the lengths of all elements around it. */
static void insert(struct info *info, size_t at, const void *bytes, size_t count,
                   const size_t *lengths, size_t length_count)
{
    memmove(info->bytes + at + count, info->bytes + at, info->size - at);
    memcpy(info->bytes + at, bytes, count);
    info->size += count;
    for (size_t i = 0; i < length_count; i++)
        info->bytes[lengths[i]] = (unsigned char)(info->bytes[lengths[i]] + count);
}

/* A key on P-256: 30 81 87, 02 01 00, 30 13 .., 04 6d 30 6b 02 01 01 04 20 .., a1 44 03 42 00 .. */
static void other_ways_to_write_them_are_left_to_openssl(void **state)
{
    (void)state;
    EVP_PKEY *key = make_key("P-256");
    struct info usual_one, info;
    encode(key, &usual_one);
    assert_int_equal(usual_one.size, 138);
    static const size_t outermost[] = {2}, all[] = {2, 28, 30};

    info = usual_one; /* attributes */
    insert(&info, info.size, "\xa0\x00", 2, outermost, 1);
    expect_left(&info);

    info = usual_one; /* a longer form of a length */
    insert(&info, 28, "\x81", 1, outermost, 1);
    expect_left(&info);

    info = usual_one; /* an indefinite one */
    info.bytes[1] = 0x80;
    info.bytes[2] = 0x02;
    expect_left(&info);

    info = usual_one; /* another version */
    info.bytes[5] = 1;
    expect_left(&info);

    info = usual_one; /* something between the private key and the public one */
    insert(&info, 68, "\xa0\x00", 2, all, 3);
    expect_left(&info);

    info = usual_one; /* a private key that is shorter than the field */
    info.bytes[35] = 0x1f;
    expect_left(&info);

    info = usual_one; /* a point that is on no curve */
    info.bytes[info.size - 1] ^= 1;
    expect_left(&info);

    info = usual_one; /* a compressed point, or what says that it is one */
    info.bytes[info.size - 65] = 2;
    expect_left(&info);

    for (size_t size = 0; size < usual_one.size; size++) {
        info = usual_one;
        info.size = size;
        expect_left(&info);
    }
    EVP_PKEY_free(key);
}

/* A key of RSA: 30 82 .., 02 01 00, 30 0d .., 04 82 .., 30 82 .., 02 01 00, 02 82 01 01 00 n ... */
static void other_ways_to_write_rsa_are_left_to_openssl(void **state)
{
    (void)state;
    static const size_t all[] = {3, 25, 29};
    EVP_PKEY *key = make_key(NULL);
    struct info usual_one, info;
    encode(key, &usual_one);

    info = usual_one; /* a ninth number */
    insert(&info, info.size, "\x02\x01\x01", 3, all, 3);
    expect_left(&info);

    info = usual_one; /* as long with an indefinite length, whose end takes two octets */
    info.bytes[1] = 0x80;
    memmove(info.bytes + 2, info.bytes + 4, info.size - 4);
    memset(info.bytes + info.size - 2, 0, 2);
    expect_left(&info);
    EVP_PKEY_free(key);
}

static void numbers_with_needless_zeros_are_left_to_openssl(void **state)
{
    (void)state;
    struct info info;
    EVP_PKEY *key = make_key(NULL);
    encode(key, &info);
    /* 30 82 .., 02 01 00, 30 0d .., 04 82 .., 30 82 .., 02 01 00, 02 82 01 01 00 n */
    assert_int_equal(info.bytes[33], 0x02);
    assert_int_equal(info.bytes[37], 0x00);
    info.bytes[38] &= 0x7f;
    expect_left(&info);
    info.bytes[37] = 0x80; /* a negative one */
    expect_left(&info);
    EVP_PKEY_free(key);
}

/* The private number of a key on P-521, which has seven bits to spare, and the order more than
 * once. */
static void a_private_number_beyond_the_order_does_not_fit_its_point(void **state)
{
    (void)state;
    struct info info;
    size_t size;
    EVP_PKEY *key = make_key("P-521");
    BIGNUM *order = NULL;
    assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_ORDER, &order), 1);
    encode(key, &info);
    unsigned char *at = memmem(info.bytes, info.size, "\x02\x01\x01\x04\x42", 5);
    assert_non_null(at);
    BIGNUM *number = BN_bin2bn(at + 5, 66, NULL);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(BN_bn2binpad(number, at + 5, 66), 66);
        EVP_PKEY *private = read_private(&info, &size);
        assert_non_null(private);
        assert_int_equal(key_check(reading_of(), private), i ? KEY_INCONSISTENT : KEY_CONSISTENT);
        EVP_PKEY_free(private);
        assert_int_equal(BN_add(number, number, order), 1);
    }
    BN_free(number);
    BN_free(order);
    EVP_PKEY_free(key);
}

static void keys_on_any_named_curve_fit_themselves(void **state)
{
    static const char *const names[] = {"P-224", "secp256k1", "brainpoolP512r1", "sect571r1"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        EVP_PKEY *key = make_key(names[i]);
        assert_int_equal(key_check(reading_of(), key), KEY_CONSISTENT);
        EVP_PKEY_free(key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_keys_are_those_that_openssl_decodes),
        cmocka_unit_test(what_follows_a_key_is_no_part_of_it),
        cmocka_unit_test(other_kinds_are_left_to_openssl),
        cmocka_unit_test(other_ways_to_write_them_are_left_to_openssl),
        cmocka_unit_test(a_private_number_beyond_the_order_does_not_fit_its_point),
        cmocka_unit_test(keys_on_any_named_curve_fit_themselves),
        cmocka_unit_test(other_ways_to_write_rsa_are_left_to_openssl),
        cmocka_unit_test(numbers_with_needless_zeros_are_left_to_openssl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
