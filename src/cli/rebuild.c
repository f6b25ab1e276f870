#include "cli/rebuild.h"

#include "cli/old_index.h"
#include "cli/relics.h"
#include "cli/replay.h"
#include "x509/issuers.h"
#include "x509/source.h"

#include <string.h>

/* How an object's files are tried, one way after the other: where the leaf, and its chain, stand.
 */
static const struct attempt {
    enum object_file leaf;
    int chain; /* enum object_file, or -1 */
    bool with_key;
} attempts[] = {
    {OBJECT_FULLCHAIN, -1, true},  {OBJECT_CERT, OBJECT_CHAIN, true},  {OBJECT_CERT, -1, true},
    {OBJECT_FULLCHAIN, -1, false}, {OBJECT_CERT, OBJECT_CHAIN, false}, {OBJECT_CERT, -1, false},
};

struct rebuild {
    struct session *session;
    struct store *store;
    bool old; /* the index, and sound */
    struct relics relics;
    struct problems told; /* what is true once the index was made anew */
    struct reassembly reassembly;
    const char **aside;
    size_t aside_count;
    struct issuers *issuers;
    struct secret_pool *keys;
};

static int ask_nobody(void *context, struct problems *problems, const struct secret **ret)
{
    (void)context;
    (void)problems;
    *ret = NULL;
    return 0;
}

/* 0, 1 where the files do not give the certificate that way, -1 with a problem. */
static int try(const struct rebuild *rebuild, const struct attempt *attempt,
               const struct relic *relic, const char *fingerprint, struct bundle *ret)
{
    struct session *session = rebuild->session;
    struct problems unheard;
    struct source source = {
        .path = fingerprint,
        .bytes = relic->files[attempt->leaf],
        .key_path = fingerprint,
        .key_bytes = attempt->with_key ? relic->files[OBJECT_KEY] : NULL,
        .chain_path = fingerprint,
        .chain_bytes = attempt->chain < 0 ? NULL : relic->files[attempt->chain],
        .ask = ask_nobody,
        .pin = fingerprint,
        .place = NOWHERE,
        .issuers = rebuild->issuers,
        .keys = rebuild->keys,
    };
    if (!source.bytes || (attempt->chain >= 0 && !source.chain_bytes))
        return 1;
    problems_init(&unheard, session->arena);
    if (source_load(&source, session->arena, &unheard, ret) == 0)
        return 0;
    if (!problems_has(&unheard, PROBLEM_OUT_OF_MEMORY) &&
        !problems_has(&unheard, PROBLEM_LIBRARY_MISSING) && !unheard.out_of_memory)
        return 1;
    problems_append(&session->problems, &unheard);
    return session->problems.errors ? -1 : session_out_of_memory(session);
}

static bool is_text(const struct secret *file, const char *first, const char *second)
{
    size_t length = strlen(first), rest = strlen(second);
    return file && secret_size(file) == length + rest &&
           memcmp(secret_peek(file), first, length) == 0 &&
           memcmp(secret_peek(file) + length, second, rest) == 0;
}

/* Are the files those that certroll writes? */
static bool is_whole(const struct relic *relic, const struct bundle *bundle)
{
    const struct secret *key = relic->files[OBJECT_KEY];
    bool same_key = !key == !bundle->key_pem;
    if (same_key && key)
        same_key = secret_size(key) == secret_size(bundle->key_pem) &&
                   memcmp(secret_peek(key), secret_peek(bundle->key_pem), secret_size(key)) == 0;
    return same_key && is_text(relic->files[OBJECT_CERT], bundle->cert_pem, "") &&
           is_text(relic->files[OBJECT_CHAIN], bundle->chain_pem, "") &&
           is_text(relic->files[OBJECT_FULLCHAIN], bundle->cert_pem, bundle->chain_pem);
}

static void set_aside(struct rebuild *rebuild, const char *fingerprint, const char *what)
{
    rebuild->aside[rebuild->aside_count++] = fingerprint;
    problems_add(&rebuild->told, PROBLEM_STORE_DAMAGED, NOWHERE,
                 "%s/objects/%s: %s; what stood there is kept in %s/", rebuild->session->store,
                 fingerprint, what, rebuild->relics.aside)
        ->advice = "Bring the certificate again through a manifest, then remove what was kept.";
}

/* What an index knew of it that its files do not show: whether its chain came without a root that
 * is left out, say. */
static void recall_findings(const struct rebuild *rebuild, struct relic_object *object)
{
    const struct stored_certificate *recalled =
        relics_recalled(&rebuild->relics, object->fingerprint);
    const struct stored_certificate *present = snapshot_certificate(
        &rebuild->relics.recalled[RECALLED_PRESENT].snapshot, object->fingerprint);
    if (present) /* of one before, its key's mode knows better */
        object->exportable = present->exportable;
    if (recalled &&
        strcmp(recalled->certificate.chain_digest, object->bundle.certificate.chain_digest) == 0)
        object->bundle.certificate.findings = recalled->certificate.findings;
}

static void judge(struct rebuild *rebuild, const struct relic *relic, struct relic_object *object)
{
    const struct stored_certificate *recalled =
        relics_recalled(&rebuild->relics, object->fingerprint);
    bool had_key = relic->files[OBJECT_KEY] || (recalled && recalled->certificate.has_key);
    if (had_key && !object->bundle.key_pem)
        set_aside(rebuild, object->fingerprint, "its private key is lost");
    else if (!is_whole(relic, &object->bundle))
        set_aside(rebuild, object->fingerprint, "a file was changed or lost, and is mended");
}

static int load_object(struct rebuild *rebuild, struct relic_object *object)
{
    struct relic relic AUTO_RELIC = {.readable_by_service = false};
    int result = 1;
    if (store_relic(rebuild->store, object->fingerprint, &rebuild->session->problems, &relic) != 0)
        return -1;
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]) && result == 1; i++)
        result = try(rebuild, &attempts[i], &relic, object->fingerprint, &object->bundle);
    if (result < 0)
        return -1;
    object->sound = result == 0;
    object->exportable = relic.readable_by_service;
    if (!object->sound) {
        set_aside(rebuild, object->fingerprint, "it is not the certificate of that name");
        return 0;
    }
    judge(rebuild, &relic, object);
    recall_findings(rebuild, object);
    return 0;
}

static int load_objects(struct rebuild *rebuild)
{
    struct session *session = rebuild->session;
    size_t count = rebuild->relics.object_count;
    struct relic_object *objects = arena_alloc(session->arena, count, sizeof(*objects));
    rebuild->aside = arena_alloc(session->arena, count, sizeof(*rebuild->aside));
    rebuild->issuers = issuers_new(session->arena);
    rebuild->keys = secret_pool_new();
    if (!objects || !rebuild->aside || !rebuild->keys)
        return session_out_of_memory(session);
    rebuild->reassembly = (struct reassembly){
        .session = session, .relics = &rebuild->relics, .told = &rebuild->told, .objects = objects};
    for (size_t i = 0; i < count; i++) {
        objects[i].fingerprint = rebuild->relics.objects[i];
        if (load_object(rebuild, &objects[i]) != 0)
            return -1;
    }
    return 0;
}

static int64_t last_generation(const struct relics *relics)
{
    int64_t generation = 0;
    for (size_t r = 0; r < RECOLLECTIONS_MOST; r++)
        if (relics->recalled[r].snapshot.generation > generation)
            generation = relics->recalled[r].snapshot.generation;
    return generation;
}

static void say_strays(struct rebuild *rebuild)
{
    for (size_t i = 0; i < rebuild->relics.stray_count; i++)
        problems_add(&rebuild->told, PROBLEM_STORE_DAMAGED, NOWHERE,
                     "%s/%s: it leads to no object; what stood there is kept in %s/",
                     rebuild->session->store, rebuild->relics.strays[i], rebuild->relics.aside)
            ->advice = "Look who put it there, then remove what was kept.";
}

/* Of all slots and objects together; those on which nothing is known are told of by themselves. */
static void say_rebuilt(struct rebuild *rebuild, const char *why)
{
    struct problems *problems = &rebuild->told;
    const struct recollection *recalled = rebuild->relics.recalled;
    const char *store = rebuild->session->store;
    if (rebuild->relics.damaged)
        problems_add(problems, PROBLEM_INDEX_REBUILT, NOWHERE,
                     "%s; it was made anew, and what it was is kept as index.db.%s", why,
                     rebuild->relics.aside);
    else
        problems_add(problems, PROBLEM_INDEX_REBUILT, NOWHERE,
                     "%s: the index was lost; it was made anew", store);
    if (recalled[RECALLED_PRESENT].has_outbox)
        return;
    if (recalled[RECALLED_PAST].has_outbox)
        problems_add(problems, PROBLEM_INDEX_REBUILT, NOWHERE,
                     "%s: which reports waited to be sent is known as it was then: some may be "
                     "sent again, and what came to wait since is not sent",
                     store);
    else if (!recalled[RECALLED_BEFORE].has_outbox)
        problems_add(problems, PROBLEM_INDEX_REBUILT, NOWHERE,
                     "%s: which reports waited to be sent is not known: none is sent", store);
    else if (recalled[RECALLED_BEFORE].outbox_count)
        problems_add(problems, PROBLEM_INDEX_REBUILT, NOWHERE,
                     "%s: which reports waited to be sent is known from before the last change: "
                     "one may be sent again",
                     store);
}

static int find_last_left(const struct relics *relics, int64_t *ret)
{
    int64_t last = 0, left;
    for (size_t i = 0; i < relics->run_count; i++) {
        if (old_index_left(&relics->runs[i], &left) != 0)
            return -1;
        last = left > last ? left : last;
    }
    *ret = last;
    return 0;
}

/* An index that others are later than tells of the past; of two such the later one. Of one whose
 * generation cannot be read nobody knows. */
static int settle_age(struct rebuild *rebuild)
{
    static const struct recollection nothing = {.has_slots = false};
    struct recollection *recalled = rebuild->relics.recalled;
    int64_t now = recalled[RECALLED_PRESENT].snapshot.generation;
    int64_t before = recalled[RECALLED_BEFORE].snapshot.generation;
    int64_t left;
    if (find_last_left(&rebuild->relics, &left) != 0)
        return session_out_of_memory(rebuild->session);
    bool old = now > 0 && (rebuild->old || left > now || before - 1 > now);
    bool both = (old || !recalled[RECALLED_PRESENT].has_slots) && before > 0;
    if (!old && !(both && left - 1 > before))
        return 0;
    bool is_before = both && (before > now || !recalled[RECALLED_PRESENT].has_slots);
    recalled[RECALLED_PAST] = recalled[is_before ? RECALLED_BEFORE : RECALLED_PRESENT];
    if (old)
        recalled[RECALLED_PRESENT] = nothing;
    recalled[RECALLED_BEFORE] = nothing;
    return 0;
}

/* Under the lock. */
static int rebuild_all(struct rebuild *rebuild, const char *why)
{
    struct session *session = rebuild->session;
    struct problems *problems = &session->problems;
    int64_t generation;
    problems_init(&rebuild->told, session->arena);
    if (store_survey(rebuild->store, session->now, session->arena, problems, &rebuild->relics) != 0)
        return -1;
    if (settle_age(rebuild) != 0)
        return -1;
    if (replay_runs(&rebuild->relics, session->arena, &rebuild->relics.recalled[RECALLED_RUNS]) !=
        0)
        return session_out_of_memory(session);
    if (load_objects(rebuild) != 0)
        return -1;
    say_rebuilt(rebuild, why);
    say_strays(rebuild);
    if (relics_reassemble(&rebuild->reassembly) != 0)
        return -1;
    size_t count = rebuild->reassembly.change_count;
    bool *change_failed = arena_alloc(session->arena, count, sizeof(*change_failed));
    if (!change_failed)
        return session_out_of_memory(session);
    const struct rebuilding rebuilding = {
        .relics = &rebuild->relics,
        .generation = last_generation(&rebuild->relics),
        .changes = rebuild->reassembly.changes,
        .change_count = count,
        .aside = rebuild->aside,
        .aside_count = rebuild->aside_count,
        .at = session->now,
    };
    int result = store_rebuild(rebuild->store, &rebuilding, problems, change_failed, &generation);
    if (result < 0)
        return -1;
    problems_append(problems, &rebuild->told);
    return 0;
}

/* 1 where it is to be made anew; 0; -1 with a problem. ret_old: though it is sound. */
static int examine(struct session *session, struct store *store, const char **ret_why,
                   bool *ret_old)
{
    struct problems found;
    int state = store_examine(store, session->arena, &session->problems, ret_why);
    if (state != INDEX_IS_SOUND)
        return state < 0 ? -1 : 1;
    problems_init(&found, session->arena);
    int old = old_index_check(session, store, &found);
    if (old < 0)
        problems_append(&session->problems, &found);
    else if (old > 0)
        *ret_why = found.count ? found.items[0].message : "";
    *ret_old = old > 0;
    return old;
}

static int rebuild_locked(struct session *session, struct store *store, bool *ret_rebuilt)
{
    const char *why = "";
    struct rebuild rebuild = {.session = session, .store = store};
    int state = examine(session, store, &why, &rebuild.old);
    if (state <= 0)
        return state;
    int result = rebuild_all(&rebuild, why);
    issuers_done(rebuild.issuers);
    secret_pool_free(rebuild.keys);
    *ret_rebuilt = result == 0;
    return result;
}

int rebuild_index(struct session *session, struct store *store, bool *ret_rebuilt)
{
    const char *why;
    bool old;
    int state = examine(session, store, &why, &old);
    if (state <= 0)
        return state;
    if (session_lock(session, store, session->options->lock_timeout, &session->problems) != 0)
        return -1;
    return rebuild_locked(session, store, ret_rebuilt);
}
