/* rebuild: the index, made anew from what there is (relics.h). */
#ifndef CERTROLL_STORE_REBUILD_H
#define CERTROLL_STORE_REBUILD_H

#include "store/index.h"
#include "store/relics.h"

/* What no change carries: the runs whose texts are there, what they touched, and the reports that
 * waited. After the objects. 0, or -1 with a problem. */
int rebuild_put_rows(struct index *index, const struct relics *relics);

#endif
