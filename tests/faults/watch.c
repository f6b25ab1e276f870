/*
 * watch: reads all pairs of a store all the time, as services would, until it is told to end.
 *
 *   watch FILE
 *
 * FILE says what there is to see, a line each, names without white space:
 *
 *   group GID                                    the service group
 *   pair FULLCHAIN KEY never|always|sometimes    files with the known bytes; is the key shared?
 *   slot FOLDER always|sometimes                 STORE/live/SCOPE/TYPE; has it a current one?
 *
 * It looks in three ways:
 *
 *   path     opens current/fullchain.pem and current/privkey.pem by path, one after the other. Both
 *            are there, whole, with the right rights. A hand-over in between is no fault where the
 *            link was replaced meanwhile: they are then of two certificates, and counted.
 *   folder   opens the folder behind current once, and both files in it: the key belongs to the
 *            certificate, without exception. Where the folder has been removed meanwhile, the look
 *            is counted and taken again, as a service would that found it empty.
 *   beside   previous and next, where they are there, resolve.
 *
 * Each violation is a line on standard output, with its time. On SIGTERM or SIGINT the figures
 * follow, as one line of JSON; the exit code is 1 where there was any violation.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    PAIRS_MOST = 256,
    SLOTS_MOST = 256,
    FILE_MOST = 16 * 1024,
    PATH_SIZE = 512,
    SHOWN_MOST = 200,
    TRIES = 20,
};

enum when { NEVER, ALWAYS, SOMETIMES };

struct file {
    char bytes[FILE_MOST];
    size_t size;
    struct stat status;
};

struct pair {
    struct file chain, key;
    enum when shared;
};

struct slot {
    char folder[PATH_SIZE];
    enum when served;
};

struct watch {
    struct pair *pairs;
    struct slot *slots;
    size_t pair_count, slot_count;
    gid_t group;
    struct file chain, key; /* what the present look has read */
    unsigned long long rounds, by_path, by_folder, beside, handed_over, folder_gone, absent;
    unsigned long long violations;
    long long longest; /* look by path, in nanoseconds */
};

static long long nanoseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

__attribute__((format(printf, 3, 4))) static void complain(struct watch *watch, const char *where,
                                                           const char *format, ...)
{
    if (watch->violations++ >= SHOWN_MOST)
        return;
    long long now = nanoseconds(CLOCK_REALTIME);
    va_list arguments;
    va_start(arguments, format);
    printf("%lld.%06lld %s: ", now / 1000000000, now % 1000000000 / 1000, where);
    vprintf(format, arguments);
    printf("\n");
    fflush(stdout);
    va_end(arguments);
}

/* 0, or an errno value. */
static int read_file(int directory, const char *path, struct file *ret)
{
    int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = fstat(fd, &ret->status) == 0 ? 0 : errno;
    for (ret->size = 0; !error && ret->size < FILE_MOST;) {
        ssize_t count = read(fd, ret->bytes + ret->size, FILE_MOST - ret->size);
        if (count == 0)
            break;
        if (count < 0)
            error = errno;
        else
            ret->size += (size_t)count;
    }
    close(fd);
    return error;
}

static bool same(const struct file *one, const struct file *other)
{
    return one->size == other->size && memcmp(one->bytes, other->bytes, one->size) == 0;
}

/* NULL where it is none that is known, whole. */
static const struct pair *find(const struct watch *watch, const struct file *file, bool key)
{
    for (size_t i = 0; i < watch->pair_count; i++)
        if (same(file, key ? &watch->pairs[i].key : &watch->pairs[i].chain))
            return &watch->pairs[i];
    return NULL;
}

/* Two looks at one link: has it been replaced in between? */
static bool replaced(const struct stat *before, const struct stat *after)
{
    return before->st_ino != after->st_ino || before->st_ctim.tv_sec != after->st_ctim.tv_sec ||
           before->st_ctim.tv_nsec != after->st_ctim.tv_nsec;
}

static void check_rights(struct watch *watch, const char *where, const struct pair *owner)
{
    unsigned chain = watch->chain.status.st_mode & 07777, key = watch->key.status.st_mode & 07777;
    bool shared = key == 0640 && watch->key.status.st_gid == watch->group;
    if (chain != 0644)
        complain(watch, where, "fullchain.pem has mode %04o", chain);
    if (key != 0600 && !shared)
        complain(watch, where, "privkey.pem has mode %04o and group %lu", key,
                 (unsigned long)watch->key.status.st_gid);
    else if (shared ? owner->shared == NEVER : owner->shared == ALWAYS)
        complain(watch, where, "privkey.pem has mode %04o, and that certificate's never has", key);
}

/* What was read, by either way. *ret_same: are both of one certificate? False where one of them is
 * nothing that is known. */
static bool check_pair(struct watch *watch, const char *where, bool *ret_same)
{
    const struct pair *chain = find(watch, &watch->chain, false);
    const struct pair *key = find(watch, &watch->key, true);
    if (!chain)
        complain(watch, where, "fullchain.pem is none that is known (%zu bytes)",
                 watch->chain.size);
    if (!key)
        complain(watch, where, "privkey.pem is none that is known (%zu bytes)", watch->key.size);
    if (!chain || !key)
        return false;
    *ret_same = same(&chain->key, &watch->key);
    check_rights(watch, where, *ret_same ? chain : key);
    return true;
}

/* A path that must resolve did not. */
static void miss(struct watch *watch, const struct slot *slot, const char *path, int error)
{
    if (slot->served == SOMETIMES && error == ENOENT)
        watch->absent++;
    else
        complain(watch, path, "%s", strerror(error));
}

static void look_by_path(struct watch *watch, const struct slot *slot)
{
    char link[PATH_SIZE + 16], chain[PATH_SIZE + 32], key[PATH_SIZE + 32];
    struct stat before, after;
    bool one = true;
    snprintf(link, sizeof(link), "%s/current", slot->folder);
    snprintf(chain, sizeof(chain), "%s/fullchain.pem", link);
    snprintf(key, sizeof(key), "%s/privkey.pem", link);
    long long start = nanoseconds(CLOCK_MONOTONIC);
    watch->by_path++;
    int error = lstat(link, &before) == 0 ? 0 : errno;
    if (error) {
        miss(watch, slot, link, error);
        return;
    }
    if ((error = read_file(AT_FDCWD, chain, &watch->chain)) != 0)
        miss(watch, slot, chain, error);
    else if ((error = read_file(AT_FDCWD, key, &watch->key)) != 0)
        miss(watch, slot, key, error);
    if (error)
        return;
    if (check_pair(watch, link, &one) && !one) {
        watch->handed_over++;
        if (lstat(link, &after) == 0 && !replaced(&before, &after))
            complain(watch, link, "the key does not belong to the certificate");
    }
    long long took = nanoseconds(CLOCK_MONOTONIC) - start;
    watch->longest = took > watch->longest ? took : watch->longest;
}

/* A file is missing in a folder that was opened: is the folder one that has been removed? What is
 * being removed may still stand for a moment. */
static bool is_removed(int folder, const char *link)
{
    struct stat opened, now;
    if (fstat(folder, &opened) != 0)
        return false;
    return opened.st_nlink == 0 || stat(link, &now) != 0 || now.st_ino != opened.st_ino ||
           now.st_dev != opened.st_dev;
}

/* 0 where the look is to be taken again. */
static int look_into(struct watch *watch, const char *link, int folder)
{
    bool one = true;
    int error = read_file(folder, "fullchain.pem", &watch->chain);
    if (!error)
        error = read_file(folder, "privkey.pem", &watch->key);
    if (error == ENOENT && is_removed(folder, link)) {
        watch->folder_gone++;
        return 0;
    }
    if (error)
        complain(watch, link, "in its folder: %s", strerror(error));
    else if (check_pair(watch, link, &one) && !one)
        complain(watch, link, "in one folder: the key does not belong to the certificate");
    return 1;
}

static void look_by_folder(struct watch *watch, const struct slot *slot)
{
    char link[PATH_SIZE + 16];
    int done = 0;
    snprintf(link, sizeof(link), "%s/current", slot->folder);
    for (int i = 0; i < TRIES && !done; i++) {
        int folder = open(link, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        watch->by_folder++;
        if (folder < 0) {
            miss(watch, slot, link, errno);
            return;
        }
        done = look_into(watch, link, folder);
        close(folder);
    }
    if (!done)
        complain(watch, link, "its folder was gone %d times in a row", TRIES);
}

/* Where the link is there before and after, and is the same one, what it shows is there too. */
static void look_beside(struct watch *watch, const struct slot *slot, const char *name)
{
    char link[PATH_SIZE + 16], chain[PATH_SIZE + 32];
    struct stat before, after;
    snprintf(link, sizeof(link), "%s/%s", slot->folder, name);
    snprintf(chain, sizeof(chain), "%s/fullchain.pem", link);
    watch->beside++;
    if (lstat(link, &before) != 0)
        return;
    int error = read_file(AT_FDCWD, chain, &watch->chain);
    if (!error && !find(watch, &watch->chain, false))
        complain(watch, link, "fullchain.pem is none that is known");
    else if (error && lstat(link, &after) == 0 && !replaced(&before, &after))
        complain(watch, link, "does not resolve: %s", strerror(error));
}

static bool told_to_end(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

static void look_at_all(struct watch *watch)
{
    while (!told_to_end()) {
        for (size_t i = 0; i < watch->slot_count; i++) {
            look_by_path(watch, &watch->slots[i]);
            look_by_folder(watch, &watch->slots[i]);
            look_beside(watch, &watch->slots[i], "previous");
            look_beside(watch, &watch->slots[i], "next");
        }
        watch->rounds++;
    }
}

static bool read_when(const char *word, enum when *ret)
{
    static const char *const words[] = {"never", "always", "sometimes"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(word, words[i]) == 0) {
            *ret = (enum when)i;
            return true;
        }
    return false;
}

static bool add_pair(struct watch *watch, const char *chain, const char *key, const char *shared)
{
    struct pair *pair = &watch->pairs[watch->pair_count];
    return watch->pair_count++ < PAIRS_MOST && read_file(AT_FDCWD, chain, &pair->chain) == 0 &&
           read_file(AT_FDCWD, key, &pair->key) == 0 && read_when(shared, &pair->shared);
}

static bool add_slot(struct watch *watch, const char *folder, const char *served)
{
    struct slot *slot = &watch->slots[watch->slot_count];
    if (watch->slot_count++ >= SLOTS_MOST)
        return false;
    snprintf(slot->folder, sizeof(slot->folder), "%s", folder);
    return read_when(served, &slot->served);
}

static bool read_line(struct watch *watch, const char *line)
{
    char first[PATH_SIZE], second[PATH_SIZE], when[16];
    if (sscanf(line, "pair %511s %511s %15s", first, second, when) == 3)
        return add_pair(watch, first, second, when);
    if (sscanf(line, "slot %511s %15s", first, when) == 2)
        return add_slot(watch, first, when);
    if (strncmp(line, "group ", strlen("group ")) != 0)
        return false;
    watch->group = (gid_t)strtoul(line + strlen("group "), NULL, 10);
    return true;
}

static int read_task(struct watch *watch, const char *path)
{
    char line[2 * PATH_SIZE + 32];
    FILE *file = fopen(path, "re");
    int result = file ? 0 : -1;
    while (file && result == 0 && fgets(line, sizeof(line), file))
        result = read_line(watch, line) ? 0 : -1;
    if (file)
        fclose(file);
    return result;
}

static void say_figures(const struct watch *watch, long long took)
{
    printf("{\"seconds\": %.1f, \"rounds\": %llu, \"by_path\": %llu, \"by_folder\": %llu, "
           "\"beside\": %llu, \"handed_over\": %llu, \"folder_gone\": %llu, \"absent\": %llu, "
           "\"longest_us\": %lld, \"violations\": %llu}\n",
           (double)took / 1e9, watch->rounds, watch->by_path, watch->by_folder, watch->beside,
           watch->handed_over, watch->folder_gone, watch->absent, watch->longest / 1000,
           watch->violations);
}

int main(int argc, char **argv)
{
    struct watch watch = {.pairs = calloc(PAIRS_MOST, sizeof(*watch.pairs)),
                          .slots = calloc(SLOTS_MOST, sizeof(*watch.slots))};
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    if (argc != 2 || !watch.pairs || !watch.slots || sigprocmask(SIG_BLOCK, &ends, NULL) != 0 ||
        prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || read_task(&watch, argv[1]) != 0) {
        fprintf(stderr, "watch: it takes a file that says what to look at\n");
        return 2;
    }
    long long start = nanoseconds(CLOCK_MONOTONIC);
    look_at_all(&watch);
    say_figures(&watch, nanoseconds(CLOCK_MONOTONIC) - start);
    free(watch.pairs);
    free(watch.slots);
    return watch.violations > 0;
}
