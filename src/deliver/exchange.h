/* exchange: one request and its answer. Internal to deliver. */
#ifndef CERTROLL_DELIVER_EXCHANGE_H
#define CERTROLL_DELIVER_EXCHANGE_H

#include "deliver/deliver.h"

#include <curl/curl.h>
#include <stdint.h>

struct exchange {
    const struct deliver_settings *settings;
    const struct deliver_request *request;
    const char *url;
    int64_t time; /* of the signature */
    long timeout; /* milliseconds for all of it */
};

struct answer {
    CURLcode code; /* CURLE_OK: status is known */
    long status;
    int64_t retry_after; /* seconds; 0: it says nothing */
    char *location;      /* where a redirect leads to, or NULL; answer_done() frees it */
    bool untrusted;      /* the receiver's certificate comes from an authority that is not known */
    char error[CURL_ERROR_SIZE];
};

/* Posts once and follows nothing. 0 with *ret, or -1 when memory is out (or libcurl is not there,
 * which deliver_url_objection() has told). */
int exchange_run(const struct exchange *exchange, struct answer *ret);
void answer_done(struct answer *answer);

#endif
