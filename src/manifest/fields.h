/*
 * fields: the tables of what may stand in a manifest. They drive both the reading and the JSON
 * Schema.
 */
#ifndef CERTROLL_MANIFEST_FIELDS_H
#define CERTROLL_MANIFEST_FIELDS_H

#include "manifest/manifest.h"
#include "manifest/yaml.h"

/* How a value is written; a row of forms (forms.c) and of the schema's (schema.c). */
enum form {
    FORM_VERSION,
    FORM_OWNER,
    FORM_NAME,
    FORM_PATH,
    FORM_FINGERPRINT,
    FORM_PIN,
    FORM_SUBJECT,
    FORM_PASSWORD,
    FORM_TYPES,
    FORM_SCOPE,
    FORM_DATE,
    FORM_BOOLEAN,
    FORM_CUSTOM_TYPES,
    FORM_DEFAULTS,
    FORM_CERTIFICATES,
    FORM_REPORT,
    FORM_URLS,
    FORM_ON,
    FORM_VARIABLE,
    FORM_CREDENTIAL,
    FORM_COMMAND,
    FORM_COUNT
};

enum { FIELD_REQUIRED = 1, FIELD_IN_DEFAULTS = 2 };

struct field {
    const char *name;
    const char *alias; /* another name, or NULL */
    enum form form;
    size_t offset; /* of the value in what the table describes */
    unsigned flags;
    const char *says; /* for editors */
};

enum { FIELDS_MOST = 15 };

struct table {
    const char *title;
    const struct field *fields;
    size_t count;
};

/* The fields of a certificate, in the order of their table. */
enum entry_field {
    ENTRY_NAME,
    ENTRY_PATH,
    ENTRY_FINGERPRINT,
    ENTRY_KEY_PATH,
    ENTRY_CHAIN_PATH,
    ENTRY_PASSWORD,
    ENTRY_TYPE,
    ENTRY_SCOPE,
    ENTRY_EFFECTIVE_DATE,
    ENTRY_ROLL,
    ENTRY_EXPORTABLE,
    ENTRY_FORCE,
    ENTRY_SHA256,
    ENTRY_SUBJECT,
    ENTRY_ALLOW_EXPIRED,
};

/* A field as it was found. */
struct seen {
    const struct node *key; /* NULL: it is not there */
    const struct node *value;
    bool merged; /* from `<<` or from `defaults`: its place is another entry's too */
    bool valid;
};

/* What the tables describe: a certificate while it is read (also `defaults`), a password object is
 * a struct password_source, and the manifest itself. */
struct draft {
    struct entry entry;
    struct word_list types;
    struct seen seen[FIELDS_MOST];
};

/* What an entry's draft leaves behind for the rules across entries; the document's. */
struct trace {
    struct position name_at;         /* of its name; of the entry where it is not its own */
    const struct place *type_places; /* of each type; NULL: the entry's */
    bool names;                      /* it has the key */
    bool named;                      /* its name is its own, or its source's */
    bool dated;                      /* scope and date are what it says, or left out */
};

struct outline {
    int version;
    const char *name;
    struct word_list custom_types;
    struct draft defaults;
    struct entry *entries;
    struct trace *traces;
    size_t entry_count;
    struct report_wish report;
};

extern const struct table fields_manifest;
extern const struct table fields_certificate;
extern const struct table fields_password; /* exactly one of them */
extern const struct table fields_report;

/* What the decoders of one manifest share. */
struct reader {
    struct arena *arena; /* of what stays; what does not stay is the document's */
    struct document *document;
    struct problems *problems;
    const char *folder; /* the manifest's, with a slash at the end; or "" */
    struct outline outline;
    bool failed; /* memory is out */
};

/* Reads a mapping by a table: complains about keys that are unknown, twice there or missing, and
 * decodes the values, in the order of the table, into what target points at. With only_defaults,
 * keys that `defaults` may not have count as unknown. False where node is no mapping. */
bool fields_read(struct reader *reader, const struct node *node, const struct table *table,
                 bool only_defaults, void *target, struct seen seen[static FIELDS_MOST]);

/* Reads a whole manifest into reader->outline. */
void fields_read_manifest(struct reader *reader, const struct node *root);

/* A yaml_visibility: passwords are hidden, and so is the value of every unknown key, which may be
 * a misspelt password, and an address with '@', which may bring one. */
enum visibility fields_visibility(enum visibility mapping, const struct node *key,
                                  const struct node *value);

/* True for a key that some table has; for words of broken YAML. */
bool fields_know(const char *word, size_t length);

#endif
