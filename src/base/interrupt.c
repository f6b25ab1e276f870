#include "base/interrupt.h"

#include <pthread.h>
#include <stddef.h>

static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};

/* One that is ignored, as SIGHUP under nohup(1), would wait all the same once it is blocked. */
static bool is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void interrupt_hold(struct interrupt *interrupt)
{
    sigemptyset(&interrupt->held);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        if (!is_ignored(signals[i]))
            sigaddset(&interrupt->held, signals[i]);
    pthread_sigmask(SIG_BLOCK, &interrupt->held, &interrupt->before);
}

bool interrupt_waits(void)
{
    sigset_t waiting;
    if (sigpending(&waiting) != 0)
        return false;
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        if (sigismember(&waiting, signals[i]) == 1 && !is_ignored(signals[i]))
            return true;
    return false;
}

void interrupt_release(const struct interrupt *interrupt)
{
    pthread_sigmask(SIG_UNBLOCK, &interrupt->held, NULL);
    pthread_sigmask(SIG_SETMASK, &interrupt->before, NULL);
}
