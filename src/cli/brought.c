#include "cli/brought.h"

#include <stdlib.h>
#include <string.h>

struct brought_name {
    const char *name;
    struct bundle *bundle;
};

/* One that has the key stands first. */
static int compare_rows(const void *left, const void *right)
{
    const struct brought_name *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : (b->bundle->key_pem != NULL) - (a->bundle->key_pem != NULL);
}

static int compare_name(const void *name, const void *row)
{
    return strcmp(name, ((const struct brought_name *)row)->name);
}

int brought_make(struct bundle *const *bundles, size_t count, struct arena *arena,
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
        qsort(names, 2 * count, sizeof(*names), compare_rows);
    ret->names = names;
    ret->count = 0;
    for (size_t i = 0; i < 2 * count; i++)
        if (!ret->count || strcmp(names[ret->count - 1].name, names[i].name) != 0)
            names[ret->count++] = names[i];
    return 0;
}

struct bundle *brought_find(const struct brought *brought, const char *name)
{
    const struct brought_name *found =
        brought->count ? bsearch(name, brought->names, brought->count, sizeof(*found), compare_name)
                       : NULL;
    return found ? found->bundle : NULL;
}
