/*
 * failing_calls: calls to the system and to SQLite that fail where a test wants it.
 *
 * The linker puts the functions of failing_calls.c in the place of those: each call of the
 * program's own code counts. Link a test with the library unit_failing_calls.
 */
#ifndef CERTROLL_TEST_FAILING_CALLS_H
#define CERTROLL_TEST_FAILING_CALLS_H

#include <stdbool.h>
#include <stddef.h>

/* The call of this number from now on fails with this errno (SQLite's with SQLITE_IOERR), once; 0:
 * none does. names: the functions that count, " openat read "; NULL: all. Returns whether one that
 * was to fail before has done so. */
bool failing_calls_set(size_t number, int error, const char *names);

/* How many have been made since then. */
size_t failing_calls_count(void);

#endif
