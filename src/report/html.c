/* The report: is everything in order, what changed, what failed; then its other parts. */
#include "report/html.h"
#include "report/words.h"
#include "report/writers.h"

#include <string.h>

static const struct {
    const char *result; /* of run_result() */
    const char *title;
} verdicts[] = {
    {"ok", "Everything is in order"},
    {"changed", "Changes were made"},
    {"failed", "Something failed"},
};

static const char *verdict_title(const char *result)
{
    for (size_t i = 0; i < sizeof(verdicts) / sizeof(*verdicts); i++)
        if (strcmp(verdicts[i].result, result) == 0)
            return verdicts[i].title;
    return result;
}

static void add_head(struct text *text, const struct report_view *view, const char *title)
{
    text_add(text, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                   "style-src 'unsafe-inline'\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"color-scheme\" content=\"light dark\">\n"
                   "<meta name=\"referrer\" content=\"no-referrer\">\n");
    text_printf(text, "<title>%s", title);
    if (view->host) {
        text_add(text, " on ");
        text_add_html(text, view->host);
    }
    text_printf(text, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", html_style);
}

static void add_verdict(struct text *text, const struct report_view *view,
                        const struct document *document, const char *result)
{
    text_printf(text, "<header><div class=\"verdict %s\">\n<p>certroll", result);
    if (view->host) {
        text_add(text, " on <strong>");
        text_add_html(text, view->host);
        text_add(text, "</strong>");
    }
    text_add(text, ", ");
    html_add_time(text, document->started_at);
    text_printf(text, "</p>\n<h1>%s</h1>\n<p>", verdict_title(result));
    words_add_summary(text, document, true);
    text_add(text, ".</p>\n</div></header>\n<main>\n");
}

static void add_action_summary(struct text *text, const struct action_row *action)
{
    static const char *const classes[] = {
        [OUTCOME_DONE] = "changed", [OUTCOME_FAILED] = "failed", [OUTCOME_SKIPPED] = "warning"};
    text_printf(text, "<summary><span class=\"tag %s\">%s</span><strong>", classes[action->result],
                action->action);
    html_add_inline(text, action->certificate);
    text_add(text, "</strong> ");
    if (action->type)
        html_add_slot(text, action->scope, action->type);
    text_printf(text, " <span class=\"soft\">%s</span></summary>\n", action->outcome);
}

static void add_action(struct text *text, const struct action_row *action)
{
    text_printf(text, "<details%s>", action->result == OUTCOME_DONE ? "" : " open");
    add_action_summary(text, action);
    text_add(text, "<dl>\n");
    html_add_term(text, "Execution result", action->outcome);
    html_add_term(text, "Reason", action->reason);
    html_add_term(text, "Subject", action->subject);
    html_add_term(text, "Fingerprint", action->fingerprint);
    html_add_term(text, "Thumbprint", action->thumbprint);
    html_add_time_term(text, "Valid from", action->not_before);
    html_add_time_term(text, "Valid until", action->not_after);
    html_add_time_term(text, "Effective", action->effective_date);
    html_add_term(text, "Relieves", action->relieves);
    html_add_term(text, "Owner", action->owner);
    if (action->file) {
        text_add(text, "<dt>Manifest</dt><dd>");
        html_add_inline(text, action->file);
        text_printf(text, ", line %lld</dd>\n", (long long)action->line);
    }
    text_add(text, "</dl></details>\n");
}

static void add_changes(struct text *text, const struct document *document)
{
    const struct action_row *actions = document->actions.items;
    text_add(text, "<section aria-labelledby=\"changed\"><h2 id=\"changed\">What changed</h2>\n");
    if (!document->actions.count)
        text_add(text, "<p class=\"soft\">Nothing: no action was needed or possible.</p>\n");
    for (size_t i = 0; i < document->actions.count; i++)
        add_action(text, &actions[i]);
    text_add(text, "</section>\n");
}

static void add_problem_place(struct text *text, const struct problem_row *problem)
{
    text_add(text, "<p class=\"soft\">");
    if (problem->file) {
        html_add_inline(text, problem->file);
        if (problem->line)
            text_printf(text, ":%lld:%lld", (long long)problem->line, (long long)problem->column);
        text_add(text, " ");
    }
    text_printf(text, "<code>%s</code></p>\n", problem->code);
}

static void add_problem(struct text *text, const struct problem_row *problem)
{
    text_printf(text, "<li class=\"%s\"><p><strong>", problem->is_error ? "failed" : "warning");
    if (problem->certificate) {
        html_add_inline(text, problem->certificate);
        text_add(text, ": ");
    }
    html_add_inline(text, problem->message);
    text_add(text, "</strong></p>\n");
    if (problem->excerpt)
        html_add_element(text, "pre", problem->excerpt);
    text_add(text, "<p>What to do: ");
    text_add_html(text, problem->advice);
    text_add(text, "</p>\n");
    add_problem_place(text, problem);
    text_add(text, "</li>\n");
}

static void add_problem_list(struct text *text, const struct document *document, bool errors)
{
    const struct problem_row *problems = document->problems.items;
    text_printf(text, "<h3>%s</h3>\n<ul class=\"problems\">\n", errors ? "Errors" : "Warnings");
    for (size_t i = 0; i < document->problems.count; i++)
        if (problems[i].is_error == errors)
            add_problem(text, &problems[i]);
    text_add(text, "</ul>\n");
}

static void add_problems(struct text *text, const struct document *document)
{
    text_add(text, "<section aria-labelledby=\"failed\"><h2 id=\"failed\">What failed, and what "
                   "to do</h2>\n");
    if (words_count_errors(document))
        add_problem_list(text, document, true);
    else
        text_add(text, "<p class=\"soft\">Nothing failed.</p>\n");
    if (words_count_warnings(document, true))
        add_problem_list(text, document, false);
    text_add(text, "</section>\n");
}

/* What a receiver can parse. */
static int add_data(struct text *text, const struct report_view *view,
                    const struct document *document)
{
    struct text json CLEANUP(text_done) = TEXT_INIT;
    if (report_write_json(view, document, &json) < 0 || text_failed(&json))
        return -1;
    text_add(text, "<script type=\"application/json\" id=\"certroll-run\">\n");
    text_add_json(text, text_string(&json), true);
    text_add(text, "</script>\n");
    return 0;
}

int report_write_html(const struct report_view *view, const struct document *document,
                      struct text *text)
{
    const char *result = run_result(view->run);
    add_head(text, view, verdict_title(result));
    add_verdict(text, view, document, result);
    add_changes(text, document);
    add_problems(text, document);
    if (html_add_next(text, view, document) < 0)
        return -1;
    html_add_state(text, view, document);
    html_add_facts(text, view, document);
    text_add(text, "</main>\n<footer>Written by certroll");
    if (view->version) {
        text_add(text, " ");
        text_add_html(text, view->version);
    }
    text_add(text, ".</footer>\n");
    if (add_data(text, view, document) < 0)
        return -1;
    text_add(text, "</body>\n</html>\n");
    return 0;
}
