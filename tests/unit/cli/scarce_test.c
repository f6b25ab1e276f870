/*
 * Whole commands, in this process, of which one allocation or one call to the system fails: what
 * cannot be done is told, the paths of the store resolve, and the next run converges.
 *
 * Some that are drawn by lot; with CERTROLL_TEST_SPREAD=N so many, evenly spread; with
 * CERTROLL_TEST_CALL=N that one. CERTROLL_TEST_ONLY names one test. */
#include "../failing.h"
#include "../failing_calls.h"
#include "base/file.h"
#include "cli/command.h"
#include "deliver/deliver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MOST = 16, LOTS = 6, SAID_MOST = 64 * 1024 };

/* One after the other. */
struct deed {
    void (*prepare)(void);         /* once, in the folder "case" */
    const char *words[WORDS_MOST]; /* the command */
    const char *next[WORDS_MOST];  /* what comes next, without a fault; none: it only looks */
    int code;                      /* of the command without a fault */
    const char *among;             /* calls to the system that fail; NULL: allocations do */
    int error;                     /* how they do */
};

static struct {
    char root[64], *words[WORDS_MOST];
    char out[SAID_MOST], err[SAID_MOST];
    size_t number;
    bool refuses; /* the receiver */
} world;

/* The receiver takes a report, or refuses it; libcurl has tests of its own. */
int __wrap_deliver_post(const struct deliver_settings *settings,
                        const struct deliver_request *request, struct arena *arena,
                        struct deliver_result *ret);

int __wrap_deliver_post(const struct deliver_settings *settings,
                        const struct deliver_request *request, struct arena *arena,
                        struct deliver_result *ret)
{
    (void)settings;
    *ret = (struct deliver_result){.attempts = 1, .status = world.refuses ? 400 : 204};
    assert_true(request->body_size > 0);
    ret->delivered = !world.refuses;
    ret->permanent = world.refuses;
    if (world.refuses)
        ret->error = arena_strdup(arena, "it answered 400");
    return world.refuses && !ret->error ? -1 : 0;
}

/* "@x" is x in the folder of the case, "%x" a file of the PKI. */
static char *path(char ret[static 512], const char *word)
{
    const char *pki = getenv("CERTROLL_PKI");
    if (word[0] == '@')
        snprintf(ret, 512, "%s/case/%s", world.root, word + 1);
    else if (word[0] == '%')
        snprintf(ret, 512, "%s/%s", pki, word + 1);
    else
        snprintf(ret, 512, "%s", word);
    return ret;
}

/* In the folder of the test. */
static void shell(const char *script)
{
    char line[1024];
    snprintf(line, sizeof(line), "set -e; cd %s; %s", world.root, script);
    assert_int_equal(system(line), 0);
}

static void write_file(const char *word, const char *text)
{
    char name[512];
    int fd = open(path(name, word), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
    close(fd);
}

/* Standard output and error in memory meanwhile. */
static int divert(int stream)
{
    int kept = dup(stream), into = memfd_create("said", MFD_CLOEXEC);
    assert_true(kept >= 0 && into >= 0);
    fflush(stream == STDOUT_FILENO ? stdout : stderr);
    dup2(into, stream);
    close(into);
    return kept;
}

static void restore(int stream, int kept, char ret[static SAID_MOST])
{
    clearerr(stream == STDOUT_FILENO ? stdout : stderr);
    fflush(stream == STDOUT_FILENO ? stdout : stderr);
    ssize_t length = pread(stream, ret, SAID_MOST - 1, 0);
    ret[length > 0 ? length : 0] = '\0';
    dup2(kept, stream);
    close(kept);
}

static const struct {
    const char *name;
    unsigned bit;
    int (*run)(struct session *session);
} commands[] = {
    {"validate", FOR_VALIDATE, command_validate}, {"plan", FOR_PLAN, command_plan},
    {"apply", FOR_APPLY, command_apply},          {"import", FOR_IMPORT, command_import},
    {"status", FOR_STATUS, command_status},       {"history", FOR_HISTORY, command_history},
    {"verify", FOR_VERIFY, command_verify},       {"deliver", FOR_DELIVER, command_deliver},
    {"schema", FOR_SCHEMA, command_schema},
};

static int run_session(size_t command, int count)
{
    struct options options;
    struct session session;
    struct text error = TEXT_INIT;
    int code = EXIT_USAGE;
    if (options_read(&options, commands[command].bit, count, world.words, &error) != 0) {
        session_usage(commands[command].name, "%s", text_string(&error));
    } else {
        code = session_begin(&session, commands[command].name, &options);
        if (code == 0)
            code = commands[command].run(&session);
        session_end(&session);
    }
    text_done(&error);
    return code;
}

static void arm(const struct deed *deed, size_t number)
{
    if (deed && deed->among)
        failing_calls_set(number, deed->error, deed->among);
    else if (deed)
        failing_set(number);
}

static bool disarm(const struct deed *deed)
{
    if (!deed)
        return false;
    return deed->among ? failing_calls_set(0, 0, NULL) : failing_set(0);
}

/* A command as main() runs it; deed: with the fault of this number. */
static int run(const char *const *words, const struct deed *deed, size_t number, bool *ret_failed)
{
    static char paths[WORDS_MOST][512];
    int count = 0;
    size_t command = 0;
    for (; words[count]; count++)
        world.words[count] = path(paths[count], words[count]);
    world.words[count] = NULL;
    while (strcmp(commands[command].name, words[0]) != 0)
        command++;
    int out = divert(STDOUT_FILENO), err = divert(STDERR_FILENO);
    arm(deed, number);
    int code = run_session(command, count);
    bool failed = disarm(deed);
    restore(STDERR_FILENO, err, world.err);
    restore(STDOUT_FILENO, out, world.out);
    if (ret_failed)
        *ret_failed = failed;
    return code;
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL}, NULL, 0, NULL)
#define DO(...)                                                                                    \
    do {                                                                                           \
        if (RUN(__VA_ARGS__) != 0)                                                                 \
            fail_msg("%s%s", world.err, world.out);                                                \
    } while (false)

/* What is there at first. */

#define WEB "- {name: web, path: pki/direct.pem, key_path: pki/direct.key, type: Default"
#define HELD "- {name: held, path: pki/rsa.pem, key_path: pki/rsa.key}\n"

static void write_manifests(void)
{
    char link[512];
    assert_int_equal(symlink(getenv("CERTROLL_PKI"), path(link, "@pki")), 0);
    write_file(
        "@first.yaml",
        "version: 1\nname: edge\ncertificates:\n" WEB ", private_key_exportable: true}\n" HELD
        "- {name: next, path: pki/full.pem, key_path: pki/web.key, type: [Default, External],"
        " effective_date: 2035-01-01, roll: true}\n");
    write_file("@later.yaml",
               "version: 1\nname: edge\ncertificates:\n" WEB "}\n"
               "- {name: own, path: pki/self.pem, key_path: pki/self.key, type: Internal,"
               " allow_expired: true}\n");
}

static void prepare_nothing(void)
{
    write_manifests();
}

static void prepare_store(void)
{
    write_manifests();
    DO("apply", "--store", "@store", "@first.yaml");
}

static void prepare_waiting(void)
{
    write_manifests();
    world.refuses = true;
    assert_int_equal(
        RUN("apply", "--store", "@store", "--report-url", "http://localhost:1/", "@first.yaml"), 1);
}

static void prepare_night(void)
{
    prepare_waiting();
    shell("cd case/store; rm live/local/External/next; for f in objects/*/chain.pem; do "
          "echo x >$f; break; done");
}

static void prepare_plan(void)
{
    prepare_store();
    DO("plan", "--store", "@store", "--out", "@saved", "@later.yaml");
}

/* No index: what there was, the texts of the runs tell. */
static void prepare_lost(void)
{
    prepare_store();
    DO("apply", "--store", "@store", "--prune", "@later.yaml");
    DO("apply", "--store", "@store", "@first.yaml");
    shell("cd case/store; rm index.db.spare; echo no >index.db");
}

/* The index before the last one is there; and an object is not whole. */
static void prepare_damaged(void)
{
    prepare_waiting();
    shell("cd case/store; echo no >index.db; for f in objects/*/cert.pem; do "
          "echo x >$f; break; done");
}

/* A folder of its own for each command, as it was prepared. */
static void make_case(void)
{
    shell("rm -rf case; cp -a pristine case");
}

static void assert_resolves(void)
{
    char name[512];
    if (access(path(name, "@store/live/local/Default/current"), F_OK) != 0)
        return; /* nothing was there before either: what a link leads to is held below */
    assert_int_equal(access(path(name, "@store/live/local/Default/current/fullchain.pem"), F_OK),
                     0);
    assert_int_equal(access(path(name, "@store/live/local/Default/current/privkey.pem"), F_OK), 0);
}

static void assert_told(const struct deed *deed, int code)
{
    if (code == deed->code && code != EXIT_FAILED)
        return;
    if (code == EXIT_FAILED && strlen(world.err) > 12 && !strstr(world.err, "(null)") &&
        (deed->among || deed->code == code || strstr(world.err, "memory")))
        return;
    fail_msg("exit code %d: %s%s", code, world.err, world.out);
}

/* Whether it came so far. */
static bool fail_once(const struct deed *deed, size_t number)
{
    bool failed;
    world.number = number;
    make_case();
    world.refuses = deed->code != 0;
    int code = run(deed->words, deed, number, &failed);
    if (!failed)
        assert_int_equal(code, deed->code);
    assert_told(deed, code);
    assert_resolves();
    world.refuses = false;
    if (deed->next[0]) {
        code = run(deed->next, NULL, 0, NULL);
        /* It tells what the first could not, and what the run after it removes. */
        if (code != 0 && code != deed->code && !strstr(world.err, "help: Run certroll apply"))
            fail_msg("the next run: %s%s", world.err, world.out);
        DO("apply", "--store", "@store", "@first.yaml");
        DO("verify", "--store", "@store");
    }
    world.number = 0;
    return failed;
}

/* By halves: where the last one is. */
static size_t count_faults(const struct deed *deed)
{
    size_t count = 1;
    while (fail_once(deed, count))
        count *= 2;
    size_t least = count / 2;
    while (count - least > 1) {
        size_t middle = least + (count - least) / 2;
        if (fail_once(deed, middle))
            least = middle;
        else
            count = middle;
    }
    return least;
}

static void prepare(const struct deed *deed)
{
    shell("rm -rf pristine case; mkdir case");
    deed->prepare();
    shell("mv case pristine");
    world.refuses = false;
}

static void fail_some(const struct deed *deed)
{
    const char *wanted = getenv("CERTROLL_TEST_CALL"), *spread = getenv("CERTROLL_TEST_SPREAD");
    prepare(deed);
    if (wanted) {
        fail_once(deed, (size_t)atoi(wanted));
        return;
    }
    size_t count = count_faults(deed), lots = spread ? (size_t)atoi(spread) : LOTS, number;
    assert_true(count > 0);
    for (size_t i = 0; i < lots && i < count; i++) {
        assert_int_equal(getentropy(&number, sizeof(number)), 0);
        number = spread ? i * count / (lots < count ? lots : count) : number % count;
        fail_once(deed, number + 1);
    }
}

#define STORE "--store", "@store"
#define FIRST                                                                                      \
    {                                                                                              \
        "apply", STORE, "@first.yaml"                                                              \
    }

static struct deed deeds[] = {
    {prepare_nothing, {"validate", "@first.yaml"}, {NULL}, 0, NULL, 0},
    {prepare_nothing, {"plan", STORE, "--out", "@saved", "@first.yaml"}, {NULL}, 0, NULL, 0},
    {prepare_nothing,
     {"apply", STORE, "--report", "@page.html", "-o", "json", "@first.yaml"},
     FIRST,
     0,
     NULL,
     0},
    {prepare_night,
     {"apply", STORE, "--prune", "--report-url", "http://localhost:1/", "@later.yaml"},
     {"apply", STORE, "--prune", "--report-url", "http://localhost:1/", "@later.yaml"},
     1,
     NULL,
     0},
    {prepare_plan,
     {"apply", STORE, "--plan", "@saved"},
     {"apply", STORE, "@later.yaml"},
     0,
     NULL,
     0},
    {prepare_nothing,
     {"import", STORE, "--path", "%direct.pem", "--key-path", "%direct.key", "--type", "Internal"},
     FIRST,
     0,
     NULL,
     0},
    {prepare_night, {"status", STORE, "-o", "json"}, {NULL}, 0, NULL, 0},
    {prepare_waiting, {"history", STORE}, {NULL}, 0, NULL, 0},
    {prepare_waiting, {"verify", STORE}, {NULL}, 0, NULL, 0},
    {prepare_waiting, {"deliver", STORE}, {"deliver", STORE}, 0, NULL, 0},
    {prepare_waiting,
     {"deliver", STORE, "--drop", "http://localhost:1/"},
     {"deliver", STORE},
     0,
     NULL,
     0},
    {prepare_lost, {"verify", STORE, "--rebuild"}, {"verify", STORE, "--rebuild"}, 0, NULL, 0},
    {prepare_damaged, {"verify", STORE, "--rebuild"}, {"verify", STORE, "--rebuild"}, 1, NULL, 0},
};

static void one_deed(void **state)
{
    fail_some(*state);
}

static int begin(void **state)
{
    const char *base = getenv("TMPDIR");
    (void)state;
    snprintf(world.root, sizeof(world.root), "%s/certroll-scarce-XXXXXX",
             base && strlen(base) < 30 ? base : "/tmp");
    return mkdtemp(world.root) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    shell("rm -rf pristine case");
    return rmdir(world.root);
}

static int say_number(void **state)
{
    (void)state;
    if (world.number)
        print_error("it was number %zu: CERTROLL_TEST_CALL=%zu\n", world.number, world.number);
    world.number = 0;
    return 0;
}

int main(void)
{
    enum { COUNT = sizeof(deeds) / sizeof(deeds[0]) };
    static struct CMUnitTest tests[COUNT];
    static char names[COUNT][64];
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof(names[i]), "%zu_%s", i, deeds[i].words[0]);
        tests[i] = (struct CMUnitTest){names[i], one_deed, NULL, say_number, &deeds[i]};
    }
    const char *only = getenv("CERTROLL_TEST_ONLY");
    if (only)
        cmocka_set_test_filter(only);
    return cmocka_run_group_tests(tests, begin, end);
}
