/* replay: what kept runs did, folded into what an index would tell of it. */
#ifndef CERTROLL_CLI_REPLAY_H
#define CERTROLL_CLI_REPLAY_H

#include "store/relics.h"

/* From what RECALLED_PAST tells, and the texts of the runs since: slots, holdings, traces of what
 * has left a slot since, and the last generation. A text that cannot be read tells nothing. 0, or
 * -1 when memory is out. */
int replay_runs(const struct relics *relics, struct arena *arena, struct recollection *ret);

#endif
