/*
 * text: a string that grows.
 *
 * Failure to allocate is remembered, so that a writer checks once, at the end, with text_failed().
 * Not for secrets.
 */
#ifndef CERTROLL_BASE_TEXT_H
#define CERTROLL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *bytes; /* NUL-terminated once anything was added; NULL before */
    size_t length;
    size_t capacity;
    bool failed;
};

#define TEXT_INIT                                                                                  \
    {                                                                                              \
        NULL, 0, 0, false                                                                          \
    }

void text_done(struct text *text);

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a string from outside so that it cannot steer a terminal or forge a line: control
 * characters, bidirectional overrides and isolates, line separators and bytes that are no UTF-8
 * appear as \xHH or \u{HHHH}. */
void text_add_visible(struct text *text, const char *string);

/* The same with HTML's five special characters as entities, for element content and quoted
 * attribute values. */
void text_add_html(struct text *text, const char *string);

/* The string; "" while nothing was added. */
const char *text_string(const struct text *text);

/* True once an addition found no memory: the content is then not to be used. */
bool text_failed(const struct text *text);

#endif
