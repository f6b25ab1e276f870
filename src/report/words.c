#include "report/words.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *planned;
    const char *done;
} kinds[] = {
    [ACTION_IMPORT] = {"to import", "imported"},
    [ACTION_REPAIR] = {"to repair", "repaired"},
    [ACTION_ACCESS] = {"with access to change", "with access changed"},
    [ACTION_ASSIGN] = {"to assign", "assigned"},
    [ACTION_ACTIVATE] = {"to activate", "activated"},
    [ACTION_SCHEDULE] = {"to schedule", "scheduled"},
    [ACTION_RESCHEDULE] = {"to reschedule", "rescheduled"},
    [ACTION_CANCEL] = {"to cancel", "cancelled"},
    [ACTION_RETIRE] = {"to retire", "retired"},
    [ACTION_REMOVE] = {"to remove", "removed"},
};

const char *words_planned(enum action_kind kind)
{
    return kinds[kind].planned;
}

const char *words_done(enum action_kind kind)
{
    return kinds[kind].done;
}

const char *words_subject(const char *subject)
{
    return subject && !*subject ? "(no subject)" : subject;
}

const char *words_sent(enum delivery delivery)
{
    static const char *const words[] = {[DELIVERY_NONE] = "not delivered to",
                                        [DELIVERY_DELIVERED] = "delivered to",
                                        [DELIVERY_QUEUED] = "queued for"};
    return words[delivery];
}

char *words_day(instant at, char text[static INSTANT_TEXT_SIZE])
{
    instant_format(at, text);
    if (text[0])
        text[strlen("2026-11-22")] = '\0';
    return text;
}

char *words_length(int64_t seconds, char text[static WORDS_SIZE])
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    size_t unit = 0;
    while (unit + 1 < sizeof(units) / sizeof(*units) && seconds < units[unit].seconds)
        unit++;
    int64_t count = seconds / units[unit].seconds;
    snprintf(text, WORDS_SIZE, "%lld %s%s", (long long)count, units[unit].name,
             count == 1 ? "" : "s");
    return text;
}

char *words_distance(instant now, instant at, char text[static WORDS_SIZE])
{
    char length[WORDS_SIZE];
    text[0] = '\0';
    if (now == INSTANT_NONE || at == INSTANT_NONE)
        return text;
    if (at == now)
        snprintf(text, WORDS_SIZE, "now");
    else if (at > now)
        snprintf(text, WORDS_SIZE, "in %s", words_length(at - now, length));
    else
        snprintf(text, WORDS_SIZE, "%s ago", words_length(now - at, length));
    return text;
}

void words_add_count(struct text *text, int64_t count, const char *noun)
{
    text_printf(text, "%lld %s%s", (long long)count, noun, count == 1 ? "" : "s");
}

size_t words_count_errors(const struct document *document)
{
    const struct problem_row *problems = document->problems.items;
    size_t count = 0;
    for (size_t i = 0; i < document->problems.count; i++)
        count += problems[i].is_error;
    return count;
}

size_t words_count_warnings(const struct document *document, enum words_warnings warnings)
{
    const struct problem_row *problems = document->problems.items;
    size_t count = 0;
    for (size_t i = 0; i < document->problems.count; i++)
        count += !problems[i].is_error &&
                 warnings >= (problems[i].quiet ? WORDS_ALL_WARNINGS : WORDS_SHOWN_WARNINGS);
    return count;
}

/* What a run did not do is not counted as done. Those that failed count by certificate elsewhere.
 */
static void add_kinds(struct text *text, const struct document *document, bool is_run)
{
    const struct action_row *actions = document->actions.items;
    int64_t counts[ACTION_KIND_COUNT] = {0}, skipped = 0;
    for (size_t i = 0; i < document->actions.count; i++) {
        counts[actions[i].kind] += actions[i].result == OUTCOME_DONE;
        skipped += actions[i].result == OUTCOME_SKIPPED;
    }
    const char *separator = "";
    for (size_t kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        if (!counts[kind])
            continue;
        text_printf(text, "%s%lld %s", separator, (long long)counts[kind],
                    is_run ? kinds[kind].done : kinds[kind].planned);
        separator = ", ";
    }
    if (!separator[0])
        text_add(text, "nothing");
    if (skipped)
        text_printf(text, "; %lld skipped", (long long)skipped);
}

/* Manifests with errors, which change nothing, and their certificates. */
struct refused {
    int64_t manifests;
    int64_t certificates;
};

static struct refused count_refused(const struct document *document)
{
    const struct manifest_row *manifests = document->manifests.items;
    struct refused refused = {0, 0};
    for (size_t i = 0; i < document->manifests.count; i++)
        if (manifests[i].broken) {
            refused.manifests++;
            refused.certificates += manifests[i].certificates;
        }
    return refused;
}

/* Certificates that failed on their own. A plan of nothing counts none of a refused manifest. */
static int64_t count_failed(const struct document *document, const struct refused *refused)
{
    int64_t failed = document->summary->failed - refused->certificates;
    return failed > 0 ? failed : 0;
}

/* What there is to do, and what needs nothing. */
static void add_work(struct text *text, const struct document *document,
                     const struct refused *refused)
{
    const struct summary_row *summary = document->summary;
    bool is_run = document->run_id != NULL, is_well = !count_failed(document, refused);
    const char *separator = "; ";
    if (!document->actions.count && is_well &&
        (summary->unchanged || !words_count_errors(document))) {
        text_add(text, "Nothing to do: ");
        words_add_count(text, summary->unchanged, "certificate");
        text_printf(text, " %s as the %smanifests say", summary->unchanged == 1 ? "is" : "are",
                    refused->manifests ? "other " : "");
    } else {
        text_add(text, is_run ? "Done: " : "Plan: ");
        add_kinds(text, document, is_run);
        if (document->actions.count || summary->unchanged) {
            text_printf(text, "; %lld unchanged", (long long)summary->unchanged);
            separator = ", ";
        }
    }
    if (summary->superseded)
        text_printf(text, "%s%lld superseded", separator, (long long)summary->superseded);
}

/* What is wrong, and what may be. */
static void add_troubles(struct text *text, const struct document *document,
                         const struct refused *refused, enum words_warnings warnings)
{
    int64_t errors = (int64_t)words_count_errors(document);
    int64_t failed = count_failed(document, refused);
    int64_t warned = (int64_t)words_count_warnings(document, warnings);
    const char *separator = "; ";
    if (refused->manifests) {
        text_add(text, separator);
        words_add_count(text, refused->manifests, "manifest");
        if (refused->certificates) {
            text_add(text, " with ");
            words_add_count(text, refused->certificates, "certificate");
        }
        text_add(text, " refused");
        separator = ", ";
    }
    if (failed || errors) {
        text_add(text, separator);
        if (failed)
            text_printf(text, "%lld failed", (long long)failed);
        else
            words_add_count(text, errors, "error");
        separator = ", ";
    }
    if (warned) {
        text_add(text, separator);
        words_add_count(text, warned, "warning");
    }
}

void words_add_summary(struct text *text, const struct document *document,
                       enum words_warnings warnings)
{
    struct refused refused = count_refused(document);
    add_work(text, document, &refused);
    add_troubles(text, document, &refused, warnings);
    if (document->blocked && document->actions.count)
        text_add(text, document->run_id
                           ? "; all or nothing was asked for (--atomic)"
                           : "; apply will do nothing of it: all or nothing was asked for "
                             "(--atomic)");
}
