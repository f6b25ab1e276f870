#include "x509/base64.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int value_of(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decodes into bytes, which has room; the number written, or -1. */
static ssize_t decode(struct slice text, unsigned char *bytes)
{
    size_t written = 0, digits = 0, padding = 0;
    uint32_t group = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = text.bytes[i];
        if (isspace(c))
            continue;
        int value = c == '=' ? 0 : value_of(c);
        padding += c == '=';
        if (value < 0 || padding > 2 || (padding > 0 && c != '='))
            return -1;
        group = group << 6 | (uint32_t)value;
        if (++digits % 4 != 0)
            continue;
        bytes[written++] = (unsigned char)(group >> 16);
        if (padding < 2)
            bytes[written++] = (unsigned char)(group >> 8);
        if (padding < 1)
            bytes[written++] = (unsigned char)group;
        group = 0;
    }
    return digits % 4 == 0 && written > 0 ? (ssize_t)written : -1;
}

enum base64_result base64_read(struct slice text, struct secret **ret)
{
    struct secret *bytes AUTO_SECRET = secret_new(text.size / 4 * 3 + 3);
    if (!bytes)
        return BASE64_NO_MEMORY;
    ssize_t size = decode(text, secret_bytes(bytes));
    if (size < 0)
        return BASE64_INVALID;
    secret_cut(bytes, (size_t)size);
    *ret = bytes;
    bytes = NULL;
    return BASE64_DONE;
}

enum { LINE_BYTES = 48 };

size_t base64_pem_size(const char *label, size_t size)
{
    size_t frame = 2 * strlen(label) + strlen("-----BEGIN -----\n-----END -----\n");
    return frame + (size + 2) / 3 * 4 + (size + LINE_BYTES - 1) / LINE_BYTES;
}

void base64_pem_write(const char *label, struct slice der, char *ret_text)
{
    char *to = ret_text + sprintf(ret_text, "-----BEGIN %s-----\n", label);
    for (size_t at = 0; at < der.size; at += LINE_BYTES) {
        size_t count = der.size - at < LINE_BYTES ? der.size - at : LINE_BYTES;
        to += EVP_EncodeBlock((unsigned char *)to, der.bytes + at, (int)count);
        *to++ = '\n';
    }
    sprintf(to, "-----END %s-----\n", label);
}
