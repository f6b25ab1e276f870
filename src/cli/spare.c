#include "cli/spare.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static bool is_page(const char *path)
{
    static const char start[] = "<!DOCTYPE html";
    char head[sizeof(start) - 1];
    int fd AUTO_FD = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return fd >= 0 && file_read_full(fd, head, sizeof(head)) == (ssize_t)sizeof(head) &&
           strncasecmp(head, start, sizeof(head)) == 0;
}

static bool is_file(const struct stat *file, const char *path)
{
    struct stat status;
    return path && stat(path, &status) == 0 && status.st_dev == file->st_dev &&
           status.st_ino == file->st_ino;
}

static bool is_source(const struct manifest *manifest, const struct stat *file)
{
    for (size_t i = 0; i < manifest->entry_count; i++) {
        const struct entry *entry = &manifest->entries[i];
        const struct password_source *password = &entry->password;
        if (is_file(file, entry->path) || is_file(file, entry->key_path) ||
            is_file(file, entry->chain_path) ||
            (password->kind == PASSWORD_FILE && is_file(file, password->name)))
            return true;
    }
    return false;
}

/* Below a folder of the store ("" is itself)? */
static bool is_in_store(const struct session *session, const char *folder, const char *path)
{
    char file[PATH_MAX], store[PATH_MAX];
    if (!session->store || !realpath(path, file) || !realpath(session->store, store))
        return false;
    size_t length = strlen(store), more = strlen(folder);
    return strncmp(file, store, length) == 0 && strncmp(file + length, folder, more) == 0 &&
           file[length + more] == '/';
}

const char *spare_objection(const struct session *session, const struct manifests *manifests,
                            const char *path)
{
    struct stat file;
    if (stat(path, &file) != 0 || !S_ISREG(file.st_mode))
        return NULL;
    if (is_in_store(session, "/reports", path))
        return "it is a report that the store keeps";
    if (is_page(path))
        return NULL;
    if (is_in_store(session, "", path))
        return "it is a file of the store";
    for (size_t m = 0; manifests && m < manifests->count; m++) {
        if (is_file(&file, manifests->items[m].path))
            return "it is a manifest";
        if (is_source(&manifests->items[m], &file))
            return "a manifest names it as a source";
    }
    return NULL;
}
