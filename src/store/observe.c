#include "store/copy.h"
#include "store/damage.h"
#include "store/fs.h"
#include "store/index.h"
#include "store/leftovers.h"
#include "store/links.h"

#include "base/pool.h"

#include <string.h>

/* Work is handed to threads in blocks; below two of them a thread costs more than it brings. */
enum { BLOCK = 512, TRIES = 3 };

struct observation {
    const struct folder *folder;
    int objects;
    int live;
    bool misplaced; /* objects/ has not the mode or the owner that it should have */
    struct snapshot snapshot;
    struct snapshot_parts parts;
    unsigned *suspects;
};

static void observe_certificate(struct observation *observation, size_t i)
{
    struct stored_certificate *stored = &observation->parts.certificates[i];
    stored->damage = damage_glance(observation->folder, observation->objects, stored,
                                   &observation->parts.stamps[i], &observation->suspects[i]);
    if (observation->misplaced)
        stored->damage |= DAMAGE_RIGHTS;
}

/* Blocks of certificates first, then blocks of slots. */
static void observe_block(void *context, size_t worker, size_t block)
{
    struct observation *observation = context;
    const struct snapshot *snapshot = &observation->snapshot;
    (void)worker;
    size_t blocks = (snapshot->certificate_count + BLOCK - 1) / BLOCK;
    if (block < blocks) {
        for (size_t i = block * BLOCK; i < (block + 1) * BLOCK && i < snapshot->certificate_count;
             i++)
            observe_certificate(observation, i);
        return;
    }
    block -= blocks;
    struct links_view view = {.live = observation->live};
    for (size_t i = block * BLOCK; i < (block + 1) * BLOCK && i < snapshot->slot_count; i++) {
        struct slot *slot = &observation->parts.slots[i];
        slot->damaged = links_damaged(&view, slot, &observation->parts.folders[i]);
    }
}

/* The files whose status has changed are read; serially, because the index serves one thread. */
static int observe_suspects(struct observation *observation, struct index *index)
{
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

static bool any_damage(const struct snapshot *snapshot)
{
    bool any = false;
    for (size_t i = 0; i < snapshot->certificate_count; i++)
        any |= snapshot->certificates[i].damage != 0;
    for (size_t i = 0; i < snapshot->slot_count; i++)
        any |= snapshot->slots[i].damaged;
    return any;
}

static int observe_files(struct observation *observation, struct index *index)
{
    const struct snapshot *snapshot = &observation->snapshot;
    struct stat status;
    int objects AUTO_FD = fs_open_folder(index->folder->fd, "objects");
    int live AUTO_FD = fs_open_folder(index->folder->fd, "live");
    observation->objects = objects < 0 ? -1 : objects;
    observation->live = live < 0 ? -1 : live;
    observation->misplaced =
        objects >= 0 && fstat(objects, &status) == 0 &&
        ((status.st_mode & 07777) != OBJECTS_MODE || damage_foreign(index->folder, &status));
    observation->suspects = arena_alloc(observation->parts.scratch, snapshot->certificate_count,
                                        sizeof(*observation->suspects));
    if (!observation->suspects)
        return folder_out_of_memory(index->problems);
    size_t blocks = (snapshot->certificate_count + BLOCK - 1) / BLOCK +
                    (snapshot->slot_count + BLOCK - 1) / BLOCK;
    pool_run(blocks > 2 ? folder_jobs(observation->folder) : 1, blocks, observe_block, observation);
    return observe_suspects(observation, index);
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

/* 0, -1, or 1 where a commit went on meanwhile, so that the files are not those of the index. */
static int observe(const struct folder *folder, struct arena *arena, struct problems *problems,
                   struct snapshot *ret)
{
    struct index index AUTO_INDEX = INDEX_INIT;
    struct index later AUTO_INDEX = INDEX_INIT;
    struct arena *scratch AUTO_ARENA = arena_new();
    struct observation observation = {.folder = folder, .parts.scratch = scratch};
    if (!scratch)
        return folder_out_of_memory(problems);
    int found = index_read(folder, problems, &index);
    if (found == 1)
        *ret = (struct snapshot){.generation = 0};
    if (found != 0)
        return found < 0 ? -1 : 0;
    if (index_snapshot(&index, arena, &observation.snapshot, &observation.parts) != 0 ||
        observe_files(&observation, &index) != 0)
        return -1;
    int leftovers = leftovers_find(&index, &observation.snapshot, false, is_ours, NULL);
    if (leftovers < 0)
        return -1;
    observation.snapshot.leftovers = leftovers > 0 || copy_is_left(folder);
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
