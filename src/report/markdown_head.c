/* Where a comment begins, and the facts that it ends with. */
#include "base/cleanup.h"
#include "report/markdown.h"
#include "report/words.h"
#include "report/writers.h"

#include <string.h>

enum {
    DELIVERIES_MOST = 16,
    DELIVERIES_ROOM = 2600, /* bytes; for one at least, whatever it holds */
};

static void add_changes(const struct document *document, struct text *text)
{
    const struct action_row *actions = document->actions.items;
    const struct summary_row *summary = document->summary;
    int64_t done = 0, errors = (int64_t)words_count_errors(document);
    for (size_t i = 0; i < document->actions.count; i++)
        done += actions[i].result == OUTCOME_DONE;
    if (done)
        words_add_count(text, done, "change");
    else if (!document->actions.count && !errors && !summary->failed)
        text_add(text, "nothing to do");
    else
        text_add(text, document->run_id ? "nothing done" : "no change");
    if (done && document->blocked)
        text_add(text, " held back");
    if (summary->failed)
        text_printf(text, ", %lld failed", (long long)summary->failed);
    else if (errors) {
        text_add(text, ", ");
        words_add_count(text, errors, "error");
    }
}

static void add_slots(const struct report_view *view, const struct document *document,
                      struct text *text)
{
    const struct slot_row *slots = document->slots.items;
    size_t expired = 0, soon = 0, empty = 0;
    for (size_t i = 0; i < document->slots.count; i++) {
        const struct certificate_row *current = slots[i].current;
        empty += !current;
        if (!current || current->not_after == INSTANT_NONE)
            continue;
        expired += current->not_after < view->now;
        soon += current->not_after >= view->now && current->not_after - view->now < WORDS_HORIZON;
    }
    if (!document->slots.count && !document->unassigned.count) {
        text_add(text, "the store is empty");
        return;
    }
    words_add_count(text, (int64_t)document->slots.count, "slot");
    if (expired)
        text_printf(text, ", %zu expired", expired);
    if (empty)
        text_printf(text, ", %zu empty", empty);
    if (soon)
        text_printf(text, ", %zu to expire within 30 days", soon);
}

/* The one line that the text has, without its full stop. */
static int add_line(int (*write)(const struct report_view *, const struct document *,
                                 struct text *),
                    const struct document *document, struct text *text)
{
    const struct report_view plain = {0};
    struct text line CLEANUP(text_done) = TEXT_INIT;
    if (write(&plain, document, &line) < 0 || text_failed(&line))
        return -1;
    text_add_bytes(text, text_string(&line), strcspn(text_string(&line), ".\n"));
    return 0;
}

static int add_verdict(const struct report_view *view, const struct document *document,
                       struct text *text)
{
    if (view->failed) {
        words_add_count(text, (int64_t)words_count_errors(document), "error");
        return 0;
    }
    switch (view->kind) {
    case REPORT_PLAN:
    case REPORT_RUN:
        add_changes(document, text);
        break;
    case REPORT_STATUS:
        add_slots(view, document, text);
        break;
    case REPORT_VALIDATION:
        return add_line(report_write_validation, document, text);
    case REPORT_HISTORY:
        if (document->runs.count)
            words_add_count(text, (int64_t)document->runs.count, "run");
        else
            text_add(text, "no run has done anything yet");
        break;
    case REPORT_VERIFICATION:
        return add_line(report_write_verification, document, text);
    case REPORT_DELIVERY:
        return add_line(report_write_delivery, document, text);
    }
    return 0;
}

int markdown_add_head(const struct report_view *view, const struct document *document,
                      struct text *text)
{
    text_add(text, "### certroll");
    if (view->kind == REPORT_RUN && view->host) {
        text_add(text, " on ");
        text_add_code(text, view->host, MARKDOWN_NAME_MOST);
    }
    text_add(text, ": ");
    if (add_verdict(view, document, text) < 0)
        return -1;
    text_add(text, "\n\n");
    if (document->summary) {
        words_add_summary(text, document, WORDS_ALL_WARNINGS);
        text_add(text, ".\n\n");
    }
    if (view->kind == REPORT_STATUS && view->outbox_count) {
        words_add_count(text, (int64_t)view->outbox_count, "report");
        text_printf(text, " %s to be sent.\n\n", view->outbox_count == 1 ? "waits" : "wait");
    }
    return 0;
}

static void add_time_item(struct text *text, const char *name, instant at)
{
    if (at == INSTANT_NONE)
        return;
    text_printf(text, "- %s: ", name);
    markdown_add_time(text, at);
    text_add(text, "\n");
}

static void add_sent(const struct sent_row *row, struct text *text)
{
    text_printf(text, "- Report %s ", words_sent(row->result));
    text_add_code(text, row->url, MARKDOWN_NAME_MOST);
    if (row->attempts) {
        text_add(text, ", ");
        words_add_count(text, row->attempts, "attempt");
    }
    if (row->error) {
        text_add(text, ": ");
        text_add_markdown(text, row->error, MARKDOWN_NAME_MOST);
    }
    text_add(text, "\n");
}

/* URL by URL, as far as there is room. */
static void add_deliveries(const struct list *deliveries, struct text *text)
{
    const struct sent_row *rows = deliveries->items;
    size_t i = 0, limit = text_size(text) + DELIVERIES_ROOM;
    for (; i < deliveries->count && i < DELIVERIES_MOST; i++) {
        size_t mark = text_size(text);
        add_sent(&rows[i], text);
        if (text_size(text) <= limit)
            continue;
        text_cut(text, mark);
        break;
    }
    if (i < deliveries->count) {
        text_add(text, "- Report for ");
        words_add_count(text, (int64_t)(deliveries->count - i), "URL");
        text_add(text, " more; `-o json` has all\n");
    }
}

static void add_report(const struct delivery_row *report, struct text *text)
{
    if (report->file) {
        text_add(text, "- Report: ");
        text_add_code(text, report->file, MARKDOWN_NAME_MOST);
        text_add(text, "\n");
    }
    add_deliveries(&report->deliveries, text);
}

void markdown_add_facts(const struct report_view *view, const struct document *document,
                        struct text *text)
{
    if (!document->summary)
        return;
    text_printf(text, "<details><summary>The %s</summary>\n\n",
                view->kind == REPORT_RUN ? "run" : "plan");
    if (document->run_id)
        text_printf(text, "- Run: `%s`\n", document->run_id);
    add_time_item(text, "Planned for", document->at);
    if (document->run_id) {
        add_time_item(text, "Started", document->started_at);
        add_time_item(text, "Finished", document->finished_at);
    }
    text_printf(text, "- Generation of the store: %lld", (long long)document->generation);
    if (document->run_id)
        text_printf(text, " before, %lld after", (long long)document->generation_after);
    text_add(text, "\n");
    if (document->report)
        add_report(document->report, text);
    if (view->version) {
        text_add(text, "- certroll: ");
        text_add_code(text, view->version, MARKDOWN_NAME_MOST);
        text_add(text, "\n");
    }
    text_add(text, "\n</details>\n");
}
