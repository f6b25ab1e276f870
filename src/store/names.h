/* names: which strings may become a part of a path in the store. */
#ifndef CERTROLL_STORE_NAMES_H
#define CERTROLL_STORE_NAMES_H

#include <stdbool.h>

/* A scope, a type, a run's id: letters, digits and "@._-", no leading dot, at most 200 bytes. */
bool name_is_plain(const char *name);

/* 64 lower-case hex digits. */
bool name_is_fingerprint(const char *name);

/* "etcd://..." and its like (RFC 3986, section 3.1). */
bool name_has_scheme(const char *location);

#endif
