#include "cli/entry_files.h"

#include "base/file.h"

#include <fcntl.h>

void entry_files_free(struct entry_files *files)
{
    secret_free(files->source);
    secret_free(files->key);
    secret_free(files->chain);
}

static int read_one(const struct entry *entry, const char *path, struct problems *problems,
                    struct secret **ret)
{
    char buffer[128];
    int error = path ? file_read(AT_FDCWD, path, FILE_SOURCE_MOST, ret) : 0;
    if (error)
        problems_add(problems, PROBLEM_UNREADABLE, entry->place, "%s: %s", path,
                     file_error(error, buffer, sizeof(buffer)))
            ->certificate = entry->name;
    return error ? -1 : 0;
}

int entry_files_read(const struct entry *entry, struct problems *problems, struct entry_files *ret)
{
    if (read_one(entry, entry->path, problems, &ret->source) != 0 ||
        read_one(entry, entry->key_path, problems, &ret->key) != 0 ||
        read_one(entry, entry->chain_path, problems, &ret->chain) != 0)
        return -1;
    return 0;
}

void entry_files_digest(const struct entry_files *files, const struct entry *entry,
                        char ret[static DIGEST_TEXT_SIZE])
{
    const struct secret *parts[] = {files->source, files->key, files->chain};
    size_t sizes[3];
    struct digest_part all[8];
    for (size_t i = 0; i < 3; i++) {
        sizes[i] = parts[i] ? secret_size(parts[i]) : SIZE_MAX;
        all[2 * i] = (struct digest_part){&sizes[i], sizeof(sizes[i])};
        all[2 * i + 1] = (struct digest_part){secret_peek(parts[i]), secret_size(parts[i])};
    }
    all[6] = digest_text(entry->sha256);
    all[7] = digest_text(entry->subject);
    digest_parts(all, 8, ret);
}
