#include "store/snapshot.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct slot_key {
    const char *scope;
    const char *type;
};

struct holding_key {
    const char *owner;
    const char *entry;
};

struct source_key {
    const char *digest;
    const char *owner;
};

static int compare_certificate(const void *key, const void *item)
{
    const struct stored_certificate *stored = item;
    return strcmp(key, stored->certificate.fingerprint);
}

static int compare_slot(const void *key, const void *item)
{
    const struct slot_key *wanted = key;
    const struct slot *slot = item;
    int order = strcmp(wanted->scope, slot->scope);
    return order ? order : strcmp(wanted->type, slot->type);
}

static int compare_holding(const void *key, const void *item)
{
    const struct holding_key *wanted = key;
    const struct holding *holding = item;
    int order = strcmp(wanted->owner, holding->owner);
    return order ? order : strcmp(wanted->entry, holding->entry);
}

static int compare_source(const void *key, const void *item)
{
    const struct source_key *wanted = key;
    const struct source_record *source = item;
    int order = strcmp(wanted->digest, source->digest);
    return order ? order : strcmp(wanted->owner, source->owner);
}

/* bsearch() may not be given a null array. */
static const void *find(const void *key, const void *items, size_t count, size_t size,
                        int (*compare)(const void *, const void *))
{
    return items && count ? bsearch(key, items, count, size, compare) : NULL;
}

/* What refers to a certificate does so, often, by the very text that stands in it. */
static const struct stored_certificate *certificate_around(const struct snapshot *snapshot,
                                                           const char *fingerprint)
{
    uintptr_t first = (uintptr_t)snapshot->certificates;
    size_t distance = (uintptr_t)fingerprint - first -
                      offsetof(struct stored_certificate, certificate) -
                      offsetof(struct certificate, fingerprint);
    size_t i = distance / sizeof(*snapshot->certificates);
    bool inside =
        distance % sizeof(*snapshot->certificates) == 0 && i < snapshot->certificate_count;
    return inside ? &snapshot->certificates[i] : NULL;
}

const struct stored_certificate *snapshot_certificate(const struct snapshot *snapshot,
                                                      const char *fingerprint)
{
    const struct stored_certificate *around = certificate_around(snapshot, fingerprint);
    if (around)
        return around;
    return find(fingerprint, snapshot->certificates, snapshot->certificate_count,
                sizeof(*snapshot->certificates), compare_certificate);
}

const struct slot *snapshot_slot(const struct snapshot *snapshot, const char *scope,
                                 const char *type)
{
    struct slot_key key = {scope, type};
    return find(&key, snapshot->slots, snapshot->slot_count, sizeof(*snapshot->slots),
                compare_slot);
}

const struct holding *snapshot_holding(const struct snapshot *snapshot, const char *owner,
                                       const char *entry)
{
    struct holding_key key = {owner, entry};
    return find(&key, snapshot->holdings, snapshot->holding_count, sizeof(*snapshot->holdings),
                compare_holding);
}

const struct source_record *snapshot_source(const struct snapshot *snapshot, const char *digest,
                                            const char *owner)
{
    struct source_key key = {digest, owner};
    return find(&key, snapshot->sources, snapshot->source_count, sizeof(*snapshot->sources),
                compare_source);
}
