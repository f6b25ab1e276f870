/* explain: what exactly is not as the index says, file by file, for people. */
#ifndef CERTROLL_STORE_EXPLAIN_H
#define CERTROLL_STORE_EXPLAIN_H

#include "store/folder.h"
#include "store/object.h"

#include <sys/stat.h>

struct explain {
    const struct folder *folder;
    int objects; /* descriptors of objects/ and live/, or -1 */
    int live;
    /* path: below STORE. what: "is missing". advice: of a struct problem. */
    void (*tell)(void *context, const char *path, const char *what, const char *advice);
    void *context;
};

/* A part of the store that should be a folder with this mode: status is what stands there. */
void explain_folder(const struct explain *explain, const char *path, const struct stat *status,
                    mode_t mode);

/* An object's folder and files, by their status and their content. 0, or a negative errno value
 * where a file could not be read. */
int explain_object(const struct explain *explain, const struct stored_certificate *stored,
                   const struct object_content *content);

/* The folder of a scope that has links; and a slot's folder and links, but for what a run that was
 * killed left beside them. */
void explain_scope(const struct explain *explain, const char *scope);
void explain_slot(const struct explain *explain, const struct slot *slot);

#endif
