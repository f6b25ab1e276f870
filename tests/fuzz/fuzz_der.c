/* A certificate or a key in DER, or something in DER that is neither -> bundle. */
#include "source.h"

static bool accepts(enum format format)
{
    switch (format) {
    case FORMAT_UNKNOWN:
    case FORMAT_PEM:
    case FORMAT_PKCS12:
    case FORMAT_PKCS7:
        return false;
    default:
        return true;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_source(data, size, accepts);
    return 0;
}
