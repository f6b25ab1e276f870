#include "store/folder.h"

#include "base/file.h"
#include "base/processors.h"
#include "store/fs.h"
#include "store/index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void folder_close(struct store *store)
{
    struct folder *folder = folder_of(store);
    folder_unlock_outbox(store);
    folder_unlock(store);
    index_look_away(folder);
    if (folder->fd >= 0)
        close(folder->fd);
    free(folder->path);
    free(folder);
}

static const struct store_engine folder_engine = {
    .close = folder_close,
    .lock = folder_lock,
    .unlock = folder_unlock,
    .lock_outbox = folder_lock_outbox,
    .snapshot = folder_snapshot,
    .presence = folder_presence,
    .keeps_all = folder_keeps_all,
    .later = folder_later,
    .count_from = folder_count_from,
    .is_still = folder_is_still,
    .commit = folder_commit,
    .tidy = folder_put_right,
    .put_run = folder_put_run,
    .runs = folder_runs,
    .interrupted = folder_interrupted,
    .outbox = folder_outbox,
    .outbox_put = folder_outbox_put,
    .outbox_failed = folder_outbox_failed,
    .outbox_done = folder_outbox_done,
    .outbox_drop = folder_outbox_drop,
    .outbox_trim = folder_outbox_trim,
    .report = folder_report,
    .verify = folder_verify_steadily,
    .examine = folder_examine,
    .survey = folder_survey,
    .relic = folder_relic,
    .rebuild = folder_rebuild,
};

int folder_error(const struct folder *folder, struct problems *problems, int error,
                 const char *doing, const char *name)
{
    bool planted = error == -ELOOP || error == -ENOTDIR;
    char buffer[128];
    const char *why =
        planted ? "something else stands in its place" : strerror_r(-error, buffer, sizeof(buffer));
    problems_add(problems, planted ? PROBLEM_UNSAFE_STORE : PROBLEM_STORE_FAILED, NOWHERE,
                 "%s%s%s: cannot %s: %s", folder->path, name[0] ? "/" : "", name, doing, why);
    return -1;
}

int folder_error_in(const struct folder *folder, struct problems *problems, int error,
                    const char *doing, const char *part, const char *name)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", part, name);
    return folder_error(folder, problems, error, doing, path);
}

int folder_out_of_memory(struct problems *problems)
{
    problems_add(problems, PROBLEM_OUT_OF_MEMORY, NOWHERE, "out of memory");
    return -1;
}

/* Who else may write into the folder may put anything there, so that nothing in it can be
 * trusted. */
static int check_safety(struct folder *folder, struct problems *problems)
{
    struct stat status;
    if (fstat(folder->fd, &status) != 0)
        return folder_error(folder, problems, -errno, "read its status", "");
    folder->owner = status.st_uid;
    if (status.st_uid != geteuid() && status.st_uid != 0) {
        problems_add(problems, PROBLEM_UNSAFE_STORE, NOWHERE,
                     "%s: the store's folder belongs to another user (uid %lu)", folder->path,
                     (unsigned long)status.st_uid)
            ->advice = "Run certroll as the user that it belongs to, or name another store with "
                       "--store.";
        return -1;
    }
    if (status.st_mode & (S_IWGRP | S_IWOTH)) {
        problems_add(problems, PROBLEM_UNSAFE_STORE, NOWHERE,
                     "%s: others may write into the store's folder (mode %04o)", folder->path,
                     (unsigned)(status.st_mode & 07777))
            ->advice = "Take the right to write from others (chmod go-w), and look at what they "
                       "may have put there.";
        return -1;
    }
    return 0;
}

/* 0, also where there is no folder. */
static int open_existing(struct folder *folder, struct problems *problems)
{
    folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd >= 0)
        return check_safety(folder, problems);
    return errno == ENOENT ? 0 : folder_error(folder, problems, -errno, "open the store", "");
}

int folder_open(const struct store_options *options, struct problems *problems, struct store **ret)
{
    struct folder *folder = calloc(1, sizeof(*folder));
    if (!folder)
        return folder_out_of_memory(problems);
    folder->base.engine = &folder_engine;
    folder->fd = folder->lock.fd = folder->outbox_lock.fd = -1;
    folder->writable = options->writable;
    folder->patience = options->patience;
    folder->read_all = options->read_all;
    folder->jobs = options->jobs ? options->jobs : processors_count();
    folder->service_group =
        options->service_group == (gid_t)-1 ? getegid() : options->service_group;
    folder->path = strdup(options->location);
    int result = folder->path ? open_existing(folder, problems) : folder_out_of_memory(problems);
    if (result == 0)
        *ret = &folder->base;
    else
        folder_close(&folder->base);
    return result;
}

/* The folders above the store. *ret_denied: why one could not be made that may yet be there. */
static int make_parents(const struct folder *folder, struct problems *problems, int *ret_denied)
{
    char *path AUTO_FREE = strdup(folder->path);
    if (!path)
        return folder_out_of_memory(problems);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0755) != 0 && errno != EEXIST && !*ret_denied) {
            if (errno != EROFS && errno != EACCES)
                return folder_error(folder, problems, -errno, "make the folders above it", "");
            *ret_denied = -errno;
        }
        *slash = '/';
    }
    return 0;
}

/* With its mode from the beginning, whatever the umask: what a run that is killed right after it
 * leaves, nobody would widen. One thread makes a store. 0, or a negative errno value. */
static int make_whole(const char *path)
{
    mode_t mask = umask(0);
    int error = mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST ? 0 : -errno;
    umask(mask);
    return error;
}

int folder_make(struct folder *folder, struct problems *problems)
{
    if (folder->fd >= 0)
        return 0;
    int denied = 0;
    if (make_parents(folder, problems, &denied) != 0)
        return -1;
    int error = make_whole(folder->path);
    if (error)
        return folder_error(folder, problems, error == -ENOENT && denied ? denied : error,
                            "make the store", "");
    if (open_existing(folder, problems) != 0)
        return -1;
    if (folder->fd < 0)
        return folder_error(folder, problems, -ENOENT, "open the store", "");
    return 0;
}

int folder_make_part(const struct folder *folder, const char *name, mode_t mode,
                     struct problems *problems)
{
    int fd = fs_make_folder(folder->fd, name, mode, NULL);
    return fd >= 0 ? fd : folder_error(folder, problems, fd, "make the folder", name);
}
