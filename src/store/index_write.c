#include "store/index.h"

#include "base/text.h"
#include "store/fs.h"
#include "store/runs.h"

#include <limits.h>
#include <string.h>

static int put_row(struct index *index, const struct bundle *bundle,
                   const struct object_content *content, const struct object_stamps *stamps,
                   const struct text *names)
{
    const struct certificate *certificate = &bundle->certificate;
    if (names->length > INT_MAX || text_failed(names))
        return folder_out_of_memory(index->problems);
    return index_run(index, INDEX_PUT_CERTIFICATE,
                     "xxxxttt"
                     "b"
                     "t"
                     "dd"
                     "iii"
                     "b",
                     certificate->fingerprint, certificate->thumbprint, certificate->key_id,
                     certificate->chain_digest, certificate->subject, certificate->issuer,
                     certificate->serial, text_string(names), (int)names->length,
                     certificate->key_algorithm, certificate->not_before, certificate->not_after,
                     (int64_t)content->has_key, (int64_t)certificate->findings,
                     (int64_t)content->exportable, (const void *)stamps, (int)sizeof(*stamps));
}

/* The length of the first certificate of a PEM text, its line end with it. */
static size_t first_certificate(const char *pem)
{
    static const char end[] = "-----END CERTIFICATE-----";
    const char *at = strstr(pem, end);
    if (!at)
        return strlen(pem);
    at += sizeof(end) - 1;
    return (size_t)(at - pem) + (*at == '\n');
}

static int put_chain(struct index *index, const char *fingerprint, const char *chain_pem)
{
    if (index_run(index, INDEX_DROP_CHAIN, "x", fingerprint) != 0)
        return -1;
    for (int64_t position = 0; *chain_pem; position++) {
        size_t length = first_certificate(chain_pem);
        char digest[DIGEST_TEXT_SIZE];
        char *pem AUTO_FREE = strndup(chain_pem, length);
        if (!pem)
            return folder_out_of_memory(index->problems);
        digest_bytes(pem, length, digest);
        if (index_run(index, INDEX_PUT_ISSUER, "xt", digest, pem) != 0 ||
            index_run(index, INDEX_PUT_CHAIN, "xix", fingerprint, position, digest) != 0)
            return -1;
        chain_pem += length;
    }
    return 0;
}

int index_put_certificate(struct index *index, const struct bundle *bundle,
                          const struct object_content *content, const struct object_stamps *stamps)
{
    const struct certificate *certificate = &bundle->certificate;
    struct text names CLEANUP(text_done) = TEXT_INIT;
    for (size_t i = 0; i < certificate->dns_name_count; i++)
        text_add_bytes(&names, certificate->dns_names[i], strlen(certificate->dns_names[i]) + 1);
    if (put_row(index, bundle, content, stamps, &names) != 0 ||
        index_run(index, INDEX_PUT_CONTENT, "xxt", certificate->fingerprint, content->key_digest,
                  content->cert_pem) != 0)
        return -1;
    return put_chain(index, certificate->fingerprint, content->chain_pem);
}

int index_set_content(struct index *index, const char *fingerprint,
                      const struct object_content *content, const struct object_stamps *stamps)
{
    if (index_run(index, INDEX_SET_KEY, "xx", fingerprint, content->key_digest) != 0)
        return -1;
    return index_run(index, INDEX_SET_STAMPS, "xibi", fingerprint, (int64_t)content->exportable,
                     (const void *)stamps, (int)sizeof(*stamps), (int64_t)content->has_key);
}

/* An unfinished run keeps what its commit touches, before and after. */
static int touch(struct index *index, const char *run_id, const char *fingerprint)
{
    if (!run_id || !fingerprint)
        return 0;
    return index_run(index, INDEX_RUN_TOUCHES, "tx", run_id, fingerprint);
}

static int put_claim(struct index *index, const char *run_id, const struct slot *slot,
                     int64_t position, const struct claim *claim)
{
    if (!claim->fingerprint)
        return 0;
    int known = index_has(index, INDEX_HAS_CERTIFICATE, "x", claim->fingerprint);
    if (known == 0)
        problems_add(index->problems, PROBLEM_STORE_FAILED, NOWHERE,
                     "slot %s/%s: the store does not have the certificate %s", slot->scope,
                     slot->type, claim->fingerprint);
    if (known != 1)
        return -1;
    if (index_run(index, INDEX_PUT_CLAIM, "ttixtdii", slot->scope, slot->type, position,
                  claim->fingerprint, claim->entry, claim->effective_date, (int64_t)claim->roll,
                  (int64_t)claim->exportable) != 0)
        return -1;
    return touch(index, run_id, claim->fingerprint);
}

static int clear_slot(struct index *index, const char *run_id, const struct slot *slot)
{
    if (run_id &&
        index_run(index, INDEX_RUN_TOUCHES_SLOT, "ttt", run_id, slot->scope, slot->type) != 0)
        return -1;
    return index_run(index, INDEX_DROP_CLAIMS, "tt", slot->scope, slot->type);
}

static int put_slot(struct index *index, const char *run_id, const struct slot *slot)
{
    if (clear_slot(index, run_id, slot) != 0 ||
        index_run(index, INDEX_PUT_SLOT, "ttt", slot->scope, slot->type, slot->owner) != 0 ||
        put_claim(index, run_id, slot, 0, &slot->current) != 0 ||
        put_claim(index, run_id, slot, 1, &slot->previous) != 0)
        return -1;
    for (size_t i = 0; i < slot->next_count; i++)
        if (put_claim(index, run_id, slot, (int64_t)i + 2, &slot->next[i]) != 0)
            return -1;
    return 0;
}

static int drop_slot(struct index *index, const char *run_id, const struct slot *slot)
{
    if (clear_slot(index, run_id, slot) != 0)
        return -1;
    return index_run(index, INDEX_DROP_SLOT, "tt", slot->scope, slot->type);
}

static int put_holding(struct index *index, const char *run_id, const struct holding *holding)
{
    if (run_id && index_run(index, INDEX_RUN_TOUCHES_HOLDING, "ttt", run_id, holding->owner,
                            holding->entry) != 0)
        return -1;
    if (index_run(index, INDEX_PUT_HOLDING, "ttxi", holding->owner, holding->entry,
                  holding->fingerprint, (int64_t)holding->exportable) != 0)
        return -1;
    return touch(index, run_id, holding->fingerprint);
}

static int drop_holding(struct index *index, const char *run_id, const struct holding *holding)
{
    if (run_id && index_run(index, INDEX_RUN_TOUCHES_HOLDING, "ttt", run_id, holding->owner,
                            holding->entry) != 0)
        return -1;
    return index_run(index, INDEX_DROP_HOLDING, "tt", holding->owner, holding->entry);
}

static int put_change(struct index *index, const char *run_id, const struct change *change)
{
    switch (change->kind) {
    case CHANGE_PUT_OBJECT:
        return touch(index, run_id, change->bundle->certificate.fingerprint);
    case CHANGE_REPAIR_OBJECT:
    case CHANGE_SET_ACCESS:
        return touch(index, run_id, change->fingerprint);
    case CHANGE_PUT_SLOT:
        return put_slot(index, run_id, change->slot);
    case CHANGE_DROP_SLOT:
        return drop_slot(index, run_id, change->slot);
    case CHANGE_PUT_HOLDING:
        return put_holding(index, run_id, change->holding);
    case CHANGE_DROP_HOLDING:
        return drop_holding(index, run_id, change->holding);
    case CHANGE_PUT_SOURCE:
        return index_run(index, INDEX_PUT_SOURCE, "xtxdiix", change->source->digest,
                         change->source->owner, change->source->fingerprint,
                         change->source->not_after, (int64_t)change->source->has_key,
                         (int64_t)change->source->has_chain,
                         change->source->sight[0] ? change->source->sight : NULL);
    case CHANGE_DROP_SOURCE:
        return index_run(index, INDEX_DROP_SOURCE, "xt", change->source->digest,
                         change->source->owner);
    }
    return 0;
}

int index_put_changes(struct index *index, const struct commit *commit)
{
    if (commit->run_id &&
        (runs_keep_text(index->folder, commit->run_id, commit->run_text, index->problems) != 0 ||
         index_run(index, INDEX_OPEN_RUN, "td", commit->run_id, commit->at) != 0))
        return -1;
    for (size_t i = 0; i < commit->change_count; i++)
        if (put_change(index, commit->run_id, &commit->changes[i]) != 0)
            return -1;
    return 0;
}

/* What a run that is recorded drops, it holds: only what runs that are kept no longer held can go
 * then, and that costs a look at every certificate. */
static int may_let_go(struct index *index, const struct commit *commit)
{
    if (index_run(index, INDEX_TRIM_TOUCHED, "") != 0)
        return -1;
    return commit->prune || !commit->run_id || sqlite3_changes(index->db) > 0;
}

/* Of what was let go the object may stay, for a link that could not be changed: it is no news for
 * as long as that is so. */
static int trim_gone(struct index *index)
{
    struct index_names names = {NULL, 0};
    struct stat status;
    struct arena *scratch AUTO_ARENA = arena_new();
    int objects AUTO_FD = fs_open_folder(index->folder->fd, "objects");
    if (!scratch)
        return folder_out_of_memory(index->problems);
    if (index_names(index, INDEX_GONE_NAMES, NULL, scratch, &names) != 0)
        return -1;
    for (size_t i = 0; i < names.count; i++)
        if (!fs_stat(objects, names.items[i], &status) &&
            index_run(index, INDEX_DROP_GONE, "x", names.items[i]) != 0)
            return -1;
    return index_run(index, INDEX_DROP_GONE_BACK, "");
}

static int let_go(struct index *index, bool all)
{
    return index_run(index, all ? INDEX_PUT_GONE_ALL : INDEX_PUT_GONE, "") == 0
               ? index_run(index, all ? INDEX_LET_GO_ALL : INDEX_LET_GO, "")
               : -1;
}

int index_let_go(struct index *index, const struct commit *commit)
{
    static const enum index_statement sweeps[] = {INDEX_SWEEP_CONTENT, INDEX_SWEEP_CHAIN,
                                                  INDEX_SWEEP_ISSUER, INDEX_SWEEP_TOUCHED,
                                                  INDEX_SWEEP_SOURCE};
    if (trim_gone(index) != 0)
        return -1;
    int may = may_let_go(index, commit);
    if (may <= 0)
        return may;
    if (let_go(index, commit->prune) != 0)
        return -1;
    if (sqlite3_changes(index->db) == 0)
        return 0;
    for (size_t i = 0; i < sizeof(sweeps) / sizeof(sweeps[0]); i++)
        if (index_run(index, sweeps[i], "") != 0)
            return -1;
    return 0;
}
