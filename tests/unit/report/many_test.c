/* The page of a store of 10,000 certificates: it stays small, and is written at once. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MANY = 10000, DAY = 86400, PAGE_MOST = 8 * 1000 * 1000 };

static struct stored_certificate certificates[2 * MANY];
static struct slot slots[MANY];
static struct claim next[MANY];
static char names[MANY][4][64];

static struct stored_certificate certificate(size_t i, size_t of)
{
    instant from = fixture_now - (instant)(of % 300) * DAY;
    struct stored_certificate stored = {.certificate = {.subject = names[of][0],
                                                        .issuer = "CN=Example Issuing CA 1",
                                                        .serial = "01ab",
                                                        .key_algorithm = "EC P-256",
                                                        .not_before = from,
                                                        .not_after = from + 397 * DAY,
                                                        .has_key = true}};
    snprintf(stored.certificate.fingerprint, DIGEST_TEXT_SIZE, "%064zx", i);
    snprintf(stored.certificate.thumbprint, THUMBPRINT_TEXT_SIZE, "%040zx", i);
    return stored;
}

/* Every twentieth slot has a roll ahead. */
static struct snapshot make_store(void)
{
    size_t scheduled = 0;
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i][0], sizeof(names[i][0]), "CN=shop-%05zu.example.com, O=Example", i);
        snprintf(names[i][1], sizeof(names[i][1]), "shop-%05zu", i);
        snprintf(names[i][2], sizeof(names[i][2]), "WebServicesExternal@shop-%05zu", i);
        snprintf(names[i][3], sizeof(names[i][3]), "shop-%05zu-next", i);
        certificates[2 * i] = certificate(2 * i, i);
        certificates[2 * i + 1] = certificate(2 * i + 1, i);
        slots[i] = (struct slot){.scope = "global", .type = names[i][2], .owner = "shops"};
        slots[i].current = (struct claim){certificates[2 * i].certificate.fingerprint, names[i][1],
                                          INSTANT_NONE, false, false};
        if (i % 20 != 0)
            continue;
        next[scheduled] =
            (struct claim){certificates[2 * i + 1].certificate.fingerprint, names[i][3],
                           fixture_now + (instant)(i % 90) * DAY, true, false};
        slots[i].next = &next[scheduled++];
        slots[i].next_count = 1;
    }
    return (struct snapshot){.generation = 13,
                             .certificates = certificates,
                             .certificate_count = 2 * MANY,
                             .slots = slots,
                             .slot_count = MANY};
}

static void a_page_of_ten_thousand_is_small(void **state)
{
    struct fixture *f = *state;
    struct snapshot store = make_store();
    struct timespec from, to;
    struct text page = TEXT_INIT;
    fixture_make_quiet(f);
    f->run.after = &store;
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_int_equal(report_write(&f->run_view, REPORT_HTML, &page), 0);
    clock_gettime(CLOCK_MONOTONIC, &to);
    print_message("%zu bytes, %.3f s\n", page.length,
                  (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9);
    assert_true(page.length < PAGE_MOST);
    assert_non_null(strstr(text_string(&page), "shop-09999"));
    if (getenv("CERTROLL_PAGE")) {
        FILE *file = fopen(getenv("CERTROLL_PAGE"), "w");
        assert_non_null(file);
        assert_int_equal(fwrite(page.bytes, 1, page.length, file), page.length);
        assert_int_equal(fclose(file), 0);
    }
    text_done(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_page_of_ten_thousand_is_small, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
