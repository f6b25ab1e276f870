/* leftovers: what lies in the store and is not in the index. */
#ifndef CERTROLL_STORE_LEFTOVERS_H
#define CERTROLL_STORE_LEFTOVERS_H

#include "store/index.h"

enum leftover {
    LEFTOVER_TEMPORARY, /* of a run that was killed */
    LEFTOVER_OBJECT,    /* an object that the index does not know */
    LEFTOVER_SLOT,      /* the folder of a slot that the index does not know */
    LEFTOVER_REPORT,    /* the report or the text of a run that is no longer kept */
    LEFTOVER_FOREIGN,   /* nothing that certroll made */
};

/* Called for each: directory holds name; above is the path of directory below STORE. Another
 * result than 0 ends the search and is returned. */
typedef int leftovers_found(void *context, enum leftover kind, int directory, const char *above,
                            const char *name);

/* What objects/ and live/ should hold is asked of known, a snapshot of this index; NULL: of the
 * index itself. deep: look into the slots' folders too. 0, what found returned, or -1 with a
 * problem. */
int leftovers_find(struct index *index, const struct snapshot *known, bool deep,
                   leftovers_found *found, void *context);

/* Removes from reports/ what certroll left and no longer needs. durable: power may fail and the
 * index is still this one; where that is not known, it is made so before anything goes that an
 * index before it may name. */
int leftovers_sweep_reports(struct index *index, bool durable);

/* What a run has done that was killed before it synced it, no later one would do again: syncs it,
 * where there was one. 0, or -1 with a problem. */
int leftovers_settle(struct index *index);

/* Removes all that certroll left and no longer needs. interrupted: settles first; false for the
 * run that is itself at work, whose index is durable. 0, or -1 with a problem. */
int leftovers_tidy(struct folder *folder, bool interrupted, struct problems *problems);

#endif
