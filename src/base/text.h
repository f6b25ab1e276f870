/*
 * text: a string that grows.
 *
 * Failure to allocate is remembered, so that a writer checks once, at the end, with text_failed().
 * One with a sink need not be held whole. Not for secrets.
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
    int sink;       /* of what text_spill() finds: a descriptor, TEXT_KEPT or TEXT_DROPPED */
    int error;      /* of writing to it: a negative errno value */
    size_t spilled; /* bytes that are out of it */
};

/* No sink; and one for a text of which only the size is wanted. */
enum { TEXT_KEPT = -1, TEXT_DROPPED = -2 };

#define TEXT_INIT                                                                                  \
    {                                                                                              \
        NULL, 0, 0, false, TEXT_KEPT, 0, 0                                                         \
    }

void text_done(struct text *text);

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Where what was added so far stays as it is: to the sink with it, once it is much; nothing without
 * a sink. */
void text_spill(struct text *text);

/* The rest of it to the sink. 0, or a negative errno value, whatever had failed. */
int text_finish(struct text *text);

/* Bytes of all that was added, spilled or not. */
size_t text_size(const struct text *text);

/* Takes back what was added since the text had this size, and has not been spilled. */
void text_cut(struct text *text, size_t size);

/* Adds a string from outside so that it cannot steer a terminal, forge a line, or hide anything.
 * What has no shape of its own appears as \xHH (a byte) or \u{HHHH} (a code point above 7F), by
 * the tables of Unicode 15: General_Category Cc, Cf, Zl, Zp and Co (controls; what turns text
 * round, joins or marks it; line ends; private use), Default_Ignorable_Code_Point (fillers,
 * variation selectors, tags), noncharacters; and bytes that are no UTF-8 (RFC 3629). Letters,
 * marks, symbols and spaces of all scripts stay as they are. A backslash before what would read as
 * such an escape is \x5C, so two strings never look the same for it. */
void text_add_visible(struct text *text, const char *string);

/* The same with HTML's five special characters as entities, for element content and quoted
 * attribute values. */
void text_add_html(struct text *text, const char *string);

/* Of its first bytes alone; they end where a character does. */
void text_add_html_part(struct text *text, const char *string, size_t length);

/* The same as a code span of GitHub-flavoured Markdown, on one line and in a table's cell too: no
 * renderer makes anything of what stands in one, be it a link, a mention, a reference or HTML.
 * What would end the span or the cell appears as \x60 or \x7C. Of more than `most` characters the
 * first, and an ellipsis. Nothing for "". */
void text_add_code(struct text *text, const char *string, size_t most);

/* A sentence with something from outside in it: words of letters and short numbers stand as they
 * are, the others in code spans. Not for the beginning of a line, where "1." makes a list. */
void text_add_markdown(struct text *text, const char *string, size_t most);

/* Adds a whole JSON text, made without line ends but LF: what text_add_visible would escape stands
 * as \uHHHH, and in_html '<' too, which could end the element of a page that it stands in. The
 * values stay the same. */
void text_add_json(struct text *text, const char *json, bool in_html);

/* Whether a string is UTF-8 (RFC 3629). */
bool text_is_utf8(const char *string);

/* The string; "" while nothing was added. */
const char *text_string(const struct text *text);

/* True once an addition found no memory, or the sink took no more: the content is then not to be
 * used. */
bool text_failed(const struct text *text);

#endif
