/*
 * document: a manifest's bytes, and the tree of nodes that know their places.
 *
 * Anchors, aliases and merge keys are resolved: an alias is the very node that it names, so the
 * tree may share branches. It is never a circle, and the number of nodes that a walk over it meets
 * is bounded. A file's texts are secrets until it is known what they are: they live in pages that
 * are wiped by document_forget().
 */
#ifndef CERTROLL_MANIFEST_DOCUMENT_H
#define CERTROLL_MANIFEST_DOCUMENT_H

#include "base/problem.h"
#include "base/secret.h"

#include <stdint.h>

enum node_kind { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING };

/* What an excerpt may show of it. */
enum visibility {
    SHOWN,
    PASSWORD,  /* the value of `password`: an object's well-known members are shown */
    ADDRESSES, /* a list of such as may hold a password */
    HIDDEN,
};

enum pair_origin { PAIR_OWN, PAIR_MERGED, PAIR_MERGE_KEY };

struct pair {
    struct node *key;
    struct node *value;
    enum pair_origin origin;
};

/* A line and a column, from 1. */
struct position {
    int line;
    int column;
};

/* There are as many as 300,000: what is bounded (yaml.h) is kept in no more than it needs. */
struct node {
    enum node_kind kind : 8;
    enum visibility visibility : 8;
    unsigned height : 8; /* levels below it */
    bool plain : 1;  /* a scalar with neither quotes nor a tag: maybe a number, a boolean or null */
    bool open : 1;   /* its end has not been read */
    uint32_t weight; /* the nodes that a walk over it meets */
    uint32_t count;  /* characters, items or pairs */
    uint32_t capacity;
    struct position end; /* the column after its last character */
    struct place place;
    union {
        char *text; /* UTF-8; NUL-terminated, may hold others */
        struct node **items;
        struct pair *pairs;
    };
};

/* From one character to before another. */
struct span {
    struct place from;
    struct position to;
};

struct document {
    const char *path;
    struct secret *file; /* its bytes */
    const char *bytes;   /* those behind a byte order mark */
    size_t size;
    struct arena *arena; /* nodes and what belongs to them; until document_forget() */
    struct arena *marks; /* masks and lines */
    struct secret **texts;
    size_t text_count;
    size_t text_capacity;
    size_t text_used;   /* of the last one */
    struct node *root;  /* NULL without content; what was read until then where broken */
    bool broken;        /* not YAML, or beyond a bound */
    struct span *masks; /* what an excerpt must not show, in order; none where broken */
    size_t mask_count;
    size_t mask_capacity;
    const char **lines; /* where each begins; excerpt.c makes it */
    size_t line_count;
};

/* Takes over file. 0, or -1 when memory is out; document_done() is due in both cases. */
int document_init(struct document *document, const char *path, struct secret *file);
void document_done(struct document *document);

/* Lets go the tree and its texts; what excerpts need stays. */
void document_forget(struct document *document);

/* Copies a text into the document's secret pages and ends it with a NUL. This and the next four
 * build the tree: NULL or -1 when memory is out. */
char *document_keep(struct document *document, const char *text, size_t length);
struct node *document_add(struct document *document, enum node_kind kind, struct span span);
int document_mask(struct document *document, const struct node *node);
int node_add_item(struct document *document, struct node *sequence, struct node *item);
int node_add_pair(struct document *document, struct node *mapping, struct pair pair);

/* True for a scalar with this text. */
bool node_is(const struct node *node, const char *text);

/* The value of a key of a mapping, its own or a merged one; NULL where there is none. */
const struct node *node_value(const struct node *mapping, const char *key);

#endif
