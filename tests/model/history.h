/* history: a history's world, and one step of it: plan, commit, and the state after. */
#ifndef CERTROLL_TESTS_MODEL_HISTORY_H
#define CERTROLL_TESTS_MODEL_HISTORY_H

#include "plan/plan.h"

enum { CERTIFICATES_MOST = 64, FILES_MOST = 64, MANIFESTS_MOST = 8, STORES_MOST = 16 };

struct named {
    const char *name;
    struct certificate certificate;
};

/* A source as it is now. */
struct file {
    const char *name;
    struct bundle *bundle; /* snapshots point into it */
    char digest[DIGEST_TEXT_SIZE];
    enum problem_code error; /* or PROBLEM_CODE_COUNT */
};

struct history {
    struct arena *arena;
    struct secret *key; /* of all bundles that have one */
    struct named certificates[CERTIFICATES_MOST];
    size_t certificate_count;
    struct file files[FILES_MOST];
    size_t file_count;
    struct manifests manifests[MANIFESTS_MOST]; /* one each, as loaded */
    struct problems loading[MANIFESTS_MOST];
    struct snapshot stores[STORES_MOST];
    bool tell;
};

struct step {
    instant at;
    struct plan_options options;
    bool keep; /* certificates that nothing refers to */
    struct manifests manifests;
    struct problems problems; /* of loading these */
};

/* These end the program where something is not as it must be. */
_Noreturn void history_die(const char *what, const char *which);
const struct named *history_named(const struct history *history, const char *name);
const char *history_name(const struct history *history, const char *fingerprint);
struct file *history_file(struct history *history, const char *name); /* NULL: none */
enum problem_code history_code(const char *code);

/* Plans, says what the store is then, plans again, and says what that would still do. */
struct snapshot history_step(struct history *history, const struct step *step,
                             const struct snapshot *from);

#endif
