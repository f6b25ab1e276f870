#include "deliver/libcurl.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

/* Written once under pthread_once, read-only from then on. */
static struct {
    struct libcurl functions;
    bool whole;
    bool no_memory;
} library;

static bool find(void *handle, const char *name, void *ret_function)
{
    void *symbol = dlsym(handle, name);
    memcpy(ret_function, &symbol, sizeof(symbol));
    return symbol;
}

static void load(void)
{
    errno = 0; /* dlerror(3) does not always tell */
    void *handle = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
    bool whole = handle;
    library.no_memory = !handle && errno == ENOMEM;
#define X(name) whole = whole && find(handle, "curl_" #name, &library.functions.name);
    LIBCURL_FUNCTIONS(X)
#undef X
    library.whole = whole;
}

const struct libcurl *libcurl_load(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return library.whole ? &library.functions : NULL;
}

bool libcurl_lacked_memory(void)
{
    return library.no_memory;
}
