#include "fixture.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    const char *base = getenv("TMPDIR");
    if (!base || strlen(base) > 30)
        base = access("/dev/shm", R_OK | W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(fixture->root, sizeof(fixture->root), "%s/certroll-store-XXXXXX", base);
    assert_non_null(mkdtemp(fixture->root));
    snprintf(fixture->path, sizeof(fixture->path), "%s/store", fixture->root);
    fixture->arena = arena_new();
    assert_non_null(fixture->arena);
    problems_init(&fixture->problems, fixture->arena);
    *state = fixture;
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
    (void)status;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static int open_up(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
    (void)status;
    (void)ftw;
    if (kind == FTW_D || kind == FTW_DNR)
        chmod(path, 0700);
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    fixture_close(fixture);
    for (size_t i = 0; i < CHANGES_MOST; i++)
        if (fixture->changes[i].bundle)
            secret_free(fixture->changes[i].bundle->key_pem);
    nftw(fixture->root, open_up, 16, FTW_PHYS);
    nftw(fixture->root, remove_one, 16, FTW_PHYS | FTW_DEPTH);
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

void fixture_open_with_group(struct fixture *fixture, gid_t group)
{
    struct store_options options = {
        .location = fixture->path, .writable = true, .service_group = group};
    fixture_close(fixture);
    assert_int_equal(store_open(&options, &fixture->problems, &fixture->store), 0);
    assert_int_equal(store_lock(fixture->store, 5, "a test", &fixture->problems), 0);
}

void fixture_open(struct fixture *fixture)
{
    fixture_open_with_group(fixture, (gid_t)-1);
}

void fixture_close(struct fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = NULL;
}

static const char *pem(struct fixture *fixture, const char *text)
{
    unsigned char encoded[512];
    EVP_EncodeBlock(encoded, (const unsigned char *)text, (int)strlen(text));
    return arena_printf(fixture->arena,
                        "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n", encoded);
}

const char *fixture_fingerprint(struct fixture *fixture, const char *name)
{
    char *fingerprint = arena_alloc(fixture->arena, DIGEST_TEXT_SIZE, 1);
    digest_bytes(name, strlen(name), fingerprint);
    return fingerprint;
}

struct bundle *fixture_bundle(struct fixture *fixture, const char *name, bool with_key)
{
    struct bundle *bundle = arena_alloc(fixture->arena, 1, sizeof(*bundle));
    struct certificate *certificate = &bundle->certificate;
    const char **names = arena_alloc(fixture->arena, 2, sizeof(*names));
    names[0] = arena_printf(fixture->arena, "%s.example.com", name);
    names[1] = "www.example.com";
    strcpy(certificate->fingerprint, fixture_fingerprint(fixture, name));
    snprintf(certificate->thumbprint, sizeof(certificate->thumbprint), "%.40s",
             certificate->fingerprint);
    strcpy(certificate->key_id, certificate->fingerprint);
    strcpy(certificate->chain_digest, certificate->fingerprint);
    certificate->subject = arena_printf(fixture->arena, "CN=%s", name);
    certificate->issuer = "CN=An Issuer";
    certificate->serial = "0102";
    certificate->dns_names = names;
    certificate->dns_name_count = 2;
    certificate->key_algorithm = "EC P-256";
    certificate->not_before = 1000;
    certificate->not_after = 2000;
    certificate->has_key = with_key;
    certificate->findings = FINDING_WEAK_KEY;
    bundle->cert_pem = pem(fixture, name);
    bundle->chain_pem =
        arena_printf(fixture->arena, "%s%s", pem(fixture, "issuing CA"), pem(fixture, "policy CA"));
    if (with_key) {
        const char *key = arena_printf(fixture->arena, "the key of %s\n", name);
        bundle->key_pem = secret_copy(key, strlen(key));
        assert_non_null(bundle->key_pem);
    }
    return bundle;
}

struct change *fixture_change(struct fixture *fixture, enum change_kind kind)
{
    assert_true(fixture->change_count < CHANGES_MOST);
    struct change *change = &fixture->changes[fixture->change_count++];
    if (change->bundle)
        secret_free(change->bundle->key_pem);
    *change = (struct change){.kind = kind};
    return change;
}

void fixture_put_object(struct fixture *fixture, const char *name, bool exportable)
{
    struct change *change = fixture_change(fixture, CHANGE_PUT_OBJECT);
    change->bundle = fixture_bundle(fixture, name, true);
    change->exportable = exportable;
}

void fixture_hold(struct fixture *fixture, const char *name)
{
    struct holding *holding = arena_alloc(fixture->arena, 1, sizeof(*holding));
    *holding = (struct holding){"owner", name, fixture_fingerprint(fixture, name), false};
    fixture_change(fixture, CHANGE_PUT_HOLDING)->holding = holding;
}

static struct claim claim_of(struct fixture *fixture, const char *name)
{
    if (!name)
        return (struct claim){.effective_date = INSTANT_NONE};
    return (struct claim){fixture_fingerprint(fixture, name), name, INSTANT_NONE, false, false};
}

struct slot *fixture_put_slot(struct fixture *fixture, const char *type, const char *current,
                              const char *previous)
{
    struct slot *slot = arena_alloc(fixture->arena, 1, sizeof(*slot));
    *slot = (struct slot){.scope = "local",
                          .type = type,
                          .owner = "owner",
                          .current = claim_of(fixture, current),
                          .previous = claim_of(fixture, previous)};
    fixture_change(fixture, CHANGE_PUT_SLOT)->slot = slot;
    return slot;
}

static int write_string(const void *string, int fd)
{
    return file_write_all(fd, string, strlen(string));
}

static const struct run_text run_text = {write_string, "{\"kind\": \"Run\"}"};
static const struct run_text commit_text = {write_string, "{}"};

int fixture_put_run(struct fixture *fixture, const struct run_record *run)
{
    const struct run_text report = {write_string, run->report};
    return store_put_run(fixture->store, run, &run_text, run->report ? &report : NULL,
                         &fixture->problems);
}

int fixture_queue(struct fixture *fixture, const struct outbox_item *items, size_t count,
                  const char *report)
{
    const struct run_text text = {write_string, report};
    return store_outbox_put(fixture->store, items, count, &text, &fixture->problems);
}

int fixture_try_commit(struct fixture *fixture)
{
    struct commit commit = {.generation = fixture->generation,
                            .changes = fixture->changes,
                            .change_count = fixture->change_count,
                            .prune = fixture->prune,
                            .run_id = fixture->run_id,
                            .run_text = &commit_text,
                            .at = 1500};
    int result = store_commit(fixture->store, &commit, &fixture->problems, fixture->failed,
                              &fixture->generation);
    fixture->change_count = 0;
    return result;
}

void fixture_commit(struct fixture *fixture)
{
    int result = fixture_try_commit(fixture);
    for (size_t i = 0; i < fixture->problems.count; i++)
        print_error("%s\n", fixture->problems.items[i].message);
    assert_int_equal(result, 0);
}

void fixture_edit_index(struct fixture *fixture, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(fixture_path(fixture, "index.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

void fixture_make_old(struct fixture *fixture, int version)
{
    static const struct {
        const char *table, *column;
    } digests[] = {
        {"certificate", "fingerprint"},
        {"certificate", "thumbprint"},
        {"certificate", "key_id"},
        {"certificate", "chain_digest"},
        {"content", "fingerprint"},
        {"content", "key_digest"},
        {"issuer", "digest"},
        {"chain", "fingerprint"},
        {"claim", "fingerprint"},
        {"holding", "fingerprint"},
        {"source", "digest"},
        {"source", "fingerprint"},
        {"run_certificate", "fingerprint"},
    };
    fixture_edit_index(fixture, "ALTER TABLE source DROP COLUMN has_key;"
                                "ALTER TABLE source DROP COLUMN has_chain;"
                                "PRAGMA user_version = 3");
    if (version == 3)
        return;
    for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
        fixture_edit_index(fixture,
                           arena_printf(fixture->arena, "UPDATE %s SET %s = lower(hex(%s))",
                                        digests[i].table, digests[i].column, digests[i].column));
    fixture_edit_index(fixture, "UPDATE source SET sight = lower(hex(sight)) WHERE sight NOTNULL;"
                                "ALTER TABLE run ADD COLUMN json TEXT NOT NULL"
                                " DEFAULT '{\"kind\": \"Old\"}';"
                                "ALTER TABLE slot DROP COLUMN links;"
                                "PRAGMA user_version = 2");
    if (version == 1)
        fixture_edit_index(fixture,
                           "ALTER TABLE source DROP COLUMN sight; PRAGMA user_version = 1");
}

struct snapshot fixture_snapshot(struct fixture *fixture)
{
    struct store_options options = {
        .location = fixture->path, .writable = false, .service_group = (gid_t)-1};
    struct store *store;
    struct snapshot snapshot;
    assert_int_equal(store_open(&options, &fixture->problems, &store), 0);
    int result = store_snapshot(store, fixture->arena, &fixture->problems, &snapshot);
    store_close(store);
    assert_int_equal(result, 0);
    return snapshot;
}

unsigned fixture_damage(struct fixture *fixture, const char *name)
{
    struct snapshot snapshot = fixture_snapshot(fixture);
    const struct stored_certificate *stored =
        snapshot_certificate(&snapshot, fixture_fingerprint(fixture, name));
    assert_non_null(stored);
    return stored->damage;
}

const char *fixture_path(struct fixture *fixture, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *below = arena_vprintf(fixture->arena, format, arguments);
    va_end(arguments);
    return arena_printf(fixture->arena, "%s/%s", fixture->path, below);
}

void fixture_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
    close(fd);
}

const char *fixture_read(struct fixture *fixture, const char *path)
{
    struct secret *file AUTO_SECRET = NULL;
    assert_int_equal(file_read(AT_FDCWD, path, FILE_SOURCE_MOST, &file), 0);
    return arena_strndup(fixture->arena, (const char *)secret_peek(file), secret_size(file));
}

bool fixture_exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

unsigned fixture_mode(const char *path)
{
    struct stat status;
    assert_int_equal(lstat(path, &status), 0);
    return status.st_mode & 07777;
}

const char *fixture_target(struct fixture *fixture, const char *path)
{
    char target[PATH_SIZE];
    ssize_t length = readlink(path, target, sizeof(target));
    return length < 0 ? NULL : arena_strndup(fixture->arena, target, (size_t)length);
}

static struct fixture *listed;
static char *listing;

static int list_one(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
    (void)ftw;
    char digest[DIGEST_TEXT_SIZE] = "";
    if (kind == FTW_F) {
        const char *text = fixture_read(listed, path);
        digest_bytes(text, strlen(text), digest);
    }
    listing = arena_printf(listed->arena, "%s%s %o %lld.%09ld %s\n", listing, path,
                           (unsigned)status->st_mode, (long long)status->st_mtim.tv_sec,
                           status->st_mtim.tv_nsec, digest);
    return 0;
}

const char *fixture_listing(struct fixture *fixture)
{
    listed = fixture;
    listing = arena_strdup(fixture->arena, "");
    assert_int_equal(nftw(fixture->path, list_one, 16, FTW_PHYS), 0);
    return listing;
}

bool fixture_said(const struct fixture *fixture, enum problem_code code, const char *text)
{
    for (size_t i = 0; i < fixture->problems.count; i++)
        if (fixture->problems.items[i].code == code &&
            strstr(fixture->problems.items[i].message, text))
            return true;
    return false;
}
