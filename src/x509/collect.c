#include "x509/collect.h"

#include "x509/der.h"
#include "x509/key.h"
#include "x509/pem.h"

static const char role_wanted[][32] = {
    [ROLE_SOURCE] = "certificate",
    [ROLE_KEY] = "private key",
    [ROLE_CHAIN] = "certificate",
};

static int refuse(struct reading *reading, const struct detected *detected)
{
    enum problem_code code =
        reading->role == ROLE_KEY ? PROBLEM_NO_PRIVATE_KEY : PROBLEM_NOT_A_CERTIFICATE;
    if (detected->what)
        return reading_fail(reading, code, "is no %s but %s", role_wanted[reading->role],
                            detected->what);
    return reading_fail(reading, code, "is no %s, nor any other format that certroll knows",
                        role_wanted[reading->role]);
}

/* Certificates that were written one behind the other are all taken. Other bytes behind what is
 * wanted are no matter, as to OpenSSL. */
static int read_der(struct reading *reading, struct pile *pile, enum format format,
                    struct slice bytes)
{
    struct slice rest = bytes;
    struct tlv element;
    if (der_read(reading, pile, format, bytes) != 0)
        return -1;
    while (format == FORMAT_CERTIFICATE && tlv_next(&rest, &element) == 1) {
        struct detected next = detect_format(rest);
        if (next.format != FORMAT_CERTIFICATE || next.missing > 0)
            break;
        if (der_read(reading, pile, FORMAT_CERTIFICATE, rest) != 0)
            return -1;
    }
    return 0;
}

static int read_file(struct reading *reading, struct pile *pile, struct slice slice)
{
    struct detected detected = detect_format(slice);
    if (detected.format == FORMAT_OTHER || detected.format == FORMAT_UNKNOWN)
        return refuse(reading, &detected);
    if (detected.format == FORMAT_PEM)
        return pem_read(reading, pile, slice);
    if (detected.missing > 0)
        return reading_fail(reading, PROBLEM_UNREADABLE,
                            "is damaged: it is %s that is cut off, %zu bytes are missing",
                            detected.what, detected.missing);
    return read_der(reading, pile, detected.format, slice);
}

static int collect_file(struct reading *reading, struct pile *pile, enum role role,
                        const char *path, const struct secret *bytes)
{
    struct slice slice = {secret_peek(bytes), secret_size(bytes)};
    reading->role = role;
    reading->path = path;
    reading->phrases.fitted = reading->phrases.vouched = false;
    return read_file(reading, pile, slice) == 0 ? key_open_sealed(reading, pile) : -1;
}

int collect_source(struct reading *reading, struct pile *pile)
{
    const struct source *source = reading->source;
    if (collect_file(reading, pile, ROLE_SOURCE, source->path, source->bytes) != 0)
        return -1;
    if (source->key_bytes &&
        collect_file(reading, pile, ROLE_KEY, source->key_path, source->key_bytes) != 0)
        return -1;
    size_t before = pile->looked_at;
    if (source->chain_bytes &&
        collect_file(reading, pile, ROLE_CHAIN, source->chain_path, source->chain_bytes) != 0)
        return -1;
    if (source->chain_bytes && pile->looked_at == before)
        return reading_fail(reading, PROBLEM_NOT_A_CERTIFICATE, "holds no certificate");
    reading->path = source->path;
    return 0;
}
