/* runs: what runs left behind, and their reports. */
#ifndef CERTROLL_STORE_RUNS_H
#define CERTROLL_STORE_RUNS_H

#include "store/index.h"

/* Keeps the report as reports/<run id>.html. */
int runs_keep_report(const struct folder *folder, const char *run_id, const char *html,
                     struct problems *problems);

/* Lets go of the runs above the number that is kept; publishes; removes their reports. */
int runs_publish(struct index *index);

#endif
