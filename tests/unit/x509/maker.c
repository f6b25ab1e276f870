#include "maker.h"

#include <openssl/pem.h>

static BIO *open_file(const char *name, struct secret **ret_file)
{
    *ret_file = bench_read(name);
    return BIO_new_mem_buf(secret_peek(*ret_file), (int)secret_size(*ret_file));
}

EVP_PKEY *maker_read_key(const char *name)
{
    struct secret *file;
    BIO *bio = open_file(name, &file);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    assert_non_null(key);
    BIO_free(bio);
    secret_free(file);
    return key;
}

void maker_add_certificate(struct maker *maker, const char *name)
{
    struct secret *file;
    BIO *bio = open_file(name, &file);
    X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    assert_non_null(PKCS12_add_cert(&maker->bags, x509));
    X509_free(x509);
    BIO_free(bio);
    secret_free(file);
}

static void add_bag(struct maker *maker, PKCS12_SAFEBAG *bag)
{
    assert_non_null(bag);
    if (!maker->bags)
        maker->bags = sk_PKCS12_SAFEBAG_new_null();
    sk_PKCS12_SAFEBAG_push(maker->bags, bag);
}

void maker_add_info(struct maker *maker, PKCS8_PRIV_KEY_INFO *info)
{
    add_bag(maker, PKCS12_SAFEBAG_create0_p8inf(info));
}

void maker_add_sealed(struct maker *maker, X509_SIG *sealed)
{
    add_bag(maker, PKCS12_SAFEBAG_create0_pkcs8(sealed));
}

void maker_add_key(struct maker *maker, const char *name)
{
    EVP_PKEY *key = maker_read_key(name);
    maker_add_info(maker, EVP_PKEY2PKCS8(key));
    EVP_PKEY_free(key);
}

void maker_load(struct maker *maker, struct bench *bench, const char *mac_password)
{
    unsigned char *der = NULL;
    STACK_OF(PKCS7) *safes = NULL;
    assert_int_equal(PKCS12_add_safe(&safes, maker->bags, -1, 0, NULL), 1);
    PKCS12 *pfx = PKCS12_add_safes(safes, 0);
    if (mac_password)
        assert_int_equal(PKCS12_set_mac(pfx, mac_password, -1, NULL, 0, 1, NULL), 1);
    int size = i2d_PKCS12(pfx, &der);
    assert_true(size > 0);
    bench_load_bytes(bench, der, (size_t)size);
    OPENSSL_free(der);
    PKCS12_free(pfx);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    sk_PKCS12_SAFEBAG_pop_free(maker->bags, PKCS12_SAFEBAG_free);
    maker->bags = NULL;
}
