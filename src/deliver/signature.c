#include "deliver/signature.h"

#include "base/digest.h"

#include <nettle/hmac.h>
#include <stdio.h>
#include <string.h>

/* HMAC-SHA256 over head and body. */
static void compute(const struct secret *key, const char *head, const char *body, size_t size,
                    unsigned char ret[static DIGEST_SIZE])
{
    struct hmac_sha256_ctx context;
    hmac_sha256_set_key(&context, secret_size(key), secret_peek(key));
    hmac_sha256_update(&context, strlen(head), (const unsigned char *)head);
    hmac_sha256_update(&context, size, (const unsigned char *)body);
    hmac_sha256_digest(&context, DIGEST_SIZE, ret);
    explicit_bzero(&context, sizeof(context));
}

void signature_make(const struct secret *key, int64_t time, const char *body, size_t size,
                    char ret_text[static SIGNATURE_SIZE])
{
    char head[32], hex[DIGEST_TEXT_SIZE];
    unsigned char code[DIGEST_SIZE];
    snprintf(head, sizeof(head), "%lld.", (long long)time);
    compute(key, head, body, size, code);
    digest_hex(code, sizeof(code), hex);
    snprintf(ret_text, SIGNATURE_SIZE, "t=%lld,v1=%s", (long long)time, hex);
}
