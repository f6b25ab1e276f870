/*
 * schema: the JSON Schema (draft 2020-12) of what report_write() writes as JSON, from the same
 * table of fields.
 */
#ifndef CERTROLL_REPORT_SCHEMA_H
#define CERTROLL_REPORT_SCHEMA_H

#include "report/report.h"

/* 0, or -1 when memory is out. ret is the caller's to free. */
int report_schema(enum report_kind kind, struct text *ret);

#endif
