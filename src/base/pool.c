#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>

/* Stacks of a size of their own: a limit that is meant for the program's must not make theirs too
 * small, or so large that memory for them is refused. */
enum { THREADS_MOST = 64, STACK_SIZE = 2 * 1024 * 1024 };

struct shared {
    atomic_size_t next;
    size_t count;
    pool_work *work;
    void *context;
};

struct worker {
    struct shared *shared;
    size_t number;
    pthread_t thread;
};

static void *work_through(void *argument)
{
    struct worker *worker = argument;
    struct shared *shared = worker->shared;
    for (size_t i; (i = atomic_fetch_add(&shared->next, 1)) < shared->count;)
        shared->work(shared->context, worker->number, i);
    return NULL;
}

void pool_run(size_t jobs, size_t count, pool_work *work, void *context)
{
    struct shared shared = {.count = count, .work = work, .context = context};
    struct worker workers[THREADS_MOST];
    size_t wanted = jobs < count ? jobs : count, started = 1;
    if (wanted > THREADS_MOST)
        wanted = THREADS_MOST;
    pthread_attr_t attributes;
    if (wanted > 1 && pthread_attr_init(&attributes) != 0)
        wanted = 1;
    if (wanted > 1)
        pthread_attr_setstacksize(&attributes, STACK_SIZE);
    for (; started < wanted; started++) {
        workers[started] = (struct worker){.shared = &shared, .number = started};
        if (pthread_create(&workers[started].thread, &attributes, work_through,
                           &workers[started]) != 0)
            break;
    }
    if (wanted > 1)
        pthread_attr_destroy(&attributes);
    workers[0] = (struct worker){.shared = &shared, .number = 0};
    work_through(&workers[0]);
    for (size_t i = 1; i < started; i++)
        pthread_join(workers[i].thread, NULL);
}
