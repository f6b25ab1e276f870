/* damage: an object's files, held against what the index says of them. */
#ifndef CERTROLL_STORE_DAMAGE_H
#define CERTROLL_STORE_DAMAGE_H

#include "store/folder.h"
#include "store/object.h"

#include <sys/stat.h>

enum wrong { WRONG_MODE = 1 << 0, WRONG_OWNER = 1 << 1, WRONG_GROUP = 1 << 2 };

/* What is wrong with the rights of what should have this mode and, shared, belong to the service
 * group: enum wrong. */
unsigned damage_rights(const struct folder *folder, const struct stat *status, mode_t mode,
                       bool shared);

/* Has it an access control list? Of a key that a group may read, the mode does not tell who else
 * may then. */
bool damage_has_acl(int objects, const char *path);

/* By status alone, enum damage. *ret_suspects: the files (bits 1 << enum object_file) whose status
 * is another one than at the commit, so that only damage_compare() can tell. objects is the
 * descriptor of objects/, -1 where there is none. Safe on several threads at once. */
unsigned damage_glance(const struct folder *folder, int objects,
                       const struct stored_certificate *stored, const struct object_stamps *stamps,
                       unsigned *ret_suspects);

/* By content, of the files given; objects likewise. *ret: enum damage. 0, or a negative errno value
 * where a file could not be read. */
int damage_compare(int objects, const char *fingerprint, const struct object_content *content,
                   unsigned files, unsigned *ret);

#endif
