#include "manifest/document.h"

#include <string.h>

enum { TEXTS_SIZE = 64 * 1024 };

int document_init(struct document *document, const char *path, struct secret *file)
{
    *document = (struct document){.path = path, .file = file};
    document->bytes = (const char *)secret_peek(file);
    document->size = secret_size(file);
    if (document->size >= 3 && memcmp(document->bytes, "\xef\xbb\xbf", 3) == 0) {
        document->bytes += 3;
        document->size -= 3;
    }
    document->arena = arena_new();
    document->marks = arena_new();
    return document->arena && document->marks ? 0 : -1;
}

void document_forget(struct document *document)
{
    for (size_t i = 0; i < document->text_count; i++)
        secret_free(document->texts[i]);
    document->text_count = 0;
    document->root = NULL;
    arena_free(document->arena);
    document->arena = NULL;
}

void document_done(struct document *document)
{
    document_forget(document);
    arena_free(document->marks);
    secret_free(document->file);
    *document = (struct document){0};
}

char *document_keep(struct document *document, const char *text, size_t length)
{
    struct secret *last = document->text_count ? document->texts[document->text_count - 1] : NULL;
    if (secret_size(last) - document->text_used < length + 1) {
        if (arena_grow(document->arena, &document->texts, document->text_count,
                       &document->text_capacity, sizeof(struct secret *)) != 0)
            return NULL;
        last = secret_new(length + 1 > TEXTS_SIZE ? length + 1 : TEXTS_SIZE);
        if (!last)
            return NULL;
        document->texts[document->text_count++] = last;
        document->text_used = 0;
    }
    char *copy = (char *)secret_bytes(last) + document->text_used;
    memcpy(copy, text, length);
    document->text_used += length + 1;
    return copy;
}

struct node *document_add(struct document *document, enum node_kind kind, struct span span)
{
    struct node *node = arena_alloc(document->arena, 1, sizeof(*node));
    if (!node)
        return NULL;
    node->kind = kind;
    node->place = span.from;
    node->end = span.to;
    node->weight = 1;
    return node;
}

int document_mask(struct document *document, const struct node *node)
{
    if (arena_grow(document->marks, &document->masks, document->mask_count,
                   &document->mask_capacity, sizeof(struct span)) != 0)
        return -1;
    document->masks[document->mask_count++] = (struct span){node->place, node->end};
    return 0;
}

/* items: of the node's. */
static int grow(struct document *document, struct node *node, void *items, size_t size)
{
    size_t capacity = node->capacity;
    if (arena_grow(document->arena, items, node->count, &capacity, size) != 0)
        return -1;
    node->capacity = (uint32_t)capacity;
    return 0;
}

int node_add_item(struct document *document, struct node *sequence, struct node *item)
{
    if (grow(document, sequence, &sequence->items, sizeof(struct node *)) != 0)
        return -1;
    sequence->items[sequence->count++] = item;
    return 0;
}

int node_add_pair(struct document *document, struct node *mapping, struct pair pair)
{
    if (grow(document, mapping, &mapping->pairs, sizeof(struct pair)) != 0)
        return -1;
    mapping->pairs[mapping->count++] = pair;
    return 0;
}

bool node_is(const struct node *node, const char *text)
{
    return node->kind == NODE_SCALAR && node->text[0] == text[0] && node->count == strlen(text) &&
           memcmp(node->text, text, node->count) == 0;
}

const struct node *node_value(const struct node *mapping, const char *key)
{
    if (!mapping || mapping->kind != NODE_MAPPING)
        return NULL;
    for (size_t i = 0; i < mapping->count; i++)
        if (mapping->pairs[i].origin != PAIR_MERGE_KEY && node_is(mapping->pairs[i].key, key))
            return mapping->pairs[i].value;
    return NULL;
}
