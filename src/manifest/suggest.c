#include "manifest/suggest.h"

#include <ctype.h>
#include <string.h>

enum { WORD_MOST = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment: the distance of Damerau and Levenshtein in which no letter is moved
 * twice. Both words have at most WORD_MOST letters. */
static size_t distance_between(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][WORD_MOST + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            row[j] =
                least(least(above[j], row[j - 1]) + 1, above[j - 1] + !same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

void suggest_consider(struct suggestion *suggestion, const char *word)
{
    size_t a = strlen(suggestion->wrong), b = strlen(word);
    size_t allowed = (least(a, b) + 2) / 3;
    if (a == 0 || a > WORD_MOST || b > WORD_MOST || (a > b ? a - b : b - a) > allowed)
        return;
    size_t distance = distance_between(suggestion->wrong, a, word, b);
    if (distance > allowed || (suggestion->word && distance >= suggestion->distance))
        return;
    suggestion->word = word;
    suggestion->distance = distance;
}
