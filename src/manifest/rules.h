/* rules: what one field says about another, and one entry about another. */
#ifndef CERTROLL_MANIFEST_RULES_H
#define CERTROLL_MANIFEST_RULES_H

#include "manifest/fields.h"

/* Of the entries of one manifest, and of all manifests of a run. */
enum { CLAIMS_MOST = 1000 * 1000 };

/* Where a field's value is written; the entry's place where the field is not its own. */
struct place rules_place(const struct draft *draft, enum entry_field field);

/* path or fingerprint; what roll and scope need. */
void rules_check_entry(struct reader *reader, struct draft *draft);

/* Gives an entry without a name the one of its source, or of its line where it has none. */
void rules_name_entry(struct reader *reader, struct draft *draft);

/* What the rules across entries will want to know of it. */
struct trace rules_trace(const struct draft *draft);

/* Names that two entries of the manifest have; slots that two claim from one instant. */
void rules_check_manifest(struct reader *reader);

/* Names that two manifests have; slots that two claim. Both manifests are broken then, the later
 * one has the problem. 0, or -1 when memory is out. */
int rules_check_manifests(struct manifests *manifests, struct problems *problems);

#endif
