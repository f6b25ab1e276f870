#include "x509/pile.h"

#include "x509/curve.h"
#include "x509/issuers.h"

#include <stdlib.h>
#include <string.h>

static void free_key(struct pile_key *key)
{
    EVP_PKEY_free(key->key);
    secret_free(key->pem);
}

void pile_done(struct pile *pile)
{
    for (size_t i = 0; i < pile->certificate_count; i++)
        decoded_release(pile->certificates[i].decoded);
    for (size_t i = 0; i < pile->key_count; i++)
        free_key(&pile->keys[i]);
    for (size_t i = 0; i < pile->sealed_count; i++)
        X509_SIG_free(pile->sealed[i]);
    free(pile->certificates);
    free(pile->keys);
}

static void keep_role(struct pile_certificate *one, enum role role)
{
    if (role == ROLE_SOURCE)
        one->role = ROLE_SOURCE;
}

/* By the digest of its bytes as they came, the usual copy, which is told without decoding it; or by
 * its fingerprint, which no certificate has before it was decoded. */
static bool was_met(const struct reading *reading, struct pile *pile, const char *source_digest,
                    const char *fingerprint)
{
    for (size_t i = 0; i < pile->certificate_count; i++) {
        struct pile_certificate *one = &pile->certificates[i];
        if (strcmp(one->decoded->source_digest, source_digest) == 0 ||
            strcmp(one->decoded->fingerprint, fingerprint) == 0) {
            keep_role(one, reading->role);
            return true;
        }
    }
    return false;
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

static int add(struct reading *reading, struct pile *pile, struct decoded *decoded)
{
    struct pile_certificate *grown =
        reallocarray(pile->certificates, pile->certificate_count + 1, sizeof(*grown));
    if (!grown)
        return reading_no_memory(reading);
    pile->certificates = grown;
    struct pile_certificate one = {decoded_hold(decoded), reading->role};
    pile->certificates[pile->certificate_count++] = one;
    return 0;
}

int pile_add_certificate(struct reading *reading, struct pile *pile, struct slice der)
{
    struct tlv element;
    char digest[DIGEST_TEXT_SIZE];
    struct decoded *decoded CLEANUP(cleanup_decoded) = NULL;
    if (tlv_expect(&der, TLV_SEQUENCE, &element) != 0)
        return reading_fail(reading, PROBLEM_UNREADABLE, "is damaged: a certificate is cut off");
    if (++pile->looked_at > PILE_LOOKED_AT_MOST)
        return too_many(reading);
    digest_bytes(element.whole.bytes, element.whole.size, digest);
    if (was_met(reading, pile, digest, ""))
        return 0;
    if (check_room(reading, pile, element.whole.size) != 0 ||
        curve_check_certificate(reading, element.whole) != 0)
        return -1;
    decoded = issuers_find(reading->source->issuers, digest);
    if (!decoded &&
        decoded_new(reading, element.whole, pile->certificate_count + 1, digest, &decoded) != 0)
        return -1;
    if (was_met(reading, pile, digest, decoded->fingerprint))
        return 0;
    return add(reading, pile, decoded);
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
    struct pile_key *grown = reallocarray(pile->keys, pile->key_count + 1, sizeof(*grown));
    if (!grown)
        return reading_no_memory(reading);
    pile->keys = grown;
    pile->keys[pile->key_count++] = *key;
    return 0;
}

int pile_add_key(struct reading *reading, struct pile *pile, EVP_PKEY *key, struct secret *pem)
{
    struct pile_key taken = {.key = key, .pem = pem, .role = reading->role};
    int result = reading->role == ROLE_CHAIN ? 0 : add_key(reading, pile, &taken);
    if (result != 0 || reading->role == ROLE_CHAIN)
        free_key(&taken);
    return result;
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
