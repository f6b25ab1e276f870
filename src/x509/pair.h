/*
 * pair: which certificate of the pile is the leaf, and which key is its own.
 *
 * With a key: the certificate whose public key is that of the key. Without: the only certificate,
 * or the only one that issued no other and is not self-issued. Never by order, friendly name or
 * localKeyID. Where several remain, the pin or the subject chooses.
 */
#ifndef CERTROLL_X509_PAIR_H
#define CERTROLL_X509_PAIR_H

#include "x509/pile.h"

struct pair {
    struct decoded *leaf;
    struct pile_key *key; /* NULL without one */
    const char *key_note; /* as in struct bundle */
};

/* 0 with *ret, which points into the pile, or -1 with a problem: not_a_certificate,
 * no_private_key (key_path holds none), key_mismatch, unsupported, ambiguous_leaf, pin_mismatch,
 * subject_mismatch. */
int pair_choose(struct reading *reading, const struct pile *pile, struct pair *ret);

#endif
