/*
 * source: the bytes of a certificate file, and a password -> bundle (DESIGN sections 2 and 3).
 *
 * The format is told from the bytes. Leaf, key and chain are sorted out by public key and by
 * issuer, whatever their order. Nothing here touches a file, a clock or the terminal. Calls on
 * different threads may run at once.
 */
#ifndef CERTROLL_X509_SOURCE_H
#define CERTROLL_X509_SOURCE_H

#include "base/arena.h"
#include "base/bundle.h"
#include "base/problem.h"

/* Gives the password; called at most once, and only when something encrypted is met. 0 with *ret
 * (NULL: there is none), or -1 with a problem added by the callee. *ret stays the callee's, and has
 * to live until source_load() returns. */
typedef int source_ask(void *context, struct problems *problems, const struct secret **ret);

struct issuers;

struct source {
    const char *path;           /* for messages */
    const struct secret *bytes; /* of path */
    const char *key_path;
    const struct secret *key_bytes; /* of key_path, or NULL */
    const char *chain_path;
    const struct secret *chain_bytes; /* of chain_path, or NULL */
    source_ask *ask;
    void *ask_context;
    const char *pin;         /* 64 lower-case hex digits, or NULL */
    const char *subject;     /* the leaf's (subject.h), or NULL */
    const char *certificate; /* the entry's name, for problems */
    struct place place;
    struct issuers *issuers;  /* of this thread (issuers.h), or NULL */
    struct secret_pool *keys; /* of this thread: where the key is kept; NULL: in pages of its own */
    struct arena *pems;       /* for cert_pem and chain_pem; NULL: with the rest */
};

/* 0 with *ret, or -1 with a problem: not_a_certificate, unreadable (damaged), unsupported,
 * too_expensive, wrong_password, password_needed, key_mismatch, no_private_key (key_path holds
 * none), ambiguous_leaf, pin_mismatch, subject_mismatch, out_of_memory; library_missing where it
 * stands in a library of its own (module.h). *ret is untouched then. bundle_done() wipes the key. A
 * key that cannot be decoded does not cost the certificate beside it: the bundle then has none. */
int source_load(const struct source *source, struct arena *arena, struct problems *problems,
                struct bundle *ret);

#endif
