/* What validate, history, verify and deliver found, in a few lines. */
#include "report/past.h"
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
    if (document->rebuilt)
        text_add(text, "The index was made anew: ");
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
    if (document->rebuilt)
        text_add(text, "Apply all manifests next, in one run: what only the index knew comes again "
                       "with them.\n");
    return 0;
}

/* Why nothing was found. */
static void add_absence(struct text *text, const struct report_view *view)
{
    if (view->store) {
        text_add(text, " ");
        terminal_add_absence(text, view);
    }
    text_add(text, "\n");
}

/* What waited for a URL, and waits no more. */
static void add_dropped(struct text *text, const struct report_view *view,
                        const struct document *document)
{
    const struct waiting_row *rows = document->dropped.items;
    if (!document->dropped.count) {
        text_add(text, "No report waits for this URL.");
        add_absence(text, view);
        return;
    }
    add_plural(text, document->dropped.count, "report dropped, ", "reports dropped, ");
    text_printf(text, "%zu still waiting.\n", (size_t)document->queued);
    for (size_t i = 0; i < document->dropped.count; i++) {
        text_add(text, "  ");
        text_add_visible(text, rows[i].run);
        text_add(text, "  waited ");
        terminal_add_wait(text, &rows[i]);
    }
}

int report_write_delivery(const struct report_view *view, const struct document *document,
                          struct text *text)
{
    if (document->dropped_url) {
        add_dropped(text, view, document);
        return 0;
    }
    if (document->delivered == 0 && document->queued == 0) {
        text_add(text, "No report waits.");
        add_absence(text, view);
        return 0;
    }
    add_plural(text, (size_t)document->delivered, "report delivered, ", "reports delivered, ");
    text_printf(text, "%zu still waiting.\n", (size_t)document->queued);
    return 0;
}

static void add_actions(struct text *text, const json_t *run)
{
    const json_t *actions = json_object_get(run, "actions");
    for (size_t i = 0; i < json_array_size(actions); i++) {
        const json_t *action = json_array_get(actions, i);
        const char *scope = past_string(action, "scope");
        text_add(text, "    ");
        terminal_cell(text, past_string(action, "action"), ACTION_WIDTH);
        text_add_visible(text, past_string(action, "certificate"));
        if (*scope) {
            text_add(text, "  ");
            text_add_visible(text, scope);
            text_add(text, "/");
            text_add_visible(text, past_string(action, "type"));
        }
        text_add(text, "  ");
        text_add_visible(text, past_string(action, "outcome"));
        text_add(text, "\n");
    }
}

/* Why it failed. */
static void add_errors(struct text *text, const json_t *run, bool color)
{
    const json_t *problems = json_object_get(run, "problems");
    for (size_t i = 0; i < json_array_size(problems); i++) {
        const json_t *problem = json_array_get(problems, i);
        const char *certificate = past_string(problem, "certificate");
        if (strcmp(past_string(problem, "severity"), "error") != 0)
            continue;
        text_add(text, "    ");
        terminal_begin(text, STYLE_RED, color);
        terminal_cell(text, "error", ACTION_WIDTH);
        terminal_end(text, STYLE_RED, color);
        if (*certificate) {
            text_add_visible(text, certificate);
            text_add(text, "  ");
        }
        text_add_visible(text, past_string(problem, "message"));
        text_add(text, " [");
        text_add_visible(text, past_string(problem, "code"));
        text_add(text, "]\n");
    }
}

static void add_run(struct text *text, const struct report_view *view,
                    const struct past_run_row *row)
{
    json_t *run = NULL;
    text->failed |= past_read(row->json, &run) < 0;
    text_add_visible(text, run ? past_string(run, "started_at") : "-");
    text_add(text, "  ");
    text_add_visible(text, run ? past_string(run, "run_id") : "-");
    text_add(text, "  ");
    if (!row->finished)
        terminal_add(text, STYLE_YELLOW, view->color, "interrupted: ");
    past_add_summary(text, row, run);
    text_add(text, "\n");
    if (view->verbosity > 0) {
        add_actions(text, run);
        add_errors(text, run, view->color);
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
    if (document->runs.count == 0) {
        text_add(text, "No run has done anything yet.");
        add_absence(text, view);
    }
    return 0;
}
