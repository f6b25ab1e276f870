#include "base/file.h"
#include "deliver/deliver.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define TOKEN "CERTROLL_REPORT_TOKEN"
#define SECRET "CERTROLL_REPORT_SECRET"

#define CERT "CERTROLL_REPORT_CERT"
#define KEY "CERTROLL_REPORT_KEY"

enum { SECRET_MOST = 64 * 1024 };

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

static void drop_newline(struct secret *secret)
{
    size_t size = secret_size(secret);
    const unsigned char *bytes = secret_peek(secret);
    if (size && bytes[size - 1] == '\n')
        size--;
    if (size && size < secret_size(secret) && bytes[size - 1] == '\r')
        size--;
    secret_cut(secret, size);
}

static int read_secret_file(const char *name, const char *path, struct problems *problems,
                            struct secret **ret)
{
    char buffer[128];
    struct secret *secret AUTO_SECRET = NULL;
    int error = file_read(AT_FDCWD, path, SECRET_MOST, &secret);
    if (error) {
        problems_add(problems, PROBLEM_UNREADABLE, NOWHERE, "%s names %s: %s", name, path,
                     file_error(error, buffer, sizeof(buffer)));
        return -1;
    }
    drop_newline(secret);
    if (!secret_size(secret)) {
        problems_add(problems, PROBLEM_INVALID_VALUE, NOWHERE, "%s names %s, which is empty", name,
                     path);
        return -1;
    }
    *ret = secret;
    secret = NULL;
    return 0;
}

/* From NAME or from the file that NAME_FILE names. */
static int read_secret(const struct environment *environment, const char *name,
                       const char *file_name, struct problems *problems, struct secret **ret)
{
    const struct secret *value = environment_get(environment, name);
    const char *path = variable(file_name);
    if (secret_size(value) == 0)
        value = NULL;
    if (value && path) {
        problems_add(problems, PROBLEM_CONFLICTING_KEYS, NOWHERE, "%s and %s are both set", name,
                     file_name);
        return -1;
    }
    if (path)
        return read_secret_file(file_name, path, problems, ret);
    if (!value)
        return 0;
    struct secret *secret = secret_copy(secret_peek(value), secret_size(value));
    if (!secret) {
        problems_add(problems, PROBLEM_OUT_OF_MEMORY, NOWHERE, "no memory for %s", name);
        return -1;
    }
    *ret = secret;
    return 0;
}

/* It becomes a part of a header line: visible ASCII alone (RFC 6750, 2.1 allows even less). */
static int check_token(const struct secret *token, struct problems *problems)
{
    const unsigned char *bytes = secret_peek(token);
    for (size_t i = 0; i < secret_size(token); i++) {
        if (bytes[i] > 0x20 && bytes[i] < 0x7f)
            continue;
        problems_add(problems, PROBLEM_INVALID_VALUE, NOWHERE,
                     "the token of CERTROLL_REPORT_TOKEN or its file has characters that no bearer "
                     "token has");
        return -1;
    }
    return 0;
}

/* A file that libcurl will open: what is wrong with it is better known before it has to. */
static void read_path(struct arena *arena, const char *name, struct problems *problems,
                      const char **ret)
{
    char buffer[128];
    struct secret *file AUTO_SECRET = NULL;
    const char *value = variable(name);
    int error = value ? file_read(AT_FDCWD, value, FILE_SOURCE_MOST, &file) : 0;
    *ret = value && !error ? arena_strdup(arena, value) : NULL;
    if (error)
        problems_add(problems, PROBLEM_UNREADABLE, NOWHERE, "%s names %s: %s", name, value,
                     file_error(error, buffer, sizeof(buffer)));
    else if (value && !*ret)
        problems_add(problems, PROBLEM_OUT_OF_MEMORY, NOWHERE, "no memory for %s", name);
}

static void read_paths(struct arena *arena, struct problems *problems, struct deliver_settings *ret)
{
    if (variable(KEY) && !variable(CERT))
        problems_add(problems, PROBLEM_MISSING_KEY, NOWHERE, KEY " is set, and " CERT " is not");
    read_path(arena, CERT, problems, &ret->client_cert);
    read_path(arena, KEY, problems, &ret->client_key);
    read_path(arena, "CERTROLL_REPORT_CA", problems, &ret->ca_file);
}

static void read_timeout(struct problems *problems, int given, int *ret)
{
    const char *value = variable("CERTROLL_REPORT_TIMEOUT");
    char *end;
    *ret = given ? given : DELIVER_TIMEOUT_USUAL;
    if (given || !value)
        return;
    errno = 0;
    long seconds = strtol(value, &end, 10);
    if (errno || *end || seconds < 1 || seconds > DELIVER_TIMEOUT_MOST)
        problems_add(problems, PROBLEM_INVALID_VALUE, NOWHERE,
                     "CERTROLL_REPORT_TIMEOUT is to be a number of seconds from 1 to %d",
                     DELIVER_TIMEOUT_MOST);
    else
        *ret = (int)seconds;
}

int deliver_settings_take(struct environment *environment)
{
    return environment_take(environment, TOKEN) == 0 && environment_take(environment, SECRET) == 0
               ? 0
               : -1;
}

int deliver_settings_read(const struct environment *environment, int timeout, struct arena *arena,
                          struct problems *problems, struct deliver_settings *ret)
{
    struct deliver_settings settings CLEANUP(deliver_settings_done) = {0};
    size_t before = problems->errors;
    if (read_secret(environment, TOKEN, TOKEN "_FILE", problems, &settings.token) == 0)
        check_token(settings.token, problems);
    read_secret(environment, SECRET, SECRET "_FILE", problems, &settings.hmac_secret);
    read_paths(arena, problems, &settings);
    read_timeout(problems, timeout, &settings.timeout);
    if (problems->errors > before)
        return -1;
    *ret = settings;
    settings = (struct deliver_settings){0};
    return 0;
}

void deliver_settings_done(struct deliver_settings *settings)
{
    secret_free(settings->token);
    secret_free(settings->hmac_secret);
    settings->token = settings->hmac_secret = NULL;
}
