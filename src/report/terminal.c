#include "report/terminal.h"

#include "report/words.h"

#include <string.h>

enum { SHORT_FINGERPRINT = 16 };

static const char *const styles[] = {
    [STYLE_PLAIN] = "",          [STYLE_BOLD] = "\x1b[1m",    [STYLE_DIM] = "\x1b[2m",
    [STYLE_GREEN] = "\x1b[32m",  [STYLE_YELLOW] = "\x1b[33m", [STYLE_CYAN] = "\x1b[36m",
    [STYLE_BLUE] = "\x1b[1;34m", [STYLE_RED] = "\x1b[1;31m",
};

void terminal_begin(struct text *text, enum style style, bool color)
{
    if (color)
        text_add(text, styles[style]);
}

void terminal_end(struct text *text, enum style style, bool color)
{
    if (color && style != STYLE_PLAIN)
        text_add(text, "\x1b[0m");
}

void terminal_add(struct text *text, enum style style, bool color, const char *words)
{
    terminal_begin(text, style, color);
    text_add(text, words);
    terminal_end(text, style, color);
}

/* Code points in what was added since start. */
static size_t characters(const struct text *text, size_t start)
{
    size_t count = 0;
    for (size_t i = start; i < text->length; i++)
        count += (text->bytes[i] & 0xc0) != 0x80;
    return count;
}

size_t terminal_width(struct text *text, const char *string)
{
    size_t start = text->length;
    if (string)
        text_add_visible(text, string);
    size_t width = characters(text, start);
    text->length = start;
    if (text->bytes)
        text->bytes[start] = '\0';
    return width;
}

void terminal_cell(struct text *text, const char *string, size_t width)
{
    size_t start = text->length;
    if (string)
        text_add_visible(text, string);
    for (size_t used = characters(text, start); used < width; used++)
        text_add(text, " ");
}

void terminal_fingerprint(struct text *text, const char *fingerprint, bool full)
{
    size_t length = fingerprint ? strlen(fingerprint) : 0;
    if (!full && length > SHORT_FINGERPRINT)
        length = SHORT_FINGERPRINT;
    text_add_bytes(text, fingerprint ? fingerprint : "", length);
}

void terminal_add_wait(struct text *text, const struct waiting_row *row)
{
    char time[INSTANT_TEXT_SIZE];
    text_printf(text, "since %s, ", instant_format(row->queued_at, time));
    words_add_count(text, row->attempts, "attempt");
    if (row->last_error) {
        text_add(text, ": ");
        text_add_visible(text, row->last_error);
    }
    text_add(text, "\n");
}

void terminal_add_absence(struct text *text, const struct report_view *view)
{
    text_add(text, view->store_missing ? "There is no store at " : "The store ");
    if (view->store)
        text_add_visible(text, view->store);
    text_add(text, view->store_missing ? "." : view->store ? " is empty." : "is empty.");
}
