/* The parts of the page that show the store and the run. */
#include "report/html.h"
#include "report/words.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHORT_FINGERPRINT = 16 };

void html_add_element(struct text *text, const char *tag, const char *string)
{
    text_printf(text, "<%s>", tag);
    text_add_html(text, string ? string : "–");
    text_printf(text, "</%s>", tag);
}

void html_add_inline(struct text *text, const char *string)
{
    html_add_element(text, "bdi", string);
}

void html_add_term(struct text *text, const char *name, const char *string)
{
    if (!string)
        return;
    text_printf(text, "<dt>%s</dt>", name);
    html_add_element(text, "dd", string);
    text_add(text, "\n");
}

void html_add_time(struct text *text, instant at)
{
    char stamp[INSTANT_TEXT_SIZE];
    instant_format(at, stamp);
    if (stamp[0])
        text_printf(text, "<time datetime=\"%s\">%.10s %.8s UTC</time>", stamp, stamp, stamp + 11);
    else
        text_add(text, "–");
}

void html_add_day(struct text *text, instant at)
{
    char stamp[INSTANT_TEXT_SIZE];
    instant_format(at, stamp);
    if (stamp[0])
        text_printf(text, "<time datetime=\"%s\">%.10s</time>", stamp, stamp);
    else
        text_add(text, "–");
}

void html_add_time_term(struct text *text, const char *name, instant at)
{
    if (at == INSTANT_NONE)
        return;
    text_printf(text, "<dt>%s</dt><dd>", name);
    html_add_time(text, at);
    text_add(text, "</dd>\n");
}

void html_add_slot(struct text *text, const char *scope, const char *type)
{
    text_add_html(text, scope ? scope : "");
    text_add(text, "/<wbr>");
    text_add_html(text, type ? type : "");
}

void html_add_fingerprint(struct text *text, const char *fingerprint)
{
    if (!fingerprint)
        return;
    char digits[SHORT_FINGERPRINT + 1];
    snprintf(digits, sizeof(digits), "%s", fingerprint);
    text_add(text, "<code title=\"");
    text_add_html(text, fingerprint);
    text_add(text, "\">");
    text_add_html(text, digits);
    text_add(text, "</code>");
}

/* Something that the calendar will bring. */
struct event {
    instant at;
    const struct slot_row *slot; /* NULL: none */
    const struct certificate_row *certificate;
    const char *what; /* ours */
};

static int compare_events(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return (a->slot > b->slot) - (a->slot < b->slot);
}

static size_t add_event(struct event *events, size_t count, struct event event, instant now)
{
    if (!event.certificate || event.at == INSTANT_NONE || event.at < now)
        return count;
    events[count] = event;
    return count + 1;
}

static size_t slot_events(const struct slot_row *slot, instant now, struct event *events)
{
    const struct certificate_row *next = slot->next.items;
    size_t count = 0;
    if (slot->current)
        count = add_event(events, count,
                          (struct event){slot->current->not_after, slot, slot->current,
                                         slot->next.count ? "expires" : "expires, nothing follows"},
                          now);
    for (size_t i = 0; i < slot->next.count; i++) {
        count =
            add_event(events, count,
                      (struct event){next[i].effective_date, slot, &next[i], "takes over"}, now);
        count = add_event(events, count,
                          (struct event){next[i].not_after, slot, &next[i], "expires"}, now);
    }
    if (slot->previous)
        count = add_event(events, count,
                          (struct event){slot->previous->not_after, slot, slot->previous,
                                         "expires and is retired"},
                          now);
    return count;
}

static void add_event_row(struct text *text, const struct event *event, instant now)
{
    char distance[WORDS_SIZE];
    bool soon = event->what[0] == 'e' && event->at - now < WORDS_HORIZON;
    text_add(text, "<tr><td>");
    html_add_time(text, event->at);
    text_printf(text, "</td><td data-name=\"That is\">%s</td><th scope=\"row\">",
                words_distance(now, event->at, distance));
    html_add_slot(text, event->slot->scope, event->slot->type);
    text_add(text, "</th><td class=\"wide\" data-name=\"What\">");
    html_add_inline(text, event->certificate->certificate);
    text_printf(text, " %s%s</td></tr>\n", event->what,
                soon ? " <span class=\"tag warning\">soon</span>" : "");
}

int html_add_next(struct text *text, const struct report_view *view,
                  const struct document *document)
{
    const struct slot_row *slots = document->slots.items;
    size_t most = 0, count = 0;
    for (size_t i = 0; i < document->slots.count; i++)
        most += 2 + 2 * slots[i].next.count;
    struct event *events AUTO_FREE = calloc(most + 1, sizeof(*events));
    if (!events)
        return -1;
    for (size_t i = 0; i < document->slots.count; i++)
        count += slot_events(&slots[i], view->now, events + count);
    qsort(events, count, sizeof(*events), compare_events);
    text_add(text, "<section aria-labelledby=\"next\"><h2 id=\"next\">What comes next</h2>\n");
    if (count) {
        text_add(text, "<div class=\"scroll\"><table><caption>Effective dates and expiries, the "
                       "nearest first</caption>\n<thead><tr><th scope=\"col\">When</th>"
                       "<th scope=\"col\">That is</th><th scope=\"col\">Slot</th>"
                       "<th scope=\"col\">What</th></tr></thead>\n<tbody>\n");
        for (size_t i = 0; i < count; i++)
            add_event_row(text, &events[i], view->now);
        text_add(text, "</tbody></table></div>\n");
    } else {
        text_add(text, "<p class=\"soft\">No date lies ahead.</p>\n");
    }
    text_add(text, "</section>\n");
    return 0;
}

static void add_state_row(struct text *text, const struct report_view *view, const char *place,
                          const struct slot_row *slot, const struct certificate_row *row)
{
    text_add(text, "<tr><th scope=\"row\">");
    if (slot)
        html_add_slot(text, slot->scope, slot->type);
    else
        text_add(text, "no slot");
    text_printf(text,
                "</th><td data-name=\"Place\">%s</td><td class=\"wide\" data-name=\"Certificate\">",
                place);
    html_add_inline(text, row->certificate);
    text_add(text, "<br><span class=\"soft\">");
    html_add_inline(text, row->subject ? row->subject : "");
    text_add(text, "</span><br>");
    html_add_fingerprint(text, row->fingerprint);
    text_add(text, "</td><td data-name=\"Valid\">");
    html_add_day(text, row->not_before);
    text_add(text, " to ");
    html_add_day(text, row->not_after);
    if (row->not_after != INSTANT_NONE && row->not_after < view->now)
        text_add(text, " <span class=\"tag failed\">expired</span>");
    text_add(text, "</td><td data-name=\"Effective\">");
    html_add_day(text, row->effective_date);
    text_add(text, "</td><td data-name=\"Owner\">");
    text_add_html(text, slot ? (slot->owner ? slot->owner : "–") : row->owner);
    text_add(text, "</td></tr>\n");
}

static void add_state_slot(struct text *text, const struct report_view *view,
                           const struct slot_row *slot)
{
    const struct certificate_row *next = slot->next.items;
    if (slot->current)
        add_state_row(text, view, "current", slot, slot->current);
    for (size_t i = 0; i < slot->next.count; i++)
        add_state_row(text, view, "next", slot, &next[i]);
    if (slot->previous)
        add_state_row(text, view, "previous", slot, slot->previous);
}

void html_add_state(struct text *text, const struct report_view *view,
                    const struct document *document)
{
    const struct slot_row *slots = document->slots.items;
    const struct certificate_row *unassigned = document->unassigned.items;
    text_add(text, "<section aria-labelledby=\"state\"><h2 id=\"state\">The whole state</h2>\n");
    if (!document->slots.count && !document->unassigned.count) {
        text_add(text, "<p class=\"soft\">The store is empty.</p></section>\n");
        return;
    }
    text_add(text, "<div class=\"scroll\"><table><caption>What the store held when the run was "
                   "done</caption>\n<thead><tr><th scope=\"col\">Slot</th><th scope=\"col\">Place"
                   "</th><th scope=\"col\">Certificate</th><th scope=\"col\">Valid</th>"
                   "<th scope=\"col\">Effective</th><th scope=\"col\">Owner</th></tr></thead>\n"
                   "<tbody>\n");
    for (size_t i = 0; i < document->slots.count; i++)
        add_state_slot(text, view, &slots[i]);
    for (size_t i = 0; i < document->unassigned.count; i++)
        add_state_row(text, view, "imported", NULL, &unassigned[i]);
    text_add(text, "</tbody></table></div></section>\n");
}

static void add_manifests(struct text *text, const struct list *manifests)
{
    const struct manifest_row *rows = manifests->items;
    if (!manifests->count)
        return;
    text_add(text, "<div class=\"scroll\"><table><caption>Manifests</caption>\n<thead><tr>"
                   "<th scope=\"col\">File</th><th scope=\"col\">Name</th>"
                   "<th scope=\"col\">SHA-256</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < manifests->count; i++) {
        text_add(text, "<tr><th scope=\"row\">");
        text_add_html(text, rows[i].path);
        text_add(text, "</th><td data-name=\"Name\">");
        text_add_html(text, rows[i].name ? rows[i].name : "–");
        text_add(text, "</td><td class=\"wide\" data-name=\"SHA-256\"><code>");
        text_add_html(text, rows[i].sha256 ? rows[i].sha256 : "–");
        text_add(text, "</code></td></tr>\n");
    }
    text_add(text, "</tbody></table></div>\n");
}

void html_add_facts(struct text *text, const struct report_view *view,
                    const struct document *document)
{
    text_add(text, "<section aria-labelledby=\"run\"><h2 id=\"run\">The run</h2>\n<dl>\n");
    html_add_term(text, "Host", view->host);
    html_add_term(text, "certroll", view->version);
    html_add_term(text, "Run", document->run_id);
    html_add_time_term(text, "Planned for", document->at);
    html_add_time_term(text, "Started", document->started_at);
    html_add_time_term(text, "Finished", document->finished_at);
    text_printf(text, "<dt>Generation</dt><dd>%lld before, %lld after</dd>\n",
                (long long)document->generation, (long long)document->generation_after);
    text_add(text, "</dl>\n");
    add_manifests(text, &document->manifests);
    text_add(text, "</section>\n");
}
