#include "manifest/password.h"

#include "base/file.h"
#include "manifest/command.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PASSWORD_MOST = 64 * 1024, COMMAND_SECONDS = 30 };

/* What the sources share: whose password it is, and where problems go. */
struct request {
    const struct password_source *source;
    const char *entry_name;
    struct problems *problems;
};

static int refuse(const struct request *request, const char *what, const char *why)
{
    struct problem *problem =
        problems_add(request->problems, PROBLEM_PASSWORD_UNAVAILABLE, request->source->place,
                     "the password cannot be had from %s: %s", what, why);
    problem->certificate = request->entry_name;
    return -1;
}

static const char *describe(const struct request *request, const char *kind, const char *name)
{
    const char *what = arena_printf(request->problems->arena, "%s '%s'", kind, name);
    return what ? what : kind;
}

static void drop_newline(struct secret *password)
{
    const unsigned char *bytes = secret_peek(password);
    size_t size = secret_size(password);
    if (size > 0 && bytes[size - 1] == '\n')
        size -= size > 1 && bytes[size - 2] == '\r' ? 2 : 1;
    secret_cut(password, size);
}

static int take(const struct request *request, struct secret *password, struct secret **ret)
{
    if (!password)
        return refuse(request, "its source", "out of memory");
    *ret = password;
    return 0;
}

static int get_text(const struct request *request, struct secret **ret)
{
    const struct secret *text = request->source->text;
    return take(request, secret_copy(secret_peek(text), secret_size(text)), ret);
}

static int get_env(const struct request *request, struct secret **ret)
{
    const char *name = request->source->name, *value = getenv(name);
    if (!value)
        return refuse(request, describe(request, "the environment variable", name),
                      "it is not set");
    return take(request, secret_copy(value, strlen(value)), ret);
}

static int read_password(const struct request *request, const char *what, int directory,
                         const char *path, struct secret **ret)
{
    char buffer[128];
    int error = file_read(directory, path, PASSWORD_MOST, ret);
    return error ? refuse(request, what, file_error(error, buffer, sizeof(buffer))) : 0;
}

static int get_file(const struct request *request, struct secret **ret)
{
    const char *path = request->source->name;
    struct stat status;
    if (read_password(request, describe(request, "the file", path), AT_FDCWD, path, ret) != 0)
        return -1;
    if (stat(path, &status) == 0 && (status.st_mode & S_IROTH)) {
        struct problem *problem =
            problems_add(request->problems, PROBLEM_PASSWORD_EXPOSED, request->source->place,
                         "the password file '%s' may be read by others (mode %04o)", path,
                         (unsigned)(status.st_mode & 07777));
        problem->certificate = request->entry_name;
    }
    return 0;
}

static int get_credential(const struct request *request, struct secret **ret)
{
    const char *name = request->source->name, *folder = getenv("CREDENTIALS_DIRECTORY");
    const char *what = describe(request, "the credential", name);
    if (!folder)
        return refuse(request, what, "CREDENTIALS_DIRECTORY is not set; systemd sets it");
    if (strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return refuse(request, what, "its name is no file name");
    int directory AUTO_FD = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return refuse(request, what, "CREDENTIALS_DIRECTORY cannot be opened");
    return read_password(request, what, directory, name, ret);
}

/* The arguments are not quoted: one of them may be a secret. */
static int get_command(const struct request *request, struct secret **ret)
{
    const char *const *arguments = request->source->command;
    const char *failure = NULL;
    if (command_run(arguments, COMMAND_SECONDS, PASSWORD_MOST, request->problems->arena, &failure,
                    ret) == 0)
        return 0;
    return refuse(request, describe(request, "the command", arguments[0]),
                  failure ? failure : "out of memory");
}

int password_get(const struct password_source *source, const char *entry_name,
                 struct problems *problems, struct secret **ret)
{
    typedef int getter(const struct request *request, struct secret **ret);
    static getter *const getters[] = {
        [PASSWORD_TEXT] = get_text,       [PASSWORD_ENV] = get_env,
        [PASSWORD_FILE] = get_file,       [PASSWORD_CREDENTIAL] = get_credential,
        [PASSWORD_COMMAND] = get_command,
    };
    struct request request = {source, entry_name, problems};
    if (source->kind == PASSWORD_NONE) {
        *ret = NULL;
        return 0;
    }
    if (getters[source->kind](&request, ret) != 0)
        return -1;
    if (source->kind != PASSWORD_TEXT)
        drop_newline(*ret);
    return 0;
}
