#include "store/objects.h"

#include "store/fs.h"
#include "store/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Up to here each file is synced by itself; above, the file system is synced once. */
enum { SYNC_EACH_MOST = 32 };

static bool take_change(const struct change *change, size_t number, struct staged *ret)
{
    switch (change->kind) {
    case CHANGE_PUT_OBJECT:
        *ret = (struct staged){.fingerprint = change->bundle->certificate.fingerprint,
                               .bundle = change->bundle,
                               .key_from = change->key_from};
        break;
    case CHANGE_REPAIR_OBJECT:
    case CHANGE_SET_ACCESS:
        *ret = (struct staged){.fingerprint = change->fingerprint, .key_from = change->key_from};
        break;
    default:
        return false;
    }
    ret->change = number;
    ret->content.exportable = change->exportable;
    return true;
}

static int compare_staged(const void *left, const void *right)
{
    const struct staged *one = left, *other = right;
    int order = strcmp(one->fingerprint, other->fingerprint);
    return order ? order : (one->change > other->change) - (one->change < other->change);
}

/* Two changes of one object: the later access counts, and of two bundles the one with a key. */
static void merge(struct staged *into, const struct staged *later)
{
    into->content.exportable = later->content.exportable;
    if (!later->bundle || (into->bundle && into->bundle->key_pem && !later->bundle->key_pem))
        return;
    into->bundle = later->bundle;
    into->key_from = later->key_from ? later->key_from : into->key_from;
}

int objects_collect(struct objects *objects)
{
    const struct commit *commit = objects->commit;
    struct staged one;
    size_t most = 0, count = 0, unique = 0;
    for (size_t i = 0; i < commit->change_count; i++)
        most += take_change(&commit->changes[i], i, &one);
    struct staged *items = arena_alloc(objects->arena, most, sizeof(*items));
    if (!items)
        return folder_out_of_memory(objects->problems);
    for (size_t i = 0; i < commit->change_count; i++)
        if (take_change(&commit->changes[i], i, &one))
            items[count++] = one;
    qsort(items, count, sizeof(*items), compare_staged);
    for (size_t i = 0; i < count; i++) {
        if (unique > 0 && strcmp(items[unique - 1].fingerprint, items[i].fingerprint) == 0)
            merge(&items[unique - 1], &items[i]);
        else
            items[unique++] = items[i];
    }
    objects->items = items;
    objects->count = unique;
    objects->sync_each = unique <= SYNC_EACH_MOST;
    return 0;
}

static int publish_one(struct objects *objects, struct staged *item)
{
    enum staged_state state = STAGED_NEW;
    int result = renameat(objects->fd, item->name, objects->fd, item->fingerprint);
    if (result != 0 && (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)) {
        state = STAGED_EXCHANGED;
        result =
            renameat2(objects->fd, item->name, objects->fd, item->fingerprint, RENAME_EXCHANGE);
    }
    if (result != 0)
        return folder_error_in(objects->folder, objects->problems, -errno, "put it in place",
                               "objects", item->fingerprint);
    item->state = state;
    return 0;
}

int objects_publish(struct objects *objects)
{
    if (!objects->sync_each && syncfs(objects->fd) != 0)
        return folder_error(objects->folder, objects->problems, -errno, "sync", "objects");
    for (size_t i = 0; i < objects->count; i++)
        if (objects->items[i].state == STAGED_WRITTEN &&
            publish_one(objects, &objects->items[i]) != 0)
            return -1;
    if (objects->count > 0 && fsync(objects->fd) != 0)
        return folder_error(objects->folder, objects->problems, -errno, "sync", "objects");
    return 0;
}

void objects_undo(struct objects *objects)
{
    for (size_t i = 0; i < objects->count; i++) {
        struct staged *item = &objects->items[i];
        secret_free(item->key);
        item->key = NULL;
        if (item->state == STAGED_NEW)
            renameat(objects->fd, item->fingerprint, objects->fd, item->name);
        else if (item->state == STAGED_EXCHANGED)
            renameat2(objects->fd, item->name, objects->fd, item->fingerprint, RENAME_EXCHANGE);
        if (item->name[0])
            fs_remove(objects->fd, item->name);
    }
}
