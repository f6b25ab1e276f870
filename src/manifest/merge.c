#include "manifest/merge.h"

#include "manifest/complain.h"
#include "manifest/yaml.h"

#include <string.h>

static bool has_key(const struct node *mapping, const struct node *key)
{
    for (size_t i = 0; i < mapping->count; i++) {
        const struct pair *pair = &mapping->pairs[i];
        if (pair->origin != PAIR_MERGE_KEY && pair->key->kind == NODE_SCALAR &&
            pair->key->count == key->count && memcmp(pair->key->text, key->text, key->count) == 0)
            return true;
    }
    return false;
}

static int merge_one(struct document *document, struct node *mapping, const struct node *from)
{
    for (size_t i = 0; i < from->count; i++) {
        struct pair pair = from->pairs[i];
        if (pair.origin == PAIR_MERGE_KEY || pair.key->kind != NODE_SCALAR ||
            has_key(mapping, pair.key))
            continue;
        pair.origin = PAIR_MERGED;
        mapping->weight += pair.key->weight + pair.value->weight;
        if (mapping->height <= pair.value->height)
            mapping->height = pair.value->height + 1u;
        if (node_add_pair(document, mapping, pair) != 0)
            return -1;
    }
    return 0;
}

static int merge_value(struct document *document, struct node *mapping, const struct node *value,
                       struct problems *problems)
{
    size_t count = value->kind == NODE_SEQUENCE ? value->count : 1;
    for (size_t i = 0; i < count && mapping->count <= YAML_KEYS_MOST; i++) {
        const struct node *from = value->kind == NODE_SEQUENCE ? value->items[i] : value;
        if (from->kind != NODE_MAPPING)
            complain(problems, PROBLEM_WRONG_KIND, from->place,
                     "'<<' takes a mapping or a list of mappings");
        else if (merge_one(document, mapping, from) != 0)
            return -1;
    }
    return 0;
}

int merge_resolve(struct document *document, struct node *mapping, struct problems *problems)
{
    size_t own = mapping->count;
    bool merged = false;
    for (size_t i = 0; i < own; i++) {
        struct pair pair = mapping->pairs[i];
        if (pair.origin != PAIR_MERGE_KEY)
            continue;
        if (merged)
            complain(problems, PROBLEM_DUPLICATE_KEY, pair.key->place,
                     "'<<' stands here already: name several mappings in one list");
        merged = true;
        if (merge_value(document, mapping, pair.value, problems) != 0)
            return -1;
    }
    return 0;
}
