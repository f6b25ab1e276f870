#include "report/excerpt.h"

#include "base/cleanup.h"
#include "report/terminal.h"

#include <string.h>

enum { EXCERPT_BEFORE = 60, EXCERPT_MOST = 100 };

static bool is_continuation(char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* count characters further, or the end. */
static const char *skip(const char *at, size_t count)
{
    while (*at && count > 0) {
        at++;
        while (is_continuation(*at))
            at++;
        count--;
    }
    return at;
}

static size_t characters(const char *string)
{
    size_t count = 0;
    for (; *string; string++)
        count += !is_continuation(*string);
    return count;
}

/* A part of the excerpt with tabs as spaces, so that a caret can stand below. */
static void add_part(struct text *text, const char *from, const char *to)
{
    char *part AUTO_FREE = strndup(from, (size_t)(to - from));
    if (!part) {
        text->failed = true;
        return;
    }
    for (char *tab = part; (tab = strchr(tab, '\t'));)
        *tab = ' ';
    text_add_visible(text, part);
}

void excerpt_add(struct text *text, const char *line, int64_t number, int64_t column, bool color)
{
    size_t before_caret = column > 0 ? (size_t)column - 1 : 0;
    const char *from = line;
    if (before_caret > EXCERPT_BEFORE) {
        from = skip(from, before_caret - EXCERPT_BEFORE);
        before_caret = EXCERPT_BEFORE;
    }
    const char *caret = skip(from, before_caret);
    struct text before CLEANUP(text_done) = TEXT_INIT;
    add_part(&before, from, caret);
    text_printf(text, "%5lld | %s", (long long)number, text_string(&before));
    add_part(text, caret, skip(from, EXCERPT_MOST));
    text_printf(text, "\n      | %*s", (int)characters(text_string(&before)), "");
    text->failed |= text_failed(&before);
    terminal_add(text, STYLE_GREEN, color, "^");
    text_add(text, "\n");
}
