/* raw2 FOLDER COUNT PASSWORD-FILE: what a first import cannot do without, as OpenSSL does it: each
 * PKCS#12 file of a set is read, opened and put into PEM, in memory, by two threads. Nothing is
 * checked, nothing is kept. */
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct work {
    const char *folder;
    unsigned count;
    char password[128];
    atomic_uint next;
    atomic_bool failed;
};

static PKCS12 *read_file(const struct work *work, unsigned number)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%06u", work->folder, number);
    BIO *file = BIO_new_file(path, "rb");
    PKCS12 *pkcs12 = file ? d2i_PKCS12_bio(file, NULL) : NULL;
    BIO_free(file);
    return pkcs12;
}

static bool write_pem(EVP_PKEY *key, X509 *leaf, STACK_OF(X509) * chain)
{
    BIO *memory = BIO_new(BIO_s_mem());
    bool good = memory && leaf && key && PEM_write_bio_X509(memory, leaf) == 1 &&
                PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) == 1;
    for (int i = 0; good && i < sk_X509_num(chain); i++)
        good = PEM_write_bio_X509(memory, sk_X509_value(chain, i)) == 1;
    BIO_free(memory);
    return good;
}

static bool open_one(const struct work *work, unsigned number)
{
    EVP_PKEY *key = NULL;
    X509 *leaf = NULL;
    STACK_OF(X509) *chain = NULL;
    PKCS12 *pkcs12 = read_file(work, number);
    bool good = pkcs12 && PKCS12_parse(pkcs12, work->password, &key, &leaf, &chain) == 1 &&
                write_pem(key, leaf, chain);
    PKCS12_free(pkcs12);
    EVP_PKEY_free(key);
    X509_free(leaf);
    sk_X509_pop_free(chain, X509_free);
    return good;
}

static void *work_through(void *argument)
{
    struct work *work = argument;
    for (unsigned i; (i = atomic_fetch_add(&work->next, 1)) < work->count;)
        if (!open_one(work, i))
            atomic_store(&work->failed, true);
    return NULL;
}

static int read_password(const char *path, struct work *work)
{
    FILE *file = fopen(path, "re");
    bool good = file && fgets(work->password, sizeof(work->password), file);
    if (file)
        fclose(file);
    work->password[strcspn(work->password, "\n")] = '\0';
    return good ? 0 : -1;
}

int main(int argc, char **argv)
{
    struct work work = {.count = argc == 4 ? (unsigned)strtoul(argv[2], NULL, 10) : 0};
    pthread_t other;
    if (work.count == 0 || read_password(argv[3], &work) != 0) {
        fprintf(stderr, "usage: raw2 FOLDER COUNT PASSWORD-FILE\n");
        return 64;
    }
    work.folder = argv[1];
    if (pthread_create(&other, NULL, work_through, &work) != 0)
        return 1;
    work_through(&work);
    pthread_join(other, NULL);
    if (atomic_load(&work.failed))
        fprintf(stderr, "raw2: not every file could be opened\n");
    return atomic_load(&work.failed) ? 1 : 0;
}
