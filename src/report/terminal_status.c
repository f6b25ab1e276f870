/* What a store holds, a block a slot, in columns that all blocks share. */
#include "report/terminal.h"
#include "report/words.h"
#include "report/writers.h"

#include <string.h>

enum { COLUMN_MOST = 48, PLACE_WIDTH = 8 };

/* What every line needs to know. */
struct layout {
    const struct report_view *view;
    bool full; /* fingerprints */
    size_t name_width;
    size_t subject_width;
};

static void widen(struct text *text, size_t *width, const char *string)
{
    size_t wanted = terminal_width(text, string);
    if (wanted > COLUMN_MOST)
        wanted = COLUMN_MOST;
    if (wanted > *width)
        *width = wanted;
}

static void measure_row(struct text *text, struct layout *layout, const struct certificate_row *row)
{
    if (!row)
        return;
    widen(text, &layout->name_width, row->certificate);
    widen(text, &layout->subject_width, words_subject(row->subject));
}

static void measure_list(struct text *text, struct layout *layout, const struct list *list)
{
    const struct certificate_row *rows = list->items;
    for (size_t i = 0; i < list->count; i++)
        measure_row(text, layout, &rows[i]);
}

static struct layout measure(struct text *text, const struct report_view *view,
                             const struct document *document)
{
    struct layout layout = {.view = view, .full = view->verbosity > 0};
    const struct slot_row *slots = document->slots.items;
    for (size_t i = 0; i < document->slots.count; i++) {
        measure_row(text, &layout, slots[i].current);
        measure_list(text, &layout, &slots[i].next);
        measure_row(text, &layout, slots[i].previous);
    }
    measure_list(text, &layout, &document->unassigned);
    return layout;
}

static void add_expiry(struct text *text, const struct layout *layout,
                       const struct certificate_row *row)
{
    char day[INSTANT_TEXT_SIZE], distance[WORDS_SIZE];
    instant now = layout->view->now;
    bool expired = now > row->not_after;
    if (row->not_after == INSTANT_NONE) {
        text_add(text, "unknown to the index");
        return;
    }
    enum style style = expired                                ? STYLE_RED
                       : row->not_after - now < WORDS_HORIZON ? STYLE_YELLOW
                                                              : STYLE_PLAIN;
    terminal_begin(text, style, layout->view->color);
    text_printf(text, "%s %s, %s", expired ? "expired" : "expires", words_day(row->not_after, day),
                words_distance(now, row->not_after, distance));
    terminal_end(text, style, layout->view->color);
}

static void add_row(struct text *text, const struct layout *layout, const char *place,
                    enum style style, const struct certificate_row *row)
{
    char time[INSTANT_TEXT_SIZE], distance[WORDS_SIZE];
    text_add(text, "  ");
    terminal_begin(text, style, layout->view->color);
    terminal_cell(text, place, PLACE_WIDTH);
    terminal_end(text, style, layout->view->color);
    text_add(text, "  ");
    terminal_cell(text, row->certificate, layout->name_width);
    text_add(text, "  ");
    terminal_fingerprint(text, row->fingerprint, layout->full);
    text_add(text, "  ");
    terminal_cell(text, words_subject(row->subject), layout->subject_width);
    text_add(text, "  ");
    add_expiry(text, layout, row);
    if (row->effective_date != INSTANT_NONE)
        text_printf(text, ", effective %s (%s)", instant_format(row->effective_date, time),
                    words_distance(layout->view->now, row->effective_date, distance));
    text_add(text, "\n");
}

static void add_slot(struct text *text, const struct layout *layout, const struct slot_row *slot)
{
    const struct certificate_row *next = slot->next.items;
    bool color = layout->view->color;
    terminal_begin(text, STYLE_BOLD, color);
    text_add_visible(text, slot->scope);
    text_add(text, "/");
    text_add_visible(text, slot->type);
    terminal_end(text, STYLE_BOLD, color);
    if (slot->owner) {
        text_add(text, "  owner ");
        text_add_visible(text, slot->owner);
    } else {
        text_add(text, "  owner not known");
    }
    text_add(text, "\n");
    if (slot->current)
        add_row(text, layout, "current", STYLE_GREEN, slot->current);
    else
        text_add(text, "  current   empty\n");
    for (size_t i = 0; i < slot->next.count; i++)
        add_row(text, layout, "next", STYLE_CYAN, &next[i]);
    if (slot->previous)
        add_row(text, layout, "previous", STYLE_DIM, slot->previous);
    text_add(text, "\n");
}

static void add_unassigned(struct text *text, const struct layout *layout,
                           const struct list *unassigned)
{
    const struct certificate_row *rows = unassigned->items;
    if (!unassigned->count)
        return;
    terminal_add(text, STYLE_BOLD, layout->view->color, "Imported, assigned to nothing");
    text_add(text, "\n");
    for (size_t i = 0; i < unassigned->count; i++)
        add_row(text, layout, "", STYLE_PLAIN, &rows[i]);
    text_add(text, "\n");
}

static void add_waiting(struct text *text, const struct layout *layout, const struct list *outbox)
{
    const struct waiting_row *rows = outbox->items;
    if (!outbox->count)
        return;
    terminal_add(text, STYLE_BOLD, layout->view->color, "Reports that wait to be sent");
    text_add(text, "\n");
    for (size_t i = 0; i < outbox->count; i++) {
        text_add(text, "  ");
        text_add_visible(text, rows[i].run);
        text_add(text, "  ");
        text_add_visible(text, rows[i].url);
        text_add(text, "  ");
        terminal_add_wait(text, &rows[i]);
    }
    text_add(text, "\n");
}

static void add_totals(struct text *text, const struct report_view *view,
                       const struct document *document)
{
    const struct slot_row *slots = document->slots.items;
    int64_t ahead = 0;
    for (size_t i = 0; i < document->slots.count; i++)
        ahead += (int64_t)slots[i].next.count;
    if (!document->slots.count && !document->unassigned.count) {
        terminal_add_absence(text, view);
        text_add(text, "\n");
    } else {
        words_add_count(text, (int64_t)document->slots.count, "slot");
        text_printf(text, "; %lld in next, %zu assigned to nothing.\n", (long long)ahead,
                    document->unassigned.count);
    }
    if (!view->outbox_count)
        return;
    words_add_count(text, (int64_t)view->outbox_count, "report");
    text_printf(text, " %s to be sent (certroll deliver).\n",
                view->outbox_count == 1 ? "waits" : "wait");
}

int report_write_status(const struct report_view *view, const struct document *document,
                        struct text *text)
{
    struct layout layout = measure(text, view, document);
    const struct slot_row *slots = document->slots.items;
    if (view->verbosity >= 0) {
        for (size_t i = 0; i < document->slots.count; i++)
            add_slot(text, &layout, &slots[i]);
        add_unassigned(text, &layout, &document->unassigned);
        add_waiting(text, &layout, &document->outbox);
    }
    add_totals(text, view, document);
    return 0;
}
