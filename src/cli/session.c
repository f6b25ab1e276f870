#include "cli/session.h"

#include "base/file.h"
#include "base/processors.h"
#include "deliver/deliver.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* What a user or a file gave may hold what steers a terminal. */
static void say(const char *format, va_list arguments)
{
    struct text line = TEXT_INIT;
    char *message = NULL;
    if (vasprintf(&message, format, arguments) < 0)
        message = NULL;
    if (message)
        text_add_visible(&line, message);
    bool made = message && !text_failed(&line);
    fprintf(stderr, "certroll: %s\n", made ? text_string(&line) : "out of memory");
    text_done(&line);
    free(message);
}

int session_usage(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    fprintf(stderr, "Try 'certroll %s%s--help'.\n", command, *command ? " " : "");
    return EXIT_USAGE;
}

void session_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

static bool wants_color(const struct options *options, int fd)
{
    const char *terminal = getenv("TERM"), *no_color = getenv("NO_COLOR");
    if (strcmp(options->color, "auto") != 0)
        return strcmp(options->color, "always") == 0;
    return isatty(fd) && !(no_color && *no_color) && terminal && strcmp(terminal, "dumb") != 0;
}

/* May this process give files to the group? */
static bool is_ours(gid_t group)
{
    gid_t groups[1024];
    int count = getgroups(1024, groups);
    if (geteuid() == 0 || group == getegid())
        return true;
    for (int i = 0; i < count; i++)
        if (groups[i] == group)
            return true;
    return false;
}

/* What reads /etc/group says of memory that is out that nobody has the name: it is asked again. */
static const struct group *ask_group(const char *name)
{
    const struct group *found = NULL;
    for (int i = 0; !found && i < 2; i++) {
        errno = 0;
        found = getgrnam(name); /* there is one thread yet */
        if (!found && errno)
            break;
    }
    return found;
}

/* Is that why there is none? Of other errors nobody says what they mean: getgrnam(3). */
static bool could_not_ask(int error)
{
    return error == ENOMEM || error == EMFILE || error == ENFILE || error == EIO || error == EINTR;
}

/* The group that --service-group names, or ssl-cert where it exists and can be given. */
static int find_group(struct session *session)
{
    const char *name = session->options->service_group;
    const struct group *found = ask_group(name ? name : "ssl-cert");
    session->service_group = (gid_t)-1;
    if (!found && could_not_ask(errno)) {
        session_say("the group '%s' cannot be looked up: %s", name ? name : "ssl-cert",
                    strerror(errno));
        return EXIT_FAILED;
    }
    if (!found && name)
        return session_usage(session->command, "there is no group '%s'", name);
    if (found && (name || is_ours(found->gr_gid)))
        session->service_group = found->gr_gid;
    return 0;
}

static const char *find_host(struct arena *arena)
{
    struct utsname name;
    const char *host = uname(&name) == 0 ? arena_strdup(arena, name.nodename) : NULL;
    return host ? host : "localhost";
}

int session_begin(struct session *session, const char *command, const struct options *options)
{
    *session = (struct session){
        .command = command,
        .options = options,
        .arena = arena_new(),
        .environment = environment_new(),
        .now = time(NULL),
        .color_out = wants_color(options, STDOUT_FILENO),
        .color_err = wants_color(options, STDERR_FILENO),
        .interactive = isatty(STDERR_FILENO),
    };
    if (!session->arena || !session->environment ||
        deliver_settings_take(session->environment) != 0) {
        session_say("out of memory");
        return EXIT_FAILED;
    }
    if (getrandom(&session->nonce, sizeof(session->nonce), 0) != sizeof(session->nonce)) {
        session_say("the system gives no random bytes: %s", strerror(errno));
        return EXIT_FAILED;
    }
    session->host = find_host(session->arena);
    problems_init(&session->problems, session->arena);
    return find_group(session);
}

void session_end(struct session *session)
{
    environment_free(session->environment);
    arena_free(session->arena);
}

/* Where a store is when nobody says: the system's for root, the user's own otherwise (XDG Base
 * Directory Specification, XDG_STATE_HOME). */
static const char *default_store(struct session *session)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (geteuid() == 0)
        return "/var/lib/certroll";
    if (state && state[0] == '/')
        return arena_printf(session->arena, "%s/certroll", state);
    if (home && home[0] == '/')
        return arena_printf(session->arena, "%s/.local/state/certroll", home);
    return NULL;
}

int session_open_store(struct session *session, bool writable, struct store **ret)
{
    const char *given = session->options->store;
    int jobs = session->options->jobs;
    session->jobs = jobs ? (size_t)jobs : processors_count();
    struct store_options options = {
        .location = given ? given : default_store(session),
        .writable = writable,
        .service_group = session->service_group,
        .patience = session->options->lock_timeout,
        .jobs = session->jobs,
        .read_all = session->options->no_cache,
    };
    session->store = options.location;
    if (!options.location) {
        problems_add(&session->problems, PROBLEM_STORE_FAILED, NOWHERE,
                     "neither --store nor CERTROLL_STORE, XDG_STATE_HOME or HOME says where the "
                     "store is");
        return -1;
    }
    if (writable && options.service_group != (gid_t)-1 && !is_ours(options.service_group)) {
        problems_add(&session->problems, PROBLEM_STORE_FAILED, NOWHERE,
                     "keys cannot be given to the group '%s': run as root or as a member of it",
                     session->options->service_group);
        return -1;
    }
    return store_open(&options, &session->problems, ret);
}

/* What others are told who wait for a lock in vain. */
static const char *purpose(const struct session *session)
{
    char since[INSTANT_TEXT_SIZE];
    const char *text =
        arena_printf(session->arena, "certroll %s, pid %ld, since %s", session->command,
                     (long)getpid(), instant_format(time(NULL), since));
    return text ? text : "certroll";
}

int session_lock(struct session *session, struct store *store, int timeout,
                 struct problems *problems)
{
    return store_lock(store, timeout, purpose(session), problems);
}

int session_lock_outbox(struct session *session, struct store *store, int timeout,
                        struct problems *problems)
{
    return store_lock_outbox(store, timeout, purpose(session), problems);
}

int session_out_of_memory(struct session *session)
{
    problems_add(&session->problems, PROBLEM_OUT_OF_MEMORY, NOWHERE, "out of memory");
    return -1;
}

static mode_t file_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

int session_write(const char *path, const char *bytes, size_t size)
{
    return file_replace(AT_FDCWD, path, bytes, size, file_mode());
}

int session_write_by(const char *path, file_writer *write, const void *context)
{
    return file_replace_by(AT_FDCWD, path, write, context, file_mode());
}

struct report_view session_view(const struct session *session, enum report_kind kind)
{
    const struct options *options = session->options;
    return (struct report_view){
        .kind = kind,
        .now = session->now,
        .host = session->host,
        .version = CERTROLL_VERSION,
        .problems = &session->problems,
        .color = session->color_out,
        .verbosity = options->quiet     ? -1
                     : options->verbose ? 1
                                        : 0,
    };
}

struct waiting_report *session_view_items(struct session *session, const struct outbox_item *items,
                                          size_t count)
{
    struct waiting_report *waiting = arena_alloc(session->arena, count, sizeof(*waiting));
    if (!waiting)
        session_out_of_memory(session);
    for (size_t i = 0; waiting && i < count; i++)
        waiting[i] = (struct waiting_report){items[i].run_id, items[i].url, items[i].queued_at,
                                             items[i].attempts, items[i].last_error};
    return waiting;
}

int session_view_outbox(struct session *session, struct store *store, struct problems *problems,
                        struct report_view *view)
{
    struct outbox_item *items;
    size_t count;
    if (store_outbox(store, session->arena, problems, &items, &count) != 0)
        return -1;
    struct waiting_report *waiting = session_view_items(session, items, count);
    if (!waiting)
        return -1;
    view->outbox = waiting;
    view->outbox_count = count;
    return 0;
}

int session_view_absence(struct session *session, struct store *store, struct report_view *view)
{
    int presence = store_presence(store, &session->problems);
    if (presence < 0)
        return -1;
    if (presence == STORE_IS_LOST)
        return store_say_missing(session->store, presence, &session->problems);
    view->store_missing = presence == STORE_IS_NOT_THERE;
    if (presence != STORE_IS_THERE)
        view->store = session->store;
    return 0;
}

int session_print(const char *text)
{
    if (fputs(text, stdout) >= 0 && fflush(stdout) == 0)
        return 0;
    session_say("standard output: %s", strerror(errno));
    return EXIT_FAILED;
}

static enum report_format output_format(const struct options *options)
{
    static const struct {
        const char *name;
        enum report_format format;
    } formats[] = {
        {"json", REPORT_JSON},
        {"markdown", REPORT_MARKDOWN},
    };
    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
        if (strcmp(options->output, formats[i].name) == 0)
            return formats[i].format;
    return REPORT_TEXT;
}

bool session_is_read_by_people(const struct session *session)
{
    return output_format(session->options) == REPORT_TEXT;
}

int session_show(const struct session *session, const struct report_view *view)
{
    int error = report_write_to(view, output_format(session->options), STDOUT_FILENO);
    if (!error)
        return 0;
    if (error == -ENOMEM)
        session_say("out of memory");
    else
        session_say("standard output: %s", strerror(-error));
    return EXIT_FAILED;
}

int session_show_failure(const struct session *session, enum report_kind kind)
{
    struct report_view view = session_view(session, kind);
    view.failed = true;
    if (!session_is_read_by_people(session))
        session_show(session, &view);
    return EXIT_FAILED;
}

static bool is_shown(const struct session *session, const struct problem *problem)
{
    return !session->options->quiet || problem_severity(problem->code) == SEVERITY_ERROR;
}

void session_say_problems(const struct session *session, const struct problems *problems)
{
    struct text text = TEXT_INIT;
    struct problems shown;
    problems_init(&shown, session->arena);
    for (size_t i = 0; i < problems->count; i++)
        if (is_shown(session, &problems->items[i]))
            problems_append(&shown, &(struct problems){.items = &problems->items[i], .count = 1});
    report_problems(&shown, session->color_err, &text);
    fputs(text_string(&text), stderr);
    if (problems->out_of_memory || shown.out_of_memory || text_failed(&text))
        fputs("certroll: out of memory; some problems are not shown\n", stderr);
    text_done(&text);
}
