/* past: a run that the store remembers, read back from its JSON. Internal to report. What stands
 * there is taken as it is: a member that is missing is empty, a run that cannot be read is NULL. */
#ifndef CERTROLL_REPORT_PAST_H
#define CERTROLL_REPORT_PAST_H

#include "base/text.h"

#include <jansson.h>

/* A member that is a string; "" where it is none. */
const char *past_text(const json_t *object, const char *member);

/* "2 imported, 1 assigned, 1 failed". */
void past_add_summary(struct text *text, const json_t *run);

/* ok, changed or failed, as run_result(). */
const char *past_result(const json_t *run);

#endif
