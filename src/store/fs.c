#include "store/fs.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>

enum { LEVELS_MOST = 8 }; /* of folders that are removed with what is in them */

int fs_open_folder(int directory, const char *name)
{
    int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int fs_make_folder(int directory, const char *name, mode_t mode, bool *ret_made)
{
    bool made = mkdirat(directory, name, mode) == 0;
    if (!made && errno != EEXIST)
        return -errno;
    int fd = fs_open_folder(directory, name);
    if (fd < 0)
        return fd;
    struct stat status;
    int error = 0;
    if (fstat(fd, &status) != 0)
        error = -errno;
    else if (status.st_uid != geteuid() && status.st_uid != 0)
        error = -EPERM;
    else if ((status.st_mode & 07777) != mode && fchmod(fd, mode) != 0)
        error = -errno;
    if (!error && ret_made)
        *ret_made = made;
    if (!error)
        return fd;
    close(fd);
    return error;
}

static int read_all(int fd, size_t size, struct secret **ret)
{
    struct secret *file AUTO_SECRET = secret_new(size);
    if (!file)
        return -ENOMEM;
    ssize_t filled = file_read_full(fd, secret_bytes(file), size);
    if (filled < 0)
        return (int)filled;
    secret_cut(file, (size_t)filled);
    *ret = file;
    file = NULL;
    return 0;
}

int fs_read(int directory, const char *name, size_t most, struct secret **ret)
{
    int fd AUTO_FD =
        openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return -EINVAL;
    if ((uintmax_t)status.st_size > most)
        return -EFBIG;
    return read_all(fd, (size_t)status.st_size, ret);
}

int fs_walk(int directory, fs_visit *visit, void *context)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (!stream) {
        int error = -errno;
        if (fd >= 0)
            close(fd);
        return error;
    }
    int result = 0;
    while (result == 0) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (!entry) {
            result = -errno;
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = visit(context, directory, entry->d_name);
    }
    closedir(stream);
    return result;
}

static int remove_tree(int directory, const char *name, int levels);

static int remove_one(void *context, int directory, const char *name)
{
    const int *levels = context;
    return remove_tree(directory, name, *levels);
}

/* Somebody may have put folders where certroll only has files: they go as well, or what they stand
 * in would never go. */
static int remove_tree(int directory, const char *name, int levels)
{
    if (unlinkat(directory, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -errno;
    if (levels-- == 0)
        return -ENOTEMPTY;
    int fd AUTO_FD = fs_open_folder(directory, name);
    if (fd < 0)
        return fd;
    int error = fs_walk(fd, remove_one, &levels);
    if (!error && unlinkat(directory, name, AT_REMOVEDIR) != 0)
        error = -errno;
    return error;
}

int fs_remove(int directory, const char *name)
{
    return remove_tree(directory, name, LEVELS_MOST);
}

bool fs_stat(int directory, const char *name, struct stat *ret)
{
    return fstatat(directory, name, ret, AT_SYMLINK_NOFOLLOW) == 0;
}
