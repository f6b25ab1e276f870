#include "failing_calls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_size_t calls;
static size_t failing_number; /* 0: none is ahead */
static int failing_error;
static const char *failing_names;

bool failing_calls_set(size_t number, int error, const char *names)
{
    bool failed = failing_number > 0 && calls >= failing_number;
    failing_number = number;
    failing_error = error;
    failing_names = names;
    calls = 0;
    return failed;
}

size_t failing_calls_count(void)
{
    return calls;
}

static bool fails(const char *name)
{
    char listed[32];
    snprintf(listed, sizeof(listed), " %s ", name);
    if (failing_names && !strstr(failing_names, listed))
        return false;
    if (atomic_fetch_add(&calls, 1) + 1 != failing_number)
        return false;
    errno = failing_error;
    return true;
}

#define FAILING(type, failure, name, parameters, arguments)                                        \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return fails(#name) ? (failure) : __real_##name arguments;                                 \
    }

FAILING(int, -1, fstat, (int fd, struct stat *status), (fd, status))
FAILING(int, -1, fstatat, (int fd, const char *path, struct stat *status, int flags),
        (fd, path, status, flags))
FAILING(int, -1, mkdir, (const char *path, mode_t mode), (path, mode))
FAILING(int, -1, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode))
FAILING(int, -1, renameat, (int from, const char *path, int to, const char *name),
        (from, path, to, name))
FAILING(int, -1, renameat2, (int from, const char *path, int to, const char *name, unsigned flags),
        (from, path, to, name, flags))
FAILING(int, -1, linkat, (int from, const char *path, int to, const char *name, int flags),
        (from, path, to, name, flags))
FAILING(int, -1, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
FAILING(int, -1, symlinkat, (const char *target, int fd, const char *path), (target, fd, path))
FAILING(ssize_t, -1, readlinkat, (int fd, const char *path, char *buffer, size_t size),
        (fd, path, buffer, size))
FAILING(int, -1, fchmod, (int fd, mode_t mode), (fd, mode))
FAILING(int, -1, fchown, (int fd, uid_t owner, gid_t group), (fd, owner, group))
FAILING(int, -1, futimens, (int fd, const struct timespec times[2]), (fd, times))
FAILING(int, -1, fsync, (int fd), (fd))
FAILING(int, -1, syncfs, (int fd), (fd))
FAILING(int, -1, ftruncate, (int fd, off_t size), (fd, size))
FAILING(int, -1, flock, (int fd, int operation), (fd, operation))
FAILING(ssize_t, -1, read, (int fd, void *bytes, size_t size), (fd, bytes, size))
FAILING(ssize_t, -1, write, (int fd, const void *bytes, size_t size), (fd, bytes, size))
FAILING(ssize_t, -1, pread, (int fd, void *bytes, size_t size, off_t at), (fd, bytes, size, at))
FAILING(ssize_t, -1, pwrite, (int fd, const void *bytes, size_t size, off_t at),
        (fd, bytes, size, at))
FAILING(ssize_t, -1, copy_file_range,
        (int from, off_t *at, int to, off_t *where, size_t size, unsigned flags),
        (from, at, to, where, size, flags))
FAILING(ssize_t, -1, getrandom, (void *bytes, size_t size, unsigned flags), (bytes, size, flags))
FAILING(DIR *, NULL, fdopendir, (int fd), (fd))
FAILING(struct dirent *, NULL, readdir, (DIR * stream), (stream))
FAILING(int, SQLITE_IOERR, sqlite3_step, (sqlite3_stmt * statement), (statement))
FAILING(int, SQLITE_IOERR, sqlite3_exec,
        (sqlite3 * db, const char *sql, sqlite3_callback callback, void *context, char **error),
        (db, sql, callback, context, error))
FAILING(int, SQLITE_IOERR, sqlite3_prepare_v3,
        (sqlite3 * db, const char *sql, int size, unsigned flags, sqlite3_stmt **statement,
         const char **end),
        (db, sql, size, flags, statement, end))

int __real_openat(int fd, const char *path, int flags, ...);
int __wrap_openat(int fd, const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);

int __wrap_openat(int fd, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails("openat") ? -1 : __real_openat(fd, path, flags, mode);
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails("open") ? -1 : __real_open(path, flags, mode);
}

int __wrap_fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return fails("fcntl") ? -1 : __real_fcntl(fd, command, argument);
}
