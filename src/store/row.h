/*
 * row: the values of a row, held against what certroll writes. A value that it never wrote is
 * remembered, so that a reader checks once, at the row's end, with row_check().
 */
#ifndef CERTROLL_STORE_ROW_H
#define CERTROLL_STORE_ROW_H

#include "store/index.h"

struct row {
    sqlite3_stmt *statement;
    struct arena *arena;
    bool bad;
    bool out_of_memory;
};

/* A copy in the arena; "" where it is bad. */
const char *row_text(struct row *row, int column);
const char *row_text_or_null(struct row *row, int column);

/* The same; before itself, which may be NULL, where that says it already. */
const char *row_text_again(struct row *row, int column, const char *before);

/* A fingerprint: that of the certificate where the snapshot has it, else a copy. */
const char *row_fingerprint(struct row *row, int column, const struct snapshot *snapshot);

/* Bytes, or the text that they were before version 3, as count lower-case hex digits into ret; ""
 * where it is bad. */
void row_hex(struct row *row, int column, size_t count, char *ret);

int64_t row_integer(struct row *row, int column, int64_t least, int64_t most);
bool row_flag(struct row *row, int column);
instant row_instant(struct row *row, int column); /* NULL: INSTANT_NONE */

/* The bytes of a BLOB until the next step; NULL and 0 where it is bad or empty. */
const void *row_blob(struct row *row, int column, size_t *ret_size);

/* 0, or -1 with a problem. */
int row_check(const struct row *row, struct index *index, const char *table);

#endif
