#include "manifest/complain.h"
#include "manifest/forms.h"
#include "manifest/rules.h"

#include <string.h>

bool form_decode_defaults(struct reader *reader, const struct field *field,
                          const struct node *value, void *slot)
{
    struct draft *defaults = slot;
    (void)field;
    return fields_read(reader, value, &fields_certificate, true, defaults, defaults->seen);
}

/* What the entry does not say is as in `defaults`. A field that is wrong there counts as being
 * there, so that nothing is said about it again. */
static void inherit(const struct reader *reader, struct draft *draft)
{
    const struct draft *defaults = &reader->outline.defaults;
    for (size_t i = 0; i < fields_certificate.count; i++) {
        const struct field *field = &fields_certificate.fields[i];
        if (draft->seen[i].key || !defaults->seen[i].key ||
            (i == ENTRY_PASSWORD && draft->seen[ENTRY_FINGERPRINT].key))
            continue;
        draft->seen[i] = defaults->seen[i];
        draft->seen[i].merged = true;
        if (defaults->seen[i].valid)
            memcpy((char *)draft + field->offset, (const char *)defaults + field->offset,
                   forms[field->form].size);
    }
}

static void read_entry(struct reader *reader, const struct node *node, struct entry *ret,
                       struct trace *ret_trace)
{
    size_t before = reader->problems->count;
    struct draft draft = {.entry = {.place = node->place, .scope = "local"}};
    draft.entry.effective_date = INSTANT_NONE;
    if (fields_read(reader, node, &fields_certificate, false, &draft, draft.seen)) {
        inherit(reader, &draft);
        rules_check_entry(reader, &draft);
    }
    rules_name_entry(reader, &draft);
    draft.entry.types = draft.types.words;
    draft.entry.type_count = draft.types.count;
    draft.entry.type_place = rules_place(&draft, ENTRY_TYPE);
    for (size_t i = before; i < reader->problems->count; i++)
        reader->problems->items[i].certificate = draft.entry.name;
    *ret = draft.entry;
    *ret_trace = rules_trace(&draft);
}

bool form_decode_certificates(struct reader *reader, const struct field *field,
                              const struct node *value, void *slot)
{
    if (value->kind != NODE_SEQUENCE) {
        complain(reader->problems, PROBLEM_WRONG_KIND, value->place,
                 "%s is a list, not %s: write certificates: [] for none", field->name,
                 form_kind_name(value));
        return false;
    }
    struct entry *entries = arena_alloc(reader->arena, value->count, sizeof(*entries));
    struct trace *traces = arena_alloc(reader->document->arena, value->count, sizeof(*traces));
    if (!entries || !traces) {
        reader->failed = true;
        return false;
    }
    for (size_t i = 0; i < value->count; i++)
        read_entry(reader, value->items[i], &entries[i], &traces[i]);
    memcpy(slot, &entries, sizeof(entries));
    reader->outline.traces = traces;
    reader->outline.entry_count = value->count;
    return true;
}

bool form_decode_report(struct reader *reader, const struct field *field, const struct node *value,
                        void *slot)
{
    struct seen seen[FIELDS_MOST] = {0};
    (void)field;
    return fields_read(reader, value, &fields_report, false, slot, seen);
}

/* A broken document, or one of another version: only whose it is. */
static void read_name(struct reader *reader, const struct node *root)
{
    struct problems unheard;
    struct reader quiet = *reader;
    const struct field *name = &fields_manifest.fields[1];
    const struct node *value = node_value(root, name->name);
    problems_init(&unheard, reader->document->arena);
    quiet.problems = &unheard;
    if (value)
        forms[name->form].decode(&quiet, name, value, &reader->outline.name);
}

static bool is_of_other_version(struct reader *reader, const struct node *root)
{
    const struct field *field = &fields_manifest.fields[0];
    const struct node *value = node_value(root, field->name);
    bool number = value && value->kind == NODE_SCALAR && value->plain && value->count > 0 &&
                  strspn(value->text, "0123456789") == value->count;
    return number && !forms[field->form].decode(reader, field, value, &reader->outline.version);
}

void fields_read_manifest(struct reader *reader, const struct node *root)
{
    struct seen seen[FIELDS_MOST] = {0};
    if (reader->document->broken || is_of_other_version(reader, root)) {
        read_name(reader, root);
        return;
    }
    if (!root || (root->kind == NODE_SCALAR && form_scalar_kind(root) == SCALAR_NULL)) {
        complain(reader->problems, PROBLEM_MISSING_KEY,
                 (struct place){reader->document->path, 1, 1},
                 "the manifest is empty: it needs version, name and certificates");
        return;
    }
    fields_read(reader, root, &fields_manifest, false, &reader->outline, seen);
}
