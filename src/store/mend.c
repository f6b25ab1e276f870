#include "store/mend.h"

#include "store/object.h"

#include <stdlib.h>
#include <string.h>

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

int mend_find(struct index *index, const struct snapshot *snapshot, struct arena *arena,
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

int mend_objects(struct folder *folder, struct problems *problems)
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
    if (mend_find(&index, &snapshot, arena, &objects, &count) != 0)
        return -1;
    return count ? commit(folder, snapshot.generation, objects, count, arena, problems) : 0;
}
