#include "deliver/url.h"

#include "base/cleanup.h"
#include "base/url.h"
#include "deliver/deliver.h"
#include "deliver/libcurl.h"

#include <string.h>
#include <strings.h>

const char url_no_memory[] = "there was no memory to look at the URL";
static const char no_library[] = "the library libcurl.so.4, which sends it, cannot be loaded";

static void cleanup_url(CURLU **url)
{
    if (*url)
        libcurl_load()->url_cleanup(*url);
}

static void cleanup_part(char **part)
{
    if (*part)
        libcurl_load()->free(*part);
}

#define AUTO_URL CLEANUP(cleanup_url)
#define AUTO_PART CLEANUP(cleanup_part)

/* *ret is set where it is a URL. */
static CURLUcode parse(const char *string, CURLU **ret)
{
    CURLU *url AUTO_URL = libcurl_load()->url();
    CURLUcode code = CURLUE_OUT_OF_MEMORY;
    if (url)
        code = libcurl_load()->url_set(url, CURLUPART_URL, string, CURLU_NON_SUPPORT_SCHEME);
    if (code == CURLUE_OK) {
        *ret = url;
        url = NULL;
    }
    return code;
}

static CURLUcode find_part(CURLU *url, CURLUPart which, bool *ret)
{
    char *part AUTO_PART = NULL;
    CURLUcode code = libcurl_load()->url_get(url, which, &part, 0);
    *ret = code == CURLUE_OK;
    return code == CURLUE_OUT_OF_MEMORY ? code : CURLUE_OK;
}

static CURLUcode find_http(CURLU *url, bool *ret)
{
    char *scheme AUTO_PART = NULL;
    CURLUcode code = libcurl_load()->url_get(url, CURLUPART_SCHEME, &scheme, 0);
    *ret =
        code == CURLUE_OK && (strcasecmp(scheme, "http") == 0 || strcasecmp(scheme, "https") == 0);
    return code == CURLUE_OUT_OF_MEMORY ? code : CURLUE_OK;
}

const char *deliver_url_objection(const char *string)
{
    bool is_http, has_host, has_user, has_password;
    CURLU *url AUTO_URL = NULL;
    if (strlen(string) > URL_MOST)
        return "the URL is too long";
    if (!libcurl_load())
        return libcurl_lacked_memory() ? url_no_memory : no_library;
    CURLUcode code = parse(string, &url);
    if (code != CURLUE_OK)
        return code == CURLUE_OUT_OF_MEMORY
                   ? url_no_memory
                   : "that is no URL, such as https://reports.example.com/certroll";
    if (find_http(url, &is_http) != CURLUE_OK ||
        find_part(url, CURLUPART_HOST, &has_host) != CURLUE_OK ||
        find_part(url, CURLUPART_USER, &has_user) != CURLUE_OK ||
        find_part(url, CURLUPART_PASSWORD, &has_password) != CURLUE_OK)
        return url_no_memory;
    if (!is_http)
        return "the URL is to begin with https:// or http://";
    if (!has_host)
        return "the URL names no host";
    if (has_user || has_password)
        return "the URL may hold no user or password: use CERTROLL_REPORT_TOKEN_FILE";
    return NULL;
}

static bool same_part(CURLU *left, CURLU *right, CURLUPart which)
{
    char *a AUTO_PART = NULL, *b AUTO_PART = NULL;
    return libcurl_load()->url_get(left, which, &a, CURLU_DEFAULT_PORT) == CURLUE_OK &&
           libcurl_load()->url_get(right, which, &b, CURLU_DEFAULT_PORT) == CURLUE_OK &&
           strcasecmp(a, b) == 0;
}

bool url_same_origin(const char *left, const char *right)
{
    CURLU *a AUTO_URL = NULL, *b AUTO_URL = NULL;
    return libcurl_load() && parse(left, &a) == CURLUE_OK && parse(right, &b) == CURLUE_OK &&
           same_part(a, b, CURLUPART_SCHEME) && same_part(a, b, CURLUPART_HOST) &&
           same_part(a, b, CURLUPART_PORT);
}

static enum problem_code code_of(const char *objection)
{
    if (objection == url_no_memory)
        return PROBLEM_OUT_OF_MEMORY;
    return objection == no_library ? PROBLEM_LIBRARY_MISSING : PROBLEM_INVALID_VALUE;
}

const char *deliver_url_fault(const char *url)
{
    const char *objection = deliver_url_objection(url);
    return objection && code_of(objection) == PROBLEM_INVALID_VALUE ? objection : NULL;
}

int deliver_check_url(const char *url, struct place place, struct problems *problems)
{
    const char *objection = deliver_url_objection(url);
    if (!objection)
        return 0;
    problems_add(problems, code_of(objection), place, "report URL: %s", objection);
    return -1;
}
