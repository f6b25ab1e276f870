#include "x509/pem.h"

#include "x509/base64.h"
#include "x509/der.h"
#include "x509/key.h"
#include "x509/unlock.h"

#include <ctype.h>
#include <string.h>

struct label {
    const char *name;
    enum format format;
    const char *what; /* for FORMAT_OTHER */
};

static const struct label labels[] = {
    {"CERTIFICATE", FORMAT_CERTIFICATE, NULL},
    {"X509 CERTIFICATE", FORMAT_CERTIFICATE, NULL},
    {"TRUSTED CERTIFICATE", FORMAT_CERTIFICATE, NULL}, /* trust settings stand behind it */
    {"PKCS7", FORMAT_PKCS7, NULL},
    {"PKCS #7 SIGNED DATA", FORMAT_PKCS7, NULL},
    {"CERTIFICATE CHAIN", FORMAT_PKCS7, NULL}, /* of Netscape and its heirs */
    {"CMS", FORMAT_PKCS7, NULL},
    {"PKCS12", FORMAT_PKCS12, NULL},
    {"PRIVATE KEY", FORMAT_PKCS8, NULL},
    {"ENCRYPTED PRIVATE KEY", FORMAT_ENCRYPTED_PKCS8, NULL},
    {"RSA PRIVATE KEY", FORMAT_RSA_KEY, NULL},
    {"EC PRIVATE KEY", FORMAT_EC_KEY, NULL},
    {"DSA PRIVATE KEY", FORMAT_DSA_KEY, NULL},
    {"CERTIFICATE REQUEST", FORMAT_OTHER, "a certificate request (CSR)"},
    {"NEW CERTIFICATE REQUEST", FORMAT_OTHER, "a certificate request (CSR)"},
    {"X509 CRL", FORMAT_OTHER, "a revocation list (CRL)"},
    {"PUBLIC KEY", FORMAT_OTHER, "a public key"},
    {"RSA PUBLIC KEY", FORMAT_OTHER, "a public key"},
    {"OPENSSH PRIVATE KEY", FORMAT_OTHER, "an SSH private key"},
    {"PGP PUBLIC KEY BLOCK", FORMAT_OTHER, "an OpenPGP key"},
    {"PGP PRIVATE KEY BLOCK", FORMAT_OTHER, "an OpenPGP key"},
    {"EC PARAMETERS", FORMAT_OTHER, "curve parameters"},
    {"DH PARAMETERS", FORMAT_OTHER, "Diffie-Hellman parameters"},
    {"ATTRIBUTE CERTIFICATE", FORMAT_OTHER, "an attribute certificate"},
};

static const struct label unknown_label = {"", FORMAT_OTHER, "PEM blocks of other kinds"};

struct block {
    const struct label *label;
    size_t line;           /* of its BEGIN, counted from 1 */
    struct slice dek_info; /* of a traditional encrypted key; size 0 for none */
    struct slice body;     /* base64 */
};

static const struct label *find_label(struct slice name)
{
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        if (slice_equals(name, labels[i].name, strlen(labels[i].name)))
            return &labels[i];
    return &unknown_label;
}

static struct slice slice_from(struct slice slice, size_t at)
{
    return (struct slice){slice.bytes + at, slice.size - at};
}

/* Where the needle begins; the size where it is not there. */
static size_t find(struct slice slice, const char *needle)
{
    size_t length = strlen(needle);
    const unsigned char *at = slice.bytes, *end = slice.bytes + slice.size;
    while ((at = memchr(at, needle[0], (size_t)(end - at))) != NULL) {
        if ((size_t)(end - at) < length)
            break;
        if (memcmp(at, needle, length) == 0)
            return (size_t)(at - slice.bytes);
        at++;
    }
    return slice.size;
}

static size_t count_lines(struct slice slice)
{
    size_t lines = 0;
    for (size_t i = 0; i < slice.size; i++)
        lines += slice.bytes[i] == '\n';
    return lines;
}

static struct slice trim(struct slice slice)
{
    while (slice.size > 0 && isspace(slice.bytes[slice.size - 1]))
        slice.size--;
    while (slice.size > 0 && isspace(slice.bytes[0]))
        slice = slice_from(slice, 1);
    return slice;
}

/* Takes the header lines off the body (RFC 1421, 4.4): they end with an empty line. */
static void split_headers(struct block *block)
{
    static const char dek[] = "DEK-Info:";
    if (!memchr(block->body.bytes, ':', block->body.size))
        return;
    block->body = trim(block->body);
    while (block->body.size > 0) {
        size_t end = find(block->body, "\n");
        struct slice line = trim((struct slice){block->body.bytes, end});
        block->body = slice_from(block->body, end < block->body.size ? end + 1 : end);
        if (line.size == 0)
            return;
        if (line.size > sizeof(dek) - 1 && memcmp(line.bytes, dek, sizeof(dek) - 1) == 0)
            block->dek_info = trim(slice_from(line, sizeof(dek) - 1));
    }
}

/* Takes a block whose BEGIN is at the start of *text. Its END has to be the next thing that begins
 * with five dashes, so that a text full of BEGINs is gone through once. -1 where it is not. */
static int take_block(struct slice *text, struct block *block)
{
    static const char begin[] = "-----BEGIN ", end[] = "-----END ", dashes[] = "-----";
    *text = slice_from(*text, sizeof(begin) - 1);
    struct slice name = {text->bytes, find(*text, dashes)};
    size_t line_end = find((struct slice){text->bytes, name.size}, "\n");
    block->label = find_label(name);
    if (name.size == text->size || line_end < name.size)
        return -1;
    *text = slice_from(*text, name.size + sizeof(dashes) - 1);
    block->body = (struct slice){text->bytes, find(*text, dashes)};
    *text = slice_from(*text, block->body.size);
    size_t tail = sizeof(end) - 1 + name.size + sizeof(dashes) - 1;
    if (text->size < tail || memcmp(text->bytes, end, sizeof(end) - 1) != 0 ||
        memcmp(text->bytes + sizeof(end) - 1, name.bytes, name.size) != 0 ||
        memcmp(text->bytes + tail - 5, dashes, 5) != 0)
        return -1;
    *text = slice_from(*text, tail);
    split_headers(block);
    return 0;
}

static int damaged(struct reading *reading, const struct block *block, const char *why)
{
    return reading_fail(reading, PROBLEM_UNREADABLE, "is damaged: the %s block in line %zu %s",
                        block->label->name, block->line, why);
}

static bool is_wanted(const struct reading *reading, const struct block *block)
{
    enum format format = block->label->format;
    bool is_key = format >= FORMAT_PKCS8 && format <= FORMAT_DSA_KEY;
    return format != FORMAT_OTHER && !(is_key && reading->role == ROLE_CHAIN);
}

/* Told from the content, where it is something that is wanted: labels are often wrong (PKCS#7 as
 * CERTIFICATE, PKCS#8 as RSA PRIVATE KEY). */
static enum format format_of(const struct block *block, struct slice der)
{
    enum format found = detect_format(der).format;
    bool wanted = found >= FORMAT_CERTIFICATE && found <= FORMAT_DSA_KEY;
    return wanted ? found : block->label->format;
}

static int add_block(struct reading *reading, struct pile *pile, const struct block *block)
{
    struct secret *sealed AUTO_SECRET = NULL, *plain AUTO_SECRET = NULL;
    if (block->body.size > READING_COPY_MOST)
        return reading_fail(reading, PROBLEM_TOO_EXPENSIVE,
                            "the %s block in line %zu has more than %d bytes", block->label->name,
                            block->line, READING_COPY_MOST);
    enum base64_result result = base64_read(block->body, &sealed);
    if (result == BASE64_NO_MEMORY)
        return reading_no_memory(reading);
    if (result == BASE64_INVALID)
        return damaged(reading, block, "is not base64");
    struct slice der = {secret_peek(sealed), secret_size(sealed)};
    if (block->dek_info.size > 0) {
        if (der.size > KEY_BYTES_MOST)
            return damaged(reading, block, "is too large for a key");
        if (unlock_dek(reading, block->dek_info, der, "its private key", &plain) != 0)
            return -1;
        der = (struct slice){secret_peek(plain), secret_size(plain)};
    }
    return der_read(reading, pile, format_of(block, der), der);
}

int pem_read(struct reading *reading, struct pile *pile, struct slice text)
{
    size_t line = 1;
    struct block block;
    for (;;) {
        size_t at = find(text, "-----BEGIN ");
        if (at == text.size)
            return 0;
        line += count_lines((struct slice){text.bytes, at});
        text = slice_from(text, at);
        const unsigned char *start = text.bytes;
        block = (struct block){.line = line};
        int taken = take_block(&text, &block);
        line += count_lines((struct slice){start, (size_t)(text.bytes - start)});
        if (!is_wanted(reading, &block)) {
            if (block.label->what)
                pile_note_other(reading, pile, block.label->what);
            continue;
        }
        if (taken != 0)
            return damaged(reading, &block, "has no END line of its own");
        if (add_block(reading, pile, &block) != 0)
            return -1;
    }
}
