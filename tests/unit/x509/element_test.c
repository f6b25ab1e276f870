/*
 * Files of each kind in which one element after the other is dropped, emptied, doubled, or turned
 * into something else, while the lengths around it stay right: what is behind it is looked at, too.
 * Such a file is refused with one problem, or it gives a certificate, and a key that works with it.
 */
#include "bench.h"

#include "x509/tlv.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_MOST = 2000, BYTES_MOST = 64 * 1024, DEPTH_MOST = 40 };

/* An element; the children of one that is constructed, or wraps others in its octets, follow it. */
struct node {
    unsigned char tag;
    struct slice content; /* of one without children */
    int depth;
    bool parent;
    bool padded; /* a BIT STRING: a 0 stands before its children */
};

struct tree {
    struct node nodes[NODES_MOST];
    size_t count;
};

enum mutation { DROP, EMPTY, DOUBLE, RETAG, SHORTEN, FLIP, NEGATE, ZERO, INDEFINITE, MUTATIONS };

struct output {
    unsigned char bytes[BYTES_MOST];
    size_t at; /* it is written from its end to its beginning */
};

static bool is_whole(struct slice bytes, int depth)
{
    struct tlv element;
    int found = 0;
    while (bytes.size > 0) {
        if (depth > DEPTH_MOST || tlv_next(&bytes, &element) != 1 || element.tag == 0)
            return false;
        found++;
    }
    return found > 0;
}

/* What another element may stand in: a constructed one, or octets that are elements themselves. */
static struct slice inside(const struct tlv *element, struct node *node)
{
    struct slice content = element->content;
    node->padded = element->tag == TLV_BIT_STRING && content.size > 3 && content.bytes[0] == 0;
    if (node->padded)
        content = (struct slice){content.bytes + 1, content.size - 1};
    bool wraps = node->padded || element->tag == TLV_OCTET_STRING;
    node->parent = (element->tag & TLV_CONSTRUCTED) || (wraps && is_whole(content, node->depth));
    node->padded &= node->parent;
    return content;
}

static void read_tree(struct slice bytes, int depth, struct tree *tree)
{
    struct tlv element;
    while (tlv_next(&bytes, &element) == 1) {
        assert_true(tree->count < NODES_MOST);
        struct node *node = &tree->nodes[tree->count++];
        *node = (struct node){.tag = element.tag, .content = element.content, .depth = depth};
        struct slice content = inside(&element, node);
        if (node->parent)
            read_tree(content, depth + 1, tree);
    }
}

static void put(struct output *output, const void *bytes, size_t size)
{
    assert_true(size <= output->at);
    output->at -= size;
    if (size)
        memcpy(output->bytes + output->at, bytes, size);
}

/* DER's: a MAC stands for the very bytes. */
static void put_header(struct output *output, unsigned char tag, size_t size)
{
    const unsigned char length[] = {(unsigned char)(size >> 8), (unsigned char)size};
    const unsigned char octets = size < 128 ? 0 : size < 256 ? 1 : 2;
    put(output, length + (octets < 2), octets < 2 ? 1 : 2);
    if (octets)
        put(output, (const unsigned char[]){0x80 | octets}, 1);
    put(output, &tag, 1);
}

static size_t behind(const struct tree *tree, size_t i)
{
    size_t next = i + 1;
    while (next < tree->count && tree->nodes[next].depth > tree->nodes[i].depth)
        next++;
    return next;
}

static void write_nodes(const struct tree *tree, size_t from, size_t to, size_t changed,
                        enum mutation mutation, struct output *output);

static void put_content(const struct tree *tree, size_t i, size_t changed, enum mutation mutation,
                        struct output *output)
{
    const struct node *node = &tree->nodes[i];
    if (node->parent) {
        write_nodes(tree, i + 1, behind(tree, i), changed, mutation, output);
        if (node->padded)
            put(output, "", 1);
    } else {
        put(output, node->content.bytes, node->content.size);
    }
}

/* What is written of the element that is changed, from its end; its tag. */
static unsigned char put_changed(const struct tree *tree, size_t i, enum mutation mutation,
                                 struct output *output)
{
    const struct node *node = &tree->nodes[i];
    size_t end = output->at;
    put_content(tree, i, SIZE_MAX, mutation, output);
    size_t size = end - output->at;
    if (mutation == EMPTY || mutation == ZERO)
        output->at = end;
    if (mutation == ZERO)
        put(output, "", 1);
    if (mutation == SHORTEN && size > 0) {
        memmove(output->bytes + output->at + 1, output->bytes + output->at, size - 1);
        output->at++;
    }
    if (mutation == FLIP && size > 0)
        output->bytes[end - 1] ^= 1;
    if (mutation == NEGATE && size > 0)
        output->bytes[output->at] ^= 0x80;
    if (mutation == RETAG)
        return node->tag == TLV_OCTET_STRING ? TLV_SEQUENCE : TLV_OCTET_STRING;
    return node->tag;
}

static void write_node(const struct tree *tree, size_t i, size_t changed, enum mutation mutation,
                       struct output *output)
{
    unsigned char tag = tree->nodes[i].tag;
    if (i == changed && mutation == DROP)
        return;
    if (i == changed && mutation == DOUBLE)
        write_node(tree, i, SIZE_MAX, mutation, output);
    bool indefinite = i == changed && mutation == INDEFINITE;
    if (indefinite)
        put(output, "\0\0", 2);
    size_t end = output->at;
    if (i == changed)
        tag = put_changed(tree, i, mutation, output);
    else
        put_content(tree, i, changed, mutation, output);
    if (!indefinite) {
        put_header(output, tag, end - output->at);
        return;
    }
    if (!(tag & TLV_CONSTRUCTED)) /* octets in two parts, of which the first one is empty */
        put_header(output, tag, end - output->at), put_header(output, tag, 0);
    put(output, (const unsigned char[]){tag | TLV_CONSTRUCTED, 0x80}, 2);
}

/* From the last to the first. */
static void write_nodes(const struct tree *tree, size_t from, size_t to, size_t changed,
                        enum mutation mutation, struct output *output)
{
    size_t starts[NODES_MOST], count = 0;
    for (size_t i = from; i < to; i = behind(tree, i))
        starts[count++] = i;
    while (count > 0)
        write_node(tree, starts[--count], changed, mutation, output);
}

static void expect_key_works(const struct bench *bench)
{
    const struct secret *pem = bench->bundle.key_pem;
    BIO *key_bio = BIO_new_mem_buf(secret_peek(pem), (int)secret_size(pem));
    BIO *leaf_bio = BIO_new_mem_buf(bench->bundle.cert_pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);
    X509 *leaf = PEM_read_bio_X509(leaf_bio, NULL, NULL, NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[1024];
    size_t size = sizeof(signature);
    assert_true(key && leaf && context);
    const EVP_MD *digest = EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
    assert_int_equal(EVP_DigestSignInit(context, NULL, digest, NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, signature, &size, (const unsigned char *)"x", 1), 1);
    EVP_MD_CTX_reset(context);
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, digest, NULL, X509_get0_pubkey(leaf)), 1);
    assert_int_equal(EVP_DigestVerify(context, signature, size, (const unsigned char *)"x", 1), 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    X509_free(leaf);
    BIO_free(key_bio);
    BIO_free(leaf_bio);
    ERR_clear_error();
}

static void expect_sound(const struct bench *bench)
{
    if (bench->result != 0) {
        assert_int_equal(bench->problems.errors, 1);
        assert_int_equal(bench->problems.count, 1);
        assert_false(problems_has(&bench->problems, PROBLEM_OUT_OF_MEMORY));
        return;
    }
    assert_int_equal(bench->problems.errors, 0);
    assert_int_equal(strlen(bench->bundle.certificate.fingerprint), DIGEST_TEXT_SIZE - 1);
    if (bench->bundle.key_pem)
        expect_key_works(bench);
}

/* The bytes of a file: of the first block where it is PEM. */
static struct secret *read_der(const char *name)
{
    char *label = NULL, *header = NULL;
    unsigned char *bytes = NULL;
    long size = 0;
    struct secret *file = bench_read(name);
    BIO *bio = BIO_new_mem_buf(secret_peek(file), (int)secret_size(file));
    if (PEM_read_bio(bio, &label, &header, &bytes, &size) == 1) {
        secret_free(file);
        file = secret_copy(bytes, (size_t)size);
    }
    BIO_free(bio);
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_free(bytes);
    ERR_clear_error();
    return file;
}

/* With a certificate's name the file is its key. */
static void load(struct bench *bench, const char *certificate, const struct output *output)
{
    const unsigned char *bytes = output->bytes + output->at;
    size_t size = BYTES_MOST - output->at;
    if (certificate)
        bench_load_key_bytes(bench, certificate, bytes, size);
    else
        bench_load_bytes(bench, bytes, size);
}

static void change_each(struct bench *bench, const char *certificate, struct slice bytes, int depth)
{
    static struct tree tree;
    static struct output output;
    tree.count = 0;
    read_tree(bytes, 0, &tree);
    for (size_t i = 0; i < tree.count; i++)
        for (int mutation = 0; mutation < MUTATIONS && tree.nodes[i].depth <= depth; mutation++) {
            output.at = BYTES_MOST;
            write_nodes(&tree, 0, tree.count, i, (enum mutation)mutation, &output);
            load(bench, certificate, &output);
            expect_sound(bench);
        }
    output.at = BYTES_MOST;
    write_nodes(&tree, 0, tree.count, SIZE_MAX, DROP, &output);
    load(bench, certificate, &output);
    assert_int_equal(bench->result, 0);
}

static void change_file(struct bench *bench, const char *name, int depth)
{
    struct secret *file = read_der(name);
    change_each(bench, NULL, (struct slice){secret_peek(file), secret_size(file)}, depth);
    secret_free(file);
}

static void certificates(void **state)
{
    change_file(*state, "web.der", DEPTH_MOST);
    change_file(*state, "explicit.pem", DEPTH_MOST);
    change_file(*state, "rsa-pss.pem", DEPTH_MOST);
}

static void a_pkcs7_file(void **state)
{
    change_file(*state, "web.p7b", 6);
}

static void an_open_pkcs12_file(void **state)
{
    struct bench *bench = *state;
    bench->password = "";
    change_file(bench, "web-open.pfx", 14);
}

static void what_is_encrypted_in_a_pkcs12_file(void **state)
{
    change_file(*state, "web-nomac.pfx", DEPTH_MOST);
}

static void the_mac_of_a_pkcs12_file(void **state)
{
    change_file(*state, "web.pfx", 5);
}

static void change_key(struct bench *bench, const char *certificate, const char *name)
{
    struct secret *file = read_der(name);
    change_each(bench, certificate, (struct slice){secret_peek(file), secret_size(file)},
                DEPTH_MOST);
    secret_free(file);
}

static void private_keys(void **state)
{
    change_key(*state, "web.pem", "web.key.der");
    change_key(*state, "rsa.pem", "rsa.key");
    change_key(*state, "explicit.pem", "explicit.key");
    change_key(*state, "ed25519.pem", "ed25519.key");
    change_key(*state, "web.pem", "enc-pkcs8.key");
}

/* What PKCS#8 wraps stands in a file alone, too: PKCS#1. */
static void a_private_key_in_its_own_format(void **state)
{
    struct secret *file = read_der("rsa.key");
    struct slice bytes = {secret_peek(file), secret_size(file)};
    struct tlv outer, part = {.tag = 0};
    assert_int_equal(tlv_expect(&bytes, TLV_SEQUENCE, &outer), 0);
    while (part.tag != TLV_OCTET_STRING)
        assert_int_equal(tlv_next(&outer.content, &part), 1);
    change_each(*state, "rsa.pem", part.content, DEPTH_MOST);
    secret_free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(certificates),
        BENCH_TEST(a_pkcs7_file),
        BENCH_TEST(an_open_pkcs12_file),
        BENCH_TEST(what_is_encrypted_in_a_pkcs12_file),
        BENCH_TEST(the_mac_of_a_pkcs12_file),
        BENCH_TEST(private_keys),
        BENCH_TEST(a_private_key_in_its_own_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
