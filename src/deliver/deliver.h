/*
 * deliver: bytes and a URL -> result. HTTP, with retries (DESIGN section 7).
 *
 * Secrets come from files or the environment, never from a command line.
 *
 * The request is a POST with
 *   Content-Type: text/html; charset=utf-8
 *   Idempotency-Key: RUN ID           the same at every attempt: a receiver drops what it has
 *   X-Certroll-Result: ok|changed|failed
 *   Authorization: Bearer TOKEN                 with a token
 *   X-Certroll-Signature: t=TIME,v1=HEX         with a secret
 * TIME is seconds since 1970 when the attempt began; HEX is HMAC-SHA256 with the secret as key over
 * TIME, a full stop and the body. A receiver computes the same and refuses an old TIME.
 */
#ifndef CERTROLL_DELIVER_DELIVER_H
#define CERTROLL_DELIVER_DELIVER_H

#include "base/arena.h"
#include "base/environment.h"
#include "base/problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DELIVER_TIMEOUT_USUAL = 60, DELIVER_TIMEOUT_MOST = 3600 };

/* How to reach receivers; read once, from CERTROLL_REPORT_TOKEN[_FILE], CERTROLL_REPORT_SECRET
 * [_FILE], CERTROLL_REPORT_CERT, CERTROLL_REPORT_KEY, CERTROLL_REPORT_CA, CERTROLL_REPORT_TIMEOUT.
 * An empty variable is none. Of a file one trailing newline is dropped. */
struct deliver_settings {
    struct secret *token;       /* Authorization: Bearer; or NULL */
    struct secret *hmac_secret; /* or NULL */
    const char *client_cert;    /* PEM path, or NULL */
    const char *client_key;     /* or NULL: it is in client_cert */
    const char *ca_file;        /* trusted in place of the system's; or NULL */
    int timeout;                /* seconds for all that one command sends */
};

/* Takes the two variables that hold secrets out of the environment, before any thread or child is
 * started. 0, or -1 when memory is out. */
int deliver_settings_take(struct environment *environment);

/* environment: what deliver_settings_take() took. timeout: what the command line says, 0 where it
 * says nothing. 0, or -1 with every problem that there is: conflicting_keys (a variable and its
 * _FILE), missing_key, unreadable (also a certificate's file), invalid_value, out_of_memory. */
int deliver_settings_read(const struct environment *environment, int timeout, struct arena *arena,
                          struct problems *problems, struct deliver_settings *ret);
void deliver_settings_done(struct deliver_settings *settings);

/* http or https, with a host and without a user or password in it, of URL_MOST bytes (base/url.h):
 * a problem invalid_value otherwise, out_of_memory, or library_missing where libcurl is not there.
 * 0 or -1. */
int deliver_check_url(const char *url, struct place place, struct problems *problems);

/* The same in words, what is not the URL's fault too, that do not quote it; NULL where nothing is
 * against it. */
const char *deliver_url_objection(const char *url);

/* The same of what is the URL's fault alone: NULL also where it could not be looked at. */
const char *deliver_url_fault(const char *url);

struct deliver_request {
    const char *url;
    const char *run_id; /* Idempotency-Key */
    const char *result; /* X-Certroll-Result */
    const char *body;   /* HTML */
    size_t body_size;
    int64_t budget; /* milliseconds for all attempts together */
};

struct deliver_result {
    bool delivered; /* an answer 2xx */
    bool permanent; /* a 4xx that speaks of this report: another one may be taken */
    int attempts;
    long status;       /* the last HTTP status, 0 without one */
    const char *error; /* in words, the arena's; NULL when delivered. Neither the URL nor a secret
                          is in it; what it quotes may hold bytes from outside */
};

/* Blocks for request->budget at most. 408, 429, 5xx and broken connections are tried
 * again while that lasts, with exponential back-off and jitter, or when the answer says so
 * (Retry-After, RFC 9110, 10.2.3). 307 and 308 are followed within the same scheme, host and port.
 * Proxies are those of the usual variables. 0 with *ret whatever the receiver did, or -1 when
 * memory is out. */
int deliver_post(const struct deliver_settings *settings, const struct deliver_request *request,
                 struct arena *arena, struct deliver_result *ret);

#endif
