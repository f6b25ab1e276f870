/*
 * instant: a point in time, in seconds since 1970-01-01T00:00:00Z, without leap seconds.
 *
 * The clock is read in cli alone; everywhere else the instant is a parameter.
 */
#ifndef CERTROLL_BASE_INSTANT_H
#define CERTROLL_BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

typedef int64_t instant;

/* No instant: before all others, so that an entry without a date sorts as 'from the beginning'. */
#define INSTANT_NONE INT64_MIN

/* The years that RFC 3339 can write: 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z. */
#define INSTANT_MIN ((instant)-62167219200)
#define INSTANT_MAX ((instant)253402300799)

enum { INSTANT_TEXT_SIZE = 24 };

/* Reads a date-time of RFC 3339, section 5.6, with 'Z' or a numeric offset, or a full-date alone,
 * which is midnight UTC. A fraction of a second is cut off; a leap second is the second after.
 * 0, or -1 where the text is not one; *ret is untouched then. */
int instant_parse(const char *text, instant *ret);

/* Of a text that begins with year and month, and a day that this month does not have: how many days
 * it has; 0 otherwise. */
int instant_month_without_day(const char *text);

/* Writes "2026-11-22T09:00:00Z" into text and returns text; "" for INSTANT_NONE. What lies
 * outside RFC 3339's years is shown as the nearest that lies inside. */
char *instant_format(instant at, char text[static INSTANT_TEXT_SIZE]);

/* True where a second lies between two validities: the first holds all through the second of its
 * end. */
bool instant_leaves_gap(instant end, instant begin);

/* The year and the month, 1 to 12, of an instant that is one. */
void instant_to_month(instant at, int *ret_year, int *ret_month);

/* The same from a proleptic Gregorian date; month 1 to 12, day 1 to 31. */
instant instant_from_date(int year, int month, int day, int hour, int minute, int second);

#endif
