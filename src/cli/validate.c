#include "cli/command.h"
#include "manifest/load.h"

int command_validate(struct session *session)
{
    const struct options *options = session->options;
    struct manifests manifests;
    if (manifests_load((const char *const *)options->operands, options->operand_count,
                       session->arena, &session->problems, &manifests) != 0) {
        session_say("out of memory");
        return EXIT_FAILED;
    }
    struct report_view view = session_view(session, REPORT_VALIDATION);
    view.manifests = &manifests;
    int code = session_show(session, &view);
    session_say_problems(session, &session->problems);
    manifests_done(&manifests);
    return code || session->problems.errors > 0 ? EXIT_FAILED : EXIT_DONE;
}
