#include "manifest/complain.h"

#include <string.h>

bool complain_enough(const struct problems *problems)
{
    return problems->count > COMPLAINTS_MOST;
}

void complain(struct problems *problems, enum problem_code code, struct place place,
              const char *format, ...)
{
    if (complain_enough(problems))
        return;
    if (problems->count == COMPLAINTS_MOST) {
        problems_add(problems, PROBLEM_LIMIT_EXCEEDED, place,
                     "more than %d errors: the rest is not shown", COMPLAINTS_MOST);
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    problems_vadd(problems, code, place, format, arguments);
    va_end(arguments);
}

const char *complain_quote(struct problems *problems, const char *text)
{
    size_t length = strlen(text), shown = length;
    if (length > QUOTE_MOST)
        for (shown = QUOTE_MOST; shown > 0 && ((unsigned char)text[shown] & 0xc0) == 0x80;)
            shown--;
    const char *quoted =
        arena_printf(problems->arena, "'%.*s%s'", (int)shown, text, shown < length ? "..." : "");
    return quoted ? quoted : "it";
}
