/* command: what another program writes. */
#ifndef CERTROLL_MANIFEST_COMMAND_H
#define CERTROLL_MANIFEST_COMMAND_H

#include "base/arena.h"
#include "base/secret.h"

/* Runs a program, found in PATH, without a shell and in a process group of its own, which is
 * killed when the program has ended or took longer than seconds. It gets our environment, no
 * input and no descriptor of ours. *ret is its standard output, at most most bytes, the caller's
 * to free. 0, or -1: *ret_failure then says why, in arena, with the start of its standard error;
 * NULL when memory is out. Several threads may run one at once. */
int command_run(const char *const *arguments, int seconds, size_t most, struct arena *arena,
                const char **ret_failure, struct secret **ret);

#endif
