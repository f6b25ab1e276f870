/* The cmdlet: a manifest of one entry, through the code that all manifests take. */
#include "base/json_memory.h"
#include "cli/command.h"
#include "cli/execute.h"
#include "manifest/load.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void set_text(json_t *object, const char *member, const char *text)
{
    if (text)
        json_object_set_new(object, member, json_string(text));
}

static void set_flag(json_t *object, const char *member, bool flag)
{
    if (flag)
        json_object_set_new(object, member, json_true());
}

static json_t *make_entry(const struct options *options)
{
    json_t *entry = json_object();
    set_text(entry, "path", options->path);
    set_text(entry, "key_path", options->key_path);
    set_text(entry, "chain_path", options->chain_path);
    set_text(entry, "identity", options->identity);
    set_text(entry, "effective_date", options->effective_date);
    set_flag(entry, "roll", options->roll);
    set_flag(entry, "private_key_exportable", options->private_key_exportable);
    set_flag(entry, "allow_expired", options->allow_expired);
    set_flag(entry, "force", options->force);
    if (options->password_file)
        json_object_set_new(entry, "password", json_pack("{s:s}", "file", options->password_file));
    if (options->type_count)
        json_object_set_new(entry, "type", json_array());
    for (size_t i = 0; i < options->type_count; i++)
        json_array_append_new(json_object_get(entry, "type"), json_string(options->types[i]));
    return entry;
}

/* JSON is YAML. 0, with NULL where a value is no UTF-8; -1 when memory is out. */
static int make_manifest(const struct options *options, struct secret **ret)
{
    json_memory_begin();
    json_t *manifest = json_pack("{s:i,s:s,s:[o]}", "version", 1, "name", MANIFEST_IMPORT,
                                 "certificates", make_entry(options));
    char *text = manifest ? json_dumps(manifest, 0) : NULL;
    struct secret *file = text ? secret_copy(text, strlen(text)) : NULL;
    bool failed = json_memory_failed() || (text && !file);
    free(text);
    json_decref(manifest);
    if (failed) {
        secret_free(file);
        return -1;
    }
    *ret = file;
    return 0;
}

/* No manifest lists it: its problems have no place in a file. */
static void forget_places(struct preparation *preparation)
{
    for (size_t i = 0; i < preparation->loading.count; i++) {
        preparation->loading.items[i].place = NOWHERE;
        preparation->loading.items[i].excerpt = NULL;
    }
    for (size_t e = 0; e < preparation->manifests.items[0].entry_count; e++) {
        struct entry *entry = &preparation->manifests.items[0].entries[e];
        entry->place = entry->type_place = entry->password.place = NOWHERE;
    }
}

int command_import(struct session *session)
{
    const struct options *options = session->options;
    struct preparation preparation;
    if (!options->path)
        return session_usage("import", "import needs --path");
    struct secret *file;
    if (make_manifest(options, &file) != 0) {
        session_say("out of memory");
        return EXIT_FAILED;
    }
    if (!file)
        return session_usage("import", "an argument is not UTF-8");
    prepare_init(&preparation, session);
    preparation.options.partial = true;
    int code = EXIT_FAILED;
    if (manifests_load_text(MANIFEST_IMPORT, file, session->arena, &preparation.loading,
                            &preparation.manifests) == 0) {
        forget_places(&preparation);
        code = execute(session, &preparation, NULL);
    } else {
        session_say("out of memory");
    }
    session_say_problems(session, &session->problems);
    prepare_done(&preparation);
    return code;
}
