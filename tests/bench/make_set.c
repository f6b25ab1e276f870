/* make_set ec|rsa|pem FOLDER FIRST COUNT PASSWORD-FILE: certificates of which thousands are wanted.
 *
 * ec and rsa: PKCS#12 files as OpenSSL 3 writes them when it is told nothing (PBES2 with
 * AES-256-CBC and PBKDF2-SHA256 of 2,048 rounds, twice, and a MAC of SHA-256 with 2,048), each with
 * salts of its own. pem: key and certificates of ec as they are. Each leaf (P-256, RSA of 2,048
 * bits) comes with the one intermediate that issued it, made by each run of this program. Making an
 * RSA key takes as long as hundreds of signatures: eight of them serve all of a run's certificates.
 */
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RSA_KEYS = 8, ROUNDS = 2048, OLD_DAYS = 30, VALID_DAYS = 3650 };

struct maker {
    bool is_rsa, is_pem;
    const char *folder;
    char password[128];
    EVP_PKEY *keys[RSA_KEYS];
    EVP_PKEY *issuer_key;
    X509 *issuer;
};

static EVP_PKEY *make_key(const struct maker *maker)
{
    return maker->is_rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
}

static bool set_name(X509_NAME *name, const char *common_name)
{
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
                                      -1, -1, 0) == 1;
}

static bool add_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool good = extension && X509_add_ext(x509, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

/* The caller frees it; NULL when anything failed. */
static X509 *make_certificate(EVP_PKEY *key, const char *name, const char *issuer_name, long serial)
{
    X509 *x509 = X509_new();
    if (x509 && X509_set_version(x509, X509_VERSION_3) == 1 &&
        ASN1_INTEGER_set(X509_get_serialNumber(x509), serial) == 1 &&
        X509_time_adj_ex(X509_getm_notBefore(x509), -OLD_DAYS, 0, NULL) &&
        X509_time_adj_ex(X509_getm_notAfter(x509), VALID_DAYS, 0, NULL) &&
        set_name(X509_get_subject_name(x509), name) &&
        set_name(X509_get_issuer_name(x509), issuer_name) && X509_set_pubkey(x509, key) == 1)
        return x509;
    X509_free(x509);
    return NULL;
}

/* Its own issuer, the root, is left out, as servers do. */
static bool make_issuer(struct maker *maker, unsigned first)
{
    char name[64];
    EVP_PKEY *root_key = make_key(maker);
    snprintf(name, sizeof(name), "Bench Issuing CA %u", first);
    maker->issuer_key = make_key(maker);
    maker->issuer = make_certificate(maker->issuer_key, name, "Bench Root CA", first + 1L);
    bool good = root_key && maker->issuer &&
                add_extension(maker->issuer, maker->issuer, NID_basic_constraints,
                              "critical,CA:TRUE,pathlen:0") &&
                add_extension(maker->issuer, maker->issuer, NID_key_usage,
                              "critical,keyCertSign,cRLSign") &&
                add_extension(maker->issuer, maker->issuer, NID_subject_key_identifier, "hash") &&
                X509_sign(maker->issuer, root_key, EVP_sha256()) > 0;
    EVP_PKEY_free(root_key);
    return good;
}

static X509 *make_leaf(const struct maker *maker, EVP_PKEY *key, unsigned number)
{
    char name[64], names[160], issuer_name[64] = "";
    snprintf(name, sizeof(name), "host-%06u.example.com", number);
    snprintf(names, sizeof(names), "DNS:%s,DNS:www.%s", name, name);
    X509_NAME_get_text_by_NID(X509_get_subject_name(maker->issuer), NID_commonName, issuer_name,
                              sizeof(issuer_name));
    X509 *leaf = make_certificate(key, name, issuer_name, number + 1L);
    if (leaf && add_extension(leaf, maker->issuer, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(leaf, maker->issuer, NID_key_usage, "critical,digitalSignature") &&
        add_extension(leaf, maker->issuer, NID_ext_key_usage, "serverAuth") &&
        add_extension(leaf, maker->issuer, NID_subject_alt_name, names) &&
        add_extension(leaf, maker->issuer, NID_subject_key_identifier, "hash") &&
        add_extension(leaf, maker->issuer, NID_authority_key_identifier, "keyid") &&
        X509_sign(leaf, maker->issuer_key, EVP_sha256()) > 0)
        return leaf;
    X509_free(leaf);
    return NULL;
}

static bool write_pkcs12(const struct maker *maker, BIO *file, EVP_PKEY *key, X509 *leaf)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    if (!chain || sk_X509_push(chain, maker->issuer) <= 0) {
        sk_X509_free(chain);
        return false;
    }
    PKCS12 *pkcs12 =
        PKCS12_create(maker->password, NULL, key, leaf, chain, 0, 0, ROUNDS, ROUNDS, 0);
    bool good = pkcs12 && i2d_PKCS12_bio(file, pkcs12) == 1;
    PKCS12_free(pkcs12);
    sk_X509_free(chain);
    return good;
}

static bool write_pem(const struct maker *maker, BIO *file, EVP_PKEY *key, X509 *leaf)
{
    return PEM_write_bio_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1 &&
           PEM_write_bio_X509(file, leaf) == 1 && PEM_write_bio_X509(file, maker->issuer) == 1;
}

static bool make_file(const struct maker *maker, unsigned number)
{
    char path[4096];
    EVP_PKEY *key = maker->is_rsa ? maker->keys[number % RSA_KEYS] : make_key(maker);
    X509 *leaf = key ? make_leaf(maker, key, number) : NULL;
    snprintf(path, sizeof(path), "%s/%06u", maker->folder, number);
    BIO *file = leaf ? BIO_new_file(path, "wb") : NULL;
    bool good = file && (maker->is_pem ? write_pem(maker, file, key, leaf)
                                       : write_pkcs12(maker, file, key, leaf));
    BIO_free(file);
    X509_free(leaf);
    if (!maker->is_rsa)
        EVP_PKEY_free(key);
    return good;
}

static bool make_all(struct maker *maker, unsigned first, unsigned count)
{
    bool good = make_issuer(maker, first);
    for (unsigned i = 0; good && maker->is_rsa && i < RSA_KEYS; i++)
        good = (maker->keys[i] = make_key(maker)) != NULL;
    for (unsigned i = 0; good && i < count; i++)
        good = make_file(maker, first + i);
    for (unsigned i = 0; i < RSA_KEYS; i++)
        EVP_PKEY_free(maker->keys[i]);
    EVP_PKEY_free(maker->issuer_key);
    X509_free(maker->issuer);
    return good;
}

static bool read_password(struct maker *maker, const char *path)
{
    FILE *file = fopen(path, "re");
    bool good = file && fgets(maker->password, sizeof(maker->password), file);
    if (file)
        fclose(file);
    maker->password[strcspn(maker->password, "\n")] = '\0';
    return good;
}

int main(int argc, char **argv)
{
    struct maker maker = {.folder = argc > 2 ? argv[2] : NULL};
    if (argc != 6 || !read_password(&maker, argv[5])) {
        fprintf(stderr, "usage: make_set ec|rsa|pem FOLDER FIRST COUNT PASSWORD-FILE\n");
        return 64;
    }
    maker.is_rsa = strcmp(argv[1], "rsa") == 0;
    maker.is_pem = strcmp(argv[1], "pem") == 0;
    if (make_all(&maker, (unsigned)strtoul(argv[3], NULL, 10),
                 (unsigned)strtoul(argv[4], NULL, 10)))
        return 0;
    fprintf(stderr, "make_set: the set could not be made\n");
    return 1;
}
