#include "deliver/url.h"

#include "base/cleanup.h"
#include "deliver/deliver.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

enum { URL_MOST = 8192 };

static void cleanup_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void cleanup_part(char **part)
{
    curl_free(*part);
}

#define AUTO_URL CLEANUP(cleanup_url)
#define AUTO_PART CLEANUP(cleanup_part)

/* NULL where it is none. */
static CURLU *parse(const char *string)
{
    CURLU *url = curl_url();
    if (url && curl_url_set(url, CURLUPART_URL, string, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
        return url;
    curl_url_cleanup(url);
    return NULL;
}

static bool has_part(CURLU *url, CURLUPart which)
{
    char *part AUTO_PART = NULL;
    return curl_url_get(url, which, &part, 0) == CURLUE_OK;
}

static bool is_http(CURLU *url)
{
    char *scheme AUTO_PART = NULL;
    return curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
           (strcasecmp(scheme, "http") == 0 || strcasecmp(scheme, "https") == 0);
}

const char *deliver_url_objection(const char *string)
{
    if (strlen(string) > URL_MOST)
        return "the URL is too long";
    CURLU *url AUTO_URL = parse(string);
    if (!url)
        return "that is no URL, such as https://reports.example.com/certroll";
    if (!is_http(url))
        return "the URL is to begin with https:// or http://";
    if (!has_part(url, CURLUPART_HOST))
        return "the URL names no host";
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
        return "the URL may hold no user or password: use CERTROLL_REPORT_TOKEN_FILE";
    return NULL;
}

static bool same_part(CURLU *left, CURLU *right, CURLUPart which)
{
    char *a AUTO_PART = NULL, *b AUTO_PART = NULL;
    return curl_url_get(left, which, &a, CURLU_DEFAULT_PORT) == CURLUE_OK &&
           curl_url_get(right, which, &b, CURLU_DEFAULT_PORT) == CURLUE_OK && strcasecmp(a, b) == 0;
}

bool url_same_origin(const char *left, const char *right)
{
    CURLU *a AUTO_URL = parse(left), *b AUTO_URL = parse(right);
    return a && b && same_part(a, b, CURLUPART_SCHEME) && same_part(a, b, CURLUPART_HOST) &&
           same_part(a, b, CURLUPART_PORT);
}

int deliver_check_url(const char *url, struct place place, struct problems *problems)
{
    const char *objection = deliver_url_objection(url);
    if (!objection)
        return 0;
    problems_add(problems, PROBLEM_INVALID_VALUE, place, "report URL: %s", objection);
    return -1;
}
