/*
 * password: where a password comes from -> the password.
 */
#ifndef CERTROLL_MANIFEST_PASSWORD_H
#define CERTROLL_MANIFEST_PASSWORD_H

#include "manifest/manifest.h"

/* Gets it: text as it stands; env, file and credential with one trailing newline dropped (\n or
 * \r\n); a command's standard output likewise, run without a shell, with standard input closed, at
 * most 30 s, its standard error quoted in the problem only when it failed. *ret is the caller's to
 * free; NULL for PASSWORD_NONE. 0, or -1 with a problem password_unavailable about entry_name.
 * A password file that others may read gives the warning password_exposed. */
int password_get(const struct password_source *source, const char *entry_name,
                 struct problems *problems, struct secret **ret);

#endif
