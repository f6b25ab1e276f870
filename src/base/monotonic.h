/*
 * monotonic: the clock for how long something takes or may take, which nobody sets.
 *
 * It says nothing about the date: that is an instant, which is read in cli alone.
 */
#ifndef CERTROLL_BASE_MONOTONIC_H
#define CERTROLL_BASE_MONOTONIC_H

#include <stdint.h>

/* Milliseconds since some point of the past, the same for all of the process (clock_gettime(2),
 * CLOCK_MONOTONIC). Never less than before; it stands still while the machine sleeps. From any
 * thread. */
int64_t monotonic_now(void);

/* Sleeps that many milliseconds, whatever signals come. */
void monotonic_sleep(int64_t milliseconds);

#endif
