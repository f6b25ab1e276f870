/*
 * fuzz: what the fuzz targets share.
 *
 * A target hands its input to a loader and holds what comes of it against the loader's contract:
 * what does not keep it aborts, which is a finding like a crash.
 */
#ifndef CERTROLL_TESTS_FUZZ_H
#define CERTROLL_TESTS_FUZZ_H

#include "base/problem.h"

#include <stdint.h>

/* What libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #condition))

_Noreturn void fuzz_broken(const char *file, int line, const char *condition);

/* Every problem has a code and a message of a sensible length, and errors are counted. Memory is
 * only out where an allocation may have failed. */
void fuzz_check_problems(const struct problems *problems, bool may_fail);

/* These bytes stand in no message, subject, name or excerpt. */
void fuzz_check_nowhere(const struct problems *problems, const void *bytes, size_t size);

/* Made of so many lower-case hex digits. */
bool fuzz_is_hex(const char *text, size_t digits);

/* The allocation of this number from now on fails, once; 0: none does. */
void fuzz_fail_allocation(size_t number);

/* The secrets that were made and not freed: LeakSanitizer does not see them. */
size_t fuzz_live_secrets(void);

#endif
