#include "x509/issuers.h"

#include "x509/decoded.h"

#include <string.h>

struct kept_chain {
    char digest[DIGEST_TEXT_SIZE];
    const char *pem; /* NULL: none is kept here */
};

struct issuers {
    struct decoded *kept[ISSUERS_MOST];
    struct kept_chain chains[ISSUERS_MOST];
    size_t next; /* place to be taken */
    size_t next_chain;
};

struct issuers *issuers_new(struct arena *arena)
{
    return arena_alloc(arena, 1, sizeof(struct issuers));
}

void issuers_done(struct issuers *issuers)
{
    for (size_t i = 0; issuers && i < ISSUERS_MOST; i++) {
        decoded_release(issuers->kept[i]);
        issuers->kept[i] = NULL;
    }
}

static struct decoded *find(const struct issuers *issuers, const char *source_digest)
{
    for (size_t i = 0; issuers && i < ISSUERS_MOST && issuers->kept[i]; i++)
        if (strcmp(issuers->kept[i]->source_digest, source_digest) == 0)
            return issuers->kept[i];
    return NULL;
}

struct decoded *issuers_find(const struct issuers *issuers, const char *source_digest)
{
    struct decoded *found = find(issuers, source_digest);
    return found ? decoded_hold(found) : NULL;
}

void issuers_keep(struct issuers *issuers, struct decoded *decoded)
{
    if (!issuers || decoded->der.size > ISSUERS_BYTES_MOST || find(issuers, decoded->source_digest))
        return;
    struct decoded **place = &issuers->kept[issuers->next++ % ISSUERS_MOST];
    decoded_release(*place);
    *place = decoded_hold(decoded);
}

const char *issuers_find_chain(const struct issuers *issuers, const char *digest)
{
    for (size_t i = 0; issuers && i < ISSUERS_MOST && issuers->chains[i].pem; i++)
        if (strcmp(issuers->chains[i].digest, digest) == 0)
            return issuers->chains[i].pem;
    return NULL;
}

void issuers_keep_chain(struct issuers *issuers, const char *digest, const char *pem)
{
    if (!issuers)
        return;
    struct kept_chain *place = &issuers->chains[issuers->next_chain++ % ISSUERS_MOST];
    memcpy(place->digest, digest, sizeof(place->digest));
    place->pem = pem;
}
