/* What the calendar holds for a slot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/outlook.h"

#include <stdlib.h>
#include <string.h>

enum { DAY = 86400, NOW = 1795338000 };

/* A certificate that is valid, and serves, for these days from now on. */
static struct certificate_row row(const char *name, int from, int to, int effective)
{
    return (struct certificate_row){.certificate = name,
                                    .not_before = NOW + (instant)from * DAY,
                                    .not_after = NOW + (instant)to * DAY,
                                    .effective_date = NOW + (instant)effective * DAY};
}

static struct outlook look_at(const struct slot_row *slot, char **words)
{
    struct document document = {.slots = {slot, 1}};
    struct outlook *outlooks = NULL;
    struct text text = TEXT_INIT;
    assert_int_equal(outlook_make(&document, NOW, &outlooks), 0);
    struct outlook outlook = outlooks[0];
    outlook_add(&text, &outlook, NOW);
    *words = strdup(text_string(&text));
    text_done(&text);
    free(outlooks);
    return outlook;
}

static void check(const struct slot_row *slot, enum concern concern, int day, const char *words)
{
    char *said = NULL;
    struct outlook outlook = look_at(slot, &said);
    assert_string_equal(said, words);
    assert_int_equal(outlook.concern, concern);
    assert_int_equal(outlook.at, NOW + (instant)day * DAY);
    free(said);
}

static void what_presses_is_told_first(void **state)
{
    struct certificate_row old = row("old", -400, 5, -400), now = row("now", -100, 100, -100),
                           soon = row("soon", -100, 20, -100), gone = row("gone", -100, -2, -100);
    struct certificate_row follows = row("follows", -1, 300, 12), late = row("late", 0, 300, 23);
    (void)state;
    check(&(struct slot_row){.current = &gone}, CONCERN_EXPIRED, -2,
          "<bdi>gone</bdi> expired 2 days ago, and nothing follows");
    check(&(struct slot_row){.current = &gone, .next = {&follows, 1}}, CONCERN_EXPIRED, -2,
          "<bdi>gone</bdi> expired 2 days ago; <bdi>follows</bdi> takes over in 12 days");
    check(&(struct slot_row){.current = &soon, .next = {&late, 1}}, CONCERN_GAP, 20,
          "nobody serves it for 3 days from "
          "<time datetime=\"2026-12-12T09:00:00Z\">2026-12-12</time>");
    check(&(struct slot_row){.current = &soon}, CONCERN_EXPIRING, 20,
          "<bdi>soon</bdi> expires in 20 days, and nothing follows");
    check(&(struct slot_row){.current = &soon, .next = {&follows, 1}}, CONCERN_ROLL, 12,
          "<bdi>follows</bdi> takes over in 12 days");
    check(&(struct slot_row){.current = &now, .previous = &old}, CONCERN_OVERLAP, 5,
          "<bdi>old</bdi> was relieved and expires in 5 days");
}

static void a_slot_that_is_not_filled_yet_is_empty(void **state)
{
    struct certificate_row first = row("first", 0, 300, 12), old = row("old", -50, 9, -50);
    const struct slot_row slot = {.next = {&first, 1}};
    char *said = NULL;
    (void)state;
    check(&slot, CONCERN_EMPTY, 0, "nobody serves it; <bdi>first</bdi> takes over in 12 days");
    assert_int_equal(look_at(&slot, &said).until, NOW + 12 * (instant)DAY);
    free(said);
    check(&(struct slot_row){.previous = &old}, CONCERN_EMPTY, 0,
          "nobody serves it, and nothing follows");
}

/* The index has lost it: nobody knows when it ends, so nothing is said of that. */
static void a_certificate_that_the_index_does_not_know_has_words_of_its_own(void **state)
{
    struct certificate_row lost = {.certificate = "lost",
                                   .not_before = INSTANT_NONE,
                                   .not_after = INSTANT_NONE,
                                   .effective_date = INSTANT_NONE};
    struct certificate_row now = row("now", -100, 100, -100), soon = row("soon", -100, 20, -100);
    struct certificate_row next[] = {lost, row("late", 0, 300, 23)}, late = next[1];
    struct slot_row slot = {.current = &lost};
    char *said = NULL;
    (void)state;
    next[0].effective_date = NOW + 12 * (instant)DAY;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(look_at(&slot, &said).concern, CONCERN_UNKNOWN);
        assert_string_equal(said, "<bdi>lost</bdi> is unknown to the index");
        free(said);
        slot.current = i ? &soon : &lost;
        slot.next = i ? (struct list){next, 2} : (struct list){&late, 1};
    }
    slot = (struct slot_row){.current = &now, .previous = &lost};
    assert_int_equal(look_at(&slot, &said).concern, CONCERN_UNKNOWN);
    free(said);
}

/* The second of three begins after the first has ended, the third while the second is valid. */
static void a_gap_further_on_is_found(void **state)
{
    struct certificate_row now = row("now", -100, 50, -100);
    struct certificate_row next[] = {row("a", 0, 60, 40), row("b", 0, 300, 65)};
    (void)state;
    check(&(struct slot_row){.current = &now, .next = {next, 2}}, CONCERN_GAP, 60,
          "nobody serves it for 5 days from "
          "<time datetime=\"2027-01-21T09:00:00Z\">2027-01-21</time>");
}

/* a relieves the current one, which would have been valid for longer than a is. */
static void once_relieved_a_certificate_serves_no_more(void **state)
{
    struct certificate_row now = row("now", -100, 400, -100);
    struct certificate_row next[] = {row("a", 0, 60, 40), row("b", 0, 500, 100)};
    (void)state;
    check(&(struct slot_row){.current = &now, .next = {next, 2}}, CONCERN_GAP, 60,
          "nobody serves it for 40 days from "
          "<time datetime=\"2027-01-21T09:00:00Z\">2027-01-21</time>");
}

static void a_certificate_is_valid_through_the_second_of_its_end(void **state)
{
    struct certificate_row now = row("now", -100, 50, -100), next = row("next", 0, 300, 50);
    (void)state;
    next.effective_date++;
    const struct slot_row slot = {.current = &now, .next = {&next, 1}};
    char *said = NULL;
    assert_int_equal(look_at(&slot, &said).concern, CONCERN_ROLL);
    free(said);
    next.effective_date++;
    assert_int_equal(look_at(&slot, &said).concern, CONCERN_GAP);
    free(said);
}

static void an_expired_certificate_is_told_whatever_lies_ahead(void **state)
{
    struct certificate_row gone = row("gone", -100, -2, -100);
    struct certificate_row next[] = {row("a", -10, 20, -5), row("b", 0, 300, 40)};
    (void)state;
    check(&(struct slot_row){.current = &gone, .next = {next, 2}}, CONCERN_EXPIRED, -2,
          "<bdi>gone</bdi> expired 2 days ago; <bdi>a</bdi> was to take over 5 days ago");
}

static void the_worst_comes_first(void **state)
{
    struct certificate_row now = row("now", -100, 100, -100), soon = row("soon", -100, 20, -100),
                           sooner = row("sooner", -100, 10, -100);
    const struct slot_row slots[] = {{.type = "A", .current = &now},
                                     {.type = "B", .current = &soon},
                                     {.type = "C", .current = &sooner}};
    struct document document = {.slots = {slots, 3}};
    struct outlook *outlooks = NULL;
    (void)state;
    assert_int_equal(outlook_make(&document, NOW, &outlooks), 0);
    assert_string_equal(outlooks[0].slot->type, "C");
    assert_string_equal(outlooks[1].slot->type, "B");
    assert_string_equal(outlooks[2].slot->type, "A");
    assert_int_equal(outlooks[2].concern, CONCERN_NONE);
    free(outlooks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_presses_is_told_first),
        cmocka_unit_test(a_slot_that_is_not_filled_yet_is_empty),
        cmocka_unit_test(a_certificate_that_the_index_does_not_know_has_words_of_its_own),
        cmocka_unit_test(a_gap_further_on_is_found),
        cmocka_unit_test(once_relieved_a_certificate_serves_no_more),
        cmocka_unit_test(a_certificate_is_valid_through_the_second_of_its_end),
        cmocka_unit_test(an_expired_certificate_is_told_whatever_lies_ahead),
        cmocka_unit_test(the_worst_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
