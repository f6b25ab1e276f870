#include "manifest/yaml.h"

#include "manifest/complain.h"
#include "manifest/merge.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

struct anchor {
    const char *name;
    struct node *node;
};

/* A container that is being read; key waits for its value. */
struct frame {
    struct node *node;
    struct node *key;
};

struct builder {
    yaml_parser_t parser;
    struct document *document;
    yaml_visibility *visibility;
    struct problems *problems;
    struct frame frames[YAML_DEPTH_MOST];
    size_t depth;
    struct anchor anchors[YAML_ANCHORS_MOST];
    size_t anchor_count;
    size_t weight; /* of all nodes so far */
    size_t documents;
};

static struct place place_at(const struct builder *builder, const yaml_mark_t *mark)
{
    return (struct place){builder->document->path, (int)mark->line + 1, (int)mark->column + 1};
}

static struct position position_of(const yaml_mark_t *mark)
{
    return (struct position){(int)mark->line + 1, (int)mark->column + 1};
}

static struct span span_of(const struct builder *builder, const yaml_event_t *event)
{
    return (struct span){place_at(builder, &event->start_mark), position_of(&event->end_mark)};
}

/* Reading ends with this error. */
#define STOP(builder, code, place, ...)                                                            \
    do {                                                                                           \
        complain((builder)->problems, code, place, __VA_ARGS__);                                   \
        (builder)->document->broken = true;                                                        \
    } while (0)

static bool weigh(struct builder *builder, size_t weight, struct place place)
{
    builder->weight += weight;
    if (builder->weight <= YAML_NODES_MOST)
        return true;
    STOP(builder, PROBLEM_LIMIT_EXCEEDED, place,
         "more than %d values, with each alias counted as all that it stands for", YAML_NODES_MOST);
    return false;
}

/* What may be shown of a node that is about to be attached. */
static enum visibility visibility_here(const struct builder *builder, const struct node *node)
{
    if (builder->depth == 0)
        return SHOWN;
    const struct frame *frame = &builder->frames[builder->depth - 1];
    if (frame->node->visibility == ADDRESSES)
        return builder->visibility(ADDRESSES, node, NULL);
    if (frame->node->kind == NODE_SEQUENCE)
        return frame->node->visibility == SHOWN ? SHOWN : HIDDEN;
    if (!frame->key)
        return builder->visibility(frame->node->visibility, node, NULL);
    return builder->visibility(frame->node->visibility, frame->key, node);
}

static void grow_over(struct node *node, const struct node *child)
{
    node->weight += child->weight;
    if (node->height <= child->height)
        node->height = child->height + 1u;
}

/* Puts a node where the next one belongs. 0, or -1 when memory is out. */
static int attach(struct builder *builder, struct node *node)
{
    if (builder->depth == 0) {
        builder->document->root = node;
        return 0;
    }
    struct frame *frame = &builder->frames[builder->depth - 1];
    if (frame->node->kind == NODE_SEQUENCE)
        return node_add_item(builder->document, frame->node, node);
    if (!frame->key) {
        frame->key = node;
        return 0;
    }
    struct pair pair = {frame->key, node, PAIR_OWN};
    if (pair.key->plain && node_is(pair.key, "<<"))
        pair.origin = PAIR_MERGE_KEY;
    frame->key = NULL;
    return node_add_pair(builder->document, frame->node, pair);
}

/* A finished node counts for the container that it stands in. */
static void close_over(struct builder *builder, const struct node *node)
{
    if (builder->depth > 0)
        grow_over(builder->frames[builder->depth - 1].node, node);
}

static int remember(struct builder *builder, const yaml_char_t *name, struct node *node)
{
    struct document *document = builder->document;
    if (!name)
        return 0;
    if (builder->anchor_count == YAML_ANCHORS_MOST) {
        STOP(builder, PROBLEM_LIMIT_EXCEEDED, node->place, "more than %d anchors",
             YAML_ANCHORS_MOST);
        return 0;
    }
    const char *copy = document_keep(document, (const char *)name, strlen((const char *)name));
    if (!copy)
        return -1;
    builder->anchors[builder->anchor_count++] = (struct anchor){copy, node};
    return 0;
}

/* Standard tags say what is there already; any other asks for what certroll does not know. */
static void check_tag(struct builder *builder, const yaml_char_t *tag, const char *allowed,
                      struct place place)
{
    if (tag && strcmp((const char *)tag, "!") != 0 && strcmp((const char *)tag, allowed) != 0)
        complain(builder->problems, PROBLEM_WRONG_KIND, place,
                 "a tag is not known here: leave it out, or quote a text that begins with '!'");
}

static int add_scalar(struct builder *builder, const yaml_event_t *event)
{
    struct document *document = builder->document;
    struct node *node = document_add(document, NODE_SCALAR, span_of(builder, event));
    if (!node)
        return -1;
    node->text =
        document_keep(document, (const char *)event->data.scalar.value, event->data.scalar.length);
    node->count = (uint32_t)event->data.scalar.length;
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !event->data.scalar.tag;
    check_tag(builder, event->data.scalar.tag, YAML_STR_TAG, node->place);
    if (!node->text)
        return -1;
    node->visibility = visibility_here(builder, node);
    if (node->visibility != SHOWN && document_mask(document, node) != 0)
        return -1;
    if (!weigh(builder, 1, node->place))
        return 0;
    if (attach(builder, node) != 0)
        return -1;
    close_over(builder, node);
    return remember(builder, event->data.scalar.anchor, node);
}

static int open_container(struct builder *builder, const yaml_event_t *event, enum node_kind kind)
{
    bool mapping = kind == NODE_MAPPING;
    struct node *node = document_add(builder->document, kind, span_of(builder, event));
    if (!node)
        return -1;
    node->open = true;
    node->visibility = visibility_here(builder, node);
    check_tag(builder, mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag,
              mapping ? YAML_MAP_TAG : YAML_SEQ_TAG, node->place);
    if (builder->depth == YAML_DEPTH_MOST) {
        STOP(builder, PROBLEM_LIMIT_EXCEEDED, node->place, "nested deeper than %d levels",
             YAML_DEPTH_MOST);
        return 0;
    }
    if (!weigh(builder, 1, node->place))
        return 0;
    if (attach(builder, node) != 0)
        return -1;
    builder->frames[builder->depth++] = (struct frame){node, NULL};
    return remember(builder,
                    mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
                    node);
}

static int close_container(struct builder *builder, const yaml_event_t *event)
{
    struct node *node = builder->frames[--builder->depth].node;
    node->open = false;
    node->end = position_of(&event->end_mark);
    size_t before = node->weight;
    if (node->kind == NODE_MAPPING &&
        merge_resolve(builder->document, node, builder->problems) != 0)
        return -1;
    if (node->kind == NODE_MAPPING && node->count > YAML_KEYS_MOST) {
        STOP(builder, PROBLEM_LIMIT_EXCEEDED, node->place, "more than %d keys in one mapping",
             YAML_KEYS_MOST);
        return 0;
    }
    if (!weigh(builder, node->weight - before, node->place))
        return 0;
    close_over(builder, node);
    return 0;
}

/* What stands where an alias leads nowhere: nothing, so that the rest can be read. */
static int add_nothing(struct builder *builder, struct span span)
{
    struct node *node = document_add(builder->document, NODE_SCALAR, span);
    if (!node)
        return -1;
    node->text = document_keep(builder->document, "", 0);
    if (!node->text)
        return -1;
    node->plain = true;
    node->visibility = visibility_here(builder, node);
    if (node->visibility != SHOWN && document_mask(builder->document, node) != 0)
        return -1;
    return attach(builder, node);
}

/* The name is not quoted: a password that begins with '*' looks like an alias. */
static int add_alias(struct builder *builder, const yaml_event_t *event)
{
    struct span span = span_of(builder, event);
    const char *name = (const char *)event->data.alias.anchor;
    struct node *node = NULL;
    for (size_t i = builder->anchor_count; i-- > 0 && !node;)
        if (strcmp(builder->anchors[i].name, name) == 0)
            node = builder->anchors[i].node;
    if (!node || node->open) {
        complain(builder->problems, PROBLEM_YAML_SYNTAX, span.from,
                 node ? "an alias cannot stand inside of what it names"
                      : "no anchor of this name stands before the alias; quote a text that "
                        "begins with '*'");
        return add_nothing(builder, span);
    }
    if (builder->depth + node->height > YAML_DEPTH_MOST) {
        STOP(builder, PROBLEM_LIMIT_EXCEEDED, span.from, "nested deeper than %d levels",
             YAML_DEPTH_MOST);
        return 0;
    }
    if (visibility_here(builder, node) != SHOWN && document_mask(builder->document, node) != 0)
        return -1;
    if (!weigh(builder, node->weight, span.from))
        return 0;
    if (attach(builder, node) != 0)
        return -1;
    close_over(builder, node);
    return 0;
}

static int handle(struct builder *builder, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (builder->documents++ > 0)
            STOP(builder, PROBLEM_YAML_SYNTAX, place_at(builder, &event->start_mark),
                 "a second document begins: write one manifest a file");
        return 0;
    case YAML_SCALAR_EVENT:
        return add_scalar(builder, event);
    case YAML_ALIAS_EVENT:
        return add_alias(builder, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_container(builder, event, NODE_SEQUENCE);
    case YAML_MAPPING_START_EVENT:
        return open_container(builder, event, NODE_MAPPING);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_container(builder, event);
    default:
        return 0;
    }
}

/* The place of a byte that cannot stand in YAML. */
static struct place place_of_byte(const struct document *document, size_t offset)
{
    struct place place = {document->path, 1, 1};
    for (size_t i = 0; i < offset && i < document->size; i++) {
        unsigned char byte = (unsigned char)document->bytes[i];
        place.column += (byte & 0xc0) != 0x80;
        if (byte == '\n') {
            place.line++;
            place.column = 1;
        }
    }
    return place;
}

static bool indented_by_tab(const struct document *document, const yaml_mark_t *mark)
{
    const char *at = document->bytes, *end = at + document->size;
    for (size_t line = 0; line < mark->line && at; line++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    while (at && at < end && *at == ' ')
        at++;
    return at && at < end && *at == '\t';
}

/* libyaml's words name no content: they are safe to pass on. */
static int explain(struct builder *builder)
{
    const yaml_parser_t *parser = &builder->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        return -1;
    const char *problem = parser->problem ? parser->problem : "not YAML";
    if (parser->error == YAML_READER_ERROR)
        STOP(builder, PROBLEM_YAML_SYNTAX, place_of_byte(builder->document, parser->problem_offset),
             "%s; a manifest is UTF-8 text", problem);
    else if (indented_by_tab(builder->document, &parser->problem_mark))
        STOP(builder, PROBLEM_YAML_SYNTAX, place_at(builder, &parser->problem_mark),
             "a tab cannot indent: write spaces (%s)", problem);
    else if (parser->context && parser->context_mark.line != parser->problem_mark.line)
        STOP(builder, PROBLEM_YAML_SYNTAX, place_at(builder, &parser->problem_mark),
             "%s (%s that begins in line %zu)", problem, parser->context,
             parser->context_mark.line + 1);
    else
        STOP(builder, PROBLEM_YAML_SYNTAX, place_at(builder, &parser->problem_mark), "%s", problem);
    return 0;
}

/* libyaml takes time that grows with the square of the number of directives. */
static bool refuses_bytes(struct builder *builder)
{
    const struct document *document = builder->document;
    size_t directives = 0;
    if (document->size >= 2 && (memcmp(document->bytes, "\xff\xfe", 2) == 0 ||
                                memcmp(document->bytes, "\xfe\xff", 2) == 0)) {
        STOP(builder, PROBLEM_YAML_SYNTAX, ((struct place){document->path, 1, 1}),
             "the file is UTF-16: save it as UTF-8");
        return true;
    }
    const char *at = document->bytes, *end = at + document->size;
    for (; (at = memchr(at, '%', (size_t)(end - at))); at++) {
        directives += at == document->bytes || at[-1] == '\n' || at[-1] == '\r';
        if (directives > 1) {
            STOP(builder, PROBLEM_YAML_SYNTAX,
                 place_of_byte(document, (size_t)(at - document->bytes)),
                 "more than one directive: leave them out");
            return true;
        }
    }
    return false;
}

static void wipe_event(yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        explicit_bzero(event->data.scalar.value, event->data.scalar.length);
    yaml_event_delete(event);
}

/* libyaml's buffers and the tokens that it had read ahead. */
static void wipe_parser(yaml_parser_t *parser)
{
    for (yaml_token_t *token = parser->tokens.head; token != parser->tokens.tail; token++)
        if (token->type == YAML_SCALAR_TOKEN)
            explicit_bzero(token->data.scalar.value, token->data.scalar.length);
    if (parser->raw_buffer.start)
        explicit_bzero(parser->raw_buffer.start,
                       (size_t)(parser->raw_buffer.end - parser->raw_buffer.start));
    if (parser->buffer.start)
        explicit_bzero(parser->buffer.start, (size_t)(parser->buffer.end - parser->buffer.start));
    yaml_parser_delete(parser);
}

static int read_events(struct builder *builder)
{
    for (bool end = false; !end && !builder->document->broken;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&builder->parser, &event))
            return explain(builder);
        int result = handle(builder, &event);
        end = event.type == YAML_STREAM_END_EVENT;
        wipe_event(&event);
        if (result != 0)
            return -1;
    }
    return 0;
}

int yaml_parse(struct document *document, yaml_visibility *visibility, struct problems *problems)
{
    struct builder builder = {.document = document, .visibility = visibility, .problems = problems};
    if (refuses_bytes(&builder))
        return 0;
    if (!yaml_parser_initialize(&builder.parser))
        return -1;
    yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&builder.parser, (const unsigned char *)document->bytes,
                                 document->size);
    int result = read_events(&builder);
    wipe_parser(&builder.parser);
    return result;
}
