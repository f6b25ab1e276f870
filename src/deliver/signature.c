#include "deliver/signature.h"

#include "base/digest.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <string.h>

/* HMAC-SHA256 over head and body. */
static int compute(const struct secret *key, const char *head, const char *body, size_t size,
                   unsigned char ret[static DIGEST_SIZE])
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
    size_t length = 0;
    int done = context && EVP_MAC_init(context, secret_peek(key), secret_size(key), params) &&
               EVP_MAC_update(context, (const unsigned char *)head, strlen(head)) &&
               EVP_MAC_update(context, (const unsigned char *)body, size) &&
               EVP_MAC_final(context, ret, &length, DIGEST_SIZE) && length == DIGEST_SIZE;
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
    if (!done)
        ERR_clear_error();
    return done ? 0 : -1;
}

int signature_make(const struct secret *key, int64_t time, const char *body, size_t size,
                   char ret_text[static SIGNATURE_SIZE])
{
    char head[32], hex[DIGEST_TEXT_SIZE];
    unsigned char code[DIGEST_SIZE];
    snprintf(head, sizeof(head), "%lld.", (long long)time);
    if (compute(key, head, body, size, code) < 0)
        return -1;
    digest_hex(code, sizeof(code), hex);
    snprintf(ret_text, SIGNATURE_SIZE, "t=%lld,v1=%s", (long long)time, hex);
    return 0;
}
