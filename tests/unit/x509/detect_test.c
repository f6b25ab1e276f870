#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "x509/detect.h"

static void expect(const char *bytes, size_t size, enum format format, const char *what)
{
    struct detected detected = detect_format((struct slice){(const unsigned char *)bytes, size});
    assert_int_equal(detected.format, format);
    if (what)
        assert_non_null(strstr(detected.what, what));
    else
        assert_null(detected.what);
}

#define EXPECT(bytes, format, what) expect(bytes, sizeof(bytes) - 1, format, what)

static void what_is_no_certificate_is_called_by_its_name(void **state)
{
    (void)state;
    EXPECT("", FORMAT_OTHER, "empty");
    EXPECT(" \r\n\t", FORMAT_OTHER, "empty");
    EXPECT("\xfe\xed\xfe\xed\0\0\0\2", FORMAT_OTHER, "JKS");
    EXPECT("\xce\xce\xce\xce\0\0\0\2", FORMAT_OTHER, "JCEKS");
    EXPECT("<!DOCTYPE HTML><html>", FORMAT_OTHER, "HTML");
    EXPECT("\xef\xbb\xbf\n<HTML>", FORMAT_OTHER, "HTML");
    EXPECT("ssh-rsa AAAA", FORMAT_OTHER, "SSH");
    EXPECT("{\"kty\":\"RSA\"}", FORMAT_OTHER, "JSON");
    EXPECT("\xff\xfe-\0-\0-\0-\0-\0B\0", FORMAT_OTHER, "UTF-16");
    EXPECT("MIIBszCCAVmgAwIBAgIC", FORMAT_OTHER, "base64");
    EXPECT("\x01\x02\x03", FORMAT_UNKNOWN, NULL);
}

static void text_before_a_block_may_begin_like_der(void **state)
{
    (void)state;
    EXPECT("0 s:CN = www.example.com\n-----BEGIN CERTIFICATE-----\n", FORMAT_PEM, "PEM");
    EXPECT("00000000\n-----BEGIN CERTIFICATE-----\n", FORMAT_PEM, "PEM");
}

static void der_is_told_apart_by_its_shape(void **state)
{
    (void)state;
    EXPECT("\x30\x05\x02\x01\x03\x30\x80", FORMAT_PKCS12, "PKCS#12");
    EXPECT("\x30\x80\x02\x01\x03\x30\x80\x06\x01", FORMAT_PKCS12, "PKCS#12");
    EXPECT("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x00", FORMAT_PKCS7, "PKCS#7");
    EXPECT("\x30\x0a\x02\x01\x00\x30\x03\x06\x01\x2a\x04\x00", FORMAT_PKCS8, "private key");
    EXPECT("\x30\x05\x02\x01\x01\x04\x00", FORMAT_EC_KEY, "private key");
    EXPECT("\x30\x06\x02\x01\x03\x02\x01\x05", FORMAT_OTHER, "public key");
    EXPECT("\x30\x07\x30\x03\x06\x01\x2a\x04\x00", FORMAT_ENCRYPTED_PKCS8, "encrypted");
    EXPECT("\x30\x07\x30\x03\x06\x01\x2a\x03\x00", FORMAT_OTHER, "public key");
    EXPECT("\x30\x03\x0a\x01\x00", FORMAT_OTHER, "OCSP");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_certificate_is_called_by_its_name),
        cmocka_unit_test(text_before_a_block_may_begin_like_der),
        cmocka_unit_test(der_is_told_apart_by_its_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
