#include "writing_calls.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static bool opens_to_write(unsigned long long flags)
{
    return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
}

static bool open_writes(const unsigned long long *arguments)
{
    return opens_to_write(arguments[1]);
}

static bool openat_writes(const unsigned long long *arguments)
{
    return opens_to_write(arguments[2]);
}

static bool fcntl_locks(const unsigned long long *arguments)
{
    static const int commands[] = {F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW, F_SETLEASE};
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if ((int)arguments[1] == commands[i])
            return true;
    return false;
}

static bool ioctl_clones(const unsigned long long *arguments)
{
    return arguments[1] == FICLONE || arguments[1] == FICLONERANGE;
}

static bool mmap_writes(const unsigned long long *arguments)
{
    unsigned long long kind = arguments[3] & MAP_TYPE;
    return (arguments[2] & PROT_WRITE) && !(arguments[3] & MAP_ANONYMOUS) &&
           (kind == MAP_SHARED || kind == MAP_SHARED_VALIDATE);
}

enum { NONE = NO_ARGUMENT };

/* What the columns are, writing_calls.h says: folder, path, other folder, other path, fd, count. */
static const struct writing_call calls[] = {
    {SYS_openat, "openat", 0, 1, NONE, NONE, NONE, NONE, openat_writes},
    {SYS_write, "write", NONE, NONE, NONE, NONE, 0, 2, NULL},
    {SYS_writev, "writev", NONE, NONE, NONE, NONE, 0, 2, NULL},
    {SYS_pwrite64, "pwrite64", NONE, NONE, NONE, NONE, 0, 2, NULL},
    {SYS_pwritev, "pwritev", NONE, NONE, NONE, NONE, 0, 2, NULL},
    {SYS_pwritev2, "pwritev2", NONE, NONE, NONE, NONE, 0, 2, NULL},
    {SYS_sendfile, "sendfile", NONE, NONE, NONE, NONE, 0, 3, NULL},
    {SYS_copy_file_range, "copy_file_range", NONE, NONE, NONE, NONE, 2, 4, NULL},
    {SYS_splice, "splice", NONE, NONE, NONE, NONE, 2, 4, NULL},
    {SYS_ioctl, "ioctl", NONE, NONE, NONE, NONE, 0, NONE, ioctl_clones},
    {SYS_ftruncate, "ftruncate", NONE, NONE, NONE, NONE, 0, NONE, NULL},
    {SYS_fallocate, "fallocate", NONE, NONE, NONE, NONE, 0, NONE, NULL},
    {SYS_mmap, "mmap", NONE, NONE, NONE, NONE, 4, NONE, mmap_writes},
    {SYS_msync, "msync", NONE, NONE, NONE, NONE, NONE, NONE, NULL},
    {SYS_fsync, "fsync", NONE, NONE, NONE, NONE, 0, NONE, NULL},
    {SYS_fdatasync, "fdatasync", NONE, NONE, NONE, NONE, 0, NONE, NULL},
    {SYS_syncfs, "syncfs", NONE, NONE, NONE, NONE, 0, NONE, NULL},
    {SYS_sync_file_range, "sync_file_range", NONE, NONE, NONE, NONE, 0, NONE, NULL},
    {SYS_mkdirat, "mkdirat", 0, 1, NONE, NONE, NONE, NONE, NULL},
    {SYS_mknodat, "mknodat", 0, 1, NONE, NONE, NONE, NONE, NULL},
    {SYS_unlinkat, "unlinkat", 0, 1, NONE, NONE, NONE, NONE, NULL},
    {SYS_renameat2, "renameat2", 0, 1, 2, 3, NONE, NONE, NULL},
    {SYS_linkat, "linkat", 0, 1, 2, 3, NONE, NONE, NULL},
    {SYS_symlinkat, "symlinkat", 1, 2, NONE, NONE, NONE, NONE, NULL},
    {SYS_fchmod, "fchmod", NONE, NONE, NONE, NONE, 0, NONE, NULL},
    {SYS_fchmodat, "fchmodat", 0, 1, NONE, NONE, NONE, NONE, NULL},
    {SYS_fchown, "fchown", NONE, NONE, NONE, NONE, 0, NONE, NULL},
    {SYS_fchownat, "fchownat", 0, 1, NONE, NONE, NONE, NONE, NULL},
    {SYS_utimensat, "utimensat", 0, 1, NONE, NONE, NONE, NONE, NULL},
    {SYS_setxattr, "setxattr", NONE, 0, NONE, NONE, NONE, NONE, NULL},
    {SYS_lsetxattr, "lsetxattr", NONE, 0, NONE, NONE, NONE, NONE, NULL},
    {SYS_fsetxattr, "fsetxattr", NONE, NONE, NONE, NONE, 0, NONE, NULL},
    {SYS_removexattr, "removexattr", NONE, 0, NONE, NONE, NONE, NONE, NULL},
    {SYS_lremovexattr, "lremovexattr", NONE, 0, NONE, NONE, NONE, NONE, NULL},
    {SYS_fremovexattr, "fremovexattr", NONE, NONE, NONE, NONE, 0, NONE, NULL},
    {SYS_flock, "flock", NONE, NONE, NONE, NONE, 0, NONE, NULL},
    {SYS_fcntl, "fcntl", NONE, NONE, NONE, NONE, 0, NONE, fcntl_locks},
    {SYS_sendto, "sendto", NONE, NONE, NONE, NONE, 0, 2, NULL},
    {SYS_sendmsg, "sendmsg", NONE, NONE, NONE, NONE, 0, NONE, NULL},
    {SYS_sendmmsg, "sendmmsg", NONE, NONE, NONE, NONE, 0, NONE, NULL},
    {SYS_truncate, "truncate", NONE, 0, NONE, NONE, NONE, NONE, NULL},
#ifdef SYS_renameat
    {SYS_renameat, "renameat", 0, 1, 2, 3, NONE, NONE, NULL},
#endif
#ifdef SYS_open /* older architectures have those without a folder too */
    {SYS_open, "open", NONE, 0, NONE, NONE, NONE, NONE, open_writes},
    {SYS_creat, "creat", NONE, 0, NONE, NONE, NONE, NONE, NULL},
    {SYS_mkdir, "mkdir", NONE, 0, NONE, NONE, NONE, NONE, NULL},
    {SYS_mknod, "mknod", NONE, 0, NONE, NONE, NONE, NONE, NULL},
    {SYS_rmdir, "rmdir", NONE, 0, NONE, NONE, NONE, NONE, NULL},
    {SYS_unlink, "unlink", NONE, 0, NONE, NONE, NONE, NONE, NULL},
    {SYS_rename, "rename", NONE, 0, NONE, 1, NONE, NONE, NULL},
    {SYS_link, "link", NONE, 0, NONE, 1, NONE, NONE, NULL},
    {SYS_symlink, "symlink", NONE, 1, NONE, NONE, NONE, NONE, NULL},
    {SYS_chmod, "chmod", NONE, 0, NONE, NONE, NONE, NONE, NULL},
    {SYS_chown, "chown", NONE, 0, NONE, NONE, NONE, NONE, NULL},
    {SYS_lchown, "lchown", NONE, 0, NONE, NONE, NONE, NONE, NULL},
    {SYS_utime, "utime", NONE, 0, NONE, NONE, NONE, NONE, NULL},
    {SYS_utimes, "utimes", NONE, 0, NONE, NONE, NONE, NONE, NULL},
#endif
};

const struct writing_call *writing_call_at(size_t i)
{
    return i < sizeof(calls) / sizeof(*calls) ? &calls[i] : NULL;
}

const struct writing_call *writing_call_find(long number)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
        if (calls[i].number == number)
            return &calls[i];
    return NULL;
}
