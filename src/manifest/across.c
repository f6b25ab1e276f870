/* What one manifest says about another. */
#include "manifest/complain.h"
#include "manifest/rules.h"

#include <stdlib.h>
#include <string.h>

struct claim {
    struct manifest *manifest;
    const struct entry *entry;
    const char *type;
};

static void refuse(struct manifest *first, struct manifest *second)
{
    first->broken = true;
    second->broken = true;
}

static int by_name(const void *left, const void *right)
{
    const struct manifest *a = *(struct manifest *const *)left;
    const struct manifest *b = *(struct manifest *const *)right;
    int order = strcmp(a->name, b->name);
    return order ? order : (a > b) - (a < b);
}

static int check_names(struct manifests *manifests, struct problems *problems)
{
    struct manifest **sorted = arena_alloc(problems->arena, manifests->count, sizeof(*sorted));
    size_t count = 0;
    if (!sorted)
        return -1;
    for (size_t i = 0; i < manifests->count; i++)
        if (manifests->items[i].name)
            sorted[count++] = &manifests->items[i];
    if (count)
        qsort(sorted, count, sizeof(struct manifest *), by_name);
    for (size_t i = 1, first = 0; i < count; i++) {
        if (strcmp(sorted[first]->name, sorted[i]->name) != 0) {
            first = i;
            continue;
        }
        refuse(sorted[first], sorted[i]);
        complain(problems, PROBLEM_DUPLICATE_NAME, sorted[i]->place,
                 "the manifest %s is named '%s' already",
                 complain_quote(problems, sorted[first]->path), sorted[i]->name);
    }
    return 0;
}

static int by_slot(const void *left, const void *right)
{
    const struct claim *a = left, *b = right;
    int order = strcmp(a->entry->scope, b->entry->scope);
    if (!order)
        order = strcmp(a->type, b->type);
    if (!order)
        order = (a->manifest > b->manifest) - (a->manifest < b->manifest);
    return order ? order : (a->entry > b->entry) - (a->entry < b->entry);
}

static size_t collect(const struct manifests *manifests, struct claim *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < manifests->count; i++)
        for (size_t j = 0; j < manifests->items[i].entry_count; j++) {
            const struct entry *entry = &manifests->items[i].entries[j];
            for (size_t k = 0; k < entry->type_count; k++, count++)
                if (ret)
                    ret[count] = (struct claim){&manifests->items[i], entry, entry->types[k]};
        }
    return count;
}

static void refuse_claim(const struct claim *first, const struct claim *claim,
                         struct problems *problems)
{
    refuse(first->manifest, claim->manifest);
    if (complain_enough(problems))
        return;
    complain(problems, PROBLEM_DUPLICATE_CLAIM, claim->entry->type_place,
             "%s in scope %s is claimed by another manifest already: %s, line %d", claim->type,
             claim->entry->scope, complain_quote(problems, first->manifest->path),
             first->entry->type_place.line);
    problems->items[problems->count - 1].certificate = claim->entry->name;
}

static int check_claims(struct manifests *manifests, struct problems *problems)
{
    size_t count = collect(manifests, NULL);
    if (count > CLAIMS_MOST) {
        complain(problems, PROBLEM_LIMIT_EXCEEDED, (struct place){0},
                 "more than %d claims of slots in all manifests", CLAIMS_MOST);
        for (size_t i = 0; i < manifests->count; i++)
            manifests->items[i].broken = true;
        return 0;
    }
    struct claim *claims = calloc(count + 1, sizeof(*claims));
    if (!claims)
        return -1;
    collect(manifests, claims);
    qsort(claims, count, sizeof(*claims), by_slot);
    for (size_t i = 1, first = 0; i < count; i++) {
        if (strcmp(claims[first].entry->scope, claims[i].entry->scope) != 0 ||
            strcmp(claims[first].type, claims[i].type) != 0)
            first = i;
        else if (claims[i].manifest != claims[i - 1].manifest)
            refuse_claim(&claims[first], &claims[i], problems);
    }
    free(claims);
    return 0;
}

int rules_check_manifests(struct manifests *manifests, struct problems *problems)
{
    if (manifests->count < 2)
        return 0;
    if (check_names(manifests, problems) != 0)
        return -1;
    return check_claims(manifests, problems);
}
