#include "store/copy.h"

#include "base/file.h"
#include "store/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is written where one byte of it differs; and what is read at once. */
enum { PART = 4096, BLOCK = 16 * PART };

bool copy_is_left(const struct folder *folder)
{
    struct stat status;
    return fs_stat(folder->fd, COPY_NAME, &status);
}

/* A journal that stood beside the copy, SQLite would take for the copy's own and play it back. */
int copy_clear(const struct folder *folder, struct problems *problems)
{
    static const char *const names[] = {COPY_NAME, COPY_NAME "-journal", COPY_NAME "-wal",
                                        COPY_NAME "-shm"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int error = fs_remove(folder->fd, names[i]);
        if (error)
            return folder_error(folder, problems, error, "remove", names[i]);
    }
    return 0;
}

/* Only who has a file open alone is given a lease. Who opens it before the lease is given back
 * again makes a signal, by default one that ends the process. */
static bool is_open_once(int fd)
{
    bool once = fcntl(fd, F_SETSIG, SIGURG) == 0 && fcntl(fd, F_SETLEASE, F_WRLCK) == 0;
    return once && fcntl(fd, F_SETLEASE, F_UNLCK) == 0;
}

/* A descriptor, or -1 where there is no spare that could be changed. One that has another name too
 * is somebody's backup. */
static int open_spare(const struct folder *folder)
{
    struct stat status;
    int fd AUTO_FD =
        openat(folder->fd, COPY_SPARE, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1 ||
        status.st_uid != geteuid() || !is_open_once(fd))
        return -1;
    if ((status.st_mode & 07777) != 0600 && fchmod(fd, 0600) != 0)
        return -1;
    if (renameat(folder->fd, COPY_SPARE, folder->fd, COPY_NAME) != 0)
        return -1;
    int taken = fd;
    fd = -1;
    return taken;
}

static int write_at(int fd, const unsigned char *bytes, size_t size, off_t at)
{
    while (size > 0) {
        ssize_t count = pwrite(fd, bytes, size, at);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        bytes += count;
        size -= (size_t)count;
        at += count;
    }
    return 0;
}

/* One block of both: what differs is written, part by part. */
static int update_block(int to, const unsigned char *wanted, size_t size, off_t at)
{
    unsigned char found[BLOCK];
    ssize_t count = pread(to, found, size, at);
    if (count == (ssize_t)size && memcmp(found, wanted, size) == 0)
        return 0;
    for (size_t i = 0; i < size; i += PART) {
        size_t length = size - i < PART ? size - i : PART;
        bool same = count == (ssize_t)size && memcmp(found + i, wanted + i, length) == 0;
        int error = same ? 0 : write_at(to, wanted + i, length, at + (off_t)i);
        if (error)
            return error;
    }
    return 0;
}

/* Whatever the spare holds. */
static int update(int from, int to)
{
    unsigned char wanted[BLOCK];
    ssize_t size;
    off_t at = 0;
    while ((size = file_read_full(from, wanted, sizeof(wanted))) > 0) {
        int error = update_block(to, wanted, (size_t)size, at);
        if (error)
            return error;
        at += size;
    }
    if (size < 0)
        return (int)size;
    return ftruncate(to, at) == 0 ? 0 : -errno;
}

static int copy_bytes(int from, int to)
{
    char buffer[64 * 1024];
    for (;;) {
        ssize_t count = copy_file_range(from, NULL, to, NULL, INT_MAX, 0);
        if (count < 0)
            count = read(from, buffer, sizeof(buffer));
        else if (count > 0)
            continue;
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count == 0 ? 0 : -errno;
        int error = file_write_all(to, buffer, (size_t)count);
        if (error)
            return error;
    }
}

static int open_new(const struct folder *folder, struct problems *problems)
{
    int fd = openat(folder->fd, COPY_NAME, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && fchmod(fd, 0600) == 0)
        return fd;
    folder_error(folder, problems, -errno, "create", COPY_NAME);
    if (fd >= 0)
        close(fd);
    return -1;
}

int copy_open(const struct folder *folder, const char *name, struct problems *problems, int *ret)
{
    struct stat status;
    if (folder->fd < 0)
        return 1;
    int fd AUTO_FD =
        openat(folder->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 1;
    if (fd < 0 || fstat(fd, &status) != 0)
        return folder_error(folder, problems, -errno, "open", name);
    if (!S_ISREG(status.st_mode))
        return folder_error(folder, problems, -ENOTDIR, "open", name);
    *ret = fd;
    fd = -1;
    return 0;
}

int copy_open_current(const struct folder *folder, struct problems *problems, int *ret)
{
    return copy_open(folder, COPY_CURRENT, problems, ret);
}

/* 0, or -1 with a problem. */
static int fill(const struct folder *folder, struct problems *problems, int from, int *ret)
{
    int spare = open_spare(folder);
    int fd AUTO_FD = spare < 0 ? open_new(folder, problems) : spare;
    if (fd < 0)
        return -1;
    int error = spare < 0 ? copy_bytes(from, fd) : update(from, fd);
    if (error) {
        copy_drop(folder);
        return folder_error(folder, problems, error, "copy", COPY_CURRENT);
    }
    *ret = fd;
    fd = -1;
    return 0;
}

int copy_make(const struct folder *folder, struct problems *problems, int *ret)
{
    int from AUTO_FD = -1;
    int found = copy_open_current(folder, problems, &from);
    if (found < 0 || copy_clear(folder, problems) != 0)
        return -1;
    if (found == 0)
        return fill(folder, problems, from, ret);
    return copy_make_empty(folder, problems, ret) == 0 ? 1 : -1;
}

int copy_make_empty(const struct folder *folder, struct problems *problems, int *ret)
{
    int fd = copy_clear(folder, problems) == 0 ? open_new(folder, problems) : -1;
    if (fd < 0)
        return -1;
    *ret = fd;
    return 0;
}

/* The first of a store comes with the names of the folders that were made for it, be it by a run
 * that was killed. */
static int sync_copy(const struct folder *folder, int copy)
{
    struct stat status;
    return fs_stat(folder->fd, COPY_CURRENT, &status) ? fsync(copy) : syncfs(copy);
}

int copy_publish(const struct folder *folder, struct problems *problems, int copy)
{
    if (sync_copy(folder, copy) != 0)
        return folder_error(folder, problems, -errno, "replace", COPY_CURRENT);
    bool exchanged =
        renameat2(folder->fd, COPY_NAME, folder->fd, COPY_CURRENT, RENAME_EXCHANGE) == 0;
    if (!exchanged && renameat(folder->fd, COPY_NAME, folder->fd, COPY_CURRENT) != 0)
        return folder_error(folder, problems, -errno, "replace", COPY_CURRENT);
    /* The new index stands; a sync that fails now cannot take it back. But then the one before may
     * be the index again when power fails, and must not be changed. */
    int unsynced = file_sync_directory(folder->fd);
    if (unsynced)
        folder_error(folder, problems, unsynced, "sync", "");
    if (exchanged && (unsynced || renameat(folder->fd, COPY_NAME, folder->fd, COPY_SPARE) != 0))
        copy_drop(folder);
    return unsynced ? 1 : 0;
}

void copy_drop(const struct folder *folder)
{
    unlinkat(folder->fd, COPY_NAME, 0);
}
