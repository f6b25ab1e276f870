#include "manifest/command.h"

#include "base/interrupt.h"
#include "base/monotonic.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { ERRORS_MOST = 4096, READS_MOST = 256, TICK = 20, GRACE = 1000, REASON_SIZE = 160 };

/* One end of a pipe, and what came out of it; fd is -1 once the other end was closed. */
struct stream {
    int fd;
    struct secret *bytes;
    size_t filled;
    bool bounded; /* more than fits is an error, not cut */
    bool over;
};

struct child {
    pid_t pid;
    struct stream out;
    struct stream errors;
    int64_t deadline; /* of monotonic_now() */
    siginfo_t end;
    bool timed_out;
    bool interrupted;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void child_done(struct child *child)
{
    close_fd(&child->out.fd);
    close_fd(&child->errors.fd);
    secret_free(child->out.bytes);
    secret_free(child->errors.bytes);
}

/* Signals as a program expects them, whatever certroll does with its own. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    static const int signals[] = {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaddset(&defaults, signals[i]);
    int error = posix_spawnattr_setpgroup(attributes, 0);
    if (!error)
        error = posix_spawnattr_setsigmask(attributes, &none);
    if (!error)
        error = posix_spawnattr_setsigdefault(attributes, &defaults);
    if (!error)
        error = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return error;
}

static int set_actions(posix_spawn_file_actions_t *actions, int out, int errors)
{
    int error = posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO);
    if (!error)
        error = posix_spawn_file_actions_adddup2(actions, errors, STDERR_FILENO);
    if (!error)
        error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!error)
        error = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    return error;
}

static int spawn(const char *const *arguments, int out, int errors, pid_t *ret)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char *const *argv;
    memcpy(&argv, &arguments, sizeof(argv));
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (!error) {
        error = set_attributes(&attributes);
        if (!error)
            error = set_actions(&actions, out, errors);
        if (!error)
            error = posix_spawnp(ret, arguments[0], &actions, &attributes, argv, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* A pipe whose ends lie above the standard descriptors, which the child's are made from. */
static int open_pipe(int ret[2])
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    for (int i = 0; i < 2; i++) {
        ret[i] = fcntl(ends[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        close(ends[i]);
    }
    if (ret[0] >= 0 && ret[1] >= 0 && fcntl(ret[0], F_SETFL, O_NONBLOCK) == 0)
        return 0;
    int error = errno;
    close_fd(&ret[0]);
    close_fd(&ret[1]);
    return error;
}

static int start(const char *const *arguments, struct child *child)
{
    int out[2] = {-1, -1}, errors[2] = {-1, -1};
    int error = open_pipe(out);
    if (error)
        return error;
    error = open_pipe(errors);
    if (error) {
        close_fd(&out[0]);
        close_fd(&out[1]);
        return error;
    }
    child->out.fd = out[0];
    child->errors.fd = errors[0];
    error = spawn(arguments, out[1], errors[1], &child->pid);
    close_fd(&out[1]);
    close_fd(&errors[1]);
    return error;
}

/* Reads what is there; what does not fit is thrown away. It ends even where somebody writes faster
 * than this reads. */
static void drain(struct stream *stream)
{
    unsigned char beyond[512];
    for (int reads = 0; reads < READS_MOST && stream->fd >= 0; reads++) {
        size_t room = secret_size(stream->bytes) - stream->filled;
        ssize_t count = room ? read(stream->fd, secret_bytes(stream->bytes) + stream->filled, room)
                             : read(stream->fd, beyond, sizeof(beyond));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return;
        if (count <= 0)
            close_fd(&stream->fd);
        else if (room)
            stream->filled += (size_t)count;
        else
            stream->over = true;
        if (stream->over && stream->bounded)
            break;
    }
    explicit_bzero(beyond, sizeof(beyond));
}

/* True once the child is a zombie, which keeps its number, and its group's, from being reused. */
static bool has_ended(struct child *child)
{
    child->end.si_pid = 0;
    if (waitid(P_PID, (id_t)child->pid, &child->end, WEXITED | WNOHANG | WNOWAIT) != 0)
        return errno != EINTR;
    return child->end.si_pid == child->pid;
}

/* A program that became another user, as sudo does, cannot be killed: it is left to itself. */
static void collect(const struct child *child)
{
    int64_t until = monotonic_now() + GRACE;
    for (;;) {
        pid_t pid = waitpid(child->pid, NULL, WNOHANG);
        if (pid == child->pid || (pid < 0 && errno != EINTR) || monotonic_now() >= until)
            return;
        nanosleep(&(struct timespec){.tv_nsec = TICK / 4 * 1000000L}, NULL);
    }
}

/* A process that the child left behind may hold the pipes: once the child has ended, only what
 * is in them already counts. */
static void attend(struct child *child)
{
    bool ended = false;
    while (!ended && !child->out.over && !child->timed_out && !child->interrupted) {
        struct pollfd fds[] = {{child->out.fd, POLLIN, 0}, {child->errors.fd, POLLIN, 0}};
        poll(fds, 2, TICK);
        ended = has_ended(child);
        drain(&child->out);
        drain(&child->errors);
        child->timed_out = !ended && monotonic_now() >= child->deadline;
        child->interrupted = !ended && interrupt_waits();
    }
    if (!ended || child->end.si_pid == child->pid)
        kill(-child->pid, SIGKILL);
    collect(child);
}

/* How it failed; "" where it did not. */
static void judge(const struct child *child, int seconds, char reason[static REASON_SIZE])
{
    const siginfo_t *end = &child->end;
    reason[0] = '\0';
    if (child->interrupted)
        snprintf(reason, REASON_SIZE, "it was ended because certroll is to end");
    else if (child->timed_out)
        snprintf(reason, REASON_SIZE, "it took longer than %d seconds", seconds);
    else if (child->out.over)
        snprintf(reason, REASON_SIZE, "it wrote more than %zu bytes",
                 secret_size(child->out.bytes));
    else if (end->si_pid != child->pid)
        snprintf(reason, REASON_SIZE, "how it ended could not be found out");
    else if (end->si_code != CLD_EXITED)
        snprintf(reason, REASON_SIZE, "it was ended by signal %d", end->si_status);
    else if (end->si_status != 0)
        snprintf(reason, REASON_SIZE, "it exited with status %d", end->si_status);
}

/* A failed program may have written the password before, and may repeat it in what it complains
 * of. */
static struct secret *take_errors(struct child *child)
{
    struct secret *errors = child->errors.bytes;
    const unsigned char *out = secret_peek(child->out.bytes);
    secret_cut(errors, child->errors.filled);
    for (size_t at = 0, size; at < child->out.filled; at += size + 1) {
        const unsigned char *end = memchr(out + at, '\n', child->out.filled - at);
        size = end ? (size_t)(end - out) - at : child->out.filled - at;
        secret_mask(errors, out + at, size);
    }
    if (secret_size(errors) == 0)
        return NULL;
    child->errors.bytes = NULL;
    return errors;
}

static int run(const char *const *arguments, int seconds, struct child *child, struct arena *arena,
               struct command_result *ret)
{
    char reason[REASON_SIZE];
    int error = start(arguments, child);
    if (error) {
        char buffer[128];
        ret->failure = arena_printf(arena, "it cannot be started: %s",
                                    strerror_r(error, buffer, sizeof(buffer)));
        return -1;
    }
    child->deadline = monotonic_now() + (int64_t)seconds * 1000;
    attend(child);
    judge(child, seconds, reason);
    if (reason[0]) {
        ret->failure = arena_strdup(arena, reason);
        ret->errors = take_errors(child);
        return -1;
    }
    secret_cut(child->out.bytes, child->out.filled);
    ret->output = child->out.bytes;
    child->out.bytes = NULL;
    return 0;
}

int command_run(const char *const *arguments, int seconds, size_t most, struct arena *arena,
                struct command_result *ret)
{
    struct child child = {.out = {.fd = -1, .bounded = true}, .errors = {.fd = -1}};
    int result = -1;
    *ret = (struct command_result){.output = NULL};
    child.out.bytes = secret_new(most);
    child.errors.bytes = secret_new(ERRORS_MOST);
    if (child.out.bytes && child.errors.bytes)
        result = run(arguments, seconds, &child, arena, ret);
    child_done(&child);
    return result;
}

void command_result_done(struct command_result *result)
{
    secret_free(result->output);
    secret_free(result->errors);
    result->output = result->errors = NULL;
}
