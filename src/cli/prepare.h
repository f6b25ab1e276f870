/*
 * prepare: manifests, store and sources -> plan; the way that plan, apply and import share.
 */
#ifndef CERTROLL_CLI_PREPARE_H
#define CERTROLL_CLI_PREPARE_H

#include "cli/gather.h"
#include "cli/session.h"

struct preparation {
    struct environment *environment; /* the manifests' `env` passwords */
    struct problems loading;         /* of the manifests */
    struct manifests manifests;
    struct plan_options options;
    instant at;
    struct snapshot snapshot;
    struct gathering *gathering;
    struct plan plan;
};

/* What the command line says; at is the session's now. */
void prepare_init(struct preparation *preparation, struct session *session);
void prepare_done(struct preparation *preparation);

/* Also takes the passwords that are in the environment out of it. 0, or -1 with a problem in
 * session->problems: memory is out. */
int prepare_load(struct preparation *preparation, struct session *session, const char *const *paths,
                 size_t count);

/* Takes a snapshot, gathers the sources and makes the plan; what an earlier call made is dropped.
 * 0, or -1 with a problem in session->problems. */
int prepare_plan(struct preparation *preparation, struct session *session, struct store *store);

/* In place of a plan that could not be made: one of nothing, with the problems of the manifests. */
void prepare_nothing(struct preparation *preparation, struct session *session);
/* session_show_failure() for a plan; also says the manifests' problems. EXIT_FAILED. */
int prepare_fail(struct preparation *preparation, struct session *session);

/* Wipes the passwords, once no source will be opened any more; and the keys, with what else becomes
 * files, once nothing of the plan will be carried out any more. */
void prepare_forget_passwords(struct preparation *preparation);
void prepare_forget_files(struct preparation *preparation);

/* The exit code of a plan: 1 with errors; with --detailed-exitcode 2 for changes. */
int prepare_exit_code(const struct preparation *preparation, const struct session *session);

#endif
