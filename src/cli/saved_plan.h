/*
 * saved_plan: a plan in a file, approved now and applied later.
 *
 * The file is the plan's JSON with two more members: "options", and "sources", a digest for each
 * entry whose source was read.
 */
#ifndef CERTROLL_CLI_SAVED_PLAN_H
#define CERTROLL_CLI_SAVED_PLAN_H

#include "cli/prepare.h"

struct saved_plan;

/* 0, or -1 with the reason said. */
int saved_plan_write(const char *path, const struct preparation *preparation,
                     const struct session *session);

/* 0, or -1 with a problem in session->problems. */
int saved_plan_read(const char *path, struct session *session, struct saved_plan **ret);
void saved_plan_free(struct saved_plan *saved);

/* The paths of its manifests; and its options, which take the place of the command line's. */
const char *const *saved_plan_manifests(const struct saved_plan *saved, size_t *ret_count);
struct plan_options saved_plan_options(const struct saved_plan *saved);

/* Is the plan that was made now the one that was saved? 0, or -1 with a problem stale_plan that
 * names the first thing that has changed. */
int saved_plan_check(const struct saved_plan *saved, const struct preparation *preparation,
                     struct session *session);

#endif
