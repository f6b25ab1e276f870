#include "store/links.h"

#include "base/pool.h"
#include "store/damage.h"
#include "store/fs.h"
#include "store/names.h"
#include "store/object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* In the order in which they are replaced: what relies on the old certificate finds it in
 * previous before current becomes the new one. */
enum link { LINK_PREVIOUS, LINK_CURRENT, LINK_NEXT, LINK_COUNT };

static const char *const names[] = {"previous", "current", "next"};
static const char *const temporary[] = {".previous.new", ".current.new", ".next.new"};

#define TARGET_PREFIX LINKS_TARGET
enum { TARGET_SIZE = sizeof(TARGET_PREFIX) + DIGEST_TEXT_SIZE, PATH_SIZE = 4096 };

/* What one thread looks at before it takes the next ones. */
enum { SLOTS_AT_ONCE = 128 };

/* The certificates that the links point at, NULL for none. */
static void wanted(const struct slot *slot, const char *ret[static LINK_COUNT])
{
    ret[LINK_PREVIOUS] = slot->previous.fingerprint;
    ret[LINK_CURRENT] = slot->current.fingerprint;
    ret[LINK_NEXT] = NULL;
    for (size_t i = 0; i < slot->next_count && !ret[LINK_NEXT]; i++)
        if (slot->next[i].roll)
            ret[LINK_NEXT] = slot->next[i].fingerprint;
}

void links_expected(const struct slot *slot, struct link_expected ret[static LINKS_MOST])
{
    const char *fingerprints[LINK_COUNT];
    wanted(slot, fingerprints);
    for (size_t i = 0; i < LINKS_MOST; i++)
        ret[i] = (struct link_expected){names[i], fingerprints[i]};
}

size_t links_count(const struct slot *slot)
{
    const char *fingerprints[LINK_COUNT];
    wanted(slot, fingerprints);
    size_t count = 0;
    for (size_t i = 0; i < LINK_COUNT; i++)
        count += fingerprints[i] != NULL;
    return count;
}

/* True where the link is there and points at it; for NULL, where nothing is there. */
static bool link_is(int directory, const char *path, const char *fingerprint)
{
    char target[TARGET_SIZE + 1];
    ssize_t length = readlinkat(directory, path, target, sizeof(target));
    if (!fingerprint)
        return length < 0 && (errno == ENOENT || errno == EBADF || errno == ENOTDIR);
    size_t prefix = sizeof(TARGET_PREFIX) - 1;
    return length == (ssize_t)(prefix + DIGEST_TEXT_SIZE - 1) &&
           memcmp(target, TARGET_PREFIX, prefix) == 0 &&
           memcmp(target + prefix, fingerprint, DIGEST_TEXT_SIZE - 1) == 0;
}

/* Does a link that is spelt otherwise, as one that was set by hand, lead to the object of the last
 * name in it? As read_link(). */
static int follow_link(int directory, enum link link, char *target,
                       char ret[static DIGEST_TEXT_SIZE])
{
    char ours[TARGET_SIZE];
    struct stat shown, object;
    size_t length = strlen(target);
    while (length > 0 && target[length - 1] == '/')
        target[--length] = '\0';
    const char *slash = strrchr(target, '/'), *name = slash ? slash + 1 : target;
    if (!name_is_fingerprint(name))
        return 0;
    snprintf(ours, sizeof(ours), TARGET_PREFIX "%.*s", DIGEST_TEXT_SIZE - 1, name);
    if (!fs_stat(directory, ours, &object) || fstatat(directory, names[link], &shown, 0) != 0)
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EACCES ? 0
                                                                                        : -errno;
    memcpy(ret, name, DIGEST_TEXT_SIZE);
    return shown.st_dev == object.st_dev && shown.st_ino == object.st_ino;
}

/* 1 with the certificate that a link shows, 0 where something else stands there, -ENOENT where
 * nothing does, or another negative errno value. */
static int read_link(int directory, enum link link, char ret[static DIGEST_TEXT_SIZE])
{
    char target[PATH_SIZE];
    size_t prefix = sizeof(TARGET_PREFIX) - 1;
    ssize_t length = readlinkat(directory, names[link], target, sizeof(target) - 1);
    if (length < 0)
        return errno == EINVAL ? 0 : -errno;
    target[length] = '\0';
    if (strncmp(target, TARGET_PREFIX, prefix) != 0 || !name_is_fingerprint(target + prefix))
        return follow_link(directory, link, target, ret);
    memcpy(ret, target + prefix, DIGEST_TEXT_SIZE);
    return 1;
}

int links_read(int folder, struct arena *arena, struct slot *ret, links_stray *stray, void *context)
{
    struct claim claims[LINK_COUNT];
    for (enum link link = 0; link < LINK_COUNT; link++) {
        char fingerprint[DIGEST_TEXT_SIZE];
        int shown = read_link(folder, link, fingerprint);
        claims[link] = (struct claim){.effective_date = INSTANT_NONE};
        if (shown < 0 && shown != -ENOENT)
            return shown;
        if (shown > 0)
            claims[link].fingerprint = arena_strdup(arena, fingerprint);
        if ((shown > 0 && !claims[link].fingerprint) ||
            (shown == 0 && stray(context, names[link]) != 0))
            return -ENOMEM;
    }
    struct claim *next = arena_alloc(arena, 1, sizeof(*next));
    if (!next)
        return -ENOMEM;
    *next = claims[LINK_NEXT];
    next->roll = true;
    ret->current = claims[LINK_CURRENT];
    ret->current.roll = claims[LINK_PREVIOUS].fingerprint != NULL;
    ret->previous = claims[LINK_PREVIOUS];
    ret->next = next;
    ret->next_count = next->fingerprint != NULL;
    return 0;
}

/* By rename, so that the path always resolves. */
static int replace_link(int directory, enum link link, const char *target)
{
    if (unlinkat(directory, temporary[link], 0) != 0 && errno != ENOENT)
        return -errno;
    if (symlinkat(target, directory, temporary[link]) != 0)
        return -errno;
    if (renameat(directory, temporary[link], directory, names[link]) == 0)
        return 0;
    int error = -errno;
    unlinkat(directory, temporary[link], 0);
    return error;
}

/* fresh: nothing is there yet. */
static int put_link(int directory, enum link link, const char *fingerprint, bool fresh)
{
    char target[TARGET_SIZE];
    memcpy(target, TARGET_PREFIX, sizeof(TARGET_PREFIX) - 1);
    memcpy(target + sizeof(TARGET_PREFIX) - 1, fingerprint, DIGEST_TEXT_SIZE);
    if (fresh && symlinkat(target, directory, names[link]) == 0)
        return 0;
    return link_is(directory, names[link], fingerprint) ? 0 : replace_link(directory, link, target);
}

/* What a run that was killed before its rename left; also beside a link that is right again. */
static void clear(int directory)
{
    for (enum link link = 0; link < LINK_COUNT; link++)
        unlinkat(directory, temporary[link], 0);
}

static int put_all(int directory, const char *const fingerprints[static LINK_COUNT], bool fresh)
{
    if (!fresh)
        clear(directory);
    for (enum link link = 0; link < LINK_COUNT; link++) {
        int error = fingerprints[link] ? put_link(directory, link, fingerprints[link], fresh) : 0;
        if (error)
            return error;
    }
    for (enum link link = 0; link < LINK_COUNT && !fresh; link++)
        if (!fingerprints[link] && unlinkat(directory, names[link], 0) != 0 && errno != ENOENT)
            return -errno;
    return 0;
}

/* Takes it from whom it belongs to, as far as this process may. */
static int take_folder(int directory, const char *name)
{
    int fd AUTO_FD = fs_open_folder(directory, name);
    if (fd < 0)
        return fd;
    return fchown(fd, geteuid(), (gid_t)-1) == 0 ? 0 : -errno;
}

static int make_folder(int directory, const char *name, bool sync, bool *ret_made)
{
    int fd = fs_make_folder(directory, name, LIVE_MODE, ret_made);
    if (fd == -EPERM && take_folder(directory, name) == 0)
        fd = fs_make_folder(directory, name, LIVE_MODE, ret_made);
    if (fd < 0 || !*ret_made || !sync || fsync(directory) == 0)
        return fd;
    int error = -errno;
    close(fd);
    return error;
}

int links_open_scope(const struct links *links, const char *scope)
{
    bool made;
    return make_folder(links->live, scope, links->sync_each, &made);
}

int links_put(const struct links *links, int scope, const struct slot *slot)
{
    const char *fingerprints[LINK_COUNT];
    bool made;
    if (scope < 0)
        return scope;
    wanted(slot, fingerprints);
    int type AUTO_FD = make_folder(scope, slot->type, links->sync_each, &made);
    int error = type < 0 ? type : put_all(type, fingerprints, made);
    if (!error && links->sync_each && fsync(type) != 0)
        error = -errno;
    return error;
}

/* What certroll did not put there stays, and the folder with it: then 1. */
static int drop_folder(int directory, const char *name)
{
    if (unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    return errno == ENOTEMPTY || errno == EEXIST ? 1 : -errno;
}

int links_drop(const struct links *links, const char *scope, const char *type)
{
    static const char *const none[LINK_COUNT] = {NULL, NULL, NULL};
    int above AUTO_FD = fs_open_folder(links->live, scope);
    if (above == -ENOENT)
        return 0;
    int folder AUTO_FD = above < 0 ? above : fs_open_folder(above, type);
    int error = folder == -ENOENT || folder >= 0 ? 0 : folder;
    if (folder >= 0)
        error = put_all(folder, none, false);
    if (!error)
        error = drop_folder(above, type);
    if (error >= 0 && links->sync_each && fsync(error ? folder : above) != 0)
        error = -errno;
    if (error >= 0)
        error = drop_folder(links->live, scope);
    return error < 0 ? error : 0;
}

int links_fail(const struct links *links, const char *scope, const char *type, int error)
{
    char path[512];
    snprintf(path, sizeof(path), "live/%s/%s", scope, type);
    if (error != -EISDIR)
        return folder_error(links->folder, links->problems, error, "set the links", path);
    problems_add(links->problems, PROBLEM_UNSAFE_STORE, NOWHERE,
                 "%s/%s: a folder stands in the place of a link", links->folder->path, path);
    return -1;
}

/* Whoever it belongs to may set its links. */
static bool folder_is_right(const struct links_view *view, const char *path, struct stat *ret)
{
    return fs_stat(view->live, path, ret) && S_ISDIR(ret->st_mode) &&
           damage_rights(view->folder, ret, LIVE_MODE, false) == 0;
}

static bool scope_is_right(struct links_view *view, const char *scope)
{
    struct stat status;
    if (!view->scope || strcmp(view->scope, scope) != 0) {
        view->scope = scope;
        view->scope_is_right = folder_is_right(view, scope, &status);
    }
    return view->scope_is_right;
}

/* Room for the path of a slot's folder, and of a link in it. */
enum { FOLDER_SIZE = 512, LINK_ROOM = 16 };

/* False where it would be too long. */
static bool folder_path(const struct slot *slot, char ret[static FOLDER_SIZE])
{
    int length = snprintf(ret, FOLDER_SIZE, "%s/%s", slot->scope, slot->type);
    return length >= 0 && length < FOLDER_SIZE - LINK_ROOM;
}

static bool is_link(int directory, const char *path)
{
    struct stat status;
    return fs_stat(directory, path, &status) && S_ISLNK(status.st_mode);
}

/* Each as it is wanted, and none that a run that was killed left beside it. */
static bool links_are_right(int live, char path[static FOLDER_SIZE],
                            const char *const fingerprints[static LINK_COUNT])
{
    size_t length = strlen(path);
    path[length] = '/';
    for (enum link link = 0; link < LINK_COUNT; link++) {
        memcpy(path + length + 1, names[link], strlen(names[link]) + 1);
        if (!link_is(live, path, fingerprints[link]))
            return false;
        memcpy(path + length + 1, temporary[link], strlen(temporary[link]) + 1);
        if (is_link(live, path))
            return false;
    }
    return true;
}

bool links_damaged(struct links_view *view, const struct slot *slot, const struct file_stamp *stamp)
{
    const char *fingerprints[LINK_COUNT];
    char path[FOLDER_SIZE];
    struct stat status;
    wanted(slot, fingerprints);
    if (!folder_path(slot, path))
        return true;
    if (links_count(slot) > 0) {
        if (!scope_is_right(view, slot->scope) || !folder_is_right(view, path, &status))
            return true;
        struct file_stamp now = object_stamp(&status);
        if (stamp && file_stamp_equal(&now, stamp))
            return false;
    }
    return !links_are_right(view->live, path, fingerprints);
}

/* True with *ret where the slot's links are right, and any change from now on will show in it: now
 * is by the same clock. */
static bool take_stamp(struct links_view *view, const struct slot *slot,
                       const struct file_stamp *now, struct file_stamp *ret)
{
    char path[FOLDER_SIZE];
    struct stat status;
    if (links_count(slot) == 0 || !folder_path(slot, path) || !fs_stat(view->live, path, &status))
        return false;
    struct file_stamp stamp = object_stamp(&status);
    if (stamp.changed >= now->changed || stamp.modified >= now->changed ||
        links_damaged(view, slot, NULL))
        return false;
    *ret = stamp;
    return true;
}

/* What the file system's clock shows, by a file that is changed now. */
static bool ask_clock(const struct index *index, struct file_stamp *ret)
{
    struct stat status;
    if (futimens(index->file, NULL) != 0 || fstat(index->file, &status) != 0)
        return false;
    *ret = object_stamp(&status);
    return true;
}

struct look {
    const struct folder *folder;
    int live;
    struct file_stamp now;
    const struct slot *slots;
    struct file_stamp *stamps; /* of slots */
    bool *right;               /* is its stamp to be remembered? */
    size_t count;
    links_beside *beside;
    void *context;
    int result; /* of beside */
};

static void look_at_some(void *context, size_t worker, size_t part)
{
    struct look *look = context;
    struct links_view view = {.folder = look->folder, .live = look->live};
    (void)worker;
    if (part == 0) {
        look->result = look->beside(look->context);
        return;
    }
    for (size_t i = (part - 1) * SLOTS_AT_ONCE; i < part * SLOTS_AT_ONCE && i < look->count; i++)
        look->right[i] = take_stamp(&view, &look->slots[i], &look->now, &look->stamps[i]);
}

/* 0 also where nothing is to be looked at. */
static int prepare_look(struct index *index, struct arena *scratch, struct look *look)
{
    if (look->live < 0 || !ask_clock(index, &look->now))
        return 0;
    if (index_unstamped(index, scratch, &look->slots, &look->count) != 0)
        return -1;
    look->stamps = arena_alloc(scratch, look->count, sizeof(*look->stamps));
    look->right = arena_alloc(scratch, look->count, sizeof(*look->right));
    return look->stamps && look->right ? 0 : folder_out_of_memory(index->problems);
}

int links_remember(struct index *index, links_beside *beside, void *context)
{
    struct arena *scratch AUTO_ARENA = arena_new();
    int live AUTO_FD = fs_open_folder(index->folder->fd, "live");
    struct look look = {
        .folder = index->folder, .live = live, .beside = beside, .context = context};
    if (!scratch)
        return folder_out_of_memory(index->problems);
    if (prepare_look(index, scratch, &look) != 0)
        return -1;
    size_t parts = (look.count + SLOTS_AT_ONCE - 1) / SLOTS_AT_ONCE;
    pool_run(parts > 1 ? index->folder->jobs : 1, 1 + parts, look_at_some, &look);
    for (size_t i = 0; look.result == 0 && i < look.count; i++)
        if (look.right[i] &&
            index_run(index, INDEX_STAMP_SLOT, "ttb", look.slots[i].scope, look.slots[i].type,
                      &look.stamps[i], (int)sizeof(look.stamps[i])) != 0)
            return -1;
    return look.result == 0 ? 0 : -1;
}
