/* signature: a time-stamped HMAC-SHA256 of a body (deliver.h says how). Internal to deliver. */
#ifndef CERTROLL_DELIVER_SIGNATURE_H
#define CERTROLL_DELIVER_SIGNATURE_H

#include "base/secret.h"

#include <stdint.h>

enum { SIGNATURE_SIZE = 96 };

/* Writes "t=TIME,v1=HEX". */
void signature_make(const struct secret *key, int64_t time, const char *body, size_t size,
                    char ret_text[static SIGNATURE_SIZE]);

#endif
