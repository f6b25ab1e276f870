/* What went wrong and what to do about it: problems of one kind stand together under the advice
 * that they share, errors before warnings, what has a date before the rest. */
#include "report/html.h"
#include "report/words.h"

#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

enum { OPEN_MOST = 10 }; /* of one kind; the others are folded */

struct group {
    const char *code;
    const char *advice;
    bool errors;
    size_t first; /* the problem that brought it up */
    size_t count;
};

/* The lower, the more it presses. */
static size_t rank_of(const char *code)
{
    static const char *const pressing[] = {"expired", "coverage_gap", "expiring"};
    size_t rank = 0, count = sizeof(pressing) / sizeof(*pressing);
    while (rank < count && strcmp(pressing[rank], code) != 0)
        rank++;
    return rank;
}

static int compare(const void *left, const void *right)
{
    const struct group *a = left, *b = right;
    size_t one = rank_of(a->code), other = rank_of(b->code);
    if (one != other)
        return one < other ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return (a->first > b->first) - (a->first < b->first);
}

static bool belongs(const struct problem_row *problem, const struct group *group)
{
    return problem->is_error == group->errors && strcmp(problem->code, group->code) == 0 &&
           strcmp(problem->advice, group->advice) == 0;
}

/* There are few codes, so a search for each problem will do. */
static size_t group_problems(const struct list *problems, bool errors, struct group *groups)
{
    const struct problem_row *rows = problems->items;
    size_t count = 0, at;
    for (size_t i = 0; i < problems->count; i++) {
        if (rows[i].is_error != errors)
            continue;
        for (at = 0; at < count && !belongs(&rows[i], &groups[at]);)
            at++;
        if (at == count)
            groups[count++] = (struct group){rows[i].code, rows[i].advice, errors, i, 0};
        groups[at].count++;
    }
    if (count)
        qsort(groups, count, sizeof(*groups), compare);
    return count;
}

static void add_place(struct text *text, const struct problem_row *problem)
{
    if (!problem->file)
        return;
    text_add(text, "<p class=\"place\">");
    html_add_inline(text, problem->file);
    if (problem->line)
        text_printf(text, ", line %lld", (long long)problem->line);
    text_add(text, "</p>\n");
}

/* message: whether it stands here, or with the whole group. */
static void add_problem(struct text *text, const struct problem_row *problem, bool message)
{
    text_add(text, "<li>");
    if (problem->certificate || message)
        text_add(text, "<p>");
    if (problem->certificate) {
        text_add(text, "<strong>");
        html_add_inline(text, problem->certificate);
        text_add(text, "</strong> ");
    }
    if (message)
        html_add_inline(text, problem->message);
    if (problem->certificate || message)
        text_add(text, "</p>\n");
    add_place(text, problem);
    if (problem->excerpt)
        html_add_element(text, "pre", problem->excerpt);
    text_add(text, "</li>\n");
}

/* Do all of a group say the same, each of a certificate of its own? */
static bool has_one_message(const struct list *problems, const struct group *group)
{
    const struct problem_row *rows = problems->items;
    for (size_t i = group->first; i < problems->count; i++)
        if (belongs(&rows[i], group) &&
            (!rows[i].certificate || strcmp(rows[i].message, rows[group->first].message) != 0))
            return false;
    return group->count > 1;
}

static void begin_group(struct text *text, const struct problem_row *first,
                        const struct group *group, bool one_message)
{
    const char *kind = group->errors ? "failed" : "warning";
    text_printf(text,
                "<article class=\"problem %s\">\n<h3><span class=\"tag %s\">%s</span> <code>%s"
                "</code>",
                kind, kind, group->errors ? "error" : "warning", group->code);
    if (group->count > 1)
        text_printf(text, " <span class=\"count\">%zu</span>", group->count);
    text_add(text, "</h3>\n<p class=\"advice\">");
    text_add_html(text, group->advice);
    text_add(text, "</p>\n");
    if (one_message) {
        text_add(text, "<p>Each: ");
        html_add_inline(text, first->message);
        text_add(text, "</p>\n");
    }
    text_add(text, "<ul>\n");
}

static void add_group(struct html_room *room, const struct list *problems,
                      const struct group *group)
{
    const struct problem_row *rows = problems->items;
    struct text *text = room->text;
    bool one_message = has_one_message(problems, group);
    size_t shown = 0;
    begin_group(text, &rows[group->first], group, one_message);
    for (size_t i = group->first; i < problems->count && shown < group->count; i++) {
        if (!belongs(&rows[i], group))
            continue;
        if (shown++ == OPEN_MOST) {
            text_add(text, "</ul>\n");
            html_begin_fold(text, "The others", group->count - OPEN_MOST, false);
            text_add(text, "<ul>\n");
        }
        if (!html_begin_row(room))
            continue;
        add_problem(text, &rows[i], !one_message);
        html_end_row(room);
    }
    text_add(text, "</ul>\n");
    if (group->count > OPEN_MOST)
        html_end_fold(text);
    text_add(text, "</article>\n");
}

static int add_groups(struct html_room *room, const struct list *problems)
{
    struct group *groups AUTO_FREE = calloc(problems->count, sizeof(*groups));
    if (!groups)
        return -1;
    for (int pass = 0; pass < 2; pass++) {
        size_t count = group_problems(problems, pass == 0, groups);
        for (size_t i = 0; i < count; i++)
            add_group(room, problems, &groups[i]);
    }
    return 0;
}

int html_add_problems(struct text *text, const struct document *document, size_t limit)
{
    struct html_room room = {.text = text, .limit = limit};
    html_begin_section(text, "problems", "What failed, and what to do");
    if (words_count_errors(document) == 0)
        text_add(text, "<p class=\"soft\">Nothing failed.</p>\n");
    if (document->problems.count && add_groups(&room, &document->problems) < 0)
        return -1;
    html_end_room(&room, "message", "-o json");
    html_end_section(text);
    return 0;
}
