/* targets: whom a run's report is for: the flag's, else the environment's, else the manifests'. */
#ifndef CERTROLL_CLI_TARGETS_H
#define CERTROLL_CLI_TARGETS_H

#include "cli/session.h"

/* A file or a URL. */
struct target {
    const char *name;
    enum report_on on; /* what a run must be for it to get a report */
};

struct targets {
    struct target *files;
    size_t file_count;
    struct target *urls;
    size_t url_count;
};

/* A URL that cannot be used and a file that a page must not replace are left out, with a problem;
 * where memory is out, all are. */
void targets_find(struct session *session, const struct manifests *manifests,
                  struct problems *problems, struct targets *ret);

/* Is it for a run with this result (run_result())? */
bool target_wants(const struct target *target, const char *result);

#endif
