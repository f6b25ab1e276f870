#include "base/monotonic.h"
#include "store/copy.h"
#include "store/folder.h"
#include "store/fs.h"

#include <time.h>

enum { PAUSE = 20 /* ms */ };

/* What tells whether somebody writes. */
struct moment {
    bool held;
    char holder[FOLDER_HOLDER_SIZE];
    bool found;
    struct stat index;
};

static struct moment look_at(const struct folder *folder)
{
    struct moment moment = {.held = false};
    moment.held = folder_is_held(folder, moment.holder);
    moment.found = fs_stat(folder->fd, COPY_CURRENT, &moment.index);
    return moment;
}

/* Nobody held the store at either, and the index is the same file. */
static bool is_quiet(const struct moment *before, const struct moment *after)
{
    return !before->held && !after->held && before->found == after->found &&
           (!before->found || (before->index.st_dev == after->index.st_dev &&
                               before->index.st_ino == after->index.st_ino));
}

static void wait_until_free(const struct folder *folder, int64_t until)
{
    char holder[FOLDER_HOLDER_SIZE];
    do
        nanosleep(&(struct timespec){.tv_nsec = PAUSE * 1000000L}, NULL);
    while (folder_is_held(folder, holder) && monotonic_now() < until);
}

static void say_restless(const struct folder *folder, const struct moment *last,
                         struct problems *problems)
{
    problems_add(problems, PROBLEM_STORE_LOCKED, NOWHERE,
                 "%s: %s changes it, so what differs may be what it is about to do; waited %d "
                 "second%s in vain",
                 folder->path, last->held ? last->holder : "another process", folder->patience,
                 folder->patience == 1 ? "" : "s")
        ->advice = "Verify again when it is done, or raise --lock-timeout.";
}

/* A run that is at work, or was while the files were looked at, is no damage: what differs is told
 * only of a look during which nobody wrote. */
int folder_verify_steadily(struct store *store, struct problems *problems,
                           struct store_figures *ret)
{
    const struct folder *folder = folder_of(store);
    int64_t until = monotonic_now() + (int64_t)folder->patience * 1000;
    for (;;) {
        struct problems found;
        problems_init(&found, problems->arena);
        struct moment before = look_at(folder);
        int result = folder_verify(store, &found, ret);
        struct moment after = look_at(folder);
        bool sure = (result == 0 && found.count == 0) || is_quiet(&before, &after);
        if (!sure && monotonic_now() < until) {
            wait_until_free(folder, until);
            continue;
        }
        problems_append(problems, &found);
        if (!sure)
            say_restless(folder, &after, problems);
        return result;
    }
}
