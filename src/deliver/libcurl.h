/*
 * libcurl: the library, loaded by the first who needs it. It brings thirty others, and starting
 * them takes longer than a whole run in which nothing is sent. Internal to deliver.
 */
#ifndef CERTROLL_DELIVER_LIBCURL_H
#define CERTROLL_DELIVER_LIBCURL_H

#include <curl/curl.h>
#include <stdbool.h>

/* What is used of it, without "curl_". */
#define LIBCURL_FUNCTIONS(X)                                                                       \
    X(easy_cleanup)                                                                                \
    X(easy_getinfo)                                                                                \
    X(easy_init)                                                                                   \
    X(easy_perform)                                                                                \
    X(easy_setopt)                                                                                 \
    X(easy_strerror)                                                                               \
    X(free)                                                                                        \
    X(global_cleanup)                                                                              \
    X(global_init)                                                                                 \
    X(url)                                                                                         \
    X(url_cleanup)                                                                                 \
    X(url_get)                                                                                     \
    X(url_set)

struct libcurl {
#define X(name) __typeof__(curl_##name) *name;
    LIBCURL_FUNCTIONS(X)
#undef X
};

/* The same for all threads and for the life of the process: what it brings cannot be unloaded.
 * NULL where it is not installed, or is too old to have all of them. */
const struct libcurl *libcurl_load(void);

/* Was that for lack of memory? Meaningful after libcurl_load(). */
bool libcurl_lacked_memory(void);

#endif
