#include "manifest/schema.h"

#include "base/json_memory.h"
#include "manifest/fields.h"
#include "manifest/types.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_NAME "[A-Za-z][A-Za-z0-9]{0,63}"
#define INSTANCE "(@[A-Za-z0-9][A-Za-z0-9._-]{0,63})?"
#define DATE "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
#define TIME                                                                                       \
    "([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)([.][0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][" \
    "0-9])"
#define HEX(digits) "[0-9A-Fa-f]{" digits "}"

/* How each form is written; those that depend on other tables are made below. */
static const char *const fragments[FORM_COUNT] = {
    [FORM_VERSION] = "{'type':'integer','const':1}",
    [FORM_OWNER] = "{'type':'string','pattern':'^[a-z0-9][a-z0-9._-]{0,62}$'}",
    [FORM_NAME] = "{'type':'string','minLength':1,'maxLength':128,"
                  "'pattern':'^[^\\\\u0000-\\\\u001f\\\\u007f-\\\\u009f]*$'}",
    [FORM_PATH] = "{'type':'string','pattern':'^[^\\\\u0000]*[^/\\\\u0000]$'}",
    [FORM_FINGERPRINT] = "{'type':'string','pattern':'^(" HEX("64") "|" HEX("40") ")$'}",
    [FORM_PIN] = "{'type':'string','pattern':'^" HEX("64") "$'}",
    [FORM_SUBJECT] = "{'type':'string','pattern':'^[^\\\\u0000]+$'}",
    [FORM_PASSWORD] = "{'$ref':'#/$defs/password'}",
    [FORM_TYPES] = "{'anyOf':[{'$ref':'#/$defs/type'},"
                   "{'type':'array','items':{'$ref':'#/$defs/type'},'uniqueItems':true}]}",
    [FORM_SCOPE] = "{'type':'string','anyOf':[{'enum':['local','global']},"
                   "{'pattern':'^([Ll][Oo][Cc][Aa][Ll]|[Gg][Ll][Oo][Bb][Aa][Ll])$'}]}",
    [FORM_DATE] = "{'type':'string','pattern':'^" DATE "([Tt ]" TIME ")?$',"
                  "'examples':['2027-01-31T02:00:00+01:00','2027-01-31T01:00:00Z','2027-01-31']}",
    [FORM_BOOLEAN] = "{'type':'boolean'}",
    [FORM_DEFAULTS] = "{'$ref':'#/$defs/defaults'}",
    [FORM_CERTIFICATES] = "{'type':'array','items':{'$ref':'#/$defs/certificate'}}",
    [FORM_REPORT] = "{'$ref':'#/$defs/report'}",
    [FORM_URLS] = "{'anyOf':[{'$ref':'#/$defs/url'},{'type':'array','minItems':1,'maxItems':16,"
                  "'uniqueItems':true,'items':{'$ref':'#/$defs/url'}}]}",
    [FORM_ON] = "{'enum':['always','change','failure']}",
    [FORM_VARIABLE] = "{'type':'string','maxLength':255,'pattern':'^[A-Za-z_][A-Za-z0-9_]*$'}",
    [FORM_CREDENTIAL] = "{'type':'string','minLength':1,'maxLength':255,"
                        "'pattern':'^[^/\\\\u0000]+$','not':{'enum':['.','..']}}",
    [FORM_COMMAND] = "{'type':'array','minItems':1,'maxItems':256,"
                     "'prefixItems':[{'type':'string','minLength':1}],"
                     "'items':{'type':'string'},'examples':[['pass','show','web']]}",
};

#define PORT                                                                                       \
    "(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
static const char url[] =
    "{'type':'string','maxLength':2048,'pattern':'^[Hh][Tt][Tt][Pp][Ss]?://"
    "([A-Za-z0-9][A-Za-z0-9._~-]{0,252}|\\\\[[0-9A-Fa-f:.]+\\\\])(:" PORT ")?([/?#][!-~]*)?$'}";

#define DATED "'anyOf':[{'required':['effective_date']},{'required':['effective_time']}]"
#define TYPED "'anyOf':[{'required':['type']},{'required':['types']}]"
#define ROLLS "{'required':['roll'],'properties':{'roll':{'const':true}}}"
#define GLOBAL "{'pattern':'^[Gg][Ll][Oo][Bb][Aa][Ll]$'}"
#define IS_GLOBAL                                                                                  \
    "{'required':['scope'],'properties':{'scope':" GLOBAL "}},"                                    \
    "{'required':['identity'],'properties':{'identity':" GLOBAL "}}"
#define UNLESS_IN_DEFAULTS(found)                                                                  \
    "'if':{'not':{'required':['defaults'],'properties':{'defaults':{" found "}}}}"
#define ALL_ENTRIES(rule) "'then':{'properties':{'certificates':{'items':{" rule "}}}}"

/* What one field says about another. */
static const char manifest_rules[] = "[{" UNLESS_IN_DEFAULTS(DATED) "," ALL_ENTRIES(
    "'if':" ROLLS ",'then':{" DATED
    "}") "},"
         "{" UNLESS_IN_DEFAULTS(TYPED) "," ALL_ENTRIES(
             "'if':{'anyOf':[" ROLLS "," IS_GLOBAL "]},'then':{" TYPED
             "}") "},"
                  "{'if':{'not':{'required':['custom_types']}},"
                  "'then':{'properties':{'defaults':{'$ref':'#/$defs/builtin_types'},"
                  "'certificates':{'items':{'$ref':'#/$defs/builtin_types'}}}}}]";

static const char certificate_sources[] =
    "[{'required':['path'],'not':{'required':['fingerprint']}},"
    "{'required':['fingerprint'],'not':{'anyOf':[{'required':['path']},{'required':['key_path']},"
    "{'required':['chain_path']},{'required':['password']},{'required':['subject']}]}}]";

static const char builtin_types[] = "{'properties':{'type':{'$ref':'#/$defs/builtin_type'},"
                                    "'types':{'$ref':'#/$defs/builtin_type'}}}";

/* JSON in single quotes, so that C need not escape it. NULL when memory is out. */
static json_t *parse(const char *text)
{
    char *json = strdup(text);
    for (char *at = json; json && (at = strchr(at, '\''));)
        *at = '"';
    json_t *parsed = json ? json_loads(json, 0, NULL) : NULL;
    free(json);
    return parsed;
}

/* Both take over value, which may be NULL, and remember failure. */
static void put(json_t *object, const char *key, json_t *value, bool *failed)
{
    *failed = json_object_set_new(object, key, value) != 0 || *failed;
}

static void append(json_t *array, json_t *value, bool *failed)
{
    *failed = json_array_append_new(array, value) != 0 || *failed;
}

static json_t *from_text(struct text *text)
{
    json_t *string = text_failed(text) ? NULL : json_string(text_string(text));
    text_done(text);
    return string;
}

/* A regular expression for the names of all built-in types in any case: the schema's have no
 * flag for that. */
static void add_builtin_pattern(struct text *pattern)
{
    for (size_t i = 0; i < types_builtin_count; i++) {
        text_add(pattern, i ? "|" : "(");
        for (const char *at = types_builtin[i].name; *at; at++)
            text_printf(pattern, "[%c%c]", toupper((unsigned char)*at),
                        tolower((unsigned char)*at));
    }
    text_add(pattern, ")");
}

static json_t *custom_types(bool *failed)
{
    struct text pattern = TEXT_INIT;
    json_t *items = parse("{'type':'string'}");
    json_t *list = parse("{'type':'array','uniqueItems':true,'maxItems':256}");
    text_add(&pattern, "^(?!");
    add_builtin_pattern(&pattern);
    text_add(&pattern, "$)" TYPE_NAME "$");
    put(items, "pattern", from_text(&pattern), failed);
    put(list, "items", items, failed);
    return list;
}

static json_t *builtin_type(bool *failed)
{
    struct text pattern = TEXT_INIT;
    json_t *one = json_object(), *either = json_object();
    text_add(&pattern, "^");
    add_builtin_pattern(&pattern);
    text_add(&pattern, INSTANCE "$");
    json_t *string = from_text(&pattern);
    put(one, "pattern", json_incref(string), failed);
    put(either, "pattern", string, failed);
    put(either, "items", one, failed);
    return either;
}

/* Every well-formed name, for custom_types are not the schema's to know; the built-in ones are
 * what editors offer. */
static json_t *type(bool *failed)
{
    json_t *named = json_array(), *choices = json_array();
    json_t *any = parse("{'pattern':'^" TYPE_NAME INSTANCE "$'}");
    json_t *schema = parse("{'type':'string'}");
    for (size_t i = 0; i < types_builtin_count; i++) {
        json_t *one = json_object();
        put(one, "const", json_string(types_builtin[i].name), failed);
        put(one, "description", json_string(types_builtin[i].says), failed);
        append(named, one, failed);
    }
    json_t *builtin = json_object();
    put(builtin, "anyOf", named, failed);
    append(choices, builtin, failed);
    append(choices, any, failed);
    put(schema, "anyOf", choices, failed);
    return schema;
}

static json_t *field_schema(const struct field *field, const char *says, bool *failed)
{
    json_t *value =
        field->form == FORM_CUSTOM_TYPES ? custom_types(failed) : parse(fragments[field->form]);
    json_t *schema = json_object();
    put(schema, "description", json_string(says), failed);
    *failed = json_object_update(schema, value) != 0 || *failed;
    json_decref(value);
    return schema;
}

static void add_alias(const struct field *field, json_t *properties, json_t *rules, bool *failed)
{
    struct text says = TEXT_INIT;
    text_printf(&says, "Another name of %s.", field->name);
    put(properties, field->alias, field_schema(field, text_string(&says), failed), failed);
    *failed = text_failed(&says) || *failed;
    text_done(&says);
    json_t *both = json_pack("{s:{s:[s,s]}}", "not", "required", field->name, field->alias);
    append(rules, both, failed);
}

static json_t *object_of(const struct table *table, bool only_defaults, bool *failed)
{
    json_t *schema = parse("{'type':'object'}"), *properties = json_object();
    json_t *required = json_array(), *rules = json_array();
    for (size_t i = 0; i < table->count; i++) {
        const struct field *field = &table->fields[i];
        if (only_defaults && !(field->flags & FIELD_IN_DEFAULTS))
            continue;
        put(properties, field->name, field_schema(field, field->says, failed), failed);
        if (field->alias)
            add_alias(field, properties, rules, failed);
        if (field->flags & FIELD_REQUIRED)
            append(required, json_string(field->name), failed);
    }
    put(schema, "properties", properties, failed);
    if (json_array_size(required))
        put(schema, "required", json_incref(required), failed);
    put(schema, "additionalProperties", json_false(), failed);
    if (json_array_size(rules))
        put(schema, "allOf", json_incref(rules), failed);
    json_decref(required);
    json_decref(rules);
    return schema;
}

static json_t *password(bool *failed)
{
    json_t *object = object_of(&fields_password, false, failed);
    json_t *forms = json_array();
    put(object, "minProperties", json_integer(1), failed);
    put(object, "maxProperties", json_integer(1), failed);
    append(forms,
           parse("{'type':'string','description':'The password itself. A file or a "
                 "credential keeps it out of Git.'}"),
           failed);
    append(forms, object, failed);
    json_t *schema = json_object();
    put(schema, "oneOf", forms, failed);
    return schema;
}

static json_t *definitions(bool *failed)
{
    json_t *certificate = object_of(&fields_certificate, false, failed);
    json_t *schema = json_object();
    put(certificate, "oneOf", parse(certificate_sources), failed);
    put(schema, "certificate", certificate, failed);
    put(schema, "defaults", object_of(&fields_certificate, true, failed), failed);
    put(schema, "password", password(failed), failed);
    put(schema, "report", object_of(&fields_report, false, failed), failed);
    put(schema, "type", type(failed), failed);
    put(schema, "url", parse(url), failed);
    put(schema, "builtin_type", builtin_type(failed), failed);
    put(schema, "builtin_types", parse(builtin_types), failed);
    return schema;
}

int manifest_schema(struct text *ret)
{
    bool failed = false;
    json_memory_begin();
    json_t *schema = parse("{'$schema':'https://json-schema.org/draft/2020-12/schema',"
                           "'title':'certroll manifest',"
                           "'description':'The certificates that a host shall have.'}");
    json_t *object = object_of(&fields_manifest, false, &failed);
    failed = json_object_update(schema, object) != 0 || failed;
    json_decref(object);
    put(schema, "allOf", parse(manifest_rules), &failed);
    put(schema, "$defs", definitions(&failed), &failed);
    char *json = failed ? NULL : json_dumps(schema, JSON_INDENT(2));
    json_decref(schema);
    if (!json)
        return -1;
    text_add(ret, json);
    text_add(ret, "\n");
    free(json);
    return json_memory_failed() || text_failed(ret) ? -1 : 0;
}
