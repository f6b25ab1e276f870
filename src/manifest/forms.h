/* forms: one decoder for each way to write a value. */
#ifndef CERTROLL_MANIFEST_FORMS_H
#define CERTROLL_MANIFEST_FORMS_H

#include "manifest/fields.h"

/* Decodes a value into slot. True, or false with a problem: slot is untouched then, or is a list of
 * what could be read. */
typedef bool form_decode(struct reader *reader, const struct field *field, const struct node *value,
                         void *slot);

struct form_row {
    form_decode *decode;
    size_t size; /* of the slot */
};

extern const struct form_row forms[FORM_COUNT];

/* What a plain scalar is by YAML 1.2's core schema (10.3.2), which editors go by: yes, no and dates
 * are texts. Nowhere is a number or a boolean taken for a text: a password 007 or 1e3, or a name
 * 12, must be quoted, so that it is what everybody who reads the file takes it for. */
enum scalar_kind { SCALAR_TEXT, SCALAR_NULL, SCALAR_BOOLEAN, SCALAR_NUMBER };
enum scalar_kind form_scalar_kind(const struct node *node);

/* "a list", "a number": what stands there, for messages. */
const char *form_kind_name(const struct node *node);

/* The node's text where it is a text without NUL; otherwise a problem that calls it what, and
 * NULL. It lives as long as the document. */
const char *form_text(struct reader *reader, const struct node *node, const char *what);

/* The same, copied to stay. */
const char *form_copy(struct reader *reader, const char *text);
/* Both, one after the other, likewise. */
const char *form_join(struct reader *reader, const char *first, const char *second);

/* Copies a text into a slot that is a const char *. False where memory is out. */
bool form_keep(struct reader *reader, const char *text, void *slot);

/* Grammars: the whole of text, length bytes, fits. */
bool form_is_word(const char *text, size_t length, const char *first, const char *rest,
                  size_t most);
bool form_is_type_name(const char *text, size_t length);
bool form_is_entry_name(const char *text);

/* In password_field.c and type_field.c. */
form_decode form_decode_password;
form_decode form_decode_variable;
form_decode form_decode_credential;
form_decode form_decode_command;
form_decode form_decode_types;
form_decode form_decode_custom_types;

/* In report_field.c. */
form_decode form_decode_urls;
form_decode form_decode_on;

/* In entries.c. */
form_decode form_decode_defaults;
form_decode form_decode_certificates;
form_decode form_decode_report;

#endif
