/* certroll: the certificates of Linux hosts, kept in Git. */

#include "cli/command.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct command commands[] = {
    {"validate", FOR_VALIDATE, "MANIFEST...", 1, SIZE_MAX,
     "check manifests: no store, no source, no secret", command_validate},
    {"plan", FOR_PLAN, "MANIFEST...", 1, SIZE_MAX, "show what apply would do", command_plan},
    {"apply", FOR_APPLY, "MANIFEST... | --plan FILE", 0, SIZE_MAX,
     "bring the store to what the manifests say, and report", command_apply},
    {"import", FOR_IMPORT, "--path F", 0, 0,
     "import one certificate by hand, as Import-CsCertificate did", command_import},
    {"status", FOR_STATUS, "", 0, 0, "show every slot", command_status},
    {"history", FOR_HISTORY, "", 0, 0, "show past runs and what they did", command_history},
    {"verify", FOR_VERIFY, "", 0, 0, "read every file of the store and hold it against the index",
     command_verify},
    {"deliver", FOR_DELIVER, "", 0, 0, "send the reports that wait in the outbox", command_deliver},
    {"schema", FOR_SCHEMA, "[manifest|plan|report|status]", 0, 1,
     "print the JSON Schema of a manifest or of an output", command_schema},
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(*commands) };

static int show_commands(void)
{
    struct text text = TEXT_INIT;
    text_add(&text, "Usage: certroll COMMAND [OPTION]... [OPERAND]...\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        text_printf(&text, "  %-10s %s\n", commands[i].name, commands[i].says);
    text_add(&text, "\n'certroll COMMAND --help' shows a command's options, certroll(8) all of "
                    "it.\nExit codes: 0 done, 1 failed, 64 wrong usage.\n");
    int code = session_print(text_string(&text));
    text_done(&text);
    return code;
}

static int show_help(const struct command *command)
{
    struct text text = TEXT_INIT;
    text_printf(&text, "Usage: certroll %s [OPTION]...%s%s\n%s\n\n", command->name,
                *command->operands ? " " : "", command->operands, command->says);
    options_help(command->bit, &text);
    int code = session_print(text_string(&text));
    text_done(&text);
    return code;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct options options;
    struct session session;
    struct text error = TEXT_INIT;
    int code = EXIT_USAGE;
    if (options_read(&options, command->bit, argc, argv, &error) != 0)
        session_usage(command->name, "%s", text_string(&error));
    else if (options.help)
        code = show_help(command);
    else if (options.version)
        code = session_print("certroll " CERTROLL_VERSION "\n");
    else if (options.operand_count < command->least || options.operand_count > command->most)
        session_usage(command->name, "%s takes %s", command->name,
                      *command->operands ? command->operands : "no operands");
    else {
        code = session_begin(&session, command->name, &options);
        if (code == 0)
            code = command->run(&session);
        session_end(&session);
    }
    text_done(&error);
    return code;
}

/* A core would hold keys and passwords. (The leak checker of a sanitizer build traces its own
 * process, which a process that is not dumpable forbids.) */
static void forbid_cores(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
#ifndef __SANITIZE_ADDRESS__
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

enum { STACK_LEAST = 1024 * 1024, STACK_TAKEN = STACK_LEAST / 2 };

__attribute__((noinline)) static void take_stack(void)
{
    char room[STACK_TAKEN];
    room[0] = 0;
    __asm__ volatile("" : : "r"(room) : "memory"); /* it is not dead */
}

/* Of a stack that cannot grow any more, a process dies without a word; so the room that is needed
 * is taken while there is memory. (The threads of a pool have theirs.) */
static int reserve_stack(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < STACK_LEAST) {
        limit.rlim_cur = STACK_LEAST;
        if (setrlimit(RLIMIT_STACK, &limit) != 0)
            return -1;
    }
    take_stack();
    return 0;
}

/* A file that gets the number of a closed stream would be printed into. What stands in for it
 * cannot be written to: that a result was lost is still noticed. */
static void occupy_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    occupy_streams();
    forbid_cores();
    signal(SIGPIPE, SIG_IGN); /* a reader that has gone must not end a run half-way */
    signal(SIGXFSZ, SIG_IGN); /* nor a limit on files: what cannot be written is said */
    signal(SIGCHLD, SIG_DFL); /* ignored by who started us, it would hide how a command ended */
    if (reserve_stack() != 0) {
        session_say("the limit on the stack is too low: certroll needs %d KiB", STACK_LEAST / 1024);
        return EXIT_FAILED;
    }
    if (argc < 2)
        return session_usage("", "which command?");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return show_commands();
    if (strcmp(argv[1], "--version") == 0)
        return session_print("certroll " CERTROLL_VERSION "\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return run(&commands[i], argc - 1, argv + 1);
    if (*argv[1] == '-')
        return session_usage("", "the command comes first, options such as %s behind it", argv[1]);
    return session_usage("", "there is no command '%s'", argv[1]);
}
