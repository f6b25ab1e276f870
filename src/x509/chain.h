/* chain: who issued whom. */
#ifndef CERTROLL_X509_CHAIN_H
#define CERTROLL_X509_CHAIN_H

#include "x509/pile.h"

enum {
    CHAIN_MOST = 16,
    CHAIN_SIGNATURES_MOST = 32, /* verified for one source; issuers are told by name after that */
};

struct chain {
    struct decoded *issuers[CHAIN_MOST]; /* in order, without the self-signed root */
    size_t count;
    bool has_root;
    bool has_false_issuer; /* one with the name of the leaf's issuer came that did not sign it */
};

/* Subject and issuer are the same name. */
bool chain_is_self_issued(const struct decoded *decoded);

/* Self-issued, and the signature is its own key's. */
bool chain_is_self_signed(struct reading *reading, struct decoded *decoded);

/* By names and key identifiers; no signature is verified. */
bool chain_may_have_issued(const struct decoded *issuer, const struct decoded *subject);

/* Follows the issuers from the leaf through the pile; cycles end it. Of several issuers with one
 * name (renewed, cross-signed) the one whose signature verifies is taken, the root before others,
 * then the one that is valid for longest. */
void chain_follow(struct reading *reading, const struct pile *pile, struct decoded *leaf,
                  struct chain *ret);

#endif
