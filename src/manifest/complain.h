/* complain: the errors of one manifest, with a bound on how many. */
#ifndef CERTROLL_MANIFEST_COMPLAIN_H
#define CERTROLL_MANIFEST_COMPLAIN_H

#include "base/problem.h"

enum { COMPLAINTS_MOST = 1000, QUOTE_MOST = 80 };

/* True once the bound is reached: what follows is not added any more. */
bool complain_enough(const struct problems *problems);

/* Adds an error; the one beyond the bound says that there are more. */
void complain(struct problems *problems, enum problem_code code, struct place place,
              const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The text in single quotes, cut where it is long; "it" when memory is out. */
const char *complain_quote(struct problems *problems, const char *text);

#endif
