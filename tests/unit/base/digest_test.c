#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* FIPS 180-4's own examples. */
static const char of_nothing[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char of_abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void known_bytes_give_their_known_digest(void **state)
{
    (void)state;
    char text[DIGEST_TEXT_SIZE];
    digest_bytes("abc", 3, text);
    assert_string_equal(text, of_abc);
    digest_bytes("", 0, text);
    assert_string_equal(text, of_nothing);
    digest_bytes(NULL, 0, text);
    assert_string_equal(text, of_nothing);
}

static void parts_are_hashed_as_if_they_stood_together(void **state)
{
    (void)state;
    const struct digest_part parts[] = {{"a", 1}, {"", 0}, {NULL, 0}, {"bc", 2}};
    char text[DIGEST_TEXT_SIZE];
    digest_parts(parts, 4, text);
    assert_string_equal(text, of_abc);
    digest_parts(NULL, 0, text);
    assert_string_equal(text, of_nothing);
}

/* FIPS 180-4's example. */
static void a_thumbprint_is_sha1(void **state)
{
    (void)state;
    char text[THUMBPRINT_TEXT_SIZE];
    digest_thumbprint("abc", 3, text);
    assert_string_equal(text, "a9993e364706816aba3e25717850c26c9cd0d89d");
}

static void a_nul_in_the_bytes_is_hashed_like_any_other(void **state)
{
    (void)state;
    char with[DIGEST_TEXT_SIZE], without[DIGEST_TEXT_SIZE];
    digest_bytes("a\0b", 3, with);
    digest_bytes("a", 1, without);
    assert_string_not_equal(with, without);
}

static void hex_is_lower_case_with_two_digits_a_byte(void **state)
{
    (void)state;
    const unsigned char bytes[] = {0x00, 0x0f, 0xa0, 0xff};
    char text[9];
    memset(text, 'x', sizeof(text));
    digest_hex(bytes, sizeof(bytes), text);
    assert_string_equal(text, "000fa0ff");
    digest_hex(bytes, 0, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_bytes_give_their_known_digest),
        cmocka_unit_test(parts_are_hashed_as_if_they_stood_together),
        cmocka_unit_test(a_thumbprint_is_sha1),
        cmocka_unit_test(a_nul_in_the_bytes_is_hashed_like_any_other),
        cmocka_unit_test(hex_is_lower_case_with_two_digits_a_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
