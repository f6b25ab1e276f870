#include "manifest/rules.h"

#include "manifest/complain.h"
#include "manifest/forms.h"

#include <stdlib.h>
#include <string.h>

struct place rules_place(const struct draft *draft, enum entry_field field)
{
    const struct seen *seen = &draft->seen[field];
    return seen->key && !seen->merged ? seen->value->place : draft->entry.place;
}

static struct place key_place(const struct draft *draft, enum entry_field field)
{
    const struct seen *seen = &draft->seen[field];
    return seen->key && !seen->merged ? seen->key->place : draft->entry.place;
}

static bool has(const struct draft *draft, enum entry_field field)
{
    return draft->seen[field].key;
}

static void check_source(struct reader *reader, const struct draft *draft)
{
    static const enum entry_field of_paths[] = {ENTRY_PATH, ENTRY_KEY_PATH, ENTRY_CHAIN_PATH,
                                                ENTRY_PASSWORD, ENTRY_SUBJECT};
    if (!has(draft, ENTRY_PATH) && !has(draft, ENTRY_FINGERPRINT))
        complain(reader->problems, PROBLEM_MISSING_KEY, draft->entry.place,
                 "a certificate needs the key 'path' or 'fingerprint'");
    for (size_t i = 0; i < sizeof(of_paths) / sizeof(of_paths[0]); i++)
        if (has(draft, ENTRY_FINGERPRINT) && has(draft, of_paths[i]))
            complain(reader->problems, PROBLEM_CONFLICTING_KEYS, key_place(draft, of_paths[i]),
                     "'%s' has no use beside 'fingerprint': the store has the certificate",
                     fields_certificate.fields[of_paths[i]].name);
}

static void check_roll(struct reader *reader, const struct draft *draft)
{
    bool typeless =
        draft->types.count == 0 && (!has(draft, ENTRY_TYPE) || draft->seen[ENTRY_TYPE].valid);
    if (draft->entry.roll && !has(draft, ENTRY_EFFECTIVE_DATE))
        complain(reader->problems, PROBLEM_ROLL_NEEDS_DATE, key_place(draft, ENTRY_ROLL),
                 "roll needs effective_date, the instant of the hand-over");
    if (draft->entry.roll && typeless)
        complain(reader->problems, PROBLEM_TYPE_REQUIRED, key_place(draft, ENTRY_ROLL),
                 "roll needs a type, the job that is handed over");
    if (strcmp(draft->entry.scope, "global") == 0 && typeless)
        complain(reader->problems, PROBLEM_TYPE_REQUIRED, rules_place(draft, ENTRY_SCOPE),
                 "scope global needs a type");
}

void rules_check_entry(struct reader *reader, struct draft *draft)
{
    check_source(reader, draft);
    check_roll(reader, draft);
}

/* The file name without its last extension. */
static const char *stem_of(struct reader *reader, const char *path)
{
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    const char *dot = strrchr(file, '.');
    size_t length = dot && dot != file ? (size_t)(dot - file) : strlen(file);
    return arena_strndup(reader->arena, file, length);
}

void rules_name_entry(struct reader *reader, struct draft *draft)
{
    struct entry *entry = &draft->entry;
    bool implied = !has(draft, ENTRY_NAME) && (entry->path || entry->fingerprint);
    if (entry->name)
        return;
    if (implied)
        entry->name = entry->path ? stem_of(reader, entry->path)
                                  : arena_strndup(reader->arena, entry->fingerprint, 16);
    if (implied && entry->name && !form_is_entry_name(entry->name)) {
        complain(reader->problems, PROBLEM_INVALID_VALUE, rules_place(draft, ENTRY_PATH),
                 "the file name makes no good name for the entry: add the key 'name'");
        implied = false;
    }
    if (!implied)
        entry->name = arena_printf(reader->arena, "line %d", entry->place.line);
    if (!entry->name)
        reader->failed = true;
}

static bool is_sound(const struct draft *draft, enum entry_field field)
{
    return !has(draft, field) || draft->seen[field].valid;
}

struct trace rules_trace(const struct draft *draft)
{
    const struct entry *entry = &draft->entry;
    struct place name = rules_place(draft, ENTRY_NAME);
    return (struct trace){
        .name_at = {name.line, name.column},
        .type_places = draft->seen[ENTRY_TYPE].merged ? NULL : draft->types.places,
        .names = has(draft, ENTRY_NAME),
        .named = draft->seen[ENTRY_NAME].valid ||
                 (!has(draft, ENTRY_NAME) && (entry->path || entry->fingerprint)),
        .dated = is_sound(draft, ENTRY_SCOPE) && is_sound(draft, ENTRY_EFFECTIVE_DATE),
    };
}

/* The problems from this one on are about this entry. */
static void tell_of(struct reader *reader, const struct entry *entry, size_t from)
{
    for (size_t i = from; i < reader->problems->count; i++)
        reader->problems->items[i].certificate = entry->name;
}

static int by_name(const void *left, const void *right)
{
    const struct entry *a = *(const struct entry *const *)left;
    const struct entry *b = *(const struct entry *const *)right;
    int order = strcmp(a->name, b->name);
    return order ? order : (a > b) - (a < b);
}

static void refuse_name(struct reader *reader, const struct entry *first, const struct entry *entry)
{
    const struct trace *trace = &reader->outline.traces[entry - reader->outline.entries];
    size_t before = reader->problems->count;
    complain(reader->problems, PROBLEM_DUPLICATE_NAME,
             (struct place){entry->place.file, trace->name_at.line, trace->name_at.column},
             "the entry in line %d is named %s already%s", first->place.line,
             complain_quote(reader->problems, entry->name),
             trace->names ? "" : ": add the key 'name'");
    tell_of(reader, entry, before);
}

static void check_names(struct reader *reader)
{
    const struct outline *outline = &reader->outline;
    const struct entry **sorted =
        arena_alloc(reader->document->arena, outline->entry_count, sizeof(*sorted));
    size_t count = 0;
    reader->failed = reader->failed || !sorted;
    for (size_t i = 0; sorted && i < outline->entry_count; i++)
        if (outline->traces[i].named)
            sorted[count++] = &outline->entries[i];
    if (count)
        qsort(sorted, count, sizeof(*sorted), by_name);
    for (size_t i = 1, first = 0; i < count; i++) {
        if (strcmp(sorted[first]->name, sorted[i]->name) == 0)
            refuse_name(reader, sorted[first], sorted[i]);
        else
            first = i;
    }
}

/* One slot as one entry claims it. */
struct claim {
    const struct entry *entry;
    const char *type;
    instant from;
    struct place place;
};

/* Scopes are few, and mostly the very same text. */
static int compare_scopes(const char *left, const char *right)
{
    return left == right ? 0 : strcmp(left, right);
}

static int by_slot(const void *left, const void *right)
{
    const struct claim *a = left, *b = right;
    int order = compare_scopes(a->entry->scope, b->entry->scope);
    if (!order)
        order = strcmp(a->type, b->type);
    if (!order)
        order = (a->from > b->from) - (a->from < b->from);
    if (!order)
        order = (a->entry > b->entry) - (a->entry < b->entry);
    if (!order)
        order = a->place.line - b->place.line;
    return order ? order : a->place.column - b->place.column;
}

static bool same_claim(const struct claim *a, const struct claim *b)
{
    return a->from == b->from && compare_scopes(a->entry->scope, b->entry->scope) == 0 &&
           strcmp(a->type, b->type) == 0;
}

/* An entry whose scope or date could not be read claims from an instant of its own: it can only
 * be in its own way. */
static instant from_of(const struct outline *outline, size_t entry)
{
    return outline->traces[entry].dated ? outline->entries[entry].effective_date
                                        : INSTANT_MAX + 1 + (instant)entry;
}

static size_t collect_claims(const struct outline *outline, struct claim *claims)
{
    size_t count = 0;
    for (size_t i = 0; i < outline->entry_count; i++) {
        const struct entry *entry = &outline->entries[i];
        const struct place *places = outline->traces[i].type_places;
        for (size_t j = 0; j < entry->type_count; j++)
            claims[count++] = (struct claim){
                .entry = entry,
                .type = entry->types[j],
                .from = from_of(outline, i),
                .place = places ? places[j] : entry->place,
            };
    }
    return count;
}

static void refuse_claim(struct reader *reader, const struct claim *first,
                         const struct claim *claim)
{
    size_t before = reader->problems->count;
    if (first->entry == claim->entry)
        complain(reader->problems, PROBLEM_DUPLICATE_CLAIM, claim->place,
                 "%s stands in this entry twice", claim->type);
    else
        complain(reader->problems, PROBLEM_DUPLICATE_CLAIM, claim->place,
                 "%s in scope %s is claimed %s by the entry %s in line %d already", claim->type,
                 claim->entry->scope,
                 claim->from == INSTANT_NONE ? "without a date" : "from the same instant",
                 complain_quote(reader->problems, first->entry->name), first->place.line);
    tell_of(reader, claim->entry, before);
}

static void check_claims(struct reader *reader)
{
    const struct outline *outline = &reader->outline;
    size_t count = 0;
    for (size_t i = 0; i < outline->entry_count; i++)
        count += outline->entries[i].type_count;
    if (count > CLAIMS_MOST) {
        complain(reader->problems, PROBLEM_LIMIT_EXCEEDED,
                 (struct place){.file = reader->document->path}, "more than %d claims of slots",
                 CLAIMS_MOST);
        return;
    }
    struct claim *claims = arena_alloc(reader->document->arena, count, sizeof(*claims));
    if (!claims) {
        reader->failed = true;
        return;
    }
    if (collect_claims(outline, claims))
        qsort(claims, count, sizeof(*claims), by_slot);
    for (size_t i = 1, first = 0; i < count; i++) {
        if (same_claim(&claims[first], &claims[i]))
            refuse_claim(reader, &claims[first], &claims[i]);
        else
            first = i;
    }
}

void rules_check_manifest(struct reader *reader)
{
    if (!reader->failed) /* else a name may be missing */
        check_names(reader);
    if (!reader->failed)
        check_claims(reader);
}
