/* spare: files that a page must not replace, because a run could not do without them. */
#ifndef CERTROLL_CLI_SPARE_H
#define CERTROLL_CLI_SPARE_H

#include "cli/session.h"

/* Why no page may be written to path, to stand behind it and a colon; NULL where nothing is against
 * it, as against another page that the store does not keep. manifests: NULL for none. The store is
 * the one that the session opened last. */
const char *spare_objection(const struct session *session, const struct manifests *manifests,
                            const char *path);

#endif
