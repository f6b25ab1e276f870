#include "store/copy.h"
#include "store/fs.h"
#include "store/names.h"
#include "store/runs.h"

#include <stdio.h>
#include <string.h>

struct search {
    struct index *index; /* NULL: there is none */
    struct problems *problems;
    struct arena *arena;
    struct run_record *runs;
    size_t count, capacity;
};

/* 1 where the index has the run, 0 where not, -1 with a problem. */
static int knows(struct index *index, const char *id)
{
    return index ? index_has(index, INDEX_HAS_RUN, "t", id) : 0;
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
    int known = knows(search->index, id);
    if (known != 0)
        return known < 0 ? -1 : 0;
    struct run_record run = {.id = arena_strdup(search->arena, id)};
    if (!run.id || runs_read_text(reports, id, search->arena, &run.json) != 0 ||
        arena_grow(search->arena, &search->runs, search->count, &search->capacity,
                   sizeof(*search->runs)) != 0)
        return folder_out_of_memory(search->problems);
    if (run.json)
        search->runs[search->count++] = run;
    return 0;
}

static int find_texts(const struct folder *folder, struct search *search)
{
    size_t errors = search->problems->errors;
    int reports AUTO_FD = fs_open_folder(folder->fd, "reports");
    int error = reports < 0 ? 0 : fs_walk(reports, visit_text, search);
    if (!error)
        return 0;
    return search->problems->errors > errors
               ? -1
               : folder_error(folder, search->problems, error, "read it", "reports");
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

static int drop_known(struct search *search, struct index *index)
{
    size_t kept = 0;
    for (size_t i = 0; i < search->count; i++) {
        int known = knows(index, search->runs[i].id);
        if (known < 0)
            return -1;
        if (known == 0)
            search->runs[kept++] = search->runs[i];
    }
    search->count = kept;
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
    if (drop_known(search, found == 0 ? &now : NULL) != 0)
        return -1;
    later->runs = search->runs;
    later->run_count = search->count;
    return 0;
}

int folder_later(struct store *store, struct arena *arena, struct problems *problems,
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
        if (find_texts(folder, &search) != 0)
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
