#include "store/recall.h"

#include "store/names.h"
#include "store/outbox.h"
#include "store/row.h"

#include <string.h>

static int recall_runs(struct index *index, struct arena *arena, struct recollection *ret)
{
    struct run_record *runs = NULL;
    size_t count = 0, capacity = 0;
    bool inside = index->version < 3;
    sqlite3_stmt *statement = index_query(index, inside ? INDEX_RUNS_2 : INDEX_RUNS, "");
    struct row row = {statement, arena, false, false};
    int step = statement ? 0 : -1;
    while (statement && (step = index_step(index, statement)) == 1) {
        if (arena_grow(arena, &runs, count, &capacity, sizeof(*runs)) != 0)
            return folder_out_of_memory(index->problems);
        runs[count++] = (struct run_record){.id = row_text(&row, 0),
                                            .started_at = row_instant(&row, 1),
                                            .finished = row_flag(&row, 2),
                                            .json = inside ? row_text(&row, 4) : NULL};
        row.bad |= !name_is_plain(runs[count - 1].id);
        if (row_check(&row, index, "run") != 0)
            return -1;
    }
    ret->runs = runs;
    ret->run_count = count;
    return step;
}

static int recall_traces(struct index *index, struct arena *arena, struct recollection *ret)
{
    struct run_trace *traces = NULL;
    size_t count = 0, capacity = 0;
    sqlite3_stmt *statement = index_query(index, INDEX_TRACES, "");
    struct row row = {statement, arena, false, false};
    int step = statement ? 0 : -1;
    while (statement && (step = index_step(index, statement)) == 1) {
        if (arena_grow(arena, &traces, count, &capacity, sizeof(*traces)) != 0)
            return folder_out_of_memory(index->problems);
        struct run_trace *trace = &traces[count];
        trace->run_id = row_text_again(&row, 0, count ? traces[count - 1].run_id : NULL);
        row_hex(&row, 1, DIGEST_TEXT_SIZE - 1, trace->fingerprint);
        if (row_check(&row, index, "run_certificate") != 0)
            return -1;
        count++;
    }
    ret->traces = traces;
    ret->trace_count = count;
    return step;
}

/* Also where certificates cannot be read: what is made anew counts on from it. */
static void recall_generation(struct index *index, struct recollection *ret)
{
    int64_t generation = 0;
    index_number(index, INDEX_GENERATION, &generation);
    ret->snapshot.generation = generation > 0 && generation <= GENERATION_MOST ? generation : 0;
}

/* What a reader adds to its list of problems is unheard, but that memory is out: each table that
 * can be read counts, whatever the others are. */
static void recall_tables(struct index *index, struct arena *arena, struct arena *scratch,
                          struct recollection *ret)
{
    struct snapshot_parts parts = {.scratch = scratch};
    struct outbox_item *items;
    size_t count;
    recall_generation(index, ret);
    index_certificates(index, arena, &ret->snapshot, &parts);
    ret->has_slots = index_slots(index, arena, &ret->snapshot, &parts) == 0;
    ret->has_holdings = index_holdings(index, arena, &ret->snapshot) == 0;
    index_sources(index, arena, &ret->snapshot);
    recall_runs(index, arena, ret);
    recall_traces(index, arena, ret);
    ret->has_outbox = outbox_read(index, arena, &items, &count) == 0;
    if (ret->has_outbox) {
        ret->outbox = items;
        ret->outbox_count = count;
    }
}

int recall_index(const struct folder *folder, const char *name, struct arena *arena,
                 struct problems *problems, struct recollection *ret)
{
    struct index index AUTO_INDEX = INDEX_INIT;
    struct arena *scratch AUTO_ARENA = arena_new();
    struct recollection recollection = {.has_slots = false};
    struct problems unheard;
    if (!scratch)
        return folder_out_of_memory(problems);
    problems_init(&unheard, scratch);
    if (index_peek(folder, name, &unheard, &index) == 0)
        recall_tables(&index, arena, scratch, &recollection);
    if (unheard.out_of_memory || problems_has(&unheard, PROBLEM_OUT_OF_MEMORY))
        return folder_out_of_memory(problems);
    *ret = recollection;
    return 0;
}
