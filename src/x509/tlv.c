#include "x509/tlv.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum {
    INDEFINITE_DEPTH_MOST = 64,
    STRING_DEPTH_MOST = 5, /* as OpenSSL has it for constructed strings */
};

struct header {
    unsigned char tag;
    bool indefinite;
    size_t header_size;
    size_t content_size; /* 0 where indefinite */
};

static int skip_long_tag(struct slice from, size_t *at)
{
    for (size_t i = 0; i < 5; i++) {
        if (*at >= from.size)
            return -1;
        if (!(from.bytes[(*at)++] & 0x80))
            return 0;
    }
    return -1;
}

static int read_long_length(struct slice from, size_t octets, size_t *at, size_t *ret)
{
    size_t length = 0;
    for (size_t i = 0; i < octets; i++) {
        if (*at >= from.size || length > SIZE_MAX >> 8)
            return -1;
        length = length << 8 | from.bytes[(*at)++];
    }
    *ret = length;
    return 0;
}

static int read_header(struct slice from, struct header *ret)
{
    if (from.size < 2)
        return -1;
    struct header header = {.tag = from.bytes[0]};
    size_t at = 1;
    if ((header.tag & 0x1f) == 0x1f && skip_long_tag(from, &at) != 0)
        return -1;
    if (at >= from.size)
        return -1;
    unsigned char first = from.bytes[at++];
    if (first == 0x80) {
        if (!(header.tag & TLV_CONSTRUCTED))
            return -1;
        header.indefinite = true;
    } else if (first < 0x80) {
        header.content_size = first;
    } else if (read_long_length(from, first & 0x7f, &at, &header.content_size) != 0) {
        return -1;
    }
    header.header_size = at;
    *ret = header;
    return 0;
}

static bool at_end_of_contents(struct slice from)
{
    return from.size >= 2 && from.bytes[0] == 0 && from.bytes[1] == 0;
}

static void advance(struct slice *slice, size_t count)
{
    slice->bytes += count;
    slice->size -= count;
}

/* The number of octets before the end-of-contents that closes an indefinite length. */
static int find_end(struct slice content, size_t *ret)
{
    struct slice rest = content;
    for (size_t depth = 1; depth > 0;) {
        struct header header;
        if (at_end_of_contents(rest)) {
            if (--depth == 0)
                break;
            advance(&rest, 2);
            continue;
        }
        if (read_header(rest, &header) != 0)
            return -1;
        advance(&rest, header.header_size);
        if (header.indefinite) {
            if (++depth > INDEFINITE_DEPTH_MOST)
                return -1;
        } else if (header.content_size > rest.size) {
            return -1;
        } else {
            advance(&rest, header.content_size);
        }
    }
    *ret = content.size - rest.size;
    return 0;
}

int tlv_next(struct slice *from, struct tlv *ret)
{
    struct header header;
    if (from->size == 0)
        return 0;
    if (read_header(*from, &header) != 0)
        return -1;
    struct slice content = *from;
    advance(&content, header.header_size);
    size_t size = header.content_size;
    if (header.indefinite && find_end(content, &size) != 0)
        return -1;
    if (size > content.size)
        return -1;
    content.size = size;
    size_t whole = header.header_size + size + (header.indefinite ? 2 : 0);
    *ret = (struct tlv){header.tag, content, {from->bytes, whole}};
    advance(from, whole);
    return 1;
}

bool tlv_is_next(struct slice from, enum tlv_tag tag)
{
    if (from.size == 0)
        return false;
    return from.bytes[0] == tag ||
           (tag == TLV_OCTET_STRING && from.bytes[0] == (TLV_OCTET_STRING | TLV_CONSTRUCTED));
}

int tlv_expect(struct slice *from, enum tlv_tag tag, struct tlv *ret)
{
    return tlv_is_next(*from, tag) && tlv_next(from, ret) == 1 ? 0 : -1;
}

int tlv_open(struct slice from, struct tlv *ret, size_t *ret_missing)
{
    struct header header;
    if (read_header(from, &header) != 0)
        return -1;
    struct slice content = from;
    advance(&content, header.header_size);
    size_t missing = 0;
    if (!header.indefinite && header.content_size > content.size)
        missing = header.content_size - content.size;
    else if (!header.indefinite)
        content.size = header.content_size;
    *ret = (struct tlv){header.tag, content, from};
    *ret_missing = missing;
    return 0;
}

/* Appends the primitive segments to bytes (where it is not NULL) and counts them. */
static int join_segments(struct slice segments, unsigned depth, unsigned char *bytes, size_t *size)
{
    struct tlv segment;
    int found;
    while ((found = tlv_next(&segments, &segment)) == 1) {
        if (segment.tag == TLV_OCTET_STRING) {
            if (bytes && segment.content.size)
                memcpy(bytes + *size, segment.content.bytes, segment.content.size);
            *size += segment.content.size;
        } else if (segment.tag != (TLV_OCTET_STRING | TLV_CONSTRUCTED) || depth == 0 ||
                   join_segments(segment.content, depth - 1, bytes, size) != 0) {
            return -1;
        }
    }
    return found;
}

int tlv_octets(const struct tlv *string, struct secret **ret_joined, struct slice *ret)
{
    if (!(string->tag & TLV_CONSTRUCTED)) {
        *ret = string->content;
        return 0;
    }
    size_t size = 0;
    if (join_segments(string->content, STRING_DEPTH_MOST - 1, NULL, &size) != 0)
        return -EBADMSG;
    struct secret *joined = secret_new(size);
    if (!joined)
        return -ENOMEM;
    size = 0;
    join_segments(string->content, STRING_DEPTH_MOST - 1, secret_bytes(joined), &size);
    *ret = (struct slice){secret_bytes(joined), size};
    *ret_joined = joined;
    return 0;
}

bool slice_equals(struct slice slice, const void *bytes, size_t size)
{
    return slice.size == size && memcmp(slice.bytes, bytes, size) == 0;
}
