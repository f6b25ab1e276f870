/* A PKCS#7 message -> bundle. */
#include "source.h"

static bool accepts(enum format format)
{
    return format == FORMAT_PKCS7;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_source(data, size, accepts);
    return 0;
}
