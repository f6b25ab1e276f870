#include "manifest/forms.h"

#include "manifest/complain.h"
#include "manifest/suggest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NAME_MOST = 128, OWNER_MOST = 63 };

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool is_one_of(const struct node *node, const char *const *words)
{
    for (; *words; words++)
        if (node_is(node, *words))
            return true;
    return false;
}

/* [-+]? ( digits [. digits] | . digits ) [exponent], 0o7, 0xf, .inf and .nan of YAML 1.2, 10.3.2 */
static bool is_number(const char *text)
{
    if (!strchr(DIGITS "+-.", *text)) /* as most texts */
        return false;
    size_t length = strlen(text);
    if (strncmp(text, "0o", 2) == 0 || strncmp(text, "0x", 2) == 0)
        return length > 2 &&
               strspn(text + 2, text[1] == 'o' ? "01234567" : DIGITS "abcdefABCDEF") == length - 2;
    if (strcasecmp(text, ".nan") == 0)
        return true;
    text += *text == '-' || *text == '+';
    if (strcasecmp(text, ".inf") == 0)
        return true;
    size_t whole = strspn(text, DIGITS), fraction = 0;
    text += whole;
    if (*text == '.') {
        fraction = strspn(text + 1, DIGITS);
        text += 1 + fraction;
    }
    if (whole + fraction == 0)
        return false;
    if (*text == 'e' || *text == 'E') {
        text += text[1] == '-' || text[1] == '+' ? 2 : 1;
        size_t exponent = strspn(text, DIGITS);
        return exponent > 0 && text[exponent] == '\0';
    }
    return *text == '\0';
}

enum scalar_kind form_scalar_kind(const struct node *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const booleans[] = {"true", "True", "TRUE", "false", "False", "FALSE", NULL};
    if (!node->plain)
        return SCALAR_TEXT;
    if (is_one_of(node, nulls))
        return SCALAR_NULL;
    if (is_one_of(node, booleans))
        return SCALAR_BOOLEAN;
    return is_number(node->text) ? SCALAR_NUMBER : SCALAR_TEXT;
}

const char *form_kind_name(const struct node *node)
{
    static const char *const scalars[] = {
        [SCALAR_TEXT] = "a text",
        [SCALAR_NULL] = "nothing",
        [SCALAR_BOOLEAN] = "a boolean",
        [SCALAR_NUMBER] = "a number",
    };
    if (node->kind == NODE_SCALAR)
        return scalars[form_scalar_kind(node)];
    return node->kind == NODE_SEQUENCE ? "a list" : "a mapping";
}

const char *form_text(struct reader *reader, const struct node *node, const char *what)
{
    enum scalar_kind kind = node->kind == NODE_SCALAR ? form_scalar_kind(node) : SCALAR_NULL;
    if (kind == SCALAR_NULL) {
        complain(reader->problems, PROBLEM_WRONG_KIND, node->place, "%s is a text, not %s", what,
                 form_kind_name(node));
        return NULL;
    }
    if (kind != SCALAR_TEXT) {
        complain(reader->problems, PROBLEM_WRONG_KIND, node->place,
                 "%s is a text, not %s: put it in quotes", what, form_kind_name(node));
        return NULL;
    }
    if (strlen(node->text) != node->count) {
        complain(reader->problems, PROBLEM_INVALID_VALUE, node->place, "%s holds a NUL character",
                 what);
        return NULL;
    }
    return node->text;
}

const char *form_copy(struct reader *reader, const char *text)
{
    const char *copy = arena_strdup(reader->arena, text);
    if (!copy)
        reader->failed = true;
    return copy;
}

const char *form_join(struct reader *reader, const char *first, const char *second)
{
    size_t length = strlen(first), rest = strlen(second);
    char *copy = arena_alloc(reader->arena, length + rest + 1, 1);
    if (!copy) {
        reader->failed = true;
        return NULL;
    }
    memcpy(copy, first, length);
    memcpy(copy + length, second, rest);
    return copy;
}

bool form_keep(struct reader *reader, const char *text, void *slot)
{
    const char *copy = form_copy(reader, text);
    if (!copy)
        return false;
    memcpy(slot, &copy, sizeof(copy));
    return true;
}

bool form_is_word(const char *text, size_t length, const char *first, const char *rest, size_t most)
{
    if (length == 0 || length > most || !text[0] || !strchr(first, text[0]))
        return false;
    return strspn(text + 1, rest) >= length - 1;
}

bool form_is_type_name(const char *text, size_t length)
{
    return form_is_word(text, length, LOWER UPPER, LOWER UPPER DIGITS, 64);
}

static bool decode_version(struct reader *reader, const struct field *field,
                           const struct node *value, void *slot)
{
    if (value->kind != NODE_SCALAR || !value->plain || value->count == 0 ||
        strspn(value->text, DIGITS) != value->count) {
        complain(reader->problems, PROBLEM_WRONG_KIND, value->place,
                 "%s is a whole number without quotes: write version: 1", field->name);
        return false;
    }
    if (!node_is(value, "1")) {
        complain(reader->problems, PROBLEM_UNSUPPORTED_VERSION, value->place,
                 "version %s is not known: this certroll reads version 1",
                 complain_quote(reader->problems, value->text));
        return false;
    }
    *(int *)slot = 1;
    return true;
}

static bool decode_owner(struct reader *reader, const struct field *field, const struct node *value,
                         void *slot)
{
    const char *text = form_text(reader, value, field->name);
    if (!text)
        return false;
    if (!form_is_word(text, strlen(text), LOWER DIGITS, LOWER DIGITS "._-", OWNER_MOST)) {
        complain(reader->problems, PROBLEM_INVALID_VALUE, value->place,
                 "a manifest's name is at most 63 of a-z, 0-9, '.', '_' and '-', and begins with a "
                 "letter or digit");
        return false;
    }
    return form_keep(reader, text, slot);
}

bool form_is_entry_name(const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f ||
            ((unsigned char)name[i] == 0xc2 && ((unsigned char)name[i + 1] & 0xe0) == 0x80))
            return false;
    return length > 0 && length <= NAME_MOST;
}

static bool decode_name(struct reader *reader, const struct field *field, const struct node *value,
                        void *slot)
{
    const char *text = form_text(reader, value, field->name);
    if (!text)
        return false;
    if (!form_is_entry_name(text)) {
        complain(reader->problems, PROBLEM_INVALID_VALUE, value->place,
                 "a name has 1 to %d bytes and no control characters", NAME_MOST);
        return false;
    }
    return form_keep(reader, text, slot);
}

static bool decode_path(struct reader *reader, const struct field *field, const struct node *value,
                        void *slot)
{
    const char *text = form_text(reader, value, field->name);
    if (!text)
        return false;
    size_t length = strlen(text);
    if (length == 0 || text[length - 1] == '/') {
        complain(reader->problems, PROBLEM_INVALID_VALUE, value->place, "%s must name a file",
                 field->name);
        return false;
    }
    if (text[0] == '/')
        return form_keep(reader, text, slot);
    const char *resolved = form_join(reader, reader->folder, text);
    if (!resolved)
        return false;
    memcpy(slot, &resolved, sizeof(resolved));
    return true;
}

/* Hex digits, lower-cased into slot; 40 are taken where sha1 says so. */
static bool decode_digest(struct reader *reader, const struct node *value, const char *text,
                          bool sha1, void *slot)
{
    size_t length = strlen(text);
    if (strspn(text, DIGITS "abcdefABCDEF") != length ||
        (length != 64 && !(sha1 && length == 40))) {
        complain(reader->problems, PROBLEM_INVALID_VALUE, value->place,
                 sha1 ? "a fingerprint is 64 hex digits (SHA-256) or 40 (SHA-1 thumbprint), "
                        "without separators"
                      : "sha256 is 64 hex digits, without separators");
        return false;
    }
    char lower[DIGEST_TEXT_SIZE];
    for (size_t i = 0; i <= length; i++)
        lower[i] = (char)tolower((unsigned char)text[i]);
    return form_keep(reader, lower, slot);
}

static bool decode_fingerprint(struct reader *reader, const struct field *field,
                               const struct node *value, void *slot)
{
    const char *text = form_text(reader, value, field->name);
    return text && decode_digest(reader, value, text, true, slot);
}

static bool decode_pin(struct reader *reader, const struct field *field, const struct node *value,
                       void *slot)
{
    const char *text = form_text(reader, value, field->name);
    return text && decode_digest(reader, value, text, false, slot);
}

static bool decode_subject(struct reader *reader, const struct field *field,
                           const struct node *value, void *slot)
{
    const char *text = form_text(reader, value, field->name);
    if (!text)
        return false;
    if (!text[0]) {
        complain(reader->problems, PROBLEM_INVALID_VALUE, value->place, "%s must name something",
                 field->name);
        return false;
    }
    return form_keep(reader, text, slot);
}

static bool decode_scope(struct reader *reader, const struct field *field, const struct node *value,
                         void *slot)
{
    static const char *const scopes[] = {"local", "global"};
    const char *text = form_text(reader, value, field->name);
    if (!text)
        return false;
    struct suggestion suggestion = {text, NULL, 0};
    for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
        if (strcasecmp(text, scopes[i]) == 0) {
            memcpy(slot, &scopes[i], sizeof(scopes[i]));
            return true;
        }
    for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
        suggest_consider(&suggestion, scopes[i]);
    const char *quoted = complain_quote(reader->problems, text);
    if (suggestion.word)
        complain(reader->problems, PROBLEM_INVALID_VALUE, value->place,
                 "unknown scope %s, did you mean '%s'?", quoted, suggestion.word);
    else
        complain(reader->problems, PROBLEM_INVALID_VALUE, value->place,
                 "unknown scope %s: write local or global", quoted);
    return false;
}

/* Where only the offset, or seconds and offset, are missing, the date is shown with them. */
static const char *mended_date(struct reader *reader, const char *text)
{
    static const char *const tails[] = {"", ":00"};
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        char mended[QUOTE_MOST];
        instant at;
        int length = snprintf(mended, sizeof(mended), "%s%sZ", text, tails[i]);
        if (length < 0 || (size_t)length >= sizeof(mended) || instant_parse(mended, &at) != 0)
            continue;
        mended[10] = 'T';
        mended[length - 1] = '\0';
        return arena_printf(reader->arena, "has no offset from UTC: write %s+02:00, say, or %sZ",
                            mended, mended);
    }
    return NULL;
}

static bool decode_date(struct reader *reader, const struct field *field, const struct node *value,
                        void *slot)
{
    const char *text = form_text(reader, value, field->name);
    if (!text)
        return false;
    if (instant_parse(text, slot) == 0)
        return true;
    const char *quoted = complain_quote(reader->problems, text);
    const char *mended = mended_date(reader, text);
    int days = instant_month_without_day(text);
    if (days)
        complain(reader->problems, PROBLEM_INVALID_DATE, value->place,
                 "%s: there is no such day, this month has %d", quoted, days);
    else
        complain(reader->problems, PROBLEM_INVALID_DATE, value->place, "%s %s", quoted,
                 mended ? mended
                        : "is not a date that every host reads alike: write "
                          "2027-01-31T02:00:00+01:00, or 2027-01-31 for midnight UTC");
    return false;
}

static bool decode_boolean(struct reader *reader, const struct field *field,
                           const struct node *value, void *slot)
{
    static const char *const yes[] = {"yes", "y", "on", "true", "1", NULL};
    static const char *const no[] = {"no", "n", "off", "false", "0", NULL};
    if (value->kind == NODE_SCALAR && form_scalar_kind(value) == SCALAR_BOOLEAN) {
        *(bool *)slot = tolower((unsigned char)value->text[0]) == 't';
        return true;
    }
    const char *hint = "true or false";
    for (size_t i = 0; value->kind == NODE_SCALAR && yes[i]; i++) {
        if (strcasecmp(value->text, yes[i]) == 0)
            hint = "true";
        if (strcasecmp(value->text, no[i]) == 0)
            hint = "false";
    }
    complain(reader->problems, PROBLEM_WRONG_KIND, value->place,
             "%s is a boolean, not %s: write %s%s", field->name, form_kind_name(value), hint,
             value->kind == NODE_SCALAR && !value->plain ? ", without quotes" : "");
    return false;
}

const struct form_row forms[FORM_COUNT] = {
    [FORM_VERSION] = {decode_version, sizeof(int)},
    [FORM_OWNER] = {decode_owner, sizeof(char *)},
    [FORM_NAME] = {decode_name, sizeof(char *)},
    [FORM_PATH] = {decode_path, sizeof(char *)},
    [FORM_FINGERPRINT] = {decode_fingerprint, sizeof(char *)},
    [FORM_PIN] = {decode_pin, sizeof(char *)},
    [FORM_SUBJECT] = {decode_subject, sizeof(char *)},
    [FORM_PASSWORD] = {form_decode_password, sizeof(struct password_source)},
    [FORM_TYPES] = {form_decode_types, sizeof(struct word_list)},
    [FORM_SCOPE] = {decode_scope, sizeof(char *)},
    [FORM_DATE] = {decode_date, sizeof(instant)},
    [FORM_BOOLEAN] = {decode_boolean, sizeof(bool)},
    [FORM_CUSTOM_TYPES] = {form_decode_custom_types, sizeof(struct word_list)},
    [FORM_DEFAULTS] = {form_decode_defaults, sizeof(struct draft)},
    [FORM_CERTIFICATES] = {form_decode_certificates, sizeof(struct entry *)},
    [FORM_REPORT] = {form_decode_report, sizeof(struct report_wish)},
    [FORM_URLS] = {form_decode_urls, sizeof(struct word_list)},
    [FORM_ON] = {form_decode_on, sizeof(enum report_on)},
    [FORM_VARIABLE] = {form_decode_variable, sizeof(char *)},
    [FORM_CREDENTIAL] = {form_decode_credential, sizeof(char *)},
    [FORM_COMMAND] = {form_decode_command, sizeof(char **)},
};
