/*
 * change: what a commit does to a store, as plain data. The last state, not the way to it: the
 * same list serves every engine.
 */
#ifndef CERTROLL_STORE_CHANGE_H
#define CERTROLL_STORE_CHANGE_H

#include "store/snapshot.h"

enum change_kind {
    CHANGE_PUT_OBJECT,    /* bundle, key_from, exportable: new, or replaced whole */
    CHANGE_REPAIR_OBJECT, /* fingerprint, exportable: its files and rights from the index; with
                             key_from, its key anew */
    CHANGE_SET_ACCESS,    /* fingerprint, exportable */
    CHANGE_PUT_SLOT,      /* slot: as it is to be, its links with it */
    CHANGE_DROP_SLOT,     /* slot: scope and type */
    CHANGE_PUT_HOLDING,   /* holding */
    CHANGE_DROP_HOLDING,  /* holding: owner and entry */
    CHANGE_PUT_SOURCE,    /* source */
    CHANGE_DROP_SOURCE,   /* source: digest and owner */
};

struct change {
    enum change_kind kind;
    const struct bundle *bundle;
    const char *key_from; /* PUT_OBJECT, REPAIR_OBJECT: the object that has the same key, or NULL */
    const char *fingerprint;
    bool exportable;
    const struct slot *slot;
    const struct holding *holding;
    const struct source_record *source;
};

#endif
