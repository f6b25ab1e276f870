/* mend: objects that were changed and that only the history refers to. No plan wants them, so that
 * no action repairs them. */
#ifndef CERTROLL_STORE_MEND_H
#define CERTROLL_STORE_MEND_H

#include "store/index.h"

/* Those of a snapshot that the index has all of but the key; the arena's. 0, or -1 with a problem.
 */
int mend_find(struct index *index, const struct snapshot *snapshot, struct arena *arena,
              const struct stored_certificate ***ret, size_t *ret_count);

/* Repairs them, by a commit of its own; where there are none nothing is written. The caller holds
 * the store's lock. 0, or -1 with a problem. */
int mend_objects(struct folder *folder, struct problems *problems);

#endif
