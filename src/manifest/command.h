/* command: what another program writes. */
#ifndef CERTROLL_MANIFEST_COMMAND_H
#define CERTROLL_MANIFEST_COMMAND_H

#include "base/arena.h"
#include "base/secret.h"

struct command_result {
    struct secret *output; /* of one that succeeded; else NULL */
    const char *failure;   /* why it failed, in arena; NULL when memory is out. Nothing that the
                              program wrote is in it */
    struct secret *errors; /* of one that failed: the start of its standard error, each line of its
                              standard output masked; NULL: it wrote none */
};

/* Runs a program, found in PATH, without a shell and in a process group of its own, which is
 * killed when the program has ended, took longer than seconds, or a signal waits that asks certroll
 * to end (interrupt.h). It gets our environment, no input and no descriptor of ours. Of its
 * standard output at most most bytes are taken. 0, or -1; *ret is filled in both cases and wants
 * command_result_done(). Several threads may run one at once. */
int command_run(const char *const *arguments, int seconds, size_t most, struct arena *arena,
                struct command_result *ret);
void command_result_done(struct command_result *result);

#endif
