#include "base/file.h"
#include "base/monotonic.h"
#include "store/folder.h"
#include "store/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

enum {
    PURPOSE_MOST = FOLDER_HOLDER_SIZE - 1,
    FIRST_PAUSE = 20,
    LONGEST_PAUSE = 200 /* ms */,
    TRIES = 100
};

/* Polls, because a wait inside flock() cannot be bounded without a signal. 0, or a negative errno
 * value. */
static int wait_for(int fd, int64_t until)
{
    for (int64_t pause = FIRST_PAUSE;;
         pause = pause * 2 < LONGEST_PAUSE ? pause * 2 : LONGEST_PAUSE) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return 0;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return -errno;
        int64_t left = until - monotonic_now();
        if (left <= 0)
            return -EWOULDBLOCK;
        pause = pause < left ? pause : left;
        nanosleep(&(struct timespec){.tv_nsec = (long)pause * 1000000}, NULL);
    }
}

/* Who holds it marks the file once it names him: what a process that was killed has left there
 * names nobody. */
static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

static bool is_marked(int fd)
{
    struct flock found = whole_file();
    return fcntl(fd, F_OFD_GETLK, &found) == 0 && found.l_type != F_UNLCK;
}

static void read_holder(int fd, char ret[static FOLDER_HOLDER_SIZE])
{
    ssize_t length = is_marked(fd) ? pread(fd, ret, PURPOSE_MOST, 0) : 0;
    ret[length > 0 ? length : 0] = '\0';
    ret[strcspn(ret, "\n")] = '\0';
    if (!ret[0])
        snprintf(ret, PURPOSE_MOST, "another process");
}

static int say_locked(const struct folder *folder, const char *holder, int timeout,
                      struct problems *problems)
{
    problems_add(problems, PROBLEM_STORE_LOCKED, NOWHERE,
                 "%s: held by %s; waited %d second%s in vain", folder->path, holder, timeout,
                 timeout == 1 ? "" : "s");
    return -1;
}

/* For those who wait in vain. What cannot be written here must not stop a run. */
static void write_purpose(struct lock *lock, int fd, const char *purpose)
{
    struct stat status;
    struct flock mark = whole_file();
    if (fstat(fd, &status) == 0) {
        lock->times[0] = status.st_atim;
        lock->times[1] = status.st_mtim;
    }
    char line[PURPOSE_MOST];
    int length = snprintf(line, sizeof(line) - 1, "%s", purpose);
    length = length < (int)sizeof(line) - 1 ? length : (int)sizeof(line) - 2;
    line[length++] = '\n';
    if (ftruncate(fd, 0) == 0 && file_write_all(fd, line, (size_t)length) == 0)
        fcntl(fd, F_OFD_SETLK, &mark);
}

/* A descriptor of the file, or -1 with a problem. */
static int open_lock(const struct folder *folder, const char *name, struct problems *problems)
{
    struct stat status;
    int fd AUTO_FD =
        openat(folder->fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0)
        return folder_error(folder, problems, -errno, "open the lock", name);
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return folder_error(folder, problems, -ENOTDIR, "use the lock", name);
    if ((status.st_mode & 07777) != 0600 && fchmod(fd, 0600) != 0)
        return folder_error(folder, problems, -errno, "take the lock", name);
    int opened = fd;
    fd = -1;
    return opened;
}

/* False where somebody has removed or replaced the file since it was opened: what is locked is not
 * what others will lock. */
static bool is_named(const struct folder *folder, int fd, const char *name)
{
    struct stat held, now;
    return fstat(fd, &held) == 0 && fs_stat(folder->fd, name, &now) && held.st_dev == now.st_dev &&
           held.st_ino == now.st_ino;
}

/* A descriptor of the file, locked; or -1 with a problem. */
static int take_file(const struct folder *folder, const char *name, int timeout, int64_t until,
                     struct problems *problems)
{
    char holder[FOLDER_HOLDER_SIZE] = "another process";
    for (int i = 0; i < TRIES; i++) {
        int fd AUTO_FD = open_lock(folder, name, problems);
        if (fd < 0)
            return -1;
        int error = wait_for(fd, until);
        if (error == -EWOULDBLOCK) {
            read_holder(fd, holder);
            break;
        }
        if (error)
            return folder_error(folder, problems, error, "take the lock", name);
        if (is_named(folder, fd, name)) {
            int taken = fd;
            fd = -1;
            return taken;
        }
    }
    return say_locked(folder, holder, timeout, problems);
}

/* The store's folder itself is locked as well: it is still the same one where somebody has removed
 * the file while it was held. A file system that cannot do this has the file alone. */
static int guard(const struct folder *folder, int timeout, int64_t until, struct problems *problems)
{
    if (wait_for(folder->fd, until) != -EWOULDBLOCK)
        return 0;
    return say_locked(folder, "another process, whose lock file somebody has removed", timeout,
                      problems);
}

static int take(struct folder *folder, struct lock *lock, const char *name, bool guarded,
                int timeout, const char *purpose, struct problems *problems)
{
    int64_t until = monotonic_now() + (int64_t)timeout * 1000;
    if (!folder->writable) {
        problems_add(problems, PROBLEM_STORE_FAILED, NOWHERE,
                     "%s: the store was opened for reading only", folder->path);
        return -1;
    }
    if (lock->fd >= 0)
        return 0;
    if (folder_make(folder, problems) != 0)
        return -1;
    int fd AUTO_FD = take_file(folder, name, timeout, until, problems);
    if (fd < 0 || (guarded && guard(folder, timeout, until, problems) != 0))
        return -1;
    write_purpose(lock, fd, purpose);
    lock->fd = fd;
    fd = -1;
    return 0;
}

/* Leaves the file as it was found, so that a run that had nothing to do leaves no trace. */
static void give_back(struct lock *lock)
{
    if (lock->fd < 0)
        return;
    if (ftruncate(lock->fd, 0) == 0)
        futimens(lock->fd, lock->times);
    close(lock->fd);
    lock->fd = -1;
}

bool folder_is_held(const struct folder *folder, char ret_holder[static FOLDER_HOLDER_SIZE])
{
    if (folder->lock.fd >= 0)
        return false;
    int fd AUTO_FD =
        openat(folder->fd, "lock", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || !is_marked(fd))
        return false;
    read_holder(fd, ret_holder);
    return true;
}

int folder_lock(struct store *store, int timeout, const char *purpose, struct problems *problems)
{
    struct folder *folder = folder_of(store);
    return take(folder, &folder->lock, "lock", true, timeout, purpose, problems);
}

/* The file last: who has it need not wait for the folder. */
void folder_unlock(struct store *store)
{
    struct folder *folder = folder_of(store);
    if (folder->lock.fd >= 0)
        flock(folder->fd, LOCK_UN);
    give_back(&folder->lock);
}

int folder_lock_outbox(struct store *store, int timeout, const char *purpose,
                       struct problems *problems)
{
    struct folder *folder = folder_of(store);
    return take(folder, &folder->outbox_lock, "outbox.lock", false, timeout, purpose, problems);
}

void folder_unlock_outbox(struct store *store)
{
    give_back(&folder_of(store)->outbox_lock);
}

int folder_need_lock(const struct folder *folder, struct problems *problems)
{
    if (folder->lock.fd >= 0)
        return 0;
    problems_add(problems, PROBLEM_STORE_FAILED, NOWHERE, "%s: the store is not locked",
                 folder->path);
    return -1;
}
