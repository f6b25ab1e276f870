/*
 * session: what every command has in hand: its options, the clock, memory, problems, the terminal.
 */
#ifndef CERTROLL_CLI_SESSION_H
#define CERTROLL_CLI_SESSION_H

#include "base/arena.h"
#include "base/environment.h"
#include "base/file.h"
#include "base/instant.h"
#include "base/problem.h"
#include "cli/options.h"
#include "report/report.h"
#include "store/store.h"

struct session {
    const char *command; /* "apply" */
    const struct options *options;
    struct arena *arena;
    struct problems problems; /* that belong to no plan: of the store, of the command itself */
    instant now;              /* the one reading of the clock that decides */
    unsigned nonce;           /* tells apart two runs of one second */
    const char *host;
    struct environment *environment; /* the delivery's secrets */
    const char *store;               /* where it is, once it was asked for; or NULL */
    size_t jobs;                     /* threads at most, once the store was opened */
    gid_t service_group;             /* (gid_t)-1: none */
    bool color_out;
    bool color_err;
    bool interactive; /* standard error is a terminal */
};

/* 0, or an exit code with the reason printed. */
int session_begin(struct session *session, const char *command, const struct options *options);
void session_end(struct session *session);

/* Opens the store that the options name. 0, or -1 with a problem. */
int session_open_store(struct session *session, bool writable, struct store **ret);
/* Takes the store's lock within timeout seconds. 0, or -1 with a problem. */
int session_lock(struct session *session, struct store *store, int timeout,
                 struct problems *problems);
/* The same for the right to send what waits in the outbox. */
int session_lock_outbox(struct session *session, struct store *store, int timeout,
                        struct problems *problems);

/* Adds the problem out_of_memory; -1. */
int session_out_of_memory(struct session *session);

/* Replaces a file by one with these bytes and the rights that the umask leaves. 0, or a negative
 * errno value (base/file.h). */
int session_write(const char *path, const char *bytes, size_t size);
int session_write_by(const char *path, file_writer *write, const void *context);

/* A view with all that does not depend on what is shown. */
struct report_view session_view(const struct session *session, enum report_kind kind);
/* Items of the outbox as a view has them. NULL with a problem. */
struct waiting_report *session_view_items(struct session *session, const struct outbox_item *items,
                                          size_t count);
/* Adds what waits in the store's outbox to it. 0, or -1 with a problem. */
int session_view_outbox(struct session *session, struct store *store, struct problems *problems,
                        struct report_view *view);

/* Adds where the store is that nothing was found in. 0, or -1 with a problem: its index is lost. */
int session_view_absence(struct session *session, struct store *store, struct report_view *view);

/* Is the output text? Of a failure it has nothing then: that stands on standard error. */
bool session_is_read_by_people(const struct session *session);
/* Writes a view to standard output in the format that the options ask for. 0, or EXIT_FAILED. */
int session_show(const struct session *session, const struct report_view *view);
/* The same for a command that could not get as far as its result: where programs read, it has that
 * shape all the same, with the problems alone in it. Not for a plan or a run. EXIT_FAILED. */
int session_show_failure(const struct session *session, enum report_kind kind);
/* Writes to standard output. 0, or EXIT_FAILED where it could not be written. */
int session_print(const char *text);
/* One line to standard error, "certroll: ..." before it. */
void session_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The problems to standard error; with --quiet the errors alone. */
void session_say_problems(const struct session *session, const struct problems *problems);

/* Says what is wrong with the call; EXIT_USAGE. */
int session_usage(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
