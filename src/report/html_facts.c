/* The facts of the run, and the manifests that it followed. */
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
        text_add(text, "<td>");
        html_add_inline(text, rows[i].name);
        text_add(text, "<td>");
        html_add_fingerprint(text, rows[i].commit);
        text_add(text, "<td>");
        html_add_fingerprint(text, rows[i].sha256);
        text_add(text, "\n");
        html_end_row(&room);
    }
    text_add(text, "</tbody></table>\n");
    html_end_room(&room, "manifest", "certroll history -o json");
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
    text_add(text, "</dl>\n");
    add_manifests(text, &document->manifests, limit);
    html_end_section(text);
}
