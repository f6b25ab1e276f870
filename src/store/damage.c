#include "store/damage.h"

#include "base/digest.h"
#include "store/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

enum { KEY_MOST = 1024 * 1024 };

const char *const object_file_names[OBJECT_FILES] = {"cert.pem", "chain.pem", "fullchain.pem",
                                                     "privkey.pem"};

static unsigned content_damage(enum object_file file)
{
    return file == OBJECT_KEY ? DAMAGE_KEY : DAMAGE_PUBLIC;
}

static int64_t nanoseconds(const struct timespec *time)
{
    return (int64_t)((uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec);
}

struct file_stamp object_stamp(const struct stat *status)
{
    return (struct file_stamp){status->st_size, nanoseconds(&status->st_mtim),
                               nanoseconds(&status->st_ctim), (int64_t)status->st_ino};
}

/* Does it belong to neither the store's owner nor us? Whoever it belongs to may change it. */
static bool is_foreign(const struct folder *folder, const struct stat *status)
{
    return status->st_uid != folder->owner && status->st_uid != geteuid();
}

unsigned damage_rights(const struct folder *folder, const struct stat *status, mode_t mode,
                       bool shared)
{
    bool group = !shared || status->st_gid == folder->service_group;
    return ((status->st_mode & 07777) == mode ? 0 : WRONG_MODE) |
           (is_foreign(folder, status) ? WRONG_OWNER : 0) | (group ? 0 : WRONG_GROUP);
}

bool damage_has_acl(int objects, const char *path)
{
    int fd AUTO_FD = openat(objects, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return fd >= 0 && fgetxattr(fd, OBJECT_ACL, NULL, 0) >= 0;
}

static unsigned glance_file(const struct folder *folder, int objects, const char *path,
                            enum object_file file, bool exportable, const struct file_stamp *stamp,
                            bool *ret_suspect)
{
    struct stat status;
    if (!fs_stat(objects, path, &status) || !S_ISREG(status.st_mode))
        return content_damage(file);
    struct file_stamp now = object_stamp(&status);
    *ret_suspect = memcmp(&now, stamp, sizeof(now)) != 0;
    bool shared = file == OBJECT_KEY && exportable;
    unsigned wrong = damage_rights(folder, &status, object_file_mode(file, exportable), shared);
    bool listed = shared && *ret_suspect && damage_has_acl(objects, path);
    return wrong || listed ? DAMAGE_RIGHTS : 0;
}

unsigned damage_glance(const struct folder *folder, int objects,
                       const struct stored_certificate *stored, const struct object_stamps *stamps,
                       unsigned *ret_suspects)
{
    const char *fingerprint = stored->certificate.fingerprint;
    bool has_key = stored->certificate.has_key;
    struct stat status;
    *ret_suspects = 0;
    if (!fs_stat(objects, fingerprint, &status) || !S_ISDIR(status.st_mode))
        return DAMAGE_PUBLIC | (has_key ? DAMAGE_KEY : 0);
    unsigned damage = 0;
    if (damage_rights(folder, &status, OBJECT_MODE, false))
        damage = DAMAGE_RIGHTS;
    char path[DIGEST_TEXT_SIZE + 16];
    memcpy(path, fingerprint, DIGEST_TEXT_SIZE - 1);
    path[DIGEST_TEXT_SIZE - 1] = '/';
    for (enum object_file file = 0; file < OBJECT_FILES; file++) {
        memcpy(path + DIGEST_TEXT_SIZE, object_file_names[file],
               strlen(object_file_names[file]) + 1);
        bool suspect = false;
        if (file != OBJECT_KEY || has_key)
            damage |= glance_file(folder, objects, path, file, stored->exportable,
                                  &stamps->files[file], &suspect);
        else if (fs_stat(objects, path, &status))
            damage |= DAMAGE_PUBLIC; /* a key where there should be none */
        *ret_suspects |= suspect ? 1u << file : 0;
    }
    return damage;
}

/* True where the bytes are the strings, one after the other. */
static bool is_text(const struct secret *file, const char *first, const char *second)
{
    size_t length = strlen(first), rest = strlen(second);
    const unsigned char *bytes = secret_peek(file);
    return secret_size(file) == length + rest && memcmp(bytes, first, length) == 0 &&
           memcmp(bytes + length, second, rest) == 0;
}

static bool is_intact(const struct secret *file, enum object_file number,
                      const struct object_content *content)
{
    char digest[DIGEST_TEXT_SIZE];
    switch (number) {
    case OBJECT_CERT:
        return is_text(file, content->cert_pem, "");
    case OBJECT_CHAIN:
        return is_text(file, content->chain_pem, "");
    case OBJECT_FULLCHAIN:
        return is_text(file, content->cert_pem, content->chain_pem);
    default:
        digest_bytes(secret_peek(file), secret_size(file), digest);
        return strcmp(digest, content->key_digest) == 0;
    }
}

/* What cannot be there at all, as opposed to what cannot be read just now. */
static bool is_lost(int error)
{
    return error == -ENOENT || error == -ELOOP || error == -ENOTDIR || error == -EINVAL ||
           error == -EFBIG;
}

int damage_compare(int objects, const char *fingerprint, const struct object_content *content,
                   unsigned files, unsigned *ret)
{
    size_t most = strlen(content->cert_pem) + strlen(content->chain_pem);
    unsigned damage = 0;
    int folder AUTO_FD = objects < 0 ? -ENOENT : fs_open_folder(objects, fingerprint);
    if (folder < 0 && !is_lost(folder))
        return folder;
    for (enum object_file file = 0; file < OBJECT_FILES; file++) {
        if (!(files & 1u << file))
            continue;
        struct secret *bytes AUTO_SECRET = NULL;
        int error = folder < 0 ? folder
                               : fs_read(folder, object_file_names[file],
                                         file == OBJECT_KEY ? KEY_MOST : most, &bytes);
        if (error && !is_lost(error))
            return error;
        if (error || !is_intact(bytes, file, content))
            damage |= content_damage(file);
    }
    *ret = damage;
    return 0;
}
