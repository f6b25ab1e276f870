#include "store/leftovers.h"
#include "store/object.h"
#include "store/observe.h"

static int commit(struct folder *folder, int64_t generation,
                  const struct stored_certificate **objects, size_t count, struct arena *arena,
                  struct problems *problems)
{
    struct change *changes = arena_alloc(arena, count, sizeof(*changes));
    bool *failed = arena_alloc(arena, count, sizeof(*failed));
    if (!changes || !failed)
        return folder_out_of_memory(problems);
    for (size_t i = 0; i < count; i++)
        changes[i] = (struct change){.kind = CHANGE_REPAIR_OBJECT,
                                     .fingerprint = objects[i]->certificate.fingerprint,
                                     .exportable = objects[i]->exportable};
    const struct commit repair = {
        .generation = generation, .changes = changes, .change_count = count};
    return folder_commit(&folder->base, &repair, problems, failed, &generation) == 0 ? 0 : -1;
}

/* By a commit of its own; where there are none nothing is written. */
static int mend_unwanted(struct folder *folder, struct problems *problems)
{
    struct arena *arena AUTO_ARENA = arena_new();
    struct index index AUTO_INDEX = INDEX_INIT;
    const struct stored_certificate **objects;
    struct snapshot snapshot;
    size_t count;
    if (!arena)
        return folder_out_of_memory(problems);
    if (folder_snapshot(&folder->base, arena, problems, &snapshot) != 0)
        return -1;
    int found = index_read(folder, problems, &index);
    if (found != 0)
        return found < 0 ? -1 : 0;
    if (observe_unwanted(&index, &snapshot, arena, &objects, &count) != 0)
        return -1;
    return count ? commit(folder, snapshot.generation, objects, count, arena, problems) : 0;
}

int folder_put_right(struct store *store, struct problems *problems)
{
    struct folder *folder = folder_of(store);
    if (folder_need_lock(folder, problems) != 0 || leftovers_tidy(folder, true, problems) != 0)
        return -1;
    return mend_unwanted(folder, problems);
}
