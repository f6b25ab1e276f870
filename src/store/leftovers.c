#include "store/leftovers.h"

#include "base/arena.h"
#include "store/copy.h"
#include "store/fs.h"
#include "store/links.h"
#include "store/names.h"
#include "store/objects.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct search {
    struct index *index;
    const struct snapshot *known; /* or NULL: then these */
    struct index_names objects;
    struct index_names types; /* of the scope */
    struct arena *scratch;
    leftovers_found *found;
    void *context;
    bool deep;
    const char *scope; /* while its folder is walked */
    char above[512];
};

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length > tail && strcmp(name + length - tail, end) == 0;
}

static int compare_name(const void *name, const void *item)
{
    return strcmp(name, *(const char *const *)item);
}

static bool is_among(const struct index_names *names, const char *name)
{
    return names->count > 0 &&
           bsearch(name, names->items, names->count, sizeof(*names->items), compare_name);
}

static bool knows_object(const struct search *search, const char *name)
{
    if (search->known)
        return snapshot_certificate(search->known, name) != NULL;
    return is_among(&search->objects, name);
}

static bool knows_slot(const struct search *search, const char *name)
{
    if (search->known)
        return snapshot_slot(search->known, search->scope, name) != NULL;
    return is_among(&search->types, name);
}

static int visit_object(void *context, int directory, const char *name)
{
    struct search *search = context;
    enum leftover kind = LEFTOVER_FOREIGN;
    if (strncmp(name, OBJECTS_TEMPORARY, sizeof(OBJECTS_TEMPORARY) - 1) == 0) {
        kind = LEFTOVER_TEMPORARY;
    } else if (name_is_fingerprint(name)) {
        if (knows_object(search, name))
            return 0;
        kind = LEFTOVER_OBJECT;
    }
    return search->found(search->context, kind, directory, search->above, name);
}

static int visit_link(void *context, int directory, const char *name)
{
    struct search *search = context;
    bool temporary = name[0] == '.' && ends_with(name, ".new");
    if (strcmp(name, "current") == 0 || strcmp(name, "next") == 0 || strcmp(name, "previous") == 0)
        return 0;
    return search->found(search->context, temporary ? LEFTOVER_TEMPORARY : LEFTOVER_FOREIGN,
                         directory, search->above, name);
}

static bool is_folder(int directory, const char *name)
{
    struct stat status;
    return fs_stat(directory, name, &status) && S_ISDIR(status.st_mode);
}

/* Walks a folder inside directory, with its name added to above. */
static int descend(struct search *search, int directory, const char *name, fs_visit *visit)
{
    size_t length = strlen(search->above);
    int fd AUTO_FD = fs_open_folder(directory, name);
    if (fd < 0)
        return folder_error_in(search->index->folder, search->index->problems, fd, "read it",
                               search->above[0] ? search->above : ".", name);
    snprintf(search->above + length, sizeof(search->above) - length, "%s%s", length ? "/" : "",
             name);
    int result = fs_walk(fd, visit, search);
    search->above[length] = '\0';
    return result;
}

static int visit_slot(void *context, int directory, const char *name)
{
    struct search *search = context;
    bool known = name_is_plain(name) && knows_slot(search, name);
    if (known && !search->deep)
        return 0;
    if (!name_is_plain(name) || !is_folder(directory, name))
        return search->found(search->context, LEFTOVER_FOREIGN, directory, search->above, name);
    if (!known)
        return search->found(search->context, LEFTOVER_SLOT, directory, search->above, name);
    return descend(search, directory, name, visit_link);
}

static int visit_scope(void *context, int directory, const char *name)
{
    struct search *search = context;
    if (!name_is_plain(name) || !is_folder(directory, name))
        return search->found(search->context, LEFTOVER_FOREIGN, directory, search->above, name);
    search->scope = name;
    if (!search->known &&
        index_names(search->index, INDEX_SLOT_NAMES, name, search->scratch, &search->types) != 0)
        return -1;
    return descend(search, directory, name, visit_slot);
}

static int visit_report(void *context, int directory, const char *name)
{
    struct search *search = context;
    enum leftover kind = LEFTOVER_FOREIGN;
    bool text = ends_with(name, ".json");
    char id[256];
    if (ends_with(name, ".tmp")) {
        kind = LEFTOVER_TEMPORARY;
    } else if ((text || ends_with(name, ".html")) && strlen(name) < sizeof(id)) {
        snprintf(id, sizeof(id), "%.*s", (int)(strlen(name) - strlen(".json")), name);
        int known = index_has(search->index, text ? INDEX_HAS_RUN : INDEX_HAS_REPORT, "t", id);
        if (known != 0)
            return known < 0 ? -1 : 0;
        kind = LEFTOVER_REPORT;
    }
    return search->found(search->context, kind, directory, search->above, name);
}

static int find_below(struct search *search, const char *part, fs_visit *visit)
{
    struct index *index = search->index;
    struct stat status;
    size_t told = index->problems->errors;
    if (!fs_stat(index->folder->fd, part, &status))
        return 0;
    int result = descend(search, index->folder->fd, part, visit);
    if (result < 0 && index->problems->errors == told) /* an errno: that of EPERM is -1, too */
        return folder_error(index->folder, index->problems, result, "read it", part);
    return result;
}

int leftovers_find(struct index *index, const struct snapshot *known, bool deep,
                   leftovers_found *found, void *context)
{
    struct arena *scratch AUTO_ARENA = arena_new();
    struct search search = {.index = index,
                            .known = known,
                            .scratch = scratch,
                            .found = found,
                            .context = context,
                            .deep = deep};
    if (!scratch)
        return folder_out_of_memory(index->problems);
    if (!known && index_names(index, INDEX_CERTIFICATE_NAMES, NULL, scratch, &search.objects) != 0)
        return -1;
    int result = find_below(&search, "live", visit_scope);
    if (result == 0)
        result = find_below(&search, "objects", visit_object);
    return result == 0 ? find_below(&search, "reports", visit_report) : result;
}

/* A slot's folder, whose links are all that may be removed. */
static int sweep_slot(struct index *index, const char *above, const char *name)
{
    int live AUTO_FD = fs_open_folder(index->folder->fd, "live");
    struct links links = {index->folder, index->problems, live, false};
    const char *scope = strrchr(above, '/');
    int error = scope ? links_drop(&links, scope + 1, name) : 0;
    return error ? links_fail(&links, scope + 1, name, error) : 0;
}

struct sweep {
    struct index *index;
    bool open; /* links are gone, or the index is there, but not durably so */
};

/* What a link shows goes when the link is gone for good; what an index names, when no index that
 * names it can come back. */
static int settle(struct sweep *sweep)
{
    const struct folder *folder = sweep->index->folder;
    if (sweep->open && syncfs(folder->fd) != 0)
        return folder_error(folder, sweep->index->problems, -errno, "sync", "");
    sweep->open = false;
    return 0;
}

static int sweep_one(void *context, enum leftover kind, int directory, const char *above,
                     const char *name)
{
    struct sweep *sweep = context;
    struct index *index = sweep->index;
    if (kind == LEFTOVER_FOREIGN)
        return 0;
    if (kind == LEFTOVER_SLOT) {
        sweep->open = true;
        return sweep_slot(index, above, name);
    }
    if (kind != LEFTOVER_TEMPORARY && settle(sweep) != 0)
        return -1;
    int error = fs_remove(directory, name);
    return error ? folder_error_in(index->folder, index->problems, error, "remove", above, name)
                 : 0;
}

static int sweep_all(struct index *index, bool durable)
{
    struct sweep sweep = {index, !durable};
    return leftovers_find(index, NULL, false, sweep_one, &sweep);
}

int leftovers_sweep_reports(struct index *index, bool durable)
{
    struct sweep sweep = {index, !durable};
    struct search search = {.index = index, .found = sweep_one, .context = &sweep};
    return find_below(&search, "reports", visit_report);
}

int leftovers_settle(struct index *index)
{
    const struct folder *folder = index->folder;
    int found = index_has(index, INDEX_INTERRUPTED_RUNS, "t", "");
    if (found == 1 && syncfs(folder->fd) != 0)
        return folder_error(folder, index->problems, -errno, "sync", "");
    return found < 0 ? -1 : 0;
}

int leftovers_tidy(struct folder *folder, bool interrupted, struct problems *problems)
{
    struct index index AUTO_INDEX = INDEX_INIT;
    if (copy_clear(folder, problems) != 0)
        return -1;
    int found = index_read(folder, problems, &index);
    if (found != 0)
        return found < 0 ? -1 : 0;
    if (interrupted && leftovers_settle(&index) != 0)
        return -1;
    return sweep_all(&index, !interrupted);
}
