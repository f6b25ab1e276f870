#include "x509/chain.h"

bool chain_is_self_issued(const X509 *x509)
{
    return X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0;
}

bool chain_may_have_issued(X509 *issuer, X509 *subject)
{
    if (X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(subject)) != 0)
        return false;
    int result = X509_check_issued(issuer, subject);
    return result != X509_V_ERR_AKID_SKID_MISMATCH &&
           result != X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH &&
           result != X509_V_ERR_SUBJECT_ISSUER_MISMATCH;
}

enum verdict { FORGED, UNKNOWN, VERIFIED };

/* A signature of an algorithm that OpenSSL does not know proves nothing either way. */
static enum verdict verify(struct reading *reading, X509 *issuer, X509 *subject)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    if (!key || reading->signatures >= CHAIN_SIGNATURES_MOST)
        return UNKNOWN;
    reading->signatures++;
    int result = X509_verify(subject, key);
    openssl_forget_errors();
    return result > 0 ? VERIFIED : result == 0 ? FORGED : UNKNOWN;
}

bool chain_is_self_signed(struct reading *reading, X509 *x509)
{
    return chain_is_self_issued(x509) && verify(reading, x509, x509) != FORGED;
}

static bool is_used(const struct chain *chain, const X509 *leaf, const X509 *x509)
{
    if (x509 == leaf)
        return true;
    for (size_t i = 0; i < chain->count; i++)
        if (chain->issuers[i] == x509)
            return true;
    return false;
}

struct candidate {
    X509 *x509;
    enum verdict verdict;
    bool is_root;
};

static bool is_better(const struct candidate *a, const struct candidate *b)
{
    if (!b->x509 || a->verdict != b->verdict)
        return !b->x509 || a->verdict > b->verdict;
    if (a->is_root != b->is_root)
        return a->is_root;
    return ASN1_TIME_compare(X509_get0_notAfter(a->x509), X509_get0_notAfter(b->x509)) > 0;
}

static struct candidate find_issuer(struct reading *reading, const struct pile *pile,
                                    struct chain *chain, X509 *leaf, X509 *subject)
{
    struct candidate best = {NULL, FORGED, false};
    for (size_t i = 0; i < pile->certificate_count; i++) {
        struct candidate one = {.x509 = pile->certificates[i].x509};
        if (is_used(chain, leaf, one.x509) || !chain_may_have_issued(one.x509, subject))
            continue;
        one.verdict = verify(reading, one.x509, subject);
        if (one.verdict == FORGED) {
            chain->has_false_issuer |= subject == leaf;
            continue;
        }
        one.is_root = chain_is_self_signed(reading, one.x509);
        if (is_better(&one, &best))
            best = one;
    }
    return best;
}

void chain_follow(struct reading *reading, const struct pile *pile, X509 *leaf, struct chain *ret)
{
    *ret = (struct chain){.count = 0};
    X509 *at = leaf;
    if (chain_is_self_signed(reading, leaf))
        return;
    while (ret->count < CHAIN_MOST) {
        struct candidate issuer = find_issuer(reading, pile, ret, leaf, at);
        ret->has_root = issuer.is_root;
        if (!issuer.x509 || issuer.is_root)
            break;
        ret->issuers[ret->count++] = issuer.x509;
        at = issuer.x509;
    }
    openssl_forget_errors();
}
