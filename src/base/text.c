#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* C0 and C1 controls, and what Unicode lets steer the direction of text or end a line. */
static bool steers(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code >= 0xfff9 && code <= 0xfffb);
}

static const char *html_entity(uint32_t code)
{
    switch (code) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void add_escaped(struct text *text, const char *string, bool html)
{
    const unsigned char *at = (const unsigned char *)string;
    while (*at) {
        uint32_t code = 0;
        size_t length = decode_utf8(at, &code);
        const char *entity = html && length ? html_entity(code) : NULL;
        if (!length)
            text_printf(text, "\\x%02X", *at);
        else if (steers(code))
            text_printf(text, code < 0x80 ? "\\x%02X" : "\\u{%04X}", (unsigned)code);
        else if (entity)
            text_add(text, entity);
        else
            text_add_bytes(text, (const char *)at, length);
        at += length ? length : 1;
    }
}

void text_add_visible(struct text *text, const char *string)
{
    add_escaped(text, string, false);
}

void text_add_html(struct text *text, const char *string)
{
    add_escaped(text, string, true);
}

const char *text_string(const struct text *text)
{
    return text->bytes ? text->bytes : "";
}

bool text_failed(const struct text *text)
{
    return text->failed;
}
