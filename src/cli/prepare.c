#include "cli/prepare.h"

#include "cli/checkout.h"
#include "cli/old_index.h"
#include "manifest/load.h"

#include <string.h>

void prepare_init(struct preparation *preparation, struct session *session)
{
    const struct options *options = session->options;
    *preparation = (struct preparation){
        .at = session->now,
        .options =
            {
                .prune = options->prune,
                .allow_empty = options->allow_empty,
                .take_over = options->take_over,
                .atomic = options->atomic,
                .horizon = options->horizon,
            },
    };
    problems_init(&preparation->loading, session->arena);
}

void prepare_forget_passwords(struct preparation *preparation)
{
    manifests_done(&preparation->manifests);
    environment_free(preparation->environment);
    preparation->environment = NULL;
    secret_wipe_stack();
}

void prepare_forget_files(struct preparation *preparation)
{
    gather_forget_files(preparation->gathering);
    secret_wipe_stack();
}

void prepare_done(struct preparation *preparation)
{
    gather_free(preparation->gathering);
    prepare_forget_passwords(preparation);
}

/* What a password's command said when it failed goes to the terminal, without the passwords of the
 * manifests and of the environment. */
static void tell_errors(void *context, const char *entry_name, const char *program,
                        struct secret *errors)
{
    const struct preparation *preparation = context;
    const struct manifests *manifests = &preparation->manifests;
    environment_mask(preparation->environment, errors);
    for (size_t m = 0; m < manifests->count; m++)
        for (size_t e = 0; e < manifests->items[m].entry_count; e++) {
            const struct secret *text = manifests->items[m].entries[e].password.text;
            secret_mask(errors, secret_peek(text), secret_size(text));
        }
    char *rest = (char *)secret_bytes(errors);
    for (const char *line; (line = strsep(&rest, "\n"));)
        if (*line)
            session_say("%s: %s: %s", entry_name, program, line);
}

/* Without a service group an exportable key can be read by certroll's own group alone. */
static void warn_no_group(const struct preparation *preparation, const struct session *session,
                          struct problems *problems)
{
    if (session->service_group != (gid_t)-1)
        return;
    for (size_t m = 0; m < preparation->manifests.count; m++)
        for (size_t e = 0; e < preparation->manifests.items[m].entry_count; e++) {
            const struct entry *entry = &preparation->manifests.items[m].entries[e];
            if (!entry->exportable)
                continue;
            problems_add(problems, PROBLEM_NO_SERVICE_GROUP, entry->place,
                         "private_key_exportable: there is no group 'ssl-cert', or this user is "
                         "not in it, so the key is given to the user's own group")
                ->certificate = entry->name;
            return;
        }
}

static int find_commits(struct manifests *manifests, struct arena *arena)
{
    struct checkout last = {NULL, NULL};
    for (size_t m = 0; m < manifests->count; m++)
        if (checkout_commit(&last, manifests->items[m].path, arena, &manifests->items[m].commit) !=
            0)
            return -1;
    return 0;
}

int prepare_load(struct preparation *preparation, struct session *session, const char *const *paths,
                 size_t count)
{
    if (manifests_load(paths, count, session->arena, &preparation->loading,
                       &preparation->manifests) != 0)
        return session_out_of_memory(session);
    preparation->environment = environment_new();
    if (!preparation->environment || find_commits(&preparation->manifests, session->arena) != 0 ||
        passwords_take(&preparation->manifests, preparation->environment) != 0)
        return session_out_of_memory(session);
    return 0;
}

/* A lost index is written anew by a run whose manifests list all that is served; one that would
 * take anything away is not to begin. */
static int check_lost(const struct preparation *preparation, struct session *session,
                      struct store *store)
{
    const struct plan *plan = &preparation->plan;
    size_t count = plan->blocked ? 0 : plan->change_count;
    return store_keeps_all(store, plan->changes, count, &session->problems);
}

/* Is it? Only a store that nothing was ever committed to is looked at: 1, 0, or -1 with a problem.
 */
static int is_lost(const struct preparation *preparation, struct session *session,
                   struct store *store, struct problems *problems)
{
    if (preparation->snapshot.generation != 0)
        return 0;
    int presence = store_presence(store, &session->problems);
    if (presence == STORE_IS_LOST)
        problems_add(problems, PROBLEM_INDEX_LOST, NOWHERE,
                     "%s: the index is lost; applying writes it anew, as the manifests of that run "
                     "have it",
                     session->store);
    return presence < 0 ? -1 : presence == STORE_IS_LOST;
}

int prepare_plan(struct preparation *preparation, struct session *session, struct store *store)
{
    const struct options *options = session->options;
    struct problems problems;
    problems_init(&problems, session->arena);
    problems_append(&problems, &preparation->loading);
    warn_no_group(preparation, session, &problems);
    gather_free(preparation->gathering);
    preparation->gathering = NULL;
    if (store_snapshot(store, session->arena, &session->problems, &preparation->snapshot) != 0)
        return -1;
    if (old_index_check_snapshot(session, store, &preparation->snapshot, &session->problems) != 0)
        return -1;
    int lost = is_lost(preparation, session, store, &problems);
    if (lost < 0)
        return -1;
    const struct password_asking asking = {preparation->environment, tell_errors, preparation};
    const struct gather_input sources = {
        .manifests = &preparation->manifests,
        .asking = &asking,
        .snapshot = &preparation->snapshot,
        .at = preparation->at,
        .jobs = session->jobs,
        .progress = session->interactive && !options->quiet,
        .read_all = options->no_cache,
    };
    if (gather_sources(&sources, &problems, &preparation->gathering) != 0)
        return session_out_of_memory(session);
    struct plan_input input = {
        .manifests = &preparation->manifests,
        .sources = gather_results(preparation->gathering),
        .snapshot = &preparation->snapshot,
        .problems = &problems,
        .options = preparation->options,
        .at = preparation->at,
    };
    if (plan_make(&input, session->arena, &preparation->plan) != 0)
        return session_out_of_memory(session);
    return lost ? check_lost(preparation, session, store) : 0;
}

void prepare_nothing(struct preparation *preparation, struct session *session)
{
    preparation->plan = (struct plan){
        .at = preparation->at,
        .generation = preparation->snapshot.generation,
        .manifests = &preparation->manifests,
        .snapshot = &preparation->snapshot,
        .options = preparation->options,
    };
    problems_init(&preparation->plan.problems, session->arena);
    problems_append(&preparation->plan.problems, &preparation->loading);
}

int prepare_fail(struct preparation *preparation, struct session *session)
{
    prepare_nothing(preparation, session);
    problems_append(&preparation->plan.problems, &session->problems);
    struct report_view view = session_view(session, REPORT_PLAN);
    view.plan = &preparation->plan;
    view.failed = true;
    if (!session_is_read_by_people(session))
        session_show(session, &view);
    session_say_problems(session, &preparation->loading);
    return EXIT_FAILED;
}

int prepare_exit_code(const struct preparation *preparation, const struct session *session)
{
    if (preparation->plan.problems.errors > 0)
        return EXIT_FAILED;
    return session->options->detailed_exitcode && preparation->plan.action_count > 0 ? 2
                                                                                     : EXIT_DONE;
}
