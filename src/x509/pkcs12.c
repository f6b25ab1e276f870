#include "x509/pkcs12.h"

#include "x509/cost.h"
#include "x509/key.h"
#include "x509/mac.h"
#include "x509/oid.h"
#include "x509/unlock.h"

#include <errno.h>

/* What is sealed waits here until the cost of everything that can be seen has been counted. */
struct safe {
    X509_ALGOR *algorithm;
    struct slice sealed;
};

struct walk {
    struct reading *reading;
    struct pile *pile;
    struct safe safes[PKCS12_SAFES_MOST];
    size_t safe_count;
    struct secret *joined[2 * PKCS12_SAFES_MOST + 2]; /* what slices point into */
    size_t joined_count;
    size_t joined_bytes;
    size_t bags;
    bool has_mac;
    struct mac mac;
    struct slice content; /* of the authenticated safe: what the MAC is about */
};

static void cleanup_walk(struct walk **pointer)
{
    struct walk *walk = *pointer;
    if (!walk)
        return;
    for (size_t i = 0; i < walk->safe_count; i++)
        X509_ALGOR_free(walk->safes[i].algorithm);
    for (size_t i = 0; i < walk->joined_count; i++)
        secret_free(walk->joined[i]);
    mac_done(&walk->mac);
    free(walk);
}

static int damaged(struct walk *walk, const char *where)
{
    return reading_fail(walk->reading, PROBLEM_UNREADABLE, "is damaged: %s cannot be decoded",
                        where);
}

static int too_much(struct walk *walk, const char *of)
{
    return reading_fail(walk->reading, PROBLEM_TOO_EXPENSIVE, "holds too many %s", of);
}

/* What tlv_octets() returned. */
static int not_joined(struct walk *walk, int error, const char *where)
{
    return error == -ENOMEM ? reading_no_memory(walk->reading) : damaged(walk, where);
}

/* The octets of a string; those that had to be joined live as long as the walk. */
static int take_octets(struct walk *walk, const struct tlv *string, struct slice *ret)
{
    struct secret *joined = NULL;
    if (string->tag & TLV_CONSTRUCTED)
        walk->joined_bytes += string->content.size;
    if (walk->joined_count >= sizeof(walk->joined) / sizeof(walk->joined[0]) ||
        walk->joined_bytes > READING_COPY_MOST)
        return too_much(walk, "split strings");
    int error = tlv_octets(string, &joined, ret);
    if (error)
        return not_joined(walk, error, "a string");
    if (joined)
        walk->joined[walk->joined_count++] = joined;
    return 0;
}

/* CertBag: the kind, and [0] with the certificate in an OCTET STRING (RFC 7292, 4.2.3). */
static int take_certificate(struct walk *walk, struct slice value)
{
    struct tlv bag, kind, wrapper, octets;
    struct secret *joined AUTO_SECRET = NULL;
    struct slice der;
    if (tlv_expect(&value, TLV_SEQUENCE, &bag) != 0 ||
        tlv_expect(&bag.content, TLV_OBJECT, &kind) != 0)
        return damaged(walk, "a certificate's bag");
    if (!oid_is(kind.content, OID_X509_CERTIFICATE))
        return 0;
    if (tlv_expect(&bag.content, TLV_CONTEXT_0, &wrapper) != 0 ||
        tlv_expect(&wrapper.content, TLV_OCTET_STRING, &octets) != 0)
        return damaged(walk, "a certificate's bag");
    if (octets.content.size > READING_COPY_MOST)
        return too_much(walk, "bytes in a certificate's bag");
    int error = tlv_octets(&octets, &joined, &der);
    if (error)
        return not_joined(walk, error, "a certificate's bag");
    return pile_add_certificate(walk->reading, walk->pile, der);
}

static int walk_bags(struct walk *walk, struct slice contents, unsigned depth);

/* CRLs, secrets and bags that nobody knows are passed over, whatever they hold. */
static int take_bag(struct walk *walk, struct slice bag, unsigned depth)
{
    struct tlv kind, value;
    if (tlv_expect(&bag, TLV_OBJECT, &kind) != 0)
        return damaged(walk, "a bag");
    enum oid oid = oid_find(kind.content);
    if (oid != OID_KEY_BAG && oid != OID_SHROUDED_KEY_BAG && oid != OID_CERTIFICATE_BAG &&
        oid != OID_SAFE_CONTENTS_BAG)
        return 0;
    if (tlv_expect(&bag, TLV_CONTEXT_0, &value) != 0)
        return damaged(walk, "a bag");
    switch (oid) {
    case OID_KEY_BAG:
        return key_add_pkcs8(walk->reading, walk->pile, value.content);
    case OID_SHROUDED_KEY_BAG:
        return key_add_sealed(walk->reading, walk->pile, value.content);
    case OID_CERTIFICATE_BAG:
        return take_certificate(walk, value.content);
    default:
        return walk_bags(walk, value.content, depth + 1);
    }
}

/* SafeContents: a SEQUENCE OF SafeBag. */
static int walk_bags(struct walk *walk, struct slice contents, unsigned depth)
{
    struct tlv list, bag;
    int found;
    if (depth > PKCS12_DEPTH_MOST)
        return too_much(walk, "levels of nested bags");
    if (tlv_expect(&contents, TLV_SEQUENCE, &list) != 0)
        return damaged(walk, "a list of bags");
    while ((found = tlv_next(&list.content, &bag)) == 1) {
        if (++walk->bags > PKCS12_BAGS_MOST)
            return too_much(walk, "bags");
        if (bag.tag != TLV_SEQUENCE)
            return damaged(walk, "a bag");
        if (take_bag(walk, bag.content, depth) != 0)
            return -1;
    }
    return found == 0 ? 0 : damaged(walk, "a bag");
}

/* EncryptedData (RFC 2315, 13): decoded and counted, opened later. */
static int take_safe(struct walk *walk, struct slice value)
{
    struct tlv data, version, info, type, algorithm, sealed;
    uint64_t cost;
    if (tlv_expect(&value, TLV_SEQUENCE, &data) != 0 ||
        tlv_expect(&data.content, TLV_INTEGER, &version) != 0 ||
        tlv_expect(&data.content, TLV_SEQUENCE, &info) != 0 ||
        tlv_expect(&info.content, TLV_OBJECT, &type) != 0 ||
        tlv_expect(&info.content, TLV_SEQUENCE, &algorithm) != 0 ||
        tlv_next(&info.content, &sealed) != 1 ||
        (sealed.tag & ~TLV_CONSTRUCTED) != TLV_CONTEXT_0_PRIMITIVE)
        return damaged(walk, "an encrypted part");
    if (walk->safe_count >= PKCS12_SAFES_MOST)
        return too_much(walk, "encrypted parts");
    struct safe *safe = &walk->safes[walk->safe_count];
    const unsigned char *at = algorithm.whole.bytes;
    if (algorithm.whole.size > COST_PARAMETERS_MOST)
        return damaged(walk, "an encrypted part");
    safe->algorithm = d2i_X509_ALGOR(NULL, &at, (long)algorithm.whole.size);
    if (!safe->algorithm)
        return damaged(walk, "an encrypted part");
    walk->safe_count++;
    if (cost_of(walk->reading, safe->algorithm, "an encrypted part", &cost) != 0 ||
        cost_declare(walk->reading, cost) != 0)
        return -1;
    return take_octets(walk, &sealed, &safe->sealed);
}

/* ContentInfo: the type, and [0] with what it says (RFC 2315, 7). */
static int take_content(struct walk *walk, struct slice info)
{
    struct tlv type, value, octets;
    struct slice contents;
    if (tlv_expect(&info, TLV_OBJECT, &type) != 0)
        return damaged(walk, "a part");
    enum oid oid = oid_find(type.content);
    if (oid == OID_ENVELOPED_DATA)
        return reading_fail(walk->reading, PROBLEM_UNSUPPORTED,
                            "is encrypted for a public key, not with a password");
    if (oid != OID_DATA && oid != OID_ENCRYPTED_DATA)
        return 0;
    if (tlv_expect(&info, TLV_CONTEXT_0, &value) != 0)
        return damaged(walk, "a part");
    if (oid == OID_ENCRYPTED_DATA)
        return take_safe(walk, value.content);
    if (tlv_expect(&value.content, TLV_OCTET_STRING, &octets) != 0)
        return damaged(walk, "a part");
    if (take_octets(walk, &octets, &contents) != 0)
        return -1;
    return walk_bags(walk, contents, 0);
}

/* AuthenticatedSafe: a SEQUENCE OF ContentInfo. */
static int walk_parts(struct walk *walk)
{
    struct slice content = walk->content;
    struct tlv list, part;
    int found;
    if (tlv_expect(&content, TLV_SEQUENCE, &list) != 0)
        return damaged(walk, "its content");
    while ((found = tlv_next(&list.content, &part)) == 1) {
        if (++walk->bags > PKCS12_BAGS_MOST)
            return too_much(walk, "parts");
        if (part.tag != TLV_SEQUENCE)
            return damaged(walk, "a part");
        if (take_content(walk, part.content) != 0)
            return -1;
    }
    return found == 0 ? 0 : damaged(walk, "a part");
}

/* PFX: version 3, ContentInfo, MacData (RFC 7292, 4). */
static int open_pfx(struct walk *walk, struct slice bytes)
{
    struct tlv pfx, version, info, type, value, octets, mac;
    if (tlv_expect(&bytes, TLV_SEQUENCE, &pfx) != 0 ||
        tlv_expect(&pfx.content, TLV_INTEGER, &version) != 0 ||
        tlv_expect(&pfx.content, TLV_SEQUENCE, &info) != 0 ||
        tlv_expect(&info.content, TLV_OBJECT, &type) != 0)
        return damaged(walk, "the outermost structure");
    if (!slice_equals(version.content, "\3", 1))
        return reading_fail(walk->reading, PROBLEM_UNSUPPORTED,
                            "is PKCS#12 of another version than 3");
    if (!oid_is(type.content, OID_DATA))
        return reading_fail(walk->reading, PROBLEM_UNSUPPORTED,
                            "is PKCS#12 in public-key mode, not protected by a password");
    if (tlv_expect(&info.content, TLV_CONTEXT_0, &value) != 0 ||
        tlv_expect(&value.content, TLV_OCTET_STRING, &octets) != 0)
        return damaged(walk, "the outermost structure");
    if (take_octets(walk, &octets, &walk->content) != 0)
        return -1;
    if (pfx.content.size == 0)
        return 0;
    if (tlv_expect(&pfx.content, TLV_SEQUENCE, &mac) != 0)
        return damaged(walk, "its integrity check (MAC)");
    walk->has_mac = true;
    return mac_read(walk->reading, mac.content, &walk->mac);
}

static int open_safes(struct walk *walk)
{
    for (size_t i = 0; i < walk->safe_count; i++) {
        struct secret *plain AUTO_SECRET = NULL;
        const struct safe *safe = &walk->safes[i];
        if (unlock_pbe(walk->reading, safe->algorithm, safe->sealed, "its encrypted content",
                       &plain) != 0)
            return -1;
        struct slice contents = {secret_peek(plain), secret_size(plain)};
        if (walk_bags(walk, contents, 0) != 0)
            return -1;
    }
    return key_open_sealed(walk->reading, walk->pile);
}

/* Opens part after part until one opens, for nothing but to know it. */
static void try_parts(struct walk *walk)
{
    struct reading *reading = walk->reading;
    for (size_t i = 0; i < walk->safe_count && !reading->phrases.fitted; i++) {
        struct secret *plain AUTO_SECRET = NULL;
        unlock_pbe(reading, walk->safes[i].algorithm, walk->safes[i].sealed, "", &plain);
    }
    key_try_sealed(reading, walk->pile);
}

/* A MAC that fits no form of the password says that the password is wrong or that the file was
 * changed. Where the password opens something that is encrypted, it was the file. */
static int refuse_mac(struct walk *walk)
{
    struct reading *reading = walk->reading;
    struct problems unheard, *heard = reading->problems;
    problems_init(&unheard, reading->arena);
    reading->problems = &unheard;
    try_parts(walk);
    reading->problems = heard;
    if (problems_has(&unheard, PROBLEM_OUT_OF_MEMORY))
        return reading_no_memory(reading);
    if (!reading->phrases.fitted)
        return reading_wrong_password(reading, "its integrity check (MAC)");
    return reading_fail(reading, PROBLEM_UNREADABLE,
                        "is damaged, or has a second password: this one opens it, but its "
                        "integrity check (MAC) fails");
}

static int open_sealed(struct walk *walk)
{
    int fits = walk->has_mac ? mac_verify(walk->reading, &walk->mac, walk->content) : 1;
    if (fits < 0)
        return -1;
    return fits ? open_safes(walk) : refuse_mac(walk);
}

int pkcs12_read(struct reading *reading, struct pile *pile, struct slice bytes)
{
    struct walk *walk CLEANUP(cleanup_walk) = calloc(1, sizeof(*walk));
    if (!walk)
        return reading_no_memory(reading);
    walk->reading = reading;
    walk->pile = pile;
    if (open_pfx(walk, bytes) != 0 || walk_parts(walk) != 0)
        return -1;
    return open_sealed(walk);
}
