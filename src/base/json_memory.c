#include "base/json_memory.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

static _Thread_local bool failed;

static void *take(size_t size)
{
    void *memory = malloc(size);
    failed |= !memory;
    return memory;
}

/* What was taken before is given back to the same heap. */
static void watch(void)
{
    json_set_alloc_funcs(take, free);
}

void json_memory_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch);
    failed = false;
}

bool json_memory_failed(void)
{
    return failed;
}
