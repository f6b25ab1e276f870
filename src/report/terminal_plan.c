/* A plan or a run as a diff that can be scanned at a glance. */
#include "report/terminal.h"
#include "report/words.h"
#include "report/writers.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MOST = 40 };

static const struct {
    const char *marker;
    enum style style;
} marks[] = {
    [ACTION_IMPORT] = {"+", STYLE_GREEN},      [ACTION_REPAIR] = {"~", STYLE_YELLOW},
    [ACTION_ACCESS] = {"~", STYLE_YELLOW},     [ACTION_ASSIGN] = {"+", STYLE_GREEN},
    [ACTION_ACTIVATE] = {"*", STYLE_BLUE},     [ACTION_SCHEDULE] = {">", STYLE_CYAN},
    [ACTION_RESCHEDULE] = {"~", STYLE_YELLOW}, [ACTION_CANCEL] = {"-", STYLE_RED},
    [ACTION_RETIRE] = {"-", STYLE_RED},        [ACTION_REMOVE] = {"-", STYLE_RED},
};

/* What every line needs to know. */
struct layout {
    const struct report_view *view;
    instant now;         /* of a plan: the instant that it is for */
    bool full;           /* fingerprints */
    size_t action_width; /* of the column */
    size_t name_width;
};

static int compare_names(const char *left, const char *right)
{
    return strcmp(left ? left : "", right ? right : "");
}

/* By slot, those that touch none first; in the order of the plan within one. */
static int compare_slots(const void *left, const void *right)
{
    const struct action_row *a = *(const struct action_row *const *)left;
    const struct action_row *b = *(const struct action_row *const *)right;
    int order = compare_names(a->scope, b->scope);
    if (!order)
        order = compare_names(a->type, b->type);
    return order ? order : (a > b) - (a < b);
}

static bool same_slot(const struct action_row *a, const struct action_row *b)
{
    return compare_names(a->scope, b->scope) == 0 && compare_names(a->type, b->type) == 0;
}

static void add_heading(struct text *text, const struct action_row *action, bool color)
{
    terminal_begin(text, STYLE_BOLD, color);
    if (action->type) {
        text_add_visible(text, action->scope ? action->scope : "");
        text_add(text, "/");
        text_add_visible(text, action->type);
    } else {
        text_add(text, "Certificates in the store");
    }
    terminal_end(text, STYLE_BOLD, color);
    text_add(text, "\n");
}

static void add_dates(struct text *text, const struct layout *layout,
                      const struct action_row *action, const char **separator)
{
    char from[INSTANT_TEXT_SIZE], to[INSTANT_TEXT_SIZE], distance[WORDS_SIZE];
    if (action->not_after != INSTANT_NONE) {
        text_printf(text, "%svalid %s to %s", *separator, words_day(action->not_before, from),
                    words_day(action->not_after, to));
        *separator = ", ";
    }
    if (action->effective_date != INSTANT_NONE) {
        text_printf(text, "%seffective %s (%s)", *separator,
                    instant_format(action->effective_date, from),
                    words_distance(layout->now, action->effective_date, distance));
        *separator = ", ";
    }
}

/* The line below: validity, date, what it relieves, why. */
static void add_details(struct text *text, const struct layout *layout,
                        const struct action_row *action)
{
    const char *separator = "";
    struct text line CLEANUP(text_done) = TEXT_INIT;
    add_dates(&line, layout, action, &separator);
    if (action->relieves) {
        text_printf(&line, "%srelieves ", separator);
        terminal_fingerprint(&line, action->relieves, layout->full);
        separator = ", ";
    }
    if (action->reason) {
        text_add(&line, separator[0] ? "; " : "");
        text_add_visible(&line, action->reason);
    }
    text->failed |= text_failed(&line);
    if (!line.length)
        return;
    text_printf(text, "    %*s", (int)layout->action_width + 2, "");
    terminal_add(text, STYLE_DIM, layout->view->color, text_string(&line));
    text_add(text, "\n");
}

static void add_action(struct text *text, const struct layout *layout,
                       const struct action_row *action)
{
    bool color = layout->view->color, done = action->result == OUTCOME_DONE;
    enum style style = done ? marks[action->kind].style : STYLE_RED;
    text_add(text, "  ");
    terminal_begin(text, style, color);
    text_printf(text, "%s ", done ? marks[action->kind].marker : "!");
    char label[WORDS_SIZE];
    snprintf(label, sizeof(label), done ? "%s" : "%s %s", action->action, action->outcome);
    terminal_cell(text, label, layout->action_width);
    terminal_end(text, style, color);
    text_add(text, "  ");
    terminal_cell(text, action->certificate ? action->certificate : "-", layout->name_width);
    text_add(text, "  ");
    terminal_fingerprint(text, action->fingerprint, layout->full);
    if (action->subject) {
        text_add(text, "  ");
        text_add_visible(text, words_subject(action->subject));
    }
    text_add(text, "\n");
    add_details(text, layout, action);
}

static struct layout measure(struct text *text, const struct report_view *view,
                             const struct list *actions)
{
    const struct action_row *rows = actions->items;
    struct layout layout = {
        .view = view,
        .now = view->kind == REPORT_PLAN ? view->plan->at : view->now,
        .full = view->verbosity > 0,
    };
    for (size_t i = 0; i < actions->count; i++) {
        size_t width = strlen(rows[i].action);
        if (rows[i].result != OUTCOME_DONE)
            width += 1 + strlen(rows[i].outcome);
        if (width > layout.action_width)
            layout.action_width = width;
        width = terminal_width(text, rows[i].certificate);
        if (width > layout.name_width)
            layout.name_width = width < NAME_MOST ? width : NAME_MOST;
    }
    return layout;
}

static int add_actions(struct text *text, const struct report_view *view,
                       const struct list *actions)
{
    const struct action_row *rows = actions->items;
    const struct action_row **sorted AUTO_FREE = calloc(actions->count + 1, sizeof(*sorted));
    if (!sorted)
        return -1;
    for (size_t i = 0; i < actions->count; i++)
        sorted[i] = &rows[i];
    qsort(sorted, actions->count, sizeof(*sorted), compare_slots);
    struct layout layout = measure(text, view, actions);
    for (size_t i = 0; i < actions->count; i++) {
        if (i == 0 || !same_slot(sorted[i - 1], sorted[i])) {
            text_add(text, i ? "\n" : "");
            add_heading(text, sorted[i], view->color);
        }
        add_action(text, &layout, sorted[i]);
    }
    text_add(text, actions->count ? "\n" : "");
    return 0;
}

static bool has_action(const struct plan *plan, const struct manifest *manifest,
                       const struct entry *entry)
{
    for (size_t i = 0; i < plan->action_count; i++)
        if (plan->actions[i].owner && plan->actions[i].entry &&
            strcmp(plan->actions[i].owner, manifest->name) == 0 &&
            strcmp(plan->actions[i].entry, entry->name) == 0)
            return true;
    return false;
}

/* Is there an error of this entry, or can it go? Both are said as problems; of a library that is
 * missing, once for all. */
static bool is_not_as_wanted(const struct plan *plan, const struct manifest *manifest,
                             const struct entry *entry)
{
    const struct problems *problems = &plan->problems;
    if (problems_has(problems, PROBLEM_LIBRARY_MISSING))
        return true;
    for (size_t i = 0; i < problems->count; i++)
        if ((problem_severity(problems->items[i].code) == SEVERITY_ERROR ||
             problems->items[i].code == PROBLEM_SUPERSEDED) &&
            problems->items[i].certificate && problems->items[i].place.file &&
            strcmp(problems->items[i].place.file, manifest->path) == 0 &&
            strcmp(problems->items[i].certificate, entry->name) == 0)
            return true;
    return false;
}

/* Entries that are as their manifest says, for those who want to see everything. */
static void add_unchanged(struct text *text, const struct plan *plan)
{
    const struct manifests *manifests = plan->manifests;
    size_t start = text->length;
    for (size_t i = 0; i < manifests->count; i++) {
        const struct manifest *manifest = &manifests->items[i];
        for (size_t j = 0; !manifest->broken && j < manifest->entry_count; j++) {
            const struct entry *entry = &manifest->entries[j];
            if (has_action(plan, manifest, entry) || is_not_as_wanted(plan, manifest, entry))
                continue;
            if (text->length == start)
                text_add(text, "Unchanged\n");
            text_add(text, "  = ");
            text_add_visible(text, entry->name);
            text_add(text, "\n");
        }
    }
    text_add(text, text->length == start ? "" : "\n");
}

/* What was applied, for those who want to see everything. */
static void add_manifests(struct text *text, const struct list *manifests)
{
    const struct manifest_row *rows = manifests->items;
    for (size_t i = 0; i < manifests->count; i++) {
        text_add(text, i ? "  " : "Manifests\n  ");
        text_add_visible(text, rows[i].path);
        if (rows[i].name) {
            text_add(text, "  ");
            text_add_visible(text, rows[i].name);
        }
        if (rows[i].commit) {
            text_add(text, "  commit ");
            text_add_visible(text, rows[i].commit);
        }
        text_add(text, "\n");
    }
    text_add(text, manifests->count ? "\n" : "");
}

static void add_sent(struct text *text, const struct sent_row *row)
{
    text_printf(text, "Report %s ", words_sent(row->result));
    text_add_visible(text, row->url);
    if (row->error) {
        text_add(text, ": ");
        text_add_visible(text, row->error);
    }
    text_add(text, row->result == DELIVERY_QUEUED ? "; it goes out with a later run\n" : "\n");
}

static void add_delivery(struct text *text, const struct delivery_row *report)
{
    const struct sent_row *rows = report->deliveries.items;
    if (report->file) {
        text_add(text, "Report: ");
        text_add_visible(text, report->file);
        text_add(text, "\n");
    }
    for (size_t i = 0; i < report->deliveries.count; i++)
        add_sent(text, &rows[i]);
}

int report_write_plan(const struct report_view *view, const struct document *document,
                      struct text *text)
{
    const struct plan *plan = view->kind == REPORT_RUN ? view->run->plan : view->plan;
    if (view->verbosity >= 0 && add_actions(text, view, &document->actions) < 0)
        return -1;
    if (view->verbosity > 0)
        add_unchanged(text, plan);
    if (view->verbosity > 0)
        add_manifests(text, &document->manifests);
    terminal_begin(text, STYLE_BOLD, view->color);
    words_add_summary(text, document,
                      view->verbosity < 0 ? WORDS_NO_WARNINGS : WORDS_SHOWN_WARNINGS);
    text_add(text, ".");
    terminal_end(text, STYLE_BOLD, view->color);
    text_add(text, "\n");
    if (view->kind == REPORT_RUN && view->verbosity >= 0)
        add_delivery(text, document->report);
    return 0;
}
