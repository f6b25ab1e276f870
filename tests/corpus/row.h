/* row: one line of INDEX.tsv. */
#ifndef CERTROLL_TESTS_CORPUS_ROW_H
#define CERTROLL_TESTS_CORPUS_ROW_H

#include "base/secret.h"

#include <stdbool.h>
#include <stddef.h>

struct row {
    const char *file;
    struct secret *password; /* NULL: none given */
    bool accept;
    const char *leaf; /* "HEX", "HEX|HEX", or "-" */
    size_t certificates;
    size_t keys;
    bool hard;
    double seconds;    /* the time it may take */
    const char *codes; /* "a|b": what a refusal has to be called; NULL: anything */
};

/* Splits a line, which is changed and has to live on. 0, or -1 where it is no row. The password is
 * the caller's to free. */
int row_read(char *line, struct row *ret);

/* Whether a refusal may be called that. */
bool row_allows(const struct row *row, const char *code);

#endif
