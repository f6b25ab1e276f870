#include "store/row.h"

#include "base/text.h"
#include "store/names.h"

#include <string.h>

/* More than any index has is a sign of damage, and no reason to ask for the memory. x509 gives at
 * most half a MiB of names, four times as much where their bytes have to be escaped. */
enum { ROWS_MOST = 50 * 1000 * 1000, DNS_NAMES_MOST = 4 * 1024 * 1024 };

static int count_rows(struct index *index, enum index_statement statement, size_t *ret)
{
    int64_t count = 0;
    if (index_number(index, statement, &count) != 0)
        return -1;
    if (count < 0 || count > ROWS_MOST)
        return index_damaged(index, "a table's size cannot be");
    *ret = (size_t)count;
    return 0;
}

/* Names with a NUL each, one after the other -> an array of them. */
static void read_dns_names(struct row *row, int column, struct certificate *ret)
{
    size_t size, count = 0;
    const char *bytes = row_blob(row, column, &size);
    if (size == 0)
        return;
    if (size > DNS_NAMES_MOST || bytes[size - 1] != '\0') {
        row->bad = true;
        return;
    }
    for (size_t i = 0; i < size; i++)
        count += bytes[i] == '\0';
    char *copy = arena_alloc(row->arena, size, 1);
    const char **names = arena_alloc(row->arena, count, sizeof(*names));
    if (!copy || !names) {
        row->out_of_memory = true;
        return;
    }
    memcpy(copy, bytes, size);
    for (size_t i = 0; i < count; i++, copy += strlen(copy) + 1)
        names[i] = copy;
    ret->dns_names = names;
    ret->dns_name_count = count;
}

/* Of neighbours many have one issuer and one kind of key; before: NULL for the first. */
static void read_certificate(struct row *row, const struct certificate *before,
                             struct stored_certificate *ret)
{
    struct certificate *certificate = &ret->certificate;
    row_hex(row, 0, DIGEST_TEXT_SIZE - 1, certificate->fingerprint);
    row_hex(row, 1, THUMBPRINT_TEXT_SIZE - 1, certificate->thumbprint);
    row_hex(row, 2, DIGEST_TEXT_SIZE - 1, certificate->key_id);
    row_hex(row, 3, DIGEST_TEXT_SIZE - 1, certificate->chain_digest);
    certificate->subject = row_text(row, 4);
    certificate->issuer = row_text_again(row, 5, before ? before->issuer : NULL);
    certificate->serial = row_text(row, 6);
    read_dns_names(row, 7, certificate);
    certificate->key_algorithm = row_text_again(row, 8, before ? before->key_algorithm : NULL);
    certificate->not_before = row_instant(row, 9);
    certificate->not_after = row_instant(row, 10);
    certificate->has_key = row_flag(row, 11);
    certificate->findings = (unsigned)row_integer(row, 12, 0, INT32_MAX);
    ret->exportable = row_flag(row, 13);
}

static int read_certificates(struct index *index, struct arena *arena, struct snapshot *ret,
                             struct snapshot_parts *ret_parts)
{
    size_t count = 0, filled = 0;
    if (count_rows(index, INDEX_COUNT_CERTIFICATES, &count) != 0)
        return -1;
    struct stored_certificate *items = arena_alloc(arena, count, sizeof(*items));
    struct object_stamps *stamps = arena_alloc(ret_parts->scratch, count, sizeof(*stamps));
    if (!items || !stamps)
        return folder_out_of_memory(index->problems);
    sqlite3_stmt *statement = index_query(index, INDEX_CERTIFICATES, "");
    struct row row = {statement, arena, false, false};
    int step = statement ? 0 : -1;
    while (statement && (step = index_step(index, statement)) == 1 && filled < count) {
        read_certificate(&row, filled ? &items[filled - 1].certificate : NULL, &items[filled]);
        size_t size;
        const void *bytes = row_blob(&row, 14, &size);
        if (size == sizeof(*stamps))
            memcpy(&stamps[filled], bytes, size);
        if (row_check(&row, index, "certificate") != 0)
            return -1;
        filled++;
    }
    if (step < 0)
        return -1;
    ret->certificates = ret_parts->certificates = items;
    ret->certificate_count = filled;
    ret_parts->stamps = stamps;
    return 0;
}

static void read_claim(struct row *row, const struct snapshot *snapshot, struct claim *ret)
{
    ret->fingerprint = row_fingerprint(row, 4, snapshot);
    ret->entry = row_text_or_null(row, 5);
    ret->effective_date = row_instant(row, 6);
    ret->roll = row_flag(row, 7);
    ret->exportable = row_flag(row, 8);
}

/* A slot's place in the arrays while its claims are read. */
struct slot_reader {
    const struct snapshot *snapshot; /* its certificates */
    struct slot *slots;
    struct file_stamp *folders; /* NULL: they are not wanted */
    size_t slot_count;
    struct claim *next;
    size_t next_count, next_capacity;
};

static const struct claim no_claim = {.effective_date = INSTANT_NONE};

static void read_folder(struct row *row, struct file_stamp *ret)
{
    size_t size;
    if (sqlite3_column_type(row->statement, 9) == SQLITE_NULL)
        return;
    const void *bytes = row_blob(row, 9, &size);
    if (size == sizeof(*ret))
        memcpy(ret, bytes, size);
}

static void begin_slot(struct row *row, struct slot_reader *reader)
{
    struct slot *slot = &reader->slots[reader->slot_count];
    bool first = reader->slot_count == 0;
    slot->scope = row_text_again(row, 0, first ? NULL : slot[-1].scope);
    slot->type = row_text(row, 1);
    slot->owner = row_text_again(row, 2, first ? NULL : slot[-1].owner);
    slot->current = slot->previous = no_claim;
    slot->next = &reader->next[reader->next_count];
    row->bad |= !name_is_plain(slot->scope) || !name_is_plain(slot->type);
    if (reader->folders)
        read_folder(row, &reader->folders[reader->slot_count]);
    reader->slot_count++;
}

static bool same_slot(struct row *row, const struct slot *slot)
{
    const unsigned char *scope = sqlite3_column_text(row->statement, 0);
    const unsigned char *type = sqlite3_column_text(row->statement, 1);
    return scope && type && strcmp((const char *)scope, slot->scope) == 0 &&
           strcmp((const char *)type, slot->type) == 0;
}

/* One row of the join: a slot without a claim, or one claim of a slot. */
static void read_slot_row(struct row *row, struct slot_reader *reader)
{
    struct slot *slot = &reader->slots[reader->slot_count - 1];
    if (sqlite3_column_type(row->statement, 3) == SQLITE_NULL)
        return;
    int64_t position = row_integer(row, 3, 0, ROWS_MOST);
    if (position < 2) {
        read_claim(row, reader->snapshot, position == 0 ? &slot->current : &slot->previous);
    } else if (reader->next_count < reader->next_capacity) {
        read_claim(row, reader->snapshot, &reader->next[reader->next_count++]);
        slot->next_count++;
    }
}

static int read_slot_rows(struct index *index, struct arena *arena, enum index_statement number,
                          size_t capacity, struct slot_reader *reader)
{
    sqlite3_stmt *statement = index_query(index, number, "");
    struct row row = {statement, arena, false, false};
    int step = statement ? 0 : -1;
    while (statement && (step = index_step(index, statement)) == 1) {
        size_t count = reader->slot_count;
        bool same = count > 0 && same_slot(&row, &reader->slots[count - 1]);
        if (!same && count == capacity)
            return index_damaged(index, "table slot is not in order");
        if (!same)
            begin_slot(&row, reader);
        read_slot_row(&row, reader);
        if (row_check(&row, index, "slot") != 0)
            return -1;
    }
    return step < 0 ? -1 : 0;
}

/* folders come from scratch; without it they are not read. */
static int read_slots(struct index *index, enum index_statement number, struct arena *arena,
                      struct arena *scratch, struct slot_reader *reader)
{
    size_t capacity = 0;
    if (count_rows(index, INDEX_COUNT_SLOTS, &capacity) != 0 ||
        count_rows(index, INDEX_COUNT_NEXT, &reader->next_capacity) != 0)
        return -1;
    reader->slots = arena_alloc(arena, capacity, sizeof(*reader->slots));
    reader->next = arena_alloc(arena, reader->next_capacity + 1, sizeof(*reader->next));
    if (scratch)
        reader->folders = arena_alloc(scratch, capacity, sizeof(*reader->folders));
    if (!reader->slots || !reader->next || (scratch && !reader->folders))
        return folder_out_of_memory(index->problems);
    return read_slot_rows(index, arena, number, capacity, reader);
}

int index_slots(struct index *index, struct arena *arena, struct snapshot *ret,
                struct snapshot_parts *ret_parts)
{
    struct slot_reader reader = {.snapshot = ret};
    if (read_slots(index, index->version < 3 ? INDEX_SLOTS_2 : INDEX_SLOTS, arena,
                   ret_parts->scratch, &reader) != 0)
        return -1;
    ret->slots = ret_parts->slots = reader.slots;
    ret->slot_count = reader.slot_count;
    ret_parts->folders = reader.folders;
    return 0;
}

int index_unstamped(struct index *index, struct arena *arena, const struct slot **ret_slots,
                    size_t *ret_count)
{
    const struct snapshot none = {.generation = 0};
    struct slot_reader reader = {.snapshot = &none};
    if (read_slots(index, INDEX_SLOTS_UNSTAMPED, arena, NULL, &reader) != 0)
        return -1;
    *ret_slots = reader.slots;
    *ret_count = reader.slot_count;
    return 0;
}

static const char *read_name(struct row *row, enum index_statement statement)
{
    char fingerprint[DIGEST_TEXT_SIZE];
    if (statement == INDEX_SLOT_NAMES)
        return row_text(row, 0);
    row_hex(row, 0, DIGEST_TEXT_SIZE - 1, fingerprint);
    const char *copy = arena_strdup(row->arena, fingerprint);
    row->out_of_memory |= !copy;
    return copy;
}

int index_names(struct index *index, enum index_statement number, const char *scope,
                struct arena *arena, struct index_names *ret)
{
    struct index_names names = {NULL, 0};
    size_t capacity = 0;
    sqlite3_stmt *statement = index_query(index, number, scope ? "t" : "", scope);
    struct row row = {statement, arena, false, false};
    int step = statement ? 0 : -1;
    while (statement && (step = index_step(index, statement)) == 1) {
        if (arena_grow(arena, &names.items, names.count, &capacity, sizeof(*names.items)) != 0)
            return folder_out_of_memory(index->problems);
        names.items[names.count++] = read_name(&row, number);
        if (row_check(&row, index, "slot or certificate") != 0)
            return -1;
    }
    if (step < 0)
        return -1;
    sqlite3_reset(statement);
    *ret = names;
    return 0;
}

/* One row of a table; before is that of the row before, or NULL. */
typedef void read_item(struct row *row, const struct snapshot *snapshot, const void *before,
                       void *item);

static void read_holding(struct row *row, const struct snapshot *snapshot, const void *before,
                         void *item)
{
    const struct holding *last = before;
    struct holding *holding = item;
    holding->owner = row_text_again(row, 0, last ? last->owner : NULL);
    holding->entry = row_text(row, 1);
    holding->fingerprint = row_fingerprint(row, 2, snapshot);
    holding->exportable = row_flag(row, 3);
}

static void read_source(struct row *row, const struct snapshot *snapshot, const void *before,
                        void *item)
{
    const struct source_record *last = before;
    struct source_record *source = item;
    row_hex(row, 0, DIGEST_TEXT_SIZE - 1, source->digest);
    source->owner = row_text_again(row, 1, last ? last->owner : NULL);
    source->fingerprint = row_fingerprint(row, 2, snapshot);
    source->not_after = row_instant(row, 3);
    source->has_key = row_flag(row, 4);
    source->has_chain = row_flag(row, 5);
    if (sqlite3_column_type(row->statement, 6) != SQLITE_NULL)
        row_hex(row, 6, DIGEST_TEXT_SIZE - 1, source->sight);
}

/* A table whose rows are read one by one into an array. */
struct item_table {
    const char *name;
    enum index_statement counter;
    enum index_statement query;
    size_t size;
    read_item *read;
};

static int read_table(struct index *index, struct arena *arena, const struct item_table *table,
                      const struct snapshot *snapshot, void *ret_items, size_t *ret_count)
{
    size_t count = 0, filled = 0;
    if (count_rows(index, table->counter, &count) != 0)
        return -1;
    char *items = arena_alloc(arena, count, table->size);
    if (!items)
        return folder_out_of_memory(index->problems);
    sqlite3_stmt *statement = index_query(index, table->query, "");
    struct row row = {statement, arena, false, false};
    int step = statement ? 0 : -1;
    while (statement && (step = index_step(index, statement)) == 1 && filled < count) {
        char *item = items + table->size * filled;
        table->read(&row, snapshot, filled++ ? item - table->size : NULL, item);
        if (row_check(&row, index, table->name) != 0)
            return -1;
    }
    if (step < 0)
        return -1;
    memcpy(ret_items, &items, sizeof(items));
    *ret_count = filled;
    return 0;
}

int index_certificates(struct index *index, struct arena *arena, struct snapshot *ret,
                       struct snapshot_parts *ret_parts)
{
    int64_t generation = 0;
    if (index_number(index, INDEX_GENERATION, &generation) != 0 ||
        read_certificates(index, arena, ret, ret_parts) != 0)
        return -1;
    if (generation < 0 || generation > GENERATION_MOST)
        return index_damaged(index, "its generation cannot be");
    ret->generation = generation;
    return 0;
}

int index_holdings(struct index *index, struct arena *arena, struct snapshot *ret)
{
    const struct item_table holdings = {"holding", INDEX_COUNT_HOLDINGS, INDEX_HOLDINGS,
                                        sizeof(struct holding), read_holding};
    return read_table(index, arena, &holdings, ret, &ret->holdings, &ret->holding_count);
}

int index_sources(struct index *index, struct arena *arena, struct snapshot *ret)
{
    enum index_statement query = index->version == 1  ? INDEX_SOURCES_1
                                 : index->version < 4 ? INDEX_SOURCES_3
                                                      : INDEX_SOURCES;
    const struct item_table sources = {"source", INDEX_COUNT_SOURCES, query,
                                       sizeof(struct source_record), read_source};
    return read_table(index, arena, &sources, ret, &ret->sources, &ret->source_count);
}

int index_references(struct index *index, struct arena *arena, struct snapshot *ret,
                     struct snapshot_parts *ret_parts)
{
    if (index_slots(index, arena, ret, ret_parts) != 0 || index_holdings(index, arena, ret) != 0)
        return -1;
    return index_sources(index, arena, ret);
}

int index_snapshot(struct index *index, struct arena *arena, struct snapshot *ret,
                   struct snapshot_parts *ret_parts)
{
    if (index_certificates(index, arena, ret, ret_parts) != 0)
        return -1;
    return index_references(index, arena, ret, ret_parts);
}

static int read_chain(struct index *index, const char *fingerprint, struct arena *arena,
                      const char **ret)
{
    struct text chain CLEANUP(text_done) = TEXT_INIT;
    sqlite3_stmt *statement = index_query(index, INDEX_CHAIN, "x", fingerprint);
    struct row row = {statement, arena, false, false};
    int step = statement ? 0 : -1;
    while (statement && (step = index_step(index, statement)) == 1) {
        text_add(&chain, row_text(&row, 0));
        if (row_check(&row, index, "issuer") != 0)
            return -1;
    }
    if (step < 0)
        return -1;
    *ret = arena_strdup(arena, text_string(&chain));
    return *ret && !text_failed(&chain) ? 0 : folder_out_of_memory(index->problems);
}

int index_content(struct index *index, const char *fingerprint, struct arena *arena,
                  struct object_content *ret)
{
    struct object_content content;
    sqlite3_stmt *statement = index_query(index, INDEX_CONTENT, "x", fingerprint);
    int step = statement ? index_step(index, statement) : -1;
    if (step <= 0)
        return step < 0 ? -1 : 1;
    struct row row = {statement, arena, false, false};
    content.cert_pem = row_text(&row, 0);
    content.has_key = row_flag(&row, 2);
    row_hex(&row, 1, content.has_key ? DIGEST_TEXT_SIZE - 1 : 0, content.key_digest);
    content.exportable = row_flag(&row, 3);
    sqlite3_reset(statement);
    if (row_check(&row, index, "content") != 0 ||
        read_chain(index, fingerprint, arena, &content.chain_pem) != 0)
        return -1;
    *ret = content;
    return 0;
}
