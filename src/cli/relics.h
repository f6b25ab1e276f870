/*
 * relics: from what is there of a store, what its new index is to say.
 *
 * The links say what is current, previous and next; the objects say what a certificate is. What
 * indexes still tell, or kept runs, gives the rest where it agrees with that: whose a slot is, by
 * which entry and from when, and what no link shows.
 */
#ifndef CERTROLL_CLI_RELICS_H
#define CERTROLL_CLI_RELICS_H

#include "cli/session.h"
#include "store/relics.h"

/* One of objects/, in the order of struct relics. */
struct relic_object {
    const char *fingerprint;
    struct bundle bundle;
    bool sound; /* it is a certificate, the one that it is named after */
    bool exportable;
    bool referred; /* a slot or a holding has it */
    bool missed;   /* a slot had it that was lost with its links */
};

struct reassembly {
    struct session *session;
    const struct relics *relics;
    struct problems *told; /* what is lost */
    struct relic_object *objects;
    struct change *changes;
    size_t change_count;
};

/* Fills changes, once all objects are known; what is lost is told. 0, or
 * -1 with a problem. */
int relics_reassemble(struct reassembly *reassembly);

/* Of an object; NULL where it is not there, or not sound. */
struct relic_object *relics_object(const struct reassembly *reassembly, const char *fingerprint);

/* What is recalled of a certificate; NULL where nothing is. */
const struct stored_certificate *relics_recalled(const struct relics *relics,
                                                 const char *fingerprint);

#endif
