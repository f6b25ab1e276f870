#include "store/copy.h"
#include "store/fs.h"
#include "store/links.h"
#include "store/names.h"
#include "store/runs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A link that leads to an object. */
struct led {
    const char *path;
    const char *fingerprint;
};

struct search {
    struct index *index; /* NULL: there is none */
    struct problems *problems;
    struct arena *arena;
    struct run_record *runs; /* that the index does not know */
    size_t run_count, run_capacity;
    struct led *led; /* to objects that it does not know */
    size_t led_count, led_capacity;
    int objects;
    const char *scope; /* while its folder is walked */
};

/* 1 where the index has the run, 0 where not, -1 with a problem. */
static int knows_run(struct index *index, const char *id)
{
    return index ? index_has(index, INDEX_HAS_RUN, "t", id) : 0;
}

/* Likewise of an object that it has, or has let go. Before version 4 nobody knows the latter. */
static int knows_object(struct index *index, const char *fingerprint)
{
    if (!index || index->version < 4)
        return 1;
    return index_has(index, INDEX_HAD_CERTIFICATE, "x", fingerprint);
}

static int visit_text(void *context, int reports, const char *name)
{
    struct search *search = context;
    const char *end = strrchr(name, '.');
    char id[256];
    if (!end || strcmp(end, ".json") != 0 ||
        snprintf(id, sizeof(id), "%.*s", (int)(end - name), name) >= (int)sizeof(id) ||
        !name_is_plain(id))
        return 0;
    int known = knows_run(search->index, id);
    if (known != 0)
        return known < 0 ? -1 : 0;
    struct run_record run = {.id = arena_strdup(search->arena, id)};
    if (!run.id || runs_read_text(reports, id, search->arena, &run.json) != 0 ||
        arena_grow(search->arena, &search->runs, search->run_count, &search->run_capacity,
                   sizeof(*search->runs)) != 0)
        return folder_out_of_memory(search->problems);
    if (run.json)
        search->runs[search->run_count++] = run;
    return 0;
}

/* What certroll did not put there, or has just removed, is passed over. */
static bool is_no_folder(int error)
{
    return error == -ENOENT || error == -ENOTDIR || error == -ELOOP;
}

static int visit_claim(struct search *search, const char *type, const char *link,
                       const struct claim *claim)
{
    struct stat status;
    const char *fingerprint = claim->fingerprint;
    int known = fingerprint ? knows_object(search->index, fingerprint) : 1;
    if (known != 0)
        return known < 0 ? -1 : 0;
    if (!fs_stat(search->objects, fingerprint, &status) || !S_ISDIR(status.st_mode))
        return 0;
    const char *path = arena_printf(search->arena, "live/%s/%s/%s", search->scope, type, link);
    if (!path || arena_grow(search->arena, &search->led, search->led_count, &search->led_capacity,
                            sizeof(*search->led)) != 0)
        return folder_out_of_memory(search->problems);
    search->led[search->led_count++] = (struct led){path, fingerprint};
    return 0;
}

static int pass_over(void *context, const char *name)
{
    (void)context;
    (void)name;
    return 0;
}

static int visit_type(void *context, int scope, const char *name)
{
    struct search *search = context;
    struct slot slot = {.next_count = 0};
    int folder AUTO_FD = name_is_plain(name) ? fs_open_folder(scope, name) : -ENOENT;
    if (folder < 0)
        return is_no_folder(folder) ? 0 : folder;
    int error = links_read(folder, search->arena, &slot, pass_over, NULL);
    if (error)
        return error == -ENOMEM ? folder_out_of_memory(search->problems) : error;
    if (visit_claim(search, name, "current", &slot.current) != 0 ||
        visit_claim(search, name, "previous", &slot.previous) != 0)
        return -1;
    return slot.next_count ? visit_claim(search, name, "next", &slot.next[0]) : 0;
}

static int visit_scope(void *context, int live, const char *name)
{
    struct search *search = context;
    int folder AUTO_FD = name_is_plain(name) ? fs_open_folder(live, name) : -ENOENT;
    if (folder < 0)
        return is_no_folder(folder) ? 0 : folder;
    search->scope = name;
    return fs_walk(folder, visit_type, search);
}

/* A part that is not there has nothing in it; of one that cannot be read nobody knows. */
static int walk_part(const struct folder *folder, struct search *search, const char *part,
                     fs_visit *visit)
{
    size_t errors = search->problems->errors;
    int fd AUTO_FD = fs_open_folder(folder->fd, part);
    int error = fd == -ENOENT ? 0 : fd < 0 ? fd : fs_walk(fd, visit, search);
    if (!error)
        return 0;
    return search->problems->errors > errors
               ? -1
               : folder_error(folder, search->problems, error, "read it", part);
}

static int walk_links(const struct folder *folder, struct search *search)
{
    int objects AUTO_FD = fs_open_folder(folder->fd, "objects");
    search->objects = objects;
    return objects == -ENOENT ? 0 : walk_part(folder, search, "live", visit_scope);
}

/* Of what cannot be read: 0. */
static int64_t generation_before(const struct folder *folder, struct arena *arena)
{
    struct index index AUTO_INDEX = INDEX_INIT;
    struct problems unheard;
    int64_t generation = 0;
    problems_init(&unheard, arena);
    if (index_peek(folder, COPY_SPARE, &unheard, &index) == 0)
        index_number(&index, INDEX_GENERATION, &generation);
    return generation > 0 && generation <= GENERATION_TOLD_MOST ? generation : 0;
}

static int drop_known_runs(struct search *search, struct index *index)
{
    size_t kept = 0;
    for (size_t i = 0; i < search->run_count; i++) {
        int known = knows_run(index, search->runs[i].id);
        if (known < 0)
            return -1;
        if (known == 0)
            search->runs[kept++] = search->runs[i];
    }
    search->run_count = kept;
    return 0;
}

/* The first link that leads to what is not known; NULL: none. */
static int find_led(const struct search *search, struct index *index, const char **ret)
{
    *ret = NULL;
    for (size_t i = 0; i < search->led_count && !*ret; i++) {
        int known = knows_object(index, search->led[i].fingerprint);
        if (known < 0)
            return -1;
        if (known == 0)
            *ret = search->led[i].path;
    }
    return 0;
}

/* A run puts its index into place before it says so in its text, and another one behind it: what is
 * held against an index that was opened after all else was read is no run's that goes on. */
static int compare(const struct folder *folder, struct search *search, struct later *later)
{
    struct index now AUTO_INDEX = INDEX_INIT;
    int found = index_read(folder, search->problems, &now);
    if (found < 0 || (found == 0 && index_number(&now, INDEX_GENERATION, &later->generation) != 0))
        return -1;
    if (later->generation < 0 || later->generation > GENERATION_MOST)
        return index_damaged(&now, "its generation cannot be");
    struct index *known = found == 0 ? &now : NULL;
    if (drop_known_runs(search, known) != 0 || find_led(search, known, &later->link) != 0)
        return -1;
    later->runs = search->runs;
    later->run_count = search->run_count;
    return 0;
}

int folder_later(struct store *store, bool links, struct arena *arena, struct problems *problems,
                 struct later *ret)
{
    const struct folder *folder = folder_of(store);
    struct index index AUTO_INDEX = INDEX_INIT;
    struct search search = {.problems = problems, .arena = arena};
    struct later later = {.generation = 0};
    int found = folder->fd < 0 ? 1 : index_read(folder, problems, &index);
    if (found < 0)
        return -1;
    search.index = found == 0 ? &index : NULL;
    if (folder->fd >= 0) {
        if (walk_part(folder, &search, "reports", visit_text) != 0 ||
            (links && walk_links(folder, &search) != 0))
            return -1;
        later.before = generation_before(folder, arena);
        if (compare(folder, &search, &later) != 0)
            return -1;
    }
    *ret = later;
    return 0;
}

void folder_count_from(struct store *store, int64_t generation)
{
    folder_of(store)->counted = generation;
}
