#include "store/copy.h"
#include "store/fs.h"
#include "store/relics.h"
#include "store/runs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASIDE_MODE = 0700, NAME_SIZE = 640 };

/* Under a second name, so that it stays when it is replaced, and is there until then. */
static int keep_index(const struct folder *folder, const char *aside, struct problems *problems)
{
    char name[NAME_SIZE];
    snprintf(name, sizeof(name), COPY_CURRENT ".%s", aside);
    if (linkat(folder->fd, COPY_CURRENT, folder->fd, name, 0) == 0 || errno == ENOENT)
        return 0;
    return folder_error(folder, problems, -errno, "keep the damaged index as", name);
}

/* The index still has its own name. */
static void let_index_go(const struct folder *folder, const char *aside)
{
    char name[NAME_SIZE];
    snprintf(name, sizeof(name), COPY_CURRENT ".%s", aside);
    unlinkat(folder->fd, name, 0);
}

/* Under a second name: what services read goes when the new index stands. A folder, which has but
 * one, is moved. 0, or a negative errno value. */
static int keep_under(int from, const char *name, int to, const char *kept)
{
    if (linkat(from, name, to, kept, 0) == 0)
        return 0;
    return errno == EPERM && renameat(from, name, to, kept) == 0 ? 0 : -errno;
}

static int keep_file(void *context, int directory, const char *name)
{
    return keep_under(directory, name, *(const int *)context, name);
}

/* All that stands in its folder, in one of that name. */
static int keep_object(int objects, int aside, const char *fingerprint)
{
    int from AUTO_FD = fs_open_folder(objects, fingerprint);
    if (from == -ENOTDIR || from == -ELOOP)
        return keep_under(objects, fingerprint, aside, fingerprint);
    int to AUTO_FD = from < 0 ? from : fs_make_folder(aside, fingerprint, ASIDE_MODE, NULL);
    return to < 0 ? to : fs_walk(from, keep_file, &to);
}

/* live/<scope>/<type>/<link> becomes <scope>.<type>.<link>. The descriptor of the link's folder, or
 * a negative errno value. */
static int find_stray(const struct folder *folder, const char *path,
                      char ret_kept[static NAME_SIZE])
{
    char below[NAME_SIZE];
    snprintf(below, sizeof(below), "%s", path + strlen("live/"));
    snprintf(ret_kept, NAME_SIZE, "%s", below);
    for (char *at = ret_kept; *at; at++)
        if (*at == '/')
            *at = '.';
    int live AUTO_FD = fs_open_folder(folder->fd, "live");
    if (live < 0)
        return live;
    char *slash = strchr(below, '/'), *last = strrchr(below, '/');
    *slash = *last = '\0';
    int scope AUTO_FD = fs_open_folder(live, below);
    return scope < 0 ? scope : fs_open_folder(scope, slash + 1);
}

static int keep_stray(const struct folder *folder, int aside, const char *path)
{
    char kept[NAME_SIZE];
    int type AUTO_FD = find_stray(folder, path, kept);
    return type < 0 ? type : keep_under(type, strrchr(path, '/') + 1, aside, kept);
}

/* What had to be moved. */
static void put_back(int from, const char *name, int to, const char *kept)
{
    struct stat status;
    if (!fs_stat(from, name, &status))
        renameat(to, kept, from, name);
}

static int put_file_back(void *context, int directory, const char *name)
{
    put_back(*(const int *)context, name, directory, name);
    return 0;
}

/* Where the store is not made anew, it is left as it was found. */
static void put_all_back(const struct folder *folder, const struct rebuilding *rebuilding)
{
    int aside AUTO_FD = fs_open_folder(folder->fd, rebuilding->relics->aside);
    int objects AUTO_FD = aside < 0 ? aside : fs_open_folder(folder->fd, "objects");
    for (size_t i = 0; objects >= 0 && i < rebuilding->aside_count; i++) {
        int to AUTO_FD = fs_open_folder(aside, rebuilding->aside[i]);
        int from AUTO_FD = to < 0 ? to : fs_open_folder(objects, rebuilding->aside[i]);
        if (from >= 0)
            fs_walk(to, put_file_back, &from);
    }
    for (size_t i = 0; aside >= 0 && i < rebuilding->relics->stray_count; i++) {
        const char *path = rebuilding->relics->strays[i];
        char kept[NAME_SIZE];
        int type AUTO_FD = find_stray(folder, path, kept);
        if (type >= 0)
            put_back(type, strrchr(path, '/') + 1, aside, kept);
    }
    fs_remove(folder->fd, rebuilding->relics->aside);
}

/* What the index itself told of runs, before version 3. */
static int keep_texts(const struct folder *folder, const struct relics *relics,
                      struct problems *problems)
{
    for (size_t r = RECOLLECTIONS_MOST; r-- > 0;)
        for (size_t i = 0; i < relics->recalled[r].run_count; i++) {
            const struct run_record *run = &relics->recalled[r].runs[i];
            if (run->json && runs_keep_string(folder, run->id, run->json, problems) != 0)
                return -1;
        }
    return 0;
}

static int set_all_aside(const struct folder *folder, const struct rebuilding *rebuilding,
                         struct problems *problems)
{
    const struct relics *relics = rebuilding->relics;
    if (rebuilding->aside_count == 0 && relics->stray_count == 0)
        return 0;
    int aside AUTO_FD = folder_make_part(folder, rebuilding->relics->aside, ASIDE_MODE, problems);
    int objects AUTO_FD = fs_open_folder(folder->fd, "objects");
    if (aside < 0)
        return -1;
    for (size_t i = 0; i < rebuilding->aside_count; i++) {
        int error = keep_object(objects, aside, rebuilding->aside[i]);
        if (error)
            return folder_error_in(folder, problems, error, "set it aside", "objects",
                                   rebuilding->aside[i]);
    }
    for (size_t i = 0; i < relics->stray_count; i++) {
        int error = keep_stray(folder, aside, relics->strays[i]);
        if (error)
            return folder_error(folder, problems, error, "set it aside", relics->strays[i]);
    }
    return syncfs(folder->fd) == 0 ? 0 : folder_error(folder, problems, -errno, "sync", "");
}

int folder_rebuild(struct store *store, const struct rebuilding *rebuilding,
                   struct problems *problems, bool *change_failed, int64_t *ret_generation)
{
    struct folder *folder = folder_of(store);
    const struct commit commit = {
        .generation = rebuilding->generation,
        .changes = rebuilding->changes,
        .change_count = rebuilding->change_count,
        .at = rebuilding->at,
        .relics = rebuilding->relics,
    };
    if (folder_need_lock(folder, problems) != 0 ||
        keep_index(folder, rebuilding->relics->aside, problems) != 0)
        return -1;
    int result = -1;
    if (set_all_aside(folder, rebuilding, problems) == 0 &&
        keep_texts(folder, rebuilding->relics, problems) == 0)
        result = folder_commit_anew(folder, &commit, problems, change_failed);
    if (result >= 0) {
        *ret_generation = commit.generation + 1;
        return result;
    }
    put_all_back(folder, rebuilding);
    let_index_go(folder, rebuilding->relics->aside);
    return result;
}
