/* The rows of a comment's lists. No string from outside begins a line. */
#include "base/cleanup.h"
#include "report/excerpt.h"
#include "report/markdown.h"
#include "report/past.h"
#include "report/words.h"

#include <stdio.h>
#include <string.h>

enum { MESSAGE_MOST = 400, FINGERPRINT_MOST = 16, NEXT_MOST = 8 };

void markdown_add_time(struct text *text, instant at)
{
    char time[INSTANT_TEXT_SIZE];
    instant_format(at, time);
    if (time[0])
        text_printf(text, "%.10s %.8s UTC", time, time + strlen("2026-11-22T"));
    else
        text_add(text, "–");
}

static void add_name(struct text *text, const char *name)
{
    if (name && *name)
        text_add_code(text, name, MARKDOWN_NAME_MOST);
    else
        text_add(text, "–");
}

/* Without an ellipsis: everybody knows how long one is. */
static void add_fingerprint(struct text *text, const char *fingerprint)
{
    char digits[FINGERPRINT_MOST + 1] = "";
    strncat(digits, fingerprint ? fingerprint : "", FINGERPRINT_MOST);
    add_name(text, digits);
}

/* "scope/Type" as one name. */
static void add_slot_name(struct text *text, const char *scope, const char *type)
{
    struct text name CLEANUP(text_done) = TEXT_INIT;
    if (type)
        text_printf(&name, "%s/%s", scope ? scope : "", type);
    add_name(text, text_string(&name));
    text->failed |= text_failed(&name);
}

/* "FILE:LINE:COLUMN" as one name, as far as it is known. */
static void add_place(struct text *text, const char *file, int64_t line, int64_t column)
{
    struct text name CLEANUP(text_done) = TEXT_INIT;
    text_add(&name, file ? file : "certroll");
    if (file && line)
        text_printf(&name, ":%lld", (long long)line);
    if (file && line && column)
        text_printf(&name, ":%lld", (long long)column);
    add_name(text, text_string(&name));
    text->failed |= text_failed(&name);
}

static void add_message(struct text *text, const struct problem_row *problem)
{
    if (problem->certificate && *problem->certificate) {
        add_name(text, problem->certificate);
        text_add(text, ": ");
    }
    text_add_markdown(text, problem->message, MESSAGE_MOST);
}

static void add_advice(struct text *text, const struct problem_row *problem)
{
    text_printf(text, "`%s`: ", problem->code);
    text_add_markdown(text, problem->advice, MESSAGE_MOST);
}

void markdown_add_error(const struct report_view *view, const void *row, struct text *text)
{
    const struct problem_row *problem = row;
    (void)view;
    text_add(text, "**");
    add_place(text, problem->file, problem->line, problem->column);
    text_add(text, "** ");
    add_message(text, problem);
    text_add(text, "\\\n");
    add_advice(text, problem);
    text_add(text, "\n\n");
    if (!problem->excerpt || !problem->line)
        return;
    text_add(text, "```text\n");
    excerpt_add(text, problem->excerpt, problem->line, problem->column, false);
    text_add(text, "```\n\n");
}

void markdown_add_warning(const struct report_view *view, const void *row, struct text *text)
{
    const struct problem_row *problem = row;
    (void)view;
    text_add(text, "- ");
    add_place(text, problem->file, problem->line, problem->column);
    text_add(text, " ");
    add_message(text, problem);
    text_add(text, "\\\n  ");
    add_advice(text, problem);
    text_add(text, "\n");
}

void markdown_add_action(const struct report_view *view, const void *row, struct text *text)
{
    const struct action_row *action = row;
    (void)view;
    text_printf(text, "| %s", action->action);
    if (action->result != OUTCOME_DONE)
        text_printf(text, ": **%s**", action->outcome);
    text_add(text, " | ");
    add_name(text, action->certificate);
    text_add(text, " | ");
    add_slot_name(text, action->scope, action->type);
    text_add(text, " | ");
    markdown_add_time(text, action->effective_date);
    text_add(text, " | ");
    if (action->reason)
        text_add_markdown(text, action->reason, MESSAGE_MOST);
    else
        add_name(text, NULL);
    text_add(text, " |\n");
}

static void add_validity(struct text *text, instant from, instant to)
{
    char day[INSTANT_TEXT_SIZE];
    if (to == INSTANT_NONE) {
        add_name(text, NULL);
        return;
    }
    text_printf(text, "%s to ", words_day(from, day));
    text_add(text, words_day(to, day));
}

void markdown_add_certificate(const struct report_view *view, const void *row, struct text *text)
{
    const struct action_row *action = row;
    (void)view;
    text_printf(text, "| %s | ", action->action);
    add_name(text, action->certificate);
    text_add(text, " | ");
    add_name(text, words_subject(action->subject));
    text_add(text, " | ");
    add_validity(text, action->not_before, action->not_after);
    text_add(text, " | ");
    add_fingerprint(text, action->fingerprint);
    text_add(text, " | ");
    add_fingerprint(text, action->relieves);
    text_add(text, " | ");
    if (action->file)
        add_place(text, action->file, action->line, 0);
    else
        add_name(text, NULL);
    text_add(text, " |\n");
}

/* The cells that every row of a store ends with. */
static void add_stored(const struct report_view *view, const struct certificate_row *row,
                       struct text *text)
{
    instant left = row->not_after == INSTANT_NONE ? WORDS_HORIZON : row->not_after - view->now;
    add_name(text, row->certificate);
    text_add(text, " | ");
    add_name(text, words_subject(row->subject));
    text_add(text, " | ");
    add_fingerprint(text, row->fingerprint);
    text_add(text, " | ");
    if (row->fingerprint && row->not_after == INSTANT_NONE)
        text_add(text, "unknown to the index");
    else
        add_validity(text, row->not_before, row->not_after);
    text_add(text, left < 0 ? " **expired**" : left < WORDS_HORIZON ? " **soon**" : "");
}

static void add_claim(const struct report_view *view, const struct slot_row *slot,
                      const char *place, const struct certificate_row *row, struct text *text)
{
    text_add(text, "| ");
    add_slot_name(text, slot->scope, slot->type);
    text_printf(text, " | %s | ", place);
    add_stored(view, row, text);
    text_add(text, " | ");
    markdown_add_time(text, row->effective_date);
    text_add(text, " | ");
    add_name(text, slot->owner);
    text_add(text, " |\n");
}

void markdown_add_slot(const struct report_view *view, const void *row, struct text *text)
{
    static const struct certificate_row none = {
        .not_before = INSTANT_NONE, .not_after = INSTANT_NONE, .effective_date = INSTANT_NONE};
    const struct slot_row *slot = row;
    const struct certificate_row *next = slot->next.items;
    if (slot->current)
        add_claim(view, slot, "current", slot->current, text);
    else
        add_claim(view, slot, "empty", &none, text);
    for (size_t i = 0; i < slot->next.count && i < NEXT_MOST; i++)
        add_claim(view, slot, "next", &next[i], text);
    if (slot->next.count > NEXT_MOST) {
        char place[WORDS_SIZE];
        snprintf(place, sizeof(place), "%zu more in next", slot->next.count - NEXT_MOST);
        add_claim(view, slot, place, &none, text);
    }
    if (slot->previous)
        add_claim(view, slot, "previous", slot->previous, text);
}

void markdown_add_unassigned(const struct report_view *view, const void *row, struct text *text)
{
    const struct certificate_row *certificate = row;
    text_add(text, "| ");
    add_stored(view, certificate, text);
    text_add(text, " | ");
    add_name(text, certificate->owner);
    text_add(text, " |\n");
}

void markdown_add_manifest(const struct report_view *view, const void *row, struct text *text)
{
    const struct manifest_row *manifest = row;
    (void)view;
    text_add(text, "| ");
    add_name(text, manifest->path);
    text_add(text, " | ");
    add_name(text, manifest->name);
    text_printf(text, " | %lld | ", (long long)manifest->certificates);
    add_fingerprint(text, manifest->commit);
    text_add(text, " | ");
    add_fingerprint(text, manifest->sha256);
    text_add(text, " |\n");
}

void markdown_add_run(const struct report_view *view, const void *row, struct text *text)
{
    const struct past_run_row *past = row;
    json_t *run = NULL;
    instant started = INSTANT_NONE;
    (void)view;
    text->failed |= past_read(past->json, &run) < 0;
    instant_parse(past_string(run, "started_at"), &started);
    text_add(text, "| ");
    markdown_add_time(text, started);
    text_add(text, " | ");
    add_name(text, past_string(run, "run_id"));
    text_add(text, past->finished ? " | " : " | **interrupted**: ");
    past_add_summary(text, past, run);
    text_add(text, " | ");
    add_name(text, past->report);
    text_add(text, " |\n");
    json_decref(run);
}
