/* past: what the JSON of a run that the store remembers says. Internal to report. */
#ifndef CERTROLL_REPORT_PAST_H
#define CERTROLL_REPORT_PAST_H

#include "base/text.h"

#include <jansson.h>

/* A member that is a string; "" where there is none. It may hold bytes from outside. */
const char *past_string(const json_t *object, const char *member);

/* "2 imported, 1 failed", "no change, 1 error". */
void past_add_summary(struct text *text, const json_t *run);

/* ok, changed or failed, as run_result(); of NULL, a run that cannot be read, failed. */
const char *past_result(const json_t *run);

#endif
