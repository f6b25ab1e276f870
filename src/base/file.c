#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

/* Opened without waiting for a writer at the other end of a FIFO, and held against what it is. */
static int open_regular(int directory, const char *path, size_t most, struct stat *ret_status)
{
    int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    struct stat status;
    int error = 0;
    if (fstat(fd, &status) != 0)
        error = -errno;
    else if (S_ISDIR(status.st_mode))
        error = -EISDIR;
    else if (!S_ISREG(status.st_mode))
        error = -EINVAL;
    else if ((uintmax_t)status.st_size > most)
        error = -EFBIG;
    if (error) {
        close(fd);
        return error;
    }
    *ret_status = status;
    return fd;
}

ssize_t file_read_full(int fd, void *bytes, size_t size)
{
    size_t filled = 0;
    while (filled < size) {
        ssize_t count = read(fd, (unsigned char *)bytes + filled, size - filled);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        if (count == 0)
            break;
        filled += (size_t)count;
    }
    return (ssize_t)filled;
}

int file_read_mode(int directory, const char *path, size_t most, mode_t *ret_mode,
                   struct secret **ret_file)
{
    struct stat status;
    int fd AUTO_FD = open_regular(directory, path, most, &status);
    if (fd < 0)
        return fd;
    size_t size = (size_t)status.st_size;
    struct secret *file AUTO_SECRET = secret_new(size + 1);
    if (!file)
        return -ENOMEM;
    ssize_t count = file_read_full(fd, secret_bytes(file), size + 1);
    if (count < 0)
        return (int)count;
    if ((size_t)count > size)
        return -EAGAIN; /* it grew while it was read */
    secret_cut(file, (size_t)count);
    *ret_mode = status.st_mode;
    *ret_file = file;
    file = NULL;
    return 0;
}

int file_read(int directory, const char *path, size_t most, struct secret **ret_file)
{
    mode_t mode;
    return file_read_mode(directory, path, most, &mode, ret_file);
}

int file_write_all(int fd, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    while (size > 0) {
        ssize_t count = write(fd, at, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        at += count;
        size -= (size_t)count;
    }
    return 0;
}

int file_sync_directory(int directory)
{
    int fd AUTO_FD = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return -errno;
    return 0;
}

/* The directory that holds path, so that a new name in it can be made durable. */
static int sync_parent(int directory, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return file_sync_directory(directory);
    char *parent AUTO_FREE = strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (!parent)
        return -ENOMEM;
    int fd AUTO_FD = openat(directory, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return -errno;
    return 0;
}

static int fill(int fd, file_writer *write, const void *context, mode_t mode)
{
    int error = write(context, fd);
    if (!error && (fchmod(fd, mode) != 0 || fsync(fd) != 0))
        error = -errno;
    return error;
}

/* Nobody else's, and still under this name. */
static bool is_own(int fd, int directory, const char *name)
{
    struct stat held, named;
    return fstat(fd, &held) == 0 && fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(held.st_mode) && held.st_nlink == 1 && held.st_uid == geteuid() &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/* The name is always the same, so that what a process left that was killed goes with the next. Who
 * writes the file holds its lock. A descriptor, or -1 where it cannot be had. */
static int open_usual(int directory, const char *name)
{
    int fd AUTO_FD = openat(
        directory, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0 || !is_own(fd, directory, name) ||
        ftruncate(fd, 0) != 0)
        return -1;
    int taken = fd;
    fd = -1;
    return taken;
}

/* A descriptor and the name, which is the caller's to free; or a negative errno value. */
static int open_temporary(int directory, const char *path, char **ret_name)
{
    uint64_t random;
    if (asprintf(ret_name, "%s.certroll.tmp", path) < 0) {
        *ret_name = NULL;
        return -ENOMEM;
    }
    int fd = open_usual(directory, *ret_name);
    if (fd >= 0)
        return fd;
    free(*ret_name);
    *ret_name = NULL;
    if (getrandom(&random, sizeof(random), 0) != sizeof(random))
        return -EIO;
    if (asprintf(ret_name, "%s.%016llx.tmp", path, (unsigned long long)random) < 0) {
        *ret_name = NULL;
        return -ENOMEM;
    }
    fd = openat(directory, *ret_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd < 0 ? -errno : fd;
}

/* A device or a FIFO must not become a file, as /dev/null would for root. (Of a folder, rename(2)
 * says better why not.) */
static bool may_replace(int directory, const char *path)
{
    struct stat status;
    return fstatat(directory, path, &status, 0) != 0 || S_ISREG(status.st_mode) ||
           S_ISDIR(status.st_mode);
}

int file_replace_by(int directory, const char *path, file_writer *write, const void *context,
                    mode_t mode)
{
    char *temporary AUTO_FREE = NULL;
    if (!may_replace(directory, path))
        return -EINVAL;
    int fd AUTO_FD = open_temporary(directory, path, &temporary);
    if (fd < 0)
        return fd;
    int error = fill(fd, write, context, mode);
    if (!error && renameat(directory, temporary, directory, path) != 0)
        error = -errno;
    if (error) {
        unlinkat(directory, temporary, 0);
        return error;
    }
    return sync_parent(directory, path);
}

struct content {
    const void *bytes;
    size_t size;
};

static int write_content(const void *context, int fd)
{
    const struct content *content = context;
    return file_write_all(fd, content->bytes, content->size);
}

int file_replace(int directory, const char *path, const void *bytes, size_t size, mode_t mode)
{
    const struct content content = {bytes, size};
    return file_replace_by(directory, path, write_content, &content, mode);
}

const char *file_error(int error, char *buffer, size_t size)
{
    switch (-error) {
    case EINVAL:
        return "not a regular file";
    case EFBIG:
        return "larger than any file of its kind should be";
    case ELOOP:
        return "a symbolic link stands in the way";
    case EAGAIN:
        return "it changed while it was read";
    default:
        return strerror_r(-error, buffer, size);
    }
}
