#include "cli/command.h"
#include "cli/execute.h"

/* A saved plan brings its manifests and options along. */
static int apply_saved(struct session *session, struct preparation *preparation)
{
    struct saved_plan *saved = NULL;
    size_t count;
    int code = EXIT_FAILED;
    if (saved_plan_read(session->options->plan, session, &saved) != 0)
        return execute(session, preparation, NULL);
    const char *const *paths = saved_plan_manifests(saved, &count);
    preparation->options = saved_plan_options(saved);
    if (prepare_load(preparation, session, paths, count) == 0)
        code = execute(session, preparation, saved);
    saved_plan_free(saved);
    return code;
}

/* A saved plan was made under flags of its own. */
static bool changes_the_plan(const struct options *options)
{
    return options->prune || options->allow_empty || options->take_over || options->atomic;
}

int command_apply(struct session *session)
{
    const struct options *options = session->options;
    struct preparation preparation;
    int code = EXIT_FAILED;
    if (!options->plan == (options->operand_count == 0))
        return session_usage("apply", "apply takes manifests, or a saved plan");
    if (options->plan && changes_the_plan(options))
        return session_usage("apply",
                             "what a saved plan prunes, takes over or does as one was said "
                             "when it was made");
    prepare_init(&preparation, session);
    if (options->plan)
        code = apply_saved(session, &preparation);
    else if (prepare_load(&preparation, session, (const char *const *)options->operands,
                          options->operand_count) == 0)
        code = execute(session, &preparation, NULL);
    session_say_problems(session, &session->problems);
    prepare_done(&preparation);
    return code;
}
