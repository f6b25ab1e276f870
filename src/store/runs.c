#include "store/runs.h"

#include "base/file.h"
#include "store/fs.h"
#include "store/leftovers.h"
#include "store/links.h"
#include "store/names.h"
#include "store/row.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RUNS_KEPT = 30, TRIES = 100, REPORT_MOST = 256 * 1024 * 1024 };

static int file_name(const char *run_id, const char *end, char *ret, size_t size,
                     struct problems *problems)
{
    if (name_is_plain(run_id)) {
        snprintf(ret, size, "%s%s", run_id, end);
        return 0;
    }
    problems_add(problems, PROBLEM_STORE_FAILED, NOWHERE, "'%s' cannot be the name of a run",
                 run_id ? run_id : "");
    return -1;
}

/* Writes reports/<run id><end>; doing is for the message: "write the report". */
static int keep(const struct folder *folder, const char *run_id, const char *end,
                const struct run_text *text, const char *doing, struct problems *problems)
{
    char name[256];
    if (file_name(run_id, end, name, sizeof(name), problems) != 0)
        return -1;
    int reports AUTO_FD = folder_make_part(folder, "reports", REPORTS_MODE, problems);
    if (reports < 0)
        return -1;
    int error = file_replace_by(reports, name, text->write, text->context, 0600);
    return error ? folder_error_in(folder, problems, error, doing, "reports", name) : 0;
}

int runs_keep_text(const struct folder *folder, const char *run_id, const struct run_text *text,
                   struct problems *problems)
{
    return keep(folder, run_id, ".json", text, "write what the run did", problems);
}

static int write_string(const void *string, int fd)
{
    return file_write_all(fd, string, strlen(string));
}

int runs_keep_string(const struct folder *folder, const char *run_id, const char *json,
                     struct problems *problems)
{
    const struct run_text text = {write_string, json};
    return runs_keep_text(folder, run_id, &text, problems);
}

int runs_move_out(struct index *index)
{
    sqlite3_stmt *statement = index_query(index, INDEX_RUNS_2, "");
    int step = statement ? 0 : -1;
    while (statement && (step = index_step(index, statement)) == 1) {
        const char *id = (const char *)sqlite3_column_text(statement, 0);
        const char *json = (const char *)sqlite3_column_text(statement, 4);
        if (!name_is_plain(id))
            return index_damaged(index, "table run holds a value that certroll did not write");
        if (runs_keep_string(index->folder, id, json ? json : "", index->problems) != 0)
            return -1;
    }
    return step;
}

int runs_keep_report(const struct folder *folder, const char *run_id, const struct run_text *report,
                     struct problems *problems)
{
    return keep(folder, run_id, ".html", report, "write the report", problems);
}

int runs_publish(struct index *index)
{
    struct index now AUTO_INDEX = INDEX_INIT;
    if (index_run(index, INDEX_TRIM_RUNS, "i", (int64_t)RUNS_KEPT) != 0 ||
        index_publish(index) != 0)
        return -1;
    if (index->unsynced) /* what the index before names must not go */
        return 0;
    if (index_read(index->folder, index->problems, &now) != 0)
        return -1;
    return leftovers_sweep_reports(&now, true);
}

/* What others left stays: a backup of the index may know it. */
static void remove_own(const struct folder *folder, const char *run_id)
{
    static const char *const ends[] = {".json", ".html"};
    char name[256];
    int reports AUTO_FD = fs_open_folder(folder->fd, "reports");
    for (size_t i = 0; reports >= 0 && i < sizeof(ends) / sizeof(ends[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", run_id, ends[i]);
        unlinkat(reports, name, 0);
    }
}

void runs_forget(const struct folder *folder, const char *run_id)
{
    struct arena *arena AUTO_ARENA = arena_new();
    struct index index AUTO_INDEX = INDEX_INIT;
    struct problems unheard;
    if (!arena)
        return;
    problems_init(&unheard, arena);
    int found = index_read(folder, &unheard, &index);
    if (found == 0)
        leftovers_sweep_reports(&index, false);
    else if (found == 1 && name_is_plain(run_id))
        remove_own(folder, run_id);
}

struct kept {
    const struct folder *folder;
    const char *run_id;
    const struct run_text *text;
    const struct run_text *report; /* may be NULL */
    struct problems *problems;
};

static int keep_texts(void *context)
{
    const struct kept *kept = context;
    if (runs_keep_text(kept->folder, kept->run_id, kept->text, kept->problems) != 0)
        return -1;
    return kept->report ? runs_keep_report(kept->folder, kept->run_id, kept->report, kept->problems)
                        : 0;
}

/* The texts are durable before the index that names them is published. */
static int put_run(const struct folder *folder, const struct run_record *run, struct kept *kept)
{
    struct index index AUTO_INDEX = INDEX_INIT;
    if (index_write(folder, kept->problems, &index) != 0 ||
        index_run(&index, INDEX_PUT_RUN, "tdii", run->id, run->started_at, (int64_t)run->finished,
                  (int64_t)(kept->report != NULL)) != 0)
        return -1;
    if (run->result && index_run(&index, INDEX_OUTBOX_RESULT, "tt", run->id, run->result) != 0)
        return -1;
    return links_remember(&index, keep_texts, kept) == 0 ? runs_publish(&index) : -1;
}

int folder_put_run(struct store *store, const struct run_record *run, const struct run_text *text,
                   const struct run_text *report, struct problems *problems)
{
    const struct folder *folder = folder_of(store);
    if (folder_need_lock(folder, problems) != 0)
        return -1;
    struct kept kept = {folder, run->id, text, report, problems};
    int result = put_run(folder, run, &kept);
    if (result != 0)
        runs_forget(folder, run->id);
    return result;
}

int runs_read_text(int reports, const char *run_id, struct arena *arena, const char **ret)
{
    struct secret *file AUTO_SECRET = NULL;
    char name[256];
    snprintf(name, sizeof(name), "%s.json", run_id);
    int error = reports < 0 ? reports : fs_read(reports, name, REPORT_MOST, &file);
    if (error) {
        *ret = NULL;
        return error == -ENOMEM ? -1 : 0;
    }
    *ret = arena_strndup(arena, (const char *)secret_peek(file), secret_size(file));
    return *ret ? 0 : -1;
}

static void read_run(struct row *row, struct index *index, int reports, struct run_record *ret)
{
    *ret = (struct run_record){
        .id = row_text(row, 0), .started_at = row_instant(row, 1), .finished = row_flag(row, 2)};
    if (row_flag(row, 3)) {
        ret->report = arena_printf(row->arena, "%s/reports/%s.html", index->folder->path, ret->id);
        row->out_of_memory |= !ret->report;
    }
    row->bad |= !name_is_plain(ret->id);
    if (index->version < 3)
        ret->json = row_text(row, 4);
    else if (!row->bad && runs_read_text(reports, ret->id, row->arena, &ret->json) != 0)
        row->out_of_memory = true;
}

static int read_runs(struct index *index, struct arena *arena, struct run_record **ret_runs,
                     size_t *ret_count)
{
    int reports AUTO_FD = fs_open_folder(index->folder->fd, "reports");
    struct run_record *runs = NULL;
    size_t count = 0, capacity = 0;
    sqlite3_stmt *statement =
        index_query(index, index->version < 3 ? INDEX_RUNS_2 : INDEX_RUNS, "");
    struct row row = {statement, arena, false, false};
    int step = statement ? 0 : -1;
    while (statement && (step = index_step(index, statement)) == 1) {
        if (arena_grow(arena, &runs, count, &capacity, sizeof(*runs)) != 0)
            return folder_out_of_memory(index->problems);
        read_run(&row, index, reports, &runs[count++]);
        if (row_check(&row, index, "run") != 0)
            return -1;
    }
    if (step < 0)
        return -1;
    *ret_runs = runs;
    *ret_count = count;
    return 0;
}

static bool any_lost(const struct run_record *runs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!runs[i].json)
            return true;
    return false;
}

/* 0, -1, or 1 where texts went with their runs while they were read. */
static int try_runs(struct store *store, struct arena *arena, struct problems *problems,
                    struct run_record **ret_runs, size_t *ret_count)
{
    struct index index AUTO_INDEX = INDEX_INIT;
    struct run_record *runs = NULL;
    size_t count = 0;
    int found = index_read(folder_of(store), problems, &index);
    if (found < 0 || (found == 0 && read_runs(&index, arena, &runs, &count) != 0))
        return -1;
    *ret_runs = runs;
    *ret_count = count;
    return any_lost(runs, count) && !index_is_current(&index);
}

int folder_runs(struct store *store, struct arena *arena, struct problems *problems,
                struct run_record **ret_runs, size_t *ret_count)
{
    int result = 1;
    for (int i = 0; i < TRIES && result == 1; i++)
        result = try_runs(store, arena, problems, ret_runs, ret_count);
    return result < 0 ? -1 : 0;
}

static int read_interrupted(struct index *index, const char *but, struct arena *arena,
                            const char ***ret_ids, size_t *ret_count)
{
    const char **ids = NULL;
    size_t count = 0, capacity = 0;
    sqlite3_stmt *statement = index_query(index, INDEX_INTERRUPTED_RUNS, "t", but);
    struct row row = {statement, arena, false, false};
    int step = statement ? 0 : -1;
    while (statement && (step = index_step(index, statement)) == 1) {
        if (arena_grow(arena, &ids, count, &capacity, sizeof(*ids)) != 0)
            return folder_out_of_memory(index->problems);
        ids[count++] = row_text(&row, 0);
        if (row_check(&row, index, "run") != 0)
            return -1;
    }
    if (step < 0)
        return -1;
    *ret_ids = ids;
    *ret_count = count;
    return 0;
}

int folder_interrupted(struct store *store, const char *but, struct arena *arena,
                       struct problems *problems, const char ***ret_ids, size_t *ret_count)
{
    struct index *index;
    int found = index_look(folder_of(store), problems, &index);
    if (found == 0)
        return read_interrupted(index, but, arena, ret_ids, ret_count);
    if (found < 0)
        return -1;
    *ret_ids = NULL;
    *ret_count = 0;
    return 0;
}

int folder_report(struct store *store, const char *run_id, struct arena *arena,
                  struct problems *problems, const char **ret_html)
{
    struct folder *folder = folder_of(store);
    struct secret *file AUTO_SECRET = NULL;
    char name[256];
    if (file_name(run_id, ".html", name, sizeof(name), problems) != 0)
        return -1;
    int reports AUTO_FD = folder->fd < 0 ? -ENOENT : fs_open_folder(folder->fd, "reports");
    int error = reports < 0 ? reports : fs_read(reports, name, REPORT_MOST, &file);
    if (error)
        return folder_error_in(folder, problems, error, "read the report", "reports", name);
    const char *html = arena_strndup(arena, (const char *)secret_peek(file), secret_size(file));
    if (!html)
        return folder_out_of_memory(problems);
    *ret_html = html;
    return 0;
}
