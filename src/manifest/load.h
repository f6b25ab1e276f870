/*
 * load: files and folders of YAML -> manifests.
 */
#ifndef CERTROLL_MANIFEST_LOAD_H
#define CERTROLL_MANIFEST_LOAD_H

#include "manifest/manifest.h"

/* Loads every path: a file, or a folder's *.yaml and *.yml in byte order. Reads nothing but the
 * manifests. Every error of every manifest is added to problems, with its place and excerpt; a
 * manifest that has one is kept with broken set and whatever of it could be read. Also held
 * against each other: names of manifests and slots that two of them claim.
 * 0, or -1 when memory is out. */
int manifests_load(const char *const *paths, size_t count, struct arena *arena,
                   struct problems *problems, struct manifests *ret);

/* The same of one manifest that is in memory already: text is taken over, path stands for it in
 * problems. */
int manifests_load_text(const char *path, struct secret *text, struct arena *arena,
                        struct problems *problems, struct manifests *ret);

#endif
