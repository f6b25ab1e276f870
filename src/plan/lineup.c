#include "plan/lineup.h"

#include <stdlib.h>
#include <string.h>

static int compare_slots(const struct bid *left, const struct bid *right)
{
    int order = strcmp(left->scope, right->scope);
    return order ? order : strcmp(left->type, right->type);
}

/* No two entries claim one slot from one instant: a manifest where they do is broken, and so are
 * two manifests that claim one slot. */
static int compare_bids(const void *left_bid, const void *right_bid)
{
    const struct bid *left = left_bid, *right = right_bid;
    int order = compare_slots(left, right);
    return order ? order : (left->date > right->date) - (left->date < right->date);
}

static size_t count_bids(const struct manifests *manifests)
{
    size_t count = 0;
    for (size_t m = 0; m < manifests->count; m++)
        for (size_t e = 0; e < manifests->items[m].entry_count; e++)
            count += manifests->items[m].broken ? 0 : manifests->items[m].entries[e].type_count;
    return count;
}

static struct bid *collect_bids(const struct manifests *manifests, struct arena *arena,
                                size_t *ret_count)
{
    size_t count = count_bids(manifests), filled = 0;
    struct bid *bids = arena_alloc(arena, count, sizeof(*bids));
    if (!bids)
        return NULL;
    for (size_t m = 0; m < manifests->count; m++) {
        const struct manifest *manifest = &manifests->items[m];
        for (size_t e = 0; e < manifest->entry_count && !manifest->broken; e++) {
            const struct entry *entry = &manifest->entries[e];
            for (size_t t = 0; t < entry->type_count; t++)
                bids[filled++] = (struct bid){
                    .scope = entry->scope,
                    .type = entry->types[t],
                    .date = entry->effective_date,
                    .roll = entry->roll,
                    .manifest = m,
                    .entry = e,
                };
        }
    }
    *ret_count = count;
    return bids;
}

/* Many manifests are made by a program, in the order of the slots. */
static bool in_order(const struct bid *bids, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (compare_bids(&bids[i - 1], &bids[i]) > 0)
            return false;
    return true;
}

int lineups_make(const struct manifests *manifests, instant at, struct arena *arena,
                 struct lineups *ret)
{
    size_t count = 0, filled = 0;
    struct bid *bids = collect_bids(manifests, arena, &count);
    struct lineup *lineups = arena_alloc(arena, count, sizeof(*lineups));
    if (!bids || !lineups)
        return -1;
    if (!in_order(bids, count))
        qsort(bids, count, sizeof(*bids), compare_bids);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare_slots(&bids[i - 1], &bids[i]) != 0)
            lineups[filled++] = (struct lineup){.bids = &bids[i]};
        lineups[filled - 1].count++;
        lineups[filled - 1].due += bids[i].date <= at;
    }
    *ret = (struct lineups){lineups, filled};
    return 0;
}

enum role lineup_role(const struct lineup *lineup, size_t i)
{
    if (i >= lineup->due)
        return ROLE_NEXT;
    if (i + 1 == lineup->due)
        return ROLE_CURRENT;
    if (i + 2 == lineup->due && lineup->bids[i + 1].roll)
        return ROLE_PREVIOUS;
    return ROLE_SUPERSEDED;
}

enum role lineup_first_role(const struct entry *entry)
{
    return entry->type_count ? ROLE_SUPERSEDED : ROLE_HELD;
}

int plan_roles(const struct manifest *manifest, instant at, struct arena *arena, enum role *ret)
{
    struct manifest copy = *manifest;
    struct lineups lineups;
    copy.broken = false;
    if (lineups_make(&(struct manifests){&copy, 1}, at, arena, &lineups) != 0)
        return -1;
    for (size_t e = 0; e < manifest->entry_count; e++)
        ret[e] = lineup_first_role(&manifest->entries[e]);
    for (size_t l = 0; l < lineups.count; l++)
        for (size_t i = 0; i < lineups.items[l].count; i++) {
            enum role role = lineup_role(&lineups.items[l], i);
            size_t entry = lineups.items[l].bids[i].entry;
            if (role > ret[entry])
                ret[entry] = role;
        }
    return 0;
}
