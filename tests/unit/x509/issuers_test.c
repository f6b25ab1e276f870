#include "bench.h"

#include "x509/decoded.h"
#include "x509/issuers.h"

#include <stdlib.h>
#include <string.h>

/* What a load said, as text. */
static char *tell(const struct bench *bench)
{
    const struct certificate *one = &bench->bundle.certificate;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    for (size_t i = 0; i < bench->problems.count; i++)
        fprintf(stream, "%d %s\n", (int)bench->problems.items[i].code,
                bench->problems.items[i].message);
    if (bench->result == 0)
        fprintf(stream, "%s %s %s %s\n%s\n%s\n%x %d\n%s%s%s", one->fingerprint, one->thumbprint,
                one->key_id, one->chain_digest, one->subject, one->key_algorithm, one->findings,
                one->has_key, bench->bundle.cert_pem, bench->bundle.chain_pem,
                bench->bundle.key_note ? bench->bundle.key_note : "");
    assert_int_equal(fclose(stream), 0);
    return text;
}

static const char *const files[] = {
    "full.pem",         "web.pfx",       "imposter.pem",  "loop.pem",     "reversed.pem",
    "joined.pem",       "web.p7b",       "root.pem",      "full.pem",     "web-legacy.pfx",
    "cut.pem",          "damaged.pem",   "two-keys.pem",  "explicit.pem", "self.pem",
    "intermediate.pem", "self-sha1.pem", "duplicate.pem", "web.pem",      "wrong-key.pem",
    "web-nochain.pfx",  "imposter.pem",  "hostile.pem",
};

static void what_is_told_of_a_source_does_not_depend_on_earlier_ones(void **state)
{
    struct bench *bench = *state;
    struct issuers *issuers = issuers_new(bench->arena);
    assert_non_null(issuers);
    for (size_t i = 0; i < 2 * sizeof(files) / sizeof(files[0]); i++) {
        const char *name = files[i % (sizeof(files) / sizeof(files[0]))];
        bench->source.issuers = NULL;
        bench_load(bench, name);
        char *alone = tell(bench);
        bench->source.issuers = issuers;
        bench_load(bench, name);
        char *together = tell(bench);
        assert_string_equal(together, alone);
        free(alone);
        free(together);
    }
    issuers_done(issuers);
}

static void equal_chains_are_one_text(void **state)
{
    struct bench *bench = *state;
    struct issuers *issuers = bench->source.issuers = issuers_new(bench->arena);
    bench_load(bench, "full.pem");
    const char *first = bench->bundle.chain_pem;
    assert_string_not_equal(first, "");
    bench_load(bench, "web.pfx");
    assert_ptr_equal(bench->bundle.chain_pem, first);
    bench_load(bench, "web.pem");
    assert_string_equal(bench->bundle.chain_pem, "");
    issuers_done(issuers);
}

static void issuers_are_kept_and_leaves_are_not(void **state)
{
    struct bench *bench = *state;
    struct issuers *issuers = bench->source.issuers = issuers_new(bench->arena);
    bench_load(bench, "full.pem");
    char leaf[DIGEST_TEXT_SIZE], issuer[DIGEST_TEXT_SIZE];
    memcpy(leaf, bench->bundle.certificate.fingerprint, sizeof(leaf));
    memcpy(issuer, bench->bundle.certificate.chain_digest, sizeof(issuer)); /* of one certificate */
    assert_null(issuers_find(issuers, leaf));
    struct decoded *found = issuers_find(issuers, issuer);
    assert_non_null(found);
    assert_string_equal(found->fingerprint, issuer);
    issuers_done(issuers);
    assert_null(issuers_find(issuers, issuer));
    assert_string_equal(found->fingerprint, issuer); /* its holder still has it */
    decoded_release(found);
}

/* One that takes n bytes, with the digest "n". */
static struct decoded *make(unsigned number, size_t size)
{
    struct decoded *made = calloc(1, sizeof(*made));
    assert_non_null(made);
    made->holders = 1;
    made->der.size = size;
    snprintf(made->source_digest, sizeof(made->source_digest), "%u", number);
    return made;
}

static bool has(const struct issuers *issuers, unsigned number)
{
    char digest[DIGEST_TEXT_SIZE];
    snprintf(digest, sizeof(digest), "%u", number);
    struct decoded *found = issuers_find(issuers, digest);
    decoded_release(found);
    return found;
}

static void they_are_bounded_in_number_and_size(void **state)
{
    struct bench *bench = *state;
    struct issuers *issuers = issuers_new(bench->arena);
    for (unsigned i = 0; i < 2 * (ISSUERS_MOST + 1); i++) {
        struct decoded *decoded = make(i / 2, ISSUERS_BYTES_MOST); /* each of them twice */
        char digest[DIGEST_TEXT_SIZE] = "";
        snprintf(digest, sizeof(digest), "%u", i / 2);
        issuers_keep(issuers, decoded);
        if (i % 2)
            issuers_keep_chain(issuers, digest, "PEM");
        decoded_release(decoded);
    }
    assert_false(has(issuers, 0));
    assert_null(issuers_find_chain(issuers, "0"));
    for (unsigned i = 1; i <= ISSUERS_MOST; i++)
        assert_true(has(issuers, i));
    assert_string_equal(issuers_find_chain(issuers, "1"), "PEM");
    struct decoded *large = make(1000, ISSUERS_BYTES_MOST + 1);
    issuers_keep(issuers, large);
    assert_false(has(issuers, 1000));
    decoded_release(large);
    issuers_done(issuers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(what_is_told_of_a_source_does_not_depend_on_earlier_ones),
        BENCH_TEST(equal_chains_are_one_text),
        BENCH_TEST(issuers_are_kept_and_leaves_are_not),
        BENCH_TEST(they_are_bounded_in_number_and_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
