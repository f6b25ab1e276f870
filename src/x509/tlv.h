/*
 * tlv: a walk over BER (X.690, section 8), element by element, without copies.
 *
 * PKCS#12 and PKCS#7 files are often BER with indefinite lengths, and may hold millions of
 * elements: the walk takes memory for none of them. What stands inside an element that the caller
 * knows is then decoded by OpenSSL.
 */
#ifndef CERTROLL_X509_TLV_H
#define CERTROLL_X509_TLV_H

#include "base/secret.h"

#include <stdbool.h>
#include <stddef.h>

struct slice {
    const unsigned char *bytes;
    size_t size;
};

/* Identifier octets of the elements that are met. */
enum tlv_tag {
    TLV_INTEGER = 0x02,
    TLV_BIT_STRING = 0x03,
    TLV_OCTET_STRING = 0x04,
    TLV_OBJECT = 0x06,
    TLV_ENUMERATED = 0x0a,
    TLV_UTC_TIME = 0x17,
    TLV_GENERALIZED_TIME = 0x18,
    TLV_CONSTRUCTED = 0x20,
    TLV_SEQUENCE = 0x30,
    TLV_CONTEXT_0 = 0xa0,
    TLV_CONTEXT_1 = 0xa1,
    TLV_CONTEXT_0_PRIMITIVE = 0x80,
};

struct tlv {
    unsigned char tag; /* the first identifier octet, the constructed bit included */
    struct slice content;
    struct slice whole; /* header and end-of-contents included */
};

/* Takes the first element off *from: 1 with *ret, 0 at the end, -1 where it is no whole element
 * (truncated, or nested too deeply to find its end). */
int tlv_next(struct slice *from, struct tlv *ret);

/* The same for an element that has to be there and to have this tag: 0 or -1. A constructed
 * OCTET STRING passes as one. */
int tlv_expect(struct slice *from, enum tlv_tag tag, struct tlv *ret);

/* Whether the next element has this tag; takes nothing. */
bool tlv_is_next(struct slice from, enum tlv_tag tag);

/* The header alone, for data that may be cut off: 0 with the tag and, in *ret_content, as much of
 * the content as is there; *ret_missing is the number of bytes that are not. */
int tlv_open(struct slice from, struct tlv *ret, size_t *ret_missing);

/* The octets of an OCTET STRING (or of one that is tagged implicitly). Those of a constructed one
 * are joined in *ret_joined, which the caller frees; it is untouched otherwise. 0,
 * -EBADMSG where it cannot be decoded, -ENOMEM. */
int tlv_octets(const struct tlv *string, struct secret **ret_joined, struct slice *ret);

bool slice_equals(struct slice slice, const void *bytes, size_t size);

#endif
