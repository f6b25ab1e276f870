#include "report/past.h"
#include "report/shape.h"
#include "report/writers.h"

#include <jansson.h>
#include <string.h>

static json_t *make_object(const struct shape *shape, const void *row);

/* Jansson refuses what is no UTF-8: such bytes become visible escapes. */
static json_t *make_text(const char *string)
{
    if (!string)
        return json_null();
    if (text_is_utf8(string))
        return json_string(string);
    struct text escaped CLEANUP(text_done) = TEXT_INIT;
    text_add_visible(&escaped, string);
    return text_failed(&escaped) ? NULL : json_string(text_string(&escaped));
}

static json_t *text_value(const struct field *field, const void *at)
{
    (void)field;
    return make_text(*(const char *const *)at);
}

static json_t *time_value(const struct field *field, const void *at)
{
    (void)field;
    char text[INSTANT_TEXT_SIZE];
    const instant *time = at;
    return *time == INSTANT_NONE ? json_null() : json_string(instant_format(*time, text));
}

static json_t *count_value(const struct field *field, const void *at)
{
    (void)field;
    return json_integer(*(const int64_t *)at);
}

static json_t *place_value(const struct field *field, const void *at)
{
    (void)field;
    int64_t number = *(const int64_t *)at;
    return number > 0 ? json_integer(number) : json_null();
}

static json_t *flag_value(const struct field *field, const void *at)
{
    (void)field;
    return json_boolean(*(const bool *)at);
}

static json_t *object_value(const struct field *field, const void *at)
{
    const void *row = *(const void *const *)at;
    return row ? make_object(field->shape, row) : json_null();
}

static json_t *list_value(const struct field *field, const void *at)
{
    const struct list *list = at;
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++) {
        const char *row = (const char *)list->items + i * field->shape->size;
        if (json_array_append_new(array, make_object(field->shape, row)) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *texts_value(const struct field *field, const void *at)
{
    (void)field;
    const struct list *list = at;
    const char *const *strings = list->items;
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++) {
        if (json_array_append_new(array, make_text(strings[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *json_value(const struct field *field, const void *at)
{
    (void)field;
    json_t *value = NULL;
    if (past_read(*(const char *const *)at, &value) < 0)
        return NULL;
    return value ? value : json_null();
}

static json_t *(*const makers[FIELD_KIND_COUNT])(const struct field *, const void *) = {
    [FIELD_TEXT] = text_value,   [FIELD_TIME] = time_value,   [FIELD_COUNT] = count_value,
    [FIELD_PLACE] = place_value, [FIELD_FLAG] = flag_value,   [FIELD_OBJECT] = object_value,
    [FIELD_LIST] = list_value,   [FIELD_TEXTS] = texts_value, [FIELD_JSON] = json_value,
};

static bool is_left_out(const struct field *field, const void *at)
{
    return field->left_out && *(const int64_t *)at == 0;
}

/* Jansson's setters take the NULL of a failed maker, and fail too. */
static json_t *make_object(const struct shape *shape, const void *row)
{
    json_t *object = json_object();
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct field *field = &shape->fields[i];
        const char *at = (const char *)row + field->offset;
        if (is_left_out(field, at))
            continue;
        if (json_object_set_new(object, field->name, makers[field->kind](field, at)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

/* How values are written. */
struct style {
    bool compact; /* without spaces */
    bool in_html;
};

enum { INDENT = 2 };

static void begin_line(struct text *text, const struct style *style, int depth)
{
    if (!style->compact)
        text_printf(text, "\n%*s", INDENT * depth, "");
}

/* What jansson wrote of a value that stands so deep. */
struct dump {
    struct text text;
    const struct style *style;
    int depth;
};

static int add_part(const char *bytes, size_t length, void *context)
{
    struct dump *dump = context;
    for (const char *end; (end = memchr(bytes, '\n', length)); bytes = end + 1) {
        text_add_bytes(&dump->text, bytes, (size_t)(end - bytes));
        begin_line(&dump->text, dump->style, dump->depth);
        length -= (size_t)(end + 1 - bytes);
    }
    text_add_bytes(&dump->text, bytes, length);
    return 0;
}

/* Adds a value, which is released. 0, or -1 when memory is out: the text knows that whatever
 * jansson made of it. */
static int add_value(struct text *text, json_t *value, const struct style *style, int depth)
{
    struct dump dump = {TEXT_INIT, style, depth};
    size_t flags = style->compact ? JSON_COMPACT : JSON_INDENT(INDENT);
    int error = json_dump_callback(value, add_part, &dump, flags | JSON_ENCODE_ANY);
    json_decref(value);
    error = error || text_failed(&dump.text) ? -1 : 0;
    if (!error)
        text_add_json(text, text_string(&dump.text), style->in_html);
    text_done(&dump.text);
    return error;
}

static int write_list(struct text *text, const struct field *field, const struct list *list,
                      const struct style *style)
{
    text_add(text, "[");
    for (size_t i = 0; i < list->count; i++) {
        const void *row = (const char *)list->items + i * field->shape->size;
        text_add(text, i ? "," : "");
        begin_line(text, style, 2);
        if (add_value(text, make_object(field->shape, row), style, 2) < 0)
            return -1;
        text_spill(text);
    }
    if (list->count)
        begin_line(text, style, 1);
    text_add(text, "]");
    return 0;
}

/* Row by row, so that the whole is never in memory. */
int report_write_json(const struct report_view *view, const struct document *document,
                      struct text *text)
{
    const struct shape *shape = shape_of(view->kind);
    const struct style style = {.compact = view->compact};
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct field *field = &shape->fields[i];
        const void *at = (const char *)document + field->offset;
        if (is_left_out(field, at))
            continue;
        text_add(text, i ? "," : "{");
        begin_line(text, &style, 1);
        text_printf(text, "\"%s\":%s", field->name, style.compact ? "" : " ");
        int error = field->kind == FIELD_LIST
                        ? write_list(text, field, at, &style)
                        : add_value(text, makers[field->kind](field, at), &style, 1);
        if (error)
            return error;
    }
    begin_line(text, &style, 0);
    text_add(text, "}\n");
    return 0;
}

static const struct style page_style = {.compact = true, .in_html = true};

enum choice { ALL, PRESSING, OTHERS };

static bool is_chosen(const struct field *field, const void *row, enum choice choice)
{
    return choice == ALL || (field->pressing && field->pressing(row)) == (choice == PRESSING);
}

/* Adds the chosen rows up to limit. *count: those that the list has by now. */
static int add_rows(struct text *text, const struct field *field, const struct list *list,
                    enum choice choice, size_t limit, size_t *count)
{
    for (size_t i = 0; i < list->count; i++) {
        const void *row = (const char *)list->items + i * field->shape->size;
        size_t mark = text_size(text);
        if (!is_chosen(field, row, choice))
            continue;
        text_add(text, *count ? "," : "");
        if (add_value(text, make_object(field->shape, row), &page_style, 0) < 0)
            return -1;
        if (text_size(text) > limit) {
            text_cut(text, mark);
            return 0;
        }
        text_spill(text);
        (*count)++;
    }
    return 0;
}

/* A document's list: all of it, or what has room in a half of what is left. *ret: what has not. */
static int add_list(struct text *text, const struct field *field, const struct list *list, bool cut,
                    size_t limit, int64_t *ret)
{
    size_t count = 0;
    if (cut)
        limit -= limit > text_size(text) ? (limit - text_size(text)) / 2 : 0;
    text_add(text, "[");
    for (enum choice choice = cut ? PRESSING : ALL; choice <= (cut ? OTHERS : ALL); choice++)
        if (add_rows(text, field, list, choice, limit, &count) < 0)
            return -1;
    text_add(text, "]");
    *ret = (int64_t)(list->count - count);
    return 0;
}

/* 1: it does not fit as a whole. */
static int add_document(struct text *text, const struct shape *shape, struct document *document,
                        bool cut, size_t limit)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct field *field = &shape->fields[i];
        char *at = (char *)document + field->offset;
        int64_t *rest = (void *)((char *)document + field->rest);
        if (is_left_out(field, at))
            continue;
        text_printf(text, "%s\"%s\":", i ? "," : "{", field->name);
        int error = field->rest ? add_list(text, field, (void *)at, cut, limit, rest)
                                : add_value(text, makers[field->kind](field, at), &page_style, 0);
        if (error)
            return error;
        if (!cut && ((field->rest && *rest) || text_size(text) > limit))
            return 1;
    }
    text_add(text, "}");
    return 0;
}

/* Whether it fits, of a text of this size; as add_document(). */
static int try_document(size_t size, const struct shape *shape, struct document document,
                        size_t limit)
{
    struct text text CLEANUP(text_done) = TEXT_INIT;
    text.sink = TEXT_DROPPED;
    text.spilled = size;
    int result = add_document(&text, shape, &document, false, limit);
    return text_failed(&text) ? -1 : result;
}

/* What has been spilled cannot be taken back. */
int report_add_data(enum report_kind kind, const struct document *document, size_t limit,
                    struct text *text)
{
    const struct shape *shape = shape_of(kind);
    struct document copy = *document;
    int cut = try_document(text_size(text), shape, copy, limit);
    return cut < 0 ? -1 : add_document(text, shape, &copy, cut > 0, limit);
}
