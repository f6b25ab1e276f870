/*
 * index_sql: every statement that is put to index.db, by name, and its schema.
 *
 * Instants are seconds, NULL for INSTANT_NONE. Fingerprints and digests are their bytes; before
 * version 3 they were lower-case hex.
 */
#ifndef CERTROLL_STORE_INDEX_SQL_H
#define CERTROLL_STORE_INDEX_SQL_H

/* "CROL" */
#define INDEX_APPLICATION_ID 0x43524f4c
#define INDEX_VERSION 4

/* What fills a new index from one of an earlier version, which is attached as old; links and sight
 * are what that version has of them. bytes() is of what was hex. What sources brought is known
 * since version 4: one that may have brought more than the store has is opened once more. */
#define INDEX_UPGRADE_WITH(links, sight)                                                           \
    "UPDATE meta SET generation = (SELECT generation FROM old.meta);"                              \
    "INSERT INTO certificate SELECT bytes(fingerprint), bytes(thumbprint), bytes(key_id),"         \
    " bytes(chain_digest), subject, issuer, serial, dns_names, key_algorithm, not_before,"         \
    " not_after, has_key, findings, exportable, stamps FROM old.certificate;"                      \
    "INSERT INTO content SELECT bytes(fingerprint), bytes(key_digest), cert_pem FROM old.content;" \
    "INSERT INTO issuer SELECT id, bytes(digest), pem FROM old.issuer;"                            \
    "INSERT INTO chain SELECT bytes(fingerprint), position, issuer FROM old.chain;"                \
    "INSERT INTO slot SELECT scope, type, owner, " links " FROM old.slot;"                         \
    "INSERT INTO claim SELECT scope, type, position, bytes(fingerprint), entry, effective_date,"   \
    " roll, exportable FROM old.claim;"                                                            \
    "INSERT INTO holding SELECT owner, entry, bytes(fingerprint), exportable FROM old.holding;"    \
    "INSERT INTO run SELECT id, started_at, finished, report FROM old.run ORDER BY rowid;"         \
    "INSERT INTO run_certificate SELECT run, bytes(fingerprint) FROM old.run_certificate;"         \
    "INSERT INTO outbox SELECT * FROM old.outbox;"                                                 \
    "DELETE FROM sqlite_sequence; INSERT INTO sqlite_sequence SELECT * FROM old.sqlite_sequence;"  \
    "INSERT INTO source SELECT bytes(digest), owner, bytes(fingerprint), not_after, 1, 1, " sight  \
    " FROM old.source;"
#define INDEX_UPGRADE_1 INDEX_UPGRADE_WITH("NULL", "NULL")
#define INDEX_UPGRADE_2 INDEX_UPGRADE_WITH("NULL", "bytes(sight)")
#define INDEX_UPGRADE_3 INDEX_UPGRADE_WITH("links", "sight")

/* dns_names: each with its NUL, one after the other. stamps: struct object_stamps as it lies in
 * memory; where it cannot be used the files are read. slot.links: struct file_stamp of its folder,
 * NULL where its links have to be read. gone: what was let go, for as long as its object is there.
 * claim.position: 0 current, 1 previous, from 2 on next. */
#define INDEX_SCHEMA                                                                               \
    "CREATE TABLE meta (generation INTEGER NOT NULL);"                                             \
    "INSERT INTO meta VALUES (0);"                                                                 \
    "CREATE TABLE certificate ("                                                                   \
    " fingerprint BLOB PRIMARY KEY, thumbprint BLOB NOT NULL, key_id BLOB NOT NULL,"               \
    " chain_digest BLOB NOT NULL, subject TEXT NOT NULL, issuer TEXT NOT NULL,"                    \
    " serial TEXT NOT NULL, dns_names BLOB NOT NULL, key_algorithm TEXT NOT NULL,"                 \
    " not_before INTEGER, not_after INTEGER, has_key INTEGER NOT NULL,"                            \
    " findings INTEGER NOT NULL, exportable INTEGER NOT NULL, stamps BLOB NOT NULL"                \
    ") WITHOUT ROWID;"                                                                             \
    "CREATE TABLE content ("                                                                       \
    " fingerprint BLOB PRIMARY KEY, key_digest BLOB NOT NULL, cert_pem TEXT NOT NULL);"            \
    "CREATE TABLE issuer (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE,"                    \
    " pem TEXT NOT NULL);"                                                                         \
    "CREATE TABLE chain ("                                                                         \
    " fingerprint BLOB NOT NULL, position INTEGER NOT NULL, issuer INTEGER NOT NULL,"              \
    " PRIMARY KEY (fingerprint, position)) WITHOUT ROWID;"                                         \
    "CREATE TABLE slot (scope TEXT NOT NULL, type TEXT NOT NULL, owner TEXT NOT NULL,"             \
    " links BLOB, PRIMARY KEY (scope, type)) WITHOUT ROWID;"                                       \
    "CREATE TABLE claim ("                                                                         \
    " scope TEXT NOT NULL, type TEXT NOT NULL, position INTEGER NOT NULL,"                         \
    " fingerprint BLOB NOT NULL, entry TEXT, effective_date INTEGER, roll INTEGER NOT NULL,"       \
    " exportable INTEGER NOT NULL, PRIMARY KEY (scope, type, position)) WITHOUT ROWID;"            \
    "CREATE TABLE holding (owner TEXT NOT NULL, entry TEXT NOT NULL, fingerprint BLOB NOT NULL,"   \
    " exportable INTEGER NOT NULL, PRIMARY KEY (owner, entry)) WITHOUT ROWID;"                     \
    "CREATE TABLE source (digest BLOB NOT NULL, owner TEXT NOT NULL, fingerprint BLOB NOT NULL,"   \
    " not_after INTEGER, has_key INTEGER NOT NULL, has_chain INTEGER NOT NULL, sight BLOB,"        \
    " PRIMARY KEY (digest, owner)) WITHOUT ROWID;"                                                 \
    "CREATE TABLE run (id TEXT PRIMARY KEY, started_at INTEGER, finished INTEGER NOT NULL,"        \
    " report INTEGER NOT NULL);"                                                                   \
    "CREATE TABLE run_certificate (run TEXT NOT NULL, fingerprint BLOB NOT NULL,"                  \
    " PRIMARY KEY (run, fingerprint)) WITHOUT ROWID;"                                              \
    "CREATE TABLE gone (fingerprint BLOB PRIMARY KEY) WITHOUT ROWID;"                              \
    "CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL,"                \
    " url TEXT NOT NULL, result TEXT NOT NULL, queued_at INTEGER, attempts INTEGER NOT NULL,"      \
    " last_error TEXT);"

#define INDEX_REFERENCED "SELECT fingerprint FROM claim UNION SELECT fingerprint FROM holding"
#define INDEX_UNREFERENCED " FROM certificate WHERE fingerprint NOT IN (" INDEX_REFERENCED ")"
#define INDEX_UNHELD                                                                               \
    " FROM certificate WHERE fingerprint NOT IN"                                                   \
    " (" INDEX_REFERENCED " UNION SELECT fingerprint FROM run_certificate)"

#define INDEX_SLOTS_WITH(links)                                                                    \
    "SELECT scope, type, owner, position, fingerprint, entry, effective_date, roll, "              \
    "exportable, " links " FROM slot LEFT JOIN claim USING (scope, type)"
#define INDEX_SLOTS_ORDER " ORDER BY scope, type, position"

#define INDEX_SOURCES_WITH(rest)                                                                   \
    "SELECT digest, owner, fingerprint, not_after, " rest " FROM source ORDER BY digest, owner"

#define INDEX_STATEMENTS(X)                                                                        \
    /* reading */                                                                                  \
    X(GENERATION, "SELECT generation FROM meta")                                                   \
    X(COUNT_CERTIFICATES, "SELECT count(*) FROM certificate")                                      \
    X(COUNT_SLOTS, "SELECT count(*) FROM slot")                                                    \
    X(COUNT_NEXT, "SELECT count(*) FROM claim WHERE position >= 2")                                \
    X(COUNT_HOLDINGS, "SELECT count(*) FROM holding")                                              \
    X(COUNT_SOURCES, "SELECT count(*) FROM source")                                                \
    X(COUNT_UNREFERENCED, "SELECT count(*)" INDEX_UNREFERENCED)                                    \
    X(CERTIFICATES,                                                                                \
      "SELECT fingerprint, thumbprint, key_id, chain_digest, subject, issuer, serial, dns_names,"  \
      " key_algorithm, not_before, not_after, has_key, findings, exportable, stamps"               \
      " FROM certificate ORDER BY fingerprint")                                                    \
    X(SLOTS, INDEX_SLOTS_WITH("links") INDEX_SLOTS_ORDER)                                          \
    X(SLOTS_2, INDEX_SLOTS_WITH("NULL") INDEX_SLOTS_ORDER)                                         \
    X(SLOTS_UNSTAMPED, INDEX_SLOTS_WITH("links") " WHERE links IS NULL" INDEX_SLOTS_ORDER)         \
    X(HOLDINGS, "SELECT owner, entry, fingerprint, exportable FROM holding ORDER BY owner, entry") \
    X(SOURCES, INDEX_SOURCES_WITH("has_key, has_chain, sight"))                                    \
    X(SOURCES_3, INDEX_SOURCES_WITH("1, 1, sight"))                                                \
    X(SOURCES_1, INDEX_SOURCES_WITH("1, 1, NULL"))                                                 \
    X(CONTENT, "SELECT cert_pem, key_digest, has_key, exportable FROM content"                     \
               " JOIN certificate USING (fingerprint) WHERE fingerprint = ?1")                     \
    X(CHAIN,                                                                                       \
      "SELECT pem FROM chain JOIN issuer ON id = issuer WHERE fingerprint = ?1 ORDER BY position") \
    X(HAS_CERTIFICATE, "SELECT 1 FROM certificate WHERE fingerprint = ?1")                         \
    X(HAD_CERTIFICATE, "SELECT 1 FROM certificate WHERE fingerprint = ?1"                          \
                       " UNION ALL SELECT 1 FROM gone WHERE fingerprint = ?1")                     \
    X(GONE_NAMES, "SELECT fingerprint FROM gone ORDER BY fingerprint")                             \
    X(CERTIFICATE_NAMES, "SELECT fingerprint FROM certificate ORDER BY fingerprint")               \
    X(UNREFERENCED_NAMES, "SELECT fingerprint" INDEX_UNREFERENCED " ORDER BY fingerprint")         \
    X(SLOT_NAMES, "SELECT type FROM slot WHERE scope = ?1 ORDER BY type")                          \
    X(HAS_REPORT, "SELECT 1 FROM run WHERE id = ?1 AND report"                                     \
                  " UNION SELECT 1 FROM outbox WHERE run = ?1")                                    \
    X(HAS_RUN, "SELECT 1 FROM run WHERE id = ?1")                                                  \
    X(RUNS, "SELECT id, started_at, finished, report FROM run ORDER BY rowid")                     \
    X(RUNS_2, "SELECT id, started_at, finished, report, json FROM run ORDER BY rowid")             \
    X(INTERRUPTED_RUNS,                                                                            \
      "SELECT id FROM run WHERE NOT finished AND NOT report AND id <> ?1 AND rowid >"              \
      " (SELECT coalesce(max(rowid), 0) FROM run WHERE finished) ORDER BY rowid")                  \
    X(REPORTS, "SELECT id FROM run WHERE report UNION SELECT run FROM outbox ORDER BY 1")          \
    X(OUTBOX,                                                                                      \
      "SELECT id, run, url, result, queued_at, attempts, last_error FROM outbox ORDER BY id")      \
    X(TRACES, "SELECT run, fingerprint FROM run_certificate ORDER BY run, fingerprint")            \
    X(LOST_CLAIMS, "SELECT scope, type, fingerprint FROM claim WHERE fingerprint NOT IN"           \
                   " (SELECT fingerprint FROM certificate)")                                       \
    X(LOST_HOLDINGS, "SELECT owner, entry, fingerprint FROM holding WHERE fingerprint NOT IN"      \
                     " (SELECT fingerprint FROM certificate)")                                     \
    X(CHECK, "PRAGMA integrity_check(10)")                                                         \
    /* writing: a commit */                                                                        \
    X(SET_GENERATION, "UPDATE meta SET generation = ?1")                                           \
    X(PUT_CERTIFICATE,                                                                             \
      "INSERT OR REPLACE INTO certificate"                                                         \
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)")                \
    X(PUT_CONTENT, "INSERT OR REPLACE INTO content VALUES (?1, ?2, ?3)")                           \
    X(PUT_ISSUER, "INSERT OR IGNORE INTO issuer (digest, pem) VALUES (?1, ?2)")                    \
    X(DROP_CHAIN, "DELETE FROM chain WHERE fingerprint = ?1")                                      \
    X(PUT_CHAIN, "INSERT INTO chain SELECT ?1, ?2, id FROM issuer WHERE digest = ?3")              \
    X(SET_STAMPS,                                                                                  \
      "UPDATE certificate SET exportable = ?2, stamps = ?3, has_key = ?4 WHERE fingerprint = ?1")  \
    X(SET_KEY, "UPDATE content SET key_digest = ?2 WHERE fingerprint = ?1")                        \
    X(PUT_SLOT, "INSERT OR REPLACE INTO slot VALUES (?1, ?2, ?3, NULL)")                           \
    X(STAMP_SLOT, "UPDATE slot SET links = ?3 WHERE scope = ?1 AND type = ?2")                     \
    X(DROP_SLOT, "DELETE FROM slot WHERE scope = ?1 AND type = ?2")                                \
    X(DROP_CLAIMS, "DELETE FROM claim WHERE scope = ?1 AND type = ?2")                             \
    X(PUT_CLAIM, "INSERT INTO claim VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")                      \
    X(PUT_HOLDING, "INSERT OR REPLACE INTO holding VALUES (?1, ?2, ?3, ?4)")                       \
    X(DROP_HOLDING, "DELETE FROM holding WHERE owner = ?1 AND entry = ?2")                         \
    X(PUT_SOURCE, "INSERT OR REPLACE INTO source VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")             \
    X(DROP_SOURCE, "DELETE FROM source WHERE digest = ?1 AND owner = ?2")                          \
    X(RUN_TOUCHES, "INSERT OR IGNORE INTO run_certificate VALUES (?1, ?2)")                        \
    X(RUN_TOUCHES_SLOT, "INSERT OR IGNORE INTO run_certificate"                                    \
                        " SELECT ?1, fingerprint FROM claim WHERE scope = ?2 AND type = ?3")       \
    X(RUN_TOUCHES_HOLDING, "INSERT OR IGNORE INTO run_certificate"                                 \
                           " SELECT ?1, fingerprint FROM holding WHERE owner = ?2 AND entry = ?3") \
    X(LET_GO, "DELETE" INDEX_UNHELD)                                                               \
    X(LET_GO_ALL, "DELETE" INDEX_UNREFERENCED)                                                     \
    X(PUT_GONE, "INSERT OR IGNORE INTO gone SELECT fingerprint" INDEX_UNHELD)                      \
    X(PUT_GONE_ALL, "INSERT OR IGNORE INTO gone SELECT fingerprint" INDEX_UNREFERENCED)            \
    X(DROP_GONE, "DELETE FROM gone WHERE fingerprint = ?1")                                        \
    X(DROP_GONE_BACK,                                                                              \
      "DELETE FROM gone WHERE fingerprint IN (SELECT fingerprint FROM certificate)")               \
    X(SWEEP_CONTENT,                                                                               \
      "DELETE FROM content WHERE fingerprint NOT IN (SELECT fingerprint FROM certificate)")        \
    X(SWEEP_CHAIN,                                                                                 \
      "DELETE FROM chain WHERE fingerprint NOT IN (SELECT fingerprint FROM certificate)")          \
    X(SWEEP_ISSUER, "DELETE FROM issuer WHERE id NOT IN (SELECT issuer FROM chain)")               \
    X(SWEEP_TOUCHED, "DELETE FROM run_certificate WHERE fingerprint NOT IN"                        \
                     " (SELECT fingerprint FROM certificate)")                                     \
    /* of owners that have nothing any more: the plan forgets those of others */                   \
    X(SWEEP_SOURCE,                                                                                \
      "DELETE FROM source WHERE fingerprint NOT IN (SELECT fingerprint FROM certificate)"          \
      " AND owner NOT IN (SELECT owner FROM slot UNION SELECT owner FROM holding)")                \
    /* writing: runs and the outbox */                                                             \
    X(OPEN_RUN, "INSERT OR IGNORE INTO run VALUES (?1, ?2, 0, 0)")                                 \
    X(PUT_RUN, "INSERT INTO run VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE SET"            \
               " started_at = excluded.started_at, finished = excluded.finished,"                  \
               " report = max(report, excluded.report)")                                           \
    X(TRIM_RUNS, "DELETE FROM run WHERE id NOT IN"                                                 \
                 " (SELECT id FROM run ORDER BY rowid DESC LIMIT ?1)"                              \
                 " AND id NOT IN (SELECT run FROM outbox)")                                        \
    X(TRIM_TOUCHED, "DELETE FROM run_certificate WHERE run NOT IN (SELECT id FROM run)")           \
    X(OUTBOX_PUT, "INSERT INTO outbox (run, url, result, queued_at, attempts, last_error)"         \
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                                              \
    X(RUN_HAS_REPORT, "UPDATE run SET report = 1 WHERE id = ?1")                                   \
    X(OUTBOX_RESULT, "UPDATE outbox SET result = ?2 WHERE run = ?1")                               \
    X(OUTBOX_FAILED, "UPDATE outbox SET attempts = attempts + ?2, last_error = ?3 WHERE id = ?1")  \
    X(OUTBOX_DONE, "DELETE FROM outbox WHERE id = ?1")                                             \
    X(OUTBOX_DROP, "DELETE FROM outbox WHERE url = ?1")

enum index_statement {
#define X(name, sql) INDEX_##name,
    INDEX_STATEMENTS(X)
#undef X
        INDEX_STATEMENT_COUNT
};

#endif
