/*
 * execute: a preparation -> the store, and the report of it. What apply and import share.
 */
#ifndef CERTROLL_CLI_EXECUTE_H
#define CERTROLL_CLI_EXECUTE_H

#include "cli/prepare.h"
#include "cli/saved_plan.h"

/* The exit code. With a saved plan, nothing is done unless the plan made now is that one. */
int execute(struct session *session, struct preparation *preparation,
            const struct saved_plan *saved);

#endif
