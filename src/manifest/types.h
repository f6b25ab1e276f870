/*
 * types: the jobs that a certificate can have (the cmdlet's family).
 */
#ifndef CERTROLL_MANIFEST_TYPES_H
#define CERTROLL_MANIFEST_TYPES_H

#include <stdbool.h>
#include <stddef.h>

struct type {
    const char *name;
    bool needs_key;    /* no_private_key is an error */
    bool serves_tls;   /* no_server_auth is a warning */
    int least_overlap; /* seconds between a roll and the old one's notAfter; 0: no rule */
    const char *says;  /* one line, for schemas and editors */
};

/* The 21 built-in types, in byte order of their names. */
extern const struct type types_builtin[];
extern const size_t types_builtin_count;

/* What a type of a manifest's custom_types is: it needs a key and has no other rule. */
extern const struct type types_custom;

/* By name without regard to case and without instance; NULL where there is none. */
const struct type *types_find(const char *name);

/* The rules for "Type" or "Type@instance" as a manifest or a store gives it; custom types give
 * types_custom. Never NULL. */
const struct type *types_rules(const char *type_and_instance);

#endif
