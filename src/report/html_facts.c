/* The facts of the run: the manifests that it followed, where its report goes, what waits. */
#include "report/html.h"

static void add_manifests(struct text *text, const struct list *manifests, size_t limit)
{
    struct html_room room = {.text = text, .limit = limit};
    const struct manifest_row *rows = manifests->items;
    if (!manifests->count)
        return;
    text_add(text, "<table>\n<thead><tr><th scope=\"col\">Manifest<th scope=\"col\">Name"
                   "<th scope=\"col\">Commit<th scope=\"col\">SHA-256</thead>\n<tbody>\n");
    for (size_t i = 0; i < manifests->count; i++) {
        if (!html_begin_row(&room))
            continue;
        text_add(text, "<tr><th scope=\"row\">");
        html_add_inline(text, rows[i].path);
        text_add(text, "<td data-label=\"Name\">");
        html_add_inline(text, rows[i].name);
        text_add(text, "<td data-label=\"Commit\">");
        html_add_fingerprint(text, rows[i].commit);
        text_add(text, "<td data-label=\"SHA-256\">");
        html_add_fingerprint(text, rows[i].sha256);
        text_add(text, "\n");
        html_end_row(&room);
    }
    text_add(text, "</tbody></table>\n");
    html_end_room(&room, "manifest", "certroll history -o json");
}

/* Where the report itself goes: when it was sent it was queued. */
static void add_deliveries(struct text *text, const struct list *deliveries, size_t limit)
{
    struct html_room room = {.text = text, .limit = limit};
    const struct sent_row *rows = deliveries->items;
    if (!deliveries->count)
        return;
    text_add(text, "<table>\n<thead><tr><th scope=\"col\">This report goes to<th scope=\"col\">"
                   "Delivery<th scope=\"col\">Attempts<th scope=\"col\">Last error</thead>\n"
                   "<tbody>\n");
    for (size_t i = 0; i < deliveries->count; i++) {
        if (!html_begin_row(&room))
            continue;
        text_add(text, "<tr><th scope=\"row\">");
        html_add_inline(text, rows[i].url);
        text_printf(text,
                    "<td data-label=\"Delivery\">%s<td data-label=\"Attempts\">%lld<td "
                    "data-label=\"Last error\">",
                    rows[i].delivery, (long long)rows[i].attempts);
        html_add_inline(text, rows[i].error);
        text_add(text, "\n");
        html_end_row(&room);
    }
    text_add(text, "</tbody></table>\n");
    html_end_room(&room, "URL", "certroll history -o json");
}

static void add_outbox(struct text *text, const struct list *outbox, size_t limit)
{
    struct html_room room = {.text = text, .limit = limit};
    const struct waiting_row *rows = outbox->items;
    if (!outbox->count)
        return;
    text_add(text, "<table>\n<thead><tr><th scope=\"col\">Report that waits<th scope=\"col\">For"
                   "<th scope=\"col\">Since<th scope=\"col\">Attempts<th scope=\"col\">"
                   "Last error</thead>\n<tbody>\n");
    for (size_t i = 0; i < outbox->count; i++) {
        if (!html_begin_row(&room))
            continue;
        text_add(text, "<tr><th scope=\"row\">");
        html_add_inline(text, rows[i].run);
        text_add(text, "<td data-label=\"For\">");
        html_add_inline(text, rows[i].url);
        text_add(text, "<td data-label=\"Since\">");
        html_add_time(text, rows[i].queued_at);
        text_printf(text, "<td data-label=\"Attempts\">%lld<td data-label=\"Last error\">",
                    (long long)rows[i].attempts);
        html_add_inline(text, rows[i].last_error);
        text_add(text, "\n");
        html_end_row(&room);
    }
    text_add(text, "</tbody></table>\n");
    html_end_room(&room, "report", "certroll status");
}

void html_add_facts(struct text *text, const struct report_view *view,
                    const struct document *document, size_t limit)
{
    html_begin_section(text, "run", "The run");
    text_add(text, "<dl>\n");
    html_add_term(text, "Host", view->host);
    html_add_term(text, "certroll", view->version);
    html_add_term(text, "Run", document->run_id);
    html_add_time_term(text, "Planned for", document->at);
    html_add_time_term(text, "Started", document->started_at);
    html_add_time_term(text, "Finished", document->finished_at);
    text_printf(text, "<dt>Generation</dt><dd>%lld before, %lld after</dd>\n",
                (long long)document->generation, (long long)document->generation_after);
    html_add_term(text, "Report", document->report->file);
    text_add(text, "</dl>\n");
    add_manifests(text, &document->manifests, limit);
    add_deliveries(text, &document->report->deliveries, limit);
    add_outbox(text, &document->outbox, limit);
    html_end_section(text);
}
