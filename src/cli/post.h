/*
 * post: reports on their way to their receivers. All that one command sends shares one budget of
 * time, and a receiver that failed is not tried again by it.
 */
#ifndef CERTROLL_CLI_POST_H
#define CERTROLL_CLI_POST_H

#include "cli/session.h"
#include "deliver/deliver.h"

/* One URL, on which reports go in order. */
struct post_lane {
    const char *url;
    const char *error; /* why nothing goes to it any more; NULL while something may */
    int64_t left;      /* milliseconds of its share */
    size_t waits;      /* how many reports are still to go to it */
    int attempts;      /* that the first of them had before */
};

/* What became of one report in this command. */
struct post_outcome {
    const char *run_id;
    const char *url;
    bool delivered;
    int attempts;
    const char *error; /* NULL when delivered */
};

struct post {
    struct session *session;
    struct store *store; /* NULL without one: there is no outbox then */
    struct deliver_settings settings;
    bool ready;   /* the settings are usable */
    int64_t left; /* milliseconds for all that is still to be sent */
    struct post_lane *lanes;
    size_t lane_count;
    size_t lane_capacity;
    struct post_outcome *outcomes;
    size_t outcome_count;
    size_t outcome_capacity;
};

/* Reads how to send. What is wrong with that is a problem, and nothing will be sent. */
void post_begin(struct post *post, struct session *session, struct store *store,
                struct problems *problems);
/* Also of one that is all zero. */
void post_end(struct post *post);

/* Which of the waiting reports post_outbox() sends. */
struct post_choice {
    const char *run_id; /* NULL: all */
    bool others;        /* those of all other runs instead */
    int64_t above;      /* those whose id is greater */
    int64_t below;      /* those whose id is smaller; 0: all */
    size_t to_come;     /* URLs that are sent to later, and are left their share of the time */
};

/* Sends what waits in the outbox, URL by URL in equal shares of the time, those first that failed
 * least; one that a receiver did not take, unless it refused it for good, holds back what is
 * behind it for that URL. The caller holds the outbox, and the store must not be locked: nobody has
 * to wait for a receiver. What fails is a problem delivery_failed, once for each URL. 0, or -1
 * with another problem. */
int post_outbox(struct post *post, const struct post_choice *choice);

/* Sends one report without the outbox, unless nothing goes to its URL any more; to_come as above.
 * What fails is a problem delivery_failed. 0, or -1 with another problem. */
int post_now(struct post *post, struct deliver_request *request, size_t to_come);

/* Takes the right to send what waits; at most timeout seconds, which the time for sending pays for.
 * 0, or -1 with a problem. */
int post_lock(struct post *post, int timeout, struct problems *problems);

/* What became of a report; NULL where nothing was tried. */
const struct post_outcome *post_find_outcome(const struct post *post, const char *run_id,
                                             const char *url);

/* Why nothing goes to a URL any more; NULL where something may. */
const char *post_why_not(const struct post *post, const char *url);

/* How many reports have been delivered. */
size_t post_count_delivered(const struct post *post);

/* Drops what the outbox cannot hold any longer; the caller holds the store's lock. Each is a
 * problem report_dropped. 0, or -1 with another problem. */
int post_trim(struct session *session, struct store *store);

#endif
