/*
 * links: live/<scope>/<type>/{current,next,previous} -> ../../../objects/<fingerprint>.
 *
 * Links may be put on several threads at once.
 */
#ifndef CERTROLL_STORE_LINKS_H
#define CERTROLL_STORE_LINKS_H

#include "store/index.h"

struct links {
    const struct folder *folder;
    struct problems *problems;
    int live;       /* descriptor of live/ */
    bool sync_each; /* false: the caller syncs the whole file system */
};

/* The folder of a scope, made where there is none: a descriptor, or a negative errno value. */
int links_open_scope(const struct links *links, const char *scope);

/* Makes a slot's links what it says: previous, then current, then next, then the removal of those
 * that should not be there. A slot without a link has no folder. scope is its scope's descriptor;
 * where that is negative, it is returned. 0, or a negative errno value (-EISDIR: a folder stands in
 * the place of a link). links_drop() also removes the scope's folder when it is empty, so no link
 * may be put meanwhile. */
int links_put(const struct links *links, int scope, const struct slot *slot);
int links_drop(const struct links *links, const char *scope, const char *type);

/* Adds the problem of such a value; -1. */
int links_fail(const struct links *links, const char *scope, const char *type, int error);

/* Looks at slots, of which those of one scope come together: its folder is looked at once. */
struct links_view {
    const struct folder *folder;
    int live;          /* descriptor of live/; may be -1 */
    const char *scope; /* that of the last slot; NULL: none yet */
    bool scope_is_right;
};

/* True where a link, or a folder above it, is not what it should be. Where stamp, which may be
 * NULL, is that of the slot's folder, the links are what they were when it was taken. A view serves
 * one thread. */
bool links_damaged(struct links_view *view, const struct slot *slot,
                   const struct file_stamp *stamp);

/* Work that is done beside, on any thread, without the index. */
typedef int links_beside(void *context);

/* Remembers, in an index that is being written, the stamps of the slots' folders whose links are
 * right, as far as none is known. One that was changed within a tick of the file system's clock is
 * left out: its next change could leave the same stamp. While the folder's jobs look at them, one
 * of these calls beside, once; where that does not return 0, it is -1, and nothing is
 * remembered. */
int links_remember(struct index *index, links_beside *beside, void *context);

/* The links that a slot can have, and the certificates that they should lead to; NULL: none. */
enum { LINKS_MOST = 3 };
#define LINKS_TARGET "../../../objects/"

struct link_expected {
    const char *name;
    const char *fingerprint;
};

void links_expected(const struct slot *slot, struct link_expected ret[static LINKS_MOST]);

/* What the links in a slot's folder show: its current, previous and next certificates, the last
 * with roll. stray is called for each name of a link under which something else stands; where it
 * fails, memory is out. 0, or a negative errno value: of what cannot be read nobody knows. */
typedef int links_stray(void *context, const char *name);
int links_read(int folder, struct arena *arena, struct slot *ret, links_stray *stray,
               void *context);

/* How many links the slot should have. */
size_t links_count(const struct slot *slot);

#endif
