#include "x509/pile.h"

#include "x509/curve.h"

#include <string.h>

void pile_done(struct pile *pile)
{
    for (size_t i = 0; i < pile->certificate_count; i++)
        X509_free(pile->certificates[i].x509);
    for (size_t i = 0; i < pile->key_count; i++)
        EVP_PKEY_free(pile->keys[i].key);
    for (size_t i = 0; i < pile->sealed_count; i++)
        X509_SIG_free(pile->sealed[i]);
}

static void keep_role(struct pile_certificate *one, enum role role)
{
    if (role == ROLE_SOURCE)
        one->role = ROLE_SOURCE;
}

/* By its bytes as they came, the usual copy, which is told without decoding it; or by its
 * fingerprint, which no certificate has before it was decoded. */
static bool was_met(struct pile *pile, const struct pile_certificate *made)
{
    for (size_t i = 0; i < pile->certificate_count; i++) {
        struct pile_certificate *one = &pile->certificates[i];
        if (strcmp(one->source_digest, made->source_digest) == 0 ||
            strcmp(one->fingerprint, made->fingerprint) == 0) {
            keep_role(one, made->role);
            return true;
        }
    }
    return false;
}

static int fingerprint_of(X509 *x509, char ret[static DIGEST_TEXT_SIZE])
{
    unsigned char *der = NULL;
    int size = i2d_X509(x509, &der);
    int result = size > 0 ? digest_bytes(der, (size_t)size, ret) : -1;
    OPENSSL_free(der);
    return result;
}

static int too_many(struct reading *reading)
{
    return reading_fail(reading, PROBLEM_TOO_EXPENSIVE,
                        "holds more than %d certificates, or more than %d bytes of them",
                        PILE_CERTIFICATES_MOST, PILE_BYTES_MOST);
}

static int check_room(struct reading *reading, struct pile *pile, size_t size)
{
    if (size > PILE_CERTIFICATE_BYTES_MOST)
        return reading_fail(reading, PROBLEM_TOO_EXPENSIVE,
                            "holds a certificate of more than %d bytes",
                            PILE_CERTIFICATE_BYTES_MOST);
    pile->bytes += size;
    if (pile->bytes > PILE_BYTES_MOST || pile->certificate_count >= PILE_CERTIFICATES_MOST)
        return too_many(reading);
    return 0;
}

static int decode(struct reading *reading, struct pile *pile, struct slice der, X509 **ret)
{
    X509 *x509 AUTO_X509 = X509_new_ex(reading->library, NULL);
    const unsigned char *at = der.bytes;
    if (!x509 || openssl_forget_errors())
        return reading_no_memory(reading);
    if (!d2i_X509(&x509, &at, (long)der.size))
        return reading_fail(reading, PROBLEM_UNREADABLE,
                            "is damaged: certificate %zu cannot be decoded (%s)",
                            pile->certificate_count + 1, openssl_reason());
    openssl_forget_errors(); /* a public key of an unknown type leaves some */
    *ret = x509;
    x509 = NULL;
    return 0;
}

int pile_add_certificate(struct reading *reading, struct pile *pile, struct slice der)
{
    struct tlv element;
    struct pile_certificate one = {.role = reading->role};
    X509 *x509 AUTO_X509 = NULL;
    if (tlv_expect(&der, TLV_SEQUENCE, &element) != 0)
        return reading_fail(reading, PROBLEM_UNREADABLE, "is damaged: a certificate is cut off");
    if (++pile->looked_at > PILE_LOOKED_AT_MOST)
        return too_many(reading);
    if (digest_bytes(element.whole.bytes, element.whole.size, one.source_digest) != 0)
        return reading_no_memory(reading);
    if (was_met(pile, &one))
        return 0;
    if (check_room(reading, pile, element.whole.size) != 0 ||
        curve_check_certificate(reading, element.whole) != 0 ||
        decode(reading, pile, element.whole, &x509) != 0)
        return -1;
    if (fingerprint_of(x509, one.fingerprint) != 0)
        return reading_no_memory(reading);
    if (was_met(pile, &one))
        return 0;
    if (arena_grow(reading->arena, &pile->certificates, pile->certificate_count,
                   &pile->certificate_capacity, sizeof(one)) != 0)
        return reading_no_memory(reading);
    one.x509 = x509;
    x509 = NULL;
    pile->certificates[pile->certificate_count++] = one;
    return 0;
}

void pile_note_other(const struct reading *reading, struct pile *pile, const char *what)
{
    if (!pile->others[reading->role])
        pile->others[reading->role] = what;
}

int pile_too_many_keys(struct reading *reading)
{
    return reading_fail(reading, PROBLEM_TOO_EXPENSIVE, "holds more than %d private keys",
                        PILE_KEYS_MOST);
}

static int add_key(struct reading *reading, struct pile *pile, const struct pile_key *key)
{
    if (pile->key_count >= PILE_KEYS_MOST)
        return pile_too_many_keys(reading);
    if (arena_grow(reading->arena, &pile->keys, pile->key_count, &pile->key_capacity,
                   sizeof(*key)) != 0)
        return reading_no_memory(reading);
    pile->keys[pile->key_count++] = *key;
    return 0;
}

int pile_add_key(struct reading *reading, struct pile *pile, EVP_PKEY *key)
{
    EVP_PKEY *taken AUTO_PKEY = key;
    if (reading->role == ROLE_CHAIN)
        return 0;
    if (add_key(reading, pile, &(struct pile_key){.key = key, .role = reading->role}) != 0)
        return -1;
    taken = NULL;
    return 0;
}

int pile_add_lost_key(struct reading *reading, struct pile *pile, const ASN1_OBJECT *algorithm)
{
    struct pile_key key = {.role = reading->role};
    if (openssl_forget_errors())
        return reading_no_memory(reading);
    if (reading->role == ROLE_CHAIN)
        return 0;
    openssl_object_name(algorithm, key.algorithm);
    return add_key(reading, pile, &key);
}
