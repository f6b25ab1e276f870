#include "store/names.h"

#include "base/digest.h"

#include <string.h>

enum { NAME_MOST = 200 };

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool name_is_plain(const char *name)
{
    if (!name || name[0] == '\0' || name[0] == '.')
        return false;
    size_t length = strnlen(name, NAME_MOST + 1);
    if (length > NAME_MOST)
        return false;
    for (const char *at = name; *at; at++)
        if (!strchr(letters, *at) && !strchr("0123456789@._-", *at))
            return false;
    return true;
}

bool name_is_fingerprint(const char *name)
{
    return name && strnlen(name, DIGEST_TEXT_SIZE) == DIGEST_TEXT_SIZE - 1 &&
           strspn(name, "0123456789abcdef") == DIGEST_TEXT_SIZE - 1;
}

bool name_has_scheme(const char *location)
{
    size_t length = strspn(location, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789+.-");
    return length > 0 && strchr(letters, location[0]) && strncmp(location + length, "://", 3) == 0;
}
