/* Which lists a comment has, and what of them comes first. */
#include "report/markdown.h"

#include <string.h>

static bool is_error(const void *row)
{
    return ((const struct problem_row *)row)->is_error;
}

static bool is_warning(const void *row)
{
    return !is_error(row);
}

static int compare_pointers(const char *left, const char *right)
{
    return (left > right) - (left < right);
}

/* What was not done comes first, then what touches a slot; otherwise in the order of the plan. */
static int compare_actions(const void *left, const void *right)
{
    const struct action_row *a = *(const struct action_row *const *)left;
    const struct action_row *b = *(const struct action_row *const *)right;
    int order = (a->result == OUTCOME_DONE) - (b->result == OUTCOME_DONE);
    if (!order)
        order = !a->type - !b->type;
    return order ? order : compare_pointers((const char *)a, (const char *)b);
}

/* The first date that matters to a slot: its current certificate's end, or a hand-over. */
static instant nearest(const struct slot_row *slot)
{
    const struct certificate_row *next = slot->next.items;
    instant at = INSTANT_MAX;
    if (slot->current && slot->current->not_after != INSTANT_NONE)
        at = slot->current->not_after;
    for (size_t i = 0; i < slot->next.count; i++)
        if (next[i].effective_date != INSTANT_NONE && next[i].effective_date < at)
            at = next[i].effective_date;
    return at;
}

static int compare_slots(const void *left, const void *right)
{
    const struct slot_row *a = *(const struct slot_row *const *)left;
    const struct slot_row *b = *(const struct slot_row *const *)right;
    instant at_a = nearest(a), at_b = nearest(b);
    int order = (at_a > at_b) - (at_a < at_b);
    return order ? order : compare_pointers((const char *)a, (const char *)b);
}

/* The newest, which is the last, comes first. */
static int compare_runs(const void *left, const void *right)
{
    return compare_pointers(*(const char *const *)right, *(const char *const *)left);
}

#define LIST(member, type) .list = offsetof(struct document, member), .row_size = sizeof(type)

const struct markdown_section markdown_sections[] = {
    {.title = "Errors",
     .noun = "error",
     LIST(problems, struct problem_row),
     .keep = is_error,
     .add = markdown_add_error,
     .room = 16000,
     .open = 10},
    {.title = "Changes",
     .noun = "change",
     .head = "| Action | Certificate | Slot | Effective | Why |\n"
             "| --- | --- | --- | --- | --- |\n",
     LIST(actions, struct action_row),
     .compare = compare_actions,
     .add = markdown_add_action,
     .room = 16000,
     .open = 25},
    {.title = "Warnings",
     .noun = "warning",
     LIST(problems, struct problem_row),
     .keep = is_warning,
     .add = markdown_add_warning,
     .room = 8000},
    {.title = "Certificates of these changes",
     .noun = "change",
     .head = "| Action | Certificate | Subject | Valid | Fingerprint | Relieves | Manifest |\n"
             "| --- | --- | --- | --- | --- | --- | --- |\n",
     LIST(actions, struct action_row),
     .compare = compare_actions,
     .add = markdown_add_certificate,
     .room = 4000},
    {.title = "Slots, the nearest date first",
     .noun = "slot",
     .head = "| Slot | Place | Certificate | Subject | Fingerprint | Valid | Effective | Owner |\n"
             "| --- | --- | --- | --- | --- | --- | --- | --- |\n",
     LIST(slots, struct slot_row),
     .compare = compare_slots,
     .add = markdown_add_slot,
     .room = 4000},
    {.title = "Imported, assigned to nothing",
     .noun = "certificate",
     .head = "| Certificate | Subject | Fingerprint | Valid | Owner |\n"
             "| --- | --- | --- | --- | --- |\n",
     LIST(unassigned, struct certificate_row),
     .add = markdown_add_unassigned,
     .room = 2000},
    {.title = "Runs, the newest first",
     .noun = "run",
     .head = "| Started | Run | What it did | Report |\n| --- | --- | --- | --- |\n",
     LIST(runs, struct past_run_row),
     .compare = compare_runs,
     .add = markdown_add_run,
     .room = 2000,
     .open = 25},
    {.title = "Manifests",
     .noun = "manifest",
     .head = "| File | Name | Certificates | Commit | SHA-256 |\n"
             "| --- | --- | --- | --- | --- |\n",
     LIST(manifests, struct manifest_row),
     .add = markdown_add_manifest,
     .room = 2000},
};

const size_t markdown_section_count = sizeof(markdown_sections) / sizeof(*markdown_sections);
