#include "manifest/load.h"

#include "base/file.h"
#include "manifest/excerpt.h"
#include "manifest/rules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MOST = 10000 };

/* All files of a run: their bytes are kept, but not their trees, until every problem has its
 * excerpt. */
struct loader {
    struct arena *arena;
    struct problems found; /* in this run, before it is sorted and freed of repetitions */
    const char **paths;
    size_t path_count;
    size_t path_capacity;
    struct document *documents;
    struct manifests *manifests;
};

static int add_path(struct loader *loader, const char *path)
{
    if (!path || arena_grow(loader->arena, &loader->paths, loader->path_count,
                            &loader->path_capacity, sizeof(char *)) != 0)
        return -1;
    loader->paths[loader->path_count++] = path;
    return 0;
}

static bool is_manifest(const char *name)
{
    const char *dot = strrchr(name, '.');
    return name[0] != '.' && dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static int is_listed(const struct dirent *item)
{
    return is_manifest(item->d_name);
}

static int by_bytes(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static int add_items(struct loader *loader, const char *folder, struct dirent **items, int count)
{
    size_t length = strlen(folder);
    const char *slash = length && folder[length - 1] == '/' ? "" : "/";
    if (count == 0)
        problems_add(&loader->found, PROBLEM_UNREADABLE_MANIFEST, (struct place){.file = folder},
                     "the folder has no *.yaml and no *.yml");
    if (count > FILES_MOST) {
        problems_add(&loader->found, PROBLEM_LIMIT_EXCEEDED, (struct place){.file = folder},
                     "more than %d manifests in one folder", FILES_MOST);
        return 0;
    }
    for (int i = 0; i < count; i++)
        if (add_path(loader,
                     arena_printf(loader->arena, "%s%s%s", folder, slash, items[i]->d_name)) != 0)
            return -1;
    return 0;
}

static int add_folder(struct loader *loader, const char *folder)
{
    struct dirent **items;
    char buffer[128];
    int count = scandir(folder, &items, is_listed, by_bytes);
    if (count < 0 && errno == ENOMEM)
        return -1;
    if (count < 0) {
        problems_add(&loader->found, PROBLEM_UNREADABLE_MANIFEST, (struct place){.file = folder},
                     "the folder cannot be read: %s", file_error(-errno, buffer, sizeof(buffer)));
        return 0;
    }
    int result = add_items(loader, folder, items, count);
    for (int i = 0; i < count; i++)
        free(items[i]);
    free(items);
    return result;
}

static int collect_paths(struct loader *loader, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        const char *path = arena_strdup(loader->arena, paths[i]);
        if (!path)
            return -1;
        bool folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
        if ((folder ? add_folder(loader, path) : add_path(loader, path)) != 0)
            return -1;
    }
    return 0;
}

static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? arena_strndup(arena, path, (size_t)(slash - path) + 1) : "";
}

/* From what was read to plain data, which owns the passwords then. */
static void build(const struct outline *outline, struct manifest *ret)
{
    ret->default_password = outline->defaults.entry.password.text;
    ret->entries = outline->entries;
    ret->entry_count = outline->entry_count;
    ret->name = outline->name;
    ret->custom_types = outline->custom_types.words;
    ret->custom_type_count = outline->custom_types.count;
    ret->report = outline->report;
}

static int decode(struct loader *loader, struct document *document, struct manifest *ret)
{
    struct problems own;
    struct reader reader = {.arena = loader->arena, .document = document, .problems = &own};
    problems_init(&own, loader->arena);
    reader.folder = folder_of(loader->arena, document->path);
    if (!reader.folder || yaml_parse(document, fields_visibility, &own) != 0)
        return -1;
    fields_read_manifest(&reader, document->root);
    if (!document->broken)
        rules_check_manifest(&reader);
    build(&reader.outline, ret);
    const struct node *name = node_value(document->root, "name");
    if (name)
        ret->place = name->place;
    ret->broken = own.errors > 0;
    problems_append(&loader->found, &own);
    return reader.failed ? -1 : 0;
}

/* Takes over file. */
static int load_bytes(struct loader *loader, struct document *document, struct secret *file,
                      struct manifest *ret)
{
    if (document_init(document, ret->path, file) != 0)
        return -1;
    digest_bytes(secret_peek(file), secret_size(file), ret->sha256);
    int result = decode(loader, document, ret);
    document_forget(document);
    return result;
}

/* Once, at the first password that stands in the file itself. */
static void warn_exposed(struct loader *loader, const struct manifest *manifest, mode_t mode)
{
    const struct place *first = NULL;
    for (size_t i = 0; i < manifest->entry_count; i++) {
        const struct password_source *password = &manifest->entries[i].password;
        if (password->kind == PASSWORD_TEXT && (!first || password->place.line < first->line))
            first = &password->place;
    }
    if (first)
        problems_add(&loader->found, PROBLEM_PASSWORD_EXPOSED, *first,
                     "others may read the password: the manifest has the mode %04o; it is better "
                     "kept in a file of its own, or a credential",
                     (unsigned)(mode & 07777));
}

static int load_one(struct loader *loader, const char *path)
{
    struct document *document = &loader->documents[loader->manifests->count];
    struct manifest *manifest = &loader->manifests->items[loader->manifests->count++];
    struct secret *file = NULL;
    char buffer[128];
    manifest->path = path;
    manifest->place = (struct place){path, 1, 1};
    mode_t mode;
    int error = file_read_mode(AT_FDCWD, path, YAML_BYTES_MOST, &mode, &file);
    if (error == -ENOMEM)
        return -1;
    if (error) {
        manifest->broken = true;
        problems_add(&loader->found,
                     error == -EFBIG ? PROBLEM_LIMIT_EXCEEDED : PROBLEM_UNREADABLE_MANIFEST,
                     (struct place){.file = path}, "the manifest cannot be read: %s",
                     file_error(error, buffer, sizeof(buffer)));
        return 0;
    }
    if (load_bytes(loader, document, file, manifest) != 0)
        return -1;
    if (mode & S_IROTH)
        warn_exposed(loader, manifest, mode);
    return 0;
}

static int load_all(struct loader *loader)
{
    size_t count = loader->path_count;
    loader->manifests->items = arena_alloc(loader->arena, count, sizeof(struct manifest));
    loader->documents = arena_alloc(loader->arena, count, sizeof(struct document));
    if (!loader->manifests->items || !loader->documents)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (load_one(loader, loader->paths[i]) != 0)
            return -1;
    struct problems across;
    problems_init(&across, loader->arena);
    int result = rules_check_manifests(loader->manifests, &across);
    problems_append(&loader->found, &across);
    return result;
}

/* The document that a place lies in; problems come sorted by file, so it is often the last one. */
static struct document *document_of(const struct loader *loader, struct place place,
                                    struct document *last)
{
    if (last && last->path == place.file)
        return last;
    for (size_t i = 0; place.file && i < loader->manifests->count; i++)
        if (loader->documents[i].path == place.file)
            return &loader->documents[i];
    return NULL;
}

/* Also where an alias leads nowhere: that nothing stands there has been said. */
static bool repeats(const struct problem *a, const struct problem *b)
{
    return a->place.file == b->place.file && a->place.line == b->place.line &&
           a->place.column == b->place.column &&
           (a->code == PROBLEM_YAML_SYNTAX ||
            (a->code == b->code && strcmp(a->message, b->message) == 0));
}

/* What stands in an anchor is read once for each alias; it is told once. */
static void hand_over(struct loader *loader, struct problems *problems)
{
    struct problems *found = &loader->found;
    struct document *document = NULL;
    size_t kept = 0;
    problems_sort(found);
    for (size_t i = 0; i < found->count; i++) {
        if (kept > 0 && found->items[i].place.line > 0 &&
            repeats(&found->items[kept - 1], &found->items[i]))
            continue;
        document = document_of(loader, found->items[i].place, document);
        if (document)
            found->items[i].excerpt = excerpt_make(document, found->items[i].place, loader->arena);
        found->items[kept++] = found->items[i];
    }
    found->count = kept;
    problems_append(problems, found);
}

/* What was read becomes the result; the files' bytes are wiped. */
static int finish(struct loader *loader, int result, struct problems *problems,
                  struct manifests *ret)
{
    if (result == 0)
        hand_over(loader, problems);
    for (size_t i = 0; loader->documents && i < loader->manifests->count; i++)
        document_done(&loader->documents[i]);
    if (result != 0 || loader->found.out_of_memory) {
        manifests_done(loader->manifests);
        return -1;
    }
    *ret = *loader->manifests;
    return 0;
}

int manifests_load(const char *const *paths, size_t count, struct arena *arena,
                   struct problems *problems, struct manifests *ret)
{
    struct manifests manifests = {0};
    struct loader loader = {.arena = arena, .manifests = &manifests};
    problems_init(&loader.found, arena);
    int result = collect_paths(&loader, paths, count);
    if (result == 0)
        result = load_all(&loader);
    return finish(&loader, result, problems, ret);
}

int manifests_load_text(const char *path, struct secret *text, struct arena *arena,
                        struct problems *problems, struct manifests *ret)
{
    struct manifests manifests = {0};
    struct loader loader = {.arena = arena, .manifests = &manifests};
    problems_init(&loader.found, arena);
    manifests.items = arena_alloc(arena, 1, sizeof(*manifests.items));
    loader.documents = arena_alloc(arena, 1, sizeof(*loader.documents));
    if (!manifests.items || !loader.documents) {
        secret_free(text);
        return -1;
    }
    manifests.count = 1;
    manifests.items[0].path = path;
    manifests.items[0].place = (struct place){path, 1, 1};
    return finish(&loader, load_bytes(&loader, loader.documents, text, manifests.items), problems,
                  ret);
}

static void manifest_done(struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->entry_count; i++) {
        struct password_source *password = &manifest->entries[i].password;
        if (password->text != manifest->default_password)
            secret_free(password->text);
        password->text = NULL;
    }
    secret_free(manifest->default_password);
    manifest->default_password = NULL;
}

void manifests_done(struct manifests *manifests)
{
    for (size_t i = 0; i < manifests->count; i++)
        manifest_done(&manifests->items[i]);
}
