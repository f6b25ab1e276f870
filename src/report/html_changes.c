/* What was done, action for action, each with its execution result, as the cmdlet's log has it. */
#include "report/html.h"
#include "report/words.h"

enum { OPEN_MOST = 8 }; /* actions of one kind that are listed without being asked for */

static const char *const classes[] = {
    [OUTCOME_DONE] = "changed", [OUTCOME_FAILED] = "failed", [OUTCOME_SKIPPED] = "neutral"};

static void add_summary(struct text *text, const struct action_row *action)
{
    text_add(text, "<summary><strong>");
    html_add_inline(text, action->certificate);
    text_add(text, "</strong> ");
    if (action->type)
        html_add_slot(text, action->scope, action->type);
    text_printf(text, " <span class=\"tag %s\">%s</span></summary>\n", classes[action->result],
                action->outcome);
}

static void add_action(struct text *text, const struct action_row *action)
{
    text_printf(text, "<details class=\"action\"%s>",
                action->result == OUTCOME_FAILED ? " open" : "");
    add_summary(text, action);
    text_add(text, "<dl>\n");
    html_add_term(text, "Action", action->action);
    html_add_term(text, "Execution result", action->outcome);
    html_add_term(text, "Reason", action->reason);
    html_add_term(text, "Subject", words_subject(action->subject));
    html_add_term(text, "Fingerprint", action->fingerprint);
    html_add_term(text, "Thumbprint", action->thumbprint);
    html_add_time_term(text, "Valid from", action->not_before);
    html_add_time_term(text, "Valid until", action->not_after);
    html_add_time_term(text, "Effective", action->effective_date);
    html_add_term(text, "Relieves", action->relieves);
    html_add_term(text, "Owner", action->owner);
    if (action->file) {
        text_add(text, "<dt>Manifest</dt><dd>");
        html_add_inline(text, action->file);
        text_printf(text, ", line %lld</dd>\n", (long long)action->line);
    }
    text_add(text, "</dl></details>\n");
}

static size_t count_of(const struct list *actions, enum action_kind kind, enum outcome outcome)
{
    const struct action_row *rows = actions->items;
    size_t count = 0;
    for (size_t i = 0; i < actions->count; i++)
        count += rows[i].kind == kind && rows[i].result == outcome;
    return count;
}

static void begin_group(struct text *text, enum action_kind kind, enum outcome outcome,
                        size_t count, bool open)
{
    static const char *const prefixes[] = {
        [OUTCOME_DONE] = "", [OUTCOME_FAILED] = "Not ", [OUTCOME_SKIPPED] = "Skipped: not "};
    text_printf(text,
                "<details class=\"fold group\"%s><summary><span class=\"tag %s\">%s%s</span> "
                "<span class=\"count\">%zu</span></summary>\n",
                open ? " open" : "", classes[outcome], prefixes[outcome], words_done(kind), count);
}

/* "Imported": those of one kind and outcome. Where something failed, the rest makes way. */
static void add_group(struct html_room *room, const struct document *document,
                      enum action_kind kind, enum outcome outcome)
{
    const struct list *actions = &document->actions;
    const struct action_row *rows = actions->items;
    size_t count = count_of(actions, kind, outcome);
    bool open =
        outcome == OUTCOME_FAILED || (count <= OPEN_MOST && words_count_errors(document) == 0);
    if (!count)
        return;
    begin_group(room->text, kind, outcome, count, open);
    for (size_t i = 0; i < actions->count; i++) {
        if (rows[i].kind != kind || rows[i].result != outcome || !html_begin_row(room))
            continue;
        add_action(room->text, &rows[i]);
        html_end_row(room);
    }
    html_end_fold(room->text);
}

void html_add_changes(struct text *text, const struct document *document, size_t limit)
{
    struct html_room room = {.text = text, .limit = limit};
    static const enum outcome order[] = {OUTCOME_FAILED, OUTCOME_DONE, OUTCOME_SKIPPED};
    html_begin_section(text, "changes", "What changed");
    if (!document->actions.count)
        text_add(text, "<p class=\"soft\">Nothing: no action was needed or possible.</p>\n");
    for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
        for (int kind = 0; kind < ACTION_KIND_COUNT; kind++)
            add_group(&room, document, (enum action_kind)kind, order[i]);
    html_end_room(&room, "action", "certroll history -o json");
    html_end_section(text);
}
