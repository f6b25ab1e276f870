#include "store/objects.h"

#include "base/file.h"
#include "base/pool.h"
#include "store/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/xattr.h>

/* A key of the store's takes pages of its own while it waits for its object: so many at once. */
enum { KEY_MOST = 1024 * 1024, KEYS_AT_ONCE = 64, SOFT = 1 };

/* This object's changes cannot be done; the others go on. */
static int fail_softly(struct objects *objects, const struct staged *item)
{
    const struct commit *commit = objects->commit;
    for (size_t i = 0; i < commit->change_count; i++) {
        const struct change *change = &commit->changes[i];
        const char *fingerprint =
            change->kind == CHANGE_PUT_OBJECT ? change->bundle->certificate.fingerprint
            : change->kind == CHANGE_REPAIR_OBJECT || change->kind == CHANGE_SET_ACCESS
                ? change->fingerprint
                : NULL;
        if (fingerprint && strcmp(fingerprint, item->fingerprint) == 0)
            objects->change_failed[i] = true;
    }
    objects->failed = true;
    return SOFT;
}

static int compare_fingerprint(const void *key, const void *item)
{
    return strcmp(key, ((const struct staged *)item)->fingerprint);
}

/* The key of an object that is in place: 0, SOFT where it is lost or not the one that the index
 * knows, -1. */
static int read_stored_key(struct objects *objects, const char *fingerprint,
                           const struct object_content *content, struct secret **ret)
{
    struct secret *key AUTO_SECRET = NULL;
    char digest[DIGEST_TEXT_SIZE];
    int folder AUTO_FD = fs_open_folder(objects->fd, fingerprint);
    int error =
        folder < 0 ? folder : fs_read(folder, object_file_names[OBJECT_KEY], KEY_MOST, &key);
    if (error == -ENOMEM || error == -EIO || error == -EACCES)
        return folder_error_in(objects->folder, objects->problems, error, "read the key", "objects",
                               fingerprint);
    if (error)
        return SOFT;
    digest_bytes(secret_peek(key), secret_size(key), digest);
    if (strcmp(digest, content->key_digest) != 0)
        return SOFT;
    *ret = key;
    key = NULL;
    return 0;
}

/* What the store has of this object: 0, SOFT where it has nothing, -1. */
static int read_present(struct objects *objects, const char *fingerprint,
                        struct object_content *ret)
{
    if (!objects->index)
        return SOFT;
    return index_content(objects->index, fingerprint, objects->arena, ret);
}

/* The key of the object that key_from names: one of this commit, or one in place. */
static int read_key_from(struct objects *objects, const char *key_from, struct secret **ret)
{
    const struct staged *item = bsearch(key_from, objects->items, objects->count,
                                        sizeof(*objects->items), compare_fingerprint);
    struct object_content content = {.has_key = false};
    int result;
    if (item && item->state == STAGED_WRITTEN && item->content.has_key) {
        result = read_stored_key(objects, item->name, &item->content, ret);
    } else {
        result = read_present(objects, key_from, &content);
        if (result == 0)
            result = content.has_key ? read_stored_key(objects, key_from, &content, ret) : SOFT;
    }
    if (result == SOFT)
        problems_add(objects->problems, PROBLEM_STORE_DAMAGED, NOWHERE,
                     "objects/%s: the private key that another certificate is to share is lost",
                     key_from);
    return result == 0 ? 0 : -1;
}

/* A key that the bundle does not bring, for an object that has one. */
static int keep_key(struct objects *objects, struct staged *item,
                    const struct object_content *present)
{
    int result = read_stored_key(objects, item->fingerprint, present, &item->key);
    if (result != SOFT)
        return result;
    problems_add(objects->problems, PROBLEM_NOT_REPAIRABLE, NOWHERE,
                 "objects/%s: its private key was changed or lost, and only its source has it",
                 item->fingerprint);
    return fail_softly(objects, item);
}

/* Fills content, and key where it is not the bundle's own. */
static int gather(struct objects *objects, struct staged *item)
{
    struct object_content present, *content = &item->content;
    const struct bundle *bundle = item->bundle;
    if (bundle) {
        content->cert_pem = bundle->cert_pem;
        content->chain_pem = bundle->chain_pem;
        if (bundle->key_pem)
            return 0;
    }
    int found = read_present(objects, item->fingerprint, &present);
    if (found < 0)
        return -1;
    if (!bundle && found == SOFT) {
        problems_add(objects->problems, PROBLEM_STORE_FAILED, NOWHERE,
                     "objects/%s: the store does not have this certificate", item->fingerprint);
        return fail_softly(objects, item);
    }
    if (!bundle) {
        content->cert_pem = present.cert_pem;
        content->chain_pem = present.chain_pem;
    }
    if (item->key_from)
        return read_key_from(objects, item->key_from, &item->key);
    return found == 0 && present.has_key ? keep_key(objects, item, &present) : 0;
}

static int temporary_name(char ret[static OBJECTS_TEMPORARY_SIZE])
{
    unsigned char random[8];
    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        return -EIO;
    memcpy(ret, OBJECTS_TEMPORARY, sizeof(OBJECTS_TEMPORARY));
    digest_hex(random, sizeof(random), ret + sizeof(OBJECTS_TEMPORARY) - 1);
    return 0;
}

/* Who may read a key, only runs that know the manifests may change: a rebuild keeps its group. */
static gid_t shared_group(const struct objects *objects, const struct staged *item)
{
    struct stat status;
    if (!objects->commit->relics)
        return objects->folder->service_group;
    int object AUTO_FD = fs_open_folder(objects->fd, item->fingerprint);
    bool is_shared = object >= 0 && fs_stat(object, object_file_names[OBJECT_KEY], &status) &&
                     (status.st_mode & 07777) == SHARED_KEY_MODE;
    return is_shared ? status.st_gid : objects->folder->service_group;
}

/* Group first: at no instant may a group read the key that should not. */
static int share_key(int fd, gid_t group)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return -errno;
    return status.st_gid == group || fchown(fd, (uid_t)-1, group) == 0 ? 0 : -errno;
}

/* The folder may have handed on a list of others who may read the key, or that shuts the group out;
 * the mode would put it into effect. */
static int drop_acl(int fd)
{
    if (fremovexattr(fd, OBJECT_ACL) == 0 || errno == ENODATA || errno == ENOTSUP)
        return 0;
    return -errno;
}

/* A mode that the umask has narrowed, or that nobody may see before the group is right. */
static int set_mode(int fd, mode_t mode, struct stat *status)
{
    if (fstat(fd, status) != 0)
        return -errno;
    if ((status->st_mode & 07777) == mode)
        return 0;
    return fchmod(fd, mode) == 0 && fstat(fd, status) == 0 ? 0 : -errno;
}

static int write_file(const struct objects *objects, struct staged *item, int folder,
                      enum object_file file, const struct digest_part parts[static 2])
{
    struct stat status;
    mode_t mode = object_file_mode(file, item->content.exportable);
    int fd AUTO_FD =
        openat(folder, object_file_names[file], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
               file == OBJECT_KEY ? KEY_MODE : mode);
    if (fd < 0)
        return -errno;
    int error = file_write_all(fd, parts[0].bytes, parts[0].size);
    if (!error)
        error = file_write_all(fd, parts[1].bytes, parts[1].size);
    if (error)
        return error;
    if (mode == SHARED_KEY_MODE)
        error = share_key(fd, shared_group(objects, item));
    if (error == -EPERM || error == -EINVAL) { /* a group of others, or of another user namespace */
        item->unshared = true;
        mode = KEY_MODE;
        error = 0;
    }
    if (!error && mode == SHARED_KEY_MODE)
        error = drop_acl(fd);
    if (!error)
        error = set_mode(fd, mode, &status);
    if (!error && objects->sync_each && fsync(fd) != 0)
        error = -errno;
    if (!error)
        item->stamps.files[file] = object_stamp(&status);
    return error;
}

static int write_files(const struct objects *objects, struct staged *item, int folder,
                       const struct secret *key)
{
    const struct object_content *content = &item->content;
    struct digest_part cert = {content->cert_pem, strlen(content->cert_pem)};
    struct digest_part chain = {content->chain_pem, strlen(content->chain_pem)};
    struct digest_part none = {"", 0};
    struct digest_part parts[OBJECT_FILES][2] = {
        [OBJECT_CERT] = {cert, none},
        [OBJECT_CHAIN] = {chain, none},
        [OBJECT_FULLCHAIN] = {cert, chain},
        [OBJECT_KEY] = {{secret_peek(key), secret_size(key)}, none},
    };
    struct stat status;
    int error = 0;
    for (enum object_file file = 0; file < OBJECT_FILES && !error; file++)
        if (file != OBJECT_KEY || key)
            error = write_file(objects, item, folder, file, parts[file]);
    if (!error)
        error = set_mode(folder, OBJECT_MODE, &status);
    return !error && objects->sync_each && fsync(folder) != 0 ? -errno : error;
}

static int write_object(const struct objects *objects, struct staged *item)
{
    const struct secret *key =
        item->bundle && item->bundle->key_pem ? item->bundle->key_pem : item->key;
    item->content.has_key = key != NULL;
    if (key)
        digest_bytes(secret_peek(key), secret_size(key), item->content.key_digest);
    int error = temporary_name(item->name);
    if (error)
        item->name[0] = '\0';
    else if (mkdirat(objects->fd, item->name, OBJECT_MODE) != 0)
        error = -errno;
    int folder AUTO_FD = error ? error : fs_open_folder(objects->fd, item->name);
    return folder < 0 ? folder : write_files(objects, item, folder, key);
}

/* On any thread: what goes wrong is said afterwards, in order. */
static void write_one(void *context, size_t worker, size_t number)
{
    struct objects *objects = context;
    struct staged *item = objects->round[number];
    (void)worker;
    item->error = write_object(objects, item);
    secret_free(item->key);
    item->key = NULL;
    if (objects->commit->watch)
        objects->commit->watch->written(objects->commit->watch->context);
}

static int conclude_one(struct objects *objects, struct staged *item)
{
    if (item->unshared) {
        problems_add(objects->problems, PROBLEM_STORE_FAILED, NOWHERE,
                     "objects/%s: cannot let the service group (gid %lu) read the private key: "
                     "run as root or as a member of the group",
                     item->fingerprint, (unsigned long)objects->folder->service_group);
        fail_softly(objects, item);
    }
    if (item->error)
        return folder_error_in(objects->folder, objects->problems, item->error, "write it",
                               "objects", item->fingerprint);
    item->state = STAGED_WRITTEN;
    return 0;
}

/* What was gathered, by all threads. */
static int write_round(struct objects *objects)
{
    int result = 0;
    pool_run(objects->folder->jobs, objects->round_count, write_one, objects);
    for (size_t i = 0; i < objects->round_count && result == 0; i++)
        result = conclude_one(objects, objects->round[i]);
    objects->round_count = 0;
    return result;
}

/* What needs the index is read by this thread; the rest is done by all. */
static int stage_some(struct objects *objects, bool borrowers)
{
    size_t keys = 0;
    for (size_t i = 0; i < objects->count; i++) {
        struct staged *item = &objects->items[i];
        bool borrower = item->key_from && !(item->bundle && item->bundle->key_pem);
        if (borrower != borrowers)
            continue;
        int result = gather(objects, item);
        if (result < 0)
            return -1;
        if (result == 0)
            objects->round[objects->round_count++] = item;
        keys += item->key != NULL;
        if (keys == KEYS_AT_ONCE) {
            keys = 0;
            if (write_round(objects) != 0)
                return -1;
        }
    }
    return write_round(objects);
}

static int remove_left(void *context, int directory, const char *name)
{
    (void)context;
    if (strncmp(name, OBJECTS_TEMPORARY, sizeof(OBJECTS_TEMPORARY) - 1) == 0)
        fs_remove(directory, name);
    return 0;
}

/* What runs that were killed left goes first, or a run that is killed again and again would leave
 * keys each time. (What cannot be removed, the sweep after the commit tells.) Those that borrow a
 * key come after those that bring one. */
int objects_stage(struct objects *objects)
{
    if (objects->count > 0)
        fs_walk(objects->fd, remove_left, NULL);
    objects->round = arena_alloc(objects->arena, objects->count, sizeof(*objects->round));
    if (!objects->round)
        return folder_out_of_memory(objects->problems);
    return stage_some(objects, false) == 0 ? stage_some(objects, true) : -1;
}
