#include "base/instant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const struct {
    const char *text;
    const char *utc;
} good[] = {
    {"2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z"},
    {"2026-11-22t09:00:00z", "2026-11-22T09:00:00Z"},
    {"2026-11-22 09:00:00Z", "2026-11-22T09:00:00Z"},
    {"2026-11-22T09:00:00+00:00", "2026-11-22T09:00:00Z"},
    {"2026-11-22T09:00:00-00:00", "2026-11-22T09:00:00Z"},
    {"2027-01-31T02:00:00+01:00", "2027-01-31T01:00:00Z"},
    {"2026-12-31T23:30:00-00:45", "2027-01-01T00:15:00Z"},
    {"2027-01-01T00:15:00+05:45", "2026-12-31T18:30:00Z"},
    {"2026-11-22T09:00:00.5Z", "2026-11-22T09:00:00Z"},
    {"2026-11-22T09:00:00.999999999999999999999+01:00", "2026-11-22T08:00:00Z"},
    {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
    {"1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00Z"},
    {"2027-01-31", "2027-01-31T00:00:00Z"},
    {"2024-02-29", "2024-02-29T00:00:00Z"},
    {"2000-02-29", "2000-02-29T00:00:00Z"},
    {"0000-01-01", "0000-01-01T00:00:00Z"},
    {"0000-02-29T23:59:59Z", "0000-02-29T23:59:59Z"},
    {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
    {"1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"},
};

static const char *const bad[] = {
    "",
    " ",
    "now",
    "2026",
    "2026-11",
    "2026-11-2",
    "26-11-22",
    "2026-1-22",
    "2026-11-22T",
    "2026-11-22T09",
    "2026-11-22T09:00",
    "2026-11-22T09:00Z",
    "2026-11-22T09:00:00",
    "2026-11-22T09:00:00+1:00",
    "2026-11-22T09:00:00+0100",
    "2026-11-22T09:00:00+01",
    "2026-11-22T09:00:00+24:00",
    "2026-11-22T09:00:00+01:60",
    "2026-11-22T09:00:00Z ",
    " 2026-11-22T09:00:00Z",
    "2026-11-22T09:00:00ZZ",
    "2026-11-22T09:00:00.Z",
    "2026-11-22T09:00:00,5Z",
    "2026-11-22T24:00:00Z",
    "2026-11-22T09:60:00Z",
    "2026-11-22T09:00:61Z",
    "2026-11-22T-9:00:00Z",
    "2026-00-22",
    "2026-13-22",
    "2026-11-00",
    "2026-11-31",
    "2026-02-29",
    "2100-02-29",
    "1900-02-29T00:00:00Z",
    "2024-02-30",
    "2026-11-22Z",
    "20261122T090000Z",
    "7/31/2012 8:00 AM",
    "31.01.2027",
    "-2026-11-22",
    "+2026-11-22",
    "12026-11-22",
    "\xef\xbc\x92"
    "026-11-22",
    "0000-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "9999-12-31T23:59:60Z",
};

static void every_form_of_rfc_3339_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        instant at;
        char text[INSTANT_TEXT_SIZE];
        if (instant_parse(good[i].text, &at) != 0)
            fail_msg("%s was refused", good[i].text);
        assert_string_equal(instant_format(at, text), good[i].utc);
    }
}

static void what_is_no_rfc_3339_is_refused_and_leaves_the_result_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        instant at = 4711;
        if (instant_parse(bad[i], &at) == 0)
            fail_msg("'%s' was read", bad[i]);
        assert_true(at == 4711);
    }
}

static void every_month_has_its_days(void **state)
{
    (void)state;
    static const struct {
        int year, days[12];
    } years[] = {
        {2026, {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}},
        {2028, {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}},
        {2000, {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}},
        {1900, {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}},
    };
    for (size_t y = 0; y < sizeof(years) / sizeof(years[0]); y++)
        for (int month = 1; month <= 12; month++)
            for (int day = 28; day <= 32; day++) {
                char text[32];
                instant at;
                snprintf(text, sizeof(text), "%04d-%02d-%02d", years[y].year, month, day);
                assert_int_equal(instant_parse(text, &at),
                                 day <= years[y].days[month - 1] ? 0 : -1);
            }
}

static void a_day_that_its_month_lacks_is_told_from_what_is_no_date(void **state)
{
    (void)state;
    assert_int_equal(instant_month_without_day("2027-02-29"), 28);
    assert_int_equal(instant_month_without_day("2028-02-30T00:00:00Z"), 29);
    assert_int_equal(instant_month_without_day("2027-06-00"), 30);
    assert_int_equal(instant_month_without_day("2028-02-29"), 0);
    assert_int_equal(instant_month_without_day("2027-13-01"), 0);
    assert_int_equal(instant_month_without_day("2027-02-3"), 0);
    assert_int_equal(instant_month_without_day("7/31/2012"), 0);
    assert_int_equal(instant_month_without_day(""), 0);
}

static void the_named_instants_are_what_they_say(void **state)
{
    (void)state;
    instant at;
    assert_int_equal(instant_parse("1970-01-01T00:00:00Z", &at), 0);
    assert_true(at == 0);
    assert_int_equal(instant_parse("0000-01-01T00:00:00Z", &at), 0);
    assert_true(at == INSTANT_MIN);
    assert_int_equal(instant_parse("9999-12-31T23:59:59Z", &at), 0);
    assert_true(at == INSTANT_MAX);
    assert_int_equal(instant_parse("2001-09-09T01:46:40Z", &at), 0);
    assert_true(at == 1000000000);
}

static void what_is_written_is_read_back_as_the_same_instant(void **state)
{
    (void)state;
    /* A prime step reaches every part of a day, over all ten thousand years. */
    for (instant at = INSTANT_MIN; at <= INSTANT_MAX; at += 3110003) {
        char text[INSTANT_TEXT_SIZE];
        instant again;
        assert_int_equal(instant_parse(instant_format(at, text), &again), 0);
        assert_true(again == at);
    }
}

static void it_agrees_with_the_c_library(void **state)
{
    (void)state;
    for (instant at = INSTANT_MIN; at <= INSTANT_MAX; at += 86400 * 11 + 12345) {
        char ours[INSTANT_TEXT_SIZE], theirs[64];
        time_t seconds = at;
        struct tm broken;
        assert_non_null(gmtime_r(&seconds, &broken));
        snprintf(theirs, sizeof(theirs), "%04d-%02d-%02dT%02d:%02d:%02dZ", broken.tm_year + 1900,
                 broken.tm_mon + 1, broken.tm_mday, broken.tm_hour, broken.tm_min, broken.tm_sec);
        assert_string_equal(instant_format(at, ours), theirs);
    }
}

static void no_instant_is_written_as_nothing(void **state)
{
    (void)state;
    char text[INSTANT_TEXT_SIZE] = "before";
    assert_ptr_equal(instant_format(INSTANT_NONE, text), text);
    assert_string_equal(text, "");
}

static void what_no_date_can_say_is_written_as_the_nearest(void **state)
{
    (void)state;
    char text[INSTANT_TEXT_SIZE];
    assert_string_equal(instant_format(INSTANT_MAX + 1, text), "9999-12-31T23:59:59Z");
    assert_string_equal(instant_format(INT64_MAX, text), "9999-12-31T23:59:59Z");
    assert_string_equal(instant_format(INSTANT_MIN - 1, text), "0000-01-01T00:00:00Z");
    assert_string_equal(instant_format(INT64_MIN + 1, text), "0000-01-01T00:00:00Z");
}

static void a_date_gives_its_instant(void **state)
{
    (void)state;
    assert_true(instant_from_date(1970, 1, 1, 0, 0, 0) == 0);
    assert_true(instant_from_date(1969, 12, 31, 23, 59, 59) == -1);
    assert_true(instant_from_date(2000, 3, 1, 0, 0, 0) ==
                instant_from_date(2000, 2, 29, 0, 0, 0) + 86400);
    assert_true(instant_from_date(1900, 3, 1, 0, 0, 0) ==
                instant_from_date(1900, 2, 28, 0, 0, 0) + 86400);
    assert_true(instant_from_date(0, 1, 1, 0, 0, 0) == INSTANT_MIN);
    assert_true(instant_from_date(9999, 12, 31, 23, 59, 59) == INSTANT_MAX);
    assert_true(INSTANT_NONE < INSTANT_MIN);
}

static void an_end_holds_through_its_second(void **state)
{
    (void)state;
    assert_false(instant_leaves_gap(100, 99));
    assert_false(instant_leaves_gap(100, 100));
    assert_false(instant_leaves_gap(100, 101));
    assert_true(instant_leaves_gap(100, 102));
    assert_false(instant_leaves_gap(100, INSTANT_NONE));
    assert_true(instant_leaves_gap(INSTANT_NONE, 100));
    assert_false(instant_leaves_gap(INT64_MAX, INT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_rfc_3339_is_read),
        cmocka_unit_test(what_is_no_rfc_3339_is_refused_and_leaves_the_result_alone),
        cmocka_unit_test(every_month_has_its_days),
        cmocka_unit_test(a_day_that_its_month_lacks_is_told_from_what_is_no_date),
        cmocka_unit_test(the_named_instants_are_what_they_say),
        cmocka_unit_test(what_is_written_is_read_back_as_the_same_instant),
        cmocka_unit_test(it_agrees_with_the_c_library),
        cmocka_unit_test(no_instant_is_written_as_nothing),
        cmocka_unit_test(what_no_date_can_say_is_written_as_the_nearest),
        cmocka_unit_test(a_date_gives_its_instant),
        cmocka_unit_test(an_end_holds_through_its_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
