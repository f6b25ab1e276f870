/*
 * inject: runs a command and lets one of its writing system calls fail.
 *
 *   inject [--list] [--log FILE] [--at N --fault FAULT] -- COMMAND [ARGUMENT]...
 *
 * The calls that write, lock, send or change what stands in a file system (writing_calls.h) are
 * numbered from 1, over all threads and children of the command. FAULT is what becomes of number N:
 *
 *   EIO, ENOSPC, EDQUOT, ...  it is not executed, and fails so
 *   short, one                it is given half of its bytes, or one
 *   before, after             the command is killed (SIGKILL) before or after it
 *
 * FILE gets a line for each call (--list) or for the one that was reached, without what was
 * written:
 *
 *   NUMBER NAME DESCRIPTOR COUNT OUTCOME PATH [OTHER-PATH]      between them a tab; - for none
 *
 * The exit code is the command's, 128 and its number for a signal, 125 where inject cannot go on.
 *
 * A filter of seccomp(2) stops the threads at these calls alone. It also answers two others: there
 * is no io_uring, whose writes nobody could see; and prctl(PR_SET_DUMPABLE) does nothing, so that
 * an ordinary user may ask which file a descriptor is.
 */
#include "registers.h"
#include "writing_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum fault { FAULT_NONE, FAULT_ERROR, FAULT_HALF, FAULT_ONE, FAULT_BEFORE, FAULT_AFTER };
enum { CANNOT = 125, SIGNALLED = 128, FILTER_MOST = 128 };

struct injection {
    bool list;
    FILE *log;
    long at; /* 0: nowhere */
    enum fault fault;
    int error;
    pid_t command;
    pid_t leaving; /* the thread whose call is to end before the command is killed; or 0 */
    long count;
};

static void fail(const char *what)
{
    fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
    exit(CANNOT);
}

static void refuse(const char *what, const char *argument)
{
    fprintf(stderr, "inject: %s: %s\n", argument, what);
    exit(CANNOT);
}

/* Reading the arguments. */

static void read_fault(struct injection *injection, const char *name)
{
    static const struct {
        const char *name;
        enum fault fault;
        int error;
    } faults[] = {
        {"short", FAULT_HALF, 0},
        {"one", FAULT_ONE, 0},
        {"before", FAULT_BEFORE, 0},
        {"after", FAULT_AFTER, 0},
        {"EIO", FAULT_ERROR, EIO},
        {"ENOSPC", FAULT_ERROR, ENOSPC},
        {"EDQUOT", FAULT_ERROR, EDQUOT},
        {"EINTR", FAULT_ERROR, EINTR},
        {"EACCES", FAULT_ERROR, EACCES},
        {"EPERM", FAULT_ERROR, EPERM},
        {"EROFS", FAULT_ERROR, EROFS},
        {"ENOMEM", FAULT_ERROR, ENOMEM},
        {"EMFILE", FAULT_ERROR, EMFILE},
        {"EFBIG", FAULT_ERROR, EFBIG},
        {"EAGAIN", FAULT_ERROR, EAGAIN},
        {"ENOLCK", FAULT_ERROR, ENOLCK},
        {"ENOTSUP", FAULT_ERROR, ENOTSUP},
        {"EINVAL", FAULT_ERROR, EINVAL},
        {"ECONNRESET", FAULT_ERROR, ECONNRESET},
    };
    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
        if (strcmp(faults[i].name, name) == 0) {
            injection->fault = faults[i].fault;
            injection->error = faults[i].error;
            return;
        }
    refuse("no such fault", name);
}

/* The command. */
static char **read_arguments(struct injection *injection, char **argument)
{
    for (; *argument && strcmp(*argument, "--") != 0; argument++) {
        if (strcmp(*argument, "--list") == 0) {
            injection->list = true;
            continue;
        }
        const char *option = *argument, *value = argument[1];
        if (!value)
            refuse("no such option, or its value is missing", option);
        argument++;
        if (strcmp(option, "--at") == 0)
            injection->at = strtol(value, NULL, 10);
        else if (strcmp(option, "--fault") == 0)
            read_fault(injection, value);
        else if (strcmp(option, "--log") != 0)
            refuse("no such option", option);
        else if (!(injection->log = fopen(value, "we")))
            fail(value);
    }
    if (!*argument || !argument[1])
        refuse("no command behind it", "--");
    if (injection->at < 0 || !injection->at != (injection->fault == FAULT_NONE))
        refuse("takes a number from 1 on, and --fault", "--at");
    return argument + 1;
}

/* The command's side. */

static void add(struct sock_fprog *program, struct sock_filter instruction)
{
    if (program->len == FILTER_MOST)
        refuse("too many calls", "filter");
    program->filter[program->len++] = instruction;
}

/* Where the value that was loaded is this number, this is what becomes of the call. */
static void add_answer(struct sock_fprog *program, unsigned number, unsigned answer)
{
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
    add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
}

static void add_load(struct sock_fprog *program, unsigned place)
{
    add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, place));
}

static void install_filter(void)
{
    struct sock_filter instructions[FILTER_MOST];
    struct sock_fprog program = {.len = 0, .filter = instructions};
    add_load(&program, offsetof(struct seccomp_data, arch));
    add(&program,
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, REGISTERS_AUDIT_ARCH, 1, 0));
    add(&program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    add_load(&program, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; writing_call_at(i); i++)
        add_answer(&program, (unsigned)writing_call_at(i)->number, SECCOMP_RET_TRACE);
    add_answer(&program, SYS_io_uring_setup, SECCOMP_RET_ERRNO | ENOSYS);
    add(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3));
    add_load(&program, offsetof(struct seccomp_data, args[0]));
    add_answer(&program, PR_SET_DUMPABLE, SECCOMP_RET_ERRNO | 0);
    add(&program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        fail("seccomp");
}

/* Waits until it is traced. */
__attribute__((noreturn)) static void become(char **command, int go)
{
    char byte;
    if (read(go, &byte, 1) != 1)
        _exit(CANNOT);
    close(go);
    install_filter();
    execvp(command[0], command);
    fail(command[0]);
    _exit(CANNOT);
}

static void start(struct injection *injection, char **command)
{
    static const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD |
                                PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                PTRACE_O_TRACEEXEC;
    int go[2];
    if (pipe2(go, O_CLOEXEC) != 0 || (injection->command = fork()) < 0)
        fail("start");
    if (injection->command == 0)
        become(command, go[0]);
    if (ptrace(PTRACE_SEIZE, injection->command, NULL, options) != 0)
        fail("ptrace");
    if (write(go[1], "", 1) != 1)
        fail("start");
    close(go[0]);
    close(go[1]);
}

/* What a call is about. */

static void read_string(pid_t thread, unsigned long long address, char ret[static PATH_MAX])
{
    size_t length = 0;
    while (length + sizeof(long) < PATH_MAX) {
        errno = 0;
        long word = ptrace(PTRACE_PEEKDATA, thread, address + length, NULL);
        if (errno)
            break;
        memcpy(ret + length, &word, sizeof(word));
        if (memchr(&word, '\0', sizeof(word)))
            return;
        length += sizeof(word);
    }
    ret[length] = '\0';
}

/* What a descriptor is open on; AT_FDCWD is the working folder. */
static void read_descriptor(pid_t thread, int fd, char ret[static PATH_MAX])
{
    char link[64];
    if (fd == AT_FDCWD)
        snprintf(link, sizeof(link), "/proc/%d/cwd", thread);
    else
        snprintf(link, sizeof(link), "/proc/%d/fd/%d", thread, fd);
    ssize_t length = readlink(link, ret, PATH_MAX - 1);
    ret[length > 0 ? length : 0] = '\0';
}

/* A path below a folder's descriptor; none is the descriptor's own file (futimens(3)). */
static void write_path(FILE *log, pid_t thread, const unsigned long long *arguments, int folder,
                       int path)
{
    char below[PATH_MAX] = "", above[PATH_MAX] = "";
    if (arguments[path])
        read_string(thread, arguments[path], below);
    if (below[0] != '/')
        read_descriptor(thread, folder == NO_ARGUMENT ? AT_FDCWD : (int)arguments[folder], above);
    fprintf(log, "\t%s%s%s", above, below[0] && above[0] ? "/" : "", below);
}

static void write_number(FILE *log, int argument, const unsigned long long *arguments)
{
    if (argument == NO_ARGUMENT)
        fputs("\t-", log);
    else
        fprintf(log, "\t%llu", arguments[argument]);
}

static void write_line(const struct injection *injection, pid_t thread,
                       const struct writing_call *call, const unsigned long long *arguments,
                       const char *outcome)
{
    char file[PATH_MAX];
    FILE *log = injection->log;
    if (!log)
        return;
    fprintf(log, "%ld\t%s", injection->count, call->name);
    write_number(log, call->fd, arguments);
    write_number(log, call->count, arguments);
    fprintf(log, "\t%s", outcome);
    if (call->fd != NO_ARGUMENT) {
        read_descriptor(thread, (int)arguments[call->fd], file);
        fprintf(log, "\t%s", file);
    }
    if (call->path != NO_ARGUMENT)
        write_path(log, thread, arguments, call->folder, call->path);
    if (call->other_path != NO_ARGUMENT)
        write_path(log, thread, arguments, call->other_folder, call->other_path);
    fputc('\n', log);
    fflush(log);
}

/* What becomes of a call. */

static const char *shorten(pid_t thread, const struct writing_call *call,
                           const unsigned long long *arguments, bool to_one)
{
    if (call->count == NO_ARGUMENT || arguments[call->count] < 2)
        return "untouched";
    unsigned long long count = to_one ? 1 : arguments[call->count] / 2;
    if (registers_set_argument(thread, call->count, count) != 0)
        fail("registers");
    return "shortened";
}

static const char *inject(struct injection *injection, pid_t thread,
                          const struct writing_call *call, const unsigned long long *arguments)
{
    switch (injection->fault) {
    case FAULT_ERROR:
        if (registers_skip(thread, -injection->error) != 0)
            fail("registers");
        return "failed";
    case FAULT_HALF:
    case FAULT_ONE:
        return shorten(thread, call, arguments, injection->fault == FAULT_ONE);
    case FAULT_AFTER:
        injection->leaving = thread;
        return "killed-after";
    case FAULT_BEFORE:
        return "killed-before";
    case FAULT_NONE:
        break;
    }
    return "untouched";
}

/* A thread stands at the entry of a call that may write. */
static void meet(struct injection *injection, pid_t thread)
{
    struct ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info) <= 0)
        return; /* killed meanwhile */
    unsigned long long arguments[ARGUMENTS];
    for (int i = 0; i < ARGUMENTS; i++)
        arguments[i] = info.seccomp.args[i];
    const struct writing_call *call = writing_call_find((long)info.seccomp.nr);
    if (!call || (call->writes && !call->writes(arguments)))
        return;
    injection->count++;
    if (injection->count == injection->at)
        write_line(injection, thread, call, arguments, inject(injection, thread, call, arguments));
    else if (injection->list)
        write_line(injection, thread, call, arguments, "untouched");
    if (injection->count == injection->at && injection->fault == FAULT_BEFORE)
        kill(injection->command, SIGKILL);
}

static void go_on(const struct injection *injection, pid_t thread, int signal)
{
    bool leaving = thread == injection->leaving;
    ptrace(leaving ? PTRACE_SYSCALL : PTRACE_CONT, thread, NULL, (long)signal);
}

/* ptrace(2) calls these signals with PTRACE_EVENT_STOP a group-stop. */
static bool is_group_stop(int signal)
{
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

static void handle_stop(struct injection *injection, pid_t thread, int status)
{
    int signal = WSTOPSIG(status), event = status >> 16;
    if (event == PTRACE_EVENT_SECCOMP)
        meet(injection, thread);
    else if (signal == (SIGTRAP | 0x80) && thread == injection->leaving)
        kill(injection->command, SIGKILL);
    if (event == PTRACE_EVENT_STOP && is_group_stop(signal))
        ptrace(PTRACE_LISTEN, thread, NULL, NULL);
    else
        go_on(injection, thread, event || signal == (SIGTRAP | 0x80) ? 0 : signal);
}

/* Until the command has ended; children that it left end with this process. */
static int follow(struct injection *injection)
{
    for (;;) {
        int status;
        pid_t thread = waitpid(-1, &status, __WALL);
        if (thread < 0 && errno != EINTR)
            fail("waitpid");
        if (thread < 0)
            continue;
        if (WIFSTOPPED(status))
            handle_stop(injection, thread, status);
        else if (thread == injection->command)
            return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
    }
}

int main(int argc, char **argv)
{
    struct injection injection = {.fault = FAULT_NONE};
    char **command = read_arguments(&injection, argv + (argc > 0));
    start(&injection, command);
    int code = follow(&injection);
    if (injection.log && fclose(injection.log) != 0)
        fail("log");
    return code;
}
