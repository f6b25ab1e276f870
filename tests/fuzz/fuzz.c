#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MOST = 64 * 1024 };

void fuzz_broken(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

void fuzz_check_problems(const struct problems *problems, bool may_fail)
{
    size_t errors = 0;
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        FUZZ_CHECK(problem->code < PROBLEM_CODE_COUNT);
        FUZZ_CHECK(problem->message && problem->message[0]);
        FUZZ_CHECK(strlen(problem->message) < MESSAGE_MOST);
        errors += problem_severity(problem->code) == SEVERITY_ERROR;
    }
    bool lost = problems->out_of_memory;
    FUZZ_CHECK(may_fail || (!lost && !problems_has(problems, PROBLEM_OUT_OF_MEMORY)));
    FUZZ_CHECK(problems->errors == errors || (lost && problems->errors > errors));
}

static bool contains(const char *text, const void *bytes, size_t size)
{
    return text && memmem(text, strlen(text), bytes, size);
}

void fuzz_check_nowhere(const struct problems *problems, const void *bytes, size_t size)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        FUZZ_CHECK(!contains(problem->message, bytes, size));
        FUZZ_CHECK(!contains(problem->excerpt, bytes, size));
        FUZZ_CHECK(!contains(problem->certificate, bytes, size));
        FUZZ_CHECK(!contains(problem->subject, bytes, size));
    }
}

bool fuzz_is_hex(const char *text, size_t digits)
{
    return strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}
