/* command: the table of what certroll can do. One file a command. */
#ifndef CERTROLL_CLI_COMMAND_H
#define CERTROLL_CLI_COMMAND_H

#include "cli/session.h"

struct command {
    const char *name;
    unsigned bit; /* of enum command_bit */
    const char *operands;
    size_t least, most; /* operands */
    const char *says;
    int (*run)(struct session *session); /* the exit code */
};

int command_validate(struct session *session);
int command_plan(struct session *session);
int command_apply(struct session *session);
int command_import(struct session *session);
int command_status(struct session *session);
int command_history(struct session *session);
int command_verify(struct session *session);
int command_deliver(struct session *session);
int command_schema(struct session *session);

#endif
