#include "manifest/complain.h"
#include "manifest/forms.h"
#include "manifest/suggest.h"
#include "manifest/types.h"

#include <string.h>
#include <strings.h>

enum { CUSTOM_TYPES_MOST = 256, INSTANCE_MOST = 64 };

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* The words stay; where they stand is the document's. */
static bool allocate(struct reader *reader, size_t count, struct word_list *ret)
{
    ret->words = arena_alloc(reader->arena, count, sizeof(*ret->words));
    ret->places = arena_alloc(reader->document->arena, count, sizeof(*ret->places));
    ret->count = 0;
    if (!ret->words || !ret->places)
        reader->failed = true;
    return !reader->failed;
}

static void append(struct word_list *list, const char *word, struct place place)
{
    list->places[list->count] = place;
    list->words[list->count++] = word;
}

static const char *find_type(const struct reader *reader, const char *name)
{
    const struct type *builtin = types_find(name);
    const struct word_list *custom = &reader->outline.custom_types;
    if (builtin)
        return builtin->name;
    for (size_t i = 0; i < custom->count; i++)
        if (strcasecmp(custom->words[i], name) == 0)
            return custom->words[i];
    return NULL;
}

static void refuse_type(struct reader *reader, const struct node *node, const char *name)
{
    struct suggestion suggestion = {name, NULL, 0};
    if (complain_enough(reader->problems))
        return;
    for (size_t i = 0; i < types_builtin_count; i++)
        suggest_consider(&suggestion, types_builtin[i].name);
    for (size_t i = 0; i < reader->outline.custom_types.count; i++)
        suggest_consider(&suggestion, reader->outline.custom_types.words[i]);
    const char *quoted = complain_quote(reader->problems, name);
    if (suggestion.word)
        complain(reader->problems, PROBLEM_UNKNOWN_TYPE, node->place,
                 "unknown type %s, did you mean '%s'?", quoted, suggestion.word);
    else
        complain(reader->problems, PROBLEM_UNKNOWN_TYPE, node->place,
                 "unknown type %s: custom_types lists what is not built in", quoted);
}

/* "Type" or "Type@instance" in its canonical form, or NULL. */
static const char *decode_type(struct reader *reader, const struct node *node)
{
    const char *text = form_text(reader, node, "type");
    if (!text)
        return NULL;
    const char *at = strchrnul(text, '@');
    char *name = arena_strndup(reader->document->arena, text, (size_t)(at - text));
    if (!name) {
        reader->failed = true;
        return NULL;
    }
    if (*at && !form_is_word(at + 1, strlen(at + 1), LETTERS DIGITS, LETTERS DIGITS "._-",
                             INSTANCE_MOST)) {
        complain(reader->problems, PROBLEM_INVALID_VALUE, node->place,
                 "an instance (behind '@') is at most %d letters, digits, '.', '_' and '-', and "
                 "begins with a letter or digit",
                 INSTANCE_MOST);
        return NULL;
    }
    const char *type = find_type(reader, name);
    if (!type) {
        refuse_type(reader, node, name);
        return NULL;
    }
    return form_join(reader, type, at);
}

bool form_decode_types(struct reader *reader, const struct field *field, const struct node *value,
                       void *slot)
{
    struct word_list list;
    size_t count = value->kind == NODE_SEQUENCE ? value->count : 1;
    bool valid = true;
    if (value->kind == NODE_MAPPING) {
        complain(reader->problems, PROBLEM_WRONG_KIND, value->place,
                 "%s is a text or a list of texts, not a mapping", field->name);
        return false;
    }
    if (!allocate(reader, count, &list))
        return false;
    for (size_t i = 0; i < count && !reader->failed; i++) {
        const struct node *node = value->kind == NODE_SEQUENCE ? value->items[i] : value;
        const char *type = decode_type(reader, node);
        if (type)
            append(&list, type, node->place);
        else
            valid = false;
    }
    memcpy(slot, &list, sizeof(list));
    return valid;
}

static const char *decode_custom_type(struct reader *reader, const struct node *node,
                                      const struct word_list *before)
{
    const char *text = form_text(reader, node, "a custom type");
    if (!text)
        return NULL;
    if (!form_is_type_name(text, strlen(text))) {
        complain(reader->problems, PROBLEM_INVALID_VALUE, node->place,
                 "a custom type is at most 64 letters and digits, and begins with a letter");
        return NULL;
    }
    if (types_find(text)) {
        complain(reader->problems, PROBLEM_INVALID_VALUE, node->place,
                 "'%s' is built in: leave it out", types_find(text)->name);
        return NULL;
    }
    for (size_t i = 0; i < before->count; i++)
        if (strcasecmp(before->words[i], text) == 0) {
            complain(reader->problems, PROBLEM_INVALID_VALUE, node->place,
                     "'%s' stands in line %d already", text, before->places[i].line);
            return NULL;
        }
    return form_copy(reader, text);
}

bool form_decode_custom_types(struct reader *reader, const struct field *field,
                              const struct node *value, void *slot)
{
    struct word_list *list = slot;
    if (value->kind != NODE_SEQUENCE) {
        complain(reader->problems, PROBLEM_WRONG_KIND, value->place,
                 "%s is a list of texts, not %s", field->name, form_kind_name(value));
        return false;
    }
    if (value->count > CUSTOM_TYPES_MOST) {
        complain(reader->problems, PROBLEM_LIMIT_EXCEEDED, value->place,
                 "more than %d custom types", CUSTOM_TYPES_MOST);
        return false;
    }
    if (!allocate(reader, value->count, list))
        return false;
    for (size_t i = 0; i < value->count && !reader->failed; i++) {
        const char *type = decode_custom_type(reader, value->items[i], list);
        if (type)
            append(list, type, value->items[i]->place);
    }
    return list->count == value->count;
}
