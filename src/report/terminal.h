/* terminal: colours and aligned cells for text. Internal to report. */
#ifndef CERTROLL_REPORT_TERMINAL_H
#define CERTROLL_REPORT_TERMINAL_H

#include "report/rows.h"

enum style {
    STYLE_PLAIN,
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_GREEN,
    STYLE_YELLOW,
    STYLE_CYAN,
    STYLE_BLUE,
    STYLE_RED,
};

/* Switches a style on and off; nothing where color is not set. */
void terminal_begin(struct text *text, enum style style, bool color);
void terminal_end(struct text *text, enum style style, bool color);

/* Our own words, in a style. */
void terminal_add(struct text *text, enum style style, bool color, const char *words);

/* Characters of a string from outside as it is shown; NULL is "". text is left as it was, but
 * remembers that memory ran out. */
size_t terminal_width(struct text *text, const char *string);

/* A string from outside, made visible, and spaces up to width characters; NULL is "". */
void terminal_cell(struct text *text, const char *string, size_t width);

/* "The store PATH is empty.", or that it is not there. */
void terminal_add_absence(struct text *text, const struct report_view *view);

/* How a report has fared so far, to the line's end: "since TIME, 2 attempts: why the last failed".
 */
void terminal_add_wait(struct text *text, const struct waiting_row *row);

/* The first 16 digits of a fingerprint, or all of them. */
void terminal_fingerprint(struct text *text, const char *fingerprint, bool full);

#endif
