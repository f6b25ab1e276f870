#include "cli/command.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/old_index.h"
#include "cli/spare.h"

/* In place of what would be shown. */
static int write_page(struct session *session, const struct report_view *view)
{
    const char *path = session->options->html;
    const char *objection = spare_objection(session, NULL, path);
    struct text page CLEANUP(text_done) = TEXT_INIT;
    char buffer[128];
    if (report_write(view, REPORT_HTML, &page) != 0) {
        session_say("out of memory");
        return EXIT_FAILED;
    }
    if (objection) {
        problems_add(&session->problems, PROBLEM_REPORT_FAILED, NOWHERE,
                     "the page is not written to %s: %s", path, objection);
        return EXIT_FAILED;
    }
    int error = session_write(path, page.bytes, page.length);
    if (error)
        problems_add(&session->problems, PROBLEM_REPORT_FAILED, NOWHERE,
                     "the page could not be written to %s: %s", path,
                     file_error(error, buffer, sizeof(buffer)));
    return error ? EXIT_FAILED : EXIT_DONE;
}

/* A page is not written then. */
static int fail(const struct session *session)
{
    return session->options->html ? EXIT_FAILED : session_show_failure(session, REPORT_HISTORY);
}

static int show_history(struct session *session, struct store *store)
{
    struct run_record *records;
    size_t count;
    if (store_runs(store, session->arena, &session->problems, &records, &count) != 0)
        return fail(session);
    struct past_run *runs = arena_alloc(session->arena, count, sizeof(*runs));
    if (!runs) {
        session_say("out of memory");
        return EXIT_FAILED;
    }
    for (size_t i = 0; i < count; i++)
        runs[i] = (struct past_run){records[i].json, records[i].report, records[i].finished};
    struct report_view view = session_view(session, REPORT_HISTORY);
    if (count == 0 && session_view_absence(session, store, &view) != 0)
        return fail(session);
    view.runs = runs;
    view.run_count = count;
    int old = old_index_check(session, store, &session->problems);
    int code = session->options->html ? write_page(session, &view) : session_show(session, &view);
    return code || old != 0 ? EXIT_FAILED : EXIT_DONE;
}

int command_history(struct session *session)
{
    struct store *store = NULL;
    int code = session_open_store(session, false, &store) == 0 ? show_history(session, store)
                                                               : fail(session);
    session_say_problems(session, &session->problems);
    store_close(store);
    return code;
}
