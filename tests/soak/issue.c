/* issue: an authority that certificates are asked of on standard input, one a line.
 *
 *   FORMAT PATH NAME NOT-BEFORE NOT-AFTER PASSWORD KEY
 *
 * pem (key, leaf and the intermediate that issued it), bare (without the key) or pfx (PKCS#12, as
 * OpenSSL 3 writes it when it is told nothing); NAME is the common name and the only DNS name; the
 * dates are seconds since 1970; PASSWORD is that of pfx; KEY is - for a key of its own
 * (P-256), or a word: certificates with one word have the same, while no more than 32 words have
 * been used since. The answer is a line with the leaf's SHA-256, once the file is there whole. */
#include "authority.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 32, WORD = 64, FIELDS = 7 };

static const time_t forever = 36500 * 24 * 3600L;

struct shared_key {
    char word[WORD];
    EVP_PKEY *key;
};

struct office {
    struct authority authority;
    long serial;
    struct shared_key keys[KEYS]; /* a ring */
    size_t key_count;             /* of all that were ever made */
};

struct wish {
    const char *format, *path, *name, *password, *key;
    time_t from, to;
};

static bool found(struct office *office)
{
    EVP_PKEY *root = EVP_EC_gen("P-256");
    bool good = authority_found(&office->authority, EVP_EC_gen("P-256"), root, "Issuing CA",
                                "Root CA", ++office->serial, 0, forever);
    EVP_PKEY_free(root);
    return good;
}

static X509 *issue(struct office *office, const struct wish *wish, EVP_PKEY *key)
{
    char names[512];
    snprintf(names, sizeof(names), "DNS:%s", wish->name);
    const struct leaf leaf = {key, wish->name, names, ++office->serial, wish->from, wish->to};
    return authority_issue(&office->authority, &leaf);
}

static bool write_file(const struct office *office, const struct wish *wish, EVP_PKEY *key,
                       X509 *leaf)
{
    bool bare = strcmp(wish->format, "bare") == 0, good = false;
    BIO *file = BIO_new_file(wish->path, "wb");
    if (file && strcmp(wish->format, "pfx") == 0)
        good = authority_write_pkcs12(&office->authority, file, key, leaf, wish->password);
    else if (file)
        good = authority_write_pem(&office->authority, file, bare ? NULL : key, leaf);
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

/* The office's; NULL when it could not be made. */
static EVP_PKEY *shared_key(struct office *office, const char *word)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(office->keys[i].word, word) == 0)
            return office->keys[i].key;
    struct shared_key *made = &office->keys[office->key_count++ % KEYS];
    EVP_PKEY_free(made->key);
    made->key = EVP_EC_gen("P-256");
    snprintf(made->word, sizeof(made->word), "%s", word);
    return made->key;
}

static bool grant(struct office *office, const struct wish *wish)
{
    bool own = strcmp(wish->key, "-") == 0;
    EVP_PKEY *key = own ? EVP_EC_gen("P-256") : shared_key(office, wish->key);
    X509 *leaf = key ? issue(office, wish, key) : NULL;
    bool good = leaf && write_file(office, wish, key, leaf) && answer(leaf);
    X509_free(leaf);
    if (own)
        EVP_PKEY_free(key);
    return good;
}

static bool obey(struct office *office, char *line)
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
    return wish.key && grant(office, &wish);
}

int main(void)
{
    static struct office office;
    char line[8192];
    bool good = found(&office);
    while (good && fgets(line, sizeof(line), stdin))
        good = obey(&office, line);
    for (size_t i = 0; i < KEYS; i++)
        EVP_PKEY_free(office.keys[i].key);
    authority_done(&office.authority);
    if (!good)
        fprintf(stderr, "issue: a certificate could not be issued\n");
    return good ? 0 : 1;
}
