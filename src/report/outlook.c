#include "report/outlook.h"

#include "report/html.h"
#include "report/words.h"

#include <stdlib.h>

instant outlook_begin(const struct certificate_row *row)
{
    return row->effective_date > row->not_before ? row->effective_date : row->not_before;
}

/* The first time, from now on, that lies between one certificate's end and the next one's begin.
 * One that is relieved serves no more, however long it would be valid. */
static bool find_gap(const struct slot_row *slot, instant now, struct outlook *outlook)
{
    const struct certificate_row *next = slot->next.items;
    if (!slot->current)
        return false;
    instant end = slot->current->not_after;
    for (size_t i = 0; i < slot->next.count; i++) {
        instant begin = outlook_begin(&next[i]);
        if (instant_leaves_gap(end, begin) && begin > now) {
            outlook->at = end;
            outlook->until = begin;
            return true;
        }
        end = next[i].not_after;
    }
    return false;
}

static struct outlook expired(const struct slot_row *slot, instant now)
{
    const struct certificate_row *next = slot->next.items;
    struct outlook outlook = {slot, CONCERN_EXPIRED, slot->current->not_after, INSTANT_NONE};
    if (slot->next.count && outlook_begin(&next[0]) > now)
        outlook.until = outlook_begin(&next[0]);
    return outlook;
}

static const struct certificate_row *last_of(const struct slot_row *slot)
{
    const struct certificate_row *next = slot->next.items;
    return slot->next.count ? &next[slot->next.count - 1] : slot->current;
}

static struct outlook look_at(const struct slot_row *slot, instant now)
{
    const struct certificate_row *next = slot->next.count ? slot->next.items : NULL;
    const struct certificate_row *last = last_of(slot);
    struct outlook outlook = {slot, CONCERN_NONE, INSTANT_MAX, INSTANT_NONE};
    if (slot->current && slot->current->not_after < now)
        return expired(slot, now);
    if (find_gap(slot, now, &outlook)) {
        outlook.concern = CONCERN_GAP;
    } else if (last && last->not_after < now) {
        outlook.concern = CONCERN_EXPIRED;
        outlook.at = last->not_after;
    } else if (last && last->not_after - now < WORDS_HORIZON) {
        outlook.concern = CONCERN_EXPIRING;
        outlook.at = last->not_after;
    } else if (next) {
        outlook.concern = CONCERN_ROLL;
        outlook.at = outlook_begin(next);
    } else if (slot->previous) {
        outlook.concern = CONCERN_OVERLAP;
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

void outlook_add(struct text *text, const struct outlook *outlook, instant now)
{
    const struct slot_row *slot = outlook->slot;
    const struct certificate_row *next = slot->next.items;
    switch (outlook->concern) {
    case CONCERN_EXPIRED:
        add_event(text, slot->current ? slot->current : last_of(slot), "expired", now, outlook->at);
        text_add(text, slot->next.count ? "; " : ", and nothing follows");
        if (slot->next.count)
            add_takeover(text, &next[0], now);
        break;
    case CONCERN_GAP:
        add_gap(text, outlook);
        break;
    case CONCERN_EXPIRING:
        add_event(text, last_of(slot), "expires", now, outlook->at);
        text_add(text, ", and nothing follows");
        break;
    case CONCERN_ROLL:
        add_takeover(text, &next[0], now);
        break;
    case CONCERN_OVERLAP:
        add_event(text, slot->previous, "was relieved and expires", now, outlook->at);
        break;
    case CONCERN_NONE:
        break;
    }
}
