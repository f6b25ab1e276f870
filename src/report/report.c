#include "report/report.h"

#include "base/cleanup.h"
#include "report/words.h"
#include "report/writers.h"

#include <errno.h>

typedef int writer(const struct report_view *view, const struct document *document,
                   struct text *text);

static writer *const writers[][REPORT_HTML + 1] = {
#define ROW(kind, text, html)                                                                      \
    [kind] = {[REPORT_TEXT] = text,                                                                \
              [REPORT_JSON] = report_write_json,                                                   \
              [REPORT_MARKDOWN] = report_write_markdown,                                           \
              [REPORT_HTML] = html}
    ROW(REPORT_PLAN, report_write_plan, NULL),
    ROW(REPORT_RUN, report_write_plan, report_write_html),
    ROW(REPORT_STATUS, report_write_status, NULL),
    ROW(REPORT_VALIDATION, report_write_validation, NULL),
    ROW(REPORT_HISTORY, report_write_history, report_write_html_history),
    ROW(REPORT_VERIFICATION, report_write_verification, NULL),
    ROW(REPORT_DELIVERY, report_write_delivery, NULL),
#undef ROW
};

static void cleanup_arena(struct arena **arena)
{
    arena_free(*arena);
}

/* Of a run, the store when it was done, a row for each certificate, stands where people read more
 * than a few lines. */
static int make_rows(const struct report_view *view, enum report_format format, struct arena *arena,
                     struct document *ret)
{
    bool state = view->kind == REPORT_RUN && view->run->after &&
                 (format == REPORT_HTML || format == REPORT_MARKDOWN);
    if (rows_make(view, arena, ret) < 0)
        return -1;
    return state ? rows_add_state(view->run->after, arena, ret) : 0;
}

/* Is there nothing that somebody who wants quiet has to know? Who asks for a status or the history
 * wants to see it. */
static bool is_unheard(const struct report_view *view, enum report_format format,
                       const struct document *document)
{
    return format == REPORT_TEXT && view->verbosity < 0 && view->kind != REPORT_STATUS &&
           view->kind != REPORT_HISTORY && !document->actions.count && !document->delivered &&
           !document->queued && !document->dropped.count && words_count_errors(document) == 0;
}

static int fill(const struct report_view *view, enum report_format format, struct text *text)
{
    writer *write_view = writers[view->kind][format];
    struct arena *arena CLEANUP(cleanup_arena) = arena_new();
    struct document document;
    if (!write_view || !arena || make_rows(view, format, arena, &document) < 0)
        return -1;
    if (is_unheard(view, format, &document))
        return 0;
    return write_view(view, &document, text) < 0 || text_failed(text) ? -1 : 0;
}

int report_write(const struct report_view *view, enum report_format format, struct text *ret)
{
    struct text text = TEXT_INIT;
    if (fill(view, format, &text) < 0) {
        text_done(&text);
        return -1;
    }
    *ret = text;
    return 0;
}

int report_write_to(const struct report_view *view, enum report_format format, int fd)
{
    struct text text CLEANUP(text_done) = TEXT_INIT;
    text.sink = fd;
    if (fill(view, format, &text) == 0)
        return text_finish(&text);
    return text.error ? text.error : -ENOMEM;
}
