#include "cli/targets.h"

#include "cli/spare.h"
#include "deliver/deliver.h"

#include <string.h>

/* Where several name one target, it gets what any of them asks for. */
static void add(struct target *list, size_t *count, const char *name, enum report_on on)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(list[i].name, name) == 0) {
            list[i].on = on < list[i].on ? on : list[i].on;
            return;
        }
    list[(*count)++] = (struct target){name, on};
}

static void add_url(struct targets *targets, const char *url, enum report_on on, struct place place,
                    struct problems *problems)
{
    if (deliver_check_url(url, place, problems) == 0)
        add(targets->urls, &targets->url_count, url, on);
}

static void add_file(const struct session *session, const struct manifests *manifests,
                     struct targets *targets, struct target file, struct problems *problems)
{
    const char *objection = spare_objection(session, manifests, file.name);
    if (objection)
        problems_add(problems, PROBLEM_REPORT_FAILED, NOWHERE,
                     "the report is not written to %s: %s", file.name, objection);
    else
        add(targets->files, &targets->file_count, file.name, file.on);
}

static void add_manifest(const struct session *session, const struct manifests *manifests, size_t m,
                         struct targets *targets, struct problems *problems)
{
    const struct options *options = session->options;
    const struct report_wish *wish = &manifests->items[m].report;
    if (!options->report && wish->file)
        add_file(session, manifests, targets, (struct target){wish->file, wish->on}, problems);
    for (size_t i = 0; !options->report_url && i < wish->urls.count; i++)
        add_url(targets, wish->urls.words[i], wish->on, wish->urls.places[i], problems);
}

void targets_find(struct session *session, const struct manifests *manifests,
                  struct problems *problems, struct targets *ret)
{
    const struct options *options = session->options;
    size_t urls = 1;
    for (size_t m = 0; m < manifests->count; m++)
        urls += manifests->items[m].report.urls.count;
    struct targets targets = {
        .files = arena_alloc(session->arena, manifests->count + 1, sizeof(*targets.files)),
        .urls = arena_alloc(session->arena, urls, sizeof(*targets.urls)),
    };
    *ret = (struct targets){.files = NULL};
    if (!targets.files || !targets.urls) {
        problems_add(problems, PROBLEM_OUT_OF_MEMORY, NOWHERE, "out of memory");
        return;
    }
    if (options->report)
        add_file(session, manifests, &targets, (struct target){options->report, REPORT_ON_ALWAYS},
                 problems);
    if (options->report_url)
        add_url(&targets, options->report_url, REPORT_ON_ALWAYS, NOWHERE, problems);
    for (size_t m = 0; m < manifests->count; m++)
        add_manifest(session, manifests, m, &targets, problems);
    *ret = targets;
}

bool target_wants(const struct target *target, const char *result)
{
    bool failed = strcmp(result, "failed") == 0, changed = strcmp(result, "changed") == 0;
    return target->on == REPORT_ON_ALWAYS || failed || (target->on == REPORT_ON_CHANGE && changed);
}
