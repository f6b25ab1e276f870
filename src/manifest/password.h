/*
 * password: where a password comes from -> the password.
 */
#ifndef CERTROLL_MANIFEST_PASSWORD_H
#define CERTROLL_MANIFEST_PASSWORD_H

#include "base/environment.h"
#include "manifest/manifest.h"

/* What a password is asked of, besides its source. */
struct password_asking {
    const struct environment *environment; /* what passwords_take() took; NULL: nothing */
    /* Gets what a failed command wrote to its standard error. It may hold a secret: it is for the
     * terminal, never for a problem. Called on the asking thread; NULL: nobody wants it. */
    void (*tell)(void *context, const char *entry_name, const char *program, struct secret *errors);
    void *context;
};

/* Takes every variable that some entry's password names, of manifests with errors too: a command
 * inherits none of them, and /proc/PID/environ shows them no more. Once, while no other thread
 * runs. A variable that is not set is an error only when it is asked for. 0, or -1 when memory
 * is out. */
int passwords_take(const struct manifests *manifests, struct environment *environment);

/* Gets it: text as it stands; env, file and credential with one trailing newline dropped (\n or
 * \r\n); a command's standard output likewise, run without a shell, with standard input closed, at
 * most 30 s; what it wrote to its standard error is told only when it failed. *ret is the caller's
 * to free; NULL for PASSWORD_NONE. 0, or -1 with a problem password_unavailable about entry_name.
 * A file or credential that others may read gives the warning password_exposed. Several threads may
 * ask at once. */
int password_get(const struct password_source *source, const struct password_asking *asking,
                 const char *entry_name, struct problems *problems, struct secret **ret);

#endif
