#include "x509/derive.h"

#include <endian.h>
#include <nettle/hmac.h>
#include <nettle/nettle-meta.h>
#include <nettle/pbkdf2.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <string.h>

typedef void pbkdf2_function(size_t phrase_size, const uint8_t *phrase, unsigned rounds,
                             size_t salt_size, const uint8_t *salt, size_t size, uint8_t *key);

/* Of SHA-256: a digest, and what SHA-2 puts behind it as the last part of a message of so many
 * bytes (FIPS 180-4, 5.1.1). Hashed over and over, such a block needs to be padded only once. */
static void pad_block(uint8_t block[static SHA256_BLOCK_SIZE], uint16_t message_size)
{
    uint16_t bits = htobe16((uint16_t)(message_size * 8));
    memset(block + SHA256_DIGEST_SIZE, 0, SHA256_BLOCK_SIZE - SHA256_DIGEST_SIZE);
    block[SHA256_DIGEST_SIZE] = 0x80;
    memcpy(block + SHA256_BLOCK_SIZE - sizeof(bits), &bits, sizeof(bits));
}

/* The digest in the block becomes that of what start has seen and the block. Both contexts stand
 * where a block begins. */
static void hash_block(struct sha256_ctx *context, const struct sha256_ctx *start,
                       uint8_t block[static SHA256_BLOCK_SIZE])
{
    memcpy(context->state, start->state, sizeof(context->state));
    sha256_update(context, SHA256_BLOCK_SIZE, block);
    for (size_t i = 0; i < SHA256_DIGEST_SIZE / sizeof(uint32_t); i++) {
        uint32_t word = htobe32(context->state[i]);
        memcpy(block + i * sizeof(word), &word, sizeof(word));
    }
}

/* One part of the key (RFC 8018, 5.2: the function F); first has the password. */
static void derive_part(const struct hmac_sha256_ctx *first, struct slice salt, unsigned rounds,
                        uint32_t number, uint8_t ret[static SHA256_DIGEST_SIZE])
{
    uint8_t block[SHA256_BLOCK_SIZE];
    struct hmac_sha256_ctx hmac = *first;
    struct sha256_ctx context = first->inner;
    number = htobe32(number);
    hmac_sha256_update(&hmac, salt.size, salt.bytes);
    hmac_sha256_update(&hmac, sizeof(number), (const uint8_t *)&number);
    hmac_sha256_digest(&hmac, SHA256_DIGEST_SIZE, block);
    memcpy(ret, block, SHA256_DIGEST_SIZE);
    pad_block(block, SHA256_BLOCK_SIZE + SHA256_DIGEST_SIZE); /* an HMAC's key is a block */
    for (unsigned i = 1; i < rounds; i++) {
        hash_block(&context, &first->inner, block);
        hash_block(&context, &first->outer, block);
        for (size_t b = 0; b < SHA256_DIGEST_SIZE; b++)
            ret[b] ^= block[b];
    }
    explicit_bzero(block, sizeof(block));
    explicit_bzero(&hmac, sizeof(hmac));
    explicit_bzero(&context, sizeof(context));
}

/* nettle's own function pads and copies each block: 240 us in place of 192 for 2,048 rounds. */
static void pbkdf2_sha256(size_t phrase_size, const uint8_t *phrase, unsigned rounds,
                          size_t salt_size, const uint8_t *salt, size_t size, uint8_t *key)
{
    struct hmac_sha256_ctx hmac;
    uint8_t part[SHA256_DIGEST_SIZE];
    hmac_sha256_set_key(&hmac, phrase_size, phrase);
    for (uint32_t number = 1; size > 0; number++) {
        size_t taken = size < sizeof(part) ? size : sizeof(part);
        derive_part(&hmac, (struct slice){salt, salt_size}, rounds, number, part);
        memcpy(key, part, taken);
        key += taken;
        size -= taken;
    }
    explicit_bzero(part, sizeof(part));
    explicit_bzero(&hmac, sizeof(hmac));
}

static const struct {
    int nid;
    pbkdf2_function *function;
} functions[] = {
    {NID_hmacWithSHA1, pbkdf2_hmac_sha1},
    {NID_hmacWithSHA256, pbkdf2_sha256},
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

/* The digest of the digest and so on. */
static void rehash(const struct nettle_hash *hash, void *context, unsigned rounds,
                   unsigned char *digest)
{
    for (unsigned i = 1; i < rounds; i++) {
        hash->update(context, hash->digest_size, digest);
        hash->digest(context, hash->digest_size, digest);
    }
}

static void rehash_sha256(unsigned rounds, unsigned char digest[static SHA256_DIGEST_SIZE])
{
    struct sha256_ctx start, context;
    uint8_t block[SHA256_BLOCK_SIZE];
    sha256_init(&start);
    context = start;
    memcpy(block, digest, SHA256_DIGEST_SIZE);
    pad_block(block, SHA256_DIGEST_SIZE);
    for (unsigned i = 1; i < rounds; i++)
        hash_block(&context, &start, block);
    memcpy(digest, block, SHA256_DIGEST_SIZE);
    explicit_bzero(block, sizeof(block));
    explicit_bzero(&context, sizeof(context));
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
    if (digest == NID_sha256)
        rehash_sha256(rounds, ret);
    else
        rehash(hash, &context, rounds, ret);
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
