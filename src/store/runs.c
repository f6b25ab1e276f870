#include "store/runs.h"

#include "base/file.h"
#include "store/fs.h"
#include "store/leftovers.h"
#include "store/names.h"
#include "store/row.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { RUNS_KEPT = 30, REPORT_MOST = 256 * 1024 * 1024 };

static int report_name(const char *run_id, char *ret, size_t size, struct problems *problems)
{
    if (name_is_plain(run_id)) {
        snprintf(ret, size, "%s.html", run_id);
        return 0;
    }
    problems_add(problems, PROBLEM_STORE_FAILED, NOWHERE, "'%s' cannot be the name of a run",
                 run_id ? run_id : "");
    return -1;
}

int runs_keep_report(const struct folder *folder, const char *run_id, const char *html,
                     struct problems *problems)
{
    char name[256];
    if (report_name(run_id, name, sizeof(name), problems) != 0)
        return -1;
    int reports AUTO_FD = folder_make_part(folder, "reports", REPORTS_MODE, problems);
    if (reports < 0)
        return -1;
    int error = file_replace(reports, name, html, strlen(html), 0600);
    return error ? folder_error_in(folder, problems, error, "write the report", "reports", name)
                 : 0;
}

int runs_publish(struct index *index)
{
    struct index now AUTO_INDEX = INDEX_INIT;
    if (index_run(index, INDEX_TRIM_RUNS, "i", (int64_t)RUNS_KEPT) != 0 ||
        index_run(index, INDEX_TRIM_TOUCHED, "") != 0 || index_publish(index) != 0)
        return -1;
    if (index_read(index->folder, index->problems, &now) != 0)
        return -1;
    return leftovers_sweep_reports(&now);
}

int folder_put_run(struct store *store, const struct run_record *run, struct problems *problems)
{
    struct folder *folder = folder_of(store);
    struct index index AUTO_INDEX = INDEX_INIT;
    char name[256];
    if (folder_need_lock(folder, problems) != 0 ||
        report_name(run->id, name, sizeof(name), problems) != 0)
        return -1;
    if (run->report && runs_keep_report(folder, run->id, run->report, problems) != 0)
        return -1;
    if (index_write(folder, problems, &index) != 0 ||
        index_run(&index, INDEX_PUT_RUN, "tdiit", run->id, run->started_at, (int64_t)run->finished,
                  (int64_t)(run->report != NULL), run->json) != 0)
        return -1;
    if (run->result && index_run(&index, INDEX_OUTBOX_RESULT, "tt", run->id, run->result) != 0)
        return -1;
    return runs_publish(&index);
}

static int read_runs(struct index *index, struct arena *arena, struct run_record **ret_runs,
                     size_t *ret_count)
{
    struct run_record *runs = NULL;
    size_t count = 0, capacity = 0;
    sqlite3_stmt *statement = index_query(index, INDEX_RUNS, "");
    struct row row = {statement, arena, false, false};
    int step = statement ? 0 : -1;
    while (statement && (step = index_step(index, statement)) == 1) {
        if (arena_grow(arena, &runs, count, &capacity, sizeof(*runs)) != 0)
            return folder_out_of_memory(index->problems);
        struct run_record *run = &runs[count++];
        *run = (struct run_record){.id = row_text(&row, 0),
                                   .started_at = row_instant(&row, 1),
                                   .finished = row_flag(&row, 2),
                                   .json = row_text(&row, 3)};
        if (row_flag(&row, 4)) {
            run->report = arena_printf(arena, "%s/reports/%s.html", index->folder->path, run->id);
            row.out_of_memory |= !run->report;
        }
        row.bad |= !name_is_plain(run->id);
        if (row_check(&row, index, "run") != 0)
            return -1;
    }
    if (step < 0)
        return -1;
    *ret_runs = runs;
    *ret_count = count;
    return 0;
}

int folder_runs(struct store *store, struct arena *arena, struct problems *problems,
                struct run_record **ret_runs, size_t *ret_count)
{
    struct index index AUTO_INDEX = INDEX_INIT;
    int found = index_read(folder_of(store), problems, &index);
    if (found == 0)
        return read_runs(&index, arena, ret_runs, ret_count);
    if (found < 0)
        return -1;
    *ret_runs = NULL;
    *ret_count = 0;
    return 0;
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
    struct index index AUTO_INDEX = INDEX_INIT;
    int found = index_read(folder_of(store), problems, &index);
    if (found == 0)
        return read_interrupted(&index, but, arena, ret_ids, ret_count);
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
    if (report_name(run_id, name, sizeof(name), problems) != 0)
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
