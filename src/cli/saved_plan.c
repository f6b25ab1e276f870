#include "cli/saved_plan.h"

#include "base/file.h"
#include "base/json_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>

enum { SAVED_PLAN_MOST = 256 * 1024 * 1024 };

struct saved_plan {
    json_t *json;
    const char **manifests;
    size_t manifest_count;
};

static const struct {
    const char *name;
    size_t offset;
} flags[] = {
    {"prune", offsetof(struct plan_options, prune)},
    {"allow_empty", offsetof(struct plan_options, allow_empty)},
    {"take_over", offsetof(struct plan_options, take_over)},
    {"atomic", offsetof(struct plan_options, atomic)},
};

enum { FLAG_COUNT = sizeof(flags) / sizeof(*flags) };

static json_t *options_json_object(const struct plan_options *options)
{
    json_t *object = json_object();
    for (size_t i = 0; i < FLAG_COUNT; i++)
        json_object_set_new(object, flags[i].name,
                            json_boolean(*(const bool *)((const char *)options + flags[i].offset)));
    json_object_set_new(object, "horizon", json_integer(options->horizon));
    return object;
}

/* By owner and entry: what was read for it. */
static json_t *sources_json(const struct preparation *preparation)
{
    json_t *sources = json_object();
    struct source_result **results = gather_results(preparation->gathering);
    for (size_t m = 0; m < preparation->manifests.count; m++) {
        const struct manifest *manifest = &preparation->manifests.items[m];
        json_t *entries = json_object();
        for (size_t e = 0; e < manifest->entry_count && !manifest->broken; e++)
            if (results[m][e].record && results[m][e].record->digest[0])
                json_object_set_new_nocheck(entries, manifest->entries[e].name,
                                            json_string(results[m][e].record->digest));
        json_object_set_new_nocheck(sources, manifest->path, entries);
    }
    return sources;
}

/* The plan as its JSON writer has it; NULL when memory is out. */
static json_t *plan_json(const struct preparation *preparation, const struct session *session)
{
    struct text text = TEXT_INIT;
    struct report_view view = session_view(session, REPORT_PLAN);
    view.plan = &preparation->plan;
    json_t *json = NULL;
    if (report_write(&view, REPORT_JSON, &text) == 0)
        json = json_loadb(text.bytes, text.length, 0, NULL);
    text_done(&text);
    return json;
}

/* People read it before they approve: it steers their terminal no more than what is printed. */
static int write_json(const char *path, const json_t *json)
{
    char buffer[128];
    struct text text CLEANUP(text_done) = TEXT_INIT;
    char *dump AUTO_FREE = json_dumps(json, JSON_INDENT(2));
    if (dump)
        text_add_json(&text, dump, false);
    bool made = dump && !json_memory_failed() && !text_failed(&text);
    int error = made ? session_write(path, text_string(&text), text.length) : -ENOMEM;
    if (error)
        session_say("%s: %s", path, file_error(error, buffer, sizeof(buffer)));
    return error ? -1 : 0;
}

int saved_plan_write(const char *path, const struct preparation *preparation,
                     const struct session *session)
{
    json_memory_begin();
    json_t *json = plan_json(preparation, session);
    if (!json) {
        session_say("out of memory");
        return -1;
    }
    json_object_set_new(json, "options", options_json_object(&preparation->options));
    json_object_set_new(json, "sources", sources_json(preparation));
    int result = write_json(path, json);
    json_decref(json);
    return result;
}

static int refuse_file(struct session *session, const char *path, const char *why)
{
    problems_add(&session->problems, PROBLEM_UNREADABLE_PLAN, NOWHERE, "%s: %s", path, why);
    return -1;
}

static json_t *load_json(const char *path, struct session *session)
{
    struct secret *file AUTO_SECRET = NULL;
    char buffer[128];
    int error = file_read(AT_FDCWD, path, SAVED_PLAN_MOST, &file);
    if (error) {
        refuse_file(session, path, file_error(error, buffer, sizeof(buffer)));
        return NULL;
    }
    json_memory_begin();
    json_t *json = json_loadb((const char *)secret_peek(file), secret_size(file),
                              JSON_REJECT_DUPLICATES, NULL);
    if (json_memory_failed()) {
        json_decref(json);
        session_out_of_memory(session);
        return NULL;
    }
    const char *kind = json_string_value(json_object_get(json, "kind"));
    const char *version = json_string_value(json_object_get(json, "api_version"));
    if (!kind || strcmp(kind, "Plan") != 0 || !version || strcmp(version, "certroll/v1") != 0 ||
        !json_is_object(json_object_get(json, "options"))) {
        refuse_file(session, path, "it is not a plan that certroll plan --out saved");
        json_decref(json);
        return NULL;
    }
    return json;
}

int saved_plan_read(const char *path, struct session *session, struct saved_plan **ret)
{
    json_t *json = load_json(path, session);
    if (!json)
        return -1;
    const json_t *manifests = json_object_get(json, "manifests");
    size_t count = json_array_size(manifests);
    struct saved_plan *saved = arena_alloc(session->arena, 1, sizeof(*saved));
    const char **paths = arena_alloc(session->arena, count, sizeof(*paths));
    if (!saved || !paths || count == 0) {
        json_decref(json);
        return count ? session_out_of_memory(session)
                     : refuse_file(session, path, "it names no manifest");
    }
    for (size_t i = 0; i < count; i++) {
        const char *manifest =
            json_string_value(json_object_get(json_array_get(manifests, i), "path"));
        paths[i] = manifest ? manifest : "";
    }
    *saved = (struct saved_plan){json, paths, count};
    *ret = saved;
    return 0;
}

void saved_plan_free(struct saved_plan *saved)
{
    if (saved)
        json_decref(saved->json);
}

const char *const *saved_plan_manifests(const struct saved_plan *saved, size_t *ret_count)
{
    *ret_count = saved->manifest_count;
    return saved->manifests;
}

struct plan_options saved_plan_options(const struct saved_plan *saved)
{
    const json_t *object = json_object_get(saved->json, "options");
    struct plan_options options = {.horizon =
                                       (int)json_integer_value(json_object_get(object, "horizon"))};
    for (size_t i = 0; i < FLAG_COUNT; i++)
        *(bool *)((char *)&options + flags[i].offset) =
            json_is_true(json_object_get(object, flags[i].name));
    return options;
}

/* The same bytes under the same paths; another commit may hold them. */
static bool same_manifests(const json_t *left, const json_t *right)
{
    if (json_array_size(left) != json_array_size(right))
        return false;
    for (size_t i = 0; i < json_array_size(left); i++) {
        const json_t *one = json_array_get(left, i), *other = json_array_get(right, i);
        if (!json_equal(json_object_get(one, "path"), json_object_get(other, "path")) ||
            !json_equal(json_object_get(one, "sha256"), json_object_get(other, "sha256")))
            return false;
    }
    return true;
}

/* Two instants and a generation may differ where nothing else does; each has its own words. */
static const char *difference(const json_t *saved, const json_t *now)
{
    static const struct {
        const char *member;
        const char *says;
    } members[] = {
        {"generation", "the store has changed since the plan was made"},
        {"sources", "a source has changed since the plan was made"},
        {"actions", "a due date has passed since the plan was made, or it can no longer be done"},
    };
    if (!same_manifests(json_object_get(saved, "manifests"), json_object_get(now, "manifests")))
        return "a manifest has changed since the plan was made";
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
        if (!json_equal(json_object_get(saved, members[i].member),
                        json_object_get(now, members[i].member)))
            return members[i].says;
    return NULL;
}

int saved_plan_check(const struct saved_plan *saved, const struct preparation *preparation,
                     struct session *session)
{
    json_memory_begin();
    json_t *now = plan_json(preparation, session);
    json_object_set_new(now, "sources", sources_json(preparation));
    const char *why = difference(saved->json, now);
    json_decref(now);
    if (!now || json_memory_failed())
        return session_out_of_memory(session);
    if (!why)
        return 0;
    /* What memory was out for is in the plan, and is why it is another one. */
    if (problems_has(&preparation->plan.problems, PROBLEM_OUT_OF_MEMORY))
        return session_out_of_memory(session);
    problems_add(&session->problems, PROBLEM_STALE_PLAN, NOWHERE, "%s: %s", session->options->plan,
                 why);
    return -1;
}
