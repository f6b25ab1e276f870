#include "x509/pair.h"

#include "x509/chain.h"
#include "x509/key.h"
#include "x509/subject.h"

#include <string.h>

/* Which certificates of the pile may still be the leaf. */
struct candidates {
    bool *in; /* by index in the pile */
    size_t count;
};

static bool is_ours(const struct pile *pile, size_t i)
{
    return pile->certificates[i].role == ROLE_SOURCE;
}

static size_t count_ours(const struct pile *pile)
{
    size_t count = 0;
    for (size_t i = 0; i < pile->certificate_count; i++)
        count += is_ours(pile, i);
    return count;
}

/* With key_path only its keys count: it says which one is meant. */
static bool counts(const struct reading *reading, const struct pile_key *key)
{
    return key->role == (reading->source->key_bytes ? ROLE_KEY : ROLE_SOURCE);
}

static size_t count_keys(const struct reading *reading, const struct pile *pile)
{
    size_t count = 0;
    for (size_t i = 0; i < pile->key_count; i++)
        count += pile->keys[i].key && counts(reading, &pile->keys[i]);
    return count;
}

static bool belongs(const struct decoded *decoded, const EVP_PKEY *key)
{
    return decoded->key && key && EVP_PKEY_eq(decoded->key, key) == 1;
}

static void keep(struct candidates *candidates, size_t i)
{
    candidates->count += !candidates->in[i];
    candidates->in[i] = true;
}

static void find_by_key(const struct reading *reading, const struct pile *pile,
                        struct candidates *candidates)
{
    for (size_t i = 0; i < pile->certificate_count; i++)
        for (size_t k = 0; k < pile->key_count && is_ours(pile, i); k++)
            if (counts(reading, &pile->keys[k]) &&
                belongs(pile->certificates[i].decoded, pile->keys[k].key))
                keep(candidates, i);
}

static bool issued_another(const struct pile *pile, size_t issuer)
{
    for (size_t i = 0; i < pile->certificate_count; i++)
        if (i != issuer && chain_may_have_issued(pile->certificates[issuer].decoded,
                                                 pile->certificates[i].decoded))
            return true;
    return false;
}

static void find_by_issue(const struct pile *pile, struct candidates *candidates)
{
    bool alone = count_ours(pile) == 1;
    for (size_t i = 0; i < pile->certificate_count; i++)
        if (is_ours(pile, i) && (alone || (!chain_is_self_issued(pile->certificates[i].decoded) &&
                                           !issued_another(pile, i))))
            keep(candidates, i);
}

static int no_certificate(struct reading *reading, const struct pile *pile)
{
    const char *what = pile->others[ROLE_SOURCE];
    if (pile->key_count > 0)
        return reading_fail(reading, PROBLEM_NOT_A_CERTIFICATE,
                            "holds a private key and no certificate");
    if (what)
        return reading_fail(reading, PROBLEM_NOT_A_CERTIFICATE, "holds %s and no certificate",
                            what);
    return reading_fail(reading, PROBLEM_NOT_A_CERTIFICATE, "holds no certificate");
}

/* Those that are still in, by subject and fingerprint; NULL when memory is out. */
static const char *name_them(struct reading *reading, const struct pile *pile,
                             const struct candidates *candidates)
{
    enum { NAMED_MOST = 8 };
    const char *list = "";
    size_t named = 0;
    for (size_t i = 0; i < pile->certificate_count && named < NAMED_MOST && list; i++) {
        const struct pile_certificate *one = &pile->certificates[i];
        if (!candidates->in[i])
            continue;
        const char *subject = subject_text(reading, one->decoded->x509);
        list = subject ? arena_printf(reading->arena, "%s%s%s (sha256 %s)", list, named ? "; " : "",
                                      subject, one->decoded->fingerprint)
                       : NULL;
        named++;
    }
    if (list && candidates->count > named)
        list = arena_printf(reading->arena, "%s; and others", list);
    return list;
}

static void keep_ours(const struct pile *pile, struct candidates *candidates)
{
    for (size_t i = 0; i < pile->certificate_count; i++)
        if (is_ours(pile, i))
            keep(candidates, i);
}

static int ambiguous(struct reading *reading, const struct pile *pile,
                     struct candidates *candidates)
{
    if (candidates->count == 0)
        keep_ours(pile, candidates);
    const char *list = name_them(reading, pile, candidates);
    if (!list)
        return reading_no_memory(reading);
    return reading_fail(reading, PROBLEM_AMBIGUOUS_LEAF,
                        "holds %zu certificates that may be meant: %s", candidates->count, list);
}

static size_t only(const struct candidates *candidates)
{
    size_t i = 0;
    while (!candidates->in[i])
        i++;
    return i;
}

static int refuse_pin(struct reading *reading, const struct pile *pile,
                      const struct candidates *candidates)
{
    const char *pin = reading->source->pin;
    if (candidates->count != 1)
        return reading_fail(reading, PROBLEM_PIN_MISMATCH,
                            "holds no certificate%s with the sha256 %s",
                            pile->key_count > 0 ? " and private key" : "", pin);
    return reading_fail(reading, PROBLEM_PIN_MISMATCH, "its certificate has the sha256 %s, not %s",
                        pile->certificates[only(candidates)].decoded->fingerprint, pin);
}

static int refuse_subject(struct reading *reading, const struct pile *pile,
                          const struct candidates *candidates)
{
    const char *list = name_them(reading, pile, candidates);
    if (!list)
        return reading_no_memory(reading);
    return reading_fail(
        reading, PROBLEM_SUBJECT_MISMATCH, "holds no certificate%s for '%s', but %s",
        pile->key_count > 0 ? " and private key" : "", reading->source->subject, list);
}

static bool is_pinned(const struct reading *reading, const struct pile_certificate *one)
{
    const char *pin = reading->source->pin;
    return !pin || strcmp(one->decoded->fingerprint, pin) == 0;
}

/* 1 or 0, or -1 with a problem. */
static int is_named(struct reading *reading, const struct pile_certificate *one)
{
    const char *subject = reading->source->subject;
    return subject ? subject_is(reading, one->decoded->x509, subject) : 1;
}

/* With key_path, what the entry names may be there, and the key be another's. */
static int check_named_key(struct reading *reading, const struct pile *pile)
{
    const struct source *source = reading->source;
    for (size_t i = 0; source->key_bytes && i < pile->certificate_count; i++) {
        const struct pile_certificate *one = &pile->certificates[i];
        int named = is_ours(pile, i) && is_pinned(reading, one) ? is_named(reading, one) : 0;
        if (named == 0)
            continue;
        if (named < 0)
            return -1;
        const char *subject = subject_text(reading, one->decoded->x509);
        reading->path = source->key_path;
        if (!subject)
            return reading_no_memory(reading);
        return reading_fail(reading, PROBLEM_KEY_MISMATCH,
                            "its private key belongs to another certificate than %s (sha256 %s)",
                            subject, one->decoded->fingerprint);
    }
    return 0;
}

/* Leaves in what the entry names by pin and subject. */
static int narrow(struct reading *reading, const struct pile *pile, struct candidates *candidates)
{
    struct candidates pinned, left;
    pinned.in = arena_alloc(reading->arena, pile->certificate_count, sizeof(bool));
    left.in = arena_alloc(reading->arena, pile->certificate_count, sizeof(bool));
    if (!pinned.in || !left.in)
        return reading_no_memory(reading);
    pinned.count = left.count = 0;
    for (size_t i = 0; i < pile->certificate_count; i++) {
        if (!candidates->in[i] || !is_pinned(reading, &pile->certificates[i]))
            continue;
        keep(&pinned, i);
        int named = is_named(reading, &pile->certificates[i]);
        if (named < 0)
            return -1;
        if (named)
            keep(&left, i);
    }
    if (left.count == 0 && check_named_key(reading, pile) != 0)
        return -1;
    if (pinned.count == 0)
        return refuse_pin(reading, pile, candidates);
    if (left.count == 0)
        return refuse_subject(reading, pile, &pinned);
    *candidates = left;
    return 0;
}

/* Without a key, pin and subject may name any certificate of the file. */
static int choose_leaf(struct reading *reading, const struct pile *pile, bool by_key,
                       struct candidates *candidates, size_t *ret)
{
    const struct source *source = reading->source;
    bool named = source->pin || source->subject;
    if (named && !by_key)
        keep_ours(pile, candidates);
    if (named && narrow(reading, pile, candidates) != 0)
        return -1;
    if (candidates->count != 1)
        return ambiguous(reading, pile, candidates);
    *ret = only(candidates);
    return 0;
}

/* The key of the leaf: one whose private part belongs to its public part. */
static int choose_key(struct reading *reading, const struct pile *pile, const struct decoded *leaf,
                      struct pile_key **ret)
{
    bool found = false, checked = true;
    for (size_t i = 0; i < pile->key_count; i++) {
        struct pile_key *key = &pile->keys[i];
        if (!counts(reading, key) || !belongs(leaf, key->key))
            continue;
        found = true;
        enum key_verdict verdict = key_check(reading, key->key);
        if (verdict == KEY_CONSISTENT) {
            *ret = key;
            return 0;
        }
        checked &= verdict != KEY_TOO_LARGE;
    }
    if (!found)
        return 0;
    if (!checked)
        return reading_fail(reading, PROBLEM_UNSUPPORTED,
                            "its RSA private key is too large to be checked");
    return reading_fail(reading, PROBLEM_KEY_MISMATCH,
                        "the private part of its key does not belong to the public part");
}

/* A key that could not be decoded was the leaf's own when it is of the leaf's type, and OpenSSL
 * knows neither. */
static int check_lost_keys(struct reading *reading, const struct pile *pile,
                           const struct decoded *leaf)
{
    char name[OPENSSL_NAME_SIZE];
    ASN1_OBJECT *algorithm = NULL;
    X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, X509_get_X509_PUBKEY(leaf->x509));
    openssl_object_name(algorithm, name);
    if (leaf->key)
        return 0;
    for (size_t i = 0; i < pile->key_count; i++)
        if (!pile->keys[i].key && counts(reading, &pile->keys[i]) &&
            strcmp(pile->keys[i].algorithm, name) == 0)
            return reading_fail(reading, PROBLEM_UNSUPPORTED,
                                "its private key is of type %s, which this OpenSSL does not "
                                "support",
                                name);
    return 0;
}

/* It may have been the leaf's own, so it is told of where a key is missed. */
static const char *note_lost_key(const struct reading *reading, const struct pile *pile)
{
    for (size_t i = 0; i < pile->key_count; i++)
        if (!pile->keys[i].key && counts(reading, &pile->keys[i]))
            return arena_printf(reading->arena, "its private key (%s) cannot be decoded",
                                pile->keys[i].algorithm);
    return NULL;
}

static int check_keys(struct reading *reading, const struct pile *pile, bool by_key)
{
    const struct source *source = reading->source;
    size_t keys = count_keys(reading, pile);
    if (by_key)
        return 0;
    if (source->key_bytes)
        reading->path = source->key_path;
    if (keys > 0)
        return reading_fail(reading, PROBLEM_KEY_MISMATCH, "its private key belongs to %s%s",
                            count_ours(pile) == 1 ? "another certificate than that of "
                                                  : "none of the certificates of ",
                            source->key_bytes ? source->path : "the file");
    for (size_t i = 0; source->key_bytes && i < pile->key_count; i++)
        if (counts(reading, &pile->keys[i]))
            return reading_fail(reading, PROBLEM_UNSUPPORTED,
                                "its private key (%s) is of a type that this OpenSSL does not "
                                "support, or damaged",
                                pile->keys[i].algorithm);
    if (source->key_bytes && pile->others[ROLE_KEY])
        return reading_fail(reading, PROBLEM_NO_PRIVATE_KEY, "holds no private key but %s",
                            pile->others[ROLE_KEY]);
    if (source->key_bytes)
        return reading_fail(reading, PROBLEM_NO_PRIVATE_KEY, "holds no private key");
    return 0;
}

int pair_choose(struct reading *reading, const struct pile *pile, struct pair *ret)
{
    if (count_ours(pile) == 0)
        return no_certificate(reading, pile);
    struct candidates candidates = {
        .in = arena_alloc(reading->arena, pile->certificate_count, sizeof(bool))};
    if (!candidates.in)
        return reading_no_memory(reading);
    find_by_key(reading, pile, &candidates);
    if (openssl_forget_errors()) /* a key may have been missed for it */
        return reading_no_memory(reading);
    bool by_key = candidates.count > 0;
    if (check_keys(reading, pile, by_key) != 0)
        return -1;
    if (!by_key)
        find_by_issue(pile, &candidates);
    size_t leaf = 0;
    if (choose_leaf(reading, pile, by_key, &candidates, &leaf) != 0)
        return -1;
    struct pair pair = {.leaf = pile->certificates[leaf].decoded};
    if (choose_key(reading, pile, pair.leaf, &pair.key) != 0)
        return -1;
    if (by_key && !pair.key) /* it was there a moment ago */
        return reading_no_memory(reading);
    if (!pair.key && check_lost_keys(reading, pile, pair.leaf) != 0)
        return -1;
    if (!pair.key)
        pair.key_note = note_lost_key(reading, pile);
    *ret = pair;
    return 0;
}
