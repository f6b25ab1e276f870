#include "store/recall.h"

#include "store/fs.h"
#include "store/names.h"
#include "store/outbox.h"
#include "store/row.h"

#include <stdio.h>
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
    ret->snapshot.generation =
        generation > 0 && generation <= GENERATION_TOLD_MOST ? generation : 0;
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

/* Of a run's id, "20261122T090000Z-3f9a1c"; INSTANT_NONE where it says none. */
static instant started_at(const char *id)
{
    char date[32];
    instant at;
    if (strlen(id) < strlen("20261122T090000Z"))
        return INSTANT_NONE;
    snprintf(date, sizeof(date), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", id, id + 4, id + 6, id + 9,
             id + 11, id + 13);
    return instant_parse(date, &at) == 0 ? at : INSTANT_NONE;
}

static bool has_run(const struct relics *relics, const char *id)
{
    for (size_t i = 0; i < relics->run_count; i++)
        if (strcmp(relics->runs[i].id, id) == 0)
            return true;
    return false;
}

static bool has_report(int reports, const char *id)
{
    char name[256];
    struct stat status;
    snprintf(name, sizeof(name), "%s.html", id);
    return fs_stat(reports, name, &status) && S_ISREG(status.st_mode);
}

static int put_run(struct index *index, int reports, const char *id, instant at, bool finished)
{
    return index_run(index, INDEX_PUT_RUN, "tdii", id, at, (int64_t)finished,
                     (int64_t)has_report(reports, id));
}

/* Those that are recalled in their order, then the others, by their ids; what has no id of a run
 * was put there by somebody else. Whether one of which nothing is recalled was interrupted, nobody
 * knows any more. */
static int put_runs(struct index *index, const struct relics *relics, int reports)
{
    for (size_t r = RECOLLECTIONS_MOST; r-- > 0;)
        for (size_t i = 0; i < relics->recalled[r].run_count; i++) {
            const struct run_record *run = &relics->recalled[r].runs[i];
            if ((run->json || has_run(relics, run->id)) &&
                put_run(index, reports, run->id, run->started_at, run->finished) != 0)
                return -1;
        }
    for (size_t i = 0; i < relics->run_count; i++) {
        const char *id = relics->runs[i].id;
        instant at = started_at(id);
        int known = at == INSTANT_NONE ? 1 : index_has(index, INDEX_HAS_RUN, "t", id);
        if (known < 0 || (known == 0 && put_run(index, reports, id, at, true) != 0))
            return -1;
    }
    return 0;
}

static int put_traces(struct index *index, const struct relics *relics)
{
    for (size_t r = 0; r < RECOLLECTIONS_MOST; r++)
        for (size_t i = 0; i < relics->recalled[r].trace_count; i++) {
            const struct run_trace *trace = &relics->recalled[r].traces[i];
            if (!has_run(relics, trace->run_id))
                continue;
            int known = index_has(index, INDEX_HAS_CERTIFICATE, "x", trace->fingerprint);
            if (known < 0 || (known == 1 && index_run(index, INDEX_RUN_TOUCHES, "tx", trace->run_id,
                                                      trace->fingerprint) != 0))
                return -1;
        }
    return 0;
}

/* From the first that tells anything of it. */
static int put_outbox(struct index *index, const struct relics *relics, int reports)
{
    const struct recollection *recalled = relics->recalled;
    while (recalled < relics->recalled + RECOLLECTIONS_MOST && !recalled->has_outbox)
        recalled++;
    if (recalled == relics->recalled + RECOLLECTIONS_MOST)
        return 0;
    for (size_t i = 0; i < recalled->outbox_count; i++)
        if (has_report(reports, recalled->outbox[i].run_id) &&
            outbox_insert(index, &recalled->outbox[i]) != 0)
            return -1;
    return 0;
}

int recall_put_rows(struct index *index, const struct relics *relics)
{
    int reports AUTO_FD = fs_open_folder(index->folder->fd, "reports");
    if (put_runs(index, relics, reports) != 0 || put_traces(index, relics) != 0)
        return -1;
    return put_outbox(index, relics, reports);
}
