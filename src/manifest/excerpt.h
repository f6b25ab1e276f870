/* excerpt: a manifest's line as a problem shows it. */
#ifndef CERTROLL_MANIFEST_EXCERPT_H
#define CERTROLL_MANIFEST_EXCERPT_H

#include "manifest/document.h"

enum { EXCERPT_MOST = 200 };

/* The line of a place, in arena, with *** in place of what may be a password. What stands before
 * the column keeps its width, so that a caret below it points at the right word. NULL where there
 * is nothing to show: no such line, the column lies beyond EXCERPT_MOST, memory is out. In a
 * broken document only the keys that certroll knows are shown. */
const char *excerpt_make(struct document *document, struct place place, struct arena *arena);

#endif
