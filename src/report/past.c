#include "report/past.h"

#include "report/words.h"

#include <string.h>

const char *past_string(const json_t *object, const char *member)
{
    const char *string = json_string_value(json_object_get(object, member));
    return string ? string : "";
}

static size_t count_errors(const json_t *run)
{
    const json_t *problems = json_object_get(run, "problems");
    size_t errors = 0;
    for (size_t i = 0; i < json_array_size(problems); i++)
        errors += strcmp(past_string(json_array_get(problems, i), "severity"), "error") == 0;
    return errors;
}

/* Actions of one kind that a run planned and did not do. Of an interrupted one nobody knows. */
static json_int_t count_undone(const json_t *run, const char *kind)
{
    const json_t *actions = json_object_get(run, "actions");
    json_int_t count = 0;
    if (!json_is_string(json_object_get(run, "finished_at")))
        return 0;
    for (size_t i = 0; i < json_array_size(actions); i++) {
        const json_t *action = json_array_get(actions, i);
        count += strcmp(past_string(action, "action"), kind) == 0 &&
                 strcmp(past_string(action, "outcome"), "done") != 0;
    }
    return count;
}

void past_add_summary(struct text *text, const json_t *run)
{
    const json_t *summary = json_object_get(run, "summary");
    bool any = false;
    for (int kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        const char *name = action_name((enum action_kind)kind);
        json_int_t count =
            json_integer_value(json_object_get(summary, name)) - count_undone(run, name);
        if (count > 0)
            text_printf(text, "%s%lld %s", any ? ", " : "", (long long)count,
                        words_done((enum action_kind)kind));
        any = any || count > 0;
    }
    json_int_t failed = json_integer_value(json_object_get(summary, "failed"));
    if (failed > 0)
        text_printf(text, "%s%lld failed", any ? ", " : "", (long long)failed);
    else if (!any)
        text_add(text, "no change");
    size_t errors = count_errors(run);
    if (failed <= 0 && errors) {
        text_add(text, ", ");
        words_add_count(text, (int64_t)errors, "error");
    }
}

static bool has_done(const json_t *run)
{
    const json_t *actions = json_object_get(run, "actions");
    for (size_t i = 0; i < json_array_size(actions); i++)
        if (strcmp(past_string(json_array_get(actions, i), "outcome"), "done") == 0)
            return true;
    return false;
}

const char *past_result(const json_t *run)
{
    if (!run || count_errors(run) > 0 ||
        json_integer_value(json_object_get(json_object_get(run, "summary"), "failed")) > 0)
        return "failed";
    return has_done(run) ? "changed" : "ok";
}
