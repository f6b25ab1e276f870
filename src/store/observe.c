#include "store/observe.h"

#include "base/pool.h"
#include "store/copy.h"
#include "store/damage.h"
#include "store/fs.h"
#include "store/leftovers.h"
#include "store/links.h"

#include <string.h>

/* Work is handed to threads in blocks; below two of them a thread costs more than it brings. */
enum { BLOCK = 256, TRIES = 100 };

/* As damage_compare() takes them. */
enum { ALL_FILES = (1u << OBJECT_FILES) - 1, PUBLIC_FILES = ALL_FILES & ~(1u << OBJECT_KEY) };

struct observation {
    const struct folder *folder;
    struct index *index; /* serves one thread at a time */
    struct arena *arena; /* likewise */
    int objects;
    int live;
    bool misplaced; /* objects/ has not the mode or the owner that it should have */
    struct snapshot snapshot;
    struct snapshot_parts parts;
    unsigned *suspects;
    int references; /* how the reading of what refers to certificates ended */
    int leftovers;  /* how the search for them did */
};

static void observe_certificate(struct observation *observation, size_t i)
{
    struct stored_certificate *stored = &observation->parts.certificates[i];
    stored->damage = damage_glance(observation->folder, observation->objects, stored,
                                   &observation->parts.stamps[i], &observation->suspects[i]);
    /* What has happened to one file may have happened to others, behind their looks. */
    if (observation->suspects[i] || stored->damage || observation->folder->read_all)
        observation->suspects[i] = stored->certificate.has_key ? ALL_FILES : PUBLIC_FILES;
    if (observation->misplaced)
        stored->damage |= DAMAGE_RIGHTS;
}

static void observe_slot(struct observation *observation, struct links_view *view, size_t i)
{
    struct slot *slot = &observation->parts.slots[i];
    const struct file_stamp *stamp = &observation->parts.folders[i];
    slot->damaged = links_damaged(view, slot, observation->folder->read_all ? NULL : stamp);
}

static int is_ours(void *context, enum leftover kind, int directory, const char *above,
                   const char *name)
{
    (void)context;
    (void)directory;
    (void)above;
    (void)name;
    return kind != LEFTOVER_FOREIGN;
}

/* One block is what only one thread can do, the others are of certificates: while their files are
 * looked at, the rest of the index is read. */
static void observe_objects(void *context, size_t worker, size_t block)
{
    struct observation *observation = context;
    size_t count = observation->snapshot.certificate_count;
    (void)worker;
    if (block-- == 0)
        observation->references = index_references(observation->index, observation->arena,
                                                   &observation->snapshot, &observation->parts);
    else
        for (size_t i = block * BLOCK; i < (block + 1) * BLOCK && i < count; i++)
            observe_certificate(observation, i);
}

/* Likewise of slots: while their links are looked at, leftovers are looked for. */
static void observe_live(void *context, size_t worker, size_t block)
{
    struct observation *observation = context;
    size_t count = observation->snapshot.slot_count;
    struct links_view view = {.folder = observation->folder, .live = observation->live};
    (void)worker;
    if (block-- == 0)
        observation->leftovers =
            leftovers_find(observation->index, &observation->snapshot, false, is_ours, NULL);
    else
        for (size_t i = block * BLOCK; i < (block + 1) * BLOCK && i < count; i++)
            observe_slot(observation, &view, i);
}

static void observe_blocks(struct observation *observation, size_t items, pool_work *observe)
{
    size_t blocks = (items + BLOCK - 1) / BLOCK;
    pool_run(blocks > 2 ? observation->folder->jobs : 1, 1 + blocks, observe, observation);
}

/* The files whose status has changed are read; serially, because the index serves one thread. */
static int observe_suspects(struct observation *observation)
{
    struct index *index = observation->index;
    struct arena *scratch AUTO_ARENA = arena_new();
    if (!scratch)
        return folder_out_of_memory(index->problems);
    for (size_t i = 0; i < observation->snapshot.certificate_count; i++) {
        struct stored_certificate *stored = &observation->parts.certificates[i];
        struct object_content content;
        unsigned damage;
        if (!observation->suspects[i])
            continue;
        int found = index_content(index, stored->certificate.fingerprint, scratch, &content);
        if (found != 0)
            return found < 0 ? -1 : index_damaged(index, "a certificate's content is missing");
        int error = damage_compare(observation->objects, stored->certificate.fingerprint, &content,
                                   observation->suspects[i], &damage);
        if (error)
            return folder_error_in(index->folder, index->problems, error, "read it", "objects",
                                   stored->certificate.fingerprint);
        stored->damage |= damage;
    }
    return 0;
}

static bool is_wrong(const struct stored_certificate *stored)
{
    return stored->damage && !(stored->damage & DAMAGE_KEY);
}

static bool any_wrong(const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->certificate_count; i++)
        if (is_wrong(&snapshot->certificates[i]))
            return true;
    return false;
}

int observe_unwanted(struct index *index, const struct snapshot *snapshot, struct arena *arena,
                     const struct stored_certificate ***ret, size_t *ret_count)
{
    struct index_names names = {NULL, 0};
    size_t count = 0;
    if (any_wrong(snapshot) &&
        index_names(index, INDEX_UNREFERENCED_NAMES, NULL, arena, &names) != 0)
        return -1;
    const struct stored_certificate **found = arena_alloc(arena, names.count, sizeof(*found));
    if (!found)
        return folder_out_of_memory(index->problems);
    for (size_t i = 0; i < names.count; i++) {
        const struct stored_certificate *stored = snapshot_certificate(snapshot, names.items[i]);
        if (stored && is_wrong(stored))
            found[count++] = stored;
    }
    *ret = found;
    *ret_count = count;
    return 0;
}

static int note_unwanted(struct observation *observation)
{
    const struct stored_certificate **objects;
    size_t count;
    if (observe_unwanted(observation->index, &observation->snapshot, observation->parts.scratch,
                         &objects, &count) != 0)
        return -1;
    observation->snapshot.leftovers |= count > 0;
    return 0;
}

static bool any_damage(const struct snapshot *snapshot)
{
    bool any = false;
    for (size_t i = 0; i < snapshot->certificate_count; i++)
        any |= snapshot->certificates[i].damage != 0;
    for (size_t i = 0; i < snapshot->slot_count; i++)
        any |= snapshot->slots[i].damaged;
    return any;
}

static int observe_files(struct observation *observation)
{
    const struct snapshot *snapshot = &observation->snapshot;
    const struct folder *folder = observation->folder;
    struct stat status;
    int objects AUTO_FD = fs_open_folder(folder->fd, "objects");
    int live AUTO_FD = fs_open_folder(folder->fd, "live");
    observation->objects = objects < 0 ? -1 : objects;
    observation->live = live < 0 ? -1 : live;
    observation->misplaced = objects >= 0 && fstat(objects, &status) == 0 &&
                             damage_rights(folder, &status, OBJECTS_MODE, false) != 0;
    observation->suspects = arena_alloc(observation->parts.scratch, snapshot->certificate_count,
                                        sizeof(*observation->suspects));
    if (!observation->suspects)
        return folder_out_of_memory(observation->index->problems);
    observe_blocks(observation, snapshot->certificate_count, observe_objects);
    if (observation->references != 0)
        return -1;
    observe_blocks(observation, snapshot->slot_count, observe_live);
    if (observation->leftovers < 0)
        return -1;
    int interrupted = index_has(observation->index, INDEX_INTERRUPTED_RUNS, "t", "");
    if (interrupted < 0)
        return -1;
    observation->snapshot.leftovers =
        observation->leftovers > 0 || interrupted || copy_is_left(folder);
    return observe_suspects(observation) == 0 ? note_unwanted(observation) : -1;
}

/* 0, -1, or 1 where a commit went on meanwhile, so that the files are not those of the index. */
static int observe(const struct folder *folder, struct arena *arena, struct problems *problems,
                   struct snapshot *ret)
{
    struct index index AUTO_INDEX = INDEX_INIT;
    struct index later AUTO_INDEX = INDEX_INIT;
    struct arena *scratch AUTO_ARENA = arena_new();
    struct observation observation = {
        .folder = folder, .index = &index, .arena = arena, .parts.scratch = scratch};
    if (!scratch)
        return folder_out_of_memory(problems);
    int found = index_read(folder, problems, &index);
    if (found == 1)
        *ret = (struct snapshot){.generation = 0};
    if (found != 0)
        return found < 0 ? -1 : 0;
    if (index_certificates(&index, arena, &observation.snapshot, &observation.parts) != 0 ||
        observe_files(&observation) != 0)
        return -1;
    int64_t generation = observation.snapshot.generation;
    if (any_damage(&observation.snapshot) &&
        (index_read(folder, problems, &later) != 0 ||
         index_number(&later, INDEX_GENERATION, &generation) != 0))
        return -1;
    *ret = observation.snapshot;
    return generation != observation.snapshot.generation;
}

int folder_snapshot(struct store *store, struct arena *arena, struct problems *problems,
                    struct snapshot *ret)
{
    struct snapshot snapshot;
    int result = 1;
    for (int i = 0; i < TRIES && result == 1; i++)
        result = observe(folder_of(store), arena, problems, &snapshot);
    if (result < 0)
        return -1;
    *ret = snapshot;
    return 0;
}
