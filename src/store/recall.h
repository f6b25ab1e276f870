/* recall: what an index that cannot be relied on still tells, and what of it goes into the new one.
 */
#ifndef CERTROLL_STORE_RECALL_H
#define CERTROLL_STORE_RECALL_H

#include "store/folder.h"
#include "store/relics.h"

/* Reads the file of that name; whatever cannot be read is left empty. 0, or -1 with a problem when
 * memory is out. */
int recall_index(const struct folder *folder, const char *name, struct arena *arena,
                 struct problems *problems, struct recollection *ret);

/* Puts into the new index what no change carries: the runs whose texts are there, what they
 * touched, and the reports that waited. After the objects. 0, or -1 with a problem. */
int recall_put_rows(struct index *index, const struct relics *relics);

#endif
