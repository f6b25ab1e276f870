#include "x509/chain.h"

static bool has_issuers_name(const struct decoded *subject, const struct decoded *issuer)
{
    return X509_NAME_cmp(X509_get_subject_name(issuer->x509),
                         X509_get_issuer_name(subject->x509)) == 0;
}

bool chain_is_self_issued(const struct decoded *decoded)
{
    return has_issuers_name(decoded, decoded);
}

/* Extensions that contradict each other tell nothing. */
static bool has_valid_extensions(const struct decoded *decoded)
{
    return !(X509_get_extension_flags(decoded->x509) & EXFLAG_INVALID);
}

/* X509_check_akid(3) looks at what X509_get_extension_flags(3) has read of the issuer. */
bool chain_may_have_issued(const struct decoded *issuer, const struct decoded *subject)
{
    if (!has_issuers_name(subject, issuer))
        return false;
    if (!has_valid_extensions(issuer) || !has_valid_extensions(subject))
        return true;
    AUTHORITY_KEYID *identifier AUTO_OPENSSL(AUTHORITY_KEYID) =
        X509_get_ext_d2i(subject->x509, NID_authority_key_identifier, NULL, NULL);
    return X509_check_akid(issuer->x509, identifier) == X509_V_OK;
}

enum verdict { FORGED, UNKNOWN, VERIFIED };

/* A signature of an algorithm that OpenSSL does not know proves nothing either way. */
static enum verdict verify(struct reading *reading, const struct decoded *issuer,
                           struct decoded *subject)
{
    if (!issuer->key || reading->signatures >= CHAIN_SIGNATURES_MOST)
        return UNKNOWN;
    reading->signatures++;
    int result = decoded_verify(reading, subject, issuer);
    openssl_forget_errors();
    return result > 0 ? VERIFIED : result == 0 ? FORGED : UNKNOWN;
}

bool chain_is_self_signed(struct reading *reading, struct decoded *decoded)
{
    return chain_is_self_issued(decoded) && verify(reading, decoded, decoded) != FORGED;
}

static bool is_used(const struct chain *chain, const struct decoded *leaf,
                    const struct decoded *decoded)
{
    if (decoded == leaf)
        return true;
    for (size_t i = 0; i < chain->count; i++)
        if (chain->issuers[i] == decoded)
            return true;
    return false;
}

struct candidate {
    struct decoded *decoded;
    enum verdict verdict;
    bool is_root;
};

static bool is_better(const struct candidate *a, const struct candidate *b)
{
    if (!b->decoded || a->verdict != b->verdict)
        return !b->decoded || a->verdict > b->verdict;
    if (a->is_root != b->is_root)
        return a->is_root;
    return ASN1_TIME_compare(X509_get0_notAfter(a->decoded->x509),
                             X509_get0_notAfter(b->decoded->x509)) > 0;
}

static struct candidate find_issuer(struct reading *reading, const struct pile *pile,
                                    struct chain *chain, struct decoded *leaf,
                                    struct decoded *subject)
{
    struct candidate best = {NULL, FORGED, false};
    for (size_t i = 0; i < pile->certificate_count; i++) {
        struct candidate one = {.decoded = pile->certificates[i].decoded};
        if (is_used(chain, leaf, one.decoded) || !chain_may_have_issued(one.decoded, subject))
            continue;
        one.verdict = verify(reading, one.decoded, subject);
        if (one.verdict == FORGED) {
            chain->has_false_issuer |= subject == leaf;
            continue;
        }
        one.is_root = chain_is_self_signed(reading, one.decoded);
        if (is_better(&one, &best))
            best = one;
    }
    return best;
}

void chain_follow(struct reading *reading, const struct pile *pile, struct decoded *leaf,
                  struct chain *ret)
{
    *ret = (struct chain){.count = 0};
    struct decoded *at = leaf;
    if (chain_is_self_signed(reading, leaf))
        return;
    while (ret->count < CHAIN_MOST) {
        struct candidate issuer = find_issuer(reading, pile, ret, leaf, at);
        ret->has_root = issuer.is_root;
        if (!issuer.decoded || issuer.is_root)
            break;
        ret->issuers[ret->count++] = issuer.decoded;
        at = issuer.decoded;
    }
    openssl_forget_errors();
}
