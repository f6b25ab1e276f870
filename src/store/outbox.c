#include "store/fs.h"
#include "store/names.h"
#include "store/row.h"
#include "store/runs.h"

#include <limits.h>
#include <stdio.h>

static int read_outbox(struct index *index, struct arena *arena, struct outbox_item **ret_items,
                       size_t *ret_count)
{
    struct outbox_item *items = NULL;
    size_t count = 0, capacity = 0;
    sqlite3_stmt *statement = index_query(index, INDEX_OUTBOX, "");
    struct row row = {statement, arena, false, false};
    int step = statement ? 0 : -1;
    while (statement && (step = index_step(index, statement)) == 1) {
        if (arena_grow(arena, &items, count, &capacity, sizeof(*items)) != 0)
            return folder_out_of_memory(index->problems);
        struct outbox_item *item = &items[count++];
        *item = (struct outbox_item){.id = row_integer(&row, 0, 1, INT64_MAX),
                                     .run_id = row_text(&row, 1),
                                     .url = row_text(&row, 2),
                                     .result = row_text(&row, 3),
                                     .queued_at = row_instant(&row, 4),
                                     .attempts = (int)row_integer(&row, 5, 0, INT_MAX),
                                     .last_error = row_text_or_null(&row, 6)};
        row.bad |= !name_is_plain(item->run_id) || !name_is_plain(item->result);
        if (row_check(&row, index, "outbox") != 0)
            return -1;
    }
    if (step < 0)
        return -1;
    *ret_items = items;
    *ret_count = count;
    return 0;
}

int folder_outbox(struct store *store, struct arena *arena, struct problems *problems,
                  struct outbox_item **ret_items, size_t *ret_count)
{
    struct index index AUTO_INDEX = INDEX_INIT;
    int found = index_read(folder_of(store), problems, &index);
    if (found == 0)
        return read_outbox(&index, arena, ret_items, ret_count);
    if (found < 0)
        return -1;
    *ret_items = NULL;
    *ret_count = 0;
    return 0;
}

static bool report_is_kept(const struct folder *folder, const char *run_id)
{
    char name[256];
    struct stat status;
    int reports AUTO_FD = fs_open_folder(folder->fd, "reports");
    snprintf(name, sizeof(name), "%s.html", run_id);
    return reports >= 0 && fs_stat(reports, name, &status) && S_ISREG(status.st_mode);
}

int folder_outbox_put(struct store *store, const struct outbox_item *item, const char *report,
                      struct problems *problems)
{
    struct folder *folder = folder_of(store);
    struct index index AUTO_INDEX = INDEX_INIT;
    if (folder_need_lock(folder, problems) != 0)
        return -1;
    if (!name_is_plain(item->run_id)) {
        problems_add(problems, PROBLEM_STORE_FAILED, NOWHERE, "'%s' cannot be the name of a run",
                     item->run_id);
        return -1;
    }
    if (!report_is_kept(folder, item->run_id) &&
        runs_keep_report(folder, item->run_id, report, problems) != 0)
        return -1;
    if (index_write(folder, problems, &index) != 0 ||
        index_run(&index, INDEX_OUTBOX_PUT, "tttdit", item->run_id, item->url, item->result,
                  item->queued_at, (int64_t)item->attempts, item->last_error) != 0)
        return -1;
    return index_publish(&index);
}

int folder_outbox_failed(struct store *store, int64_t id, const char *error,
                         struct problems *problems)
{
    struct folder *folder = folder_of(store);
    struct index index AUTO_INDEX = INDEX_INIT;
    if (folder_need_lock(folder, problems) != 0 || index_write(folder, problems, &index) != 0 ||
        index_run(&index, INDEX_OUTBOX_FAILED, "it", id, error) != 0)
        return -1;
    return index_publish(&index);
}

int folder_outbox_done(struct store *store, int64_t id, struct problems *problems)
{
    struct folder *folder = folder_of(store);
    struct index index AUTO_INDEX = INDEX_INIT;
    if (folder_need_lock(folder, problems) != 0 || index_write(folder, problems, &index) != 0 ||
        index_run(&index, INDEX_OUTBOX_DONE, "i", id) != 0)
        return -1;
    return runs_publish(&index);
}
