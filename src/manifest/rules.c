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

static bool has_own_name(const struct draft *draft)
{
    return draft->seen[ENTRY_NAME].valid ||
           (!has(draft, ENTRY_NAME) && (draft->entry.path || draft->entry.fingerprint));
}

/* The problems from this one on are about this entry. */
static void tell_of(struct reader *reader, const struct draft *draft, size_t from)
{
    for (size_t i = from; i < reader->problems->count; i++)
        reader->problems->items[i].certificate = draft->entry.name;
}

static int by_name(const void *left, const void *right)
{
    const struct draft *a = *(const struct draft *const *)left;
    const struct draft *b = *(const struct draft *const *)right;
    int order = strcmp(a->entry.name, b->entry.name);
    return order ? order : (a > b) - (a < b);
}

static void check_names(struct reader *reader)
{
    const struct outline *outline = &reader->outline;
    const struct draft **sorted =
        arena_alloc(reader->document->arena, outline->draft_count, sizeof(*sorted));
    size_t count = 0;
    reader->failed = reader->failed || !sorted;
    for (size_t i = 0; sorted && i < outline->draft_count; i++)
        if (has_own_name(&outline->drafts[i]))
            sorted[count++] = &outline->drafts[i];
    if (count)
        qsort(sorted, count, sizeof(*sorted), by_name);
    for (size_t i = 1, first = 0; i < count; i++) {
        const struct draft *draft = sorted[i];
        if (strcmp(sorted[first]->entry.name, draft->entry.name) != 0) {
            first = i;
            continue;
        }
        size_t before = reader->problems->count;
        complain(reader->problems, PROBLEM_DUPLICATE_NAME, rules_place(draft, ENTRY_NAME),
                 "the entry in line %d is named %s already%s", sorted[first]->entry.place.line,
                 complain_quote(reader->problems, draft->entry.name),
                 has(draft, ENTRY_NAME) ? "" : ": add the key 'name'");
        tell_of(reader, draft, before);
    }
}

/* One slot as one entry claims it. */
struct claim {
    const struct draft *draft;
    const char *scope;
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
    int order = compare_scopes(a->scope, b->scope);
    if (!order)
        order = strcmp(a->type, b->type);
    if (!order)
        order = (a->from > b->from) - (a->from < b->from);
    if (!order)
        order = (a->draft > b->draft) - (a->draft < b->draft);
    if (!order)
        order = a->place.line - b->place.line;
    return order ? order : a->place.column - b->place.column;
}

static bool same_claim(const struct claim *a, const struct claim *b)
{
    return a->from == b->from && compare_scopes(a->scope, b->scope) == 0 &&
           strcmp(a->type, b->type) == 0;
}

/* An entry whose scope or date could not be read claims from an instant of its own: it can only
 * be in its own way. */
static instant from_of(const struct outline *outline, const struct draft *draft)
{
    bool known = (!has(draft, ENTRY_SCOPE) || draft->seen[ENTRY_SCOPE].valid) &&
                 (!has(draft, ENTRY_EFFECTIVE_DATE) || draft->seen[ENTRY_EFFECTIVE_DATE].valid);
    return known ? draft->entry.effective_date : INSTANT_MAX + 1 + (draft - outline->drafts);
}

static size_t collect_claims(const struct outline *outline, struct claim *claims)
{
    size_t count = 0;
    for (size_t i = 0; i < outline->draft_count; i++) {
        const struct draft *draft = &outline->drafts[i];
        bool own = !draft->seen[ENTRY_TYPE].merged;
        for (size_t j = 0; j < draft->types.count; j++)
            claims[count++] = (struct claim){
                .draft = draft,
                .scope = draft->entry.scope,
                .type = draft->types.words[j],
                .from = from_of(outline, draft),
                .place = own ? draft->types.places[j] : draft->entry.place,
            };
    }
    return count;
}

static void refuse_claim(struct reader *reader, const struct claim *first,
                         const struct claim *claim)
{
    size_t before = reader->problems->count;
    if (first->draft == claim->draft)
        complain(reader->problems, PROBLEM_DUPLICATE_CLAIM, claim->place,
                 "%s stands in this entry twice", claim->type);
    else
        complain(reader->problems, PROBLEM_DUPLICATE_CLAIM, claim->place,
                 "%s in scope %s is claimed %s by the entry %s in line %d already", claim->type,
                 claim->draft->entry.scope,
                 claim->from == INSTANT_NONE ? "without a date" : "from the same instant",
                 complain_quote(reader->problems, first->draft->entry.name), first->place.line);
    tell_of(reader, claim->draft, before);
}

static void check_claims(struct reader *reader)
{
    const struct outline *outline = &reader->outline;
    size_t count = 0;
    for (size_t i = 0; i < outline->draft_count; i++)
        count += outline->drafts[i].types.count;
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
