/*
 * Files of each kind, each as often as there are allocations: another one fails each time. With an
 * operand those of OpenSSL as well, of which there are too many to try all of them.
 */
#include "bench.h"

#include "../failing.h"
#include "x509/openssl.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a load gave. */
struct outcome {
    struct arena *arena;
    struct problems problems;
    struct bundle bundle;
    int result;
};

static const char *password;
static struct secret *given;
static size_t stride = SIZE_MAX; /* the n-th is tried, and then the one n/stride + 1 behind it */

static int give(void *context, struct problems *problems, const struct secret **ret)
{
    const struct source *source = context;
    given = secret_copy(password, strlen(password));
    *ret = given;
    if (given)
        return 0;
    problems_add(problems, PROBLEM_OUT_OF_MEMORY, source->place, "out of memory");
    return -1;
}

/* An entry of several files, or that chooses. */
struct entry {
    const char *path, *key, *chain, *pin, *subject, *password;
};

static struct outcome load(const struct source *of, size_t failing, bool *ret_failed)
{
    struct outcome outcome = {.arena = arena_new()};
    struct source source = *of;
    source.ask = give;
    source.ask_context = &source;
    assert_non_null(outcome.arena);
    problems_init(&outcome.problems, outcome.arena);
    failing_set(failing);
    outcome.result = source_load(&source, outcome.arena, &outcome.problems, &outcome.bundle);
    *ret_failed = failing_set(0);
    secret_free(given);
    given = NULL;
    return outcome;
}

static void outcome_done(struct outcome *outcome)
{
    bundle_done(&outcome->bundle);
    arena_free(outcome->arena);
}

static const char *code_of(const struct outcome *outcome)
{
    if (outcome->problems.out_of_memory)
        return problem_code(PROBLEM_OUT_OF_MEMORY);
    return outcome->problems.count ? problem_code(outcome->problems.items[0].code) : "no problem";
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
    const struct certificate *one = &a->bundle.certificate, *other = &b->bundle.certificate;
    return a->result == b->result && a->problems.count == b->problems.count &&
           strcmp(code_of(a), code_of(b)) == 0 &&
           strcmp(one->fingerprint, other->fingerprint) == 0 &&
           same_text(one->subject, other->subject) && same_text(one->issuer, other->issuer) &&
           same_text(one->key_algorithm, other->key_algorithm) &&
           one->dns_name_count == other->dns_name_count && one->findings == other->findings &&
           same_text(a->bundle.chain_pem, b->bundle.chain_pem) &&
           same_text(a->bundle.key_note, b->bundle.key_note) &&
           !a->bundle.key_pem == !b->bundle.key_pem;
}

/* Of so many iterations that it would take minutes. */
static bool is_slow(const char *name)
{
    return strstr(name, ".p12") || strstr(name, "scrypt") || strcmp(name, "web-100k.pfx") == 0;
}

/* Memory that is out is called that, or does not matter. */
static void try_each_allocation(const struct entry *entry)
{
    bool failed;
    struct secret *bytes = bench_read(entry->path);
    struct secret *key = entry->key ? bench_read(entry->key) : NULL;
    struct secret *chain = entry->chain ? bench_read(entry->chain) : NULL;
    const struct source source = {
        .path = entry->path,
        .bytes = bytes,
        .key_path = entry->key,
        .key_bytes = key,
        .chain_path = entry->chain,
        .chain_bytes = chain,
        .pin = entry->pin,
        .subject = entry->subject,
    };
    struct outcome whole = load(&source, 0, &failed);
    size_t number = 1;
    do {
        struct outcome outcome = load(&source, number, &failed);
        if (!same(&outcome, &whole) &&
            strcmp(code_of(&outcome), problem_code(PROBLEM_OUT_OF_MEMORY)) != 0)
            fail_msg("%s: allocation %zu: %s", entry->path, number, code_of(&outcome));
        outcome_done(&outcome);
        number += 1 + number / stride;
    } while (failed);
    outcome_done(&whole);
    secret_free(bytes);
    secret_free(key);
    secret_free(chain);
}

static void try_each_password(const char *path)
{
    static const char *const passwords[] = {"secret", "wrong"};
    for (size_t i = 0; i < sizeof(passwords) / sizeof(passwords[0]); i++) {
        password = passwords[i];
        try_each_allocation(&(struct entry){.path = strrchr(path, '/') + 1});
    }
}

static void nor_where_several_files_and_a_choice_make_an_entry(void **state)
{
    static const char none[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    static const struct entry entries[] = {
        {.path = "web.pem", .key = "web.key", .chain = "chain.pem"},
        {.path = "web.pem", .key = "wrong.key"},
        {.path = "web.pem", .key = "enc-pkcs8.key", .chain = "web-open.pfx"},
        {.path = "web.pem", .key = "root.pem"},
        {.path = "two-keys.pem"},
        {.path = "two-keys.pem", .subject = "www.example.com"},
        {.path = "two-keys.pem", .subject = "nobody.example.com"},
        {.path = "two-keys.pem", .pin = none},
        {.path = "web.pem", .pin = none},
        {.path = "full.pem", .key = "wrong.key", .subject = "www.example.com"},
        {.path = "web-latin1.pfx", .password = "Z\xc3\xbcrich"},
        {.path = "web-utf8.pfx", .password = "Z\xfcrich"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        password = entries[i].password ? entries[i].password : "secret";
        try_each_allocation(&entries[i]);
    }
}

static void no_memory_is_no_other_cause_and_loses_nothing(void **state)
{
    glob_t found = {0};
    (void)state;
    char *pattern = NULL;
    assert_true(asprintf(&pattern, "%s/*.*", getenv("CERTROLL_PKI")) > 0);
    assert_int_equal(glob(pattern, GLOB_ERR, NULL, &found), 0);
    assert_true(found.gl_pathc > 50);
    for (size_t i = 0; i < found.gl_pathc; i++)
        if (!is_slow(strrchr(found.gl_pathv[i], '/') + 1))
            try_each_password(found.gl_pathv[i]);
    globfree(&found);
    free(pattern);
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        stride = 25;
        assert_true(openssl_watch_memory());
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_is_no_other_cause_and_loses_nothing),
        cmocka_unit_test(nor_where_several_files_and_a_choice_make_an_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
