/* observe: what the files of a store show, against its index. */
#ifndef CERTROLL_STORE_OBSERVE_H
#define CERTROLL_STORE_OBSERVE_H

#include "store/index.h"

/* Objects of a snapshot that were changed and that only the history refers to: no plan wants them,
 * so that no action repairs them. Those of which the index has all but the key; the arena's. 0, or
 * -1 with a problem. */
int observe_unwanted(struct index *index, const struct snapshot *snapshot, struct arena *arena,
                     const struct stored_certificate ***ret, size_t *ret_count);

#endif
