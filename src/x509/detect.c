#include "x509/detect.h"

#include "x509/oid.h"

#include <ctype.h>
#include <string.h>

enum { SHAPE_MOST = 8 };

/* The tags of an element's first children, as far as they can be read. */
struct shape {
    unsigned char tags[SHAPE_MOST];
    size_t count;
    struct tlv first;
};

static struct shape shape_of(struct slice content)
{
    struct shape shape = {.count = 0};
    struct tlv child;
    size_t missing;
    while (shape.count < SHAPE_MOST && tlv_open(content, &child, &missing) == 0) {
        shape.tags[shape.count++] = child.tag;
        if (shape.count == 1)
            shape.first = child;
        if (tlv_next(&content, &child) != 1)
            break;
    }
    return shape;
}

static bool begins_with(const struct shape *shape, const char *tags, size_t count)
{
    return shape->count >= count && memcmp(shape->tags, tags, count) == 0;
}

#define BEGINS_WITH(shape, tags) begins_with(shape, tags, sizeof(tags) - 1)

#define INTEGER "\x02"
#define BIT_STRING "\x03"
#define OCTETS "\x04"
#define OBJECT "\x06"
#define SEQUENCE "\x30"

/* SEQUENCE { SEQUENCE { ... }, SEQUENCE algorithm, BIT STRING }: certificate (RFC 5280, 4.1), CRL
 * (5.1) or request (RFC 2986, 4), told apart by what is signed. */
static struct detected detect_signed(struct slice content)
{
    struct shape inner = shape_of(content);
    size_t at = inner.count > 0 && inner.tags[0] == TLV_CONTEXT_0;
    at += inner.count > at && inner.tags[at] == TLV_INTEGER;
    size_t sequences = 0;
    while (at + sequences < inner.count && inner.tags[at + sequences] == TLV_SEQUENCE)
        sequences++;
    unsigned char next = at + sequences < inner.count ? inner.tags[at + sequences] : 0;
    if (sequences == 2 && (next == TLV_UTC_TIME || next == TLV_GENERALIZED_TIME))
        return (struct detected){.format = FORMAT_OTHER, .what = "a revocation list (CRL)"};
    if (at == 1 && inner.tags[0] == TLV_INTEGER && sequences == 2)
        return (struct detected){.format = FORMAT_OTHER, .what = "a certificate request (CSR)"};
    return (struct detected){.format = FORMAT_CERTIFICATE, .what = "a certificate"};
}

static struct detected detect_content(struct slice content)
{
    struct shape outer = shape_of(content);
    struct shape inner = shape_of(outer.first.content);
    if (BEGINS_WITH(&outer, OBJECT "\xa0") ||
        (outer.count == 1 && oid_find(outer.first.content) != OID_OTHER))
        return (struct detected){.format = FORMAT_PKCS7, .what = "a PKCS#7 message"};
    if (BEGINS_WITH(&outer, INTEGER SEQUENCE OCTETS))
        return (struct detected){.format = FORMAT_PKCS8, .what = "a private key"};
    if (BEGINS_WITH(&outer, INTEGER SEQUENCE))
        return (struct detected){.format = FORMAT_PKCS12, .what = "a PKCS#12 file"};
    if (BEGINS_WITH(&outer, INTEGER OCTETS))
        return (struct detected){.format = FORMAT_EC_KEY, .what = "a private key"};
    if (BEGINS_WITH(&outer, INTEGER INTEGER INTEGER INTEGER INTEGER INTEGER INTEGER))
        return (struct detected){.format = FORMAT_RSA_KEY, .what = "a private key"};
    if (BEGINS_WITH(&outer, INTEGER INTEGER INTEGER INTEGER INTEGER INTEGER))
        return (struct detected){.format = FORMAT_DSA_KEY, .what = "a private key"};
    if (BEGINS_WITH(&outer, INTEGER INTEGER))
        return (struct detected){.format = FORMAT_OTHER, .what = "a public key"};
    if (BEGINS_WITH(&outer, SEQUENCE OCTETS) && BEGINS_WITH(&inner, OBJECT))
        return (struct detected){.format = FORMAT_ENCRYPTED_PKCS8,
                                 .what = "an encrypted private key"};
    if (BEGINS_WITH(&outer, SEQUENCE BIT_STRING) && BEGINS_WITH(&inner, OBJECT))
        return (struct detected){.format = FORMAT_OTHER, .what = "a public key"};
    if (outer.count > 0 && outer.tags[0] == TLV_ENUMERATED)
        return (struct detected){.format = FORMAT_OTHER, .what = "an OCSP response"};
    if (BEGINS_WITH(&outer, SEQUENCE) && inner.count > 1)
        return detect_signed(outer.first.content);
    return (struct detected){.format = FORMAT_UNKNOWN};
}

/* Text may begin with '0', which is SEQUENCE's tag: what does not look like one of the structures
 * above is no DER. */
static struct detected detect_der(struct slice bytes)
{
    struct tlv outer;
    size_t missing;
    if (!tlv_is_next(bytes, TLV_SEQUENCE) || tlv_open(bytes, &outer, &missing) != 0)
        return (struct detected){.format = FORMAT_UNKNOWN};
    struct detected detected = detect_content(outer.content);
    detected.missing = missing;
    return detected;
}

struct magic {
    const char *bytes;
    size_t size;
    const char *what;
};

#define MAGIC(bytes, what)                                                                         \
    {                                                                                              \
        bytes, sizeof(bytes) - 1, what                                                             \
    }

static const struct magic magics[] = {
    MAGIC("\xfe\xed\xfe\xed", "a Java keystore (JKS); convert it with keytool to PKCS#12"),
    MAGIC("\xce\xce\xce\xce", "a Java keystore (JCEKS); convert it with keytool to PKCS#12"),
    MAGIC("\xff\xfe", "UTF-16 text; save it as UTF-8 or ASCII"),
    MAGIC("\xfe\xff", "UTF-16 text; save it as UTF-8 or ASCII"),
    MAGIC("-\0-\0-\0", "UTF-16 text; save it as UTF-8 or ASCII"),
    MAGIC("\0-\0-\0-", "UTF-16 text; save it as UTF-8 or ASCII"),
    MAGIC("openssh-key-v1", "an SSH private key"),
    MAGIC("PuTTY-User-Key-File", "an SSH private key of PuTTY"),
    MAGIC("---- BEGIN SSH2", "an SSH public key"),
    MAGIC("ssh-", "an SSH public key"),
    MAGIC("ecdsa-sha2-", "an SSH public key"),
    MAGIC("<?xml", "an XML document"),
    MAGIC("<!doctype html", "an HTML page"),
    MAGIC("<html", "an HTML page"),
    MAGIC("{", "a JSON document"),
    MAGIC("PK\x03\x04", "a ZIP archive"),
    MAGIC("\x1f\x8b", "a gzip archive"),
    MAGIC("SQLite format 3", "an SQLite database"),
    MAGIC("MI", "base64 without its BEGIN and END lines"),
};

/* Letters of either case match. */
static bool matches(struct slice bytes, const struct magic *magic)
{
    for (size_t i = 0; i < magic->size; i++)
        if (i >= bytes.size || (bytes.bytes[i] != (unsigned char)magic->bytes[i] &&
                                tolower(bytes.bytes[i]) != magic->bytes[i]))
            return false;
    return true;
}

static struct detected detect_other(struct slice bytes)
{
    if (bytes.size >= 3 && memcmp(bytes.bytes, "\xef\xbb\xbf", 3) == 0)
        bytes = (struct slice){bytes.bytes + 3, bytes.size - 3};
    while (bytes.size > 0 && isspace(bytes.bytes[0]))
        bytes = (struct slice){bytes.bytes + 1, bytes.size - 1};
    if (bytes.size == 0)
        return (struct detected){.format = FORMAT_OTHER, .what = "an empty file"};
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
        if (matches(bytes, &magics[i]))
            return (struct detected){.format = FORMAT_OTHER, .what = magics[i].what};
    return (struct detected){.format = FORMAT_UNKNOWN};
}

struct detected detect_format(struct slice bytes)
{
    static const char begin[] = "-----BEGIN ";
    struct detected detected = detect_der(bytes);
    if (detected.format != FORMAT_UNKNOWN)
        return detected;
    if (memmem(bytes.bytes, bytes.size, begin, sizeof(begin) - 1))
        return (struct detected){.format = FORMAT_PEM, .what = "a PEM file"};
    return detect_other(bytes);
}
