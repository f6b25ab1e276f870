#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "x509/tlv.h"

#define SLICE(text) ((struct slice){(const unsigned char *)(text), sizeof(text) - 1})

static void elements_follow_one_another(void **state)
{
    struct slice from = SLICE("\x02\x01\x05\x04\x02hi");
    struct tlv one;
    (void)state;
    assert_int_equal(tlv_next(&from, &one), 1);
    assert_int_equal(one.tag, TLV_INTEGER);
    assert_true(slice_equals(one.content, "\5", 1));
    assert_int_equal(tlv_next(&from, &one), 1);
    assert_true(slice_equals(one.content, "hi", 2));
    assert_int_equal(one.whole.size, 4);
    assert_int_equal(tlv_next(&from, &one), 0);
}

static void an_indefinite_length_ends_at_its_own_end(void **state)
{
    struct slice from = SLICE("\x30\x80\x30\x80\x02\x01\x07\x00\x00\x04\x01x\x00\x00\x02\x01\x09");
    struct tlv one, inner;
    (void)state;
    assert_int_equal(tlv_next(&from, &one), 1);
    assert_int_equal(one.content.size, 10);
    assert_int_equal(one.whole.size, 14);
    assert_int_equal(tlv_next(&one.content, &inner), 1);
    assert_true(slice_equals(inner.content, "\x02\x01\x07", 3));
    assert_int_equal(tlv_next(&from, &one), 1);
    assert_true(slice_equals(one.content, "\x09", 1));
}

static void what_is_cut_off_is_no_element(void **state)
{
    struct tlv one;
    (void)state;
    const struct slice cut[] = {
        SLICE("\x30"),
        SLICE("\x30\x05\x02"),
        SLICE("\x30\x82\x01"),
        SLICE("\x30\x80\x02"),
        SLICE("\x30\x80\x00"),
        SLICE("\x1f\xff\xff\xff\xff\xff\x01"),
        SLICE("\x04\x80\x00"),
        SLICE("\x30\x89\1\1\1\1\1\1\1\1\1"),
        SLICE("\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff"),
    };
    for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
        struct slice from = cut[i];
        assert_int_equal(tlv_next(&from, &one), -1);
    }
}

static void nesting_without_lengths_is_bounded(void **state)
{
    char deep[4000];
    struct slice from = {(const unsigned char *)deep, sizeof(deep)};
    struct tlv one;
    (void)state;
    for (size_t i = 0; i < sizeof(deep); i += 2)
        memcpy(deep + i, "\x30\x80", 2);
    assert_int_equal(tlv_next(&from, &one), -1);
}

static void the_segments_of_a_string_are_joined(void **state)
{
    struct slice from = SLICE("\x24\x80\x04\x02"
                              "ab\x24\x03\x04\x01"
                              "c\x04\x00\x00\x00");
    struct secret *joined = NULL;
    struct slice octets;
    struct tlv string;
    (void)state;
    assert_int_equal(tlv_expect(&from, TLV_OCTET_STRING, &string), 0);
    assert_int_equal(tlv_octets(&string, &joined, &octets), 0);
    assert_true(slice_equals(octets, "abc", 3));
    secret_free(joined);
}

static void a_string_of_something_else_is_refused(void **state)
{
    struct slice from = SLICE("\x24\x03\x02\x01\x01");
    struct secret *joined = NULL;
    struct slice octets;
    struct tlv string;
    (void)state;
    assert_int_equal(tlv_expect(&from, TLV_OCTET_STRING, &string), 0);
    assert_int_equal(tlv_octets(&string, &joined, &octets), -EBADMSG);
    assert_null(joined);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_follow_one_another),
        cmocka_unit_test(an_indefinite_length_ends_at_its_own_end),
        cmocka_unit_test(what_is_cut_off_is_no_element),
        cmocka_unit_test(nesting_without_lengths_is_bounded),
        cmocka_unit_test(the_segments_of_a_string_are_joined),
        cmocka_unit_test(a_string_of_something_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
