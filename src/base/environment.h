/*
 * environment: secrets that came in the environment, taken out of it.
 *
 * The block that a program was started with can be read in /proc/PID/environ, and every child
 * inherits what environ lists. What is taken stands in neither any more.
 */
#ifndef CERTROLL_BASE_ENVIRONMENT_H
#define CERTROLL_BASE_ENVIRONMENT_H

#include "base/secret.h"

struct environment;

/* NULL when memory is out. */
struct environment *environment_new(void);

/* Wipes what was taken; NULL is harmless. */
void environment_free(struct environment *environment);

/* Moves a variable's value into a secret: its bytes are overwritten where they stood, and it is
 * unset. Once taken, or where it is not set, nothing happens. It writes to environ: no other thread
 * may run. 0, or -1 when memory is out: the variable is as it was. */
int environment_take(struct environment *environment, const char *name);

/* What was taken, as long as the environment lives; NULL: there was no such variable, or it was not
 * taken. A NULL environment has none. Several threads may ask. */
const struct secret *environment_get(const struct environment *environment, const char *name);

/* Masks all that was taken in a text (secret_mask). */
void environment_mask(const struct environment *environment, struct secret *text);

#endif
