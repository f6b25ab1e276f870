#include "manifest/fields.h"

#include "manifest/complain.h"
#include "manifest/forms.h"
#include "manifest/suggest.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define OF_ENTRY(member) offsetof(struct draft, entry.member)

static const struct field manifest_fields[] = {
    {"version", NULL, FORM_VERSION, offsetof(struct outline, version), FIELD_REQUIRED,
     "The version of this format: 1."},
    {"name", NULL, FORM_OWNER, offsetof(struct outline, name), FIELD_REQUIRED,
     "The owner of what the manifest puts into the store. Never change it without --take-over."},
    {"custom_types", NULL, FORM_CUSTOM_TYPES, offsetof(struct outline, custom_types), 0,
     "Types that are not built in."},
    {"defaults", NULL, FORM_DEFAULTS, offsetof(struct outline, defaults), 0,
     "What holds for every certificate that does not say otherwise."},
    {"certificates", NULL, FORM_CERTIFICATES, offsetof(struct outline, entries), FIELD_REQUIRED,
     "The certificates that this host shall have."},
    {"report", NULL, FORM_REPORT, offsetof(struct outline, report), 0,
     "Where the report of a run goes."},
};

static const struct field certificate_fields[] = {
    [ENTRY_NAME] = {"name", NULL, FORM_NAME, OF_ENTRY(name), 0,
                    "The entry's name, unique in the manifest. By default the file name of path "
                    "without its last extension, or the first 16 digits of fingerprint."},
    [ENTRY_PATH] = {"path", NULL, FORM_PATH, OF_ENTRY(path), 0,
                    "The file with the certificate: PKCS#12, PEM, DER or PKCS#7, told from its "
                    "bytes. Relative to the manifest's folder."},
    [ENTRY_FINGERPRINT] =
        {"fingerprint", NULL, FORM_FINGERPRINT, OF_ENTRY(fingerprint), 0,
         "In place of path: a certificate that the store already has, or that "
         "another entry brings, by its SHA-256 fingerprint or its SHA-1 thumbprint."},
    [ENTRY_KEY_PATH] = {"key_path", NULL, FORM_PATH, OF_ENTRY(key_path), 0,
                        "The private key, where path brings only a certificate. Without it, a "
                        "key that the store has and that fits is used."},
    [ENTRY_CHAIN_PATH] = {"chain_path", NULL, FORM_PATH, OF_ENTRY(chain_path), 0,
                          "The issuing certificates, where path does not bring them."},
    [ENTRY_PASSWORD] = {"password", NULL, FORM_PASSWORD, OF_ENTRY(password), FIELD_IN_DEFAULTS,
                        "The password of the file, or better where it comes from."},
    [ENTRY_TYPE] = {"type", "types", FORM_TYPES, offsetof(struct draft, types), FIELD_IN_DEFAULTS,
                    "The jobs of the certificate: Type or Type@instance, one or a list."},
    [ENTRY_SCOPE] = {"scope", "identity", FORM_SCOPE, OF_ENTRY(scope), FIELD_IN_DEFAULTS,
                     "Where it does its jobs: local (this host, the default) or global."},
    [ENTRY_EFFECTIVE_DATE] = {"effective_date", "effective_time", FORM_DATE,
                              OF_ENTRY(effective_date), FIELD_IN_DEFAULTS,
                              "The instant from which it may be used: RFC 3339 with an offset or "
                              "Z, or a date alone, which is midnight UTC."},
    [ENTRY_ROLL] = {"roll", NULL, FORM_BOOLEAN, OF_ENTRY(roll), FIELD_IN_DEFAULTS,
                    "Hand over with overlap: staged before effective_date; the one that it "
                    "relieves stays as previous until it expires."},
    [ENTRY_EXPORTABLE] = {"private_key_exportable", NULL, FORM_BOOLEAN, OF_ENTRY(exportable),
                          FIELD_IN_DEFAULTS, "The service group may read the private key."},
    [ENTRY_FORCE] = {"force", NULL, FORM_BOOLEAN, OF_ENTRY(force), FIELD_IN_DEFAULTS,
                     "Hide this certificate's warnings on the terminal."},
    [ENTRY_SHA256] = {"sha256", NULL, FORM_PIN, OF_ENTRY(sha256), 0,
                      "A pin: the SHA-256 fingerprint that the certificate must have."},
    [ENTRY_SUBJECT] = {"subject", NULL, FORM_SUBJECT, OF_ENTRY(subject), 0,
                       "Which certificate of the file is meant: its common name, one of its DNS "
                       "names, or its whole subject as certroll shows it."},
    [ENTRY_ALLOW_EXPIRED] = {"allow_expired", NULL, FORM_BOOLEAN, OF_ENTRY(allow_expired),
                             FIELD_IN_DEFAULTS, "Take it although it has expired."},
};

static const struct field password_fields[] = {
    {"env", NULL, FORM_VARIABLE, offsetof(struct password_source, name), 0,
     "The name of an environment variable."},
    {"file", NULL, FORM_PATH, offsetof(struct password_source, name), 0,
     "A file; one newline at its end is dropped. Relative to the manifest's folder."},
    {"credential", NULL, FORM_CREDENTIAL, offsetof(struct password_source, name), 0,
     "A file in $CREDENTIALS_DIRECTORY, as systemd's LoadCredential= makes."},
    {"command", NULL, FORM_COMMAND, offsetof(struct password_source, command), 0,
     "A program and its arguments, run without a shell; its output is the password."},
};

static const struct field report_fields[] = {
    {"file", NULL, FORM_PATH, offsetof(struct report_wish, file), 0,
     "The file that is replaced by each report. Relative to the manifest's folder."},
    {"url", NULL, FORM_URLS, offsetof(struct report_wish, urls), 0,
     "The http or https address that each report is posted to, or a list of such."},
    {"on", NULL, FORM_ON, offsetof(struct report_wish, on), 0,
     "Which runs the report is wanted of: always (the default), change (those that changed "
     "something or failed), failure (those that failed)."},
};

const struct table fields_manifest = {"a manifest", manifest_fields, COUNT(manifest_fields)};
const struct table fields_certificate = {"a certificate", certificate_fields,
                                         COUNT(certificate_fields)};
const struct table fields_password = {"password", password_fields, COUNT(password_fields)};
const struct table fields_report = {"report", report_fields, COUNT(report_fields)};

static const struct table *const tables[] = {&fields_manifest, &fields_certificate,
                                             &fields_password, &fields_report};

static bool is_name_of(const struct field *field, const struct node *key)
{
    return node_is(key, field->name) || (field->alias && node_is(key, field->alias));
}

/* The number of the field that a key names; table->count for none. */
static size_t find(const struct table *table, const struct node *key, bool only_defaults)
{
    for (size_t i = 0; i < table->count; i++)
        if (is_name_of(&table->fields[i], key))
            return only_defaults && !(table->fields[i].flags & FIELD_IN_DEFAULTS) ? table->count
                                                                                  : i;
    return table->count;
}

static const char *closest(const struct table *table, const char *word, bool only_defaults)
{
    struct suggestion suggestion = {word, NULL, 0};
    for (size_t i = 0; i < table->count; i++) {
        const struct field *field = &table->fields[i];
        if (only_defaults && !(field->flags & FIELD_IN_DEFAULTS))
            continue;
        suggest_consider(&suggestion, field->name);
        if (field->alias)
            suggest_consider(&suggestion, field->alias);
    }
    return suggestion.word;
}

/* 'password:x' without a space and the second half of 'password: a, b' in braces are keys without
 * a value, to YAML. */
static bool may_be_value(const struct pair *pair, bool close)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const struct node *key = pair->key, *value = pair->value;
    bool alone = value->kind == NODE_SCALAR && value->plain && value->count == 0;
    return (alone && !close) || strspn(key->text, word) != key->count;
}

static void refuse_value(struct reader *reader, const struct table *table, const struct node *key)
{
    if (document_mask(reader->document, key) != 0)
        reader->failed = true;
    complain(reader->problems, PROBLEM_UNKNOWN_KEY, key->place,
             "unknown key in %s: a key is a word, a colon and a space, and a value with a comma "
             "is put in quotes",
             table->title);
}

/* A key inside of `password` may be the password itself, so it is quoted only where it is close
 * to one that is known. */
static void refuse_key(struct reader *reader, const struct table *table, const struct pair *pair,
                       bool only_defaults)
{
    const struct node *key = pair->key;
    const char *known = closest(table, key->text, only_defaults);
    const char *quoted = complain_quote(reader->problems, key->text);
    if (only_defaults && find(table, key, false) < table->count)
        complain(reader->problems, PROBLEM_UNKNOWN_KEY, key->place,
                 "%s belongs to one certificate: it cannot stand in defaults", quoted);
    else if (table != &fields_password && may_be_value(pair, known))
        refuse_value(reader, table, key);
    else if (known)
        complain(reader->problems, PROBLEM_UNKNOWN_KEY, key->place,
                 "unknown key %s, did you mean '%s'?", quoted, known);
    else if (table == &fields_password)
        complain(reader->problems, PROBLEM_UNKNOWN_KEY, key->place,
                 "unknown key in password: it takes one of env, file, credential and command");
    else
        complain(reader->problems, PROBLEM_UNKNOWN_KEY, key->place, "unknown key %s in %s", quoted,
                 table->title);
}

/* An own key beats a merged one, also where one is the other's alias; own ones come first. */
static void note(struct reader *reader, const struct pair *pair, struct seen *seen)
{
    bool merged = pair->origin == PAIR_MERGED;
    if (!seen->key) {
        *seen = (struct seen){pair->key, pair->value, merged, false};
        return;
    }
    if (merged)
        return;
    if (strcmp(seen->key->text, pair->key->text) == 0)
        complain(reader->problems, PROBLEM_DUPLICATE_KEY, pair->key->place,
                 "'%s' stands in line %d already", pair->key->text, seen->key->place.line);
    else
        complain(reader->problems, PROBLEM_CONFLICTING_KEYS, pair->key->place,
                 "'%s' and '%s' (line %d) are two names of one field", pair->key->text,
                 seen->key->text, seen->key->place.line);
}

static void match_keys(struct reader *reader, const struct node *node, const struct table *table,
                       bool only_defaults, struct seen *seen)
{
    for (size_t i = 0; i < node->count; i++) {
        const struct pair *pair = &node->pairs[i];
        if (pair->origin == PAIR_MERGE_KEY)
            continue;
        if (pair->key->kind != NODE_SCALAR) {
            complain(reader->problems, PROBLEM_WRONG_KIND, pair->key->place,
                     "a key is a word, not %s", form_kind_name(pair->key));
            continue;
        }
        size_t field = find(table, pair->key, only_defaults);
        if (field == table->count)
            refuse_key(reader, table, pair, only_defaults);
        else
            note(reader, pair, &seen[field]);
    }
}

bool fields_read(struct reader *reader, const struct node *node, const struct table *table,
                 bool only_defaults, void *target, struct seen seen[static FIELDS_MOST])
{
    if (node->kind != NODE_MAPPING) {
        complain(reader->problems, PROBLEM_WRONG_KIND, node->place,
                 "%s is a mapping of keys and values, not %s", table->title, form_kind_name(node));
        return false;
    }
    match_keys(reader, node, table, only_defaults, seen);
    for (size_t i = 0; i < table->count; i++) {
        const struct field *field = &table->fields[i];
        if (seen[i].key)
            seen[i].valid = forms[field->form].decode(reader, field, seen[i].value,
                                                      (char *)target + field->offset);
        else if (field->flags & FIELD_REQUIRED)
            complain(reader->problems, PROBLEM_MISSING_KEY, node->place, "%s needs the key '%s'",
                     table->title, field->name);
    }
    return true;
}

static bool is_word(const char *name, const char *word, size_t length)
{
    return name && name[0] == word[0] && strlen(name) == length && memcmp(name, word, length) == 0;
}

bool fields_know(const char *word, size_t length)
{
    for (size_t i = 0; length > 0 && i < COUNT(tables); i++)
        for (size_t j = 0; j < tables[i]->count; j++) {
            const struct field *field = &tables[i]->fields[j];
            if (is_word(field->name, word, length) || is_word(field->alias, word, length))
                return true;
        }
    return false;
}

/* In a password object a key may be the password itself, and so may a command's argument. */
static enum visibility in_password(const struct node *key, const struct node *value)
{
    bool known = find(&fields_password, key, false) < fields_password.count;
    if (!value)
        return known || closest(&fields_password, key->text, false) ? SHOWN : HIDDEN;
    return known && !node_is(key, "command") ? SHOWN : HIDDEN;
}

enum visibility fields_visibility(enum visibility mapping, const struct node *key,
                                  const struct node *value)
{
    if (mapping == ADDRESSES)
        return key->kind == NODE_SCALAR && !strchr(key->text, '@') ? SHOWN : HIDDEN;
    if (mapping == HIDDEN || key->kind != NODE_SCALAR)
        return HIDDEN;
    if (mapping == PASSWORD)
        return in_password(key, value);
    if (!value || node_is(key, "<<"))
        return SHOWN;
    if (node_is(key, "password"))
        return PASSWORD;
    if (node_is(key, "url") && value->kind == NODE_SEQUENCE)
        return ADDRESSES;
    if (node_is(key, "url") && value->kind == NODE_SCALAR && strchr(value->text, '@'))
        return HIDDEN;
    return fields_know(key->text, key->count) ? SHOWN : HIDDEN;
}
