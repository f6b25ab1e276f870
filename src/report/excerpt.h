/* excerpt: a manifest's line with a caret below it. Internal to report. */
#ifndef CERTROLL_REPORT_EXCERPT_H
#define CERTROLL_REPORT_EXCERPT_H

#include "base/text.h"

#include <stdint.h>

/* Two lines of text. line is from outside; of a long one the part around the column is shown.
 * number and column count from 1, a column below that is the first. */
void excerpt_add(struct text *text, const char *line, int64_t number, int64_t column, bool color);

#endif
