/* issue: an authority that certificates are asked of on standard input, one a line.
 *
 *   FORMAT PATH NAME NOT-BEFORE NOT-AFTER PASSWORD KEY
 *
 * pem (key, leaf and the intermediate that issued it), bare (without the key) or pfx (PKCS#12, as
 * OpenSSL 3 writes it when it is told nothing); NAME is the common name and the only DNS name; the
 * dates are seconds since 1970; PASSWORD is that of pfx; KEY is - for a key of its own
 * (P-256), or a word: certificates with one word have the same, while no more than 32 words have
 * been used since. The answer is a line with the leaf's SHA-256, once the file is there whole. */
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 2048, KEYS = 32, WORD = 64, FIELDS = 7 };

static const time_t forever = 36500 * 24 * 3600L;

struct shared_key {
    char word[WORD];
    EVP_PKEY *key;
};

struct authority {
    EVP_PKEY *key;
    X509 *certificate;
    long serial;
    struct shared_key keys[KEYS]; /* a ring */
    size_t key_count;             /* of all that were ever made */
};

struct wish {
    const char *format, *path, *name, *password, *key;
    time_t from, to;
};

static bool set_name(X509_NAME *name, const char *common_name)
{
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
                                      -1, -1, 0) == 1;
}

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool good = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

/* Not signed yet; the caller frees it. NULL when anything failed. */
static X509 *draw_up(EVP_PKEY *key, const char *name, const char *issuer, long serial, time_t from,
                     time_t to)
{
    X509 *certificate = X509_new();
    if (certificate && X509_set_version(certificate, X509_VERSION_3) == 1 &&
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial) == 1 &&
        ASN1_TIME_set(X509_getm_notBefore(certificate), from) &&
        ASN1_TIME_set(X509_getm_notAfter(certificate), to) &&
        set_name(X509_get_subject_name(certificate), name) &&
        set_name(X509_get_issuer_name(certificate), issuer) &&
        X509_set_pubkey(certificate, key) == 1)
        return certificate;
    X509_free(certificate);
    return NULL;
}

/* Its own issuer, the root, is left out, as servers do. */
static bool found(struct authority *ret)
{
    EVP_PKEY *root = EVP_EC_gen("P-256");
    ret->key = EVP_EC_gen("P-256");
    ret->certificate =
        ret->key ? draw_up(ret->key, "Issuing CA", "Root CA", ++ret->serial, 0, forever) : NULL;
    bool good =
        root && ret->certificate &&
        add_extension(ret->certificate, ret->certificate, NID_basic_constraints,
                      "critical,CA:TRUE,pathlen:0") &&
        add_extension(ret->certificate, ret->certificate, NID_subject_key_identifier, "hash") &&
        X509_sign(ret->certificate, root, EVP_sha256()) > 0;
    EVP_PKEY_free(root);
    return good;
}

static X509 *issue(struct authority *authority, const struct wish *wish, EVP_PKEY *key)
{
    char names[512];
    snprintf(names, sizeof(names), "DNS:%s", wish->name);
    X509 *leaf = draw_up(key, wish->name, "Issuing CA", ++authority->serial, wish->from, wish->to);
    if (leaf &&
        add_extension(leaf, authority->certificate, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(leaf, authority->certificate, NID_ext_key_usage, "serverAuth") &&
        add_extension(leaf, authority->certificate, NID_subject_alt_name, names) &&
        add_extension(leaf, authority->certificate, NID_authority_key_identifier, "keyid") &&
        X509_sign(leaf, authority->key, EVP_sha256()) > 0)
        return leaf;
    X509_free(leaf);
    return NULL;
}

static bool write_pkcs12(const struct authority *authority, const struct wish *wish, BIO *file,
                         EVP_PKEY *key, X509 *leaf)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    bool good = chain && sk_X509_push(chain, authority->certificate) > 0;
    PKCS12 *pkcs12 =
        good ? PKCS12_create(wish->password, NULL, key, leaf, chain, 0, 0, ROUNDS, ROUNDS, 0)
             : NULL;
    good = pkcs12 && i2d_PKCS12_bio(file, pkcs12) == 1;
    PKCS12_free(pkcs12);
    sk_X509_free(chain);
    return good;
}

static bool write_file(const struct authority *authority, const struct wish *wish, EVP_PKEY *key,
                       X509 *leaf)
{
    bool good = false;
    BIO *file = BIO_new_file(wish->path, "wb");
    if (file && strcmp(wish->format, "pfx") == 0)
        good = write_pkcs12(authority, wish, file, key, leaf);
    else if (file)
        good = (strcmp(wish->format, "bare") == 0 ||
                PEM_write_bio_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1) &&
               PEM_write_bio_X509(file, leaf) == 1 &&
               PEM_write_bio_X509(file, authority->certificate) == 1;
    BIO_free(file);
    return good;
}

static bool answer(const X509 *leaf)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (X509_digest(leaf, EVP_sha256(), digest, &length) != 1)
        return false;
    for (unsigned i = 0; i < length; i++)
        printf("%02x", digest[i]);
    puts("");
    return fflush(stdout) == 0;
}

/* The authority's; NULL when it could not be made. */
static EVP_PKEY *shared_key(struct authority *authority, const char *word)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(authority->keys[i].word, word) == 0)
            return authority->keys[i].key;
    struct shared_key *made = &authority->keys[authority->key_count++ % KEYS];
    EVP_PKEY_free(made->key);
    made->key = EVP_EC_gen("P-256");
    snprintf(made->word, sizeof(made->word), "%s", word);
    return made->key;
}

static bool grant(struct authority *authority, const struct wish *wish)
{
    bool own = strcmp(wish->key, "-") == 0;
    EVP_PKEY *key = own ? EVP_EC_gen("P-256") : shared_key(authority, wish->key);
    X509 *leaf = key ? issue(authority, wish, key) : NULL;
    bool good = leaf && write_file(authority, wish, key, leaf) && answer(leaf);
    X509_free(leaf);
    if (own)
        EVP_PKEY_free(key);
    return good;
}

static bool obey(struct authority *authority, char *line)
{
    const char *words[FIELDS];
    for (size_t i = 0; i < FIELDS; i++)
        words[i] = strsep(&line, " \n");
    const struct wish wish = {
        .format = words[0],
        .path = words[1],
        .name = words[2],
        .password = words[5],
        .key = words[6],
        .from = words[6] ? strtoll(words[3], NULL, 10) : 0,
        .to = words[6] ? strtoll(words[4], NULL, 10) : 0,
    };
    return wish.key && grant(authority, &wish);
}

int main(void)
{
    static struct authority authority;
    char line[8192];
    bool good = found(&authority);
    while (good && fgets(line, sizeof(line), stdin))
        good = obey(&authority, line);
    for (size_t i = 0; i < KEYS; i++)
        EVP_PKEY_free(authority.keys[i].key);
    EVP_PKEY_free(authority.key);
    X509_free(authority.certificate);
    if (!good)
        fprintf(stderr, "issue: a certificate could not be issued\n");
    return good ? 0 : 1;
}
