#include "x509/unlock.h"

#include "x509/cost.h"
#include "x509/derive.h"

#include <openssl/crypto.h>
#include <string.h>

/* What is to be opened, and how a form of the password becomes a cipher that is ready to. */
struct lock {
    struct reading *reading;
    struct slice sealed;
    const char *what;
    const char *scheme; /* the algorithm's name */
    uint64_t cost;
    const X509_ALGOR *algorithm; /* of a PBE lock */
    const PBE2PARAM *pbes2;      /* its parameters, where it is PBES2 */
    const PBKDF2PARAM *pbkdf2;   /* of its derivation, where it is PBKDF2 */
    bool unsalted;
    const EVP_CIPHER *cipher; /* of a DEK lock */
    const EVP_MD *digest;
    const unsigned char *iv;
};

typedef int start_cipher(const struct lock *lock, struct phrase phrase, EVP_CIPHER_CTX *context);

enum attempt { OPENED, DOES_NOT_FIT, FAILED };

/* A stream cipher has no padding that could be wrong: nothing may follow the element. */
static bool is_one_element(const struct secret *plain, bool padded)
{
    struct slice rest = {secret_peek(plain), secret_size(plain)};
    struct tlv element;
    return tlv_expect(&rest, TLV_SEQUENCE, &element) == 0 && (padded || rest.size == 0);
}

/* Runs a cipher that is ready over what was sealed. */
static enum attempt run_cipher(const struct lock *lock, EVP_CIPHER_CTX *context,
                               struct secret **ret)
{
    int first = 0, last = 0;
    int size = (int)lock->sealed.size;
    struct secret *plain AUTO_SECRET = secret_new(lock->sealed.size + EVP_MAX_BLOCK_LENGTH);
    if (!plain) {
        reading_no_memory(lock->reading);
        return FAILED;
    }
    int block = EVP_CIPHER_CTX_get_block_size(context);
    if (size == 0 || (block > 1 && size % block != 0)) {
        reading_fail(lock->reading, PROBLEM_UNREADABLE,
                     "is damaged: the encrypted part of %s is cut off", lock->what);
        return FAILED;
    }
    unsigned char *to = secret_bytes(plain);
    if (EVP_DecryptUpdate(context, to, &first, lock->sealed.bytes, size) != 1 ||
        EVP_DecryptFinal_ex(context, to + first, &last) != 1)
        return DOES_NOT_FIT;
    secret_cut(plain, (size_t)(first + last));
    if (!is_one_element(plain, block > 1))
        return DOES_NOT_FIT;
    *ret = plain;
    plain = NULL;
    return OPENED;
}

static enum attempt unsupported(const struct lock *lock)
{
    reading_fail(lock->reading, PROBLEM_UNSUPPORTED,
                 "%s is encrypted with %s, which this OpenSSL does not support%s", lock->what,
                 lock->scheme,
                 openssl_has_legacy() ? "" : " (its legacy provider could not be loaded)");
    return FAILED;
}

static bool has_cipher(const struct lock *lock)
{
    EVP_CIPHER *cipher AUTO_OPENSSL(EVP_CIPHER) =
        EVP_CIPHER_fetch(lock->reading->library, lock->scheme, NULL);
    return cipher != NULL;
}

/* Where the cipher is there, it is its parameters: a function of PBKDF2 that is not, a key or an
 * initialisation vector of another length, numbers that scrypt does not take. */
static enum attempt cannot_start(const struct lock *lock)
{
    const char *reason = openssl_reason();
    if (openssl_forget_errors()) {
        reading_no_memory(lock->reading);
        return FAILED;
    }
    if (!has_cipher(lock))
        return unsupported(lock);
    reading_fail(lock->reading, PROBLEM_UNSUPPORTED,
                 "%s is encrypted with %s in a way that this OpenSSL does not support (%s)",
                 lock->what, lock->scheme, reason);
    return FAILED;
}

/* OpenSSL takes zeros for an initialisation vector that is not there. (Key wrapping, RFC 3394, has
 * one of its own.) */
static bool lacks_vector(const struct lock *lock, const EVP_CIPHER_CTX *context)
{
    return lock->pbes2 && !lock->pbes2->encryption->parameter &&
           EVP_CIPHER_CTX_get_iv_length(context) > 0 &&
           EVP_CIPHER_CTX_get_mode(context) != EVP_CIPH_WRAP_MODE;
}

static enum attempt try_phrase(const struct lock *lock, start_cipher *start, struct phrase phrase,
                               struct secret **ret)
{
    if (cost_pay(lock->reading, lock->cost) != 0)
        return FAILED;
    if (!phrase.bytes && lock->unsalted) /* OpenSSL says of this that memory is out */
        return DOES_NOT_FIT;
    EVP_CIPHER_CTX *context AUTO_OPENSSL(EVP_CIPHER_CTX) = EVP_CIPHER_CTX_new();
    if (!context) {
        reading_no_memory(lock->reading);
        return FAILED;
    }
    if (start(lock, phrase, context) != 1)
        return cannot_start(lock);
    if (lacks_vector(lock, context)) {
        reading_fail(lock->reading, PROBLEM_UNREADABLE,
                     "is damaged: the encryption parameters of %s make no sense", lock->what);
        return FAILED;
    }
    enum attempt attempt = run_cipher(lock, context, ret);
    if (attempt == DOES_NOT_FIT && openssl_forget_errors()) {
        reading_no_memory(lock->reading);
        return FAILED;
    }
    return attempt;
}

/* NSS 3.21 and its like gave PBKDF2 the form of the password that the MAC has. */
static enum attempt try_bmp_phrase(const struct lock *lock, start_cipher *start,
                                   struct secret **ret)
{
    struct secret *bmp AUTO_SECRET = NULL;
    struct phrase best = reading_phrase(lock->reading, 0);
    if (!lock->reading->phrases.vouched || !lock->pbes2)
        return DOES_NOT_FIT;
    if (!best.bytes)
        best = (struct phrase){"", 0};
    if (reading_bmp_phrase(lock->reading, best, &bmp) != 0)
        return FAILED;
    struct phrase phrase = {(const char *)secret_peek(bmp), (int)secret_size(bmp)};
    return try_phrase(lock, start, phrase, ret);
}

static int try_phrases(const struct lock *lock, start_cipher *start, struct secret **ret)
{
    struct reading *reading = lock->reading;
    if (lock->sealed.size > READING_COPY_MOST)
        return reading_fail(reading, PROBLEM_TOO_EXPENSIVE, "%s has more than %d bytes", lock->what,
                            READING_COPY_MOST);
    if (reading_ask(reading) != 0)
        return -1;
    for (size_t i = 0; i < reading->phrases.count; i++) {
        enum attempt attempt = try_phrase(lock, start, reading_phrase(reading, i), ret);
        if (attempt == OPENED)
            reading_phrase_fits(reading, i);
        if (attempt != DOES_NOT_FIT)
            return attempt == OPENED ? 0 : -1;
    }
    enum attempt attempt = try_bmp_phrase(lock, start, ret);
    if (attempt == DOES_NOT_FIT)
        return reading_wrong_password(reading, lock->what);
    return attempt == OPENED ? 0 : -1;
}

static int start_pbe(const struct lock *lock, struct phrase phrase, EVP_CIPHER_CTX *context)
{
    ASN1_OBJECT *scheme = lock->algorithm->algorithm;
    return EVP_PBE_CipherInit_ex(scheme, phrase.bytes, phrase.size, lock->algorithm->parameter,
                                 context, 0, lock->reading->library, NULL);
}

static int derivation_function(const PBKDF2PARAM *pbkdf2)
{
    return pbkdf2->prf ? OBJ_obj2nid(pbkdf2->prf->algorithm) : NID_hmacWithSHA1;
}

/* The length of the key, which the parameters may tell again; 0 where only OpenSSL knows, and of
 * ciphers with a tag, for which PBES2 has no place. */
static size_t key_size(const struct lock *lock, const EVP_CIPHER *cipher)
{
    const PBKDF2PARAM *pbkdf2 = lock->pbkdf2;
    int size = EVP_CIPHER_get_key_length(cipher);
    bool variable = EVP_CIPHER_get_flags(cipher) & EVP_CIPH_VARIABLE_LENGTH;
    bool told = !pbkdf2->keylength || ASN1_INTEGER_get(pbkdf2->keylength) == size;
    bool tagged = EVP_CIPHER_get_flags(cipher) & EVP_CIPH_FLAG_AEAD_CIPHER;
    bool known = !variable && !tagged && told;
    return !known || size <= 0 || size > EVP_MAX_KEY_LENGTH ? 0 : (size_t)size;
}

/* PBES2 with PBKDF2, whose derivation is nettle's (RFC 8018, 6.2.2). */
static int start_pbkdf2(const struct lock *lock, struct phrase phrase, EVP_CIPHER_CTX *context)
{
    unsigned char key[EVP_MAX_KEY_LENGTH];
    const ASN1_TYPE *salt = lock->pbkdf2->salt;
    EVP_CIPHER *cipher AUTO_OPENSSL(EVP_CIPHER) =
        EVP_CIPHER_fetch(lock->reading->library, lock->scheme, NULL);
    size_t size = cipher ? key_size(lock, cipher) : 0;
    if (size == 0 || salt->type != V_ASN1_OCTET_STRING)
        return start_pbe(lock, phrase, context);
    struct slice salt_bytes = {ASN1_STRING_get0_data(salt->value.octet_string),
                               (size_t)ASN1_STRING_length(salt->value.octet_string)};
    if (EVP_DecryptInit_ex(context, cipher, NULL, NULL, NULL) != 1 ||
        EVP_CIPHER_asn1_to_param(context, lock->pbes2->encryption->parameter) < 0)
        return 0;
    if (derive_pbkdf2(derivation_function(lock->pbkdf2), phrase, salt_bytes, (unsigned)lock->cost,
                      key, size) != 0)
        return start_pbe(lock, phrase, context);
    int started = EVP_DecryptInit_ex(context, NULL, NULL, key, NULL);
    OPENSSL_cleanse(key, sizeof(key));
    return started;
}

/* NULL for every other derivation. */
static PBKDF2PARAM *pbkdf2_parameters(const PBE2PARAM *pbes2)
{
    if (!pbes2 || OBJ_obj2nid(pbes2->keyfunc->algorithm) != NID_id_pbkdf2)
        return NULL;
    return ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), pbes2->keyfunc->parameter);
}

/* NULL for every other scheme. */
static PBE2PARAM *pbes2_parameters(const X509_ALGOR *algorithm)
{
    if (OBJ_obj2nid(algorithm->algorithm) != NID_pbes2)
        return NULL;
    return ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
}

/* Of the schemes of PKCS#12 and of PKCS#5 before PBES2. */
static bool lacks_salt(const X509_ALGOR *algorithm)
{
    PBEPARAM *parameters AUTO_OPENSSL(PBEPARAM) =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
    return parameters && ASN1_STRING_length(parameters->salt) == 0;
}

int unlock_pbe(struct reading *reading, const X509_ALGOR *algorithm, struct slice sealed,
               const char *what, struct secret **ret)
{
    char name[OPENSSL_NAME_SIZE];
    PBE2PARAM *pbes2 AUTO_OPENSSL(PBE2PARAM) = pbes2_parameters(algorithm);
    PBKDF2PARAM *pbkdf2 AUTO_OPENSSL(PBKDF2PARAM) = pbkdf2_parameters(pbes2);
    const X509_ALGOR *scheme = pbes2 ? pbes2->encryption : algorithm;
    struct lock lock = {.reading = reading,
                        .sealed = sealed,
                        .what = what,
                        .scheme = openssl_object_name(scheme->algorithm, name),
                        .algorithm = algorithm,
                        .pbes2 = pbes2,
                        .pbkdf2 = pbkdf2,
                        .unsalted = !pbes2 && lacks_salt(algorithm)};
    bool counted = pbkdf2 && cost_of_count(pbkdf2->iter, &lock.cost) == 0;
    if (!counted && cost_of(reading, algorithm, what, &lock.cost) != 0)
        return -1;
    return try_phrases(&lock, pbkdf2 ? start_pbkdf2 : start_pbe, ret);
}

static int start_dek(const struct lock *lock, struct phrase phrase, EVP_CIPHER_CTX *context)
{
    unsigned char key[EVP_MAX_KEY_LENGTH];
    int made = EVP_BytesToKey(lock->cipher, lock->digest, lock->iv,
                              (const unsigned char *)(phrase.bytes ? phrase.bytes : ""),
                              phrase.size, 1, key, NULL);
    int started = made > 0 ? EVP_DecryptInit_ex(context, lock->cipher, NULL, key, lock->iv) : 0;
    OPENSSL_cleanse(key, sizeof(key));
    return started;
}

static int hex_digit(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly size octets. */
static int read_hex(struct slice hex, unsigned char *ret, size_t size)
{
    if (hex.size != 2 * size)
        return -1;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(hex.bytes[2 * i]), low = hex_digit(hex.bytes[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        ret[i] = (unsigned char)(high << 4 | low);
    }
    return 0;
}

int unlock_dek(struct reading *reading, struct slice dek_info, struct slice sealed,
               const char *what, struct secret **ret)
{
    char name[OPENSSL_NAME_SIZE] = "";
    unsigned char iv[EVP_MAX_IV_LENGTH] = {0};
    const unsigned char *comma = memchr(dek_info.bytes, ',', dek_info.size);
    size_t name_size = comma ? (size_t)(comma - dek_info.bytes) : 0;
    if (name_size == 0 || name_size >= sizeof(name))
        return reading_fail(reading, PROBLEM_UNREADABLE,
                            "is damaged: the DEK-Info of %s makes no sense", what);
    memcpy(name, dek_info.bytes, name_size);
    struct slice hex = {comma + 1, dek_info.size - name_size - 1};
    EVP_CIPHER *cipher AUTO_OPENSSL(EVP_CIPHER) = EVP_CIPHER_fetch(reading->library, name, NULL);
    EVP_MD *digest AUTO_OPENSSL(EVP_MD) = EVP_MD_fetch(reading->library, "MD5", NULL);
    struct lock lock = {.reading = reading,
                        .sealed = sealed,
                        .what = what,
                        .scheme = name,
                        .cost = 1,
                        .cipher = cipher,
                        .digest = digest,
                        .iv = iv};
    enum { NOT_PLAIN = EVP_CIPH_FLAG_AEAD_CIPHER | EVP_CIPH_FLAG_CTS };
    if (!cipher || !digest || EVP_CIPHER_get_mode(cipher) != EVP_CIPH_CBC_MODE ||
        (EVP_CIPHER_get_flags(cipher) & NOT_PLAIN)) {
        unsupported(&lock);
        return -1;
    }
    if (read_hex(hex, iv, (size_t)EVP_CIPHER_get_iv_length(cipher)) != 0)
        return reading_fail(reading, PROBLEM_UNREADABLE,
                            "is damaged: the DEK-Info of %s makes no sense", what);
    return try_phrases(&lock, start_dek, ret);
}
