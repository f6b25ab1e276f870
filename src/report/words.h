/* words: times, counts and results as people say them. Internal to report. */
#ifndef CERTROLL_REPORT_WORDS_H
#define CERTROLL_REPORT_WORDS_H

#include "report/rows.h"

enum { WORDS_SIZE = 48, WORDS_HORIZON = 30 * 86400 };

/* "to import", "imported": what an action is to do, and what it did. */
const char *words_planned(enum action_kind kind);
const char *words_done(enum action_kind kind);

/* A certificate's subject, or that it is empty; NULL for NULL. */
const char *words_subject(const char *subject);

/* "2026-11-22"; "" for INSTANT_NONE. */
char *words_day(instant at, char text[static INSTANT_TEXT_SIZE]);

/* "23 days", "5 hours": the largest unit that there is one of, rounded down. */
char *words_length(int64_t seconds, char text[static WORDS_SIZE]);

/* "in 23 days", "5 hours ago", "now"; "" where one of the two is INSTANT_NONE. */
char *words_distance(instant now, instant at, char text[static WORDS_SIZE]);

/* "delivered to", "queued for", "not delivered to". */
const char *words_sent(enum delivery delivery);

/* "1 certificate", "2 certificates". */
void words_add_count(struct text *text, int64_t count, const char *noun);

/* Which warnings are counted; those are shown that `force` does not hide. */
enum words_warnings { WORDS_NO_WARNINGS, WORDS_SHOWN_WARNINGS, WORDS_ALL_WARNINGS };

/* "Plan: 2 to import, 1 to assign; 6 unchanged; 1 failed, 2 warnings", of a run "Done: 2 imported,
 * ..."; or that there is nothing to do, which is said where all is well alone, but for manifests
 * that are refused because they have errors. Without a full stop. */
void words_add_summary(struct text *text, const struct document *document,
                       enum words_warnings warnings);

/* Errors and warnings of a document. */
size_t words_count_errors(const struct document *document);
size_t words_count_warnings(const struct document *document, enum words_warnings warnings);

#endif
