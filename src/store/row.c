#include "store/row.h"

#include <stdio.h>
#include <string.h>

/* The text until the next step; NULL where it is none. */
static const char *peek_text(struct row *row, int column)
{
    if (sqlite3_column_type(row->statement, column) == SQLITE_TEXT) {
        const char *text = (const char *)sqlite3_column_text(row->statement, column);
        size_t size = (size_t)sqlite3_column_bytes(row->statement, column);
        if (text && strlen(text) == size)
            return text;
        row->out_of_memory |= !text;
    }
    row->bad = true;
    return NULL;
}

static const char *keep(struct row *row, const char *text)
{
    const char *copy = arena_strdup(row->arena, text);
    row->out_of_memory |= !copy;
    return copy ? copy : "";
}

const char *row_text(struct row *row, int column)
{
    const char *text = peek_text(row, column);
    return text ? keep(row, text) : "";
}

const char *row_text_again(struct row *row, int column, const char *before)
{
    const char *text = peek_text(row, column);
    if (text && before && strcmp(text, before) == 0)
        return before;
    return text ? keep(row, text) : "";
}

const char *row_text_or_null(struct row *row, int column)
{
    if (sqlite3_column_type(row->statement, column) == SQLITE_NULL)
        return NULL;
    return row_text(row, column);
}

void row_hex(struct row *row, int column, size_t count, char *ret)
{
    ret[0] = '\0';
    if (sqlite3_column_type(row->statement, column) == SQLITE_BLOB) {
        const void *bytes = sqlite3_column_blob(row->statement, column);
        if ((size_t)sqlite3_column_bytes(row->statement, column) == count / 2)
            digest_hex(bytes, count / 2, ret);
        else
            row->bad = true;
        return;
    }
    const char *text = peek_text(row, column);
    if (text && strlen(text) == count && strspn(text, "0123456789abcdef") == count)
        memcpy(ret, text, count + 1);
    else
        row->bad = true;
}

const char *row_fingerprint(struct row *row, int column, const struct snapshot *snapshot)
{
    char text[DIGEST_TEXT_SIZE];
    row_hex(row, column, DIGEST_TEXT_SIZE - 1, text);
    const struct stored_certificate *stored = snapshot_certificate(snapshot, text);
    return stored ? stored->certificate.fingerprint : keep(row, text);
}

int64_t row_integer(struct row *row, int column, int64_t least, int64_t most)
{
    int64_t value = sqlite3_column_int64(row->statement, column);
    if (sqlite3_column_type(row->statement, column) == SQLITE_INTEGER && value >= least &&
        value <= most)
        return value;
    row->bad = true;
    return least;
}

bool row_flag(struct row *row, int column)
{
    return row_integer(row, column, 0, 1) == 1;
}

instant row_instant(struct row *row, int column)
{
    if (sqlite3_column_type(row->statement, column) == SQLITE_NULL)
        return INSTANT_NONE;
    return row_integer(row, column, INSTANT_NONE + 1, INT64_MAX);
}

const void *row_blob(struct row *row, int column, size_t *ret_size)
{
    const void *bytes = sqlite3_column_blob(row->statement, column);
    bool is_blob = sqlite3_column_type(row->statement, column) == SQLITE_BLOB;
    if (!is_blob)
        row->bad = true;
    *ret_size = is_blob && bytes ? (size_t)sqlite3_column_bytes(row->statement, column) : 0;
    return *ret_size ? bytes : NULL;
}

int row_check(const struct row *row, struct index *index, const char *table)
{
    if (row->out_of_memory)
        return folder_out_of_memory(index->problems);
    if (!row->bad)
        return 0;
    char what[96];
    snprintf(what, sizeof(what), "table %s holds a value that certroll did not write", table);
    return index_damaged(index, what);
}
