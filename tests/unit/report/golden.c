#include "golden.h"

#include "base/file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

void golden_check(const char *path, const char *text)
{
    if (getenv("CERTROLL_UPDATE_GOLDEN")) {
        assert_int_equal(file_replace(AT_FDCWD, path, text, strlen(text), 0644), 0);
        return;
    }
    struct secret *file AUTO_SECRET = NULL;
    if (file_read(AT_FDCWD, path, FILE_SOURCE_MOST, &file) != 0)
        fail_msg("%s cannot be read", path);
    if (strcmp((const char *)secret_peek(file), text) != 0)
        fail_msg("%s is another text than:\n%s", path, text);
}
