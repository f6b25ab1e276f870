#include "bench.h"

#include "base/file.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int give(void *context, struct problems *problems, const struct secret **ret)
{
    struct bench *bench = context;
    (void)problems;
    bench->asked++;
    secret_free(bench->given);
    bench->given = bench->password ? secret_copy(bench->password, strlen(bench->password)) : NULL;
    *ret = bench->given;
    return 0;
}

int bench_setup(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    if (!bench)
        return -1;
    bench->arena = arena_new();
    bench->password = "secret";
    *state = bench;
    return 0;
}

static void clear(struct bench *bench)
{
    bundle_done(&bench->bundle);
    secret_free(bench->given);
    bench->given = NULL;
    for (size_t i = 0; i < 3; i++) {
        secret_free(bench->files[i]);
        bench->files[i] = NULL;
    }
}

int bench_teardown(void **state)
{
    struct bench *bench = *state;
    clear(bench);
    arena_free(bench->arena);
    free(bench);
    return 0;
}

struct secret *bench_read(const char *name)
{
    char path[4096];
    struct secret *file = NULL;
    const char *folder = getenv("CERTROLL_PKI");
    assert_non_null(folder);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(file_read(AT_FDCWD, path, FILE_SOURCE_MOST, &file), 0);
    return file;
}

static void load(struct bench *bench)
{
    problems_init(&bench->problems, bench->arena);
    bench->asked = 0;
    bench->bundle = (struct bundle){.key_pem = NULL};
    bench->source.bytes = bench->files[0];
    bench->source.key_bytes = bench->files[1];
    bench->source.chain_bytes = bench->files[2];
    bench->source.ask = give;
    bench->source.ask_context = bench;
    bench->source.place = (struct place){"m.yaml", 3, 5};
    bench->result = source_load(&bench->source, bench->arena, &bench->problems, &bench->bundle);
}

void bench_load_with(struct bench *bench, const char *name, const char *key, const char *chain)
{
    clear(bench);
    bench->source.path = name;
    bench->source.key_path = key;
    bench->source.chain_path = chain;
    bench->files[0] = bench_read(name);
    bench->files[1] = key ? bench_read(key) : NULL;
    bench->files[2] = chain ? bench_read(chain) : NULL;
    load(bench);
}

void bench_load(struct bench *bench, const char *name)
{
    bench_load_with(bench, name, NULL, NULL);
}

void bench_load_bytes(struct bench *bench, const void *bytes, size_t size)
{
    clear(bench);
    bench->source.path = "bytes";
    bench->files[0] = secret_copy(bytes, size);
    load(bench);
}

void bench_load_key_bytes(struct bench *bench, const char *name, const void *bytes, size_t size)
{
    clear(bench);
    bench->source.path = name;
    bench->source.key_path = "bytes";
    bench->files[0] = bench_read(name);
    bench->files[1] = secret_copy(bytes, size);
    load(bench);
}

size_t bench_count(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}

static X509 *read_certificate(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_non_null(x509);
    return x509;
}

void bench_expect_leaf(const struct bench *bench, const char *name)
{
    char fingerprint[DIGEST_TEXT_SIZE];
    unsigned char *der = NULL;
    if (bench->result != 0 && bench->problems.count > 0)
        fail_msg("%s", bench->problems.items[0].message);
    assert_int_equal(bench->result, 0);
    assert_int_equal(bench->problems.count, 0);
    struct secret *file = bench_read(name);
    X509 *wanted = read_certificate((const char *)secret_peek(file));
    int size = i2d_X509(wanted, &der);
    digest_bytes(der, (size_t)size, fingerprint);
    assert_string_equal(bench->bundle.certificate.fingerprint, fingerprint);
    X509 *written = read_certificate(bench->bundle.cert_pem);
    assert_int_equal(X509_cmp(written, wanted), 0);
    X509_free(written);
    X509_free(wanted);
    OPENSSL_free(der);
    secret_free(file);
}

static void expect_key(const struct bench *bench)
{
    const struct secret *pem = bench->bundle.key_pem;
    BIO *bio = BIO_new_mem_buf(secret_peek(pem), (int)secret_size(pem));
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    X509 *leaf = read_certificate(bench->bundle.cert_pem);
    assert_non_null(key);
    assert_int_equal(X509_check_private_key(leaf, key), 1);
    assert_memory_equal(secret_peek(pem), "-----BEGIN PRIVATE KEY-----\n", 28);
    X509_free(leaf);
    EVP_PKEY_free(key);
    BIO_free(bio);
}

void bench_expect(const struct bench *bench, const char *leaf, size_t chain, bool has_key)
{
    bench_expect_leaf(bench, leaf);
    assert_int_equal(bench_count(bench->bundle.chain_pem, "-----BEGIN CERTIFICATE-----\n"), chain);
    assert_int_equal(bench->bundle.certificate.has_key, has_key);
    assert_int_equal(bench->bundle.key_pem != NULL, has_key);
    if (has_key)
        expect_key(bench);
}

void bench_expect_problem(const struct bench *bench, enum problem_code code, const char *text)
{
    assert_int_equal(bench->result, -1);
    assert_int_equal(bench->problems.count, 1);
    const struct problem *problem = &bench->problems.items[0];
    if (problem->code != code || !strstr(problem->message, text))
        fail_msg("%s: %s", problem_code(problem->code), problem->message);
    assert_int_equal(problem->place.line, 3);
    assert_null(bench->bundle.key_pem);
}
