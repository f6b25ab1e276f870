/*
 * objects: objects/<fingerprint>/, written whole and exchanged whole.
 *
 * All changes of a commit that concern one object become one new folder, objects/.new-<random>.
 * When all of them are written and synced they are renamed into place; what stood there takes
 * the temporary name until the index is committed, so that it can be put back.
 */
#ifndef CERTROLL_STORE_OBJECTS_H
#define CERTROLL_STORE_OBJECTS_H

#include "store/index.h"
#include "store/object.h"

#define OBJECTS_TEMPORARY ".new-"
enum { OBJECTS_TEMPORARY_SIZE = sizeof(OBJECTS_TEMPORARY) + 16 };

enum staged_state {
    STAGED_NOT,       /* nothing was written: it stays as it is */
    STAGED_WRITTEN,   /* under its temporary name */
    STAGED_NEW,       /* in place, where nothing was */
    STAGED_EXCHANGED, /* in place; the old one has the temporary name */
};

struct staged {
    const char *fingerprint;
    const struct bundle *bundle; /* NULL: made from what the store has */
    const char *key_from;
    size_t change;
    enum staged_state state;
    char name[OBJECTS_TEMPORARY_SIZE]; /* "": nothing was written */
    struct object_content content;
    struct object_stamps stamps;
    struct secret *key; /* while it is written: one that is not the bundle's own */
    int error;          /* of writing it: a negative errno value */
    bool unshared;      /* the service group could not be given its key */
};

struct objects {
    const struct folder *folder;
    const struct commit *commit;
    struct problems *problems;
    struct index *index; /* as it stands; NULL where there is none */
    struct arena *arena;
    bool *change_failed;
    int fd; /* of objects/ */
    bool sync_each;
    struct staged *items; /* by fingerprint */
    size_t count;
    struct staged **round; /* those that are written at the same time */
    size_t round_count;
    bool failed; /* some change_failed[] was set, or the index before may come back */
};

/* Collects the commit's changes of objects into items. */
int objects_collect(struct objects *objects);

/* Writes all of them. A change that cannot be (a lost key, a group that may not be given) is
 * marked as failed, with a problem; -1 where nothing can be done at all. */
int objects_stage(struct objects *objects);

int objects_publish(struct objects *objects);

/* Puts everything back as it was, and lets go of keys that still waited to be written. */
void objects_undo(struct objects *objects);

#endif
