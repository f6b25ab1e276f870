#include "base/environment.h"

#include <stdlib.h>
#include <string.h>

struct variable {
    struct variable *next;
    struct secret *value;
    char name[];
};

struct environment {
    struct variable *first;
};

struct environment *environment_new(void)
{
    return calloc(1, sizeof(struct environment));
}

static void free_variable(struct variable *variable)
{
    secret_free(variable->value);
    free(variable);
}

void environment_free(struct environment *environment)
{
    if (!environment)
        return;
    for (struct variable *next, *at = environment->first; at; at = next) {
        next = at->next;
        free_variable(at);
    }
    free(environment);
}

static struct variable *make_variable(const char *name, const char *value)
{
    size_t size = strlen(name) + 1;
    struct variable *made = calloc(1, sizeof(*made) + size);
    if (!made)
        return NULL;
    memcpy(made->name, name, size);
    made->value = secret_copy(value, strlen(value));
    if (made->value)
        return made;
    free(made);
    return NULL;
}

/* A block may list a name more than once; getenv(3) finds the first. */
static void wipe(const char *name)
{
    size_t length = strlen(name);
    for (char **at = environ; *at; at++)
        if (strncmp(*at, name, length) == 0 && (*at)[length] == '=')
            explicit_bzero(*at + length + 1, strlen(*at + length + 1));
    unsetenv(name);
}

int environment_take(struct environment *environment, const char *name)
{
    const char *value = getenv(name);
    if (!value || environment_get(environment, name))
        return 0;
    struct variable *made = make_variable(name, value);
    if (!made)
        return -1;
    wipe(name);
    made->next = environment->first;
    environment->first = made;
    return 0;
}

const struct secret *environment_get(const struct environment *environment, const char *name)
{
    for (const struct variable *at = environment ? environment->first : NULL; at; at = at->next)
        if (strcmp(at->name, name) == 0)
            return at->value;
    return NULL;
}

void environment_mask(const struct environment *environment, struct secret *text)
{
    for (const struct variable *at = environment ? environment->first : NULL; at; at = at->next)
        secret_mask(text, secret_peek(at->value), secret_size(at->value));
}
