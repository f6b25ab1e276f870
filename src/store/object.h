/* object: what the index knows of the files in objects/<fingerprint>/. */
#ifndef CERTROLL_STORE_OBJECT_H
#define CERTROLL_STORE_OBJECT_H

#include "base/digest.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum object_file { OBJECT_CERT, OBJECT_CHAIN, OBJECT_FULLCHAIN, OBJECT_KEY, OBJECT_FILES };

extern const char *const object_file_names[OBJECT_FILES]; /* "cert.pem" */

enum { PUBLIC_MODE = 0644, KEY_MODE = 0600, SHARED_KEY_MODE = 0640 };

/* What names further users and groups than the mode does (acl(5)). */
#define OBJECT_ACL "system.posix_acl_access"

static inline mode_t object_file_mode(enum object_file file, bool exportable)
{
    if (file != OBJECT_KEY)
        return PUBLIC_MODE;
    return exportable ? SHARED_KEY_MODE : KEY_MODE;
}

/* Where all of it is as it was at the commit, the content is taken to be so too. Times in
 * nanoseconds; all zero for a file that should not be there. */
struct file_stamp {
    int64_t size;
    int64_t modified;
    int64_t changed;
    int64_t inode;
};

static inline bool file_stamp_equal(const struct file_stamp *left, const struct file_stamp *right)
{
    return left->size == right->size && left->modified == right->modified &&
           left->changed == right->changed && left->inode == right->inode;
}

struct object_stamps {
    struct file_stamp files[OBJECT_FILES];
};

struct stat;
struct file_stamp object_stamp(const struct stat *status);

/* Enough to write or to check an object's public files; the key only by its digest. */
struct object_content {
    const char *cert_pem;
    const char *chain_pem;
    bool has_key;
    bool exportable;
    char key_digest[DIGEST_TEXT_SIZE]; /* SHA-256 of privkey.pem; "" without a key */
};

#endif
