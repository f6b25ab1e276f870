#include "base/url.h"
#include "manifest/complain.h"
#include "manifest/forms.h"
#include "manifest/suggest.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

enum { URLS_MOST = 16, PORT_MOST = 65535 };

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* The length of "https://" or "http://" at the beginning, 0 for neither. */
static size_t scheme_length(const char *text)
{
    if (strncasecmp(text, "https://", 8) == 0)
        return 8;
    return strncasecmp(text, "http://", 7) == 0 ? 7 : 0;
}

static bool is_ipv6(const char *text, size_t length)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr parsed;
    if (length < 2 || length - 2 >= sizeof(address) || text[0] != '[' || text[length - 1] != ']')
        return false;
    memcpy(address, text + 1, length - 2);
    address[length - 2] = '\0';
    return inet_pton(AF_INET6, address, &parsed) == 1;
}

/* Nothing, or a colon and a number. */
static bool is_port(const char *text, size_t length)
{
    long port = 0;
    if (length == 0)
        return true;
    if (text[0] != ':' || length < 2 || length > 6 || text[1] == '0')
        return false;
    for (size_t i = 1; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        port = port * 10 + (text[i] - '0');
    }
    return port <= PORT_MOST;
}

/* A host and maybe a port (RFC 3986, 3.2, without what nobody writes). */
static bool is_authority(const char *text, size_t length)
{
    const char *end = text[0] == '[' ? memchr(text, ']', length) : memchr(text, ':', length);
    size_t host = end ? (size_t)(end - text) + (text[0] == '[') : length;
    if (text[0] == '[' ? !is_ipv6(text, host)
                       : !form_is_word(text, host, LETTERS DIGITS, LETTERS DIGITS "._~-", 253))
        return false;
    return is_port(text + host, length - host);
}

static bool is_visible(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= 0x20 || (unsigned char)*text >= 0x7f)
            return false;
    return true;
}

/* Never quoted: it may hold credentials. */
static const char *decode_url(struct reader *reader, const struct node *node)
{
    const char *text = form_text(reader, node, "url");
    if (!text)
        return NULL;
    size_t scheme = scheme_length(text);
    size_t length = scheme ? strcspn(text + scheme, "/?#") : 0;
    if (length && memchr(text + scheme, '@', length)) {
        complain(reader->problems, PROBLEM_INVALID_VALUE, node->place,
                 "url must not hold a user or a password");
        return NULL;
    }
    if (length == 0 || strlen(text) > URL_MOST || !is_visible(text) ||
        !is_authority(text + scheme, length)) {
        complain(reader->problems, PROBLEM_INVALID_VALUE, node->place,
                 "url is an http or https address, such as https://reports.example.com/certroll");
        return NULL;
    }
    return form_copy(reader, text);
}

static bool add_url(struct reader *reader, const struct node *node, struct word_list *list)
{
    const char *url = decode_url(reader, node);
    if (!url)
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->words[i], url) == 0) {
            complain(reader->problems, PROBLEM_INVALID_VALUE, node->place,
                     "this url stands in line %d already", list->places[i].line);
            return false;
        }
    list->places[list->count] = node->place;
    list->words[list->count++] = url;
    return true;
}

bool form_decode_urls(struct reader *reader, const struct field *field, const struct node *value,
                      void *slot)
{
    struct word_list list = {.count = 0};
    bool single = value->kind != NODE_SEQUENCE, valid = true;
    size_t count = single ? 1 : value->count;
    if (value->kind == NODE_MAPPING || count == 0) {
        complain(reader->problems, PROBLEM_WRONG_KIND, value->place,
                 "%s is a text or a list of texts, not %s", field->name,
                 count == 0 ? "an empty list" : "a mapping");
        return false;
    }
    if (count > URLS_MOST) {
        complain(reader->problems, PROBLEM_LIMIT_EXCEEDED, value->place, "more than %d urls",
                 URLS_MOST);
        return false;
    }
    list.words = arena_alloc(reader->arena, count, sizeof(*list.words));
    list.places = arena_alloc(reader->arena, count, sizeof(*list.places));
    reader->failed |= !list.words || !list.places;
    for (size_t i = 0; i < count && !reader->failed; i++)
        valid &= add_url(reader, single ? value : value->items[i], &list);
    memcpy(slot, &list, sizeof(list));
    return valid && !reader->failed;
}

bool form_decode_on(struct reader *reader, const struct field *field, const struct node *value,
                    void *slot)
{
    static const char *const words[] = {
        [REPORT_ON_ALWAYS] = "always",
        [REPORT_ON_CHANGE] = "change",
        [REPORT_ON_FAILURE] = "failure",
    };
    const char *text = form_text(reader, value, field->name);
    if (!text)
        return false;
    struct suggestion suggestion = {text, NULL, 0};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(text, words[i]) == 0) {
            *(enum report_on *)slot = (enum report_on)i;
            return true;
        }
        suggest_consider(&suggestion, words[i]);
    }
    complain(reader->problems, PROBLEM_INVALID_VALUE, value->place,
             "%s is always, change or failure%s%s%s", field->name,
             suggestion.word ? ": did you mean '" : "", suggestion.word ? suggestion.word : "",
             suggestion.word ? "'?" : "");
    return false;
}
