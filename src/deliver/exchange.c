#include "deliver/exchange.h"

#include "deliver/libcurl.h"
#include "deliver/signature.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

enum { CONNECT_TIMEOUT = 10, ANSWER_MOST = 64 * 1024, LINE_MOST = 512, HEADERS_MOST = 8 };

/* The lines are ours, so that the one with the token is wiped: libcurl does not copy the list. */
struct headers {
    struct curl_slist nodes[HEADERS_MOST];
    char lines[HEADERS_MOST][LINE_MOST];
    size_t count;
    struct secret *authorization;
};

static void headers_done(struct headers *headers)
{
    secret_free(headers->authorization);
}

static void cleanup_curl(CURL **curl)
{
    if (*curl)
        libcurl_load()->easy_cleanup(*curl);
}

static void add_node(struct headers *headers, char *line)
{
    struct curl_slist *node = &headers->nodes[headers->count];
    node->data = line;
    if (headers->count)
        headers->nodes[headers->count - 1].next = node;
    headers->count++;
}

static void add_line(struct headers *headers, const char *name, const char *value)
{
    char *line = headers->lines[headers->count];
    snprintf(line, LINE_MOST, "%s:%s%s", name, value[0] ? " " : "", value);
    add_node(headers, line);
}

static int add_authorization(struct headers *headers, const struct secret *token)
{
    static const char start[] = "Authorization: Bearer ";
    size_t length = sizeof(start) - 1, size = secret_size(token);
    headers->authorization = secret_new(length + size);
    if (!headers->authorization)
        return -1;
    unsigned char *line = secret_bytes(headers->authorization);
    memcpy(line, start, length);
    memcpy(line + length, secret_peek(token), size);
    add_node(headers, (char *)line);
    return 0;
}

static int headers_init(struct headers *headers, const struct exchange *exchange)
{
    const struct deliver_settings *settings = exchange->settings;
    const struct deliver_request *request = exchange->request;
    char signature[SIGNATURE_SIZE];
    add_line(headers, "Content-Type", "text/html; charset=utf-8");
    add_line(headers, "Idempotency-Key", request->run_id);
    add_line(headers, "X-Certroll-Result", request->result);
    add_line(headers, "Expect", ""); /* none: no receiver of reports needs to be asked first */
    if (settings->token && add_authorization(headers, settings->token) < 0)
        return -1;
    if (settings->hmac_secret) {
        signature_make(settings->hmac_secret, exchange->time, request->body, request->body_size,
                       signature);
        add_line(headers, "X-Certroll-Signature", signature);
    }
    return 0;
}

/* Nobody reads the answer's body, so a long one is broken off: its status has been read. */
static size_t count_body(char *bytes, size_t size, size_t count, void *context)
{
    size_t *total = context;
    (void)bytes;
    *total += size * count;
    return *total > ANSWER_MOST ? 0 : size * count;
}

static CURLcode set_request(CURL *curl, const struct exchange *exchange, struct headers *headers,
                            size_t *total, char *error)
{
    const struct libcurl *library = libcurl_load();
    const struct deliver_request *request = exchange->request;
    CURLcode code = CURLE_OK;
#define SET(option, value) code = code ? code : library->easy_setopt(curl, option, value)
    SET(CURLOPT_ERRORBUFFER, error);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_URL, exchange->url);
    SET(CURLOPT_USERAGENT, "certroll");
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
    SET(CURLOPT_POSTFIELDS, request->body);
    SET(CURLOPT_HTTPHEADER, headers->nodes);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT);
    SET(CURLOPT_TIMEOUT_MS, exchange->timeout);
    SET(CURLOPT_QUICK_EXIT, 1L); /* a resolver that hangs is not waited for */
    SET(CURLOPT_WRITEFUNCTION, count_body);
    SET(CURLOPT_WRITEDATA, total);
    return code;
}

static CURLcode set_tls(CURL *curl, const struct deliver_settings *settings)
{
    const struct libcurl *library = libcurl_load();
    CURLcode code = CURLE_OK;
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (settings->ca_file) {
        SET(CURLOPT_CAINFO, settings->ca_file);
        SET(CURLOPT_CAPATH, NULL);
    }
    if (settings->client_cert)
        SET(CURLOPT_SSLCERT, settings->client_cert);
    if (settings->client_key)
        SET(CURLOPT_SSLKEY, settings->client_key);
    SET(CURLOPT_KEYPASSWD, ""); /* or OpenSSL would ask for one, and wait */
#undef SET
    return code;
}

static int read_answer(CURL *curl, struct answer *answer)
{
    const struct libcurl *library = libcurl_load();
    curl_off_t wait = 0;
    char *location = NULL;
    library->easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    library->easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
    library->easy_getinfo(curl, CURLINFO_REDIRECT_URL, &location);
    answer->retry_after = wait > 0 ? wait : 0; /* of a date gone by it is negative */
    answer->location = location ? strdup(location) : NULL;
    return location && !answer->location ? -1 : 0;
}

/* libcurl's own words say no more than that. */
static bool is_untrusted(CURL *curl, CURLcode code)
{
    long result = X509_V_OK;
    if (code != CURLE_PEER_FAILED_VERIFICATION)
        return false;
    libcurl_load()->easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &result);
    return result == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           result == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
           result == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
           result == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           result == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

int exchange_run(const struct exchange *exchange, struct answer *ret)
{
    const struct libcurl *library = libcurl_load();
    CURL *curl CLEANUP(cleanup_curl) = library ? library->easy_init() : NULL;
    struct headers headers CLEANUP(headers_done) = {.count = 0};
    struct answer answer = {.code = CURLE_OK};
    size_t total = 0;
    if (!curl || headers_init(&headers, exchange) < 0)
        return -1;
    answer.code = set_request(curl, exchange, &headers, &total, answer.error);
    if (answer.code == CURLE_OK)
        answer.code = set_tls(curl, exchange->settings);
    if (answer.code == CURLE_OK)
        answer.code = library->easy_perform(curl);
    if (answer.code == CURLE_WRITE_ERROR && total > ANSWER_MOST)
        answer.code = CURLE_OK;
    answer.untrusted = is_untrusted(curl, answer.code);
    if (read_answer(curl, &answer) < 0)
        return -1;
    if (answer.code == CURLE_OUT_OF_MEMORY) /* libcurl says so of a line that it will not hold */
        snprintf(answer.error, sizeof(answer.error),
                 "the answer has a line that is too long, or memory is out");
    else if (answer.code != CURLE_OK && !answer.error[0])
        snprintf(answer.error, sizeof(answer.error), "%s", library->easy_strerror(answer.code));
    *ret = answer;
    return 0;
}

void answer_done(struct answer *answer)
{
    free(answer->location);
    answer->location = NULL;
}
