#include "plan/plan.h"

static bool stored_has_key(const struct stored_certificate *stored)
{
    return stored->certificate.has_key && !(stored->damage & DAMAGE_KEY);
}

static bool stored_has_chain(const struct stored_certificate *stored)
{
    return !(stored->certificate.findings & FINDING_INCOMPLETE_CHAIN);
}

/* The certificate may have been let go since, and have come back from a source that brings less. */
static bool has_all(const struct snapshot *snapshot, const struct source_record *record)
{
    const struct stored_certificate *stored = snapshot_certificate(snapshot, record->fingerprint);
    return stored && (stored_has_key(stored) || !record->has_key) &&
           (stored_has_chain(stored) || !record->has_chain);
}

enum source_state plan_recall(const struct snapshot *snapshot, const struct source_record *record,
                              enum role role, instant at)
{
    if (!record)
        return SOURCE_UNOPENED;
    if (has_all(snapshot, record))
        return SOURCE_KNOWN;
    return role == ROLE_PREVIOUS && at > record->not_after ? SOURCE_EXPIRED : SOURCE_UNOPENED;
}

void plan_remember(const struct bundle *bundle, struct source_record *ret)
{
    ret->fingerprint = bundle->certificate.fingerprint;
    ret->not_after = bundle->certificate.not_after;
    ret->has_key = bundle->key_pem != NULL;
    ret->has_chain = !(bundle->certificate.findings & FINDING_INCOMPLETE_CHAIN);
}

bool plan_brings_more(const struct snapshot *snapshot, const struct bundle *bundle)
{
    struct source_record brought;
    if (!bundle)
        return false;
    plan_remember(bundle, &brought);
    return !has_all(snapshot, &brought);
}
