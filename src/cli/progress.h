/* progress: a bar on the terminal for what takes over a second. */
#ifndef CERTROLL_CLI_PROGRESS_H
#define CERTROLL_CLI_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct progress {
    bool shown; /* standard error is a terminal, and nobody asked for quiet */
    const char *what;
    size_t total;
    atomic_size_t done;
    atomic_llong due; /* of monotonic_now(): when to draw next */
    atomic_bool drawn;
};

void progress_begin(struct progress *progress, bool shown, const char *what, size_t total);

/* One more is done; from any thread. */
void progress_step(struct progress *progress);

/* Wipes the bar away. */
void progress_end(struct progress *progress);

#endif
