#include "x509/reading.h"

#include <limits.h>
#include <string.h>

int reading_init(struct reading *reading, const struct source *source, struct arena *arena,
                 struct problems *problems)
{
    *reading = (struct reading){
        .source = source,
        .arena = arena,
        .problems = problems,
        .path = source->path,
        .library = openssl_library(),
    };
    return reading->library ? 0 : reading_no_memory(reading);
}

void reading_done(struct reading *reading)
{
    for (size_t i = 0; i < PHRASES_MOST; i++)
        secret_free(reading->phrases.others[i]);
    openssl_forget_errors();
}

static int add_problem(struct reading *reading, enum problem_code code, const char *text)
{
    const char *certificate = reading->source->certificate;
    struct problem *problem = problems_add(reading->problems, code, reading->source->place,
                                           "%s: %s", reading->path, text);
    if (certificate)
        problem->certificate = arena_strdup(reading->problems->arena, certificate);
    return -1;
}

int reading_no_memory(struct reading *reading)
{
    openssl_forget_errors();
    return add_problem(reading, PROBLEM_OUT_OF_MEMORY, "memory is out");
}

int reading_fail(struct reading *reading, enum problem_code code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_vprintf(reading->arena, format, arguments);
    va_end(arguments);
    if (openssl_forget_errors() || !text)
        return reading_no_memory(reading);
    return add_problem(reading, code, text);
}

int reading_wrong_password(struct reading *reading, const char *what)
{
    if (!reading->phrases.given)
        return reading_fail(reading, PROBLEM_PASSWORD_NEEDED,
                            "%s is protected by a password, and none was given", what);
    if (reading->phrases.vouched)
        return reading_fail(reading, PROBLEM_WRONG_PASSWORD,
                            "the password fits its integrity check (MAC), but does not open %s, "
                            "which was encrypted with another one",
                            what);
    if (reading->phrases.fitted)
        return reading_fail(reading, PROBLEM_WRONG_PASSWORD,
                            "the password opens another part, but not %s, which was encrypted "
                            "with another one or is damaged",
                            what);
    return reading_fail(reading, PROBLEM_WRONG_PASSWORD, "the password does not fit %s", what);
}

/* The code point of a two-octet sequence that Latin-1 has, or -1. */
static int latin1_of(const unsigned char *bytes, size_t left)
{
    if (bytes[0] < 0x80)
        return bytes[0];
    if (left < 2 || (bytes[0] != 0xc2 && bytes[0] != 0xc3) || (bytes[1] & 0xc0) != 0x80)
        return -1;
    return (bytes[0] & 3) << 6 | (bytes[1] & 0x3f);
}

/* 0 with *ret, NULL where the password is no UTF-8 or has more than Latin-1; -1 without memory. */
static int make_latin1(const struct secret *given, struct secret **ret)
{
    const unsigned char *from = secret_peek(given);
    size_t size = secret_size(given), length = 0;
    struct secret *made AUTO_SECRET = secret_new(size);
    if (!made)
        return -1;
    for (size_t i = 0; i < size; i += from[i] < 0x80 ? 1 : 2) {
        int point = latin1_of(from + i, size - i);
        if (point < 0)
            return 0;
        secret_bytes(made)[length++] = (unsigned char)point;
    }
    secret_cut(made, length);
    *ret = made;
    made = NULL;
    return 0;
}

static int make_utf8(const struct secret *given, struct secret **ret)
{
    const unsigned char *from = secret_peek(given);
    size_t size = secret_size(given), length = 0;
    struct secret *made = secret_new(2 * size);
    if (!made)
        return -1;
    unsigned char *to = secret_bytes(made);
    for (size_t i = 0; i < size; i++) {
        if (from[i] >= 0x80)
            to[length++] = (unsigned char)(0xc0 | from[i] >> 6);
        to[length++] = from[i] < 0x80 ? from[i] : (unsigned char)(0x80 | (from[i] & 0x3f));
    }
    secret_cut(made, length);
    *ret = made;
    return 0;
}

static void add_phrase(struct phrases *phrases, const struct secret *form)
{
    phrases->list[phrases->count++] =
        (struct phrase){(const char *)secret_peek(form), (int)secret_size(form)};
}

static bool is_ascii(const struct secret *secret)
{
    for (size_t i = 0; i < secret_size(secret); i++)
        if (secret_peek(secret)[i] >= 0x80)
            return false;
    return true;
}

static int make_forms(struct phrases *phrases)
{
    static const struct phrase none = {NULL, 0}, empty = {"", 0};
    bool given = phrases->given != NULL;
    if (secret_size(phrases->given) == 0) {
        phrases->list[0] = given ? empty : none;
        phrases->list[1] = given ? none : empty;
        phrases->count = 2;
        return 0;
    }
    add_phrase(phrases, phrases->given);
    if (is_ascii(phrases->given))
        return 0;
    if (make_latin1(phrases->given, &phrases->others[0]) != 0 ||
        make_utf8(phrases->given, &phrases->others[1]) != 0)
        return -1;
    if (phrases->others[0])
        add_phrase(phrases, phrases->others[0]);
    add_phrase(phrases, phrases->others[1]);
    return 0;
}

int reading_ask(struct reading *reading)
{
    enum { PASSWORD_MOST = 64 * 1024 };
    struct phrases *phrases = &reading->phrases;
    const struct source *source = reading->source;
    if (phrases->count)
        return 0;
    if (!phrases->asked && source->ask &&
        source->ask(source->ask_context, reading->problems, &phrases->given) != 0)
        return -1;
    phrases->asked = true;
    if (secret_size(phrases->given) > PASSWORD_MOST)
        return reading_fail(reading, PROBLEM_WRONG_PASSWORD, "the password is longer than %d bytes",
                            PASSWORD_MOST);
    return make_forms(phrases) == 0 ? 0 : reading_no_memory(reading);
}

/* Position 0 is the best one, the others follow in their own order. */
static size_t phrase_index(const struct phrases *phrases, size_t i)
{
    if (i == 0)
        return phrases->best;
    return i <= phrases->best ? i - 1 : i;
}

struct phrase reading_phrase(const struct reading *reading, size_t i)
{
    return reading->phrases.list[phrase_index(&reading->phrases, i)];
}

int reading_bmp_phrase(struct reading *reading, struct phrase phrase, struct secret **ret)
{
    unsigned char *bmp = NULL;
    int size = 0;
    struct secret *made = NULL;
    if (OPENSSL_utf82uni(phrase.bytes, phrase.size, &bmp, &size)) {
        made = secret_copy(bmp, (size_t)size);
        OPENSSL_clear_free(bmp, (size_t)size);
    }
    if (!made)
        return reading_no_memory(reading);
    *ret = made;
    return 0;
}

void reading_phrase_fits(struct reading *reading, size_t i)
{
    reading->phrases.best = phrase_index(&reading->phrases, i);
    reading->phrases.fitted = true;
}
