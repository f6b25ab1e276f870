/* deeds: what kept runs say that they did, read from their texts. */
#ifndef CERTROLL_CLI_DEEDS_H
#define CERTROLL_CLI_DEEDS_H

#include "plan/plan.h"
#include "store/relics.h"

/* One action that was done. */
struct deed {
    enum action_kind kind;
    const char *run_id;
    const char *scope; /* "", as type is, where no slot was touched: of a certificate as such */
    const char *type;
    const char *owner;
    struct claim claim;
    bool clean;         /* nothing stays as previous */
    int64_t generation; /* that its run went on from: ids of one second are in no order */
    size_t order;
};

struct deeds {
    struct deed *items; /* what is of one place comes together, in the order in which it was done */
    size_t count;
    int64_t last; /* the highest generation that any run left; 0: none says it */
};

/* Of the runs that went on from this generation or a later one. A text that cannot be read
 * tells nothing. 0, or -1 when memory is out. */
int deeds_read(const struct relics *relics, int64_t generation, struct arena *arena,
               struct deeds *ret);

/* How many from the i-th on are of the same place: of one slot, or of one entry that has none. */
size_t deeds_of_place(const struct deeds *deeds, size_t i);

/* Are any of this entry, as such? */
bool deeds_of_entry(const struct deeds *deeds, const char *owner, const char *entry);

#endif
