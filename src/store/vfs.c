#include "store/vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

/* Written once under pthread_once, read-only from then on. */
static struct {
    sqlite3_vfs vfs;
    int error;
} registered;

static int keep_path(sqlite3_vfs *vfs, const char *path, int size, char *ret)
{
    size_t length = strlen(path);
    (void)vfs;
    if (size < 0 || length >= (size_t)size)
        return SQLITE_CANTOPEN;
    memcpy(ret, path, length + 1);
    return SQLITE_OK;
}

static void make(void)
{
    const sqlite3_vfs *usual = sqlite3_vfs_find(NULL);
    registered.error = SQLITE_ERROR;
    if (!usual)
        return;
    registered.vfs = *usual;
    registered.vfs.pNext = NULL;
    registered.vfs.zName = "certroll";
    registered.vfs.xFullPathname = keep_path;
    registered.error = sqlite3_vfs_register(&registered.vfs, 0);
}

const char *vfs_by_descriptor(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make);
    return registered.error == SQLITE_OK ? registered.vfs.zName : NULL;
}
