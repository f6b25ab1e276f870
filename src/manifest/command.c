#include "manifest/command.h"

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

extern char **environ;

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
    int64_t deadline; /* milliseconds */
    siginfo_t end;
    bool timed_out;
};

static int64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

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
    int64_t until = milliseconds() + GRACE;
    for (;;) {
        pid_t pid = waitpid(child->pid, NULL, WNOHANG);
        if (pid == child->pid || (pid < 0 && errno != EINTR) || milliseconds() >= until)
            return;
        nanosleep(&(struct timespec){.tv_nsec = TICK / 4 * 1000000L}, NULL);
    }
}

/* A process that the child left behind may hold the pipes: once the child has ended, only what
 * is in them already counts. */
static void attend(struct child *child)
{
    bool ended = false;
    while (!ended && !child->out.over && !child->timed_out) {
        struct pollfd fds[] = {{child->out.fd, POLLIN, 0}, {child->errors.fd, POLLIN, 0}};
        poll(fds, 2, TICK);
        ended = has_ended(child);
        drain(&child->out);
        drain(&child->errors);
        child->timed_out = !ended && milliseconds() >= child->deadline;
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
    if (child->timed_out)
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

static const char *with_errors(struct arena *arena, const char *reason, struct stream *errors)
{
    const char *text = (const char *)secret_peek(errors->bytes);
    size_t length = strnlen(text, errors->filled);
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        length--;
    if (length == 0)
        return arena_strdup(arena, reason);
    return arena_printf(arena, "%s: %.*s", reason, (int)length, text);
}

static int run(const char *const *arguments, int seconds, struct child *child, struct arena *arena,
               const char **ret_failure)
{
    char reason[REASON_SIZE];
    int error = start(arguments, child);
    if (error) {
        char buffer[128];
        *ret_failure = arena_printf(arena, "it cannot be started: %s",
                                    strerror_r(error, buffer, sizeof(buffer)));
        return -1;
    }
    child->deadline = milliseconds() + (int64_t)seconds * 1000;
    attend(child);
    judge(child, seconds, reason);
    if (!reason[0])
        return 0;
    *ret_failure = with_errors(arena, reason, &child->errors);
    return -1;
}

int command_run(const char *const *arguments, int seconds, size_t most, struct arena *arena,
                const char **ret_failure, struct secret **ret)
{
    struct child child = {.out = {.fd = -1, .bounded = true}, .errors = {.fd = -1}};
    int result = -1;
    *ret_failure = NULL;
    child.out.bytes = secret_new(most);
    child.errors.bytes = secret_new(ERRORS_MOST);
    if (child.out.bytes && child.errors.bytes)
        result = run(arguments, seconds, &child, arena, ret_failure);
    if (result == 0) {
        secret_cut(child.out.bytes, child.out.filled);
        *ret = child.out.bytes;
        child.out.bytes = NULL;
    }
    child_done(&child);
    return result;
}
