#include "store/explain.h"
#include "store/fs.h"
#include "store/index.h"
#include "store/leftovers.h"
#include "store/links.h"
#include "store/outbox.h"
#include "store/relics.h"
#include "store/row.h"

#include <errno.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <string.h>

enum { FINDING_SIZE = 160 };

struct verification {
    const struct folder *folder;
    struct index *index;
    struct problems *problems;
    struct arena *arena;
    struct explain explain;
};

/* path: below STORE, or "". */
static struct problem *differ(const struct verification *verification, const char *path,
                              const char *name, const char *what)
{
    return problems_add(verification->problems, PROBLEM_STORE_DAMAGED, NOWHERE, "%s/%s%s%s: %s",
                        verification->folder->path, path, path[0] ? "/" : "", name, what);
}

/* SHA-256 of the DER in a PEM text. 0, 1 where there is none, or -1 when memory is out. */
static int fingerprint_of(const char *pem, char ret[static DIGEST_TEXT_SIZE])
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----\n";
    const char *body = pem + strlen(begin), *end = strstr(pem, "-----END CERTIFICATE-----");
    if (strncmp(pem, begin, strlen(begin)) != 0 || !end)
        return 1;
    struct base64_decode_ctx context;
    size_t size = BASE64_DECODE_LENGTH((size_t)(end - body));
    unsigned char *der AUTO_FREE = malloc(size);
    if (!der)
        return -1;
    base64_decode_init(&context);
    if (!base64_decode_update(&context, &size, der, (size_t)(end - body), body) ||
        !base64_decode_final(&context))
        return 1;
    digest_bytes(der, size, ret);
    return 0;
}

static void tell(void *context, const char *path, const char *what, const char *advice)
{
    differ(context, "", path, what)->advice = advice;
}

/* What the index itself has of an object, NULL for nothing. 0, 1 where that is wrong, or -1. */
static int check_content(const struct verification *verification, const char *fingerprint,
                         const struct object_content *content)
{
    char digest[DIGEST_TEXT_SIZE] = "";
    const char *wrong = NULL;
    int found = content ? fingerprint_of(content->cert_pem, digest) : 1;
    if (found < 0)
        return folder_out_of_memory(verification->problems);
    if (!content)
        wrong = "the index lacks its content";
    else if (found == 1 || strcmp(digest, fingerprint) != 0)
        wrong = "the certificate in it is another one";
    if (wrong)
        differ(verification, "objects", fingerprint, wrong)->advice = INDEX_DAMAGED_ADVICE;
    return wrong != NULL;
}

static int verify_object(const struct verification *verification,
                         const struct stored_certificate *stored)
{
    const char *fingerprint = stored->certificate.fingerprint;
    struct object_content content;
    struct arena *scratch AUTO_ARENA = arena_new();
    if (!scratch)
        return folder_out_of_memory(verification->problems);
    int found = index_content(verification->index, fingerprint, scratch, &content);
    if (found < 0)
        return -1;
    int error = found == 0 ? explain_object(&verification->explain, stored, &content) : 0;
    if (error)
        return folder_error_in(verification->folder, verification->problems, error, "read it",
                               "objects", fingerprint);
    return check_content(verification, fingerprint, found == 0 ? &content : NULL) < 0 ? -1 : 0;
}

/* Slots of one scope come together. */
static size_t verify_links(const struct verification *verification, const struct snapshot *snapshot)
{
    const char *scope = "";
    size_t count = 0;
    for (size_t i = 0; i < snapshot->slot_count; i++) {
        const struct slot *slot = &snapshot->slots[i];
        size_t links = links_count(slot);
        if (links > 0 && strcmp(slot->scope, scope) != 0)
            explain_scope(&verification->explain, scope = slot->scope);
        explain_slot(&verification->explain, slot);
        count += links;
    }
    return count;
}

static int say_leftover(void *context, enum leftover kind, int directory, const char *above,
                        const char *name)
{
    static const char *const words[] = {
        [LEFTOVER_TEMPORARY] = "left over from a run that was killed",
        [LEFTOVER_OBJECT] = "an object that the index does not know",
        [LEFTOVER_SLOT] = "a slot that the index does not know",
        [LEFTOVER_REPORT] = "it is of a run that the index does not know",
        [LEFTOVER_FOREIGN] = "nothing that certroll put there",
    };
    (void)directory;
    struct problem *problem = differ(context, above, name, words[kind]);
    if (kind == LEFTOVER_FOREIGN)
        problem->advice = "Remove it, or move it elsewhere: apply leaves it alone.";
    return 0;
}

static void verify_parts(const struct verification *verification)
{
    static const struct {
        const char *name;
        mode_t mode;
    } parts[] = {{"objects", OBJECTS_MODE}, {"live", LIVE_MODE}, {"reports", REPORTS_MODE}};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct stat status;
        if (fs_stat(verification->folder->fd, parts[i].name, &status))
            explain_folder(&verification->explain, parts[i].name, &status, parts[i].mode);
    }
}

/* Claims and holdings of what is not there, whose names a statement gives. */
static int verify_references(const struct verification *verification,
                             enum index_statement references, const char *above)
{
    struct index *index = verification->index;
    sqlite3_stmt *statement = index_query(index, references, "");
    struct row row = {statement, verification->arena, false, false};
    int step = statement ? 0 : -1;
    while (statement && (step = index_step(index, statement)) == 1) {
        char path[512];
        const char *name = row_text(&row, 1);
        snprintf(path, sizeof(path), "%s%s", above, row_text(&row, 0));
        if (row_check(&row, index, "claim or holding") != 0)
            return -1;
        differ(verification, path, name, "refers to a certificate that the index does not know")
            ->advice = INDEX_DAMAGED_ADVICE;
    }
    return step < 0 ? -1 : 0;
}

/* Of the lines in which SQLite tells them: a heading, and what mostly follows from the first. */
static const char *first_finding(const char *lines, char ret[static FINDING_SIZE])
{
    const char *end = strchr(lines, '\n');
    if (end && strncmp(lines, "***", 3) == 0)
        lines = end + 1;
    snprintf(ret, FINDING_SIZE, "%.*s", (int)strcspn(lines, "\n"), lines);
    return ret;
}

/* SQLite's own check of the file, and what a claim must not do. */
static int verify_index(const struct verification *verification)
{
    struct index *index = verification->index;
    sqlite3_stmt *statement = index_query(index, INDEX_CHECK, "");
    struct row row = {statement, verification->arena, false, false};
    int step = statement ? 0 : -1;
    char finding[FINDING_SIZE];
    while (statement && (step = index_step(index, statement)) == 1) {
        const char *line = row_text(&row, 0);
        if (row_check(&row, index, "integrity_check") != 0)
            return -1;
        if (strcmp(line, "ok") != 0)
            index_damaged(index, first_finding(line, finding));
    }
    if (step < 0 || verify_references(verification, INDEX_LOST_CLAIMS, "live/") != 0)
        return -1;
    return verify_references(verification, INDEX_LOST_HOLDINGS, "");
}

/* What is kept of the runs that a statement names. */
static int verify_kept(const struct verification *verification, enum index_statement runs,
                       const char *end, const char *what)
{
    struct index *index = verification->index;
    int reports AUTO_FD = fs_open_folder(verification->folder->fd, "reports");
    sqlite3_stmt *statement = index_query(index, runs, "");
    struct row row = {statement, verification->arena, false, false};
    int step = statement ? 0 : -1;
    while (statement && (step = index_step(index, statement)) == 1) {
        struct stat status;
        char name[256];
        snprintf(name, sizeof(name), "%s%s", row_text(&row, 0), end);
        if (row_check(&row, index, "run") != 0)
            return -1;
        if (reports < 0 || !fs_stat(reports, name, &status) || !S_ISREG(status.st_mode))
            differ(verification, "reports", name, what)->advice =
                "Find out who removed it. Nothing can bring it back; it is missed until 30 more "
                "runs are kept.";
    }
    return step < 0 ? -1 : 0;
}

static int verify_reports(const struct verification *verification)
{
    if (verify_kept(verification, INDEX_REPORTS, ".html", "the report is lost") != 0)
        return -1;
    if (verification->index->version < 3)
        return 0; /* they stand in the index */
    return verify_kept(verification, INDEX_RUNS, ".json", "what the run did is lost");
}

static int verify_files(struct verification *verification, struct store_figures *figures)
{
    struct snapshot snapshot;
    struct snapshot_parts parts = {.scratch = verification->arena};
    int64_t unreferenced;
    if (index_snapshot(verification->index, verification->arena, &snapshot, &parts) != 0 ||
        index_number(verification->index, INDEX_COUNT_UNREFERENCED, &unreferenced) != 0)
        return -1;
    *figures = (struct store_figures){.objects = snapshot.certificate_count,
                                      .unreferenced = (size_t)unreferenced};
    for (size_t i = 0; i < snapshot.certificate_count; i++)
        if (verify_object(verification, &parts.certificates[i]) != 0)
            return -1;
    figures->links = verify_links(verification, &snapshot);
    return 0;
}

static int verify_all(struct verification *verification, struct store_figures *ret)
{
    struct store_figures figures;
    if (verify_index(verification) != 0)
        return -1;
    verify_parts(verification);
    if (verify_files(verification, &figures) != 0 || verify_reports(verification) != 0 ||
        leftovers_find(verification->index, NULL, true, say_leftover, verification) != 0)
        return -1;
    *ret = figures;
    return 0;
}

/* Of each certificate, its content. */
static int examine_contents(const struct verification *verification)
{
    struct snapshot snapshot;
    struct snapshot_parts parts = {.scratch = verification->arena};
    if (index_snapshot(verification->index, verification->arena, &snapshot, &parts) != 0)
        return -1;
    for (size_t i = 0; i < snapshot.certificate_count; i++) {
        const char *fingerprint = snapshot.certificates[i].certificate.fingerprint;
        struct object_content content;
        struct arena *scratch AUTO_ARENA = arena_new();
        if (!scratch)
            return folder_out_of_memory(verification->problems);
        int found = index_content(verification->index, fingerprint, scratch, &content);
        if (found < 0 ||
            check_content(verification, fingerprint, found == 0 ? &content : NULL) != 0)
            return -1;
    }
    return 0;
}

/* Of the tables that no snapshot has, that they can be read. */
static int examine_rest(const struct verification *verification)
{
    static const enum index_statement tables[] = {INDEX_RUNS, INDEX_TRACES};
    struct index *index = verification->index;
    struct outbox_item *items;
    size_t count;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        sqlite3_stmt *statement = index_query(index, tables[i], "");
        int step = statement ? 0 : -1;
        while (statement && (step = index_step(index, statement)) == 1)
            continue;
        if (step < 0)
            return -1;
    }
    return outbox_read(index, verification->arena, &items, &count);
}

/* Stops at the first that is wrong; all of it is told as a problem. */
static int examine(const struct folder *folder, struct arena *arena, struct problems *problems)
{
    struct index index AUTO_INDEX = INDEX_INIT;
    struct verification verification = {
        .folder = folder, .index = &index, .problems = problems, .arena = arena};
    int found = index_read(folder, problems, &index);
    if (found != 0)
        return found;
    if (verify_index(&verification) != 0 || problems->errors > 0)
        return -1;
    return examine_contents(&verification) == 0 ? examine_rest(&verification) : -1;
}

int folder_examine(struct store *store, struct arena *arena, struct problems *problems,
                   const char **ret_why)
{
    struct folder *folder = folder_of(store);
    struct problems found;
    problems_init(&found, arena);
    int result = examine(folder, arena, &found);
    int presence = STORE_IS_THERE;
    if (result >= 0 && (presence = folder_presence(store, problems)) < 0)
        return -1;
    if (presence == STORE_IS_LOST)
        return INDEX_IS_LOST;
    if (presence != STORE_IS_THERE)
        return store_say_missing(folder->path, presence, problems);
    if (result == 0)
        return INDEX_IS_SOUND;
    if (found.count > 0 && found.items[0].code == PROBLEM_STORE_DAMAGED) {
        *ret_why = found.items[0].message;
        return INDEX_IS_DAMAGED;
    }
    problems_append(problems, &found);
    return -1;
}

int folder_verify(struct store *store, struct problems *problems, struct store_figures *ret)
{
    struct folder *folder = folder_of(store);
    struct index index AUTO_INDEX = INDEX_INIT;
    int found = index_read(folder, problems, &index);
    int presence = found == 1 ? folder_presence(store, problems) : STORE_IS_THERE;
    if (found == 1)
        return presence < 0 ? -1 : store_say_missing(folder->path, presence, problems);
    if (found < 0)
        return -1;
    struct arena *arena AUTO_ARENA = arena_new();
    int objects AUTO_FD = fs_open_folder(folder->fd, "objects");
    int live AUTO_FD = fs_open_folder(folder->fd, "live");
    if (!arena)
        return folder_out_of_memory(problems);
    struct verification verification = {
        .folder = folder,
        .index = &index,
        .problems = problems,
        .arena = arena,
        .explain = {folder, objects < 0 ? -1 : objects, live < 0 ? -1 : live, tell, &verification},
    };
    return verify_all(&verification, ret);
}
