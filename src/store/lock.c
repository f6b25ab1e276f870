#include "base/file.h"
#include "base/monotonic.h"
#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

enum { PURPOSE_MOST = 256, FIRST_PAUSE = 20, LONGEST_PAUSE = 200 /* ms */ };

/* Polls, because a wait inside flock() cannot be bounded without a signal. 0, or a negative errno
 * value. */
static int wait_for(int fd, int timeout)
{
    int64_t until = monotonic_now() + (int64_t)timeout * 1000;
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

static int say_locked(const struct folder *folder, int fd, int timeout, struct problems *problems)
{
    char holder[PURPOSE_MOST + 1];
    ssize_t length = pread(fd, holder, PURPOSE_MOST, 0);
    holder[length > 0 ? length : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    problems_add(problems, PROBLEM_STORE_LOCKED, NOWHERE,
                 "%s: held by %s; waited %d second%s in vain", folder->path,
                 holder[0] ? holder : "another process", timeout, timeout == 1 ? "" : "s");
    return -1;
}

/* For those who wait in vain. What cannot be written here must not stop a run. */
static void write_purpose(struct lock *lock, int fd, const char *purpose)
{
    struct stat status;
    if (fstat(fd, &status) == 0) {
        lock->times[0] = status.st_atim;
        lock->times[1] = status.st_mtim;
    }
    char line[PURPOSE_MOST];
    int length = snprintf(line, sizeof(line) - 1, "%s", purpose);
    length = length < (int)sizeof(line) - 1 ? length : (int)sizeof(line) - 2;
    line[length++] = '\n';
    if (ftruncate(fd, 0) == 0)
        file_write_all(fd, line, (size_t)length);
}

static int take(struct folder *folder, struct lock *lock, const char *name, int timeout,
                const char *purpose, struct problems *problems)
{
    if (!folder->writable) {
        problems_add(problems, PROBLEM_STORE_FAILED, NOWHERE,
                     "%s: the store was opened for reading only", folder->path);
        return -1;
    }
    if (lock->fd >= 0)
        return 0;
    if (folder_make(folder, problems) != 0)
        return -1;
    int fd AUTO_FD =
        openat(folder->fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0)
        return folder_error(folder, problems, -errno, "open the lock", name);
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return folder_error(folder, problems, -ENOTDIR, "use the lock", name);
    int error = wait_for(fd, timeout);
    if (error == -EWOULDBLOCK)
        return say_locked(folder, fd, timeout, problems);
    if (!error && (status.st_mode & 07777) != 0600 && fchmod(fd, 0600) != 0)
        error = -errno;
    if (error)
        return folder_error(folder, problems, error, "take the lock", name);
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

int folder_lock(struct store *store, int timeout, const char *purpose, struct problems *problems)
{
    struct folder *folder = folder_of(store);
    return take(folder, &folder->lock, "lock", timeout, purpose, problems);
}

void folder_unlock(struct store *store)
{
    give_back(&folder_of(store)->lock);
}

int folder_lock_outbox(struct store *store, int timeout, const char *purpose,
                       struct problems *problems)
{
    struct folder *folder = folder_of(store);
    return take(folder, &folder->outbox_lock, "outbox.lock", timeout, purpose, problems);
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
