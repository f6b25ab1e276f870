#include "store/explain.h"
#include "store/fs.h"
#include "store/index.h"
#include "store/leftovers.h"
#include "store/links.h"
#include "store/row.h"

#include <errno.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <string.h>

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

/* SHA-256 of the DER in a PEM text; -1 where there is none. */
static int fingerprint_of(const char *pem, char ret[static DIGEST_TEXT_SIZE])
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----\n";
    const char *body = pem + strlen(begin), *end = strstr(pem, "-----END CERTIFICATE-----");
    if (strncmp(pem, begin, strlen(begin)) != 0 || !end)
        return -1;
    struct base64_decode_ctx context;
    size_t size = BASE64_DECODE_LENGTH((size_t)(end - body));
    unsigned char *der AUTO_FREE = malloc(size);
    base64_decode_init(&context);
    if (!der || !base64_decode_update(&context, &size, der, (size_t)(end - body), body) ||
        !base64_decode_final(&context))
        return -1;
    digest_bytes(der, size, ret);
    return 0;
}

static void tell(void *context, const char *path, const char *what, const char *advice)
{
    differ(context, "", path, what)->advice = advice;
}

static int verify_object(const struct verification *verification,
                         const struct stored_certificate *stored)
{
    const char *fingerprint = stored->certificate.fingerprint;
    struct object_content content;
    char digest[DIGEST_TEXT_SIZE];
    struct arena *scratch AUTO_ARENA = arena_new();
    if (!scratch)
        return folder_out_of_memory(verification->problems);
    int found = index_content(verification->index, fingerprint, scratch, &content);
    if (found < 0)
        return -1;
    if (found == 1) {
        differ(verification, "objects", fingerprint, "the index lacks its content");
        return 0;
    }
    int error = explain_object(&verification->explain, stored, &content);
    if (error)
        return folder_error_in(verification->folder, verification->problems, error, "read it",
                               "objects", fingerprint);
    if (fingerprint_of(content.cert_pem, digest) != 0 || strcmp(digest, fingerprint) != 0)
        differ(verification, "objects", fingerprint, "the certificate in it is another one");
    return 0;
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

/* SQLite's own check of the file, and what a claim must not do. */
static int verify_index(const struct verification *verification)
{
    struct index *index = verification->index;
    sqlite3_stmt *statement = index_query(index, INDEX_CHECK, "");
    struct row row = {statement, verification->arena, false, false};
    int step = statement ? 0 : -1;
    while (statement && (step = index_step(index, statement)) == 1) {
        const char *line = row_text(&row, 0);
        if (strcmp(line, "ok") != 0)
            index_damaged(index, line);
    }
    if (step < 0 || !(statement = index_query(index, INDEX_LOST_CLAIMS, "")))
        return -1;
    row.statement = statement;
    while ((step = index_step(index, statement)) == 1) {
        const char *scope = row_text(&row, 0), *type = row_text(&row, 1);
        char path[512];
        snprintf(path, sizeof(path), "live/%s", scope);
        differ(verification, path, type, "refers to a certificate that the index does not know");
    }
    return step < 0 ? -1 : row_check(&row, index, "claim");
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
