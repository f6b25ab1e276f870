#include "manifest/excerpt.h"

#include "manifest/fields.h"

#include <ctype.h>
#include <string.h>

/* A line, character by character. */
struct row {
    const char *bytes;
    int number;
    size_t columns;
    size_t offsets[EXCERPT_MOST + 1]; /* where each character begins; the last: where they end */
    bool hidden[EXCERPT_MOST];
};

/* Where the next line begins. YAML 1.1 ends one with CR LF, CR, LF, NEL, LS or PS. */
static const char *next_line(const char *at, const char *end, size_t *ret_length)
{
    for (const char *p = at; p < end; p++) {
        size_t left = (size_t)(end - p), size = 0;
        if (*p == '\r')
            size = left > 1 && p[1] == '\n' ? 2 : 1;
        else if (*p == '\n')
            size = 1;
        else if (left > 1 && memcmp(p, "\xc2\x85", 2) == 0)
            size = 2;
        else if (left > 2 &&
                 (memcmp(p, "\xe2\x80\xa8", 3) == 0 || memcmp(p, "\xe2\x80\xa9", 3) == 0))
            size = 3;
        if (size) {
            *ret_length = (size_t)(p - at);
            return p + size;
        }
    }
    *ret_length = (size_t)(end - at);
    return end;
}

static int index_lines(struct document *document)
{
    const char *end = document->bytes + document->size;
    size_t count = 0, length;
    for (const char *at = document->bytes; at < end; at = next_line(at, end, &length))
        count++;
    document->lines = arena_alloc(document->marks, count, sizeof(*document->lines));
    if (!document->lines)
        return -1;
    for (const char *at = document->bytes; at < end; at = next_line(at, end, &length))
        document->lines[document->line_count++] = at;
    return 0;
}

static void split(struct row *row, size_t length)
{
    row->columns = 0;
    for (size_t i = 0; i < length; i++) {
        if (((unsigned char)row->bytes[i] & 0xc0) == 0x80)
            continue;
        row->offsets[row->columns] = i;
        if (row->columns == EXCERPT_MOST)
            return;
        row->columns++;
    }
    row->offsets[row->columns] = length;
}

/* NUL for a character of several bytes, and for one that bytes which are no UTF-8 follow. */
static char char_at(const struct row *row, size_t column)
{
    bool single = column < row->columns && row->offsets[column + 1] - row->offsets[column] == 1;
    return single ? row->bytes[row->offsets[column]] : '\0';
}

static void hide(struct row *row, size_t from, size_t to)
{
    for (size_t i = from; i < to && i < row->columns; i++)
        row->hidden[i] = true;
}

/* A comment behind a password may tell an older one, or be the better part of one that begins
 * with '#'. */
static void hide_comment(struct row *row, size_t from)
{
    for (size_t i = from > 0 ? from : 1; i < row->columns; i++)
        if (char_at(row, i) == '#' && (char_at(row, i - 1) == ' ' || char_at(row, i - 1) == '\t'))
            hide(row, i, row->columns);
}

static void hide_masks(struct row *row, const struct document *document)
{
    for (size_t i = 0; i < document->mask_count; i++) {
        const struct span *mask = &document->masks[i];
        if (mask->from.line > row->number || mask->to.line < row->number)
            continue;
        size_t from = mask->from.line < row->number ? 0 : (size_t)mask->from.column - 1;
        bool ends = mask->to.line == row->number;
        size_t to = ends ? (size_t)mask->to.column - 1 : row->columns;
        hide(row, from, to);
        if (ends)
            hide_comment(row, to);
    }
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The columns of a known key with its colon; 0 where none begins. */
static size_t key_length(const struct row *row, size_t column)
{
    size_t length = 0;
    if (column > 0 && is_word(char_at(row, column - 1)))
        return 0;
    while (is_word(char_at(row, column + length)))
        length++;
    if (!length || !fields_know(row->bytes + row->offsets[column], length))
        return 0;
    return char_at(row, column + length) == ':' ? length + 1 : 0;
}

static bool is_indentation(char c)
{
    return c && strchr(" \t-{[", c);
}

/* Nobody knows what is a password in broken YAML: only indentation and known keys are shown. */
static void hide_values(struct row *row)
{
    size_t column = 0;
    while (is_indentation(char_at(row, column)))
        column++;
    while (column < row->columns) {
        size_t length = key_length(row, column);
        row->hidden[column] = length == 0;
        column += length ? length : 1;
        while (length && char_at(row, column) == ' ')
            column++;
    }
}

/* Writes what stands for width hidden characters, as wide as they are where asked to. */
static size_t add_stars(char *text, size_t width, bool wide)
{
    size_t stars = wide && width < 3 ? width : 3;
    size_t size = wide ? width : stars;
    memset(text, ' ', size);
    memset(text, '*', stars);
    return size;
}

/* The width tells no more than the column that the problem gives. */
static const char *render(const struct row *row, size_t caret, struct arena *arena)
{
    char text[EXCERPT_MOST * 4 + 1];
    size_t size = 0;
    for (size_t column = 0, end; column < row->columns; column = end) {
        const char *from = row->bytes + row->offsets[column];
        end = column + 1;
        while (end < row->columns && row->hidden[end] == row->hidden[column])
            end++;
        if (row->hidden[column]) {
            size += add_stars(text + size, end - column, caret > column);
        } else {
            memcpy(text + size, from, row->offsets[end] - row->offsets[column]);
            size += row->offsets[end] - row->offsets[column];
        }
    }
    while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t'))
        size--;
    return arena_strndup(arena, text, size);
}

const char *excerpt_make(struct document *document, struct place place, struct arena *arena)
{
    struct row row = {.number = place.line};
    size_t length;
    if (!document->lines && index_lines(document) != 0)
        return NULL;
    if (place.line < 1 || (size_t)place.line > document->line_count || place.column > EXCERPT_MOST)
        return NULL;
    row.bytes = document->lines[place.line - 1];
    next_line(row.bytes, document->bytes + document->size, &length);
    split(&row, length);
    if (document->broken)
        hide_values(&row);
    else
        hide_masks(&row, document);
    return render(&row, place.column > 0 ? (size_t)place.column - 1 : 0, arena);
}
