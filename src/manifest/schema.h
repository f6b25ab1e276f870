/* schema: what may stand in a manifest, for editors and other validators. */
#ifndef CERTROLL_MANIFEST_SCHEMA_H
#define CERTROLL_MANIFEST_SCHEMA_H

#include "base/text.h"

/* Adds the JSON Schema (draft 2020-12) of a manifest, made from the tables that it is read by. The
 * same tables give the same bytes. It sees one field and its neighbours; what one entry says about
 * another it leaves to certroll. 0, or -1 when memory is out. */
int manifest_schema(struct text *ret);

#endif
