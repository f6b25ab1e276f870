/*
 * writing_calls: the system calls that write, lock, send, or change what stands in a file system.
 *
 * Each says which of its arguments are a folder's descriptor and a path below it, a descriptor,
 * and a count that may be made smaller.
 */
#ifndef CERTROLL_TESTS_FAULTS_WRITING_CALLS_H
#define CERTROLL_TESTS_FAULTS_WRITING_CALLS_H

#include <stdbool.h>
#include <stddef.h>

enum { NO_ARGUMENT = -1 };

struct writing_call {
    long number;
    const char *name;
    int folder; /* the path's; NO_ARGUMENT: it is the working folder's */
    int path;
    int other_folder; /* of rename and link */
    int other_path;
    int fd;
    int count;
    bool (*writes)(const unsigned long long *arguments); /* NULL: always */
};

/* NULL for a call that neither writes nor changes anything, whatever its arguments. */
const struct writing_call *writing_call_find(long number);

/* The i-th of them; NULL behind the last. */
const struct writing_call *writing_call_at(size_t i);

#endif
