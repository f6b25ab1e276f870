/* make_set ec|rsa|pem FOLDER FIRST COUNT PASSWORD-FILE: certificates of which thousands are wanted.
 *
 * ec and rsa: PKCS#12 files as OpenSSL 3 writes them when it is told nothing, each with salts of
 * its own. pem: key and certificates of ec as they are. Each leaf (P-256, RSA of 2,048 bits) comes
 * with the one intermediate that issued it, made by each run of this program. Making an RSA key
 * takes as long as hundreds of signatures: eight of them serve all of a run's certificates.
 */
#include "authority.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RSA_KEYS = 8 };

static const time_t old = 30 * 24 * 3600L, valid = 3650 * 24 * 3600L;

struct maker {
    bool is_rsa, is_pem;
    const char *folder;
    char password[128];
    EVP_PKEY *keys[RSA_KEYS];
    struct authority issuer;
    time_t now;
};

static EVP_PKEY *make_key(const struct maker *maker)
{
    return maker->is_rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
}

static bool make_issuer(struct maker *maker, unsigned first)
{
    char name[64];
    EVP_PKEY *root = make_key(maker);
    snprintf(name, sizeof(name), "Bench Issuing CA %u", first);
    bool good = authority_found(&maker->issuer, make_key(maker), root, name, "Bench Root CA",
                                first + 1L, maker->now - old, maker->now + valid);
    EVP_PKEY_free(root);
    return good;
}

static X509 *make_leaf(const struct maker *maker, EVP_PKEY *key, unsigned number)
{
    char name[64], names[160];
    snprintf(name, sizeof(name), "host-%06u.example.com", number);
    snprintf(names, sizeof(names), "DNS:%s,DNS:www.%s", name, name);
    const struct leaf leaf = {key, name, names, number + 1L, maker->now - old, maker->now + valid};
    return authority_issue(&maker->issuer, &leaf);
}

static bool make_file(const struct maker *maker, unsigned number)
{
    char path[4096];
    EVP_PKEY *key = maker->is_rsa ? maker->keys[number % RSA_KEYS] : make_key(maker);
    X509 *leaf = key ? make_leaf(maker, key, number) : NULL;
    snprintf(path, sizeof(path), "%s/%06u", maker->folder, number);
    BIO *file = leaf ? BIO_new_file(path, "wb") : NULL;
    bool good = file && (maker->is_pem ? authority_write_pem(&maker->issuer, file, key, leaf)
                                       : authority_write_pkcs12(&maker->issuer, file, key, leaf,
                                                                maker->password));
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
    authority_done(&maker->issuer);
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
    struct maker maker = {.folder = argc > 2 ? argv[2] : NULL, .now = time(NULL)};
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
