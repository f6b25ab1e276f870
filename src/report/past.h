/* past: what the JSON of a run that the store remembers says. Internal to report. */
#ifndef CERTROLL_REPORT_PAST_H
#define CERTROLL_REPORT_PAST_H

#include "report/rows.h"

#include <jansson.h>

/* The run that the JSON tells of, or NULL where it is none. ret is the caller's to release. 0, or
 * -1 when memory is out. */
int past_read(const char *json, json_t **ret);

/* A member that is a string; "" where there is none. It may hold bytes from outside. */
const char *past_string(const json_t *object, const char *member);

/* "2 imported, 1 failed", "no change, 1 error"; of a run that was interrupted what it had to do; of
 * NULL that it cannot be read. */
void past_add_summary(struct text *text, const struct past_run_row *row, const json_t *run);

/* Was any of its actions done? One that failed may have changed something all the same. */
bool past_changed(const json_t *run);

/* ok, changed or failed, as run_result(). */
const char *past_result(const json_t *run);

#endif
