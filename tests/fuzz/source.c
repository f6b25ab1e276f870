#include "source.h"

#include "x509/chain.h"
#include "x509/describe.h"
#include "x509/mac.h"
#include "x509/source.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

struct password {
    const char *bytes; /* NULL: there is none */
    size_t size;
    bool unavailable;
};

#define PASSWORD(text)                                                                             \
    {                                                                                              \
        text, sizeof(text) - 1, false                                                              \
    }

/* By the first byte of the tail, modulo their number. */
static const struct password passwords[] = {
    {NULL, 0, false},      PASSWORD(""),
    PASSWORD("secret"),    PASSWORD("Z\xc3\xbcrich\xe2\x80\xa6"),
    PASSWORD("Z\xfcrich"), PASSWORD("Z\xc3\xbcrich"),
    {NULL, 0, true},
};

/* What the entry names its certificate by. */
struct wanted {
    const char *pin;
    const char *subject;
};

/* What came of a load that matters for the next. */
struct loaded {
    char fingerprint[DIGEST_TEXT_SIZE];
    char subject[DESCRIBE_TEXT_MOST + 4];
    bool has_key;
    bool done;
    enum problem_code cause; /* where it is not: the first problem */
};

int __real_mac_verify(struct reading *reading, const struct mac *mac, struct slice content);
int __wrap_mac_verify(struct reading *reading, const struct mac *mac, struct slice content);

static bool any_mac_fits;

int __wrap_mac_verify(struct reading *reading, const struct mac *mac, struct slice content)
{
    int fits = __real_mac_verify(reading, mac, content);
    return fits == 0 && any_mac_fits ? 1 : fits;
}

/* An input, and what was asked of it. */
struct input {
    struct secret *first;
    struct secret *second;
    unsigned options;
    struct password password;
    struct secret *given;
    unsigned asked;
    size_t failing; /* the number of the allocation that fails in the second load; 0: none */
};

static int give_password(void *context, struct problems *problems, const struct secret **ret)
{
    struct input *input = context;
    input->asked++;
    if (input->password.unavailable) {
        problems_add(problems, PROBLEM_PASSWORD_UNAVAILABLE, NOWHERE, "it is not to be had");
        return -1;
    }
    if (!input->password.bytes)
        return 0;
    secret_free(input->given);
    input->given = secret_copy(input->password.bytes, input->password.size);
    *ret = input->given;
    if (!*ret)
        problems_add(problems, PROBLEM_OUT_OF_MEMORY, NOWHERE, "memory is out");
    return *ret ? 0 : -1;
}

static struct source source_of(struct input *input, struct wanted wanted)
{
    bool file = input->second && !(input->options & FUZZ_AS_PASSWORD);
    bool key = file && input->options & FUZZ_AS_KEY;
    bool chain = file && input->options & FUZZ_AS_CHAIN;
    return (struct source){
        .path = "first",
        .bytes = input->first,
        .key_path = key ? "key" : NULL,
        .key_bytes = key ? input->second : NULL,
        .chain_path = chain ? "chain" : NULL,
        .chain_bytes = chain ? input->second : NULL,
        .ask = give_password,
        .ask_context = input,
        .pin = wanted.pin,
        .subject = wanted.subject,
        .certificate = "web",
        .place = {"m.yaml", 3, 5},
    };
}

static X509 *decode_certificate(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return x509;
}

static EVP_PKEY *decode_key(const struct secret *pem)
{
    BIO *bio = BIO_new_mem_buf(secret_peek(pem), (int)secret_size(pem));
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return key;
}

static void check_certificate(const struct certificate *certificate)
{
    FUZZ_CHECK(fuzz_is_hex(certificate->fingerprint, 64));
    FUZZ_CHECK(fuzz_is_hex(certificate->thumbprint, 40));
    FUZZ_CHECK(fuzz_is_hex(certificate->key_id, 64));
    FUZZ_CHECK(fuzz_is_hex(certificate->chain_digest, 64));
    FUZZ_CHECK(strlen(certificate->subject) <= DESCRIBE_TEXT_MOST + 3);
    FUZZ_CHECK(strlen(certificate->issuer) <= DESCRIBE_TEXT_MOST + 3);
    FUZZ_CHECK(strlen(certificate->serial) <= DESCRIBE_TEXT_MOST + 4 && certificate->serial[0]);
    FUZZ_CHECK(certificate->key_algorithm && certificate->key_algorithm[0]);
    FUZZ_CHECK(certificate->not_before >= INSTANT_MIN && certificate->not_before <= INSTANT_MAX);
    FUZZ_CHECK(certificate->not_after >= INSTANT_MIN && certificate->not_after <= INSTANT_MAX);
    FUZZ_CHECK(certificate->dns_name_count <= DESCRIBE_DNS_NAMES_MOST);
    for (size_t i = 0; i < certificate->dns_name_count; i++)
        FUZZ_CHECK(certificate->dns_names[i]);
}

/* Each is named as the issuer of the one before. */
static void check_chain(const char *pem, X509 *leaf)
{
    X509 *last = leaf, *next;
    size_t count = 0;
    BIO *bio = BIO_new_mem_buf(pem, -1);
    FUZZ_CHECK(!pem[0] || pem[strlen(pem) - 1] == '\n');
    while ((next = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        FUZZ_CHECK(X509_NAME_cmp(X509_get_issuer_name(last), X509_get_subject_name(next)) == 0);
        if (last != leaf)
            X509_free(last);
        last = next;
        count++;
    }
    if (last != leaf)
        X509_free(last);
    FUZZ_CHECK(count <= CHAIN_MOST && BIO_eof(bio));
    BIO_free(bio);
}

/* Decoded anew, it is what the bundle says it is, and the key is its own. */
static void check_bundle(const struct bundle *bundle)
{
    unsigned char hash[DIGEST_SIZE];
    char fingerprint[DIGEST_TEXT_SIZE];
    check_certificate(&bundle->certificate);
    X509 *leaf = decode_certificate(bundle->cert_pem);
    FUZZ_CHECK(leaf && X509_digest(leaf, EVP_sha256(), hash, NULL) == 1);
    digest_hex(hash, sizeof(hash), fingerprint);
    FUZZ_CHECK(strcmp(fingerprint, bundle->certificate.fingerprint) == 0);
    check_chain(bundle->chain_pem, leaf);
    FUZZ_CHECK(bundle->certificate.has_key == (bundle->key_pem != NULL));
    if (bundle->key_pem) {
        EVP_PKEY *key = decode_key(bundle->key_pem);
        FUZZ_CHECK(key && X509_check_private_key(leaf, key) == 1);
        EVP_PKEY_free(key);
    }
    X509_free(leaf);
    ERR_clear_error();
}

/* The cause is the true one, as far as this can be told from here. */
static void check_causes(const struct input *input, const struct problems *problems, bool may_fail)
{
    const struct password *password = &input->password;
    bool given = password->bytes && input->asked > 0;
    fuzz_check_problems(problems, may_fail);
    FUZZ_CHECK(input->asked <= 1);
    FUZZ_CHECK(given || !problems_has(problems, PROBLEM_WRONG_PASSWORD));
    FUZZ_CHECK(!given || !problems_has(problems, PROBLEM_PASSWORD_NEEDED));
    FUZZ_CHECK(may_fail || problems_has(problems, PROBLEM_PASSWORD_UNAVAILABLE) ==
                               (password->unavailable && input->asked > 0));
    bool ours = !(input->options & FUZZ_AS_PASSWORD); /* no word that a message has */
    if (ours && password->size > 0 &&
        !memmem(secret_peek(input->first), secret_size(input->first), password->bytes,
                password->size))
        fuzz_check_nowhere(problems, password->bytes, password->size);
    for (size_t i = 0; i < problems->count; i++)
        FUZZ_CHECK(problems->items[i].place.line == 3 || input->asked > 0);
}

static void keep_cause(const struct problems *problems, struct loaded *ret)
{
    ret->done = false;
    ret->cause = problems->count > 0 ? problems->items[0].code : PROBLEM_OUT_OF_MEMORY;
}

static void keep(const struct bundle *bundle, struct loaded *ret)
{
    const struct certificate *certificate = &bundle->certificate;
    memcpy(ret->fingerprint, certificate->fingerprint, sizeof(ret->fingerprint));
    memcpy(ret->subject, certificate->subject, strlen(certificate->subject) + 1);
    ret->has_key = bundle->key_pem != NULL;
    ret->done = true;
}

static void load(struct input *input, struct wanted wanted, size_t failing, struct loaded *ret)
{
    struct problems problems;
    struct bundle bundle, untouched;
    struct source source = source_of(input, wanted);
    struct arena *arena = arena_new();
    memset(&bundle, 0x5a, sizeof(bundle));
    memcpy(&untouched, &bundle, sizeof(bundle));
    problems_init(&problems, arena);
    input->asked = 0;
    fuzz_fail_allocation(failing);
    int result = source_load(&source, arena, &problems, &bundle);
    fuzz_fail_allocation(0);
    FUZZ_CHECK(result == 0 || result == -1);
    FUZZ_CHECK((result == 0) == (problems.errors == 0));
    FUZZ_CHECK(ERR_peek_error() == 0);
    check_causes(input, &problems, failing > 0);
    if (result == 0) {
        check_bundle(&bundle);
        keep(&bundle, ret);
        bundle_done(&bundle);
    } else {
        FUZZ_CHECK(memcmp(&bundle, &untouched, sizeof(bundle)) == 0);
        keep_cause(&problems, ret);
    }
    arena_free(arena);
}

static void check_same(const struct loaded *first, const struct loaded *again)
{
    FUZZ_CHECK(first->done && again->done);
    FUZZ_CHECK(strcmp(first->fingerprint, again->fingerprint) == 0);
    FUZZ_CHECK(first->has_key == again->has_key);
}

/* What is loaded although memory was short is the same; what is not was short of memory, or fails
 * without that too. */
static void load_short_of_memory(struct input *input, struct wanted wanted,
                                 const struct loaded *first)
{
    struct loaded again;
    load(input, wanted, input->failing, &again);
    if (again.done)
        check_same(first, &again);
    else
        FUZZ_CHECK(again.cause == PROBLEM_OUT_OF_MEMORY ||
                   (!first->done && again.cause == first->cause));
}

static void load_by_name(struct input *input, const struct loaded *first)
{
    struct loaded again;
    struct wanted wanted = {first->fingerprint, first->subject[0] ? first->subject : NULL};
    load(input, wanted, 0, &again);
    check_same(first, &again);
}

static void load_as_asked(struct input *input)
{
    static const char wrong_pin[] =
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    struct wanted wanted = {
        .pin = input->options & FUZZ_WRONG_PIN ? wrong_pin : NULL,
        .subject = input->options & FUZZ_SUBJECT ? "www.example.com" : NULL,
    };
    struct loaded first;
    load(input, wanted, 0, &first);
    FUZZ_CHECK(!first.done || !wanted.pin);
    if (input->failing > 0)
        load_short_of_memory(input, wanted, &first);
    if (first.done && input->options & FUZZ_AGAIN)
        load_by_name(input, &first);
}

void fuzz_source(const uint8_t *data, size_t size, bool (*accepts)(enum format format))
{
    if (size < FUZZ_TAIL_SIZE)
        return;
    const uint8_t *tail = data + (size -= FUZZ_TAIL_SIZE);
    size_t second = (size_t)tail[2] << 8 | tail[3];
    second = second > size ? size : second;
    size -= second;
    if (!accepts(detect_format((struct slice){data, size}).format))
        return;
    struct input input = {
        .first = secret_copy(data, size),
        .second = second > 0 ? secret_copy(data + size, second) : NULL,
        .options = tail[1],
        .password = passwords[tail[0] % (sizeof(passwords) / sizeof(passwords[0]))],
        .failing = (size_t)tail[4] << 8 | tail[5],
    };
    if (input.second && input.options & FUZZ_AS_PASSWORD)
        input.password = (struct password){(const char *)data + size, second, false};
    any_mac_fits = input.options & FUZZ_ANY_MAC;
    load_as_asked(&input);
    secret_free(input.given);
    secret_free(input.first);
    secret_free(input.second);
    FUZZ_CHECK(fuzz_live_secrets() == 0);
}

/* The library's context lives as long as the process: it is not the first input's leak. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return openssl_watch_memory() && openssl_library() ? 0 : -1;
}
