/* A resolver that hangs, for LD_PRELOAD. */
#include <errno.h>
#include <netdb.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret)
{
    (void)node;
    (void)service;
    (void)hints;
    (void)ret;
    sleep(30);
    return EAI_AGAIN;
}
