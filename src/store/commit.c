#include "base/pool.h"
#include "store/fs.h"
#include "store/leftovers.h"
#include "store/links.h"
#include "store/names.h"
#include "store/objects.h"
#include "store/recall.h"
#include "store/runs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Up to here each slot's folder is synced by itself; above, the file system is synced once. */
enum { SYNC_EACH_MOST = 32 };

static int refuse(struct problems *problems, const char *what, const char *name)
{
    problems_add(problems, PROBLEM_STORE_FAILED, NOWHERE, "'%s' cannot be the name of a %s",
                 name ? name : "", what);
    return -1;
}

static int check_claim(const struct claim *claim, struct problems *problems)
{
    if (!claim->fingerprint || name_is_fingerprint(claim->fingerprint))
        return 0;
    return refuse(problems, "certificate", claim->fingerprint);
}

static int check_slot(const struct slot *slot, struct problems *problems)
{
    if (!name_is_plain(slot->scope))
        return refuse(problems, "scope", slot->scope);
    if (!name_is_plain(slot->type))
        return refuse(problems, "type", slot->type);
    if (check_claim(&slot->current, problems) != 0 || check_claim(&slot->previous, problems) != 0)
        return -1;
    for (size_t i = 0; i < slot->next_count; i++)
        if (check_claim(&slot->next[i], problems) != 0)
            return -1;
    return 0;
}

/* Names become parts of paths: held against their alphabet before anything is done. */
static int check_names(const struct commit *commit, struct problems *problems)
{
    if (commit->run_id && !name_is_plain(commit->run_id))
        return refuse(problems, "run", commit->run_id);
    for (size_t i = 0; i < commit->change_count; i++) {
        const struct change *change = &commit->changes[i];
        const char *fingerprint = NULL;
        if (change->kind == CHANGE_PUT_OBJECT)
            fingerprint = change->bundle->certificate.fingerprint;
        else if (change->kind == CHANGE_REPAIR_OBJECT || change->kind == CHANGE_SET_ACCESS)
            fingerprint = change->fingerprint ? change->fingerprint : "";
        if (fingerprint && !name_is_fingerprint(fingerprint))
            return refuse(problems, "certificate", fingerprint);
        if (change->key_from && !name_is_fingerprint(change->key_from))
            return refuse(problems, "certificate", change->key_from);
        if ((change->kind == CHANGE_PUT_SLOT || change->kind == CHANGE_DROP_SLOT) &&
            check_slot(change->slot, problems) != 0)
            return -1;
    }
    return 0;
}

static int check_generation(const struct folder *folder, struct index *index,
                            const struct commit *commit, struct problems *problems)
{
    int64_t generation = 0;
    if (index && index_number(index, INDEX_GENERATION, &generation) != 0)
        return -1;
    if (generation == commit->generation)
        return 0;
    problems_add(problems, PROBLEM_STORE_CHANGED, NOWHERE,
                 "%s: another run changed the store since the plan was made (generation %lld, "
                 "planned from %lld)",
                 folder->path, (long long)generation, (long long)commit->generation);
    return -1;
}

/* The rows of the objects that were written. */
static int put_objects(struct index *index, const struct objects *objects)
{
    for (size_t i = 0; i < objects->count; i++) {
        const struct staged *item = &objects->items[i];
        int result = 0;
        if (!item->name[0])
            continue;
        if (item->bundle)
            result = index_put_certificate(index, item->bundle, &item->content, &item->stamps);
        else
            result = index_set_content(index, item->fingerprint, &item->content, &item->stamps);
        if (result != 0)
            return -1;
    }
    return 0;
}

static int64_t next_generation(const struct folder *folder, const struct commit *commit)
{
    return 1 + (commit->generation == 0 ? folder->counted : commit->generation);
}

static int write_index(struct index *index, struct problems *problems,
                       const struct objects *objects)
{
    const struct commit *commit = objects->commit;
    int opened = commit->relics ? index_write_anew(objects->folder, problems, index)
                                : index_write(objects->folder, problems, index);
    if (opened != 0 || put_objects(index, objects) != 0 || index_put_changes(index, commit) != 0 ||
        (commit->relics && recall_put_rows(index, commit->relics) != 0) ||
        index_let_go(index, commit) != 0)
        return -1;
    return index_run(index, INDEX_SET_GENERATION, "i", next_generation(objects->folder, commit));
}

/* One waits for the disk, the other for the processor: at the same time, with problems of their
 * own. */
struct writing {
    struct objects *objects; /* problems: its own meanwhile */
    struct index index;
    struct problems *problems; /* the commit's, which the run's text may tell: of the index */
    int results[2];
};

static void write_part(void *context, size_t worker, size_t part)
{
    struct writing *writing = context;
    (void)worker;
    writing->results[part] =
        part == 0 ? objects_publish(writing->objects)
                  : write_index(&writing->index, writing->problems, writing->objects);
}

/* The objects are in place, and durable, before the index that has them is published. */
static int publish(struct objects *objects)
{
    struct writing writing = {
        .objects = objects, .index = INDEX_INIT, .problems = objects->problems};
    struct problems own;
    problems_init(&own, objects->arena);
    objects->problems = &own;
    pool_run(objects->sync_each ? 1 : objects->folder->jobs, 2, write_part, &writing);
    objects->problems = writing.problems;
    int result = writing.results[0] | writing.results[1];
    if (result == 0)
        result = index_publish(&writing.index);
    objects->failed |= writing.index.unsynced;
    index_done(&writing.index);
    for (size_t i = 0; i < own.count; i++)
        problems_add(objects->problems, own.items[i].code, NOWHERE, "%s", own.items[i].message)
            ->advice = own.items[i].advice;
    if (own.out_of_memory)
        folder_out_of_memory(objects->problems);
    return result == 0 ? 0 : -1;
}

/* The links of a commit's slots. */
struct linking {
    struct links links;
    const struct commit *commit;
    const struct change **shown;  /* of slots that have links afterwards */
    const struct change **others; /* whose folders go */
    size_t shown_count, other_count;
    int *scopes; /* descriptors of the scopes' folders, one of shown */
    int *errors; /* one a change of the commit */
};

static int collect_slots(struct linking *linking, const struct objects *objects)
{
    size_t count = linking->commit->change_count;
    linking->shown = arena_alloc(objects->arena, count, sizeof(*linking->shown));
    linking->others = arena_alloc(objects->arena, count, sizeof(*linking->others));
    linking->scopes = arena_alloc(objects->arena, count, sizeof(*linking->scopes));
    linking->errors = arena_alloc(objects->arena, count, sizeof(*linking->errors));
    if (!linking->shown || !linking->others || !linking->scopes || !linking->errors)
        return folder_out_of_memory(objects->problems);
    for (size_t i = 0; i < count; i++) {
        const struct change *change = &linking->commit->changes[i];
        if (change->kind == CHANGE_PUT_SLOT && links_count(change->slot) > 0)
            linking->shown[linking->shown_count++] = change;
        else if (change->kind == CHANGE_PUT_SLOT || change->kind == CHANGE_DROP_SLOT)
            linking->others[linking->other_count++] = change;
    }
    linking->links.sync_each = linking->shown_count + linking->other_count <= SYNC_EACH_MOST;
    return 0;
}

static void put_one(void *context, size_t worker, size_t number)
{
    struct linking *linking = context;
    const struct change *change = linking->shown[number];
    (void)worker;
    linking->errors[change - linking->commit->changes] =
        links_put(&linking->links, linking->scopes[number], change->slot);
}

/* Slots of one scope mostly stand together. */
static bool is_next_scope(const struct linking *linking, size_t i)
{
    return i == 0 ||
           strcmp(linking->shown[i]->slot->scope, linking->shown[i - 1]->slot->scope) != 0;
}

static void put_shown(struct linking *linking)
{
    for (size_t i = 0; i < linking->shown_count; i++)
        linking->scopes[i] = is_next_scope(linking, i)
                                 ? links_open_scope(&linking->links, linking->shown[i]->slot->scope)
                                 : linking->scopes[i - 1];
    pool_run(linking->links.folder->jobs, linking->shown_count, put_one, linking);
    for (size_t i = 0; i < linking->shown_count; i++)
        if (is_next_scope(linking, i) && linking->scopes[i] >= 0)
            close(linking->scopes[i]);
}

/* After the index: what fails here is marked, and a snapshot shows it. 0 or 1. */
static int put_links(struct linking *linking, struct objects *objects)
{
    const struct links *links = &linking->links;
    int result = 0;
    put_shown(linking);
    for (size_t i = 0; i < linking->other_count; i++) {
        const struct change *change = linking->others[i];
        linking->errors[change - linking->commit->changes] =
            links_drop(links, change->slot->scope, change->slot->type);
    }
    for (size_t i = 0; i < linking->commit->change_count; i++) {
        const struct slot *slot = linking->commit->changes[i].slot;
        if (!linking->errors[i])
            continue;
        links_fail(links, slot->scope, slot->type, linking->errors[i]);
        objects->change_failed[i] = true;
        result = 1;
    }
    if (!links->sync_each && syncfs(links->live) != 0) {
        folder_error(links->folder, links->problems, -errno, "sync", "live");
        result = 1;
    }
    return result;
}

/* Objects, then the index; nothing has changed where it fails. */
static int put_all(struct objects *objects)
{
    if (objects_collect(objects) == 0 && objects_stage(objects) == 0 && publish(objects) == 0)
        return 0;
    objects_undo(objects);
    if (!objects->commit->relics) /* what a damaged index does not know is no less kept */
        runs_forget(objects->folder, objects->commit->run_id);
    return -1;
}

/* Its files were written before its index, so of what a commit is still to do only links can be
 * missing. */
int folder_is_still(struct store *store, const struct snapshot *snapshot, struct problems *problems)
{
    const struct folder *folder = folder_of(store);
    struct index index AUTO_INDEX = INDEX_INIT;
    int64_t generation = 0;
    int found = index_read(folder, problems, &index);
    if (found < 0 || (found == 0 && index_number(&index, INDEX_GENERATION, &generation) != 0))
        return -1;
    if (generation != snapshot->generation)
        return STORE_IS_ANOTHER;
    int live AUTO_FD = folder->fd < 0 ? -1 : fs_open_folder(folder->fd, "live");
    struct links_view view = {.folder = folder, .live = live};
    for (size_t i = 0; i < snapshot->slot_count; i++)
        if (snapshot->slots[i].damaged && !links_damaged(&view, &snapshot->slots[i], NULL))
            return STORE_HAS_HEALED;
    return STORE_IS_STILL;
}

/* 0, -1, or 1 as folder_commit() has it. */
static int commit_locked(struct folder *folder, const struct commit *commit, struct index *index,
                         struct problems *problems, bool *change_failed)
{
    struct arena *arena AUTO_ARENA = arena_new();
    if (!arena)
        return folder_out_of_memory(problems);
    int fd AUTO_FD = folder_make_part(folder, "objects", OBJECTS_MODE, problems);
    int live AUTO_FD = fd < 0 ? -1 : folder_make_part(folder, "live", LIVE_MODE, problems);
    if (live < 0 || (index && leftovers_settle(index) != 0))
        return -1;
    struct objects objects = {
        .folder = folder,
        .commit = commit,
        .problems = problems,
        .index = index,
        .arena = arena,
        .change_failed = change_failed,
        .fd = fd,
    };
    struct linking linking = {.links = {folder, problems, live, true}, .commit = commit};
    if (collect_slots(&linking, &objects) != 0 || put_all(&objects) != 0)
        return -1;
    int result = objects.failed;
    result |= put_links(&linking, &objects);
    if (result != 0)
        return result; /* what a link or the index before may still show must not go */
    return leftovers_tidy(folder, false, problems) == 0 ? 0 : 1;
}

int folder_commit_anew(struct folder *folder, const struct commit *commit,
                       struct problems *problems, bool *change_failed)
{
    if (commit->change_count)
        memset(change_failed, 0, commit->change_count * sizeof(*change_failed));
    if (folder_need_lock(folder, problems) != 0 || check_names(commit, problems) != 0)
        return -1;
    return commit_locked(folder, commit, NULL, problems, change_failed);
}

int folder_commit(struct store *store, const struct commit *commit, struct problems *problems,
                  bool *change_failed, int64_t *ret_generation)
{
    struct folder *folder = folder_of(store);
    struct index index AUTO_INDEX = INDEX_INIT;
    if (commit->change_count)
        memset(change_failed, 0, commit->change_count * sizeof(*change_failed));
    if (folder_need_lock(folder, problems) != 0 || check_names(commit, problems) != 0)
        return -1;
    int found = index_read(folder, problems, &index);
    if (found < 0 || check_generation(folder, found == 0 ? &index : NULL, commit, problems) != 0)
        return -1;
    int result = commit_locked(folder, commit, found == 0 ? &index : NULL, problems, change_failed);
    if (result >= 0)
        *ret_generation = next_generation(folder, commit);
    return result;
}
