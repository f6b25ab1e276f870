/*
 * deliver: bytes and a URL -> result. HTTP, with retries (DESIGN section 7).
 *
 * Secrets come from files or the environment, never from a command line.
 */
#ifndef CERTROLL_DELIVER_DELIVER_H
#define CERTROLL_DELIVER_DELIVER_H

#include "base/arena.h"
#include "base/problem.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stddef.h>

/* How to reach receivers; read once, from CERTROLL_REPORT_TOKEN[_FILE], CERTROLL_REPORT_SECRET
 * [_FILE], CERTROLL_REPORT_CERT, CERTROLL_REPORT_KEY, CERTROLL_REPORT_CA. */
struct deliver_settings {
    struct secret *token;       /* Authorization: Bearer; or NULL */
    struct secret *hmac_secret; /* or NULL */
    const char *client_cert;    /* PEM path, or NULL */
    const char *client_key;
    const char *ca_file;
    int budget; /* seconds for all attempts of one delivery together */
};

int deliver_settings_read(struct arena *arena, struct problems *problems,
                          struct deliver_settings *ret);
void deliver_settings_done(struct deliver_settings *settings);

/* http or https, with a host and without a user or password in it: a problem invalid_value
 * otherwise. 0 or -1. */
int deliver_check_url(const char *url, struct place place, struct problems *problems);

struct deliver_request {
    const char *url;
    const char *run_id; /* Idempotency-Key */
    const char *result; /* X-Certroll-Result */
    const char *body;   /* HTML */
    size_t body_size;
};

struct deliver_result {
    bool delivered;
    bool permanent;    /* the receiver refused it: sending it again as it is will not help */
    int attempts;
    long status;       /* the last HTTP status, 0 without one */
    const char *error; /* in words, the arena's; NULL when delivered */
};

/* 0 with *ret whatever the receiver did, or -1 when memory is out. */
int deliver_post(const struct deliver_settings *settings, const struct deliver_request *request,
                 struct arena *arena, struct deliver_result *ret);

#endif
