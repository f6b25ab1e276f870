#include "store/explain.h"

#include "store/damage.h"
#include "store/fs.h"
#include "store/links.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 512, NAME_SIZE = 64, WHAT_SIZE = 640, TARGET_SIZE = 256 };

__attribute__((format(printf, 3, 4))) static void tell(const struct explain *explain,
                                                       const char *path, const char *format, ...)
{
    char what[WHAT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    explain->tell(explain->context, path, what, NULL);
}

static const char *name_or_number(const char *name, unsigned long number,
                                  char ret[static NAME_SIZE])
{
    if (name)
        snprintf(ret, NAME_SIZE, "%s", name);
    else
        snprintf(ret, NAME_SIZE, "%lu", number);
    return ret;
}

/* There is one thread where people are told. */
static const char *user_name(uid_t user, char ret[static NAME_SIZE])
{
    const struct passwd *found = getpwuid(user);
    return name_or_number(found ? found->pw_name : NULL, user, ret);
}

static const char *group_name(gid_t group, char ret[static NAME_SIZE])
{
    const struct group *found = getgrgid(group);
    return name_or_number(found ? found->gr_name : NULL, group, ret);
}

/* Which group that should be is known to the caller alone. */
static void tell_group(const struct explain *explain, const char *path, gid_t group)
{
    char is[NAME_SIZE], wanted[NAME_SIZE], what[WHAT_SIZE];
    snprintf(what, sizeof(what), "its group is %s, not %s", group_name(group, is),
             group_name(explain->folder->service_group, wanted));
    explain->tell(explain->context, path, what,
                  "Name the group that apply was given (--service-group), or run certroll apply, "
                  "which gives the key to this one.");
}

static void tell_rights(const struct explain *explain, const char *path, const struct stat *status,
                        mode_t mode, bool shared)
{
    const struct folder *folder = explain->folder;
    unsigned wrong = damage_rights(folder, status, mode, shared);
    char is[NAME_SIZE], wanted[NAME_SIZE];
    if (wrong & WRONG_MODE)
        tell(explain, path, "its mode is %04o, not %04o", (unsigned)(status->st_mode & 07777),
             (unsigned)mode);
    if (wrong & WRONG_OWNER)
        tell(explain, path, "its owner is %s, not %s", user_name(status->st_uid, is),
             user_name(folder->owner, wanted));
    if (wrong & WRONG_GROUP)
        tell_group(explain, path, status->st_gid);
}

void explain_folder(const struct explain *explain, const char *path, const struct stat *status,
                    mode_t mode)
{
    if (S_ISDIR(status->st_mode))
        tell_rights(explain, path, status, mode, false);
    else
        tell(explain, path, "is no folder");
}

/* What stands at a path below a folder that should be there. */
static bool look(const struct explain *explain, int directory, const char *below, const char *path,
                 struct stat *ret)
{
    bool found = fs_stat(directory, below, ret);
    if (!found)
        tell(explain, path, "is missing");
    return found;
}

/* As damage_glance() and damage_compare() have it. */
static int explain_file(const struct explain *explain, const struct stored_certificate *stored,
                        const struct object_content *content, enum object_file file)
{
    const char *fingerprint = stored->certificate.fingerprint;
    char path[PATH_SIZE];
    const char *below = path + sizeof("objects/") - 1;
    struct stat status;
    unsigned changed = 0;
    snprintf(path, sizeof(path), "objects/%s/%s", fingerprint, object_file_names[file]);
    if (file == OBJECT_KEY && !stored->certificate.has_key) {
        if (fs_stat(explain->objects, below, &status))
            tell(explain, path, "should not be there");
        return 0;
    }
    if (!look(explain, explain->objects, below, path, &status))
        return 0;
    if (!S_ISREG(status.st_mode)) {
        tell(explain, path, "is no file");
        return 0;
    }
    bool shared = file == OBJECT_KEY && stored->exportable;
    tell_rights(explain, path, &status, object_file_mode(file, stored->exportable), shared);
    if (shared && damage_has_acl(explain->objects, below))
        tell(explain, path, "an access control list says who else may read it");
    int error = damage_compare(explain->objects, fingerprint, content, 1u << file, &changed);
    if (changed) /* it may look as it did */
        explain->tell(explain->context, path, "was changed",
                      "Run certroll apply --no-cache, which repairs what it can.");
    return error;
}

int explain_object(const struct explain *explain, const struct stored_certificate *stored,
                   const struct object_content *content)
{
    char path[PATH_SIZE];
    struct stat status;
    snprintf(path, sizeof(path), "objects/%s", stored->certificate.fingerprint);
    if (!look(explain, explain->objects, stored->certificate.fingerprint, path, &status))
        return 0;
    explain_folder(explain, path, &status, OBJECT_MODE);
    for (enum object_file file = 0; S_ISDIR(status.st_mode) && file < OBJECT_FILES; file++) {
        int error = explain_file(explain, stored, content, file);
        if (error)
            return error;
    }
    return 0;
}

static void explain_link(const struct explain *explain, const char *path, const char *fingerprint)
{
    char target[TARGET_SIZE], wanted[TARGET_SIZE];
    ssize_t length =
        readlinkat(explain->live, path + sizeof("live/") - 1, target, sizeof(target) - 1);
    int error = length < 0 ? errno : 0;
    target[length > 0 ? length : 0] = '\0';
    if (!fingerprint) {
        if (error != ENOENT)
            tell(explain, path, "should not be there");
        return;
    }
    snprintf(wanted, sizeof(wanted), LINKS_TARGET "%s", fingerprint);
    if (error)
        tell(explain, path, error == ENOENT ? "is missing" : "is no link");
    else if (strcmp(target, wanted) != 0)
        tell(explain, path, "points at %s, not at %s", target, wanted);
}

void explain_scope(const struct explain *explain, const char *scope)
{
    char path[PATH_SIZE];
    struct stat status;
    snprintf(path, sizeof(path), "live/%s", scope);
    if (look(explain, explain->live, scope, path, &status))
        explain_folder(explain, path, &status, LIVE_MODE);
}

void explain_slot(const struct explain *explain, const struct slot *slot)
{
    struct link_expected links[LINKS_MOST];
    char path[PATH_SIZE];
    const char *below = path + sizeof("live/") - 1;
    struct stat status;
    bool none = links_count(slot) == 0;
    int length = snprintf(path, sizeof(path), "live/%s/%s", slot->scope, slot->type);
    links_expected(slot, links);
    if (none && !fs_stat(explain->live, below, &status))
        return;
    if (!look(explain, explain->live, below, path, &status))
        return;
    if (!none)
        explain_folder(explain, path, &status, LIVE_MODE);
    for (size_t i = 0; S_ISDIR(status.st_mode) && i < LINKS_MOST; i++) {
        snprintf(path + length, sizeof(path) - (size_t)length, "/%s", links[i].name);
        explain_link(explain, path, links[i].fingerprint);
    }
}
