#include "x509/source.h"

#include "x509/base64.h"
#include "x509/check.h"
#include "x509/collect.h"
#include "x509/describe.h"
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

/* The PEM of certificates, one after the other, in the arena. */
static const char *write_certificates(struct arena *arena,
                                      const struct decoded *const *certificates, size_t count)
{
    static const char label[] = "CERTIFICATE";
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += base64_pem_size(label, certificates[i]->der.size);
    char *text = arena_alloc(arena, size + 1, 1), *to = text;
    for (size_t i = 0; i < count && text; i++) {
        base64_pem_write(label, certificates[i]->der, to);
        to += base64_pem_size(label, certificates[i]->der.size);
    }
    return text;
}

/* Unencrypted PKCS#8; NULL when memory is out. */
static struct secret *encode_key(EVP_PKEY *key)
{
    PKCS8_PRIV_KEY_INFO *info AUTO_OPENSSL(PKCS8_PRIV_KEY_INFO) = EVP_PKEY2PKCS8(key);
    int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : -1;
    struct secret *der = size > 0 ? secret_new((size_t)size) : NULL;
    unsigned char *at = secret_bytes(der);
    if (at)
        i2d_PKCS8_PRIV_KEY_INFO(info, &at);
    return der;
}

static struct secret *write_key(const struct pile_key *key)
{
    static const char label[] = "PRIVATE KEY";
    struct secret *made AUTO_SECRET = key->pkcs8 ? NULL : encode_key(key->key);
    const struct secret *der = made ? made : key->pkcs8;
    size_t size = secret_size(der);
    struct secret *pem = der ? secret_new(base64_pem_size(label, size)) : NULL;
    if (pem)
        base64_pem_write(label, (struct slice){secret_peek(der), size}, (char *)secret_bytes(pem));
    return pem;
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
    made.cert_pem = write_certificates(reading->arena, &pair->leaf, 1);
    made.chain_pem = write_certificates(reading->arena, chain.issuers, chain.count);
    if (!made.cert_pem || !made.chain_pem)
        return reading_no_memory(reading);
    if (pair->key && !(made.key_pem = write_key(pair->key)))
        return reading_no_memory(reading);
    if (openssl_forget_errors()) { /* an extension may have been missed for it */
        bundle_done(&made);
        return reading_no_memory(reading);
    }
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
