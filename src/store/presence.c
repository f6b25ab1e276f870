#include "store/fs.h"
#include "store/index.h"
#include "store/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int visit_any(void *context, int directory, const char *name)
{
    (void)context;
    (void)directory;
    (void)name;
    return 1;
}

static int visit_fingerprint(void *context, int directory, const char *name)
{
    (void)context;
    (void)directory;
    return name_is_fingerprint(name);
}

static bool holds(const struct folder *folder, const char *part, fs_visit *visit)
{
    int fd AUTO_FD = fs_open_folder(folder->fd, part);
    return fd >= 0 && fs_walk(fd, visit, NULL) == 1;
}

/* By another run, now, or by one that was killed: it puts its objects into place before the first
 * index. */
static bool is_being_made(const struct folder *folder)
{
    struct stat status;
    return folder->lock.fd < 0 && fs_stat(folder->fd, "lock", &status) && status.st_size > 0;
}

int folder_presence(struct store *store, struct problems *problems)
{
    const struct folder *folder = folder_of(store);
    struct index index AUTO_INDEX = INDEX_INIT;
    int64_t generation = 0;
    if (folder->fd < 0)
        return STORE_IS_NOT_THERE;
    /* Before the index: links come after it. */
    bool links = holds(folder, "live", visit_any);
    bool objects = holds(folder, "objects", visit_fingerprint) && !is_being_made(folder);
    int found = index_read(folder, problems, &index);
    if (found < 0 || (found == 0 && index_number(&index, INDEX_GENERATION, &generation) != 0))
        return -1;
    /* Behind a first run that was killed, one that failed leaves an index beside the objects. */
    if (generation == 0 && (links || (objects && found != 0)))
        return STORE_IS_LOST;
    return found == 0 ? STORE_IS_THERE : STORE_IS_EMPTY;
}

/* The slots of live/ that a list of changes leaves without a current certificate. */
struct orphans {
    const struct slot **kept; /* that it gives one, sorted */
    size_t kept_count;
    const char *scope; /* while its folder is walked */
    char first[512];
    size_t count;
};

static int compare_slots(const void *left, const void *right)
{
    const struct slot *a = *(const struct slot *const *)left;
    const struct slot *b = *(const struct slot *const *)right;
    int order = strcmp(a->scope, b->scope);
    return order ? order : strcmp(a->type, b->type);
}

static int visit_slot(void *context, int directory, const char *name)
{
    struct orphans *orphans = context;
    const struct slot slot = {.scope = orphans->scope, .type = name}, *wanted = &slot;
    struct stat status;
    int folder AUTO_FD = fs_open_folder(directory, name);
    if (folder < 0 || !fs_stat(folder, "current", &status) ||
        (orphans->kept_count && bsearch(&wanted, orphans->kept, orphans->kept_count,
                                        sizeof(*orphans->kept), compare_slots)))
        return 0;
    if (orphans->count++ == 0)
        snprintf(orphans->first, sizeof(orphans->first), "live/%s/%s", orphans->scope, name);
    return 0;
}

static int visit_scope(void *context, int directory, const char *name)
{
    struct orphans *orphans = context;
    int folder AUTO_FD = fs_open_folder(directory, name);
    orphans->scope = name;
    return folder < 0 ? 0 : fs_walk(folder, visit_slot, orphans);
}

static void find_kept(struct orphans *orphans, const struct change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (changes[i].kind == CHANGE_PUT_SLOT && changes[i].slot->current.fingerprint)
            orphans->kept[orphans->kept_count++] = changes[i].slot;
    if (orphans->kept_count)
        qsort(orphans->kept, orphans->kept_count, sizeof(*orphans->kept), compare_slots);
}

int folder_keeps_all(struct store *store, const struct change *changes, size_t count,
                     struct problems *problems)
{
    const struct folder *folder = folder_of(store);
    struct orphans orphans = {.kept = calloc(count + 1, sizeof(*orphans.kept))};
    const struct slot **kept AUTO_FREE = orphans.kept;
    int live AUTO_FD = fs_open_folder(folder->fd, "live");
    char more[64] = "";
    if (!kept)
        return folder_out_of_memory(problems);
    find_kept(&orphans, changes, count);
    int error = live < 0 ? 0 : fs_walk(live, visit_scope, &orphans);
    if (error)
        return folder_error(folder, problems, error, "read it", "live");
    if (orphans.count == 0)
        return 0;
    if (orphans.count > 1)
        snprintf(more, sizeof(more), " and %zu more", orphans.count - 1);
    problems_add(problems, PROBLEM_STORE_DAMAGED, NOWHERE,
                 "%s: the index is lost, and this run would leave %s%s without a certificate",
                 folder->path, orphans.first, more)
        ->advice = "Make it anew with certroll verify --rebuild, or bring back a copy of index.db "
                   "that is no older than the last change; or apply all manifests in one run, and "
                   "remove from live/ what is not to be served any more.";
    return -1;
}
