/*
 * post: a run's report goes to the file and the URLs that ask for it, after what waits already.
 */
#ifndef CERTROLL_CLI_POST_H
#define CERTROLL_CLI_POST_H

#include "cli/session.h"

/* Where a report goes: the flag's, else the environment's, else those of the manifests. */
struct post_targets {
    const char **files;
    size_t file_count;
    const char **urls;
    size_t url_count;
};

/* A URL that cannot be used is left out, with a problem in session->problems; where memory is out,
 * all are. */
void post_find_targets(struct session *session, const struct manifests *manifests,
                       struct post_targets *ret);

/* Writes the report to each file. What fails is a problem report_failed, and a target no more. */
void post_files(struct session *session, struct post_targets *targets, const struct text *html);

/* Sends what waits in the outbox, in order; one that a receiver did not take holds back what is
 * behind it for the same URL. The store must not be locked: nobody has to wait for a receiver.
 * Waits at most timeout seconds for another run that is sending. What fails is a problem
 * delivery_failed; *ret_left is how many still wait. 0, or -1 with another problem. */
int post_outbox(struct session *session, struct store *store, int timeout, size_t *ret_left);

/* Sends one report to one URL, now. 0, or -1 with a problem delivery_failed. */
int post_now(struct session *session, const struct run *run, const char *url,
             const struct text *html);

#endif
