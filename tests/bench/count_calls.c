/* To be preloaded: counts what OpenSSL is asked for that costs something. When the program ends,
 * the file that BENCH_COUNTS names gets one more line: derivations, fetches, searches for a decoder
 * or an encoder of a key.
 *
 * Debian's libcrypto can be interposed, so its own calls of these functions are counted too: every
 * derivation of OpenSSL (PBKDF2, scrypt, that of PKCS#12) ends in EVP_KDF_derive(3), and every
 * fetch, implicit ones included, in one of those below. nettle's derivation is counted beside them.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_uint derivations, fetches, searches;

/* The function of that name which would have been called. The program loads libcrypto late, and for
 * a part of itself alone: it does not come next to what was preloaded. */
static void find_next(const char *name, void *function)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    void *library = symbol ? NULL : dlopen("libcrypto.so.3", RTLD_LAZY | RTLD_NOLOAD);
    if (library)
        symbol = dlsym(library, name);
    if (!symbol)
        abort();
    memcpy(function, &symbol, sizeof(symbol));
}

int EVP_KDF_derive(void *context, unsigned char *key, size_t size, const void *parameters);
void nettle_pbkdf2_hmac_sha256(size_t password_size, const uint8_t *password, unsigned rounds,
                               size_t salt_size, const uint8_t *salt, size_t size, uint8_t *key);

int EVP_KDF_derive(void *context, unsigned char *key, size_t size, const void *parameters)
{
    int (*next)(void *, unsigned char *, size_t, const void *);
    find_next("EVP_KDF_derive", &next);
    atomic_fetch_add(&derivations, 1);
    return next(context, key, size, parameters);
}

void nettle_pbkdf2_hmac_sha256(size_t password_size, const uint8_t *password, unsigned rounds,
                               size_t salt_size, const uint8_t *salt, size_t size, uint8_t *key)
{
    void (*next)(size_t, const uint8_t *, unsigned, size_t, const uint8_t *, size_t, uint8_t *);
    find_next("nettle_pbkdf2_hmac_sha256", &next);
    atomic_fetch_add(&derivations, 1);
    next(password_size, password, rounds, salt_size, salt, size, key);
}

#define COUNT_FETCH(name)                                                                          \
    void *name(void *library, const char *algorithm, const char *properties);                      \
    void *name(void *library, const char *algorithm, const char *properties)                       \
    {                                                                                              \
        void *(*next)(void *, const char *, const char *);                                         \
        find_next(#name, &next);                                                                   \
        atomic_fetch_add(&fetches, 1);                                                             \
        return next(library, algorithm, properties);                                               \
    }

COUNT_FETCH(EVP_ASYM_CIPHER_fetch)
COUNT_FETCH(EVP_CIPHER_fetch)
COUNT_FETCH(EVP_KDF_fetch)
COUNT_FETCH(EVP_KEM_fetch)
COUNT_FETCH(EVP_KEYEXCH_fetch)
COUNT_FETCH(EVP_KEYMGMT_fetch)
COUNT_FETCH(EVP_MAC_fetch)
COUNT_FETCH(EVP_MD_fetch)
COUNT_FETCH(EVP_RAND_fetch)
COUNT_FETCH(EVP_SIGNATURE_fetch)
COUNT_FETCH(OSSL_DECODER_fetch)
COUNT_FETCH(OSSL_ENCODER_fetch)
COUNT_FETCH(OSSL_STORE_LOADER_fetch)

#define COUNT_SEARCH(name)                                                                         \
    void *name(void);                                                                              \
    void *name(void)                                                                               \
    {                                                                                              \
        void *(*next)(void);                                                                       \
        find_next(#name, &next);                                                                   \
        atomic_fetch_add(&searches, 1);                                                            \
        return next();                                                                             \
    }

COUNT_SEARCH(OSSL_DECODER_CTX_new)
COUNT_SEARCH(OSSL_ENCODER_CTX_new)

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("BENCH_COUNTS");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return;
    dprintf(fd, "%u %u %u\n", atomic_load(&derivations), atomic_load(&fetches),
            atomic_load(&searches));
    close(fd);
}
