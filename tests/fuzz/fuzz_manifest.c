/*
 * A manifest, its bytes as they are -> plain data and problems. One that ends in a comment as in
 * '#fail 12' is loaded once more, and then the 12th allocation fails.
 */
#include "fuzz.h"

#include "manifest/excerpt.h"
#include "manifest/fields.h"
#include "manifest/load.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
    const char *at;
    size_t size;
};

static const char path[] = "m.yaml";

/* At least as many as there are: CR LF counts twice. */
static size_t count_lines(struct bytes text)
{
    static const char breaks[][4] = {"\r", "\n", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
    size_t count = 1;
    for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
        const char *at = text.at, *end = text.at + text.size, *found;
        size_t size = strlen(breaks[i]);
        while (at < end && (found = memmem(at, (size_t)(end - at), breaks[i], size)) != NULL) {
            count++;
            at = found + size;
        }
    }
    return count;
}

/* Of YAML that is broken nothing is shown but the keys that certroll knows. */
static void check_broken_excerpt(const char *excerpt)
{
    for (const char *at = excerpt; *at;) {
        size_t length = 0;
        while (isalnum((unsigned char)at[length]) || at[length] == '_')
            length++;
        if (length > 0)
            FUZZ_CHECK(fields_know(at, length) && at[length] == ':');
        else
            FUZZ_CHECK(strchr(" \t-{[*:", *at));
        at += length > 0 ? length : 1;
    }
}

/* Reading ends with any error of syntax but that of an alias, which its message tells. */
static bool is_broken(const struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        if (problems->items[i].code == PROBLEM_YAML_SYNTAX &&
            !strstr(problems->items[i].message, "alias"))
            return true;
    return false;
}

static void check_places(const struct problems *problems, struct bytes text, bool may_fail)
{
    size_t lines = count_lines(text);
    bool broken = !may_fail && is_broken(problems); /* a message may be missing */
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        FUZZ_CHECK(problem->place.file && strcmp(problem->place.file, path) == 0);
        FUZZ_CHECK(problem->place.line >= 0 && (size_t)problem->place.line <= lines + 1);
        FUZZ_CHECK(problem->place.column >= 0 && (size_t)problem->place.column <= text.size + 1);
        if (!problem->excerpt)
            continue;
        FUZZ_CHECK(problem->place.line > 0);
        FUZZ_CHECK(strlen(problem->excerpt) <= 4 * EXCERPT_MOST);
        if (broken)
            check_broken_excerpt(problem->excerpt);
    }
}

static size_t count_of(struct bytes text, const void *part, size_t size)
{
    const char *at = text.at, *end = text.at + text.size, *found;
    size_t count = 0;
    while (at < end && (found = memmem(at, (size_t)(end - at), part, size)) != NULL) {
        count++;
        at = found + 1;
    }
    return count;
}

/* A password that stands in the file once, and not in other words (an escape, an alias), stands
 * nowhere else. */
static void check_secrecy(const struct password_source *password, const struct problems *problems,
                          struct bytes text)
{
    const unsigned char *bytes = secret_peek(password->text);
    size_t size = secret_size(password->text);
    if (size < 6 || memchr(text.at, '\\', text.size) || memchr(text.at, '*', text.size) ||
        count_of(text, bytes, size) != 1)
        return;
    fuzz_check_nowhere(problems, bytes, size);
}

static void check_password(const struct password_source *password)
{
    switch (password->kind) {
    case PASSWORD_NONE:
        break;
    case PASSWORD_TEXT:
        FUZZ_CHECK(password->text);
        break;
    case PASSWORD_COMMAND:
        FUZZ_CHECK(password->command && password->command[0] && password->command[0][0]);
        break;
    default:
        FUZZ_CHECK(password->name && password->name[0]);
    }
}

static void check_entry(const struct entry *entry)
{
    FUZZ_CHECK(entry->name && entry->name[0]);
    FUZZ_CHECK(!entry->path != !entry->fingerprint);
    FUZZ_CHECK(!entry->path || entry->path[0]);
    FUZZ_CHECK(!entry->fingerprint || fuzz_is_hex(entry->fingerprint, 64) ||
               fuzz_is_hex(entry->fingerprint, 40));
    FUZZ_CHECK(!entry->sha256 || fuzz_is_hex(entry->sha256, 64));
    FUZZ_CHECK(entry->scope);
    FUZZ_CHECK(strcmp(entry->scope, "local") == 0 ||
               (strcmp(entry->scope, "global") == 0 && entry->type_count > 0));
    FUZZ_CHECK(!entry->roll || (entry->effective_date != INSTANT_NONE && entry->type_count > 0));
    for (size_t i = 0; i < entry->type_count; i++)
        FUZZ_CHECK(entry->types[i] && entry->types[i][0]);
    check_password(&entry->password);
}

static void check_manifest(const struct manifest *manifest, const struct problems *problems)
{
    FUZZ_CHECK(manifest->broken == (problems->errors > 0));
    FUZZ_CHECK(fuzz_is_hex(manifest->sha256, 64));
    if (manifest->broken)
        return;
    FUZZ_CHECK(manifest->name && manifest->name[0]);
    for (size_t i = 0; i < manifest->entry_count; i++)
        check_entry(&manifest->entries[i]);
}

/* 0: none. */
static size_t failing_allocation(struct bytes text)
{
    static const char word[] = "#fail ";
    char digits[8] = "";
    const char *comment = memrchr(text.at, '#', text.size);
    size_t size = comment ? (size_t)(text.at + text.size - comment) : 0;
    if (size < sizeof(word) || size - strlen(word) >= sizeof(digits) ||
        memcmp(comment, word, strlen(word)) != 0)
        return 0;
    memcpy(digits, comment + strlen(word), size - strlen(word));
    return strtoul(digits, NULL, 10);
}

static void load(struct bytes text, size_t failing)
{
    struct problems problems;
    struct manifests manifests;
    struct arena *arena = arena_new();
    struct secret *file = secret_copy(text.at, text.size);
    problems_init(&problems, arena);
    fuzz_fail_allocation(failing);
    int result = manifests_load_text(path, file, arena, &problems, &manifests);
    fuzz_fail_allocation(0);
    fuzz_check_problems(&problems, failing > 0);
    check_places(&problems, text, failing > 0);
    FUZZ_CHECK(result == 0 || (result == -1 && failing > 0));
    if (result == 0) {
        FUZZ_CHECK(manifests.count == 1);
        check_manifest(&manifests.items[0], &problems);
        for (size_t i = 0; i < manifests.items[0].entry_count; i++)
            check_secrecy(&manifests.items[0].entries[i].password, &problems, text);
        manifests_done(&manifests);
    }
    arena_free(arena);
    FUZZ_CHECK(fuzz_live_secrets() == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = {(const char *)data, size};
    size_t failing = failing_allocation(text);
    load(text, 0);
    if (failing > 0)
        load(text, failing);
    return 0;
}
