/*
 * plan: what has to be done, in order, to get from the store to the manifests at an instant.
 * Pure data; plan_make() is a pure function.
 */
#ifndef CERTROLL_PLAN_PLAN_H
#define CERTROLL_PLAN_PLAN_H

#include "base/bundle.h"
#include "base/problem.h"
#include "manifest/manifest.h"
#include "store/change.h"
#include "store/snapshot.h"

/* Rows: constant, name as printed. The order in which actions stand in a plan. */
#define ACTION_KINDS(X)                                                                            \
    X(IMPORT, "import")                                                                            \
    X(REPAIR, "repair")                                                                            \
    X(ACCESS, "access")                                                                            \
    X(ASSIGN, "assign")                                                                            \
    X(ACTIVATE, "activate")                                                                        \
    X(SCHEDULE, "schedule")                                                                        \
    X(RESCHEDULE, "reschedule")                                                                    \
    X(CANCEL, "cancel")                                                                            \
    X(RETIRE, "retire")                                                                            \
    X(REMOVE, "remove")

enum action_kind {
#define X(name, text) ACTION_##name,
    ACTION_KINDS(X)
#undef X
        ACTION_KIND_COUNT
};

const char *action_name(enum action_kind kind);

/* In an action's reason, the words by which what was done to a slot's roll is known again from the
 * text of a run. */
#define REASON_BY_ROLL " by roll"
#define REASON_ROLL_NOW " has roll now"
#define REASON_ROLL_NO_MORE " has no roll any more"
#define REASON_CLEAN " leaves the slot"

struct action {
    enum action_kind kind;
    const char *entry; /* its name in the manifest, "certificate" in JSON; or NULL */
    const char *owner;
    const char *scope; /* NULL, as type is, where no slot is touched */
    const char *type;
    const struct certificate *certificate; /* NULL where the store no longer knows it */
    const char *fingerprint;
    instant effective_date; /* or INSTANT_NONE */
    const char *relieves;   /* fingerprint of what it relieves, or NULL */
    struct place place;     /* of the entry; line 0 where no manifest lists it */
    const char *reason;     /* half a sentence for people */
    size_t change;          /* of the plan's changes, the one that carries it out */
};

/* What is known of one entry's source when the plan is made. */
enum source_state {
    SOURCE_UNOPENED, /* nothing needs it */
    SOURCE_FAILED,   /* its problem is in the list */
    SOURCE_KNOWN,    /* the store has the certificate: nothing was decoded */
    SOURCE_EXPIRED,  /* the record says that it is past its notAfter; the store may lack it */
    SOURCE_LOADED,   /* bundle is there */
};

struct source_result {
    enum source_state state;
    const struct source_record *record; /* NULL where UNOPENED, where another entry's source brings
                                           what this one names, and maybe where FAILED; one of the
                                           snapshot's where that is all that is known */
    struct bundle *bundle;              /* LOADED only; its key may be needed by apply */
};

/* What an entry is for at an instant: the most important of its slots' places. Sources of
 * superseded entries are not opened; an expired previous one needs no bundle. */
enum role { ROLE_SUPERSEDED, ROLE_PREVIOUS, ROLE_HELD, ROLE_NEXT, ROLE_CURRENT };

struct plan_options {
    bool prune;
    bool allow_empty;
    bool take_over;
    bool atomic;
    bool partial; /* the manifest lists only a part of what its owner has (certroll import) */
    int horizon;  /* days */
};

struct plan_input {
    const struct manifests *manifests;
    struct source_result **sources; /* [manifest][entry] */
    const struct snapshot *snapshot;
    const struct problems *problems; /* those of the manifests and the sources */
    struct plan_options options;
    instant at;
};

struct plan {
    instant at;
    int64_t generation;
    const struct manifests *manifests;
    const struct snapshot *snapshot;
    struct action *actions; /* by kind in the order above, then by manifest or slot */
    size_t action_count;
    struct change *changes; /* for store_commit(); may hold more than the actions ask for: the
                               source cache, names of entries */
    size_t change_count;
    struct problems problems; /* all: manifests', sources', its own; sorted */
    struct plan_options options;
    bool blocked;        /* atomic, and an error: nothing of it may be done */
    size_t certificates; /* entries of all manifests */
    size_t unchanged;    /* entries that the store has as they are wanted */
    size_t superseded;   /* entries that can go, without an action */
    size_t failed;       /* entries with an error */
    size_t counts[ACTION_KIND_COUNT];
    size_t warnings;
};

/* The role of each entry of a manifest at an instant, from the manifest alone: ret has room for
 * manifest->entry_count. 0, or -1 when memory is out. */
int plan_roles(const struct manifest *manifest, instant at, struct arena *arena, enum role *ret);

/* What is remembered of a source (NULL: nothing), does it serve in its place? KNOWN: the store has
 * all that the source could give it. EXPIRED: a previous one that is past its notAfter. UNOPENED:
 * no, the source has to be opened. */
enum source_state plan_recall(const struct snapshot *snapshot, const struct source_record *record,
                              enum role role, instant at);

/* An entry names its certificate by fingerprint: is what a source of this run gave (NULL: none did)
 * more than the store has of it? */
bool plan_brings_more(const struct snapshot *snapshot, const struct bundle *bundle);

/* Fills in what is to be remembered of a source that gave this: all but digest, owner, sight. */
void plan_remember(const struct bundle *bundle, struct source_record *ret);

/* Total and deterministic. 0, or -1 when memory is out. */
int plan_make(const struct plan_input *input, struct arena *arena, struct plan *ret);

#endif
