/* The page: is everything in order, what is to be done, what changed, what comes next; below, the
 * whole state and the facts of the run. */
#include "report/html.h"
#include "report/outlook.h"
#include "report/words.h"
#include "report/writers.h"

#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

/* Bytes from the page's beginning that a section may reach; what one does not need, the next has.
 * The calendar between problems and state is bounded by its own numbers. */
enum {
    CHANGES_LIMIT = 1100000,
    PROBLEMS_LIMIT = 2200000,
    STATE_LIMIT = 6350000,
    FACTS_LIMIT = 6500000,
    DATA_LIMIT = 7990000,
};

enum verdict { IN_ORDER, ATTENTION, CHANGED, FAILED };

static const char *const kinds[] = {
    [IN_ORDER] = "ok", [ATTENTION] = "warning", [CHANGED] = "changed", [FAILED] = "failed"};

/* What the first screen says. */
struct overview {
    enum verdict verdict;
    int64_t done; /* actions */
    size_t errors;
    size_t warnings;
    size_t pressing;            /* slots whose concern is not only that of the calendar */
    const struct outlook *next; /* the nearest hand-over; NULL: none */
};

static struct overview look_over(const struct report_view *view, const struct document *document,
                                 const struct outlook *outlooks)
{
    const char *result = run_result(view->run);
    struct overview overview = {.errors = words_count_errors(document),
                                .warnings = words_count_warnings(document, WORDS_ALL_WARNINGS),
                                .done = (int64_t)run_count(view->run, OUTCOME_DONE)};
    for (size_t i = 0; i < document->slots.count; i++) {
        overview.pressing += outlooks[i].concern <= CONCERN_EXPIRING;
        if (outlooks[i].concern == CONCERN_ROLL && !overview.next)
            overview.next = &outlooks[i];
    }
    if (strcmp(result, "failed") == 0)
        overview.verdict = FAILED;
    else if (overview.pressing)
        overview.verdict = ATTENTION;
    else
        overview.verdict = overview.done ? CHANGED : IN_ORDER;
    return overview;
}

static void add_title(struct text *text, const struct document *document,
                      const struct overview *overview)
{
    int64_t failed = document->summary->failed;
    switch (overview->verdict) {
    case FAILED:
        if (failed)
            words_add_count(text, failed, "certificate");
        else if (overview->done)
            words_add_count(text, overview->done, "change");
        if (!failed && overview->done)
            text_add(text, ", ");
        if (!failed)
            words_add_count(text, (int64_t)overview->errors, "error");
        text_add(text, failed ? " failed" : "");
        break;
    case ATTENTION:
        words_add_count(text, (int64_t)overview->pressing, "slot");
        text_printf(text, " need%s attention", overview->pressing == 1 ? "s" : "");
        break;
    case CHANGED:
        words_add_count(text, overview->done, "change");
        text_add(text, ", everything is in order");
        break;
    case IN_ORDER:
        text_add(text, "Everything is in order");
        break;
    }
}

static void add_figures(struct text *text, const struct document *document,
                        const struct overview *overview)
{
    const struct summary_row *summary = document->summary;
    text_add(text, "<dl class=\"figures\">\n");
    html_add_figure(text, "Certificates", summary->certificates, NULL);
    html_add_figure(text, "Unchanged", summary->unchanged, NULL);
    if (summary->superseded)
        html_add_figure(text, "Superseded", summary->superseded, NULL);
    html_add_figure(text, "Changes", overview->done, "changed");
    html_add_figure(text, "Failed", summary->failed, "failed");
    html_add_figure(text, "Warnings", (int64_t)overview->warnings, "warning");
    text_add(text, "</dl>\n");
}

static void add_next(struct text *text, const struct overview *overview, instant now)
{
    if (!overview->next)
        return;
    text_add(text, "<p class=\"soon\">Next: ");
    outlook_add(text, overview->next, now);
    text_add(text, " (");
    html_add_slot(text, overview->next->slot->scope, overview->next->slot->type);
    text_add(text, ", ");
    html_add_time(text, overview->next->at);
    text_add(text, ").</p>\n");
}

static void add_link(struct text *text, const char *id, const char *title, size_t count)
{
    text_printf(text, "<li><a href=\"#%s\">%s", id, title);
    if (count)
        text_printf(text, " <span class=\"count\">%zu</span>", count);
    text_add(text, "</a>");
}

static void add_contents(struct text *text, const struct document *document,
                         const struct overview *overview)
{
    text_add(text, "<nav aria-label=\"Contents\"><ul>");
    add_link(text, "changes", "What changed", document->actions.count);
    add_link(text, "problems", "What to do", overview->errors + overview->warnings);
    add_link(text, "next", "What comes next", 0);
    add_link(text, "state", "The whole state", document->slots.count);
    add_link(text, "run", "The run", 0);
    text_add(text, "</ul></nav>\n");
}

static void add_verdict(struct text *text, const struct report_view *view,
                        const struct document *document, const struct overview *overview)
{
    html_begin_verdict(text, kinds[overview->verdict], view->host, document->started_at);
    text_add(text, "<h1>");
    add_title(text, document, overview);
    text_add(text, "</h1>\n<p>");
    words_add_summary(text, document, WORDS_ALL_WARNINGS);
    text_add(text, ".</p>\n");
    add_next(text, overview, view->now);
    html_end_verdict(text);
    add_figures(text, document, overview);
    add_contents(text, document, overview);
    text_add(text, "</header>\n");
}

/* What a receiver can parse. */
static int add_data(struct text *text, const struct report_view *view,
                    const struct document *document)
{
    text_add(text, "<script type=\"application/json\" id=\"certroll-run\">\n");
    int error = report_add_data(view->kind, document, DATA_LIMIT, text);
    text_add(text, "\n</script>\n");
    return error;
}

static int add_sections(struct text *text, const struct report_view *view,
                        const struct document *document, const struct outlook *outlooks)
{
    html_add_changes(text, document, CHANGES_LIMIT);
    if (html_add_problems(text, document, PROBLEMS_LIMIT) < 0 ||
        html_add_next(text, document, outlooks, view->now) < 0)
        return -1;
    html_add_state(text, document, view->now, STATE_LIMIT);
    html_add_facts(text, view, document, FACTS_LIMIT);
    return 0;
}

int report_write_html(const struct report_view *view, const struct document *document,
                      struct text *text)
{
    struct outlook *outlooks AUTO_FREE = NULL;
    if (outlook_make(document, view->now, &outlooks) < 0)
        return -1;
    struct overview overview = look_over(view, document, outlooks);
    struct text title CLEANUP(text_done) = TEXT_INIT;
    add_title(&title, document, &overview);
    html_begin_page(text, view, text_string(&title));
    add_verdict(text, view, document, &overview);
    text_add(text, "<main>\n");
    if (add_sections(text, view, document, outlooks) < 0)
        return -1;
    text_add(text, "</main>\n");
    if (text_failed(&title) || add_data(text, view, document) < 0)
        return -1;
    html_end_page(text, view);
    return 0;
}
