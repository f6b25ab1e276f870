#include "report/schema.h"

#include "base/json_memory.h"
#include "report/shape.h"

#include <jansson.h>

/* Each maker gives the schema of one kind of field, NULL when memory is out; definitions collects
 * the shapes that are met on the way. */
typedef json_t *maker(const struct field *field, json_t *definitions);

static json_t *describe(const struct shape *shape, json_t *definitions);

static json_t *typed(const char *type, bool never_null)
{
    return never_null ? json_pack("{s:s}", "type", type)
                      : json_pack("{s:[s,s]}", "type", type, "null");
}

/* "enum", with null where the field can be. */
static int add_choices(json_t *schema, const struct field *field)
{
    json_t *values = json_array();
    int error = 0;
    for (int i = 0; !error && field->choice(i); i++)
        error = json_array_append_new(values, json_string(field->choice(i)));
    if (!error && !field->never_null)
        error = json_array_append_new(values, json_null());
    if (!error)
        return json_object_set_new(schema, "enum", values);
    json_decref(values);
    return -1;
}

static json_t *text_schema(const struct field *field, json_t *definitions)
{
    (void)definitions;
    json_t *schema = typed("string", field->never_null);
    int error = 0;
    if (field->pattern)
        error = json_object_set_new(schema, "pattern", json_string(field->pattern));
    if (!error && field->choice)
        error = add_choices(schema, field);
    if (!error)
        return schema;
    json_decref(schema);
    return NULL;
}

static json_t *time_schema(const struct field *field, json_t *definitions)
{
    (void)definitions;
    const char *pattern = "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$";
    json_t *schema = typed("string", field->never_null);
    if (json_object_set_new(schema, "format", json_string("date-time")) == 0 &&
        json_object_set_new(schema, "pattern", json_string(pattern)) == 0)
        return schema;
    json_decref(schema);
    return NULL;
}

static json_t *count_schema(const struct field *field, json_t *definitions)
{
    (void)definitions;
    return json_pack("{s:s,s:i}", "type", "integer", "minimum", field->left_out ? 1 : 0);
}

static json_t *place_schema(const struct field *field, json_t *definitions)
{
    (void)field;
    (void)definitions;
    return json_pack("{s:[s,s],s:i}", "type", "integer", "null", "minimum", 1);
}

static json_t *flag_schema(const struct field *field, json_t *definitions)
{
    (void)field;
    (void)definitions;
    return typed("boolean", true);
}

/* A reference to the shape's definition, which is made on the first one. */
static json_t *refer(const struct shape *shape, json_t *definitions)
{
    if (!json_object_get(definitions, shape->name) &&
        json_object_set_new(definitions, shape->name, describe(shape, definitions)) != 0)
        return NULL;
    return json_pack("{s:s+}", "$ref", "#/$defs/", shape->name);
}

static json_t *object_schema(const struct field *field, json_t *definitions)
{
    json_t *reference = refer(field->shape, definitions);
    if (!reference || field->never_null)
        return reference;
    return json_pack("{s:[o,{s:s}]}", "anyOf", reference, "type", "null");
}

static json_t *list_schema(const struct field *field, json_t *definitions)
{
    json_t *reference = refer(field->shape, definitions);
    return reference ? json_pack("{s:s,s:o}", "type", "array", "items", reference) : NULL;
}

static json_t *texts_schema(const struct field *field, json_t *definitions)
{
    (void)field;
    (void)definitions;
    return json_pack("{s:s,s:{s:s}}", "type", "array", "items", "type", "string");
}

static json_t *json_schema(const struct field *field, json_t *definitions)
{
    (void)field;
    (void)definitions;
    return json_pack("{s:[s,s]}", "type", "object", "null");
}

static maker *const makers[FIELD_KIND_COUNT] = {
    [FIELD_TEXT] = text_schema,   [FIELD_TIME] = time_schema,   [FIELD_COUNT] = count_schema,
    [FIELD_PLACE] = place_schema, [FIELD_FLAG] = flag_schema,   [FIELD_OBJECT] = object_schema,
    [FIELD_LIST] = list_schema,   [FIELD_TEXTS] = texts_schema, [FIELD_JSON] = json_schema,
};

static int add_field(const struct field *field, json_t *properties, json_t *required,
                     json_t *definitions)
{
    json_t *schema = makers[field->kind](field, definitions);
    if (json_object_set_new(schema, "description", json_string(field->says)) != 0) {
        json_decref(schema);
        return -1;
    }
    if (json_object_set_new(properties, field->name, schema) != 0)
        return -1;
    return field->left_out ? 0 : json_array_append_new(required, json_string(field->name));
}

static json_t *describe(const struct shape *shape, json_t *definitions)
{
    json_t *properties = json_object(), *required = json_array();
    int error = 0;
    for (size_t i = 0; !error && i < shape->field_count; i++)
        error = add_field(&shape->fields[i], properties, required, definitions);
    if (!error)
        return json_pack("{s:s,s:s,s:o,s:o}", "description", shape->says, "type", "object",
                         "properties", properties, "required", required);
    json_decref(properties);
    json_decref(required);
    return NULL;
}

static json_t *make_schema(const struct shape *shape)
{
    json_t *schema =
        json_pack("{s:s,s:s+}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
                  "certroll ", shape->name);
    json_t *definitions = json_object(), *body = describe(shape, definitions);
    int error = json_object_update(schema, body);
    json_decref(body);
    if (json_object_set_new(schema, "$defs", definitions) == 0 && !error)
        return schema;
    json_decref(schema);
    return NULL;
}

int report_schema(enum report_kind kind, struct text *ret)
{
    json_memory_begin();
    json_t *schema = make_schema(shape_of(kind));
    char *dump = json_dumps(schema, JSON_INDENT(2));
    json_decref(schema);
    struct text text = TEXT_INIT;
    if (dump) {
        text_add(&text, dump);
        text_add(&text, "\n");
    }
    free(dump);
    if (!dump || json_memory_failed() || text_failed(&text)) {
        text_done(&text);
        return -1;
    }
    *ret = text;
    return 0;
}
