#include "report/past.h"

#include "base/json_memory.h"
#include "report/words.h"

#include <string.h>

int past_read(const char *json, json_t **ret)
{
    json_memory_begin();
    json_t *run = json_loads(json ? json : "", 0, NULL);
    bool failed = json_memory_failed();
    if (failed || !json_is_object(run)) {
        json_decref(run);
        run = NULL;
    }
    if (failed)
        return -1;
    *ret = run;
    return 0;
}

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

/* Actions of this kind, or of any (NULL), with this outcome, or any. */
static size_t count_actions(const json_t *run, const char *kind, const char *outcome)
{
    const json_t *actions = json_object_get(run, "actions");
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(actions); i++) {
        const json_t *action = json_array_get(actions, i);
        count += (!kind || strcmp(past_string(action, "action"), kind) == 0) &&
                 (!outcome || strcmp(past_string(action, "outcome"), outcome) == 0);
    }
    return count;
}

bool past_changed(const json_t *run)
{
    return count_actions(run, NULL, "done") > 0;
}

/* What stands in a summary with commas between. */
struct enumeration {
    struct text *text;
    bool any;
};

static void add_count(struct enumeration *to, size_t count, const char *words)
{
    if (!count)
        return;
    text_printf(to->text, "%s%zu %s", to->any ? ", " : "", count, words);
    to->any = true;
}

static void add_done(struct enumeration *to, const json_t *run)
{
    for (int kind = 0; kind < ACTION_KIND_COUNT; kind++)
        add_count(to, count_actions(run, action_name((enum action_kind)kind), "done"),
                  words_done((enum action_kind)kind));
    add_count(to, count_actions(run, NULL, "skipped"), "not done");
}

/* How much of it was done, an interrupted run could not say any more. */
static void add_planned(struct enumeration *to, const json_t *run)
{
    text_add(to->text, "it had ");
    for (int kind = 0; kind < ACTION_KIND_COUNT; kind++)
        add_count(to, count_actions(run, action_name((enum action_kind)kind), NULL),
                  words_planned((enum action_kind)kind));
    if (!to->any)
        text_add(to->text, "nothing to do");
    to->any = true;
}

void past_add_summary(struct text *text, const struct past_run_row *row, const json_t *run)
{
    struct enumeration to = {text, false};
    const json_t *summary = json_object_get(run, "summary");
    json_int_t failed = json_integer_value(json_object_get(summary, "failed"));
    if (!run) {
        text_add(text, "what it did cannot be read");
        return;
    }
    if (row->finished)
        add_done(&to, run);
    else
        add_planned(&to, run);
    if (failed > 0)
        add_count(&to, (size_t)failed, "failed");
    else if (!to.any)
        text_add(text, "no change");
    size_t errors = count_errors(run);
    if (failed <= 0 && errors) {
        text_add(text, ", ");
        words_add_count(text, (int64_t)errors, "error");
    }
}

const char *past_result(const json_t *run)
{
    if (count_errors(run) > 0 ||
        json_integer_value(json_object_get(json_object_get(run, "summary"), "failed")) > 0)
        return "failed";
    return past_changed(run) ? "changed" : "ok";
}
