/* A key in DER, public or private as the first byte says -> what native.h makes of it: it is the
 * key that OpenSSL decodes, and written as OpenSSL writes it, or none. */
#include "fuzz.h"

#include "x509/native.h"

#include <openssl/err.h>
#include <string.h>

static void check_public(const struct reading *reading, struct slice der)
{
    const unsigned char *at = der.bytes;
    X509_PUBKEY *public = d2i_X509_PUBKEY(NULL, &at, (long)der.size);
    EVP_PKEY *key = public ? native_public(reading, public) : NULL;
    if (key)
        FUZZ_CHECK(EVP_PKEY_eq(key, X509_PUBKEY_get0(public)) == 1);
    EVP_PKEY_free(key);
    X509_PUBKEY_free(public);
}

static void check_encoding(EVP_PKEY *key, struct slice whole)
{
    unsigned char *der = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
    FUZZ_CHECK(size > 0 && slice_equals(whole, der, (size_t)size));
    OPENSSL_free(der);
    PKCS8_PRIV_KEY_INFO_free(info);
}

static void check_private(const struct reading *reading, struct slice der)
{
    const unsigned char *at = der.bytes;
    struct slice whole;
    EVP_PKEY *key = native_private(reading, der, &whole);
    if (!key)
        return;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.size);
    EVP_PKEY *decoded = info ? EVP_PKCS82PKEY_ex(info, reading->library, NULL) : NULL;
    FUZZ_CHECK(decoded && EVP_PKEY_eq(key, decoded) == 1);
    check_encoding(decoded, whole);
    EVP_PKEY_free(decoded);
    PKCS8_PRIV_KEY_INFO_free(info);
    EVP_PKEY_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct reading reading = {.library = openssl_library()};
    if (size > 0)
        (data[0] == 'P' ? check_public : check_private)(&reading,
                                                        (struct slice){data + 1, size - 1});
    ERR_clear_error();
    return 0;
}
