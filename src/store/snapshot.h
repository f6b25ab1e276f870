/*
 * snapshot: the observed state of a store at one generation, as plain data; no secret in it.
 */
#ifndef CERTROLL_STORE_SNAPSHOT_H
#define CERTROLL_STORE_SNAPSHOT_H

#include "base/bundle.h"

/* What an object's files show against what the index says of them; bits. */
enum damage {
    DAMAGE_RIGHTS = 1 << 0, /* another mode, owner or group than it should have */
    DAMAGE_PUBLIC = 1 << 1, /* a certificate file changed or lost: the index can restore it */
    DAMAGE_KEY = 1 << 2,    /* the private key changed or lost: only its source can restore it */
};

struct stored_certificate {
    struct certificate certificate;
    bool exportable; /* the service group may read its key */
    unsigned damage; /* enum damage */
};

/* No manifest's name. Whichever claims what belongs to it adopts it. */
#define OWNER_UNKNOWN ""

/* A certificate's place in a slot. */
struct claim {
    const char *fingerprint; /* NULL: the place is empty */
    const char *entry;       /* name in the manifest that put it there; NULL: not known */
    instant effective_date;  /* or INSTANT_NONE */
    bool roll;
    bool exportable; /* as that entry asked */
};

struct slot {
    const char *scope;
    const char *type;  /* "Type" or "Type@instance" */
    const char *owner; /* OWNER_UNKNOWN: nobody knows since the index was made anew */
    struct claim current;
    struct claim previous;
    const struct claim *next; /* by effective date */
    size_t next_count;
    bool damaged; /* a link is not what it should be */
};

/* A certificate that an entry without a type imported. */
struct holding {
    const char *owner; /* or OWNER_UNKNOWN; its entry is the fingerprint then */
    const char *entry;
    const char *fingerprint;
    bool exportable;
};

static inline bool owner_is_unknown(const char *owner)
{
    return owner[0] == '\0';
}

/* For people and programs: NULL where it is not known. */
static inline const char *owner_or_null(const char *owner)
{
    return owner && owner_is_unknown(owner) ? NULL : owner;
}

/* The source cache: what the bytes of a source (with its key_path and chain_path) gave. */
struct source_record {
    char digest[DIGEST_TEXT_SIZE];
    const char *fingerprint;
    const char *owner;
    instant not_after; /* of the certificate, which the store may have let go since */
    bool has_key;      /* the source brought it; likewise its issuers, where it has any */
    bool has_chain;
    char sight[DIGEST_TEXT_SIZE]; /* how its files looked; "" where that could not be relied on */
};

/* What JSON's numbers tell too; and what is believed of an index that is not there any more, which
 * leaves room to count on from it. */
#define GENERATION_MOST ((int64_t)1 << 53)
#define GENERATION_TOLD_MOST ((int64_t)1 << 52)

struct snapshot {
    int64_t generation;                            /* 0: the store does not exist yet */
    const struct stored_certificate *certificates; /* by fingerprint */
    size_t certificate_count;
    const struct slot *slots; /* by scope, then type */
    size_t slot_count;
    const struct holding *holdings; /* by owner, then entry */
    size_t holding_count;
    const struct source_record *sources; /* by digest, then owner */
    size_t source_count;
    bool leftovers; /* of a run that was killed: for store_tidy() to remove, or to make durable */
};

/* Binary searches; NULL where there is none. */
const struct stored_certificate *snapshot_certificate(const struct snapshot *snapshot,
                                                      const char *fingerprint);
const struct slot *snapshot_slot(const struct snapshot *snapshot, const char *scope,
                                 const char *type);
const struct holding *snapshot_holding(const struct snapshot *snapshot, const char *owner,
                                       const char *entry);
const struct source_record *snapshot_source(const struct snapshot *snapshot, const char *digest,
                                            const char *owner);

#endif
