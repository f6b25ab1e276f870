#include "store/copy.h"
#include "store/damage.h"
#include "store/fs.h"
#include "store/links.h"
#include "store/names.h"
#include "store/recall.h"
#include "store/relics.h"
#include "store/runs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 640, KEY_MOST = 1024 * 1024 };

/* Names, the arena's, while they are found. */
struct names {
    const char **items;
    size_t count, capacity;
};

struct survey {
    const struct folder *folder;
    struct arena *arena;
    struct problems *problems;
    struct names objects, strays, runs;
    struct slot *slots;
    size_t slot_count, slot_capacity;
    const char *scope; /* while its folder is walked */
    const char *type;  /* while its links are read */
};

static int add_name(struct survey *survey, struct names *names, const char *name)
{
    if (arena_grow(survey->arena, &names->items, names->count, &names->capacity,
                   sizeof(*names->items)) != 0)
        return folder_out_of_memory(survey->problems);
    const char *copy = arena_strdup(survey->arena, name);
    if (!copy)
        return folder_out_of_memory(survey->problems);
    names->items[names->count++] = copy;
    return 0;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void sort_names(struct names *names)
{
    if (names->count)
        qsort(names->items, names->count, sizeof(*names->items), compare_names);
}

static int visit_object(void *context, int directory, const char *name)
{
    struct survey *survey = context;
    (void)directory;
    return name_is_fingerprint(name) ? add_name(survey, &survey->objects, name) : 0;
}

static int add_stray(void *context, const char *name)
{
    struct survey *survey = context;
    char path[PATH_SIZE];
    snprintf(path, sizeof(path), "live/%s/%s/%s", survey->scope, survey->type, name);
    return add_name(survey, &survey->strays, path);
}

/* What certroll did not put there is passed over; of what cannot be read just now nobody knows. */
static bool is_no_folder(int error)
{
    return error == -ENOENT || error == -ENOTDIR || error == -ELOOP;
}

static int visit_slot(void *context, int directory, const char *name)
{
    struct survey *survey = context;
    struct slot slot = {.scope = survey->scope, .owner = OWNER_UNKNOWN};
    int folder AUTO_FD = name_is_plain(name) ? fs_open_folder(directory, name) : -ENOENT;
    if (folder < 0)
        return is_no_folder(folder) ? 0 : folder;
    survey->type = slot.type = arena_strdup(survey->arena, name);
    int error = slot.type ? links_read(folder, survey->arena, &slot, add_stray, survey) : -ENOMEM;
    if (error && error != -ENOMEM)
        return error;
    if (error || arena_grow(survey->arena, &survey->slots, survey->slot_count,
                            &survey->slot_capacity, sizeof(*survey->slots)) != 0)
        return folder_out_of_memory(survey->problems);
    if (links_count(&slot) > 0)
        survey->slots[survey->slot_count++] = slot;
    return 0;
}

static int visit_scope(void *context, int directory, const char *name)
{
    struct survey *survey = context;
    int folder AUTO_FD = name_is_plain(name) ? fs_open_folder(directory, name) : -ENOENT;
    if (folder < 0)
        return is_no_folder(folder) ? 0 : folder;
    survey->scope = arena_strdup(survey->arena, name);
    return survey->scope ? fs_walk(folder, visit_slot, survey)
                         : folder_out_of_memory(survey->problems);
}

/* <run id>.json and .html: each id once. */
static int visit_report(void *context, int directory, const char *name)
{
    struct survey *survey = context;
    const char *end = strrchr(name, '.');
    char id[256];
    (void)directory;
    if (!end || (strcmp(end, ".json") != 0 && strcmp(end, ".html") != 0) ||
        snprintf(id, sizeof(id), "%.*s", (int)(end - name), name) >= (int)sizeof(id) ||
        !name_is_plain(id))
        return 0;
    return add_name(survey, &survey->runs, id);
}

/* A folder that is not there has nothing in it; of one that cannot be read nobody knows. */
static int walk_part(struct survey *survey, const char *part, fs_visit *visit)
{
    int folder AUTO_FD = fs_open_folder(survey->folder->fd, part);
    int result = folder == -ENOENT ? 0 : folder < 0 ? folder : fs_walk(folder, visit, survey);
    if (result == 0 || survey->problems->errors > 0)
        return result == 0 ? 0 : -1;
    return folder_error(survey->folder, survey->problems, result, "read it", part);
}

static int compare_slots(const void *left, const void *right)
{
    const struct slot *a = left, *b = right;
    int order = strcmp(a->scope, b->scope);
    return order ? order : strcmp(a->type, b->type);
}

static void put_in_order(struct survey *survey)
{
    struct names *runs = &survey->runs;
    size_t unique = 0;
    sort_names(&survey->objects);
    sort_names(runs);
    for (size_t i = 0; i < runs->count; i++)
        if (i == 0 || strcmp(runs->items[i], runs->items[unique - 1]) != 0)
            runs->items[unique++] = runs->items[i];
    runs->count = unique;
    if (survey->slot_count)
        qsort(survey->slots, survey->slot_count, sizeof(*survey->slots), compare_slots);
}

static int recall_all(struct survey *survey, struct relics *ret)
{
    static const char *const names[] = {
        [RECALLED_PRESENT] = COPY_CURRENT, [RECALLED_BEFORE] = COPY_SPARE};
    struct stat status;
    ret->damaged = fs_stat(survey->folder->fd, COPY_CURRENT, &status);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (recall_index(survey->folder, names[i], survey->arena, survey->problems,
                         &ret->recalled[i]) != 0)
            return -1;
    return 0;
}

static int read_runs(const struct survey *survey, struct problems *problems, struct relics *ret)
{
    int reports AUTO_FD = fs_open_folder(survey->folder->fd, "reports");
    ret->runs = arena_alloc(survey->arena, survey->runs.count, sizeof(*ret->runs));
    ret->run_count = survey->runs.count;
    for (size_t i = 0; ret->runs && i < ret->run_count; i++) {
        ret->runs[i].id = survey->runs.items[i];
        if (runs_read_text(reports, ret->runs[i].id, survey->arena, &ret->runs[i].json) != 0)
            return folder_out_of_memory(problems);
    }
    return ret->runs ? 0 : folder_out_of_memory(problems);
}

static bool is_free(const struct folder *folder, const char *name)
{
    char index[96];
    struct stat status;
    snprintf(index, sizeof(index), COPY_CURRENT ".%s", name);
    return !fs_stat(folder->fd, name, &status) && !fs_stat(folder->fd, index, &status);
}

/* By the time, and by a number where that second has one. NULL when memory is out. */
static const char *name_aside(const struct folder *folder, instant at, struct arena *arena)
{
    char date[INSTANT_TEXT_SIZE], name[64];
    instant_format(at, date);
    int length = snprintf(name, sizeof(name), "damaged-%.4s%.2s%.2sT%.2s%.2s%.2sZ", date, date + 5,
                          date + 8, date + 11, date + 14, date + 17);
    for (unsigned number = 2; !is_free(folder, name); number++)
        snprintf(name + length, sizeof(name) - (size_t)length, "-%u", number);
    return arena_strdup(arena, name);
}

int folder_survey(struct store *store, instant at, struct arena *arena, struct problems *problems,
                  struct relics *ret)
{
    const struct folder *folder = folder_of(store);
    struct problems own;
    problems_init(&own, arena);
    struct survey survey = {.folder = folder, .arena = arena, .problems = &own};
    struct relics relics = {.damaged = false};
    int result = folder_need_lock(folder, &own);
    if (result == 0 &&
        (walk_part(&survey, "objects", visit_object) != 0 ||
         walk_part(&survey, "live", visit_scope) != 0 ||
         walk_part(&survey, "reports", visit_report) != 0 || recall_all(&survey, &relics) != 0))
        result = -1;
    problems_append(problems, &own);
    if (result != 0)
        return -1;
    put_in_order(&survey);
    relics.objects = survey.objects.items;
    relics.object_count = survey.objects.count;
    relics.slots = survey.slots;
    relics.slot_count = survey.slot_count;
    relics.strays = survey.strays.items;
    relics.stray_count = survey.strays.count;
    if (read_runs(&survey, problems, &relics) != 0)
        return -1;
    relics.aside = name_aside(folder, at, arena);
    if (!relics.aside)
        return folder_out_of_memory(problems);
    *ret = relics;
    return 0;
}

/* Whatever stands there instead of a file is not read. */
static bool is_no_file(int error)
{
    return error == -ENOENT || error == -ELOOP || error == -ENOTDIR || error == -EINVAL ||
           error == -EFBIG;
}

int folder_relic(struct store *store, const char *fingerprint, struct problems *problems,
                 struct relic *ret)
{
    const struct folder *folder = folder_of(store);
    struct relic relic AUTO_RELIC = {.readable_by_service = false};
    struct stat status;
    int objects AUTO_FD = fs_open_folder(folder->fd, "objects");
    int object AUTO_FD = objects < 0 ? -ENOENT : fs_open_folder(objects, fingerprint);
    for (enum object_file file = 0; file < OBJECT_FILES; file++) {
        size_t most = file == OBJECT_KEY ? KEY_MOST : FILE_SOURCE_MOST;
        int error = object < 0 ? object
                               : fs_read(object, object_file_names[file], most, &relic.files[file]);
        if (error && !is_no_file(error))
            return folder_error_in(folder, problems, error, "read it", "objects", fingerprint);
    }
    relic.readable_by_service = relic.files[OBJECT_KEY] &&
                                fs_stat(object, object_file_names[OBJECT_KEY], &status) &&
                                (status.st_mode & 07777) == SHARED_KEY_MODE;
    *ret = relic;
    relic = (struct relic){.readable_by_service = false};
    return 0;
}

void relic_done(struct relic *relic)
{
    for (enum object_file file = 0; file < OBJECT_FILES; file++)
        secret_free(relic->files[file]);
    *relic = (struct relic){.readable_by_service = false};
}
