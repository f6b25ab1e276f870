/* runs: what runs left behind, and their reports. */
#ifndef CERTROLL_STORE_RUNS_H
#define CERTROLL_STORE_RUNS_H

#include "store/index.h"

/* Keeps what a run tells of itself as reports/<run id>.json. What names it in the index comes
 * later. */
int runs_keep_text(const struct folder *folder, const char *run_id, const struct run_text *text,
                   struct problems *problems);

/* The same of a text that is there already. */
int runs_keep_string(const struct folder *folder, const char *run_id, const char *json,
                     struct problems *problems);

/* The kept text of a run; reports: the folder, which may be negative. 0 with NULL where it is lost,
 * or is no file; -1 when memory is out. */
int runs_read_text(int reports, const char *run_id, struct arena *arena, const char **ret);

/* Keeps the texts of the runs of an old index, which stand in it. */
int runs_move_out(struct index *index);

/* Keeps the report as reports/<run id>.html. */
int runs_keep_report(const struct folder *folder, const char *run_id, const struct run_text *report,
                     struct problems *problems);

/* Removes what a run (or NULL) left in reports/ whose index then could not be written. Under the
 * lock; what cannot be removed, the next run removes. */
void runs_forget(const struct folder *folder, const char *run_id);

/* Lets go of the runs above the number that is kept; publishes; removes their reports. */
int runs_publish(struct index *index);

#endif
