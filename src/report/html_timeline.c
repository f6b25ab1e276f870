/*
 * The timeline: for each slot that matters an SVG of one lane a certificate. A thin bar is its
 * validity, a thick one the time that it serves. Positions are percentages of a common span, so
 * that the bars follow the width of the page and its letters keep their size.
 */
#include "report/html.h"
#include "report/outlook.h"
#include "report/words.h"

enum {
    DAY = 86400,
    LANE = 18,        /* pixels */
    LANES_MOST = 8,   /* of a slot; what comes later is told in words */
    SHOWN_FIRST = 12, /* slots; the others are folded */
    SHOWN_MOST = 400,
    LABEL_LAST = 9000, /* hundredths of a percent; behind it a label would leave the page */
    SPAN_BEFORE = 30 * DAY,
    SPAN_LEAST = 120 * DAY,
    SPAN_MOST = 400 * DAY,
};

struct span {
    instant from;
    instant to;
    instant now;
};

enum turn { PREVIOUS, CURRENT, NEXT };

static const struct {
    const char *name;
    const char *says;
} turns[] = {
    [PREVIOUS] = {"previous", "before"},
    [CURRENT] = {"current", "now"},
    [NEXT] = {"next", "next"},
};

/* One certificate of a slot: valid from .. to, serving begin .. end (INSTANT_NONE: not any more).
 */
struct lane {
    const struct certificate_row *row;
    enum turn turn;
    instant begin;
    instant end;
};

/* In hundredths of a percent. */
static int position(const struct span *span, instant at)
{
    if (at <= span->from)
        return 0;
    return at >= span->to ? 10000 : (int)((at - span->from) * 10000 / (span->to - span->from));
}

static void add_percent(struct text *text, const char *name, int hundredths)
{
    text_printf(text, " %s=\"%d.%02d%%\"", name, hundredths / 100, hundredths % 100);
}

static void add_bar(struct text *text, const struct span *span, const char *kind, instant from,
                    instant to, int y, int height)
{
    int left = position(span, from), right = position(span, to);
    if (right <= left)
        return;
    text_printf(text, "<rect class=\"%s\" y=\"%d\" height=\"%d\"", kind, y, height);
    add_percent(text, "x", left);
    add_percent(text, "width", right - left);
    text_add(text, "/>");
}

static size_t find_lanes(const struct slot_row *slot, struct lane lanes[static LANES_MOST])
{
    const struct certificate_row *next = slot->next.items;
    size_t count = 0;
    if (slot->previous)
        lanes[count++] = (struct lane){slot->previous, PREVIOUS, INSTANT_NONE, INSTANT_NONE};
    if (slot->current)
        lanes[count++] = (struct lane){slot->current, CURRENT, outlook_begin(slot->current),
                                       slot->current->not_after};
    for (size_t i = 0; i < slot->next.count && count < LANES_MOST; i++) {
        struct lane *before = count ? &lanes[count - 1] : NULL;
        instant begin = outlook_begin(&next[i]);
        if (before && before->turn != PREVIOUS && before->end > begin)
            before->end = begin;
        lanes[count++] = (struct lane){&next[i], NEXT, begin, next[i].not_after};
    }
    return count;
}

static void add_gap(struct text *text, const struct span *span, const struct outlook *outlook,
                    int height)
{
    if (outlook->until != INSTANT_NONE)
        add_bar(text, span, "gap", outlook->at, outlook->until, 1, height - 2);
}

static void add_bars(struct text *text, const struct span *span, const struct outlook *outlook,
                     const struct lane *lanes, size_t count)
{
    int height = LANE * (int)count;
    text_printf(text,
                "<svg class=\"bars\" aria-hidden=\"true\" height=\"%d\"><use href=\"#grid\"/>",
                height);
    add_gap(text, span, outlook, height);
    for (size_t i = 0; i < count; i++) {
        int y = LANE * (int)i;
        const struct lane *lane = &lanes[i];
        add_bar(text, span, "valid", lane->row->not_before, lane->row->not_after, y + 7, 4);
        if (lane->begin != INSTANT_NONE)
            add_bar(text, span, turns[lane->turn].name, lane->begin, lane->end, y + 3, 12);
    }
    text_add(text, "<line class=\"now\"");
    add_percent(text, "x1", position(span, span->now));
    add_percent(text, "x2", position(span, span->now));
    text_add(text, " y2=\"100%\"/></svg>\n");
}

static void add_end(struct text *text, const struct certificate_row *row)
{
    if (row->not_after == INSTANT_NONE) {
        text_add(text, "unknown to the index");
        return;
    }
    text_add(text, "valid until ");
    html_add_day(text, row->not_after);
}

/* Those of the queue that have no lane. */
static void add_further(struct text *text, const struct slot_row *slot, size_t lanes)
{
    const struct certificate_row *next = slot->next.items;
    size_t drawn = lanes - (slot->previous ? 1 : 0) - (slot->current ? 1 : 0);
    if (drawn == slot->next.count)
        return;
    text_printf(text, "<li><span class=\"key next\">next</span><span>%zu more, the last one ",
                slot->next.count - drawn);
    add_end(text, &next[slot->next.count - 1]);
    text_add(text, "</span></li>\n");
}

/* The same in words, a line for each lane; it is what a screen reader gets. */
static void add_legend(struct text *text, const struct slot_row *slot, const struct lane *lanes,
                       size_t count)
{
    text_add(text, "<ul class=\"lanes\">");
    for (size_t i = 0; i < count; i++) {
        const struct lane *lane = &lanes[i];
        text_printf(text, "<li><span class=\"key %s\">%s</span><span>", turns[lane->turn].name,
                    turns[lane->turn].says);
        html_add_inline(text, lane->row->certificate);
        text_add(text, " <span class=\"soft\">");
        if (lane->turn == NEXT) {
            text_add(text, "from ");
            html_add_day(text, lane->begin);
            text_add(text, ", ");
        }
        add_end(text, lane->row);
        text_add(text, "</span></span></li>\n");
    }
    add_further(text, slot, count);
    text_add(text, "</ul>");
}

static void add_slot(struct text *text, const struct span *span, const struct outlook *outlook)
{
    static const struct {
        const char *kind;
        const char *word;
    } tags[] = {
        [CONCERN_EXPIRED] = {"failed", "expired"},  [CONCERN_GAP] = {"failed", "gap"},
        [CONCERN_EMPTY] = {"failed", "empty"},      [CONCERN_UNKNOWN] = {"failed", "unknown"},
        [CONCERN_EXPIRING] = {"warning", "soon"},   [CONCERN_ROLL] = {"changed", "roll"},
        [CONCERN_OVERLAP] = {"neutral", "overlap"}, [CONCERN_NONE] = {"ok", "quiet"},
    };
    struct lane lanes[LANES_MOST];
    size_t count = find_lanes(outlook->slot, lanes);
    text_add(text, "<li><div><h3>");
    html_add_slot(text, outlook->slot->scope, outlook->slot->type);
    text_printf(text, " <span class=\"tag %s\">%s</span></h3>\n<p>", tags[outlook->concern].kind,
                tags[outlook->concern].word);
    outlook_add(text, outlook, span->now);
    text_add(text, "</p>\n");
    add_legend(text, outlook->slot, lanes, count);
    text_add(text, "</div>\n");
    add_bars(text, span, outlook, lanes, count);
    text_add(text, "</li>\n");
}

/* Where the calendar has something to show: from a month ago until behind the last hand-over. */
static struct span find_span(const struct outlook *outlooks, size_t count, instant now)
{
    struct span span = {now - SPAN_BEFORE, now + SPAN_LEAST, now};
    for (size_t i = 0; i < count; i++) {
        const struct slot_row *slot = outlooks[i].slot;
        const struct certificate_row *next = slot->next.items;
        for (size_t j = 0; j < slot->next.count; j++)
            if (outlook_begin(&next[j]) + SPAN_BEFORE > span.to)
                span.to = outlook_begin(&next[j]) + SPAN_BEFORE;
        if (slot->current && slot->current->not_after + SPAN_BEFORE > span.to)
            span.to = slot->current->not_after + SPAN_BEFORE;
    }
    if (span.to - now > SPAN_MOST)
        span.to = now + SPAN_MOST;
    return span;
}

/* The first instants of the months in the span, each with a line; the lines are drawn again in each
 * slot's SVG. */
static void add_axis(struct text *text, const struct span *span)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct text lines = TEXT_INIT;
    int year, month;
    instant_to_month(span->from, &year, &month);
    int every = span->to - span->from > 240 * DAY ? 3 : 1;
    text_add(text, "<svg class=\"axis\" aria-hidden=\"true\" height=\"22\">");
    for (month++;; month++) {
        instant at = instant_from_date(year + (month - 1) / 12, (month - 1) % 12 + 1, 1, 0, 0, 0);
        if (at >= span->to)
            break;
        text_add(&lines, "<line y2=\"100%\"");
        add_percent(&lines, "x1", position(span, at));
        add_percent(&lines, "x2", position(span, at));
        text_add(&lines, "/>");
        int x = position(span, at), distance = x - position(span, span->now);
        if ((month - 1) % every != 0 || (distance > -800 && distance < 300) || x > LABEL_LAST)
            continue;
        text_add(text, "<text y=\"15\"");
        add_percent(text, "x", position(span, at));
        text_printf(text, ">%s %d</text>", months[(month - 1) % 12], year + (month - 1) / 12);
    }
    text_add(text, "<text class=\"today\" y=\"15\"");
    add_percent(text, "x", position(span, span->now));
    text_add(text, ">now</text>");
    text_printf(text, "<defs><g id=\"grid\">%s</g></defs></svg>\n", text_string(&lines));
    text->failed |= text_failed(&lines);
    text_done(&lines);
}

void html_add_timeline(struct text *text, const struct outlook *outlooks, size_t count, instant now)
{
    size_t shown = count > SHOWN_MOST ? SHOWN_MOST : count;
    struct span span = find_span(outlooks, shown, now);
    text_add(text, "<div class=\"timeline\">\n");
    add_axis(text, &span);
    text_add(text, "<ol>\n");
    for (size_t i = 0; i < shown; i++) {
        if (i == SHOWN_FIRST)
            text_printf(text, "</ol>\n<details><summary>%zu more</summary><ol>\n", shown - i);
        add_slot(text, &span, &outlooks[i]);
    }
    text_printf(text, "</ol>%s</div>\n", shown > SHOWN_FIRST ? "</details>" : "");
    if (shown == count)
        return;
    text_add(text, "<p class=\"soft\">");
    words_add_count(text, (int64_t)(count - shown), "slot");
    text_printf(text, " more, less pressing, %s in the whole state.</p>\n",
                count - shown == 1 ? "stands" : "stand");
}
