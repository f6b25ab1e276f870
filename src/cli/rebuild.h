/* rebuild: certroll verify --rebuild. */
#ifndef CERTROLL_CLI_REBUILD_H
#define CERTROLL_CLI_REBUILD_H

#include "cli/session.h"

/* Makes the index anew where it is lost or damaged, and leaves a sound one alone. What is lost with
 * it, and what did not hold, is said in the session's problems. 0 with *ret_rebuilt, or -1 with a
 * problem: what is served is as it was. */
int rebuild_index(struct session *session, struct store *store, bool *ret_rebuilt);

#endif
