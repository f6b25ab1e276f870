#include "row.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 8, FILE_NAME = 0, PASSWORD = 2, EXPECTED, LEAF, CERTIFICATES, KEYS, NOTE };

static const double default_seconds = 10;

/* "<none>", "<empty>", "<latin1>X" or the password itself. */
static struct secret *read_password(const char *text)
{
    static const char latin1[] = "<latin1>";
    if (strcmp(text, "<none>") == 0)
        return NULL;
    if (strcmp(text, "<empty>") == 0)
        return secret_new(0);
    if (strncmp(text, latin1, sizeof(latin1) - 1) != 0)
        return secret_copy(text, strlen(text));
    text += sizeof(latin1) - 1;
    struct secret *password = secret_new(strlen(text));
    size_t length = 0;
    for (; *text && password; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0xc0 && text[1])
            c = (unsigned char)((c & 3) << 6 | (*++text & 0x3f));
        secret_bytes(password)[length++] = c;
    }
    if (password)
        secret_cut(password, length);
    return password;
}

/* What stands behind a word of the note, up to the next separator. */
static const char *find_in_note(const char *note, const char *word)
{
    const char *found = strstr(note, word);
    return found ? found + strlen(word) : NULL;
}

bool row_allows(const struct row *row, const char *code)
{
    size_t length = strlen(code);
    const char *one = row->codes;
    while (one) {
        size_t size = strcspn(one, "|; ");
        if (size == length && memcmp(one, code, length) == 0)
            return true;
        one = one[size] == '|' ? one + size + 1 : NULL;
    }
    return !row->codes;
}

int row_read(char *line, struct row *ret)
{
    const char *columns[COLUMNS];
    line[strcspn(line, "\r\n")] = '\0';
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = strsep(&line, "\t");
        if (!columns[i])
            return -1;
    }
    const char *limit = find_in_note(columns[NOTE], "MAXSEC=");
    *ret = (struct row){
        .file = columns[FILE_NAME],
        .password = read_password(columns[PASSWORD]),
        .accept = strcmp(columns[EXPECTED], "accept") == 0,
        .leaf = columns[LEAF],
        .certificates = strtoul(columns[CERTIFICATES], NULL, 10),
        .keys = strtoul(columns[KEYS], NULL, 10),
        .hard = strncmp(columns[NOTE], "HARD", 4) == 0,
        .seconds = limit ? strtod(limit, NULL) : default_seconds,
        .codes = find_in_note(columns[NOTE], "code="),
    };
    return 0;
}
