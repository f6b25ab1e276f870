#include "x509/derive.h"

#include <nettle/hmac.h>
#include <nettle/nettle-meta.h>
#include <nettle/pbkdf2.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <string.h>

typedef void pbkdf2_function(size_t phrase_size, const uint8_t *phrase, unsigned rounds,
                             size_t salt_size, const uint8_t *salt, size_t size, uint8_t *key);

static const struct {
    int nid;
    pbkdf2_function *function;
} functions[] = {
    {NID_hmacWithSHA1, pbkdf2_hmac_sha1},
    {NID_hmacWithSHA256, pbkdf2_hmac_sha256},
    {NID_hmacWithSHA384, pbkdf2_hmac_sha384},
    {NID_hmacWithSHA512, pbkdf2_hmac_sha512},
};

int derive_pbkdf2(int function, struct phrase phrase, struct slice salt, unsigned rounds,
                  unsigned char *ret, size_t size)
{
    const char *bytes = phrase.bytes ? phrase.bytes : "";
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (functions[i].nid != function)
            continue;
        functions[i].function((size_t)phrase.size, (const uint8_t *)bytes, rounds, salt.size,
                              salt.bytes, size, ret);
        return 0;
    }
    return -1;
}

static const struct {
    int nid;
    const struct nettle_hash *hash;
} digests[] = {
    {NID_sha1, &nettle_sha1},     {NID_sha224, &nettle_sha224}, {NID_sha256, &nettle_sha256},
    {NID_sha384, &nettle_sha384}, {NID_sha512, &nettle_sha512},
};

static const struct nettle_hash *find_hash(int digest)
{
    for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
        if (digests[i].nid == digest)
            return digests[i].hash;
    return NULL;
}

/* As often as it takes to fill whole blocks. */
static void hash_blocks(const struct nettle_hash *hash, void *context, struct slice from)
{
    size_t size = (from.size + hash->block_size - 1) / hash->block_size * hash->block_size;
    for (size_t done = 0; done < size; done += from.size)
        hash->update(context, size - done < from.size ? size - done : from.size, from.bytes);
}

union context {
    struct sha1_ctx sha1;
    struct sha256_ctx sha256;
    struct sha512_ctx sha512;
};

int derive_mac_key(int digest, struct slice bmp, struct slice salt, unsigned rounds,
                   unsigned char *ret)
{
    union context context;
    enum { ID_OF_MAC = 3 };
    unsigned char id[SHA512_BLOCK_SIZE];
    const struct nettle_hash *hash = find_hash(digest);
    if (!hash)
        return -1;
    memset(id, ID_OF_MAC, hash->block_size);
    hash->init(&context);
    hash->update(&context, hash->block_size, id);
    hash_blocks(hash, &context, salt);
    hash_blocks(hash, &context, bmp);
    hash->digest(&context, hash->digest_size, ret); /* which starts it anew */
    for (unsigned i = 1; i < rounds; i++) {
        hash->update(&context, hash->digest_size, ret);
        hash->digest(&context, hash->digest_size, ret);
    }
    explicit_bzero(&context, sizeof(context));
    return 0;
}

int derive_mac(int digest, const unsigned char *key, struct slice content, unsigned char *ret)
{
    union context outer, inner, context;
    const struct nettle_hash *hash = find_hash(digest);
    if (!hash)
        return -1;
    hmac_set_key(&outer, &inner, &context, hash, hash->digest_size, key);
    hmac_update(&context, hash, content.size, content.bytes);
    hmac_digest(&outer, &inner, &context, hash, hash->digest_size, ret);
    explicit_bzero(&outer, sizeof(outer));
    explicit_bzero(&inner, sizeof(inner));
    explicit_bzero(&context, sizeof(context));
    return 0;
}
