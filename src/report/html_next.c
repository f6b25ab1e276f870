/* What comes next: the slots that matter as a timeline, and the dates as a calendar. */
#include "report/html.h"
#include "report/outlook.h"
#include "report/words.h"

#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

enum {
    QUIET_MOST = 30, /* slots; where there are more, those that nothing is ahead of are left out */
    SOON = 92 * 86400,
    EVENTS_MOST = 1000,
};

/* Something that the calendar will bring. */
struct event {
    instant at;
    const struct slot_row *slot;
    const struct certificate_row *certificate;
    const char *what; /* ours */
};

struct events {
    struct event *items;
    size_t count;
    instant now;
};

static int compare_events(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return (a->slot > b->slot) - (a->slot < b->slot);
}

static void add_event(struct events *events, const struct slot_row *slot, instant at,
                      const struct certificate_row *certificate, const char *what)
{
    if (certificate && at != INSTANT_NONE && at >= events->now)
        events->items[events->count++] = (struct event){at, slot, certificate, what};
}

static void find_events(struct events *events, const struct slot_row *slot)
{
    const struct certificate_row *next = slot->next.items;
    if (slot->current)
        add_event(events, slot, slot->current->not_after, slot->current,
                  slot->next.count ? "expires" : "expires, and nothing follows");
    for (size_t i = 0; i < slot->next.count; i++) {
        add_event(events, slot, outlook_begin(&next[i]), &next[i], "takes over");
        add_event(events, slot, next[i].not_after, &next[i],
                  i + 1 < slot->next.count ? "expires" : "expires, and nothing follows");
    }
    if (slot->previous)
        add_event(events, slot, slot->previous->not_after, slot->previous,
                  "expires and is retired");
}

static int make_events(const struct document *document, instant now, struct events *ret)
{
    const struct slot_row *slots = document->slots.items;
    size_t most = 1;
    for (size_t i = 0; i < document->slots.count; i++)
        most += 2 + 2 * slots[i].next.count;
    struct events events = {calloc(most, sizeof(struct event)), 0, now};
    if (!events.items)
        return -1;
    for (size_t i = 0; i < document->slots.count; i++)
        find_events(&events, &slots[i]);
    qsort(events.items, events.count, sizeof(*events.items), compare_events);
    *ret = events;
    return 0;
}

static void add_event_row(struct text *text, const struct event *event, instant now)
{
    char distance[WORDS_SIZE];
    text_add(text, "<tr><td>");
    html_add_time(text, event->at);
    text_printf(text, "<td>%s<td>", words_distance(now, event->at, distance));
    html_add_inline(text, event->certificate->certificate);
    text_printf(text, " %s<th scope=\"row\">", event->what);
    html_add_slot(text, event->slot->scope, event->slot->type);
    text_add(text, "\n");
}

static void add_event_table(struct text *text, const struct events *events, size_t from, size_t to)
{
    text_add(text, "<table>\n<thead><tr><th scope=\"col\">When<th scope=\"col\">That is"
                   "<th scope=\"col\">What<th scope=\"col\">Slot</thead>\n<tbody>\n");
    for (size_t i = from; i < to; i++)
        add_event_row(text, &events->items[i], events->now);
    text_add(text, "</tbody></table>\n");
}

/* Those of the next three months are listed, the others folded; a calendar of thousands is cut,
 * since the state below has every date. */
static void add_calendar(struct text *text, const struct events *events)
{
    size_t soon = 0, shown = events->count > EVENTS_MOST ? EVENTS_MOST : events->count;
    while (soon < shown && events->items[soon].at - events->now < SOON)
        soon++;
    text_add(text, "<h3>The next three months</h3>\n");
    if (soon)
        add_event_table(text, events, 0, soon);
    else
        text_add(text, "<p class=\"soft\">No date.</p>\n");
    if (shown > soon) {
        html_begin_fold(text, "Later", events->count - soon, false);
        add_event_table(text, events, soon, shown);
        html_end_fold(text);
    }
    if (events->count > shown)
        text_printf(text, "<p class=\"soft\">%zu later %s in the whole state.</p>\n",
                    events->count - shown,
                    events->count - shown == 1 ? "date stands" : "dates stand");
}

static void add_quiet(struct text *text, size_t count)
{
    text_add(text, "<p class=\"soft\">");
    words_add_count(text, (int64_t)count, "slot");
    text_printf(text,
                " %s quiet: no roll is ahead of %s, and nothing expires within 30 days.</p>\n",
                count == 1 ? "is" : "are", count == 1 ? "it" : "them");
}

int html_add_next(struct text *text, const struct document *document,
                  const struct outlook *outlooks, instant now)
{
    struct events events;
    size_t shown = 0, all = document->slots.count;
    if (make_events(document, now, &events) != 0)
        return -1;
    while (shown < all && (all <= QUIET_MOST || outlooks[shown].concern != CONCERN_NONE))
        shown++;
    html_begin_section(text, "next", "What comes next");
    if (shown)
        html_add_timeline(text, outlooks, shown, now);
    if (all > shown)
        add_quiet(text, all - shown);
    add_calendar(text, &events);
    html_end_section(text);
    free(events.items);
    return 0;
}
