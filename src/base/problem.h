/*
 * problem: what went wrong, as a value.
 *
 * Every part of the program adds to a list; only cli prints it. A problem's code is stable: it
 * stands in JSON, in reports and in the manual, and decides the severity.
 */
#ifndef CERTROLL_BASE_PROBLEM_H
#define CERTROLL_BASE_PROBLEM_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

/* Rows: name of the constant, code as printed, severity, what to do about it (shown in reports
 * and in certroll(1)). */
#define PROBLEM_CODES(X)                                                                           \
    /* the manifest */                                                                             \
    X(YAML_SYNTAX, "yaml_syntax", ERROR, "Mend the YAML at the place shown.")                      \
    X(UNREADABLE_MANIFEST, "unreadable_manifest", ERROR,                                           \
      "Check the path and that the user certroll runs as may read it.")                            \
    X(LIMIT_EXCEEDED, "limit_exceeded", ERROR,                                                     \
      "The manifest is larger or more deeply nested than certroll accepts; split it.")             \
    X(UNKNOWN_KEY, "unknown_key", ERROR, "Correct or remove the key.")                             \
    X(DUPLICATE_KEY, "duplicate_key", ERROR, "Keep one of the two.")                               \
    X(WRONG_KIND, "wrong_kind", ERROR, "Write the value in the form that the message names.")      \
    X(INVALID_VALUE, "invalid_value", ERROR,                                                       \
      "Write the value in the form that the message names.")                                       \
    X(MISSING_KEY, "missing_key", ERROR, "Add the key.")                                           \
    X(CONFLICTING_KEYS, "conflicting_keys", ERROR, "Keep one of the two.")                         \
    X(UNSUPPORTED_VERSION, "unsupported_version", ERROR, "Write version: 1.")                      \
    X(UNKNOWN_TYPE, "unknown_type", ERROR, "Correct the type, or add it to custom_types.")         \
    X(INVALID_DATE, "invalid_date", ERROR,                                                         \
      "Write RFC 3339 with an offset, such as 2027-01-31T02:00:00+01:00.")                         \
    X(TYPE_REQUIRED, "type_required", ERROR, "Add a type.")                                        \
    X(ROLL_NEEDS_DATE, "roll_needs_date", ERROR, "Add effective_date, or leave out roll.")         \
    X(DUPLICATE_NAME, "duplicate_name", ERROR, "Give one of the two another name.")                \
    X(DUPLICATE_CLAIM, "duplicate_claim", ERROR,                                                   \
      "Give one of the two another type, instance, scope or effective date.")                      \
    /* the sources */                                                                              \
    X(UNREADABLE, "unreadable", ERROR,                                                             \
      "Check the path, its permissions and that the file is whole.")                               \
    X(NOT_A_CERTIFICATE, "not_a_certificate", ERROR,                                               \
      "Point path at a PKCS#12, PEM, DER or PKCS#7 file with a certificate.")                      \
    X(UNSUPPORTED, "unsupported", ERROR, "Export the file again with current algorithms.")         \
    X(TOO_EXPENSIVE, "too_expensive", ERROR,                                                       \
      "The file asks for an unreasonable amount of work; export it again.")                        \
    X(WRONG_PASSWORD, "wrong_password", ERROR, "Correct the password or its source.")              \
    X(PASSWORD_NEEDED, "password_needed", ERROR, "Add password to the entry.")                     \
    X(PASSWORD_UNAVAILABLE, "password_unavailable", ERROR,                                         \
      "Make the password's source available to this run.")                                         \
    X(PASSWORD_EXPOSED, "password_exposed", WARNING, "Take the read permission from others.")      \
    X(KEY_MISMATCH, "key_mismatch", ERROR, "Bring the key that belongs to the certificate.")       \
    X(NO_PRIVATE_KEY, "no_private_key", ERROR,                                                     \
      "Bring the private key: key_path, or a source that contains it.")                            \
    X(AMBIGUOUS_LEAF, "ambiguous_leaf", ERROR,                                                     \
      "Say which certificate is meant with subject or sha256, or split the file.")                 \
    X(PIN_MISMATCH, "pin_mismatch", ERROR,                                                         \
      "Find out which of the two is right: the file or the pin.")                                  \
    X(SUBJECT_MISMATCH, "subject_mismatch", ERROR,                                                 \
      "Correct subject, or bring the file that has this certificate.")                             \
    X(NOT_IN_STORE, "not_in_store", ERROR, "Import the certificate by path.")                      \
    X(EXPIRED, "expired", ERROR, "Bring a renewed certificate, or set allow_expired.")             \
    X(EFFECTIVE_OUTSIDE_VALIDITY, "effective_outside_validity", ERROR,                             \
      "Choose an effective_date between notBefore and notAfter.")                                  \
    X(INCOMPLETE_CHAIN, "incomplete_chain", WARNING,                                               \
      "Bring the issuing certificates: chain_path, or a source that contains them.")               \
    X(WEAK_KEY, "weak_key", WARNING, "Have the certificate issued for a stronger key.")            \
    X(WEAK_SIGNATURE, "weak_signature", WARNING,                                                   \
      "Have the certificate issued with a SHA-2 signature.")                                       \
    X(NO_SERVER_AUTH, "no_server_auth", WARNING,                                                   \
      "Have the certificate issued with the server authentication usage.")                         \
    /* the plan */                                                                                 \
    X(OWNED_BY_OTHER, "owned_by_other", ERROR,                                                     \
      "Remove the claim from one of the manifests, or move the slot with --take-over.")            \
    X(EMPTY_UNTIL_EFFECTIVE, "empty_until_effective", WARNING,                                     \
      "Add an entry that is in effect until then, or none if the gap is meant.")                   \
    X(UNMANAGED, "unmanaged", WARNING, "Add it to the manifest, or remove it with --prune.")       \
    X(COVERAGE_GAP, "coverage_gap", WARNING, "Let the next certificate take over earlier.")        \
    X(EXPIRING, "expiring", WARNING, "Order the next certificate.")                                \
    X(SHORT_OVERLAP, "short_overlap", WARNING,                                                     \
      "Roll earlier: tokens that the old certificate signed are still out.")                       \
    X(SUPERSEDED, "superseded", WARNING, "Remove the entry from the manifest.")                    \
    X(LOST_NAMES, "lost_names", WARNING, "Check that nobody uses the names any more.")             \
    X(PRUNE_SKIPPED, "prune_skipped", WARNING,                                                     \
      "Mend the manifest that has errors, or add --allow-empty where nothing is meant.")           \
    X(UNREADABLE_PLAN, "unreadable_plan", ERROR,                                                   \
      "Name a file that certroll plan --out has saved.")                                           \
    X(STALE_PLAN, "stale_plan", ERROR, "Make a new plan and have it approved.")                    \
    /* the store and the run */                                                                    \
    X(STORE_FAILED, "store_failed", ERROR,                                                         \
      "See the message; what was not finished, the next run finishes.")                            \
    X(STORE_LOCKED, "store_locked", ERROR, "Wait for the other run, or raise --lock-timeout.")     \
    X(STORE_CHANGED, "store_changed", ERROR, "Run again.")                                         \
    X(STORE_DAMAGED, "store_damaged", ERROR, "Run certroll apply, which repairs what it can.")     \
    X(INDEX_REBUILT, "index_rebuilt", WARNING,                                                     \
      "Apply all manifests, which brings again what only the index knew; then remove what was "    \
      "kept aside.")                                                                               \
    X(OWNER_UNKNOWN, "owner_unknown", WARNING,                                                     \
      "List it in the manifest that it belongs to, which adopts it, or remove it with --prune "    \
      "--take-over.")                                                                              \
    X(INDEX_LOST, "index_lost", WARNING,                                                           \
      "Find out who removed it; certroll verify --rebuild, before this is applied, keeps the "     \
      "history too.")                                                                              \
    X(INDEX_OLD, "index_old", ERROR,                                                               \
      "Make it anew with certroll verify --rebuild, which keeps what came since, or bring back a " \
      "copy of index.db that is no older than the last change.")                                   \
    X(UNSAFE_STORE, "unsafe_store", ERROR,                                                         \
      "Look at what stands there and who put it there, or name another store with --store.")       \
    X(NOT_REPAIRABLE, "not_repairable", ERROR,                                                     \
      "Bring the certificate again, with its key, through a manifest or certroll import.")         \
    X(NO_SERVICE_GROUP, "no_service_group", WARNING,                                               \
      "Create the group, become a member of it, or name another with --service-group.")            \
    X(REPORT_FAILED, "report_failed", ERROR, "See the message; the store is not affected.")        \
    X(DELIVERY_FAILED, "delivery_failed", ERROR,                                                   \
      "Mend the receiver, its URL or what is sent with it; what waits goes out with a later run, " \
      "or is let go with certroll deliver --drop.")                                                \
    X(REPORT_DROPPED, "report_dropped", ERROR,                                                     \
      "Mend the receiver, its URL or what is sent with it, before more reports are lost.")         \
    X(RUN_INTERRUPTED, "run_interrupted", WARNING,                                                 \
      "Look whether it was killed or the machine went down; the store is as it left it.")          \
    X(LIBRARY_MISSING, "library_missing", ERROR,                                                   \
      "Install certroll again, with the libraries that it needs.")                                 \
    X(OUT_OF_MEMORY, "out_of_memory", ERROR, "Give certroll more memory.")

enum problem_code {
#define X(name, code, severity, advice) PROBLEM_##name,
    PROBLEM_CODES(X)
#undef X
        PROBLEM_CODE_COUNT
};

/* Where in a manifest, counted from 1; line 0: nowhere in particular. */
struct place {
    const char *file;
    int line;
    int column;
};

#define NOWHERE ((struct place){NULL, 0, 0})

struct problem {
    enum problem_code code;
    struct place place;
    const char *certificate; /* the entry's name, or NULL */
    const char *subject;     /* of the certificate, or NULL */
    const char *message;     /* a sentence without a full stop; may hold bytes from outside */
    const char *excerpt;     /* the manifest's line, secrets masked, or NULL */
    const char *advice;      /* of its own, static; NULL: its code's */
    bool quiet;              /* `force` hides it on the terminal */
};

struct problems {
    struct arena *arena;
    struct problem *items;
    size_t count;
    size_t capacity;
    size_t errors;
    bool out_of_memory; /* a problem was lost, or a message, or their order */
};

void problems_init(struct problems *problems, struct arena *arena);

/* Adds a problem and returns it for more to be filled in; its strings are copied into the arena.
 * When memory is out the list remembers that, counts an error, and may return a scratch entry. */
struct problem *problems_add(struct problems *problems, enum problem_code code, struct place place,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));
struct problem *problems_vadd(struct problems *problems, enum problem_code code, struct place place,
                              const char *format, va_list arguments)
    __attribute__((format(printf, 4, 0)));

/* Appends what another list holds. The other list's arena must outlive this one. */
void problems_append(struct problems *problems, const struct problems *other);

/* By file, line, column; those without a place last; otherwise as they were added. When memory is
 * out they stay as they are, and the list remembers that. */
void problems_sort(struct problems *problems);

bool problems_has(const struct problems *problems, enum problem_code code);

const char *problem_code(enum problem_code code);   /* "wrong_password" */
const char *problem_advice(enum problem_code code); /* "Correct the password or its source." */
/* What to do about this one: its own advice, or else its code's. */
const char *problem_help(const struct problem *problem);
enum severity problem_severity(enum problem_code code);
const char *severity_name(enum severity severity); /* "error" */

#endif
