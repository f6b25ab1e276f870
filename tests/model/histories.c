/*
 * histories: makes the plans of histories, in memory, as fast as it can.
 *
 * Reads lines, one command each, and answers each plan with the store that it leaves:
 *
 *   history NAME                            begin: no certificates, files, manifests; empty stores
 *   certificate NAME NOT_BEFORE NOT_AFTER KEY
 *   file NAME CERTIFICATE key|bare          what a source gives now
 *   file NAME CERTIFICATE error CODE
 *   manifest NUMBER YAML                    on one line, for the program's own loader
 *   damage STORE object CERTIFICATE WORD    rights, public or key
 *   damage STORE slot SCOPE/TYPE
 *   clear STORE
 *   plan FROM TO AT OPTIONS NUMBER...       OPTIONS: words joined by commas, or -
 *   tell                                    from here on: actions and problems, for people
 *
 * NAME.. are words, STORE and NUMBER small numbers, instants seconds since 1970. Certificates that
 * nothing refers to are let go with each plan, unless an option says 'keep'.
 */
#include "history.h"

#include "base/digest.h"
#include "manifest/load.h"
#include "manifest/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void history_die(const char *what, const char *which)
{
    fflush(stdout);
    fprintf(stderr, "histories: %s: %s\n", what, which);
    exit(2);
}

static char *word(char **rest)
{
    char *found = strsep(rest, " ");
    if (!found)
        history_die("a line is too short", "");
    return found;
}

static long long number(const char *text)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end)
        history_die("not a number", text);
    return value;
}

static size_t below(const char *text, size_t limit)
{
    long long value = number(text);
    if (value < 0 || (size_t)value >= limit)
        history_die("too large a number", text);
    return (size_t)value;
}

static void begin(struct history *history)
{
    for (size_t i = 0; i < MANIFESTS_MOST; i++)
        manifests_done(&history->manifests[i]);
    arena_free(history->arena);
    bool tell = history->tell;
    struct secret *key = history->key;
    *history = (struct history){.arena = arena_new(), .tell = tell, .key = key};
    if (!history->arena)
        history_die("out of memory", "");
}

static void read_certificate(struct history *history, char *rest)
{
    if (history->certificate_count == CERTIFICATES_MOST)
        history_die("too many certificates", rest);
    struct named *named = &history->certificates[history->certificate_count++];
    struct certificate *certificate = &named->certificate;
    named->name = arena_strdup(history->arena, word(&rest));
    certificate->not_before = number(word(&rest));
    certificate->not_after = number(word(&rest));
    const char *key = word(&rest);
    digest_bytes(named->name, strlen(named->name), certificate->fingerprint);
    memcpy(certificate->thumbprint, certificate->fingerprint, sizeof(certificate->thumbprint) - 1);
    digest_bytes(key, strlen(key), certificate->key_id);
    certificate->subject = "CN=subject";
    certificate->issuer = "CN=issuer";
    certificate->serial = "01";
    certificate->key_algorithm = "EC P-256";
}

const struct named *history_named(const struct history *history, const char *name)
{
    for (size_t i = 0; i < history->certificate_count; i++)
        if (strcmp(history->certificates[i].name, name) == 0)
            return &history->certificates[i];
    history_die("no such certificate", name);
}

const char *history_name(const struct history *history, const char *fingerprint)
{
    for (size_t i = 0; i < history->certificate_count; i++)
        if (strcmp(history->certificates[i].certificate.fingerprint, fingerprint) == 0)
            return history->certificates[i].name;
    history_die("no such fingerprint", fingerprint);
}

struct file *history_file(struct history *history, const char *name)
{
    for (size_t i = 0; i < history->file_count; i++)
        if (strcmp(history->files[i].name, name) == 0)
            return &history->files[i];
    return NULL;
}

/* The record's digest stands for the bytes: the same certificate in another file, or without its
 * key, is another source. */
static void read_file(struct history *history, char *rest)
{
    const char *name = word(&rest), *certificate = word(&rest), *what = word(&rest);
    struct file *file = history_file(history, name);
    if (!file && history->file_count == FILES_MOST)
        history_die("too many files", name);
    if (!file)
        file = &history->files[history->file_count++];
    struct bundle *bundle = arena_alloc(history->arena, 1, sizeof(*bundle));
    if (!bundle)
        history_die("out of memory", "");
    bundle->certificate = history_named(history, certificate)->certificate;
    bundle->certificate.has_key = strcmp(what, "key") == 0;
    bundle->key_pem = bundle->certificate.has_key ? history->key : NULL;
    *file = (struct file){.name = arena_strdup(history->arena, name), .bundle = bundle};
    file->error = strcmp(what, "error") == 0 ? history_code(word(&rest)) : PROBLEM_CODE_COUNT;
    const struct digest_part parts[] = {digest_text(name), digest_text(certificate),
                                        digest_text(what)};
    digest_parts(parts, 3, file->digest);
}

/* The path that stands for a manifest in problems is its number. */
static void read_manifest(struct history *history, char *rest)
{
    const char *path = arena_strdup(history->arena, word(&rest));
    size_t at = below(path, MANIFESTS_MOST);
    struct secret *text = secret_copy(rest, strlen(rest));
    manifests_done(&history->manifests[at]);
    problems_init(&history->loading[at], history->arena);
    if (!text || manifests_load_text(path, text, history->arena, &history->loading[at],
                                     &history->manifests[at]) != 0)
        history_die("out of memory", "");
}

/* What is to be damaged may not be there: the two disagreed before. */
static void damage_slot(struct history *history, struct snapshot *store, char *type)
{
    const char *scope = strsep(&type, "/");
    const struct slot *slot = snapshot_slot(store, scope, type);
    struct slot *slots = arena_alloc(history->arena, store->slot_count, sizeof(*slots));
    if (!slots)
        history_die("out of memory", "");
    if (!slot)
        return;
    memcpy(slots, store->slots, store->slot_count * sizeof(*slots));
    slots[slot - store->slots].damaged = true;
    store->slots = slots;
}

static void damage_object(struct history *history, struct snapshot *store, const char *name,
                          const char *what)
{
    size_t count = store->certificate_count;
    const struct stored_certificate *stored =
        snapshot_certificate(store, history_named(history, name)->certificate.fingerprint);
    struct stored_certificate *copy = arena_alloc(history->arena, count, sizeof(*copy));
    if (!copy)
        history_die("out of memory", "");
    if (!stored)
        return;
    memcpy(copy, store->certificates, count * sizeof(*copy));
    copy[stored - store->certificates].damage |= strcmp(what, "key") == 0      ? DAMAGE_KEY
                                                 : strcmp(what, "public") == 0 ? DAMAGE_PUBLIC
                                                                               : DAMAGE_RIGHTS;
    store->certificates = copy;
}

static void damage(struct history *history, char *rest)
{
    struct snapshot *store = &history->stores[below(word(&rest), STORES_MOST)];
    if (strcmp(word(&rest), "slot") == 0) {
        damage_slot(history, store, word(&rest));
    } else {
        const char *name = word(&rest);
        damage_object(history, store, name, word(&rest));
    }
}

static void read_options(char *words, struct step *ret)
{
    struct {
        const char *word;
        bool *flag;
    } flags[] = {
        {"prune", &ret->options.prune},         {"allow_empty", &ret->options.allow_empty},
        {"take_over", &ret->options.take_over}, {"atomic", &ret->options.atomic},
        {"partial", &ret->options.partial},     {"keep", &ret->keep},
    };
    ret->options.horizon = 30;
    for (char *one = strcmp(words, "-") == 0 ? NULL : strsep(&words, ","); one;
         one = strsep(&words, ",")) {
        size_t i = 0;
        while (i < sizeof(flags) / sizeof(flags[0]) && strcmp(flags[i].word, one) != 0)
            i++;
        if (i == sizeof(flags) / sizeof(flags[0]))
            history_die("no such option", one);
        *flags[i].flag = true;
    }
}

/* What each manifest was loaded to, held against the others of this run: a copy, since that may
 * refuse it. */
static void gather_manifests(struct history *history, char *rest, struct step *ret)
{
    struct manifest *items = arena_alloc(history->arena, MANIFESTS_MOST, sizeof(*items));
    if (!items)
        history_die("out of memory", "");
    problems_init(&ret->problems, history->arena);
    while (rest && *rest) {
        size_t at = below(word(&rest), MANIFESTS_MOST);
        if (!history->manifests[at].count || ret->manifests.count == MANIFESTS_MOST)
            history_die("no such manifest", "");
        items[ret->manifests.count++] = history->manifests[at].items[0];
        problems_append(&ret->problems, &history->loading[at]);
    }
    ret->manifests.items = items;
    if (rules_check_manifests(&ret->manifests, &ret->problems) != 0)
        history_die("out of memory", "");
}

static void plan(struct history *history, char *rest)
{
    struct step step = {0};
    const struct snapshot *from = &history->stores[below(word(&rest), STORES_MOST)];
    struct snapshot *to = &history->stores[below(word(&rest), STORES_MOST)];
    step.at = number(word(&rest));
    read_options(word(&rest), &step);
    gather_manifests(history, rest, &step);
    *to = history_step(history, &step, from);
}

static void obey(struct history *history, char *line)
{
    char *rest = line;
    const char *verb = word(&rest);
    if (strcmp(verb, "history") == 0)
        begin(history);
    else if (strcmp(verb, "certificate") == 0)
        read_certificate(history, rest);
    else if (strcmp(verb, "file") == 0)
        read_file(history, rest);
    else if (strcmp(verb, "manifest") == 0)
        read_manifest(history, rest);
    else if (strcmp(verb, "damage") == 0)
        damage(history, rest);
    else if (strcmp(verb, "clear") == 0)
        history->stores[below(word(&rest), STORES_MOST)] = (struct snapshot){0};
    else if (strcmp(verb, "plan") == 0)
        plan(history, rest);
    else if (strcmp(verb, "tell") == 0)
        history->tell = true;
    else
        history_die("no such command", verb);
    if (strcmp(verb, "history") == 0)
        printf("history %s\n", rest);
}

int main(void)
{
    static struct history history; /* too large for the stack */
    char *line = NULL;
    size_t capacity = 0;
    history.key = secret_copy("key", 3);
    begin(&history);
    for (ssize_t length; (length = getline(&line, &capacity, stdin)) > 0;) {
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        obey(&history, line);
    }
    begin(&history);
    arena_free(history.arena);
    secret_free(history.key);
    free(line);
    return fflush(stdout) == 0 ? 0 : 2;
}
