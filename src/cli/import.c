#include "cli/command.h"

int command_import(struct session *session)
{
    (void)session;
    return EXIT_FAILED;
}
