/* brought: the certificates that this run's sources brought, by their names. */
#ifndef CERTROLL_CLI_BROUGHT_H
#define CERTROLL_CLI_BROUGHT_H

#include "base/arena.h"
#include "base/bundle.h"

struct brought_name;

struct brought {
    struct brought_name *names; /* in order, each once */
    size_t count;
};

/* Of several bundles of one certificate, one with its key. 0, or -1 when memory is out. */
int brought_make(struct bundle *const *bundles, size_t count, struct arena *arena,
                 struct brought *ret);

/* By fingerprint or thumbprint; NULL where no source brought it. */
struct bundle *brought_find(const struct brought *brought, const char *name);

#endif
