/* yaml: bytes -> a document's tree. */
#ifndef CERTROLL_MANIFEST_YAML_H
#define CERTROLL_MANIFEST_YAML_H

#include "manifest/document.h"

enum {
    YAML_BYTES_MOST = 8 * 1024 * 1024,
    YAML_DEPTH_MOST = 32,
    YAML_NODES_MOST = 300 * 1000, /* an alias counts as all that it stands for */
    YAML_ANCHORS_MOST = 256,
    YAML_KEYS_MOST = 128, /* of one mapping */
};

/* What an excerpt may show of a value in a mapping, given its key and what it may show of the
 * mapping; with value NULL: of the key itself. */
typedef enum visibility yaml_visibility(enum visibility mapping, const struct node *key,
                                        const struct node *value);

/* Reads the bytes into document->root and document->masks. What is wrong with them goes to
 * problems; document->broken says that reading stopped there. 0, or -1 when memory is out. */
int yaml_parse(struct document *document, yaml_visibility *visibility, struct problems *problems);

#endif
