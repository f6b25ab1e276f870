#include "base/instant.h"

#include <stdio.h>
#include <string.h>

enum { SECONDS_A_DAY = 86400, DAYS_TO_1970 = 719468, DAYS_IN_400_YEARS = 146097 };

/* Days since 1970-01-01, counting years from March so that the leap day comes last. */
static int64_t days_from_date(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_IN_400_YEARS + day_of_era - DAYS_TO_1970;
}

static void date_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    days += DAYS_TO_1970;
    int64_t era = (days >= 0 ? days : days - (DAYS_IN_400_YEARS - 1)) / DAYS_IN_400_YEARS;
    int64_t day_of_era = days - era * DAYS_IN_400_YEARS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    *ret_day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    *ret_month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    *ret_year = (int)(year_of_era + era * 400 + (*ret_month <= 2));
}

bool instant_leaves_gap(instant end, instant begin)
{
    return begin > end && begin - 1 > end;
}

void instant_to_month(instant at, int *ret_year, int *ret_month)
{
    int day;
    int64_t days = at / SECONDS_A_DAY - (at % SECONDS_A_DAY < 0);
    date_from_days(days, ret_year, ret_month, &day);
}

instant instant_from_date(int year, int month, int day, int hour, int minute, int second)
{
    return days_from_date(year, month, day) * SECONDS_A_DAY + hour * 3600 + minute * 60 + second;
}

/* Reads exactly digits digits and moves on; false where there are fewer. */
static bool read_number(const char **at, int digits, int least, int most, int *ret)
{
    int value = 0;
    for (int i = 0; i < digits; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        value = value * 10 + (**at - '0');
    }
    *ret = value;
    return value >= least && value <= most;
}

static bool read_char(const char **at, const char *choices)
{
    if (!**at || !strchr(choices, **at))
        return false;
    (*at)++;
    return true;
}

static int days_in_month(int year, int month)
{
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month == 2)
        return leap ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static bool read_month(const char **at, int *year, int *month)
{
    return read_number(at, 4, 0, 9999, year) && read_char(at, "-") &&
           read_number(at, 2, 1, 12, month) && read_char(at, "-");
}

static bool read_date(const char **at, int *year, int *month, int *day)
{
    return read_month(at, year, month) && read_number(at, 2, 1, days_in_month(*year, *month), day);
}

int instant_month_without_day(const char *text)
{
    int year, month, day;
    if (!read_month(&text, &year, &month) || !read_number(&text, 2, 0, 99, &day))
        return 0;
    int days = days_in_month(year, month);
    return day < 1 || day > days ? days : 0;
}

static bool read_fraction(const char **at)
{
    if (!read_char(at, "."))
        return true;
    if (!read_char(at, "0123456789"))
        return false;
    while (read_char(at, "0123456789"))
        ;
    return true;
}

/* In seconds east of UTC. */
static bool read_offset(const char **at, int *ret)
{
    if (read_char(at, "Zz")) {
        *ret = 0;
        return true;
    }
    int sign = **at == '-' ? -1 : 1, hours, minutes;
    if (!read_char(at, "+-") || !read_number(at, 2, 0, 23, &hours) || !read_char(at, ":") ||
        !read_number(at, 2, 0, 59, &minutes))
        return false;
    *ret = sign * (hours * 3600 + minutes * 60);
    return true;
}

int instant_parse(const char *text, instant *ret)
{
    const char *at = text;
    int year, month, day, hour = 0, minute = 0, second = 0, offset = 0;
    if (!read_date(&at, &year, &month, &day))
        return -1;
    if (*at) {
        if (!read_char(&at, "Tt ") || !read_number(&at, 2, 0, 23, &hour) || !read_char(&at, ":") ||
            !read_number(&at, 2, 0, 59, &minute) || !read_char(&at, ":") ||
            !read_number(&at, 2, 0, 60, &second) || !read_fraction(&at) ||
            !read_offset(&at, &offset) || *at)
            return -1;
    }
    instant parsed = instant_from_date(year, month, day, hour, minute, second) - offset;
    if (parsed < INSTANT_MIN || parsed > INSTANT_MAX)
        return -1;
    *ret = parsed;
    return 0;
}

char *instant_format(instant at, char text[static INSTANT_TEXT_SIZE])
{
    text[0] = '\0';
    if (at == INSTANT_NONE)
        return text;
    if (at < INSTANT_MIN)
        at = INSTANT_MIN;
    if (at > INSTANT_MAX)
        at = INSTANT_MAX;
    int64_t days = at / SECONDS_A_DAY, rest = at % SECONDS_A_DAY;
    if (rest < 0) {
        days--;
        rest += SECONDS_A_DAY;
    }
    int year, month, day;
    date_from_days(days, &year, &month, &day);
    snprintf(text, INSTANT_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year % 10000,
             (unsigned)month % 100, (unsigned)day % 100, (unsigned)(rest / 3600) % 100,
             (unsigned)(rest / 60 % 60), (unsigned)(rest % 60));
    return text;
}
