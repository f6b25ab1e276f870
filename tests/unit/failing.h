/*
 * failing: memory that runs out where a test wants it.
 *
 * The linker puts the functions of failing.c in the place of malloc and its like, of those of
 * base/arena.c and base/secret.c, which they call: each call of the program's own code counts.
 * Link a test with the library unit_failing.
 */
#ifndef CERTROLL_TEST_FAILING_H
#define CERTROLL_TEST_FAILING_H

#include <stdbool.h>
#include <stddef.h>

/* The allocation of this number from now on fails, once; 0: none does. Returns whether one that
 * was to fail before has done so. */
bool failing_set(size_t number);

/* What the test itself allocates meanwhile does not count. */
void failing_pause(bool paused);

#endif
