/*
 * case: a plan case as text (tests/plan/README.md has the format).
 */
#ifndef CERTROLL_TESTS_PLAN_CASE_H
#define CERTROLL_TESTS_PLAN_CASE_H

#include "base/text.h"
#include "plan/plan.h"

/* A certificate that the case names after the file it would come from. */
struct named_certificate {
    const char *name;
    struct certificate certificate;
    const char *error;    /* code of the problem that opening it gives, or NULL */
    const char *key_note; /* why it brings no private key, or NULL */
    const char *sight;    /* how the file looks; NULL where that cannot be relied on */
};

struct plan_case {
    struct arena *arena;
    instant at;
    instant nights[16]; /* runs that were made before, by rising date */
    size_t night_count;
    struct plan_options options;
    struct named_certificate certificates[64];
    size_t certificate_count;
    struct snapshot snapshot;
    const char *manifest_paths[8];
    size_t manifest_count;
    struct text expect; /* what the plan must say, one line each */
    struct text says;   /* parts of its reasons and messages, one line each */
    struct text after;  /* what the slots must be then */
    struct text summary;
    bool unsettled; /* a second run still has something to do, as the case explains */
};

/* Reads a case; its manifests are written into folder. Ends the program where it is malformed. */
void case_read(const char *path, const char *folder, struct arena *arena, struct plan_case *ret);

/* The name of a certificate by its fingerprint. */
const char *case_name(const struct plan_case *plan_case, const char *fingerprint);
const struct named_certificate *case_certificate(const struct plan_case *plan_case,
                                                 const char *name);

/* What an owner's run remembers of a file with this certificate: another chain is another file. */
struct source_record case_record(const struct named_certificate *named, const char *owner);

#endif
