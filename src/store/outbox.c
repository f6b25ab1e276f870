#include "store/outbox.h"

#include "store/fs.h"
#include "store/names.h"
#include "store/row.h"
#include "store/runs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

int outbox_read(struct index *index, struct arena *arena, struct outbox_item **ret_items,
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
    struct index *index;
    int found = index_look(folder_of(store), problems, &index);
    if (found == 0)
        return outbox_read(index, arena, ret_items, ret_count);
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

int outbox_insert(struct index *index, const struct outbox_item *item)
{
    return index_run(index, INDEX_OUTBOX_PUT, "tttdit", item->run_id, item->url, item->result,
                     item->queued_at, (int64_t)item->attempts, item->last_error);
}

static int put_all(const struct folder *folder, const struct outbox_item *items, size_t count,
                   const struct run_text *report, struct problems *problems)
{
    struct index index AUTO_INDEX = INDEX_INIT;
    const char *run_id = items[0].run_id;
    if (!report_is_kept(folder, run_id) && runs_keep_report(folder, run_id, report, problems) != 0)
        return -1;
    if (index_write(folder, problems, &index) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (outbox_insert(&index, &items[i]) != 0)
            return -1;
    if (index_run(&index, INDEX_RUN_HAS_REPORT, "t", run_id) != 0)
        return -1;
    return index_publish(&index);
}

int folder_outbox_put(struct store *store, const struct outbox_item *items, size_t count,
                      const struct run_text *report, struct problems *problems)
{
    const struct folder *folder = folder_of(store);
    if (folder_need_lock(folder, problems) != 0)
        return -1;
    if (!name_is_plain(items[0].run_id)) {
        problems_add(problems, PROBLEM_STORE_FAILED, NOWHERE, "'%s' cannot be the name of a run",
                     items[0].run_id);
        return -1;
    }
    int result = put_all(folder, items, count, report, problems);
    if (result != 0)
        runs_forget(folder, items[0].run_id);
    return result;
}

int folder_outbox_failed(struct store *store, int64_t id, int attempts, const char *error,
                         struct problems *problems)
{
    struct folder *folder = folder_of(store);
    struct index index AUTO_INDEX = INDEX_INIT;
    if (folder_need_lock(folder, problems) != 0 || index_write(folder, problems, &index) != 0 ||
        index_run(&index, INDEX_OUTBOX_FAILED, "iit", id, (int64_t)attempts, error) != 0)
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

int folder_outbox_drop(struct store *store, const char *url, struct arena *arena,
                       struct problems *problems, struct outbox_item **ret_items, size_t *ret_count)
{
    struct folder *folder = folder_of(store);
    struct index index AUTO_INDEX = INDEX_INIT;
    struct outbox_item *items;
    size_t count, found = 0;
    if (folder_need_lock(folder, problems) != 0 ||
        folder_outbox(store, arena, problems, &items, &count) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (strcmp(items[i].url, url) == 0)
            items[found++] = items[i];
    if (found && (index_write(folder, problems, &index) != 0 ||
                  index_run(&index, INDEX_OUTBOX_DROP, "t", url) != 0 || runs_publish(&index) != 0))
        return -1;
    *ret_items = items;
    *ret_count = found;
    return 0;
}

/* What a walk from the newest to the oldest has met. */
struct tally {
    int reports; /* the folder; negative where there is none */
    const struct outbox_item *items;
    enum outbox_fate *fates;
    size_t count;
    int64_t bytes;
    bool full; /* what is older than one that found no room finds none either */
};

/* -1 where the report is gone. */
static int64_t report_size(const struct tally *tally, const char *run_id)
{
    char name[256];
    struct stat status;
    snprintf(name, sizeof(name), "%s.html", run_id);
    return tally->reports >= 0 && fs_stat(tally->reports, name, &status) && S_ISREG(status.st_mode)
               ? status.st_size
               : -1;
}

/* Is there room for it beside those that are newer? Of very many for one URL only the newest are
 * looked at. */
static enum outbox_fate find_room(struct tally *tally, size_t i, int64_t size)
{
    const struct outbox_item *item = &tally->items[i];
    size_t newer = 0;
    bool alone = true, counted = false;
    for (size_t j = tally->count; j-- > i + 1 && newer < OUTBOX_ITEMS_MOST;) {
        bool waits = tally->fates[j] == OUTBOX_WAITS;
        newer += waits && strcmp(tally->items[j].url, item->url) == 0;
        counted |= waits && strcmp(tally->items[j].run_id, item->run_id) == 0;
        alone &= !waits;
    }
    if (newer >= OUTBOX_ITEMS_MOST)
        return OUTBOX_TOO_MANY;
    if (counted)
        return OUTBOX_WAITS; /* it needs no room of its own */
    tally->full |= !alone && tally->bytes + size > OUTBOX_BYTES_MOST;
    if (tally->full)
        return OUTBOX_TOO_LARGE;
    tally->bytes += size;
    return OUTBOX_WAITS;
}

static enum outbox_fate decide(struct tally *tally, size_t i, instant now)
{
    int64_t size = report_size(tally, tally->items[i].run_id);
    if (size < 0)
        return OUTBOX_LOST;
    if (tally->items[i].queued_at < now - OUTBOX_AGE_MOST)
        return OUTBOX_TOO_OLD;
    return find_room(tally, i, size);
}

static int drop(struct folder *folder, const struct outbox_dropped *dropped, size_t count,
                struct problems *problems)
{
    struct index index AUTO_INDEX = INDEX_INIT;
    if (index_write(folder, problems, &index) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (index_run(&index, INDEX_OUTBOX_DONE, "i", dropped[i].item.id) != 0)
            return -1;
    return runs_publish(&index);
}

/* -1 where the folder cannot be looked into: what is in it is not lost for that. */
static int open_reports(const struct folder *folder, struct problems *problems, int *ret)
{
    int reports = fs_open_folder(folder->fd, "reports");
    if (reports < 0 && reports != -ENOENT)
        return folder_error(folder, problems, reports, "read it", "reports");
    *ret = reports;
    return 0;
}

int folder_outbox_trim(struct store *store, instant now, struct arena *arena,
                       struct problems *problems, struct outbox_dropped **ret_dropped,
                       size_t *ret_count)
{
    struct folder *folder = folder_of(store);
    struct outbox_item *items;
    size_t count, found = 0;
    int reports AUTO_FD = -1;
    if (folder_need_lock(folder, problems) != 0 ||
        folder_outbox(store, arena, problems, &items, &count) != 0 ||
        open_reports(folder, problems, &reports) != 0)
        return -1;
    struct outbox_dropped *dropped = arena_alloc(arena, count, sizeof(*dropped));
    enum outbox_fate *fates = arena_alloc(arena, count, sizeof(*fates));
    struct tally tally = {.reports = reports, .items = items, .fates = fates, .count = count};
    if (!dropped || !fates)
        return folder_out_of_memory(problems);
    for (size_t i = count; i-- > 0;)
        fates[i] = decide(&tally, i, now);
    for (size_t i = 0; i < count; i++)
        if (fates[i] != OUTBOX_WAITS)
            dropped[found++] = (struct outbox_dropped){items[i], fates[i]};
    if (found && drop(folder, dropped, found, problems) != 0)
        return -1;
    *ret_dropped = dropped;
    *ret_count = found;
    return 0;
}
