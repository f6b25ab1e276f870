/*
 * shape: the fields of each JSON object, in order. One table drives the writer and the schema.
 * Internal to report.
 */
#ifndef CERTROLL_REPORT_SHAPE_H
#define CERTROLL_REPORT_SHAPE_H

#include "report/report.h"

struct shape;

/* What stands at a field's offset, and what JSON makes of it. */
enum field_kind {
    FIELD_TEXT,   /* const char *: a string, null for NULL */
    FIELD_TIME,   /* instant: RFC 3339, null for INSTANT_NONE */
    FIELD_COUNT,  /* int64_t: a number */
    FIELD_PLACE,  /* int64_t: a number from 1, null for 0 */
    FIELD_FLAG,   /* bool */
    FIELD_OBJECT, /* const void *: an object of a shape, null for NULL */
    FIELD_LIST,   /* struct list of such objects */
    FIELD_TEXTS,  /* struct list of const char * */
    FIELD_JSON,   /* const char *: the JSON text of an object, null where it is none */
    FIELD_KIND_COUNT
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
    bool never_null;            /* TEXT, TIME and OBJECT */
    bool left_out;              /* COUNT: where it is 0 */
    const char *pattern;        /* TEXT: a regular expression, or NULL */
    const char *(*choice)(int); /* TEXT: the i-th of the values that there are, NULL at the end */
    const struct shape *shape;  /* OBJECT and LIST */
    size_t rest; /* LIST: offset of the int64_t that says how many rows are missing */
    bool (*pressing)(const void *row); /* LIST: one that is cut begins with these; NULL: none */
    const char *says;                  /* for people */
};

struct shape {
    const char *name; /* in the schema's $defs */
    const char *says;
    size_t size; /* of one row in memory */
    const struct field *fields;
    size_t field_count;
};

/* The shape of a struct document. */
const struct shape *shape_of(enum report_kind kind);

#endif
