#include "cli/share.h"

#include <stdlib.h>
#include <string.h>

static int compare_bytes(const void *left, const void *right)
{
    const struct source_record *a = (*(const struct task *const *)left)->result->record;
    const struct source_record *b = (*(const struct task *const *)right)->result->record;
    int order = strcmp(a->digest, b->digest);
    return order ? order : strcmp(a->owner, b->owner);
}

static bool any_failed(const struct task *tasks, size_t count)
{
    for (size_t t = 0; t < count; t++)
        if (tasks[t].result->state == SOURCE_FAILED)
            return true;
    return false;
}

int share_opened(struct task *tasks, size_t count, struct arena *arena)
{
    size_t opened_count = 0;
    if (!any_failed(tasks, count))
        return 0;
    const struct task **opened = arena_alloc(arena, count, sizeof(*opened));
    if (!opened)
        return -1;
    for (size_t t = 0; t < count; t++)
        if (tasks[t].result->state == SOURCE_LOADED)
            opened[opened_count++] = &tasks[t];
    qsort(opened, opened_count, sizeof(*opened), compare_bytes);
    for (size_t t = 0; t < count; t++) {
        struct task *task = &tasks[t];
        const struct task *key = task, **other = NULL;
        if (task->result->state == SOURCE_FAILED && task->result->record)
            other = bsearch(&key, opened, opened_count, sizeof(*opened), compare_bytes);
        if (!other)
            continue;
        *task->result = *(*other)->result;
        task->problem_count = 0;
    }
    return 0;
}

struct brought_name {
    const char *name;
    struct bundle *bundle;
};

struct brought {
    struct brought_name *names; /* in order, each once */
    size_t count;
};

/* One that has the key stands first. */
static int compare_names(const void *left, const void *right)
{
    const struct brought_name *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : (b->bundle->key_pem != NULL) - (a->bundle->key_pem != NULL);
}

static int compare_name(const void *name, const void *row)
{
    return strcmp(name, ((const struct brought_name *)row)->name);
}

/* By fingerprint and thumbprint; of several bundles of one certificate, one with its key. */
static int name_brought(struct bundle *const *bundles, size_t count, struct arena *arena,
                        struct brought *ret)
{
    struct brought_name *names = arena_alloc(arena, 2 * count, sizeof(*names));
    if (!names)
        return -1;
    for (size_t i = 0; i < count; i++) {
        names[2 * i] = (struct brought_name){bundles[i]->certificate.fingerprint, bundles[i]};
        names[2 * i + 1] = (struct brought_name){bundles[i]->certificate.thumbprint, bundles[i]};
    }
    if (count)
        qsort(names, 2 * count, sizeof(*names), compare_names);
    ret->names = names;
    ret->count = 0;
    for (size_t i = 0; i < 2 * count; i++)
        if (!ret->count || strcmp(names[ret->count - 1].name, names[i].name) != 0)
            names[ret->count++] = names[i];
    return 0;
}

static struct bundle *find_brought(const struct brought *brought, const char *name)
{
    const struct brought_name *found =
        brought->count ? bsearch(name, brought->names, brought->count, sizeof(*found), compare_name)
                       : NULL;
    return found ? found->bundle : NULL;
}

/* A previous one that has expired is brought nowhere. */
static bool brings(const struct task *task, instant at)
{
    const struct bundle *bundle = task->result->bundle;
    return bundle && (task->role != ROLE_PREVIOUS || at <= bundle->certificate.not_after);
}

static int list_brought(const struct task *tasks, size_t count, instant at, struct arena *arena,
                        struct brought *ret)
{
    struct bundle **bundles = arena_alloc(arena, count, sizeof(struct bundle *));
    size_t bundle_count = 0;
    if (!bundles)
        return -1;
    for (size_t t = 0; t < count; t++)
        if (brings(&tasks[t], at))
            bundles[bundle_count++] = tasks[t].result->bundle;
    return name_brought(bundles, bundle_count, arena, ret);
}

int share_named(struct task *tasks, size_t count, const struct snapshot *snapshot, instant at,
                struct arena *arena)
{
    struct brought brought;
    size_t t = 0;
    while (t < count && !tasks[t].entry->fingerprint)
        t++;
    if (t == count)
        return 0;
    if (list_brought(tasks, count, at, arena, &brought) != 0)
        return -1;
    for (; t < count; t++) {
        struct task *task = &tasks[t];
        const char *name = task->entry->fingerprint;
        struct bundle *bundle = name ? find_brought(&brought, name) : NULL;
        if (!plan_brings_more(snapshot, bundle))
            continue;
        *task->result = (struct source_result){.state = SOURCE_LOADED, .bundle = bundle};
        task->problem_count = 0;
    }
    return 0;
}
