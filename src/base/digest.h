/* digest: SHA-256, SHA-1 for thumbprints, and bytes as lower-case hex.
 *
 * From nettle, which fetches nothing and allocates nothing: the digests of a run with nothing to do
 * are all small ones. */
#ifndef CERTROLL_BASE_DIGEST_H
#define CERTROLL_BASE_DIGEST_H

#include <stddef.h>

enum { DIGEST_SIZE = 32, DIGEST_TEXT_SIZE = 2 * DIGEST_SIZE + 1, THUMBPRINT_TEXT_SIZE = 41 };

/* One buffer of several that are hashed one after the other. */
struct digest_part {
    const void *bytes;
    size_t size;
};

/* A text with its NUL, so that where it ends counts; nothing for NULL. */
struct digest_part digest_text(const char *text);

/* SHA-256 over the parts, in hex. */
void digest_parts(const struct digest_part *parts, size_t count,
                  char ret_text[static DIGEST_TEXT_SIZE]);
void digest_bytes(const void *bytes, size_t size, char ret_text[static DIGEST_TEXT_SIZE]);

/* SHA-1, in hex. */
void digest_thumbprint(const void *bytes, size_t size, char ret_text[static THUMBPRINT_TEXT_SIZE]);

/* Writes 2 * size digits and a NUL. */
void digest_hex(const unsigned char *bytes, size_t size, char *ret_text);

#endif
