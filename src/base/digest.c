#include "base/digest.h"

#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <string.h>

void digest_hex(const unsigned char *bytes, size_t size, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        ret_text[2 * i] = digits[bytes[i] >> 4];
        ret_text[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret_text[2 * size] = '\0';
}

struct digest_part digest_text(const char *text)
{
    return (struct digest_part){text ? text : "", text ? strlen(text) + 1 : 0};
}

void digest_parts(const struct digest_part *parts, size_t count,
                  char ret_text[static DIGEST_TEXT_SIZE])
{
    unsigned char hash[DIGEST_SIZE];
    struct sha256_ctx context;
    sha256_init(&context);
    for (size_t i = 0; i < count; i++)
        sha256_update(&context, parts[i].size, parts[i].bytes);
    sha256_digest(&context, sizeof(hash), hash);
    explicit_bzero(&context, sizeof(context)); /* the end of a private key may stand in it */
    digest_hex(hash, sizeof(hash), ret_text);
}

void digest_bytes(const void *bytes, size_t size, char ret_text[static DIGEST_TEXT_SIZE])
{
    digest_parts(&(struct digest_part){bytes, size}, 1, ret_text);
}

void digest_thumbprint(const void *bytes, size_t size, char ret_text[static THUMBPRINT_TEXT_SIZE])
{
    unsigned char hash[SHA1_DIGEST_SIZE];
    struct sha1_ctx context;
    sha1_init(&context);
    sha1_update(&context, size, bytes);
    sha1_digest(&context, sizeof(hash), hash);
    digest_hex(hash, sizeof(hash), ret_text);
}
