#include "deliver/deliver.h"

#include "base/monotonic.h"
#include "deliver/exchange.h"
#include "deliver/libcurl.h"
#include "deliver/url.h"

#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum {
    ATTEMPTS_MOST = 8,
    REDIRECTS_MOST = 5,
    ATTEMPT_TIMEOUT = 30000, /* milliseconds */
    ATTEMPT_LEAST = 1000,    /* with less, a receiver that is well could not answer either */
    WAIT_FIRST = 1000,
    WAIT_MOST = 30000,
};

enum verdict { VERDICT_DELIVERED, VERDICT_AGAIN, VERDICT_GIVE_UP, VERDICT_REFUSED };

/* One call of deliver_post(). */
struct delivery {
    const struct deliver_settings *settings;
    const struct deliver_request *request;
    struct arena *arena;
    int64_t deadline; /* of monotonic_now() */
    struct deliver_result result;
};

/* Doubles with each attempt, half of it by chance: those who failed together do not return
 * together. */
static int64_t back_off(int attempt)
{
    int64_t wait = WAIT_FIRST;
    for (int i = 1; i < attempt && wait < WAIT_MOST; i++)
        wait *= 2;
    if (wait > WAIT_MOST)
        wait = WAIT_MOST;
    uint32_t chance = 0;
    if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != sizeof(chance))
        chance = 0;
    return wait / 2 + (int64_t)(chance % (uint32_t)(wait / 2 + 1));
}

/* What a later attempt can mend. */
static bool is_broken_connection(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return true;
    default:
        return false;
    }
}

/* Of a 4xx: or does it speak of the receiver and who may use it? */
static bool speaks_of_report(long status)
{
    switch (status) {
    case 401:
    case 403:
    case 404:
    case 405:
    case 407:
        return false;
    default:
        return status >= 400;
    }
}

static enum verdict judge(const struct answer *answer)
{
    if (answer->code != CURLE_OK)
        return is_broken_connection(answer->code) ? VERDICT_AGAIN : VERDICT_GIVE_UP;
    if (answer->status >= 200 && answer->status < 300)
        return VERDICT_DELIVERED;
    if (answer->status == 408 || answer->status == 429 || answer->status >= 500)
        return VERDICT_AGAIN;
    return speaks_of_report(answer->status) ? VERDICT_REFUSED : VERDICT_GIVE_UP;
}

static const char *describe(struct arena *arena, const struct answer *answer)
{
    if (answer->untrusted)
        return arena_printf(arena, "%s; CERTROLL_REPORT_CA names the authorities to trust",
                            answer->error);
    if (answer->code != CURLE_OK)
        return arena_strdup(arena, answer->error);
    if (answer->status >= 300 && answer->status < 400)
        return arena_printf(arena, "the receiver answered %ld: a redirect that is not followed",
                            answer->status);
    return arena_printf(arena, "the receiver answered %ld", answer->status);
}

/* The next URL where the answer is a redirect to be followed, NULL where it is none. */
static char *follow(const struct delivery *delivery, struct answer *answer)
{
    if (answer->code != CURLE_OK || (answer->status != 307 && answer->status != 308) ||
        !answer->location || deliver_url_objection(answer->location) ||
        !url_same_origin(delivery->request->url, answer->location))
        return NULL;
    char *location = answer->location;
    answer->location = NULL;
    return location;
}

/* One attempt: a request, and those that redirects ask for. *ret is answer_done()'s. */
static int attempt(const struct delivery *delivery, struct answer *ret)
{
    char *location AUTO_FREE = NULL;
    struct exchange exchange = {.settings = delivery->settings,
                                .request = delivery->request,
                                .url = delivery->request->url};
    for (int hop = 0;; hop++) {
        int64_t rest = delivery->deadline - monotonic_now();
        exchange.timeout = (long)(rest < 1 ? 1 : rest < ATTEMPT_TIMEOUT ? rest : ATTEMPT_TIMEOUT);
        exchange.time = (int64_t)time(NULL);
        struct answer answer;
        if (exchange_run(&exchange, &answer) < 0)
            return -1;
        char *next = hop < REDIRECTS_MOST ? follow(delivery, &answer) : NULL;
        if (!next) {
            *ret = answer;
            return 0;
        }
        answer_done(&answer);
        free(location);
        location = next;
        exchange.url = location;
    }
}

static int note(struct delivery *delivery, const struct answer *answer, enum verdict verdict)
{
    struct deliver_result *result = &delivery->result;
    result->attempts++;
    result->status = answer->status;
    result->delivered = verdict == VERDICT_DELIVERED;
    result->permanent = verdict == VERDICT_REFUSED;
    result->error = result->delivered ? NULL : describe(delivery->arena, answer);
    return result->delivered || result->error ? 0 : -1;
}

/* Attempts until one is delivered, none can be, or the next would come too late. */
static int deliver(struct delivery *delivery)
{
    for (;;) {
        struct answer answer;
        if (attempt(delivery, &answer) < 0)
            return -1;
        enum verdict verdict = judge(&answer);
        int64_t asked = answer.retry_after;
        int error = note(delivery, &answer, verdict);
        answer_done(&answer);
        if (error || verdict != VERDICT_AGAIN || delivery->result.attempts >= ATTEMPTS_MOST)
            return error;
        int64_t rest = delivery->deadline - monotonic_now() - ATTEMPT_LEAST;
        int64_t wait = back_off(delivery->result.attempts);
        if (wait > rest || asked > rest / 1000)
            return 0;
        monotonic_sleep(asked * 1000 > wait ? asked * 1000 : wait);
    }
}

/* libcurl is told to leave signals alone, and a peer that hangs up must not end the process:
 * SIGPIPE is blocked meanwhile, and one that came is taken away. */
static int deliver_undisturbed(struct delivery *delivery)
{
    sigset_t pipes, before, pending;
    sigemptyset(&pipes);
    sigaddset(&pipes, SIGPIPE);
    sigpending(&pending);
    bool was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipes, &before);
    int error = deliver(delivery);
    if (!was_pending)
        sigtimedwait(&pipes, NULL, &(struct timespec){0, 0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

int deliver_post(const struct deliver_settings *settings, const struct deliver_request *request,
                 struct arena *arena, struct deliver_result *ret)
{
    struct delivery delivery = {.settings = settings, .request = request, .arena = arena};
    const char *objection = deliver_url_objection(request->url);
    if (objection == url_no_memory)
        return -1;
    if (objection) {
        delivery.result.error = objection;
        *ret = delivery.result;
        return 0;
    }
    const struct libcurl *library = libcurl_load();
    delivery.deadline = monotonic_now() + request->budget;
    if (!library || library->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return -1;
    int error = deliver_undisturbed(&delivery);
    library->global_cleanup();
    if (error)
        return -1;
    *ret = delivery.result;
    return 0;
}
