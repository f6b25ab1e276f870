/* merge: the pairs that `<<` brings into a mapping. */
#ifndef CERTROLL_MANIFEST_MERGE_H
#define CERTROLL_MANIFEST_MERGE_H

#include "manifest/document.h"

/* Adds the pairs of the mapping or mappings that `<<` names, unless a key is there already: own
 * keys come first, then those of the mapping named first. Adds their weight to the mapping's.
 * It ends early once the mapping has more keys than a mapping may have. 0, or -1 when memory is
 * out. */
int merge_resolve(struct document *document, struct node *mapping, struct problems *problems);

#endif
