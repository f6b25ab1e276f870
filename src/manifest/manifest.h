/*
 * manifest: the desired state, as plain data (DESIGN section 3).
 *
 * Strings and arrays are the arena's. Inline passwords are secrets: manifest_done() wipes them.
 */
#ifndef CERTROLL_MANIFEST_MANIFEST_H
#define CERTROLL_MANIFEST_MANIFEST_H

#include "base/digest.h"
#include "base/instant.h"
#include "base/problem.h"
#include "base/secret.h"

enum password_kind {
    PASSWORD_NONE,
    PASSWORD_TEXT,
    PASSWORD_ENV,
    PASSWORD_FILE,
    PASSWORD_CREDENTIAL,
    PASSWORD_COMMAND,
};

struct password_source {
    enum password_kind kind;
    const char *name;           /* variable, path (resolved) or credential */
    const char *const *command; /* NULL-terminated */
    struct secret *text;
    struct place place;
};

struct entry {
    const char *name;
    const char *path;        /* resolved against the manifest's folder; NULL with fingerprint */
    const char *fingerprint; /* 64 or 40 lower-case hex digits; NULL with path */
    const char *key_path;    /* resolved; or NULL */
    const char *chain_path;
    struct password_source password;
    const char *const *types; /* canonical: "Type" or "Type@instance" */
    size_t type_count;
    const char *scope;      /* "local", "global" */
    instant effective_date; /* or INSTANT_NONE */
    bool roll;
    bool exportable;
    bool force;
    bool allow_expired;
    const char *sha256;  /* the pin: 64 lower-case hex digits, or NULL */
    const char *subject; /* which certificate of the source; or NULL */
    struct place place;  /* where the entry begins */
    struct place type_place;
};

/* Texts and where they stand. */
struct word_list {
    const char **words;
    struct place *places;
    size_t count;
};

/* What a run must be for its report to be wanted; what is wanted more often comes first. */
enum report_on { REPORT_ON_ALWAYS, REPORT_ON_CHANGE, REPORT_ON_FAILURE };

struct report_wish {
    const char *file; /* resolved; or NULL */
    struct word_list urls;
    enum report_on on;
};

struct manifest {
    const char *path;              /* as given; for a folder: folder/file */
    const char *name;              /* the owner */
    char sha256[DIGEST_TEXT_SIZE]; /* of its bytes */
    const char *commit;            /* of the checkout that it stands in, where cli found one */
    const char *const *custom_types;
    size_t custom_type_count;
    struct entry *entries;
    size_t entry_count;
    struct secret *default_password; /* that of `defaults`; entries share it */
    struct report_wish report;
    struct place place;
    bool broken; /* it has errors: it changes nothing */
};

/* The owner of what certroll import puts into the store: no file lists it. */
#define MANIFEST_IMPORT "import"

struct manifests {
    struct manifest *items;
    size_t count;
};

/* Wipes what is secret. */
void manifests_done(struct manifests *manifests);

#endif
