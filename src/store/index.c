#include "store/index.h"

#include "base/file.h"
#include "store/fs.h"
#include "store/runs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CURRENT "index.db"
#define COPY "index.db.new"

/* Up to one page in so many may stand empty. */
enum { EMPTY_PART = 8 };

static const char *const statements[] = {
#define X(name, sql) sql,
    INDEX_STATEMENTS(X)
#undef X
};

static int fail(struct index *index, int code)
{
    bool damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR;
    if (code == SQLITE_NOMEM)
        return folder_out_of_memory(index->problems);
    if (!damaged) {
        problems_add(index->problems, PROBLEM_STORE_FAILED, NOWHERE, "%s/" CURRENT ": %s",
                     index->folder->path,
                     index->db ? sqlite3_errmsg(index->db) : "cannot be opened");
        return -1;
    }
    return index_damaged(index, index->db ? sqlite3_errmsg(index->db) : "it is no database");
}

int index_damaged(struct index *index, const char *what)
{
    problems_add(index->problems, PROBLEM_STORE_DAMAGED, NOWHERE,
                 "%s/" CURRENT " is damaged (%s): bring it back from a backup, or move the store "
                 "away and apply all manifests anew",
                 index->folder->path, what);
    return -1;
}

/* Through the descriptor, so that a folder that is moved meanwhile stays the same one; by path
 * where there is no /proc. The caller frees it. */
static char *database_uri(const struct folder *folder, const char *name, const char *options)
{
    char through[64];
    snprintf(through, sizeof(through), "/proc/self/fd/%d", folder->fd);
    const char *path = access(through, F_OK) == 0 ? through : folder->path;
    static const char digits[] = "0123456789ABCDEF";
    char *quoted AUTO_FREE = malloc(3 * strlen(path) + 1), *uri = NULL;
    if (!quoted)
        return NULL;
    char *at = quoted;
    for (const unsigned char *byte = (const unsigned char *)path; *byte; byte++) {
        if (*byte > ' ' && *byte < 127 && !strchr("%?#\"", *byte)) {
            *at++ = (char)*byte;
            continue;
        }
        *at++ = '%';
        *at++ = digits[*byte >> 4];
        *at++ = digits[*byte & 15];
    }
    *at = '\0';
    return asprintf(&uri, "file:%s/%s?%s", quoted, name, options) < 0 ? NULL : uri;
}

static int open_database(struct index *index, const char *name, bool writable)
{
    char *uri AUTO_FREE =
        database_uri(index->folder, name, writable ? "mode=rw" : "mode=ro&immutable=1");
    if (!uri)
        return folder_out_of_memory(index->problems);
    int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                (writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    int code = sqlite3_open_v2(uri, &index->db, flags, NULL);
    if (code != SQLITE_OK)
        return fail(index, code);
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_DEFENSIVE, !writable, NULL);
    return 0;
}

static int pragma_number(struct index *index, const char *sql, int64_t *ret)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(index->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *ret = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? 0 : fail(index, code == SQLITE_DONE ? SQLITE_CORRUPT : code);
}

static int check_version(struct index *index)
{
    int64_t application = 0, version = 0;
    if (pragma_number(index, "PRAGMA application_id", &application) != 0 ||
        pragma_number(index, "PRAGMA user_version", &version) != 0)
        return -1;
    if (application != INDEX_APPLICATION_ID)
        return index_damaged(index, "it was not written by certroll");
    index->version = version;
    if (version >= 1 && version <= INDEX_VERSION)
        return 0;
    problems_add(index->problems, PROBLEM_STORE_FAILED, NOWHERE,
                 "%s/" CURRENT ": written by another version of certroll (schema %lld, this one "
                 "knows %d)",
                 index->folder->path, (long long)version, INDEX_VERSION);
    return -1;
}

/* 0, 1 where there is none, -1. */
static int look_for_current(struct index *index)
{
    struct stat status;
    if (index->folder->fd < 0)
        return 1;
    if (fstatat(index->folder->fd, CURRENT, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT
                   ? 1
                   : folder_error(index->folder, index->problems, -errno, "open", CURRENT);
    if (S_ISREG(status.st_mode))
        return 0;
    return folder_error(index->folder, index->problems, -ENOTDIR, "open", CURRENT);
}

int index_read(const struct folder *folder, struct problems *problems, struct index *ret)
{
    struct index index AUTO_INDEX = {.folder = folder, .problems = problems, .file = -1};
    int result = look_for_current(&index);
    if (result != 0)
        return result;
    if (open_database(&index, CURRENT, false) != 0 || check_version(&index) != 0)
        return -1;
    *ret = index;
    index = (struct index)INDEX_INIT;
    return 0;
}

static int copy_bytes(int from, int to)
{
    char buffer[64 * 1024];
    for (;;) {
        ssize_t count = copy_file_range(from, NULL, to, NULL, INT_MAX, 0);
        if (count < 0)
            count = read(from, buffer, sizeof(buffer));
        else if (count > 0)
            continue;
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count == 0 ? 0 : -errno;
        int error = file_write_all(to, buffer, (size_t)count);
        if (error)
            return error;
    }
}

/* A journal that stood beside the copy, SQLite would take for the copy's own and play it back. */
static int clear_copy(struct index *index)
{
    static const char *const names[] = {COPY, COPY "-journal", COPY "-wal", COPY "-shm"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int error = fs_remove(index->folder->fd, names[i]);
        if (error)
            return folder_error(index->folder, index->problems, error, "remove", names[i]);
    }
    return 0;
}

/* The copy that is going to be changed, or an empty file. */
static int make_copy(struct index *index)
{
    const struct folder *folder = index->folder;
    if (clear_copy(index) != 0)
        return -1;
    index->file = openat(folder->fd, COPY, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (index->file < 0 || fchmod(index->file, 0600) != 0)
        return folder_error(folder, index->problems, -errno, "create", COPY);
    int from AUTO_FD = openat(folder->fd, CURRENT, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (from < 0 && errno == ENOENT)
        return 0;
    int error = from < 0 ? -errno : copy_bytes(from, index->file);
    return error ? folder_error(folder, index->problems, error, "copy", CURRENT) : 0;
}

static int execute(struct index *index, const char *sql)
{
    int code = sqlite3_exec(index->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : fail(index, code);
}

static void close_database(struct index *index)
{
    for (size_t i = 0; i < INDEX_STATEMENT_COUNT; i++)
        sqlite3_finalize(index->statements[i]);
    memset(index->statements, 0, sizeof(index->statements));
    sqlite3_close(index->db);
    index->db = NULL;
}

/* A copy that fails is thrown away: no journal, and no sync but the one before the rename. */
static int prepare(struct index *index)
{
    if (execute(index, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                       "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY;") != 0)
        return -1;
    /* Not before: it keeps every journal on. */
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return 0;
}

/* What is deleted leaves room that index_publish() gives back; that is settled before the first
 * table. */
static int prepare_new(struct index *index)
{
    return prepare(index) == 0 ? execute(index, "PRAGMA auto_vacuum = INCREMENTAL") : -1;
}

static int create_schema(struct index *index)
{
    char sql[96];
    snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             INDEX_APPLICATION_ID, INDEX_VERSION);
    return execute(index, sql) == 0 ? execute(index, INDEX_SCHEMA) : -1;
}

static int attach_old(struct index *index)
{
    char *uri AUTO_FREE = database_uri(index->folder, CURRENT, "mode=ro&immutable=1");
    char *sql = uri ? sqlite3_mprintf("ATTACH %Q AS old", uri) : NULL;
    int result = sql ? execute(index, sql) : folder_out_of_memory(index->problems);
    sqlite3_free(sql);
    return result;
}

/* An index of an earlier version is not changed but read into a new one. */
static int upgrade(struct index *index)
{
    int64_t old = index->version;
    close_database(index);
    if (ftruncate(index->file, 0) != 0)
        return folder_error(index->folder, index->problems, -errno, "write", COPY);
    if (open_database(index, COPY, true) != 0 || prepare_new(index) != 0 ||
        attach_old(index) != 0 || execute(index, "BEGIN") != 0 || runs_move_out(index) != 0 ||
        create_schema(index) != 0 || execute(index, INDEX_UPGRADE) != 0 ||
        execute(index, old == 1 ? INDEX_UPGRADE_1 : INDEX_UPGRADE_2) != 0)
        return -1;
    index->version = INDEX_VERSION;
    return 0;
}

/* found: it is one of an index that there was. */
static int open_copy(struct index *index, bool found)
{
    if (open_database(index, COPY, true) != 0 || (found && check_version(index) != 0))
        return -1;
    if (found && index->version < INDEX_VERSION)
        return upgrade(index);
    if ((found ? prepare(index) : prepare_new(index)) != 0 || execute(index, "BEGIN") != 0)
        return -1;
    index->version = INDEX_VERSION;
    return found ? 0 : create_schema(index);
}

int index_write(const struct folder *folder, struct problems *problems, struct index *ret)
{
    struct index index AUTO_INDEX = {.folder = folder, .problems = problems, .file = -1};
    int found = look_for_current(&index);
    if (found < 0 || make_copy(&index) != 0 || open_copy(&index, found == 0) != 0)
        return -1;
    *ret = index;
    index = (struct index)INDEX_INIT;
    return 0;
}

/* Room that nothing stands in is copied with all the rest: much of it is given back. */
static int give_back_room(struct index *index)
{
    int64_t pages = 0, empty = 0;
    if (pragma_number(index, "PRAGMA page_count", &pages) != 0 ||
        pragma_number(index, "PRAGMA freelist_count", &empty) != 0)
        return -1;
    return empty * EMPTY_PART < pages ? 0 : execute(index, "PRAGMA incremental_vacuum");
}

int index_publish(struct index *index)
{
    const struct folder *folder = index->folder;
    if (give_back_room(index) != 0 || execute(index, "COMMIT") != 0)
        return -1;
    close_database(index);
    if (fsync(index->file) != 0 || renameat(folder->fd, COPY, folder->fd, CURRENT) != 0)
        return folder_error(folder, index->problems, -errno, "replace", CURRENT);
    close(index->file);
    index->file = -1;
    /* The new index stands; a sync that fails now cannot take it back. */
    file_sync_directory(folder->fd);
    return 0;
}

void index_done(struct index *index)
{
    close_database(index);
    if (index->file < 0)
        return;
    close(index->file);
    index->file = -1;
    unlinkat(index->folder->fd, COPY, 0);
}

static int bind_one(sqlite3_stmt *statement, int position, char kind, va_list *values)
{
    switch (kind) {
    case 't':
        return sqlite3_bind_text(statement, position, va_arg(*values, const char *), -1,
                                 SQLITE_STATIC);
    case 'i':
        return sqlite3_bind_int64(statement, position, va_arg(*values, int64_t));
    case 'd': {
        instant at = va_arg(*values, instant);
        return at == INSTANT_NONE ? sqlite3_bind_null(statement, position)
                                  : sqlite3_bind_int64(statement, position, at);
    }
    default: {
        const void *bytes = va_arg(*values, const void *);
        return sqlite3_bind_blob(statement, position, bytes, va_arg(*values, int), SQLITE_STATIC);
    }
    }
}

static sqlite3_stmt *query(struct index *index, enum index_statement number, const char *format,
                           va_list *values)
{
    sqlite3_stmt **statement = &index->statements[number];
    int code = SQLITE_OK;
    if (!*statement)
        code = sqlite3_prepare_v3(index->db, statements[number], -1, SQLITE_PREPARE_PERSISTENT,
                                  statement, NULL);
    else
        sqlite3_reset(*statement);
    for (int i = 0; code == SQLITE_OK && format[i]; i++)
        code = bind_one(*statement, i + 1, format[i], values);
    if (code == SQLITE_OK)
        return *statement;
    fail(index, code);
    return NULL;
}

sqlite3_stmt *index_query(struct index *index, enum index_statement statement, const char *format,
                          ...)
{
    va_list values;
    va_start(values, format);
    sqlite3_stmt *ready = query(index, statement, format, &values);
    va_end(values);
    return ready;
}

int index_step(struct index *index, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        return 1;
    if (code == SQLITE_DONE)
        return 0;
    return fail(index, code & 0xff);
}

int index_run(struct index *index, enum index_statement statement, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    sqlite3_stmt *ready = query(index, statement, format, &values);
    va_end(values);
    if (!ready || index_step(index, ready) < 0)
        return -1;
    sqlite3_reset(ready);
    return 0;
}

int index_number(struct index *index, enum index_statement statement, int64_t *ret)
{
    sqlite3_stmt *ready = index_query(index, statement, "");
    int found = ready ? index_step(index, ready) : -1;
    if (found < 0)
        return -1;
    *ret = found ? sqlite3_column_int64(ready, 0) : 0;
    sqlite3_reset(ready);
    return 0;
}

int index_has(struct index *index, enum index_statement statement, const char *first,
              const char *second)
{
    sqlite3_stmt *ready = index_query(index, statement, second ? "tt" : "t", first, second);
    int found = ready ? index_step(index, ready) : -1;
    if (ready)
        sqlite3_reset(ready);
    return found;
}
