#include "cli/checkout.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MOST = 4096, PACKED_MOST = 16 * 1024 * 1024, PARENTS_MOST = 64 };

/* A file of one line, "PREFIX...", without the prefix and the line end. */
static bool read_line(const char *folder, const char *name, const char *prefix,
                      char line[static LINE_MOST])
{
    char path[PATH_MAX];
    struct secret *file AUTO_SECRET = NULL;
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path) ||
        file_read(AT_FDCWD, path, LINE_MOST - 1, &file) != 0)
        return false;
    const char *text = (const char *)secret_peek(file);
    if (strncmp(text, prefix, strlen(prefix)) != 0)
        return false;
    text += strlen(prefix);
    snprintf(line, LINE_MOST, "%.*s", (int)strcspn(text, "\r\n"), text);
    return true;
}

static bool is_commit(const char *text, size_t length)
{
    return (length == 40 || length == 64) && strspn(text, "0123456789abcdef") >= length;
}

/* path is relative to folder, or absolute; the result is in place of folder. */
static bool enter(char folder[static PATH_MAX], const char *path)
{
    char joined[PATH_MAX];
    int length = *path == '/' ? snprintf(joined, sizeof(joined), "%s", path)
                              : snprintf(joined, sizeof(joined), "%s/%s", folder, path);
    return length < (int)sizeof(joined) && realpath(joined, folder);
}

enum standing { STANDS_NOTHING, STANDS_OURS, STANDS_FOREIGN };

/* A ".git" that somebody put above other people's manifests could name a secret as its commit: it
 * has to be of the owner of the manifests' folder, root's or ours. */
static enum standing look_for_git(const char *folder, uid_t owner)
{
    char path[PATH_MAX];
    struct stat status;
    if (snprintf(path, sizeof(path), "%s/.git", folder) >= (int)sizeof(path) ||
        lstat(path, &status) != 0)
        return STANDS_NOTHING;
    return status.st_uid == owner || status.st_uid == 0 || status.st_uid == geteuid()
               ? STANDS_OURS
               : STANDS_FOREIGN;
}

/* What ".git" in a folder leads to: it is a folder or, in a work tree, a file that names it. */
static bool enter_git(char git[static PATH_MAX])
{
    char line[LINE_MOST];
    if (read_line(git, ".git", "gitdir: ", line))
        return enter(git, line);
    return enter(git, ".git");
}

/* From a folder upwards. */
static bool find_git(const char *folder, char git[static PATH_MAX])
{
    char at[PATH_MAX];
    struct stat status;
    if (stat(*folder ? folder : "/", &status) != 0)
        return false;
    snprintf(at, sizeof(at), "%s", folder);
    for (int i = 0; i < PARENTS_MOST; i++) {
        snprintf(git, PATH_MAX, "%s", *at ? at : "/");
        enum standing standing = look_for_git(git, status.st_uid);
        if (standing != STANDS_NOTHING)
            return standing == STANDS_OURS && enter_git(git);
        char *slash = strrchr(at, '/');
        if (!slash)
            return false;
        *slash = '\0';
    }
    return false;
}

/* "COMMIT NAME" in a file of many such lines. */
static bool find_packed(const char *folder, const char *name, char line[static LINE_MOST])
{
    char path[PATH_MAX];
    struct secret *file AUTO_SECRET = NULL;
    if (snprintf(path, sizeof(path), "%s/packed-refs", folder) >= (int)sizeof(path) ||
        file_read(AT_FDCWD, path, PACKED_MOST, &file) != 0)
        return false;
    size_t length = strlen(name);
    for (const char *at = (const char *)secret_peek(file), *end; *at; at = *end ? end + 1 : end) {
        end = at + strcspn(at, "\n");
        size_t digits = strcspn(at, " \n");
        if (is_commit(at, digits) && (size_t)(end - at) == digits + 1 + length &&
            strncmp(at + digits + 1, name, length) == 0) {
            snprintf(line, LINE_MOST, "%.*s", (int)digits, at);
            return true;
        }
    }
    return false;
}

/* A branch's commit stands in the repository, whose work tree this may only be. */
static bool find_branch(char git[static PATH_MAX], const char *name, char line[static LINE_MOST])
{
    char common[LINE_MOST], found[LINE_MOST];
    if (strncmp(name, "refs/", 5) != 0 || strstr(name, ".."))
        return false;
    if (read_line(git, "commondir", "", common) && !enter(git, common))
        return false;
    if (!read_line(git, name, "", found) && !find_packed(git, name, found))
        return false;
    memcpy(line, found, LINE_MOST);
    return true;
}

static bool find_commit(const char *folder, char commit[static LINE_MOST])
{
    char git[PATH_MAX], head[LINE_MOST];
    static const char branch[] = "ref: ";
    if (!find_git(folder, git) || !read_line(git, "HEAD", "", head))
        return false;
    if (strncmp(head, branch, sizeof(branch) - 1) != 0)
        memcpy(commit, head, sizeof(head));
    else if (!find_branch(git, head + sizeof(branch) - 1, commit))
        return false;
    return is_commit(commit, strlen(commit));
}

/* "" for the root; a manifest that is a link stands where it points to. */
static bool find_folder(const char *path, char folder[static PATH_MAX])
{
    char *slash = realpath(path, folder) ? strrchr(folder, '/') : NULL;
    if (slash)
        *slash = '\0';
    return slash;
}

int checkout_commit(struct checkout *last, const char *path, struct arena *arena, const char **ret)
{
    char folder[PATH_MAX], commit[LINE_MOST];
    *ret = NULL;
    if (!find_folder(path, folder))
        return 0;
    if (!last->folder || strcmp(last->folder, folder) != 0) {
        bool found = find_commit(folder, commit);
        *last = (struct checkout){arena_strdup(arena, folder),
                                  found ? arena_strdup(arena, commit) : NULL};
        if (!last->folder || (found && !last->commit)) {
            *last = (struct checkout){NULL, NULL};
            return -1;
        }
    }
    *ret = last->commit;
    return 0;
}
