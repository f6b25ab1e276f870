#include "base/digest.h"

#include "base/cleanup.h"

#include <openssl/evp.h>

#include <string.h>

static void cleanup_context(EVP_MD_CTX **context)
{
    EVP_MD_CTX_free(*context);
}

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

int digest_parts(const struct digest_part *parts, size_t count,
                 char ret_text[static DIGEST_TEXT_SIZE])
{
    unsigned char hash[DIGEST_SIZE];
    EVP_MD_CTX *context CLEANUP(cleanup_context) = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (EVP_DigestUpdate(context, parts[i].bytes, parts[i].size) != 1)
            return -1;
    if (EVP_DigestFinal_ex(context, hash, NULL) != 1)
        return -1;
    digest_hex(hash, sizeof(hash), ret_text);
    return 0;
}

int digest_bytes(const void *bytes, size_t size, char ret_text[static DIGEST_TEXT_SIZE])
{
    return digest_parts(&(struct digest_part){bytes, size}, 1, ret_text);
}
