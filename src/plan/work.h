/*
 * work: what plan_make() holds while it decides. Internal to src/plan.
 *
 * When memory is out, `failed` is set and additions go to a scratch place; plan_make() looks once,
 * at its end.
 */
#ifndef CERTROLL_PLAN_WORK_H
#define CERTROLL_PLAN_WORK_H

#include "plan/lineup.h"

#include <stdint.h>

/* An entry of a manifest that is not broken, with what is known of its certificate. */
struct candidate {
    const struct manifest *manifest;
    const struct entry *entry;
    const struct source_result *source;
    const struct certificate *certificate; /* NULL where it is not known */
    enum role role;
    bool failed;                   /* it has an error: it changes nothing */
    bool over;                     /* PREVIOUS: it has expired */
    bool relieved;                 /* PREVIOUS: by one that can be used */
    bool needs_key;                /* for a type whose current one it is or will be */
    bool key_lost;                 /* that error: the store has lost its key */
    bool acted;                    /* an action serves it */
    struct wanted *wanted;         /* NULL: nothing wants its certificate */
    const struct lost_names *lost; /* what it was said to lack; warnings.c */
};

/* A slot as it is and as it is to be. */
struct slot_work {
    const struct slot *before;   /* NULL: the store does not have it */
    const struct lineup *lineup; /* NULL: no manifest of this run claims it */
    bool managed;                /* its owner is one of this run's manifests */
    struct slot after;
};

/* A private key that another certificate may take. */
struct key_holder {
    const struct certificate *certificate;
    const struct candidate *candidate; /* whose source brings it; NULL: the store has it */
};

/* A certificate that the store is to have when the plan is done. */
struct wanted {
    const char *fingerprint;
    uint64_t rank;            /* of the fingerprint */
    struct candidate **named; /* the entries that it stands for: a run of by_fingerprint */
    size_t named_count;
    bool exportable;
    bool decided;
};

struct work {
    const struct plan_input *input;
    struct arena *arena;
    struct plan *plan;
    struct candidate **candidates;     /* [manifest][entry]; NULL for a broken manifest */
    struct candidate **by_fingerprint; /* those whose certificate is known */
    size_t known_count;
    struct key_holder *by_key; /* by key_id; NULL until one is looked for */
    size_t key_count;
    struct lineups lineups;
    struct slot_work *slots; /* by scope, then type */
    size_t slot_count;
    struct holding *holdings; /* as they are to be */
    size_t holding_count;
    bool *accounted;       /* [the snapshot's holdings]: an entry of this run has its name */
    struct wanted *wanted; /* by fingerprint, each once */
    size_t wanted_count;
    size_t action_capacity;
    size_t change_capacity;
    bool failed;
};

/* candidates.c: entries, and what can be said of each alone. */
void candidates_make(struct work *work);
void candidates_check(struct work *work);
/* The entries that a certificate's fingerprint stands for: a run of work->by_fingerprint. */
struct candidate **candidates_named(const struct work *work, const char *fingerprint,
                                    size_t *ret_count);
/* The fingerprint of a certificate, other than this one, that has the same key and is or will be in
 * the store; NULL where there is none. */
const char *candidates_key_donor(struct work *work, const struct certificate *certificate);
/* An entry, or the store, has that certificate with its chain. */
bool candidates_have_chain(const struct work *work, const char *fingerprint);
/* Nothing brings the certificate's key, which the store has lost; candidate may be NULL. */
void candidates_tell_lost_key(struct work *work, struct candidate *candidate,
                              const struct certificate *certificate);
struct candidate *candidate_of(const struct work *work, const struct bid *bid);
bool candidate_usable(const struct candidate *candidate); /* known, and without an error */
/* Does the store take its certificate, which is known? Not that of a previous one which nothing
 * relieves. */
bool candidate_taken(const struct candidate *candidate);

/* desired.c: what each slot is to hold. */
void slots_claim(struct work *work);  /* pairs lineups with slots; owned_by_other */
void slots_desire(struct work *work); /* fills slot_work.after */
bool certificate_expired(const struct work *work, const char *fingerprint);
const struct certificate *certificate_known(const struct work *work, const char *fingerprint);

/* holdings.c: what is imported and assigned to nothing. */
void holdings_decide(struct work *work);

/* objects.c: import, repair and access. */
void objects_want(struct work *work);
void objects_decide(struct work *work);

/* slots.c: from before to after. */
void slots_decide(struct work *work);

/* warnings.c: what is allowed and still worth saying. */
bool candidate_superseded(const struct candidate *candidate);
void slots_warn(struct work *work);
void candidates_warn(struct work *work);

/* work.c */

/* Adds an action; its kind, and from the candidate (NULL: none) entry, owner, place and date. */
struct action *work_act(struct work *work, enum action_kind kind, struct candidate *candidate);
/* Adds a change and returns its index. */
size_t work_change(struct work *work, const struct change *change);
struct problem *work_problem(struct work *work, struct candidate *candidate, enum problem_code code,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));
/* A fingerprint's first digits as a number: what has the smaller one stands before the other. */
uint64_t work_rank(const char *fingerprint);
/* A string in the arena; "" when memory is out. */
const char *work_text(struct work *work, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The manifest of this run with that name, if it is not broken; NULL else. */
const struct manifest *work_manifest(const struct work *work, const char *owner);
/* May what this manifest no longer lists be removed? Says why not, once a manifest. */
bool work_prunes(struct work *work, const struct manifest *manifest);
/* The same of what nobody knows whose it is, and no manifest of this run lists. */
bool work_prunes_unknown(struct work *work);

#endif
