/* suggest: which of the known words did they mean? */
#ifndef CERTROLL_MANIFEST_SUGGEST_H
#define CERTROLL_MANIFEST_SUGGEST_H

#include <stddef.h>

/* The best guess so far; starts as {wrong}. */
struct suggestion {
    const char *wrong;
    const char *word; /* NULL: none is close */
    size_t distance;
};

/* Holds a known word against it. Close is at most one slip (a letter too many, too few, another,
 * or two swapped) in three letters, without regard to case. The first of equals is kept. */
void suggest_consider(struct suggestion *suggestion, const char *word);

#endif
