#include "report/outlook.h"

#include "report/html.h"
#include "report/words.h"

#include <stdlib.h>

instant outlook_begin(const struct certificate_row *row)
{
    return row->effective_date > row->not_before ? row->effective_date : row->not_before;
}

static const struct certificate_row *last_of(const struct slot_row *slot)
{
    const struct certificate_row *next = slot->next.items;
    return slot->next.count ? &next[slot->next.count - 1] : slot->current;
}

static bool is_unknown(const struct certificate_row *row)
{
    return row && row->not_after == INSTANT_NONE;
}

/* The first certificate that the index does not know: there are no dates of it to reckon with. */
static const struct certificate_row *find_unknown(const struct slot_row *slot)
{
    const struct certificate_row *next = slot->next.items;
    if (is_unknown(slot->current))
        return slot->current;
    for (size_t i = 0; i < slot->next.count; i++)
        if (is_unknown(&next[i]))
            return &next[i];
    return is_unknown(slot->previous) ? slot->previous : NULL;
}

/* Nobody serves it as it is, be it since long ago or from the beginning. */
static bool find_absence(const struct slot_row *slot, instant now, struct outlook *outlook)
{
    const struct certificate_row *next = slot->next.items, *current = slot->current;
    if (current && (is_unknown(current) || current->not_after >= now))
        return false;
    outlook->concern = current ? CONCERN_EXPIRED : CONCERN_EMPTY;
    outlook->row = current;
    outlook->at = current ? current->not_after : now;
    if (slot->next.count && outlook_begin(&next[0]) > now)
        outlook->until = outlook_begin(&next[0]);
    return true;
}

/* The first time, from now on, that lies between one certificate's end and the next one's begin.
 * One that is relieved serves no more, however long it would be valid. */
static bool find_gap(const struct slot_row *slot, instant now, struct outlook *outlook)
{
    const struct certificate_row *next = slot->next.items, *before = slot->current;
    for (size_t i = 0; i < slot->next.count && !is_unknown(before); before = &next[i++]) {
        instant begin = outlook_begin(&next[i]);
        if (begin <= now || !instant_leaves_gap(before->not_after, begin))
            continue;
        outlook->concern = CONCERN_GAP;
        outlook->row = before;
        outlook->at = before->not_after;
        outlook->until = begin;
        return true;
    }
    return false;
}

static bool find_end(const struct slot_row *slot, instant now, struct outlook *outlook)
{
    const struct certificate_row *last = last_of(slot);
    if (last->not_after - now >= WORDS_HORIZON)
        return false;
    outlook->concern = last->not_after < now ? CONCERN_EXPIRED : CONCERN_EXPIRING;
    outlook->row = last;
    outlook->at = last->not_after;
    return true;
}

static struct outlook look_at(const struct slot_row *slot, instant now)
{
    const struct certificate_row *next = slot->next.count ? slot->next.items : NULL;
    struct outlook outlook = {
        .slot = slot, .concern = CONCERN_NONE, .at = INSTANT_MAX, .until = INSTANT_NONE};
    if (find_absence(slot, now, &outlook) || find_gap(slot, now, &outlook))
        return outlook;
    outlook.row = find_unknown(slot);
    if (outlook.row) {
        outlook.concern = CONCERN_UNKNOWN;
        outlook.at = INSTANT_NONE;
    } else if (find_end(slot, now, &outlook)) {
        return outlook;
    } else if (next) {
        outlook.concern = CONCERN_ROLL;
        outlook.row = next;
        outlook.at = outlook_begin(next);
    } else if (slot->previous) {
        outlook.concern = CONCERN_OVERLAP;
        outlook.row = slot->previous;
        outlook.at = slot->previous->not_after;
    }
    return outlook;
}

static int compare(const void *left, const void *right)
{
    const struct outlook *a = left, *b = right;
    if (a->concern != b->concern)
        return a->concern < b->concern ? -1 : 1;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return (a->slot > b->slot) - (a->slot < b->slot);
}

int outlook_make(const struct document *document, instant now, struct outlook **ret)
{
    const struct slot_row *slots = document->slots.items;
    struct outlook *made = calloc(document->slots.count + 1, sizeof(*made));
    if (!made)
        return -1;
    for (size_t i = 0; i < document->slots.count; i++)
        made[i] = look_at(&slots[i], now);
    qsort(made, document->slots.count, sizeof(*made), compare);
    *ret = made;
    return 0;
}

/* "NAME WORDS in 23 days" */
static void add_event(struct text *text, const struct certificate_row *row, const char *words,
                      instant now, instant at)
{
    char distance[WORDS_SIZE];
    html_add_inline(text, row->certificate);
    text_printf(text, " %s %s", words, words_distance(now, at, distance));
}

/* A date that has passed was missed: no run came, or it failed. */
static void add_takeover(struct text *text, const struct certificate_row *row, instant now)
{
    instant begin = outlook_begin(row);
    add_event(text, row, begin < now ? "was to take over" : "takes over", now, begin);
}

static void add_gap(struct text *text, const struct outlook *outlook)
{
    char length[WORDS_SIZE];
    text_printf(text, "nobody serves it for %s from ",
                words_length(outlook->until - outlook->at, length));
    html_add_day(text, outlook->at);
}

static void add_follower(struct text *text, const struct outlook *outlook, instant now)
{
    const struct slot_row *slot = outlook->slot;
    if (!slot->next.count || outlook->row == last_of(slot)) {
        text_add(text, ", and nothing follows");
        return;
    }
    text_add(text, "; ");
    add_takeover(text, slot->next.items, now);
}

void outlook_add(struct text *text, const struct outlook *outlook, instant now)
{
    switch (outlook->concern) {
    case CONCERN_EXPIRED:
        add_event(text, outlook->row, "expired", now, outlook->at);
        add_follower(text, outlook, now);
        break;
    case CONCERN_GAP:
        add_gap(text, outlook);
        break;
    case CONCERN_EMPTY:
        text_add(text, "nobody serves it");
        add_follower(text, outlook, now);
        break;
    case CONCERN_UNKNOWN:
        html_add_inline(text, outlook->row->certificate);
        text_add(text, " is unknown to the index");
        break;
    case CONCERN_EXPIRING:
        add_event(text, outlook->row, "expires", now, outlook->at);
        add_follower(text, outlook, now);
        break;
    case CONCERN_ROLL:
        add_takeover(text, outlook->row, now);
        break;
    case CONCERN_OVERLAP:
        add_event(text, outlook->row,
                  outlook->at < now ? "was relieved and expired" : "was relieved and expires", now,
                  outlook->at);
        break;
    case CONCERN_NONE:
        break;
    }
}
