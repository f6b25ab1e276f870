/* cleanup: what the end of a scope gives back. */
#ifndef CERTROLL_BASE_CLEANUP_H
#define CERTROLL_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

static inline void cleanup_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void cleanup_free(void *pointer)
{
    free(*(void **)pointer);
}

#define AUTO_FD CLEANUP(cleanup_fd)
#define AUTO_FREE CLEANUP(cleanup_free)

#endif
