/* What validate, history, verify and deliver found, in a few lines. */
#include "report/terminal.h"
#include "report/words.h"
#include "report/writers.h"

#include <jansson.h>
#include <string.h>

enum { ACTION_WIDTH = 11 };

static void add_plural(struct text *text, size_t count, const char *one, const char *many)
{
    text_printf(text, "%zu %s", count, count == 1 ? one : many);
}

int report_write_validation(const struct report_view *view, const struct document *document,
                            struct text *text)
{
    const struct manifest_row *manifests = document->manifests.items;
    size_t certificates = 0, errors = words_count_errors(document);
    for (size_t i = 0; i < document->manifests.count; i++) {
        certificates += (size_t)manifests[i].certificates;
        if (view->verbosity <= 0)
            continue;
        text_add_visible(text, manifests[i].path);
        text_add(text, ": ");
        words_add_count(text, manifests[i].certificates, "certificate");
        text_add(text, "\n");
    }
    add_plural(text, document->manifests.count, "manifest, ", "manifests, ");
    add_plural(text, certificates, "certificate: ", "certificates: ");
    if (errors)
        add_plural(text, errors, "error", "errors");
    else
        terminal_add(text, STYLE_GREEN, view->color, "valid");
    text_add(text, ".\n");
    return 0;
}

int report_write_verification(const struct report_view *view, const struct document *document,
                              struct text *text)
{
    size_t differences = words_count_errors(document);
    add_plural(text, (size_t)document->objects, "object", "objects");
    if (document->unreferenced)
        text_printf(text, " (%zu only for the history's sake)", (size_t)document->unreferenced);
    text_add(text, ", ");
    add_plural(text, (size_t)document->links, "link: ", "links: ");
    if (differences)
        add_plural(text, differences, "difference", "differences");
    else
        terminal_add(text, STYLE_GREEN, view->color, "as the index says");
    text_add(text, ".\n");
    return 0;
}

int report_write_delivery(const struct report_view *view, const struct document *document,
                          struct text *text)
{
    (void)view;
    if (document->delivered == 0 && document->queued == 0) {
        text_add(text, "No report waits.\n");
        return 0;
    }
    add_plural(text, (size_t)document->delivered, "report delivered, ", "reports delivered, ");
    text_printf(text, "%zu still waiting.\n", (size_t)document->queued);
    return 0;
}

static const char *string_of(const json_t *object, const char *member)
{
    const char *string = json_string_value(json_object_get(object, member));
    return string ? string : "";
}

static size_t count_errors(const json_t *run)
{
    const json_t *problems = json_object_get(run, "problems");
    size_t errors = 0;
    for (size_t i = 0; i < json_array_size(problems); i++)
        errors += strcmp(string_of(json_array_get(problems, i), "severity"), "error") == 0;
    return errors;
}

static void add_summary(struct text *text, const json_t *run)
{
    const json_t *summary = json_object_get(run, "summary");
    bool any = false;
    for (int kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        const char *name = action_name((enum action_kind)kind);
        json_int_t count = json_integer_value(json_object_get(summary, name));
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
        add_plural(text, errors, "error", "errors");
    }
}

static void add_actions(struct text *text, const json_t *run)
{
    const json_t *actions = json_object_get(run, "actions");
    for (size_t i = 0; i < json_array_size(actions); i++) {
        const json_t *action = json_array_get(actions, i);
        const char *scope = string_of(action, "scope");
        text_add(text, "    ");
        terminal_cell(text, string_of(action, "action"), ACTION_WIDTH);
        text_add_visible(text, string_of(action, "certificate"));
        if (*scope) {
            text_add(text, "  ");
            text_add_visible(text, scope);
            text_add(text, "/");
            text_add_visible(text, string_of(action, "type"));
        }
        text_add(text, "  ");
        text_add_visible(text, string_of(action, "outcome"));
        text_add(text, "\n");
    }
}

static void add_run(struct text *text, const struct report_view *view,
                    const struct past_run_row *row)
{
    json_t *run = json_loads(row->json ? row->json : "", 0, NULL);
    text_add_visible(text, string_of(run, "started_at"));
    text_add(text, "  ");
    text_add_visible(text, string_of(run, "run_id"));
    text_add(text, "  ");
    if (!row->finished)
        terminal_add(text, STYLE_YELLOW, view->color, "interrupted: ");
    add_summary(text, run);
    text_add(text, "\n");
    if (view->verbosity > 0) {
        add_actions(text, run);
        text_add(text, "    ");
        terminal_cell(text, "report", ACTION_WIDTH);
        text_add_visible(text, row->report ? row->report : "none");
        text_add(text, "\n");
    }
    json_decref(run);
}

int report_write_history(const struct report_view *view, const struct document *document,
                         struct text *text)
{
    const struct past_run_row *runs = document->runs.items;
    for (size_t i = 0; i < document->runs.count; i++)
        add_run(text, view, &runs[i]);
    if (document->runs.count == 0)
        text_add(text, "No run has done anything yet.\n");
    return 0;
}
