/*
 * json_memory: whether jansson found enough of it.
 *
 * Where memory is out, jansson may say of a text that it is no JSON, and leave out of what it
 * reads or writes what it found no memory for.
 */
#ifndef CERTROLL_BASE_JSON_MEMORY_H
#define CERTROLL_BASE_JSON_MEMORY_H

#include <stdbool.h>

/* What this thread does from here on counts. */
void json_memory_begin(void);

/* Has jansson found none since? */
bool json_memory_failed(void);

#endif
