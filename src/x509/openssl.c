#include "x509/openssl.h"

#include <openssl/err.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Written once under pthread_once, read-only from then on. */
static struct {
    OSSL_LIB_CTX *context;
    OSSL_LIB_CTX *no_providers;
    bool has_legacy;
} library;

/* Without a provider it would load the default one by itself. */
static OSSL_LIB_CTX *make_context(const char *provider)
{
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
    if (!context || OSSL_PROVIDER_load(context, provider))
        return context;
    OSSL_LIB_CTX_free(context);
    return NULL;
}

static void make_library(void)
{
    library.no_providers = make_context("null");
    library.context = library.no_providers ? make_context("default") : NULL;
    /* Two threads that meet this type at once would have it twice, and their keys never be equal.
     */
    EVP_KEYMGMT_free(library.context ? EVP_KEYMGMT_fetch(library.context, "RSA-PSS", NULL) : NULL);
    library.has_legacy = library.context && OSSL_PROVIDER_load(library.context, "legacy");
    openssl_forget_errors();
}

OSSL_LIB_CTX *openssl_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_library);
    return library.context;
}

OSSL_LIB_CTX *openssl_no_providers(void)
{
    return openssl_library() ? library.no_providers : NULL;
}

bool openssl_has_legacy(void)
{
    return library.has_legacy;
}

static _Thread_local bool out_of_memory;
static atomic_bool lacked_memory; /* it never becomes false again */

static void note_lack(void)
{
    out_of_memory = true;
    atomic_store(&lacked_memory, true);
}

static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    void *memory = size ? malloc(size) : NULL;
    if (size && !memory)
        note_lack();
    return memory;
}

static void give_back(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

static void *take_again(void *memory, size_t size, const char *file, int line)
{
    if (!memory || !size) {
        give_back(memory, file, line);
        return take(size, file, line);
    }
    void *moved = realloc(memory, size);
    if (!moved)
        note_lack();
    return moved;
}

bool openssl_watch_memory(void)
{
    return CRYPTO_set_mem_functions(take, take_again, give_back) == 1;
}

void openssl_begin(void)
{
    ERR_clear_error();
    out_of_memory = false;
}

bool openssl_forget_errors(void)
{
    ERR_clear_error();
    return out_of_memory;
}

bool openssl_lacked_memory(void)
{
    return atomic_load(&lacked_memory);
}

const char *openssl_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    return reason ? reason : "no reason given";
}

char *openssl_object_name(const ASN1_OBJECT *object, char name[static OPENSSL_NAME_SIZE])
{
    if (!object || OBJ_obj2txt(name, OPENSSL_NAME_SIZE, object, 0) <= 0)
        snprintf(name, OPENSSL_NAME_SIZE, "an algorithm without a name");
    return name;
}
