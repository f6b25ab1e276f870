/* report_problems(): what compilers taught people to read. */
#include "report/excerpt.h"
#include "report/terminal.h"

#include <string.h>

static void add_place(struct text *text, const struct place *place)
{
    text_add_visible(text, place->file ? place->file : "certroll");
    if (place->file && place->line > 0)
        text_printf(text, ":%d:%d", place->line, place->column);
    text_add(text, ": ");
}

/* Does the message say which entry it is about? (A name that is only a part of a word, as 'web' is
 * of 'web.pfx', does not.) */
static bool names_entry(const struct problem *problem)
{
    size_t length = strlen(problem->certificate);
    const char *at = problem->message;
    while ((at = strstr(at, problem->certificate))) {
        if (at > problem->message && at[-1] == '\'' && at[length] == '\'')
            return true;
        at++;
    }
    return false;
}

/* Is something to be said of what to do? A line of a manifest shows it, and warnings are for those
 * who look. */
static bool needs_advice(const struct problem *problem)
{
    return problem_severity(problem->code) == SEVERITY_ERROR && !problem->excerpt;
}

static void add_advice(struct text *text, const char *advice, bool color)
{
    terminal_begin(text, STYLE_DIM, color);
    text_printf(text, "  help: %s", advice);
    terminal_end(text, STYLE_DIM, color);
    text_add(text, "\n");
}

static void add_problem(struct text *text, const struct problem *problem, bool color)
{
    enum severity severity = problem_severity(problem->code);
    enum style style = severity == SEVERITY_ERROR ? STYLE_RED : STYLE_YELLOW;
    terminal_begin(text, STYLE_BOLD, color);
    add_place(text, &problem->place);
    terminal_end(text, STYLE_BOLD, color);
    terminal_add(text, style, color, severity_name(severity));
    text_add(text, ": ");
    if (problem->certificate && !names_entry(problem)) {
        text_add_visible(text, problem->certificate);
        text_add(text, ": ");
    }
    text_add_visible(text, problem->message);
    terminal_begin(text, STYLE_DIM, color);
    text_printf(text, " [%s]", problem_code(problem->code));
    terminal_end(text, STYLE_DIM, color);
    text_add(text, "\n");
    if (problem->excerpt && problem->place.line > 0)
        excerpt_add(text, problem->excerpt, problem->place.line, problem->place.column, color);
}

/* The first one from i on that is shown with those of this severity; the count without any. */
static size_t find_shown(const struct problems *problems, size_t i, enum severity severity)
{
    while (i < problems->count &&
           (problems->items[i].quiet || problem_severity(problems->items[i].code) != severity))
        i++;
    return i;
}

static bool has_same_advice(const struct problem *left, const struct problem *right)
{
    return left->code == right->code && strcmp(problem_help(left), problem_help(right)) == 0;
}

/* Advice stands once below several problems of one kind that share it. */
static void add_all(struct text *text, const struct problems *problems, enum severity severity,
                    bool color)
{
    for (size_t next, i = find_shown(problems, 0, severity); i < problems->count; i = next) {
        const struct problem *problem = &problems->items[i];
        next = find_shown(problems, i + 1, severity);
        add_problem(text, problem, color);
        if (needs_advice(problem) &&
            (next == problems->count || !has_same_advice(problem, &problems->items[next])))
            add_advice(text, problem_help(problem), color);
    }
}

/* Errors come last, where the eye is. */
void report_problems(const struct problems *problems, bool color, struct text *ret)
{
    add_all(ret, problems, SEVERITY_WARNING, color);
    add_all(ret, problems, SEVERITY_ERROR, color);
    if (problems->out_of_memory)
        add_problem(ret,
                    &(struct problem){.code = PROBLEM_OUT_OF_MEMORY,
                                      .message = "memory ran out, and problems were lost"},
                    color);
}
