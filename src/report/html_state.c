/* The whole state: every slot, scope by scope and type by type, folded where there are many. */
#include "report/html.h"
#include "report/words.h"

#include <string.h>

enum {
    OPEN_MOST = 30,  /* slots of a store whose groups are not folded */
    GROUP_MOST = 250 /* slots of one table */
};

static void add_validity(struct text *text, instant now, const struct certificate_row *row)
{
    if (row->not_after == INSTANT_NONE) {
        text_add(text, row->fingerprint ? "unknown to the index" : "–");
        return;
    }
    html_add_day(text, row->not_before);
    text_add(text, " to ");
    html_add_day(text, row->not_after);
    if (row->not_after < now)
        text_add(text, " <span class=\"tag failed\">expired</span>");
}

static void add_row(struct html_room *room, instant now, const char *place,
                    const struct slot_row *slot, const struct certificate_row *row)
{
    struct text *text = room->text;
    if (!html_begin_row(room))
        return;
    text_add(text, "<tr><th scope=\"row\">");
    if (slot)
        html_add_slot(text, slot->scope, slot->type);
    else
        text_add(text, "no slot");
    text_printf(text, "<td>%s<td>", place);
    html_add_inline(text, row->certificate);
    text_add(text, " ");
    html_add_fingerprint(text, row->fingerprint);
    text_add(text, "<br><span class=\"soft\">");
    html_add_inline(text, row->subject ? words_subject(row->subject) : "");
    text_add(text, "</span><td>");
    add_validity(text, now, row);
    text_add(text, "<td>");
    if (row->effective_date != INSTANT_NONE)
        html_add_day(text, row->effective_date);
    text_add(text, "<td>");
    const char *owner = slot ? slot->owner : row->owner;
    text_add_html(text, owner ? owner : "–");
    text_add(text, "\n");
    html_end_row(room);
}

static void add_slot(struct html_room *room, instant now, const struct slot_row *slot)
{
    static const struct certificate_row none = {
        .not_before = INSTANT_NONE, .not_after = INSTANT_NONE, .effective_date = INSTANT_NONE};
    const struct certificate_row *next = slot->next.items;
    add_row(room, now, slot->current ? "current" : "empty", slot,
            slot->current ? slot->current : &none);
    for (size_t i = 0; i < slot->next.count; i++)
        add_row(room, now, "next", slot, &next[i]);
    if (slot->previous)
        add_row(room, now, "previous", slot, slot->previous);
}

static void begin_table(struct text *text)
{
    text_add(text, "<table class=\"state\">\n<thead><tr><th scope=\"col\">Slot<th scope=\"col\">"
                   "Place<th scope=\"col\">Certificate<th scope=\"col\">Valid<th scope=\"col\">"
                   "Effective<th scope=\"col\">Owner</thead>\n<tbody>\n");
}

static void end_table(struct text *text)
{
    text_add(text, "</tbody></table>\n");
}

/* The type without its instance. */
static size_t base_length(const char *type)
{
    return strcspn(type, "@");
}

static bool same_group(const struct slot_row *a, const struct slot_row *b)
{
    size_t length = base_length(a->type);
    return strcmp(a->scope, b->scope) == 0 && length == base_length(b->type) &&
           strncmp(a->type, b->type, length) == 0;
}

/* "global/WebServicesExternal": the slots of one type, or a part of them. */
static void begin_group(struct text *text, const struct slot_row *slots, size_t count, bool whole)
{
    text_add(text, "<details class=\"fold\"><summary>");
    text_add_html(text, slots[0].scope);
    text_add(text, "/<wbr>");
    if (whole) {
        text_add_html_part(text, slots[0].type, base_length(slots[0].type));
    } else {
        text_add_html(text, slots[0].type);
        text_add(text, " to ");
        text_add_html(text, slots[count - 1].type);
    }
    text_printf(text, " <span class=\"count\">%zu</span></summary>\n", count);
    begin_table(text);
}

static void add_group(struct html_room *room, instant now, const struct slot_row *slots,
                      size_t count, bool whole)
{
    bool shown = room->left_out == 0;
    if (shown)
        begin_group(room->text, slots, count, whole);
    for (size_t i = 0; i < count; i++)
        add_slot(room, now, &slots[i]);
    if (!shown)
        return;
    end_table(room->text);
    html_end_fold(room->text);
}

static void add_groups(struct html_room *room, instant now, const struct slot_row *slots,
                       size_t count)
{
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && same_group(&slots[i], &slots[end]);)
            end++;
        bool whole = end - i <= GROUP_MOST;
        for (; end - i > GROUP_MOST; i += GROUP_MOST)
            add_group(room, now, &slots[i], GROUP_MOST, false);
        add_group(room, now, &slots[i], end - i, whole);
    }
}

static void add_unassigned(struct html_room *room, instant now, const struct list *unassigned)
{
    const struct certificate_row *rows = unassigned->items;
    if (!unassigned->count)
        return;
    html_begin_fold(room->text, "Imported, in no slot", unassigned->count,
                    unassigned->count <= OPEN_MOST);
    begin_table(room->text);
    for (size_t i = 0; i < unassigned->count; i++)
        add_row(room, now, "imported", NULL, &rows[i]);
    end_table(room->text);
    html_end_fold(room->text);
}

void html_add_state(struct text *text, const struct document *document, instant now, size_t limit)
{
    const struct slot_row *slots = document->slots.items;
    size_t count = document->slots.count;
    struct html_room room = {.text = text, .limit = limit};
    html_begin_section(text, "state", "The whole state");
    if (!count && !document->unassigned.count)
        text_add(text, "<p class=\"soft\">The store is empty.</p>\n");
    if (count > OPEN_MOST) {
        add_groups(&room, now, slots, count);
    } else if (count) {
        begin_table(text);
        for (size_t i = 0; i < count; i++)
            add_slot(&room, now, &slots[i]);
        end_table(text);
    }
    add_unassigned(&room, now, &document->unassigned);
    html_end_room(&room, "certificate", "certroll status");
    html_end_section(text);
}
