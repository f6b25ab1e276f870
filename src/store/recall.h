/* recall: what an index that cannot be relied on still tells. */
#ifndef CERTROLL_STORE_RECALL_H
#define CERTROLL_STORE_RECALL_H

#include "store/folder.h"
#include "store/relics.h"

/* Reads the file of that name; whatever cannot be read is left empty. 0, or -1 with a problem when
 * memory is out. */
int recall_index(const struct folder *folder, const char *name, struct arena *arena,
                 struct problems *problems, struct recollection *ret);

#endif
