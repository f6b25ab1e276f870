/* bench: what the tests of source_load share. Files come from the folder in CERTROLL_PKI, which
 * tests/pki/make-pki has filled. */
#ifndef CERTROLL_TESTS_X509_BENCH_H
#define CERTROLL_TESTS_X509_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "x509/source.h"

struct bench {
    struct arena *arena;
    struct problems problems;
    struct source source; /* pin and certificate are the test's to set */
    struct secret *files[3];
    const char *password; /* NULL: none */
    struct secret *given; /* what was last given of it */
    unsigned asked;       /* how often it was asked for */
    struct bundle bundle;
    int result;
};

int bench_setup(void **state);
int bench_teardown(void **state);

/* Reads a file of the PKI; the caller frees. */
struct secret *bench_read(const char *name);

/* Loads, with key and chain files where they are not NULL. What an earlier load gave is gone. */
void bench_load(struct bench *bench, const char *name);
void bench_load_with(struct bench *bench, const char *name, const char *key, const char *chain);
void bench_load_bytes(struct bench *bench, const void *bytes, size_t size);
void bench_load_key_bytes(struct bench *bench, const char *name, const void *bytes, size_t size);

/* Loaded: the leaf is that of a file of the PKI (PEM), with so many chain certificates, and with
 * its key, which is one that works, or without. */
void bench_expect_leaf(const struct bench *bench, const char *name);
void bench_expect(const struct bench *bench, const char *leaf, size_t chain, bool has_key);

/* Refused, with this problem alone, whose message has this in it. */
void bench_expect_problem(const struct bench *bench, enum problem_code code, const char *text);

size_t bench_count(const char *text, const char *part);

#define BENCH_TEST(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)

#endif
