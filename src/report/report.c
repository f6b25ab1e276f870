#include "report/report.h"

#include "base/cleanup.h"
#include "report/writers.h"

typedef int writer(const struct report_view *view, const struct document *document,
                   struct text *text);

static writer *const writers[][REPORT_HTML + 1] = {
    [REPORT_PLAN] = {[REPORT_TEXT] = report_write_plan, [REPORT_JSON] = report_write_json},
    [REPORT_RUN] = {[REPORT_TEXT] = report_write_plan,
                    [REPORT_JSON] = report_write_json,
                    [REPORT_HTML] = report_write_html},
    [REPORT_STATUS] = {[REPORT_TEXT] = report_write_status, [REPORT_JSON] = report_write_json},
    [REPORT_VALIDATION] =
        {[REPORT_TEXT] = report_write_validation, [REPORT_JSON] = report_write_json},
    [REPORT_HISTORY] = {[REPORT_TEXT] = report_write_history,
                        [REPORT_JSON] = report_write_json,
                        [REPORT_HTML] = report_write_html_history},
    [REPORT_VERIFICATION] =
        {[REPORT_TEXT] = report_write_verification, [REPORT_JSON] = report_write_json},
    [REPORT_DELIVERY] = {[REPORT_TEXT] = report_write_delivery, [REPORT_JSON] = report_write_json},
};

static void cleanup_arena(struct arena **arena)
{
    arena_free(*arena);
}

int report_write(const struct report_view *view, enum report_format format, struct text *ret)
{
    writer *write_view = writers[view->kind][format];
    struct arena *arena CLEANUP(cleanup_arena) = arena_new();
    struct document document;
    if (!write_view || !arena || rows_make(view, arena, &document) < 0)
        return -1;
    struct text text = TEXT_INIT;
    if (write_view(view, &document, &text) < 0 || text_failed(&text)) {
        text_done(&text);
        return -1;
    }
    *ret = text;
    return 0;
}
