#include "x509/source.h"

#include "x509/base64.h"
#include "x509/check.h"
#include "x509/collect.h"
#include "x509/describe.h"
#include "x509/issuers.h"
#include "x509/key.h"
#include "x509/pair.h"

#include <string.h>

static void cleanup_reading(struct reading *reading)
{
    reading_done(reading);
}

static void cleanup_pile(struct pile *pile)
{
    pile_done(pile);
}

/* The PEM of certificates, one after the other. */
static const char *write_certificates(const struct reading *reading,
                                      struct decoded *const *certificates, size_t count)
{
    static const char label[] = "CERTIFICATE";
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += base64_pem_size(label, certificates[i]->der.size);
    struct arena *pems = reading->source->pems;
    char *text = arena_alloc(pems ? pems : reading->arena, size + 1, 1), *to = text;
    for (size_t i = 0; i < count && text; i++) {
        base64_pem_write(label, certificates[i]->der, to);
        to += base64_pem_size(label, certificates[i]->der.size);
    }
    return text;
}

/* As unencrypted PKCS#8; NULL when memory is out. */
static struct secret *write_key(EVP_PKEY *key)
{
    PKCS8_PRIV_KEY_INFO *info AUTO_OPENSSL(PKCS8_PRIV_KEY_INFO) = EVP_PKEY2PKCS8(key);
    int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : -1;
    struct secret *der AUTO_SECRET = size > 0 ? secret_new((size_t)size) : NULL;
    if (!der)
        return NULL;
    unsigned char *at = secret_bytes(der);
    i2d_PKCS8_PRIV_KEY_INFO(info, &at);
    return key_write_pem((struct slice){secret_peek(der), (size_t)size});
}

/* What the key has of it is taken; NULL when memory is out. */
static struct secret *take_pem(struct secret_pool *keys, struct pile_key *key)
{
    struct secret *pem = key->pem ? key->pem : write_key(key->key);
    key->pem = NULL;
    if (!pem || !keys)
        return pem;
    struct secret *kept = secret_pool_copy(keys, secret_peek(pem), secret_size(pem));
    secret_free(pem);
    return kept;
}

static const char *write_chain(const struct reading *reading, const struct chain *chain,
                               const char *digest)
{
    struct issuers *issuers = reading->source->issuers;
    const char *kept = issuers_find_chain(issuers, digest);
    if (kept)
        return kept;
    const char *made = write_certificates(reading, chain->issuers, chain->count);
    if (made)
        issuers_keep_chain(issuers, digest, made);
    return made;
}

/* Whatever came beside the leaf may come again. */
static void keep_issuers(const struct reading *reading, const struct pile *pile,
                         const struct decoded *leaf)
{
    for (size_t i = 0; i < pile->certificate_count; i++)
        if (pile->certificates[i].decoded != leaf)
            issuers_keep(reading->source->issuers, pile->certificates[i].decoded);
}

static int make_bundle(struct reading *reading, const struct pile *pile, const struct pair *pair,
                       struct bundle *ret)
{
    struct chain chain;
    struct bundle made = {.key_pem = NULL};
    chain_follow(reading, pile, pair->leaf, &chain);
    if (describe_certificate(reading, pair->leaf, &chain, &made.certificate) != 0)
        return -1;
    made.certificate.findings = check_findings(reading, pair->leaf, &chain);
    made.certificate.has_key = pair->key != NULL;
    made.key_note = pair->key_note;
    made.cert_pem = write_certificates(reading, &pair->leaf, 1);
    made.chain_pem = write_chain(reading, &chain, made.certificate.chain_digest);
    if (!made.cert_pem || !made.chain_pem)
        return reading_no_memory(reading);
    if (pair->key && !(made.key_pem = take_pem(reading->source->keys, pair->key)))
        return reading_no_memory(reading);
    if (openssl_forget_errors()) { /* an extension may have been missed for it */
        bundle_done(&made);
        return reading_no_memory(reading);
    }
    keep_issuers(reading, pile, pair->leaf);
    *ret = made;
    return 0;
}

int source_load(const struct source *source, struct arena *arena, struct problems *problems,
                struct bundle *ret)
{
    struct reading reading CLEANUP(cleanup_reading) = {.arena = arena};
    struct pile pile CLEANUP(cleanup_pile) = {.certificates = NULL};
    struct pair pair;
    openssl_begin();
    if (reading_init(&reading, source, arena, problems) != 0 ||
        collect_source(&reading, &pile) != 0 || pair_choose(&reading, &pile, &pair) != 0)
        return -1;
    return make_bundle(&reading, &pile, &pair, ret);
}
