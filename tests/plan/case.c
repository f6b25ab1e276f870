#include "case.h"

#include "base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A slot while it is read: its queue grows with each line. */
struct reading {
    struct plan_case *plan_case;
    const char *path;
    int line;
    struct stored_certificate certificates[64];
    struct slot slots[64];
    struct claim queues[64][8];
    struct holding holdings[64];
    struct source_record sources[64];
    bool unknown[64]; /* the store has lost sight of that certificate */
    size_t certificate_count, slot_count, holding_count, source_count;
};

static _Noreturn void malformed(const struct reading *reading, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", reading->path, reading->line, what);
    exit(2);
}

const char *case_name(const struct plan_case *plan_case, const char *fingerprint)
{
    for (size_t i = 0; fingerprint && i < plan_case->certificate_count; i++)
        if (strcmp(plan_case->certificates[i].certificate.fingerprint, fingerprint) == 0)
            return plan_case->certificates[i].name;
    return "-";
}

const struct named_certificate *case_certificate(const struct plan_case *plan_case,
                                                 const char *name)
{
    for (size_t i = 0; i < plan_case->certificate_count; i++)
        if (strcmp(plan_case->certificates[i].name, name) == 0)
            return &plan_case->certificates[i];
    return NULL;
}

struct source_record case_record(const struct named_certificate *named, const char *owner)
{
    const struct certificate *certificate = &named->certificate;
    struct source_record record = {
        .owner = owner,
        .fingerprint = certificate->fingerprint,
        .not_after = certificate->not_after,
        .has_key = certificate->has_key,
        .has_chain = !(certificate->findings & FINDING_INCOMPLETE_CHAIN),
    };
    const struct digest_part parts[] = {
        {named->name, strlen(named->name)},
        {certificate->chain_digest, strlen(certificate->chain_digest)},
    };
    digest_parts(parts, 2, record.digest);
    if (named->sight)
        digest_bytes(named->sight, strlen(named->sight), record.sight);
    return record;
}

static instant date(const struct reading *reading, const char *text)
{
    instant at;
    if (!text || instant_parse(text, &at) != 0)
        malformed(reading, "a date was expected");
    return at;
}

static const char *value(const char *word, const char *key)
{
    size_t length = strlen(key);
    return strncmp(word, key, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

static void read_dns(struct plan_case *plan_case, struct certificate *certificate, const char *list)
{
    const char **names = arena_alloc(plan_case->arena, 16, sizeof(*names));
    char *rest = arena_strdup(plan_case->arena, list);
    for (char *name; (name = strsep(&rest, ",")) != NULL;)
        names[certificate->dns_name_count++] = name;
    certificate->dns_names = names;
}

/* Another file with the same certificate. */
static void read_same(const struct reading *reading, struct certificate *certificate,
                      const char *name)
{
    const struct named_certificate *other = case_certificate(reading->plan_case, name);
    if (!other)
        malformed(reading, "a certificate listed above was expected");
    memcpy(certificate->fingerprint, other->certificate.fingerprint, DIGEST_TEXT_SIZE);
    memcpy(certificate->thumbprint, other->certificate.thumbprint, THUMBPRINT_TEXT_SIZE);
    memcpy(certificate->key_id, other->certificate.key_id, DIGEST_TEXT_SIZE);
    certificate->subject = other->certificate.subject;
}

static void read_certificate_word(struct reading *reading, struct named_certificate *named,
                                  const char *word)
{
    static const struct {
        const char *word;
        enum finding finding;
    } findings[] = {
        {"incomplete_chain", FINDING_INCOMPLETE_CHAIN}, {"weak_key", FINDING_WEAK_KEY},
        {"weak_signature", FINDING_WEAK_SIGNATURE},     {"no_server_auth", FINDING_NO_SERVER_AUTH},
        {"explicit_curve", FINDING_EXPLICIT_CURVE},     {"false_issuer", FINDING_FALSE_ISSUER},
    };
    struct certificate *certificate = &named->certificate;
    for (size_t i = 0; i < sizeof(findings) / sizeof(*findings); i++)
        if (strcmp(word, findings[i].word) == 0) {
            certificate->findings |= findings[i].finding;
            return;
        }
    if (value(word, "dns"))
        read_dns(reading->plan_case, certificate, value(word, "dns"));
    else if (value(word, "key"))
        digest_bytes(value(word, "key"), strlen(value(word, "key")), certificate->key_id);
    else if (value(word, "chain"))
        digest_bytes(value(word, "chain"), strlen(value(word, "chain")), certificate->chain_digest);
    else if (value(word, "as"))
        read_same(reading, certificate, value(word, "as"));
    else if (value(word, "error"))
        named->error = value(word, "error");
    else if (value(word, "key-note"))
        named->key_note = value(word, "key-note");
    else if (value(word, "sight"))
        named->sight = value(word, "sight");
    else if (strcmp(word, "no-key") == 0)
        certificate->has_key = false;
    else
        malformed(reading, "an unknown word about a certificate");
}

static char *next_word(char **rest)
{
    char *word;
    do
        word = strsep(rest, " \t");
    while (word && !*word);
    return word;
}

static void read_certificate(struct reading *reading, char *line)
{
    struct plan_case *plan_case = reading->plan_case;
    struct named_certificate *named = &plan_case->certificates[plan_case->certificate_count++];
    struct certificate *certificate = &named->certificate;
    named->name = next_word(&line);
    digest_bytes(named->name, strlen(named->name), certificate->fingerprint);
    memcpy(certificate->thumbprint, certificate->fingerprint, sizeof(certificate->thumbprint) - 1);
    memcpy(certificate->key_id, certificate->fingerprint, sizeof(certificate->key_id));
    certificate->subject = arena_printf(plan_case->arena, "CN=%s", named->name);
    certificate->issuer = "CN=Issuer";
    certificate->serial = "01";
    certificate->key_algorithm = "EC P-256";
    certificate->has_key = true;
    certificate->not_before = date(reading, next_word(&line));
    certificate->not_after = date(reading, next_word(&line));
    for (char *word; (word = next_word(&line)) != NULL;)
        read_certificate_word(reading, named, word);
}

/* Whatever a slot or a holding names is in the store. */
static struct stored_certificate *store(struct reading *reading, const char *name)
{
    const struct named_certificate *named =
        name ? case_certificate(reading->plan_case, name) : NULL;
    if (!named)
        malformed(reading, "a certificate that [certificates] lists was expected");
    for (size_t i = 0; i < reading->certificate_count; i++)
        if (strcmp(reading->certificates[i].certificate.fingerprint,
                   named->certificate.fingerprint) == 0)
            return &reading->certificates[i];
    struct stored_certificate *stored = &reading->certificates[reading->certificate_count++];
    *stored = (struct stored_certificate){.certificate = named->certificate};
    return stored;
}

static struct claim read_claim(struct reading *reading, char *rest)
{
    struct stored_certificate *stored = store(reading, next_word(&rest));
    const char *name = case_name(reading->plan_case, stored->certificate.fingerprint);
    struct claim claim = {
        .fingerprint = stored->certificate.fingerprint,
        .entry = arena_strndup(reading->plan_case->arena, name, strcspn(name, ".")),
        .effective_date = INSTANT_NONE,
    };
    for (char *word; (word = next_word(&rest)) != NULL;) {
        if (value(word, "date"))
            claim.effective_date = date(reading, value(word, "date"));
        else if (value(word, "entry"))
            claim.entry = strcmp(word, "entry=?") == 0 ? NULL : value(word, "entry");
        else if (strcmp(word, "roll") == 0)
            claim.roll = true;
        else if (strcmp(word, "exportable") == 0)
            claim.exportable = stored->exportable = true;
        else
            malformed(reading, "an unknown word about a claim");
    }
    return claim;
}

/* "?" is one that nobody knows. */
static const char *read_owner(const char *word)
{
    return word && strcmp(word, "?") == 0 ? OWNER_UNKNOWN : word;
}

static void read_slot(struct reading *reading, char *rest)
{
    struct slot *slot = &reading->slots[reading->slot_count++];
    char *name = next_word(&rest);
    char *slash = name ? strchr(name, '/') : NULL;
    if (!slash)
        malformed(reading, "SCOPE/TYPE was expected");
    *slash = '\0';
    *slot = (struct slot){.scope = name, .type = slash + 1, .owner = read_owner(next_word(&rest))};
    slot->next = reading->queues[reading->slot_count - 1];
    slot->damaged = rest && strstr(rest, "damaged");
}

/* One cannot lose what one never had. */
static void lose_key(struct stored_certificate *stored)
{
    stored->damage |= DAMAGE_KEY;
    stored->certificate.has_key = true;
}

static void read_object(struct reading *reading, char *rest)
{
    struct stored_certificate *stored = store(reading, next_word(&rest));
    for (char *word; (word = next_word(&rest)) != NULL;) {
        if (strcmp(word, "lost-key") == 0)
            lose_key(stored);
        else if (strcmp(word, "changed") == 0)
            stored->damage |= DAMAGE_PUBLIC;
        else if (strcmp(word, "wrong-rights") == 0)
            stored->damage |= DAMAGE_RIGHTS;
        else if (strcmp(word, "exportable") == 0)
            stored->exportable = true;
        else if (strcmp(word, "no-key") == 0)
            stored->certificate.has_key = false;
        else if (strcmp(word, "unknown") == 0)
            reading->unknown[stored - reading->certificates] = true;
        else if (strcmp(word, "incomplete_chain") == 0)
            stored->certificate.findings |= FINDING_INCOMPLETE_CHAIN;
        else if (value(word, "chain"))
            digest_bytes(value(word, "chain"), strlen(value(word, "chain")),
                         stored->certificate.chain_digest);
        else
            malformed(reading, "an unknown word about an object");
    }
}

static void read_holding(struct reading *reading, char *rest)
{
    struct holding *holding = &reading->holdings[reading->holding_count++];
    holding->owner = read_owner(next_word(&rest));
    holding->entry = next_word(&rest);
    holding->fingerprint = store(reading, next_word(&rest))->certificate.fingerprint;
    holding->exportable = rest && strstr(rest, "exportable");
}

/* What an owner remembers of a file, where that is not what the file is now. */
static void read_source(struct reading *reading, char *rest)
{
    char *owner = next_word(&rest), *name = next_word(&rest);
    const struct named_certificate *named =
        name ? case_certificate(reading->plan_case, name) : NULL;
    if (!named)
        malformed(reading, "a certificate that [certificates] lists was expected");
    struct source_record *record = &reading->sources[reading->source_count++];
    *record = case_record(named, owner);
    record->sight[0] = '\0';
    for (char *word; (word = next_word(&rest)) != NULL;) {
        if (value(word, "sight"))
            digest_bytes(value(word, "sight"), strlen(value(word, "sight")), record->sight);
        else if (value(word, "of"))
            record->fingerprint = store(reading, value(word, "of"))->certificate.fingerprint;
        else if (strcmp(word, "undated") == 0)
            record->not_after = INSTANT_NONE;
        else if (strcmp(word, "whole") == 0)
            record->has_key = record->has_chain = true;
        else
            malformed(reading, "an unknown word about a source");
    }
}

static void read_store(struct reading *reading, char *line)
{
    char *rest = line, *word = next_word(&rest);
    struct slot *slot = reading->slot_count ? &reading->slots[reading->slot_count - 1] : NULL;
    if (strcmp(word, "slot") == 0)
        read_slot(reading, rest);
    else if (strcmp(word, "object") == 0)
        read_object(reading, rest);
    else if (strcmp(word, "holding") == 0)
        read_holding(reading, rest);
    else if (strcmp(word, "source") == 0)
        read_source(reading, rest);
    else if (slot && strcmp(word, "current") == 0)
        slot->current = read_claim(reading, rest);
    else if (slot && strcmp(word, "previous") == 0)
        slot->previous = read_claim(reading, rest);
    else if (slot && strcmp(word, "next") == 0)
        reading->queues[slot - reading->slots][slot->next_count++] = read_claim(reading, rest);
    else
        malformed(reading, "an unknown word about the store");
}

static void read_option(struct reading *reading, const char *word)
{
    struct plan_options *options = &reading->plan_case->options;
    const struct {
        const char *word;
        bool *flag;
    } flags[] = {
        {"prune", &options->prune},         {"allow_empty", &options->allow_empty},
        {"take_over", &options->take_over}, {"atomic", &options->atomic},
        {"partial", &options->partial},     {"unsettled", &reading->plan_case->unsettled},
    };
    for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
        if (strcmp(word, flags[i].word) == 0) {
            *flags[i].flag = true;
            return;
        }
    if (!value(word, "horizon"))
        malformed(reading, "an unknown option");
    options->horizon = (int)strtol(value(word, "horizon"), NULL, 10);
}

static FILE *begin_manifest(struct reading *reading, const char *folder, const char *name)
{
    struct plan_case *plan_case = reading->plan_case;
    const char *path =
        arena_printf(plan_case->arena, "%s/%.*s", folder, (int)strcspn(name, "]"), name);
    FILE *file = fopen(path, "w");
    if (!file)
        malformed(reading, "the manifest cannot be written");
    plan_case->manifest_paths[plan_case->manifest_count++] = path;
    return file;
}

static void read_line(struct reading *reading, const char *section, char *line)
{
    struct plan_case *plan_case = reading->plan_case;
    char *copy = arena_strdup(plan_case->arena, line);
    if (strcmp(section, "at") == 0)
        plan_case->at = date(reading, copy);
    else if (strcmp(section, "nights") == 0)
        plan_case->nights[plan_case->night_count++] = date(reading, copy);
    else if (strcmp(section, "options") == 0)
        for (char *word; (word = next_word(&copy)) != NULL;)
            read_option(reading, word);
    else if (strcmp(section, "certificates") == 0)
        read_certificate(reading, copy);
    else if (strcmp(section, "store") == 0)
        read_store(reading, copy);
    else if (strcmp(section, "expect") == 0)
        text_printf(&plan_case->expect, "%s\n", line);
    else if (strcmp(section, "says") == 0)
        text_printf(&plan_case->says, "%s\n", line);
    else if (strcmp(section, "after") == 0)
        text_printf(&plan_case->after, "%s\n", line);
    else if (strcmp(section, "summary") == 0)
        text_printf(&plan_case->summary, "%s\n", line);
    else
        malformed(reading, "an unknown section");
}

static int by_fingerprint(const void *left, const void *right)
{
    const struct stored_certificate *a = left, *b = right;
    return strcmp(a->certificate.fingerprint, b->certificate.fingerprint);
}

static int by_name(const void *left, const void *right)
{
    const struct slot *a = left, *b = right;
    int order = strcmp(a->scope, b->scope);
    return order ? order : strcmp(a->type, b->type);
}

static int by_owner(const void *left, const void *right)
{
    const struct holding *a = left, *b = right;
    int order = strcmp(a->owner, b->owner);
    return order ? order : strcmp(a->entry, b->entry);
}

static int by_digest(const void *left, const void *right)
{
    const struct source_record *a = left, *b = right;
    int order = strcmp(a->digest, b->digest);
    return order ? order : strcmp(a->owner, b->owner);
}

/* Every owner has read, in earlier runs, the source of whatever the store has of it. */
static void remember(const struct reading *reading, const char *owner, const char *fingerprint,
                     struct source_record *records, size_t *count)
{
    for (size_t i = 0; fingerprint && i < reading->certificate_count; i++) {
        const struct certificate *certificate = &reading->certificates[i].certificate;
        if (strcmp(certificate->fingerprint, fingerprint) != 0)
            continue;
        struct named_certificate named =
            *case_certificate(reading->plan_case, case_name(reading->plan_case, fingerprint));
        named.certificate = *certificate; /* with the store's chain */
        named.sight = NULL;
        struct source_record record = case_record(&named, owner);
        record.fingerprint = certificate->fingerprint;
        for (size_t r = 0; r < *count; r++)
            if (by_digest(&records[r], &record) == 0)
                return;
        records[(*count)++] = record;
    }
}

static void remember_sources(struct reading *reading, struct snapshot *snapshot)
{
    size_t count = reading->source_count;
    size_t most = reading->slot_count * 10 + reading->holding_count + count;
    struct source_record *records = arena_alloc(reading->plan_case->arena, most, sizeof(*records));
    if (!records)
        malformed(reading, "out of memory");
    memcpy(records, reading->sources, count * sizeof(*records));
    for (size_t i = 0; i < reading->slot_count; i++) {
        const struct slot *slot = &reading->slots[i];
        remember(reading, slot->owner, slot->current.fingerprint, records, &count);
        remember(reading, slot->owner, slot->previous.fingerprint, records, &count);
        for (size_t n = 0; n < slot->next_count; n++)
            remember(reading, slot->owner, slot->next[n].fingerprint, records, &count);
    }
    for (size_t i = 0; i < reading->holding_count; i++)
        remember(reading, reading->holdings[i].owner, reading->holdings[i].fingerprint, records,
                 &count);
    qsort(records, count, sizeof(*records), by_digest);
    snapshot->sources = records;
    snapshot->source_count = count;
}

/* The claims keep pointing at the reading's certificates by fingerprint text, so these are copied
 * only after everything was read. */
static void finish(struct reading *reading)
{
    struct snapshot *snapshot = &reading->plan_case->snapshot;
    struct stored_certificate *sorted = arena_alloc(
        reading->plan_case->arena, reading->certificate_count, sizeof(*reading->certificates));
    if (!sorted)
        malformed(reading, "out of memory");
    size_t count = 0;
    for (size_t i = 0; i < reading->certificate_count; i++)
        if (!reading->unknown[i])
            sorted[count++] = reading->certificates[i];
    qsort(sorted, count, sizeof(*sorted), by_fingerprint);
    qsort(reading->slots, reading->slot_count, sizeof(*reading->slots), by_name);
    qsort(reading->holdings, reading->holding_count, sizeof(*reading->holdings), by_owner);
    *snapshot = (struct snapshot){
        .generation = reading->certificate_count ? 1 : 0,
        .certificates = sorted,
        .certificate_count = count,
        .slots = reading->slots,
        .slot_count = reading->slot_count,
        .holdings = reading->holdings,
        .holding_count = reading->holding_count,
    };
    remember_sources(reading, snapshot);
}

void case_read(const char *path, const char *folder, struct arena *arena, struct plan_case *ret)
{
    struct reading *reading = arena_alloc(arena, 1, sizeof(*reading));
    FILE *file = fopen(path, "r"), *manifest = NULL;
    char *line = NULL, section[64] = "";
    size_t capacity = 0;
    ret->arena = arena;
    ret->options.horizon = 30;
    if (!reading || !file)
        exit(2);
    reading->plan_case = ret;
    reading->path = path;
    for (ssize_t length; (length = getline(&line, &capacity, file)) >= 0;) {
        reading->line++;
        if (sscanf(line, "[%63[^]]]", section) == 1) {
            if (manifest)
                fclose(manifest);
            manifest = strncmp(section, "manifest ", 9) == 0
                           ? begin_manifest(reading, folder, section + 9)
                           : NULL;
            continue;
        }
        if (manifest) {
            fputs(line, manifest);
            continue;
        }
        line[strcspn(line, "\n")] = '\0';
        if (line[0] && line[0] != '#')
            read_line(reading, section, line);
    }
    if (manifest)
        fclose(manifest);
    fclose(file);
    free(line);
    finish(reading);
}
