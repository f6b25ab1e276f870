/* What a program calls that has this folder in a library of its own (module.h). */

#include "x509/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* Where it lies, seen from the program's folder; certroll's version in the name: never one of
 * another version, when a package is replaced under a run. */
#define MODULE "../lib/certroll/x509-" CERTROLL_VERSION ".so"

/* Written once under pthread_once, read-only from then on. */
static struct {
    const struct x509_module *module;
    bool no_memory;
    char fault[512];
} library;

/* Where there is no /proc, by the name that it was started with. */
static int find_program(char ret[static PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", ret, PATH_MAX - 1);
    const char *name = (const char *)getauxval(AT_EXECFN);
    if (length < 0)
        return name && realpath(name, ret) ? 0 : -1;
    ret[length] = '\0';
    return 0;
}

/* ("$ORIGIN" of dlopen(3) is the folder of whoever calls it, and a sanitizer stands between.) */
static int find_module(char ret[static PATH_MAX])
{
    char program[PATH_MAX];
    char *slash = find_program(program) == 0 ? strrchr(program, '/') : NULL;
    if (!slash)
        return -1;
    slash[1] = '\0';
    return snprintf(ret, PATH_MAX, "%s" MODULE, program) < PATH_MAX ? 0 : -1;
}

/* It stays for the life of the process. */
static void load(void)
{
    char path[PATH_MAX];
    if (find_module(path) != 0) {
        snprintf(library.fault, sizeof(library.fault),
                 "neither /proc nor the name it was started with tells where certroll lies");
        return;
    }
    errno = 0; /* dlerror(3) does not always tell */
    void *handle = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    library.no_memory = !handle && errno == ENOMEM;
    library.module = handle ? dlsym(handle, "certroll_x509") : NULL;
    if (library.module)
        library.module->watch_memory();
    else
        snprintf(library.fault, sizeof(library.fault), "%s", dlerror());
}

/* NULL: library.fault says why there is none. */
static const struct x509_module *module(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return library.module;
}

struct issuers *issuers_new(struct arena *arena)
{
    return module() ? library.module->issuers_new(arena) : NULL;
}

void issuers_done(struct issuers *issuers)
{
    if (issuers)
        library.module->issuers_done(issuers);
}

static int fail(const struct source *source, struct problems *problems)
{
    struct problem *problem =
        library.module || library.no_memory
            ? problems_add(problems, PROBLEM_OUT_OF_MEMORY, source->place, "out of memory")
            : problems_add(problems, PROBLEM_LIBRARY_MISSING, source->place,
                           "the library that opens sources cannot be loaded: %s", library.fault);
    problem->certificate = source->certificate;
    return -1;
}

/* What it gave or said counts where OpenSSL has found memory until then, for all threads: one that
 * has not leaves an algorithm out for the others too, whose chains would be told as forged. */
int source_load(const struct source *source, struct arena *arena, struct problems *problems,
                struct bundle *ret)
{
    struct problems own;
    struct bundle bundle;
    problems_init(&own, problems->arena);
    if (!module() || library.module->lacked_memory())
        return fail(source, problems);
    int result = library.module->load(source, arena, &own, &bundle);
    if (library.module->lacked_memory()) {
        if (result == 0)
            bundle_done(&bundle);
        return fail(source, problems);
    }
    problems_append(problems, &own);
    if (result == 0)
        *ret = bundle;
    return result;
}
