#include "base/text.h"

#include "base/file.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Held back until it is worth a write. */
enum { SPILL = 64 * 1024 };

void text_done(struct text *text)
{
    free(text->bytes);
    *text = (struct text)TEXT_INIT;
}

/* Room for length more bytes and the NUL. */
static bool reserve(struct text *text, size_t length)
{
    if (text->failed)
        return false;
    if (text->capacity - text->length > length)
        return true;
    size_t wanted = text->capacity ? text->capacity : 256;
    while (wanted - text->length <= length && wanted <= SIZE_MAX / 2)
        wanted *= 2;
    char *grown = wanted - text->length > length ? realloc(text->bytes, wanted) : NULL;
    if (!grown) {
        text->failed = true;
        return false;
    }
    text->bytes = grown;
    text->capacity = wanted;
    return true;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
    if (!reserve(text, length))
        return;
    if (length)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        text->failed = true;
    if (length < 0 || !reserve(text, (size_t)length))
        return;
    va_start(arguments, format);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}

static void flush(struct text *text)
{
    if (text->failed)
        return;
    if (text->sink != TEXT_DROPPED)
        text->error = file_write_all(text->sink, text->bytes, text->length);
    text->failed = text->error != 0;
    text->spilled += text->length;
    text_cut(text, text->spilled);
}

void text_spill(struct text *text)
{
    if (text->sink != TEXT_KEPT && text->length >= SPILL)
        flush(text);
}

int text_finish(struct text *text)
{
    flush(text);
    return text->failed && !text->error ? -ENOMEM : text->error;
}

size_t text_size(const struct text *text)
{
    return text->spilled + text->length;
}

void text_cut(struct text *text, size_t size)
{
    if (size >= text_size(text))
        return;
    text->length = size > text->spilled ? size - text->spilled : 0;
    text->bytes[text->length] = '\0';
}

/* Decodes one code point (RFC 3629: shortest form, no surrogates, at most U+10FFFF). Returns its
 * length in bytes, or 0 where the bytes are no UTF-8. */
static size_t decode_utf8(const unsigned char *bytes, uint32_t *ret_code)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t extra = 0; extra < 4; extra++) {
        if ((bytes[0] & forms[extra].mask) != forms[extra].lead)
            continue;
        uint32_t code = bytes[0] & (unsigned char)~forms[extra].mask;
        for (size_t i = 1; i <= extra; i++) {
            if ((bytes[i] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (bytes[i] & 0x3f);
        }
        if (code < forms[extra].least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            return 0;
        *ret_code = code;
        return extra + 1;
    }
    return 0;
}

bool text_is_utf8(const char *string)
{
    uint32_t code;
    size_t length = 1;
    for (const unsigned char *at = (const unsigned char *)string; *at && length; at += length)
        length = decode_utf8(at, &code);
    return length > 0;
}

/* What text_add_visible escapes, in order, but for the last two code points of every plane. */
static const struct {
    uint32_t from, to;
} unseen[] = {
    {0x0000, 0x001f},    /* C0 controls */
    {0x007f, 0x009f},    /* DEL, C1 controls */
    {0x00ad, 0x00ad},    /* soft hyphen */
    {0x034f, 0x034f},    /* combining grapheme joiner */
    {0x0600, 0x0605},    /* Arabic number signs */
    {0x061c, 0x061c},    /* Arabic letter mark */
    {0x06dd, 0x06dd},    /* Arabic end of ayah */
    {0x070f, 0x070f},    /* Syriac abbreviation mark */
    {0x0890, 0x0891},    /* Arabic currency marks */
    {0x08e2, 0x08e2},    /* Arabic disputed end of ayah */
    {0x115f, 0x1160},    /* Hangul fillers */
    {0x17b4, 0x17b5},    /* Khmer inherent vowels */
    {0x180b, 0x180f},    /* Mongolian variation selectors, vowel separator */
    {0x200b, 0x200f},    /* zero width, direction marks */
    {0x2028, 0x202e},    /* line and paragraph separators, embeddings, overrides */
    {0x2060, 0x206f},    /* word joiner, invisible operators, isolates */
    {0x3164, 0x3164},    /* Hangul filler */
    {0xe000, 0xf8ff},    /* private use */
    {0xfdd0, 0xfdef},    /* noncharacters */
    {0xfe00, 0xfe0f},    /* variation selectors */
    {0xfeff, 0xfeff},    /* byte order mark */
    {0xffa0, 0xffa0},    /* half-width Hangul filler */
    {0xfff0, 0xfffb},    /* reserved, interlinear annotation */
    {0x110bd, 0x110bd},  /* Kaithi number sign */
    {0x110cd, 0x110cd},  /* Kaithi number sign above */
    {0x13430, 0x1343f},  /* Egyptian hieroglyph format controls */
    {0x1bca0, 0x1bca3},  /* shorthand format controls */
    {0x1d173, 0x1d17a},  /* musical format controls */
    {0xe0000, 0xe0fff},  /* tags, variation selectors, reserved */
    {0xf0000, 0x10ffff}, /* private use */
};

static bool is_unseen(uint32_t code)
{
    if ((code & 0xfffe) == 0xfffe)
        return true;
    size_t i = 0;
    while (i < sizeof(unseen) / sizeof(unseen[0]) && unseen[i].to < code)
        i++;
    return i < sizeof(unseen) / sizeof(unseen[0]) && unseen[i].from <= code;
}

/* Would what stands here be taken for an escape of ours? */
static bool looks_escaped(const unsigned char *at)
{
    return at[0] == '\\' &&
           ((at[1] == 'x' && isxdigit(at[2]) && isxdigit(at[3])) || (at[1] == 'u' && at[2] == '{'));
}

enum form { FORM_VISIBLE, FORM_HTML, FORM_CODE };

/* What stands for a character that means something in that form; NULL: itself. */
static const char *stand_in(enum form form, uint32_t code)
{
    static const struct {
        enum form form;
        uint32_t code;
        const char *text;
    } rows[] = {
        {FORM_HTML, '&', "&amp;"},  {FORM_HTML, '<', "&lt;"},   {FORM_HTML, '>', "&gt;"},
        {FORM_HTML, '"', "&quot;"}, {FORM_HTML, '\'', "&#39;"}, {FORM_CODE, '`', "\\x60"},
        {FORM_CODE, '|', "\\x7C"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].form == form && rows[i].code == code)
            return rows[i].text;
    return NULL;
}

/* end: behind the last character, at most the string's end. */
static void add_escaped(struct text *text, const char *string, const char *end, enum form form)
{
    const unsigned char *at = (const unsigned char *)string;
    while (at < (const unsigned char *)end) {
        uint32_t code = 0;
        size_t length = decode_utf8(at, &code);
        const char *other = length ? stand_in(form, code) : NULL;
        if (!length || looks_escaped(at))
            text_printf(text, "\\x%02X", *at);
        else if (is_unseen(code))
            text_printf(text, code < 0x80 ? "\\x%02X" : "\\u{%04X}", (unsigned)code);
        else if (other)
            text_add(text, other);
        else
            text_add_bytes(text, (const char *)at, length);
        at += length ? length : 1;
    }
}

void text_add_visible(struct text *text, const char *string)
{
    add_escaped(text, string, string + strlen(string), FORM_VISIBLE);
}

void text_add_html_part(struct text *text, const char *string, size_t length)
{
    add_escaped(text, string, string + length, FORM_HTML);
}

void text_add_html(struct text *text, const char *string)
{
    text_add_html_part(text, string, strlen(string));
}

/* Behind the first `most` characters, or the string's end. */
static const char *clip(const char *string, size_t most)
{
    const unsigned char *at = (const unsigned char *)string;
    for (uint32_t code; *at && most > 0; most--) {
        size_t length = decode_utf8(at, &code);
        at += length ? length : 1;
    }
    return (const char *)at;
}

static void add_span(struct text *text, const char *from, const char *end)
{
    text_add(text, "`");
    add_escaped(text, from, end, FORM_CODE);
    text_add(text, "`");
}

void text_add_code(struct text *text, const char *string, size_t most)
{
    const char *end = clip(string, most);
    if (end > string)
        add_span(text, string, end);
    text_add(text, *end ? "…" : "");
}

static bool is_made_of(const char *word, size_t length, const char *characters)
{
    return strspn(word, characters) >= length;
}

/* Of punctuation at a word's end that means nothing anywhere: 1 or 0. */
static size_t stops(const char *word, size_t length)
{
    return length > 1 && strchr(".,:;?", word[length - 1]);
}

/* Does every renderer take the word for text? A long one of hexadecimal digits may be a commit. */
static bool is_plain(const char *word, size_t length)
{
    enum { SHORT_DIGITS = 6 };
    length -= stops(word, length);
    if (is_made_of(word, length, "0123456789abcdefABCDEF") && length > SHORT_DIGITS)
        return false;
    return is_made_of(word, length, "0123456789") ||
           (*word != '-' && !memmem(word, length, "--", 2) &&
            is_made_of(word, length,
                       "abcdefghijklmnopqrstuvwxyz"
                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ'-"));
}

static size_t word_length(const char *at, const char *end)
{
    size_t length = strcspn(at, " "), most = (size_t)(end - at);
    return length < most ? length : most;
}

/* Behind the words from `at` on that are all plain, or all not: without the space that follows. */
static const char *run_end(const char *at, const char *end, bool plain)
{
    const char *last = at;
    while (at < end) {
        size_t length = word_length(at, end);
        if (is_plain(at, length) != plain)
            break;
        last = at + length;
        at = last < end ? last + 1 : end;
    }
    return last;
}

void text_add_markdown(struct text *text, const char *string, size_t most)
{
    const char *end = clip(string, most);
    for (const char *next, *at = string; at < end; at = next) {
        bool plain = is_plain(at, word_length(at, end));
        next = run_end(at, end, plain);
        const char *rest = plain ? at : next - stops(at, (size_t)(next - at));
        if (!plain)
            add_span(text, at, rest);
        text_add_bytes(text, rest, (size_t)(next - rest));
        if (next < end) {
            text_add(text, " ");
            next++;
        }
    }
    text_add(text, *end ? "…" : "");
}

/* RFC 8259, 7: above U+FFFF a surrogate pair. */
static void add_json_escape(struct text *text, uint32_t code)
{
    if (code >= 0x10000)
        text_printf(text, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (code >> 10)),
                    (unsigned)(0xdc00 + (code & 0x3ff)));
    else
        text_printf(text, "\\u%04x", (unsigned)code);
}

void text_add_json(struct text *text, const char *json, bool in_html)
{
    const unsigned char *at = (const unsigned char *)json;
    while (*at) {
        uint32_t code = 0;
        size_t length = decode_utf8(at, &code);
        if (!length)
            text_add(text, "\\ufffd");
        else if ((is_unseen(code) && code != '\n') || (in_html && code == '<'))
            add_json_escape(text, code);
        else
            text_add_bytes(text, (const char *)at, length);
        at += length ? length : 1;
    }
}

const char *text_string(const struct text *text)
{
    return text->bytes ? text->bytes : "";
}

bool text_failed(const struct text *text)
{
    return text->failed;
}
