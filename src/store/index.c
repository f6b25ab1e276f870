#include "store/index.h"

#include "store/copy.h"
#include "store/fs.h"
#include "store/runs.h"
#include "store/vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Up to one page in so many may stand empty. */
enum { EMPTY_PART = 8, TRIES = 100 };

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
        problems_add(index->problems, PROBLEM_STORE_FAILED, NOWHERE, "%s/" COPY_CURRENT ": %s",
                     index->folder->path,
                     index->db ? sqlite3_errmsg(index->db) : "cannot be opened");
        return -1;
    }
    return index_damaged(index, index->db ? sqlite3_errmsg(index->db) : "it is no database");
}

int index_damaged(struct index *index, const char *what)
{
    problems_add(index->problems, PROBLEM_STORE_DAMAGED, NOWHERE,
                 "%s/" COPY_CURRENT " is damaged (%s)", index->folder->path, what)
        ->advice = INDEX_DAMAGED_ADVICE;
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
    const char *vfs = vfs_by_descriptor();
    if (!vfs || asprintf(&uri, "file:%s/%s?%s&vfs=%s", quoted, name, options, vfs) < 0)
        return NULL;
    return uri;
}

static int refuse_to_write(const struct index *index, const char *name)
{
    problems_add(index->problems, PROBLEM_STORE_FAILED, NOWHERE,
                 "%s/%s: cannot be opened for writing", index->folder->path, name);
    return -1;
}

static int open_database(struct index *index, const char *name, bool writable)
{
    char *uri AUTO_FREE =
        database_uri(index->folder, name, writable ? "mode=rw&nolock=1" : "mode=ro&immutable=1");
    if (!uri)
        return folder_out_of_memory(index->problems);
    int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                (writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    int code = sqlite3_open_v2(uri, &index->db, flags, NULL);
    if (code != SQLITE_OK)
        return fail(index, code);
    if (writable && sqlite3_db_readonly(index->db, "main")) /* SQLite's way out where it may not */
        return refuse_to_write(index, name);
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_DEFENSIVE, !writable, NULL);
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
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
                 "%s/" COPY_CURRENT
                 ": written by another version of certroll (schema %lld, this one "
                 "knows %d)",
                 index->folder->path, (long long)version, INDEX_VERSION)
        ->advice = "Use that version or a later one; to go back to this one, bring a backup of the "
                   "store back.";
    return -1;
}

/* What is held open as the index is never changed, nor does it become the index again. */
bool index_is_current(const struct index *index)
{
    struct stat held, now;
    return fstat(index->file, &held) == 0 && fs_stat(index->folder->fd, COPY_CURRENT, &now) &&
           held.st_dev == now.st_dev && held.st_ino == now.st_ino;
}

/* 0, 1 where there is none, 2 where it was replaced meanwhile, -1. */
static int try_read(struct index *index)
{
    int result = copy_open_current(index->folder, index->problems, &index->file);
    if (result != 0)
        return result;
    if (open_database(index, COPY_CURRENT, false) != 0)
        return -1;
    return index_is_current(index) ? check_version(index) : 2;
}

int index_read(const struct folder *folder, struct problems *problems, struct index *ret)
{
    for (int i = 0; i < TRIES; i++) {
        struct index index AUTO_INDEX = {.folder = folder, .problems = problems, .file = -1};
        int result = try_read(&index);
        if (result == 2)
            continue;
        if (result == 0) {
            *ret = index;
            index = (struct index)INDEX_INIT;
        }
        return result;
    }
    return folder_error(folder, problems, -EAGAIN, "open", COPY_CURRENT);
}

int index_peek(const struct folder *folder, const char *name, struct problems *problems,
               struct index *ret)
{
    struct index index AUTO_INDEX = {.folder = folder, .problems = problems, .file = -1};
    int result = copy_open(folder, name, problems, &index.file);
    if (result != 0)
        return result;
    if (open_database(&index, name, false) != 0 || check_version(&index) != 0)
        return -1;
    *ret = index;
    index = (struct index)INDEX_INIT;
    return 0;
}

void index_look_away(struct folder *folder)
{
    if (folder->look)
        index_done(folder->look);
    free(folder->look);
    folder->look = NULL;
}

int index_look(struct folder *folder, struct problems *problems, struct index **ret)
{
    if (!folder->look || !index_is_current(folder->look)) {
        struct index index AUTO_INDEX = INDEX_INIT;
        index_look_away(folder);
        int result = index_read(folder, problems, &index);
        if (result != 0)
            return result;
        folder->look = malloc(sizeof(*folder->look));
        if (!folder->look)
            return folder_out_of_memory(problems);
        *folder->look = index;
        index = (struct index)INDEX_INIT;
    }
    folder->look->problems = problems;
    *ret = folder->look;
    return 0;
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

/* A copy that fails is thrown away: no journal, and no sync but the one before the rename. SQLite's
 * own size of its cache is that of pages of 4 KB: with ours it would be 8 MB. */
static int prepare(struct index *index)
{
    if (execute(index, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                       "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY;"
                       "PRAGMA cache_size = 128;") != 0)
        return -1;
    /* Not before: it keeps every journal on. */
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return 0;
}

/* What is settled before the first table: what is deleted leaves room that index_publish() gives
 * back; and pages are as large as makes reading them all quickest. */
static int prepare_new(struct index *index)
{
    return prepare(index) == 0
               ? execute(index, "PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL")
               : -1;
}

static int create_schema(struct index *index)
{
    char sql[96];
    snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             INDEX_APPLICATION_ID, INDEX_VERSION);
    return execute(index, sql) == 0 ? execute(index, INDEX_SCHEMA) : -1;
}

/* The bytes of lower-case hex; -1 where it is none, or of more than a digest. */
static int from_hex(const char *hex, unsigned char ret[static DIGEST_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t length = strspn(hex, digits);
    if (hex[length] || length % 2 || length > 2 * DIGEST_SIZE)
        return -1;
    for (size_t i = 0; i < length; i += 2)
        ret[i / 2] = (unsigned char)((strchr(digits, hex[i]) - digits) << 4 |
                                     (strchr(digits, hex[i + 1]) - digits));
    return (int)(length / 2);
}

/* SQL's bytes(): of text that is no such hex it gives NULL, which no column takes; bytes stay. */
static void bytes_of_text(sqlite3_context *context, int count, sqlite3_value **values)
{
    unsigned char bytes[DIGEST_SIZE];
    if (count == 1 && sqlite3_value_type(values[0]) == SQLITE_BLOB) {
        sqlite3_result_value(context, values[0]);
        return;
    }
    const char *hex = count == 1 ? (const char *)sqlite3_value_text(values[0]) : NULL;
    int size = hex ? from_hex(hex, bytes) : -1;
    if (size >= 0)
        sqlite3_result_blob(context, bytes, size, SQLITE_TRANSIENT);
}

static int attach_old(struct index *index)
{
    char *uri AUTO_FREE = database_uri(index->folder, COPY_CURRENT, "mode=ro&immutable=1");
    char *sql = uri ? sqlite3_mprintf("ATTACH %Q AS old", uri) : NULL;
    int result = sql && sqlite3_create_function(index->db, "bytes", 1, SQLITE_UTF8, NULL,
                                                bytes_of_text, NULL, NULL) == SQLITE_OK
                     ? execute(index, sql)
                     : folder_out_of_memory(index->problems);
    sqlite3_free(sql);
    return result;
}

/* An index of an earlier version is not changed but read into a new one. */
static int upgrade(struct index *index)
{
    static const char *const upgrades[INDEX_VERSION - 1] = {INDEX_UPGRADE_1, INDEX_UPGRADE_2,
                                                            INDEX_UPGRADE_3};
    int64_t old = index->version;
    close_database(index);
    if (ftruncate(index->file, 0) != 0)
        return folder_error(index->folder, index->problems, -errno, "write", COPY_NAME);
    if (open_database(index, COPY_NAME, true) != 0 || prepare_new(index) != 0 ||
        attach_old(index) != 0 || execute(index, "BEGIN") != 0 ||
        (old < 3 && runs_move_out(index) != 0) || create_schema(index) != 0 ||
        execute(index, upgrades[old - 1]) != 0)
        return -1;
    index->version = INDEX_VERSION;
    return 0;
}

/* found: it is one of an index that there was. */
static int open_copy(struct index *index, bool found)
{
    if (open_database(index, COPY_NAME, true) != 0 || (found && check_version(index) != 0))
        return -1;
    if (found && index->version < INDEX_VERSION)
        return upgrade(index);
    if ((found ? prepare(index) : prepare_new(index)) != 0 || execute(index, "BEGIN") != 0)
        return -1;
    index->version = INDEX_VERSION;
    return found ? 0 : create_schema(index);
}

/* made: what copy_make() returned, which gave file. */
static int write_copy(const struct folder *folder, struct problems *problems, int made, int file,
                      struct index *ret)
{
    struct index index AUTO_INDEX = {.folder = folder, .problems = problems, .file = file};
    if (made < 0)
        return -1;
    index.writing = true;
    if (open_copy(&index, made == 0) != 0)
        return -1;
    *ret = index;
    index = (struct index)INDEX_INIT;
    return 0;
}

int index_write(const struct folder *folder, struct problems *problems, struct index *ret)
{
    int file = -1, made = copy_make(folder, problems, &file);
    return write_copy(folder, problems, made, file, ret);
}

int index_write_anew(const struct folder *folder, struct problems *problems, struct index *ret)
{
    int file = -1, made = copy_make_empty(folder, problems, &file) == 0 ? 1 : -1;
    return write_copy(folder, problems, made, file, ret);
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
    if (give_back_room(index) != 0 || execute(index, "COMMIT") != 0)
        return -1;
    close_database(index);
    int published = copy_publish(index->folder, index->problems, index->file);
    if (published < 0)
        return -1;
    index->unsynced = published > 0;
    index->writing = false;
    return 0;
}

void index_done(struct index *index)
{
    close_database(index);
    if (index->writing)
        copy_drop(index->folder);
    index->writing = false;
    if (index->file >= 0)
        close(index->file);
    index->file = -1;
}

/* What is no hex was never written as bytes, and is not found. */
static int bind_hex(sqlite3_stmt *statement, int position, const char *hex, bool as_text)
{
    unsigned char bytes[DIGEST_SIZE];
    int size = hex && !as_text ? from_hex(hex, bytes) : -1;
    if (size < 0)
        return sqlite3_bind_text(statement, position, hex, -1, SQLITE_STATIC);
    return sqlite3_bind_blob(statement, position, bytes, size, SQLITE_TRANSIENT);
}

static int bind_one(struct index *index, sqlite3_stmt *statement, int position, char kind,
                    va_list *values)
{
    switch (kind) {
    case 'x':
        return bind_hex(statement, position, va_arg(*values, const char *), index->version < 3);
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
        code = bind_one(index, *statement, i + 1, format[i], values);
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

int index_has(struct index *index, enum index_statement statement, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    sqlite3_stmt *ready = query(index, statement, format, &values);
    va_end(values);
    int found = ready ? index_step(index, ready) : -1;
    if (ready)
        sqlite3_reset(ready);
    return found;
}
