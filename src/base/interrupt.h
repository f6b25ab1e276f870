/*
 * interrupt: the signals that ask a program to end, held back while there is something to undo.
 *
 * SIGTERM, SIGINT, SIGHUP and SIGQUIT are blocked, those left out that are ignored. Who works
 * meanwhile asks now and then whether one waits, cleans up and comes back; the signal then does
 * what it always does.
 */
#ifndef CERTROLL_BASE_INTERRUPT_H
#define CERTROLL_BASE_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

struct interrupt {
    sigset_t before;
    sigset_t held;
};

/* Holds them back from this thread and from those that it starts from now on; they have to have
 * ended before the release. */
void interrupt_hold(struct interrupt *interrupt);

/* Does one wait? On any thread. */
bool interrupt_waits(void);

/* Lets them through, also those that were blocked before: where one waits, the program ends
 * here. */
void interrupt_release(const struct interrupt *interrupt);

#endif
