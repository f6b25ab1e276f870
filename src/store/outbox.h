/* outbox: the rows of reports that wait. */
#ifndef CERTROLL_STORE_OUTBOX_H
#define CERTROLL_STORE_OUTBOX_H

#include "store/index.h"

/* All of them, in order. 0, or -1 with a problem. */
int outbox_read(struct index *index, struct arena *arena, struct outbox_item **ret_items,
                size_t *ret_count);

/* Adds one to an index that is being written; its report is kept. 0, or -1 with a problem. */
int outbox_insert(struct index *index, const struct outbox_item *item);

#endif
