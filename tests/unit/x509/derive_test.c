#include "base/digest.h"
#include "x509/derive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/hmac.h>

/* RFC 6070 (SHA-1), RFC 7914, 11 (SHA-256); those with SHA-384 and SHA-512 are what Python's
 * hashlib gives. */
static void pbkdf2_gives_what_the_standards_say(void **state)
{
    static const struct {
        int function;
        const char *phrase, *salt;
        int phrase_size;
        unsigned rounds;
        const char *key;
    } vectors[] = {
        {NID_hmacWithSHA1, "password", "salt", 8, 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"},
        {NID_hmacWithSHA1, "password", "salt", 8, 2, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"},
        {NID_hmacWithSHA1, "password", "salt", 8, 4096, "4b007901b765489abead49d926f721d065a429c1"},
        {NID_hmacWithSHA1, "passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt", 24,
         4096, "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"},
        {NID_hmacWithSHA256, "passwd", "salt", 6, 1,
         "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
         "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"},
        {NID_hmacWithSHA256, "Password", "NaCl", 8, 80000,
         "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
         "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"},
        {NID_hmacWithSHA384, "password", "salt", 8, 2,
         "54f775c6d790f21930459162fc535dbf04a939185127016a04176a0730c6f1f4"
         "fb48832ad1261baadd2cedd50814b1c806ad1bbf43ebdc9d047904bf7ceafe1e"},
        {NID_hmacWithSHA512, "password", "salt", 8, 2,
         "e1d9c16aa681708a45f5c7c4e215ceb66e011a2e9f0040713f18aefdb866d53c"
         "f76cab2868a39b9f7840edce4fef5a82be67335c77a6068e04112754f27ccf4e"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        unsigned char key[64];
        char text[2 * sizeof(key) + 1];
        size_t size = strlen(vectors[i].key) / 2;
        struct phrase phrase = {vectors[i].phrase, vectors[i].phrase_size};
        struct slice salt = {(const unsigned char *)vectors[i].salt, strlen(vectors[i].salt)};
        assert_int_equal(
            derive_pbkdf2(vectors[i].function, phrase, salt, vectors[i].rounds, key, size), 0);
        digest_hex(key, size, text);
        assert_string_equal(text, vectors[i].key);
    }
}

/* Passwords of less than a block, of one and of more; keys of parts of a digest and of several. */
static void pbkdf2_with_sha256_is_that_of_openssl(void **state)
{
    static const int phrases[] = {0, 1, 63, 64, 65, 130}, salts[] = {0, 8, 16, 55, 56, 64, 100};
    static const unsigned rounds[] = {1, 2, 3, 50};
    unsigned char bytes[130];
    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 7 + 1);
    for (size_t i = 0; i < 6 * 7 * 4; i++)
        for (int size = 1; size <= 97; size += 8) {
            unsigned char made[98] = {0}, wanted[98] = {0};
            int phrase = phrases[i / 28], salt = salts[i / 4 % 7];
            assert_int_equal(PKCS5_PBKDF2_HMAC((const char *)bytes, phrase, bytes + 130 - salt,
                                               salt, (int)rounds[i % 4], EVP_sha256(), size,
                                               wanted),
                             1);
            assert_int_equal(derive_pbkdf2(NID_hmacWithSHA256,
                                           (struct phrase){(const char *)bytes, phrase},
                                           (struct slice){bytes + 130 - salt, (size_t)salt},
                                           rounds[i % 4], made, (size_t)size),
                             0);
            assert_memory_equal(made, wanted, sizeof(made));
        }
}

/* RFC 6070's last one: both hold a NUL. */
static void a_nul_ends_neither_password_nor_salt(void **state)
{
    (void)state;
    unsigned char key[16];
    char text[2 * sizeof(key) + 1];
    struct slice salt = {(const unsigned char *)"sa\0lt", 5};
    struct phrase phrase = {"pass\0word", 9};
    assert_int_equal(derive_pbkdf2(NID_hmacWithSHA1, phrase, salt, 4096, key, sizeof(key)), 0);
    digest_hex(key, sizeof(key), text);
    assert_string_equal(text, "56fa6aa75548099dcc37d7f03425e0c3");
}

static void no_password_derives_as_the_empty_one(void **state)
{
    (void)state;
    unsigned char none[32], empty[32];
    struct slice salt = {(const unsigned char *)"salt", 4};
    struct phrase no_phrase = {NULL, 0}, empty_phrase = {"", 0};
    assert_int_equal(derive_pbkdf2(NID_hmacWithSHA256, no_phrase, salt, 1, none, sizeof(none)), 0);
    assert_int_equal(derive_pbkdf2(NID_hmacWithSHA256, empty_phrase, salt, 1, empty, sizeof(empty)),
                     0);
    assert_memory_equal(none, empty, sizeof(none));
}

static void what_nettle_lacks_is_left_to_others(void **state)
{
    (void)state;
    unsigned char key[64] = {0}, zeros[64] = {0};
    struct slice salt = {(const unsigned char *)"salt", 4};
    struct phrase phrase = {"p", 1};
    assert_int_equal(derive_pbkdf2(NID_hmacWithMD5, phrase, salt, 1, key, 16), -1);
    assert_int_equal(derive_mac_key(NID_md5, salt, salt, 1, key), -1);
    assert_int_equal(derive_mac(NID_md5, zeros, salt, key), -1);
    assert_memory_equal(key, zeros, sizeof(key));
}

/* Every digest with passwords and salts of less than a block, of one and of more, as OpenSSL
 * derives. */
static void a_mac_key_is_that_of_openssl(void **state)
{
    static const int digests[] = {NID_sha1, NID_sha224, NID_sha256, NID_sha384, NID_sha512};
    static const int sizes[] = {0, 2, 63, 64, 65, 128, 130, 258};
    enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };
    unsigned char bytes[258];
    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 7);
    for (size_t i = 0; i < 5 * SIZES * SIZES; i++) {
        unsigned char made[64], wanted[64];
        const EVP_MD *digest = EVP_get_digestbynid(digests[i / SIZES / SIZES]);
        int bmp = sizes[i / SIZES % SIZES], salt = sizes[i % SIZES], size = EVP_MD_get_size(digest);
        if (bmp + salt == 0)
            continue;
        assert_int_equal(PKCS12_key_gen_uni(bytes, bmp, bytes + 258 - salt, salt, PKCS12_MAC_ID, 3,
                                            size, wanted, digest),
                         1);
        assert_int_equal(derive_mac_key(EVP_MD_get_type(digest), (struct slice){bytes, (size_t)bmp},
                                        (struct slice){bytes + 258 - salt, (size_t)salt}, 3, made),
                         0);
        assert_memory_equal(made, wanted, (size_t)size);
    }
}

/* Content of less than a block, of one and of more. */
static void a_mac_is_that_of_openssl(void **state)
{
    static const int digests[] = {NID_sha1, NID_sha224, NID_sha256, NID_sha384, NID_sha512};
    static const size_t sizes[] = {0, 1, 63, 64, 65, 128, 258};
    unsigned char bytes[258], made[64], wanted[64];
    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 7);
    for (size_t i = 0; i < 5 * 7; i++) {
        const EVP_MD *digest = EVP_get_digestbynid(digests[i / 7]);
        unsigned size = 0;
        assert_non_null(
            HMAC(digest, bytes + 9, EVP_MD_get_size(digest), bytes, sizes[i % 7], wanted, &size));
        struct slice content = {bytes, sizes[i % 7]};
        assert_int_equal(derive_mac(digests[i / 7], bytes + 9, content, made), 0);
        assert_memory_equal(made, wanted, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pbkdf2_gives_what_the_standards_say),
        cmocka_unit_test(pbkdf2_with_sha256_is_that_of_openssl),
        cmocka_unit_test(a_nul_ends_neither_password_nor_salt),
        cmocka_unit_test(no_password_derives_as_the_empty_one),
        cmocka_unit_test(what_nettle_lacks_is_left_to_others),
        cmocka_unit_test(a_mac_key_is_that_of_openssl),
        cmocka_unit_test(a_mac_is_that_of_openssl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
