#include "x509/check.h"

#include <openssl/core_names.h>

struct subject {
    struct reading *reading;
    struct decoded *leaf;
    const struct chain *chain;
};

/* RFC 5246, 7.4.2 and RFC 8446, 4.4.2: a server sends its chain, the root may be left out, since
 * clients have to have it anyway. So an intermediate whose own issuer did not come is complete,
 * and a leaf that came with its root is too; a leaf with neither is what people forget. */
static bool lacks_chain(const struct subject *subject)
{
    return !chain_is_self_issued(subject->leaf) && subject->chain->count == 0 &&
           !subject->chain->has_root;
}

/* Either the leaf is damaged, or somebody else has its issuer's name. */
static bool has_false_issuer(const struct subject *subject)
{
    return lacks_chain(subject) && subject->chain->has_false_issuer;
}

/* CA/Browser Forum Baseline Requirements 6.1.5 and NIST SP 800-131A: RSA 2048 and EC 224 bits are
 * the least; DSA is no longer approved (FIPS 186-5). */
static bool has_weak_key(const struct subject *subject)
{
    EVP_PKEY *key = subject->leaf->key;
    if (!key)
        return false;
    if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"))
        return EVP_PKEY_get_bits(key) < 2048;
    if (EVP_PKEY_is_a(key, "EC"))
        return EVP_PKEY_get_bits(key) < 224;
    return EVP_PKEY_is_a(key, "DSA");
}

/* RFC 5480, 2.1.1: only named curves. OpenSSL decodes the others, and refuses to verify them. */
static bool has_explicit_curve(const struct subject *subject)
{
    int explicit = 0;
    EVP_PKEY *key = subject->leaf->key;
    return key && EVP_PKEY_is_a(key, "EC") &&
           EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                                  &explicit) == 1 &&
           explicit != 0;
}

/* RFC 9155 and RFC 6151: collisions can be made. Nobody relies on the signature of a self-signed
 * certificate. */
static bool has_weak_signature(const struct subject *subject)
{
    int digest = NID_undef;
    if (X509_get_signature_info(subject->leaf->x509, &digest, NULL, NULL, NULL) != 1)
        return false;
    bool weak = digest == NID_sha1 || digest == NID_md5 || digest == NID_md5_sha1 ||
                digest == NID_md4 || digest == NID_md2;
    return weak && !chain_is_self_signed(subject->reading, subject->leaf);
}

/* RFC 5280, 4.2.1.12: without the extension every usage is allowed. One that cannot be decoded
 * allows none. */
static bool lacks_server_auth(const struct subject *subject)
{
    int critical = -1;
    EXTENDED_KEY_USAGE *usages AUTO_OPENSSL(EXTENDED_KEY_USAGE) =
        X509_get_ext_d2i(subject->leaf->x509, NID_ext_key_usage, &critical, NULL);
    if (!usages)
        return critical != -1;
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
        int usage = OBJ_obj2nid(sk_ASN1_OBJECT_value(usages, i));
        if (usage == NID_server_auth || usage == NID_anyExtendedKeyUsage)
            return false;
    }
    return true;
}

static const struct {
    enum finding finding;
    bool (*holds)(const struct subject *subject);
} checks[] = {
    {FINDING_INCOMPLETE_CHAIN, lacks_chain},      {FINDING_WEAK_KEY, has_weak_key},
    {FINDING_WEAK_SIGNATURE, has_weak_signature}, {FINDING_NO_SERVER_AUTH, lacks_server_auth},
    {FINDING_EXPLICIT_CURVE, has_explicit_curve}, {FINDING_FALSE_ISSUER, has_false_issuer},
};

unsigned check_findings(struct reading *reading, struct decoded *leaf, const struct chain *chain)
{
    struct subject subject = {reading, leaf, chain};
    unsigned findings = 0;
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        if (checks[i].holds(&subject))
            findings |= checks[i].finding;
    return findings;
}
