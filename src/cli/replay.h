/* replay: what kept runs did, folded into what an index would tell of it. */
#ifndef CERTROLL_CLI_REPLAY_H
#define CERTROLL_CLI_REPLAY_H

#include "store/relics.h"

/* From their texts: slots, holdings, and traces of what has left a slot since. A text that cannot
 * be read tells nothing. 0, or -1 when memory is out. */
int replay_runs(const struct relics *relics, struct arena *arena, struct recollection *ret);

#endif
