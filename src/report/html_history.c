/* One page over the runs that are kept, the latest first. */
#include "report/html.h"
#include "report/past.h"
#include "report/words.h"
#include "report/writers.h"

#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

/* Bytes from the page's beginning that the lists of runs may reach, and the runs themselves. */
enum { ROWS_LIMIT = 7500000, HEADS_LIMIT = 7900000 };

enum { ROWS_MOST = 200 }; /* actions or problems of one run */

struct past {
    const struct past_run_row *row;
    json_t *run; /* NULL: it cannot be read */
    const char *kind;
    const char *word;
};

/* 0, or -1 when memory is out. */
static int read_run(const struct past_run_row *row, struct past *ret)
{
    struct past past = {row, NULL, "ok", "in order"};
    if (past_read(row->json, &past.run) < 0)
        return -1;
    if (!row->finished) {
        past.kind = "warning";
        past.word = "interrupted";
    } else if (!past.run) {
        past.kind = "warning";
        past.word = "unreadable";
    } else if (strcmp(past_result(past.run), "ok") != 0) {
        past.kind = past.word = past_result(past.run);
    }
    *ret = past;
    return 0;
}

static void add_instant(struct text *text, const json_t *run, const char *member)
{
    instant at;
    if (instant_parse(past_string(run, member), &at) == 0)
        html_add_time(text, at);
}

/* A square for each run, the oldest first; they lead to what stands below. */
static void add_strip(struct text *text, const struct past *runs, size_t count)
{
    text_add(text, "<ol class=\"strip\" aria-label=\"The runs, oldest first\">");
    for (size_t i = 0; i < count; i++) {
        text_printf(text, "<li><a class=\"%s\" href=\"#run-%zu\"><span>%s, ", runs[i].kind, i,
                    runs[i].word);
        add_instant(text, runs[i].run, "started_at");
        text_add(text, "</span></a>\n");
    }
    text_add(text, "</ol>\n");
}

static void add_action(struct text *text, const json_t *action)
{
    text_add(text, "<tr><td>");
    html_add_inline(text, past_string(action, "action"));
    text_add(text, "<th scope=\"row\">");
    html_add_inline(text, past_string(action, "certificate"));
    text_add(text, "<td data-label=\"Slot\">");
    if (*past_string(action, "type"))
        html_add_slot(text, past_string(action, "scope"), past_string(action, "type"));
    text_add(text, "<td data-label=\"Execution result\">");
    html_add_inline(text, past_string(action, "outcome"));
    text_add(text, "\n");
}

static void add_problem(struct text *text, const json_t *problem)
{
    bool error = strcmp(past_string(problem, "severity"), "error") == 0;
    text_printf(text, "<li><span class=\"tag %s\">%s</span> ", error ? "failed" : "warning",
                error ? "error" : "warning");
    if (*past_string(problem, "certificate")) {
        html_add_inline(text, past_string(problem, "certificate"));
        text_add(text, ": ");
    }
    html_add_inline(text, past_string(problem, "message"));
    text_add(text, "\n");
}

/* A list of a run: as many of its rows as it may have here, and how many there are besides. */
struct part {
    const char *member;
    const char *noun;
    const char *begin;
    const char *end;
    void (*add)(struct text *text, const json_t *row);
};

static const struct part parts[] = {
    {"actions", "action",
     "<table>\n<thead><tr><th scope=\"col\">Action<th scope=\"col\">Certificate<th scope=\"col\">"
     "Slot<th scope=\"col\">Execution result</thead>\n<tbody>\n",
     "</tbody></table>\n", add_action},
    {"problems", "problem", "<ul class=\"messages\">\n", "</ul>\n", add_problem},
};

static void add_part(struct html_room *room, const struct part *part, const json_t *list)
{
    size_t all = json_array_size(list), shown = 0;
    if (all && !room->left_out) {
        text_add(room->text, part->begin);
        for (; shown < all && shown < ROWS_MOST && html_begin_row(room); shown++) {
            part->add(room->text, json_array_get(list, shown));
            html_end_row(room);
            if (room->left_out)
                break;
        }
        text_add(room->text, part->end);
    }
    if (shown == all)
        return;
    text_add(room->text, "<p class=\"soft\">");
    words_add_count(room->text, (int64_t)(all - shown), part->noun);
    text_printf(room->text, " %s: <code>certroll history -o json</code> has all.</p>\n",
                shown ? "more" : "left out");
}

static void add_head(struct text *text, const struct past *past, size_t i)
{
    text_printf(text,
                "<details class=\"fold\" id=\"run-%zu\"%s><summary><span class=\"tag %s\">%s"
                "</span> ",
                i, strcmp(past->kind, "failed") == 0 ? " open" : "", past->kind, past->word);
    add_instant(text, past->run, "started_at");
    text_add(text, " <span class=\"soft\">");
    past_add_summary(text, past->row, past->run);
    text_add(text, "</span></summary>\n<dl>\n");
    html_add_term(text, "Run", past_string(past->run, "run_id"));
    html_add_term(text, "Report", past->row->report);
    text_add(text, "</dl>\n");
}

/* heads: room for what every run has; rows: for its lists. */
static void add_run(struct html_room *heads, struct html_room *rows, const struct past *past,
                    size_t i)
{
    if (!html_begin_row(heads))
        return;
    add_head(heads->text, past, i);
    html_end_row(heads);
    if (heads->left_out)
        return;
    for (size_t part = 0; part < sizeof(parts) / sizeof(*parts); part++)
        add_part(rows, &parts[part], json_object_get(past->run, parts[part].member));
    html_end_fold(heads->text);
}

/* What has no room any more is left out of the oldest. */
static void add_runs(struct text *text, const struct past *runs, size_t count)
{
    struct html_room heads = {.text = text, .limit = HEADS_LIMIT};
    struct html_room rows = {.text = text, .limit = ROWS_LIMIT};
    html_begin_section(text, "runs", "The runs, the latest first");
    for (size_t i = count; i-- > 0;)
        add_run(&heads, &rows, &runs[i], i);
    html_end_room(&heads, "run", "certroll history -o json");
    html_end_section(text);
}

static size_t count_of(const struct past *runs, size_t count, const char *word)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += strcmp(runs[i].word, word) == 0;
    return found;
}

static size_t count_changed(const struct past *runs, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += past_changed(runs[i].run);
    return found;
}

static void add_overview(struct text *text, const struct report_view *view, const struct past *runs,
                         size_t count)
{
    html_begin_verdict(text, count ? runs[count - 1].kind : "ok", view->host, view->now);
    text_add(text, "<h1>");
    if (count)
        text_printf(text, "The last run: %s", runs[count - 1].word);
    else
        text_add(text, "No run has done anything yet");
    text_add(text, "</h1>\n");
    add_strip(text, runs, count);
    html_end_verdict(text);
    text_add(text, "<dl class=\"figures\">\n");
    html_add_figure(text, "Kept runs", (int64_t)count, NULL);
    html_add_figure(text, "Changed", (int64_t)count_changed(runs, count), "changed");
    html_add_figure(text, "Failed", (int64_t)count_of(runs, count, "failed"), "failed");
    html_add_figure(text, "Interrupted", (int64_t)count_of(runs, count, "interrupted"), "warning");
    text_add(text, "</dl>\n</header>\n");
}

static int add_page(struct text *text, const struct report_view *view, const struct list *list,
                    struct past *runs)
{
    const struct past_run_row *rows = list->items;
    for (size_t i = 0; i < list->count; i++)
        if (read_run(&rows[i], &runs[i]) < 0)
            return -1;
    html_begin_page(text, view, "The runs of certroll");
    add_overview(text, view, runs, list->count);
    text_add(text, "<main>\n");
    add_runs(text, runs, list->count);
    text_add(text, "</main>\n");
    html_end_page(text, view);
    return 0;
}

int report_write_html_history(const struct report_view *view, const struct document *document,
                              struct text *text)
{
    size_t count = document->runs.count;
    struct past *runs AUTO_FREE = calloc(count + 1, sizeof(*runs));
    int error = runs ? add_page(text, view, &document->runs, runs) : -1;
    for (size_t i = 0; runs && i < count; i++)
        json_decref(runs[i].run);
    return error;
}
