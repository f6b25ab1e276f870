#include "x509/describe.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"

/* Cuts before a character that would be split. */
static const char *bounded(struct arena *arena, const char *text, size_t size)
{
    if (size <= DESCRIBE_TEXT_MOST)
        return arena_strndup(arena, text, size);
    size = DESCRIBE_TEXT_MOST;
    while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--;
    return arena_printf(arena, "%.*s" ELLIPSIS, (int)size, text);
}

const char *describe_name(struct arena *arena, const X509_NAME *name)
{
    static const unsigned long flags = (ASN1_STRFLGS_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) |
                                       XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN |
                                       XN_FLAG_DUMP_UNKNOWN_FIELDS;
    char *text;
    BIO *bio AUTO_OPENSSL(BIO) = BIO_new(BIO_s_mem());
    if (!bio)
        return NULL;
    if (X509_NAME_print_ex(bio, name, 0, flags) < 0)
        return arena_strdup(arena, "(a name that cannot be decoded)");
    long size = BIO_get_mem_data(bio, &text);
    return bounded(arena, text, size > 0 ? (size_t)size : 0);
}

static const char *describe_serial(struct arena *arena, const ASN1_INTEGER *serial)
{
    size_t size = (size_t)ASN1_STRING_length(serial), most = DESCRIBE_TEXT_MOST / 2;
    size_t shown = size > most ? most : size;
    const char *sign = ASN1_STRING_type(serial) & V_ASN1_NEG ? "-" : "";
    char digits[DESCRIBE_TEXT_MOST + 1] = "00";
    if (shown > 0)
        digest_hex(ASN1_STRING_get0_data(serial), shown, digits);
    return arena_printf(arena, "%s%s%s", sign, digits, size > most ? ELLIPSIS : "");
}

/* RFC 5280, 4.1.2.5, with what OpenSSL reads beyond it (offsets, fractions of a second). */
static int read_time(struct reading *reading, const ASN1_TIME *time, const char *name, instant *ret)
{
    struct tm tm;
    if (!time || ASN1_TIME_to_tm(time, &tm) != 1)
        return reading_fail(reading, PROBLEM_UNREADABLE, "is damaged: its %s is no time", name);
    *ret = instant_from_date(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                             tm.tm_sec);
    return 0;
}

/* How many bytes describe_dns_text() makes of one. */
static size_t shown_size(unsigned char byte)
{
    bool printable = byte >= 0x20 && byte < 0x7f;
    return printable ? 1 + (byte == '\\') : 4;
}

/* An IA5String is printable ASCII, or somebody means harm: a name with a NUL inside must neither be
 * cut there nor pass for the shorter one. What else is in it stands as \xHH, a backslash twice. */
const char *describe_dns_text(struct arena *arena, const ASN1_STRING *string)
{
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char *bytes = ASN1_STRING_get0_data(string);
    size_t size = (size_t)ASN1_STRING_length(string), length = 0, shown = 1;
    for (size_t i = 0; i < size; i++)
        shown += shown_size(bytes[i]);
    char *text = arena_alloc(arena, shown, 1);
    for (size_t i = 0; text && i < size; i++) {
        bool printable = bytes[i] >= 0x20 && bytes[i] < 0x7f;
        if (!printable || bytes[i] == '\\')
            text[length++] = '\\';
        if (printable) {
            text[length++] = (char)bytes[i];
        } else {
            text[length++] = 'x';
            text[length++] = digits[bytes[i] >> 4];
            text[length++] = digits[bytes[i] & 0xf];
        }
    }
    return text;
}

GENERAL_NAMES *describe_alternative_names(X509 *x509)
{
    return X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
}

const ASN1_STRING *describe_dns_name(const GENERAL_NAMES *names, int i)
{
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
    return name->type == GEN_DNS ? name->d.dNSName : NULL;
}

static int describe_dns_names(struct reading *reading, X509 *x509, struct certificate *ret)
{
    GENERAL_NAMES *names AUTO_OPENSSL(GENERAL_NAMES) = describe_alternative_names(x509);
    size_t count = 0, used = 0;
    int all = sk_GENERAL_NAME_num(names);
    all = all > DESCRIBE_DNS_NAMES_MOST ? DESCRIBE_DNS_NAMES_MOST : all < 0 ? 0 : all;
    const char **list = arena_alloc(reading->arena, (size_t)all, sizeof(*list));
    if (!list)
        return reading_no_memory(reading);
    for (int i = 0; i < all; i++) {
        const ASN1_STRING *name = describe_dns_name(names, i);
        used += name ? (size_t)ASN1_STRING_length(name) : 0;
        if (!name || used > DESCRIBE_DNS_BYTES_MOST)
            continue;
        list[count] = describe_dns_text(reading->arena, name);
        if (!list[count++])
            return reading_no_memory(reading);
    }
    ret->dns_names = list;
    ret->dns_name_count = count;
    return 0;
}

static const char *describe_curve(struct arena *arena, const EVP_PKEY *key)
{
    char group[OPENSSL_NAME_SIZE];
    if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1)
        return arena_printf(arena, "EC %d", EVP_PKEY_get_bits(key));
    const char *nist = EC_curve_nid2nist(OBJ_sn2nid(group));
    return arena_printf(arena, "EC %s", nist ? nist : group);
}

static const char *describe_algorithm(struct arena *arena, const struct decoded *leaf)
{
    char name[OPENSSL_NAME_SIZE];
    ASN1_OBJECT *algorithm = NULL;
    EVP_PKEY *key = leaf->key;
    if (!key) {
        X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, X509_get_X509_PUBKEY(leaf->x509));
        return arena_strdup(arena, openssl_object_name(algorithm, name));
    }
    const char *type = EVP_PKEY_get0_type_name(key);
    if (EVP_PKEY_is_a(key, "EC"))
        return describe_curve(arena, key);
    if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS") || EVP_PKEY_is_a(key, "DSA"))
        return arena_printf(arena, "%s %d", type, EVP_PKEY_get_bits(key));
    return arena_strdup(arena, type ? type : "unknown");
}

static int digest_key(X509 *x509, char ret[static DIGEST_TEXT_SIZE])
{
    unsigned char *der = NULL;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &der);
    if (size > 0)
        digest_bytes(der, (size_t)size, ret);
    OPENSSL_free(der);
    return size > 0 ? 0 : -1;
}

static void digest_chain(const struct chain *chain, char ret[static DIGEST_TEXT_SIZE])
{
    struct digest_part parts[CHAIN_MOST] = {{NULL, 0}};
    for (size_t i = 0; i < chain->count; i++)
        parts[i] = (struct digest_part){chain->issuers[i]->der.bytes, chain->issuers[i]->der.size};
    digest_parts(parts, chain->count, ret);
}

int describe_certificate(struct reading *reading, const struct decoded *leaf,
                         const struct chain *chain, struct certificate *ret)
{
    X509 *x509 = leaf->x509;
    struct arena *arena = reading->arena;
    struct certificate made = {
        .subject = describe_name(arena, X509_get_subject_name(x509)),
        .issuer = describe_name(arena, X509_get_issuer_name(x509)),
        .serial = describe_serial(arena, X509_get0_serialNumber(x509)),
        .key_algorithm = describe_algorithm(arena, leaf),
    };
    memcpy(made.fingerprint, leaf->fingerprint, sizeof(made.fingerprint));
    digest_chain(chain, made.chain_digest);
    digest_thumbprint(leaf->der.bytes, leaf->der.size, made.thumbprint);
    if (!made.subject || !made.issuer || !made.serial || !made.key_algorithm ||
        digest_key(x509, made.key_id) != 0)
        return reading_no_memory(reading);
    if (read_time(reading, X509_get0_notBefore(x509), "notBefore", &made.not_before) != 0 ||
        read_time(reading, X509_get0_notAfter(x509), "notAfter", &made.not_after) != 0 ||
        describe_dns_names(reading, x509, &made) != 0)
        return -1;
    if (openssl_forget_errors()) /* a name or an extension may be missing for it */
        return reading_no_memory(reading);
    *ret = made;
    return 0;
}
