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
    const struct password_asking *asking;
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
    const char *name = request->source->name;
    const struct secret *value = environment_get(request->asking->environment, name);
    if (!value)
        return refuse(request, describe(request, "the environment variable", name),
                      "it is not set");
    return take(request, secret_copy(secret_peek(value), secret_size(value)), ret);
}

static int read_password(const struct request *request, const char *what, int directory,
                         const char *path, struct secret **ret)
{
    char buffer[128];
    mode_t mode;
    int error = file_read_mode(directory, path, PASSWORD_MOST, &mode, ret);
    if (error)
        return refuse(request, what, file_error(error, buffer, sizeof(buffer)));
    if (mode & S_IROTH)
        problems_add(request->problems, PROBLEM_PASSWORD_EXPOSED, request->source->place,
                     "others may read the password: %s has the mode %04o", what,
                     (unsigned)(mode & 07777))
            ->certificate = request->entry_name;
    return 0;
}

static int get_file(const struct request *request, struct secret **ret)
{
    const char *path = request->source->name;
    return read_password(request, describe(request, "the file", path), AT_FDCWD, path, ret);
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

/* The arguments are not quoted: one of them may be a secret. Neither is what the command wrote:
 * problems go into reports, and those are sent away. */
static int refuse_command(const struct request *request, struct command_result *result)
{
    const char *program = request->source->command[0];
    const struct password_asking *asking = request->asking;
    const char *why = result->failure ? result->failure : "out of memory";
    if (result->errors && asking->tell) {
        asking->tell(asking->context, request->entry_name, program, result->errors);
        const char *longer = arena_printf(
            request->problems->arena, "%s; what it said stands in certroll's standard error", why);
        why = longer ? longer : why;
    }
    return refuse(request, describe(request, "the command", program), why);
}

static int get_command(const struct request *request, struct secret **ret)
{
    struct command_result result CLEANUP(command_result_done);
    if (command_run(request->source->command, COMMAND_SECONDS, PASSWORD_MOST,
                    request->problems->arena, &result) != 0)
        return refuse_command(request, &result);
    *ret = result.output;
    result.output = NULL;
    return 0;
}

int passwords_take(const struct manifests *manifests, struct environment *environment)
{
    for (size_t m = 0; m < manifests->count; m++)
        for (size_t e = 0; e < manifests->items[m].entry_count; e++) {
            const struct password_source *source = &manifests->items[m].entries[e].password;
            if (source->kind == PASSWORD_ENV && source->name &&
                environment_take(environment, source->name) != 0)
                return -1;
        }
    return 0;
}

int password_get(const struct password_source *source, const struct password_asking *asking,
                 const char *entry_name, struct problems *problems, struct secret **ret)
{
    typedef int getter(const struct request *request, struct secret **ret);
    static getter *const getters[] = {
        [PASSWORD_TEXT] = get_text,       [PASSWORD_ENV] = get_env,
        [PASSWORD_FILE] = get_file,       [PASSWORD_CREDENTIAL] = get_credential,
        [PASSWORD_COMMAND] = get_command,
    };
    struct request request = {source, asking, entry_name, problems};
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
