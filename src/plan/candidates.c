#include "plan/work.h"

#include "base/cleanup.h"
#include "manifest/types.h"

#include <stdlib.h>
#include <string.h>

static const struct certificate *certificate_of(const struct work *work,
                                                const struct source_result *source)
{
    switch (source->state) {
    case SOURCE_LOADED:
        return &source->bundle->certificate;
    case SOURCE_KNOWN:
        return &snapshot_certificate(work->input->snapshot, source->record->fingerprint)
                    ->certificate;
    default:
        return NULL;
    }
}

static void make_of_manifest(struct work *work, size_t m)
{
    const struct manifest *manifest = &work->input->manifests->items[m];
    size_t count = manifest->entry_count;
    struct candidate *candidates = arena_alloc(work->arena, count, sizeof(*candidates));
    if (!candidates) {
        work->failed = true;
        return;
    }
    for (size_t e = 0; e < count; e++) {
        const struct source_result *source = &work->input->sources[m][e];
        candidates[e] = (struct candidate){
            .manifest = manifest,
            .entry = &manifest->entries[e],
            .source = source,
            .certificate = certificate_of(work, source),
            .role = lineup_first_role(&manifest->entries[e]),
            .failed = source->state == SOURCE_FAILED,
        };
    }
    work->candidates[m] = candidates;
}

static void give_roles(struct work *work)
{
    for (size_t l = 0; l < work->lineups.count; l++)
        for (size_t i = 0; i < work->lineups.items[l].count; i++) {
            enum role role = lineup_role(&work->lineups.items[l], i);
            const struct bid *bid = &work->lineups.items[l].bids[i];
            struct candidate *candidate = candidate_of(work, bid);
            if (role > candidate->role)
                candidate->role = role;
            if (role >= ROLE_NEXT && types_rules(bid->type)->needs_key)
                candidate->needs_key = true;
        }
}

/* A candidate beside the digits that its fingerprint begins with: so most comparisons need not look
 * far away. */
struct ranked {
    uint64_t rank;
    struct candidate *candidate;
};

static int compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    int order =
        strcmp(a->candidate->certificate->fingerprint, b->candidate->certificate->fingerprint);
    if (!order)
        order = (a->candidate->manifest > b->candidate->manifest) -
                (a->candidate->manifest < b->candidate->manifest);
    return order ? order
                 : (a->candidate->entry > b->candidate->entry) -
                       (a->candidate->entry < b->candidate->entry);
}

static void sort_known(struct work *work)
{
    size_t count = work->known_count;
    struct ranked *ranked AUTO_FREE = calloc(count + 1, sizeof(*ranked));
    if (!ranked) {
        work->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct candidate *candidate = work->by_fingerprint[i];
        ranked[i] = (struct ranked){work_rank(candidate->certificate->fingerprint), candidate};
    }
    qsort(ranked, count, sizeof(*ranked), compare_ranked);
    for (size_t i = 0; i < count; i++)
        work->by_fingerprint[i] = ranked[i].candidate;
}

/* A previous one that has expired is as if it were not there: whether its source had to be opened
 * depends on what the store remembers. */
static void forget_expired(const struct work *work, struct candidate *candidate)
{
    const struct certificate *certificate = candidate->certificate;
    candidate->over = candidate->role == ROLE_PREVIOUS &&
                      (candidate->source->state == SOURCE_EXPIRED ||
                       (certificate && work->input->at > certificate->not_after));
    if (candidate->over)
        candidate->certificate = NULL;
}

static void index_fingerprints(struct work *work, size_t entries)
{
    work->by_fingerprint = arena_alloc(work->arena, entries, sizeof(*work->by_fingerprint));
    if (!work->by_fingerprint) {
        work->failed = true;
        return;
    }
    for (size_t m = 0; m < work->input->manifests->count; m++)
        for (size_t e = 0; work->candidates[m] && e < work->input->manifests->items[m].entry_count;
             e++) {
            forget_expired(work, &work->candidates[m][e]);
            if (work->candidates[m][e].certificate)
                work->by_fingerprint[work->known_count++] = &work->candidates[m][e];
        }
    sort_known(work);
}

void candidates_make(struct work *work)
{
    const struct manifests *manifests = work->input->manifests;
    size_t entries = 0;
    work->candidates = arena_alloc(work->arena, manifests->count, sizeof(*work->candidates));
    if (!work->candidates) {
        work->failed = true;
        return;
    }
    for (size_t m = 0; m < manifests->count; m++) {
        entries += manifests->items[m].entry_count;
        if (!manifests->items[m].broken)
            make_of_manifest(work, m);
    }
    if (work->failed)
        return;
    give_roles(work);
    index_fingerprints(work, entries);
}

/* How many of them stand before this fingerprint; with `and_it`, before the one that follows it. */
static size_t count_before(const struct work *work, const char *fingerprint, bool and_it)
{
    size_t low = 0, high = work->known_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(work->by_fingerprint[middle]->certificate->fingerprint, fingerprint);
        if (order < 0 || (and_it && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct candidate **candidates_named(const struct work *work, const char *fingerprint,
                                    size_t *ret_count)
{
    size_t first = count_before(work, fingerprint, false);
    *ret_count = count_before(work, fingerprint, true) - first;
    return work->by_fingerprint + first;
}

static int compare_keys(const void *left, const void *right)
{
    const struct certificate *a = ((const struct key_holder *)left)->certificate;
    const struct certificate *b = ((const struct key_holder *)right)->certificate;
    int order = strcmp(a->key_id, b->key_id);
    return order ? order : strcmp(a->fingerprint, b->fingerprint);
}

/* Made when somebody asks, which is seldom. Keys that are in the store, or come with an entry: a
 * renewal under the same key, the answer to an offline request. */
static void index_keys(struct work *work)
{
    const struct snapshot *snapshot = work->input->snapshot;
    if (work->by_key)
        return;
    work->by_key = arena_alloc(work->arena, snapshot->certificate_count + work->known_count,
                               sizeof(*work->by_key));
    if (!work->by_key) {
        work->failed = true;
        return;
    }
    for (size_t i = 0; i < snapshot->certificate_count; i++)
        if (snapshot->certificates[i].certificate.has_key &&
            !(snapshot->certificates[i].damage & DAMAGE_KEY))
            work->by_key[work->key_count++] =
                (struct key_holder){&snapshot->certificates[i].certificate, NULL};
    for (size_t i = 0; i < work->known_count; i++) {
        const struct candidate *candidate = work->by_fingerprint[i];
        if (candidate->certificate->has_key && candidate->source->state == SOURCE_LOADED)
            work->by_key[work->key_count++] =
                (struct key_holder){candidate->certificate, candidate};
    }
    qsort(work->by_key, work->key_count, sizeof(*work->by_key), compare_keys);
}

bool candidate_taken(const struct candidate *candidate)
{
    return !candidate->failed && (candidate->role != ROLE_PREVIOUS || candidate->relieved);
}

/* Its certificate will be in the store, by its own entry or another's, and its key with it. */
static bool gives_key(const struct work *work, const struct key_holder *holder)
{
    size_t count;
    if (!holder->candidate)
        return true;
    if (holder->candidate->failed)
        return false;
    struct candidate **named = candidates_named(work, holder->certificate->fingerprint, &count);
    for (size_t i = 0; i < count; i++)
        if (candidate_taken(named[i]))
            return true;
    return false;
}

const char *candidates_key_donor(struct work *work, const struct certificate *certificate)
{
    index_keys(work);
    size_t low = 0, high = work->key_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(work->by_key[middle].certificate->key_id, certificate->key_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < work->key_count; low++) {
        const struct key_holder *holder = &work->by_key[low];
        if (strcmp(holder->certificate->key_id, certificate->key_id) != 0)
            break;
        if (strcmp(holder->certificate->fingerprint, certificate->fingerprint) != 0 &&
            gives_key(work, holder))
            return holder->certificate->fingerprint;
    }
    return NULL;
}

struct candidate *candidate_of(const struct work *work, const struct bid *bid)
{
    return &work->candidates[bid->manifest][bid->entry];
}

bool candidate_usable(const struct candidate *candidate)
{
    return candidate->certificate && !candidate->failed;
}

bool candidates_have_chain(const struct work *work, const char *fingerprint)
{
    size_t count;
    struct candidate **named = candidates_named(work, fingerprint, &count);
    for (size_t i = 0; i < count; i++)
        if (!named[i]->failed && !(named[i]->certificate->findings & FINDING_INCOMPLETE_CHAIN))
            return true;
    const struct stored_certificate *stored =
        snapshot_certificate(work->input->snapshot, fingerprint);
    return stored && !(stored->certificate.findings & FINDING_INCOMPLETE_CHAIN);
}

void candidates_tell_lost_key(struct work *work, struct candidate *candidate,
                              const struct certificate *certificate)
{
    work_problem(work, candidate, PROBLEM_NOT_REPAIRABLE,
                 "the private key of %.16s in the store was changed or lost, and no source brings "
                 "it again",
                 certificate->fingerprint)
        ->subject = certificate->subject;
}

static bool key_is_lost(const struct stored_certificate *stored)
{
    return stored->certificate.has_key && (stored->damage & DAMAGE_KEY);
}

/* The store has the certificate with its key, or an entry brings it. */
static bool has_key(const struct work *work, const struct certificate *certificate)
{
    const struct stored_certificate *stored =
        snapshot_certificate(work->input->snapshot, certificate->fingerprint);
    if (stored && stored->certificate.has_key && !key_is_lost(stored))
        return true;
    size_t count;
    struct candidate **named = candidates_named(work, certificate->fingerprint, &count);
    for (size_t i = 0; i < count; i++)
        if (!named[i]->failed && named[i]->source->state == SOURCE_LOADED &&
            named[i]->certificate->has_key)
            return true;
    return false;
}

static void check_key(struct work *work, struct candidate *candidate)
{
    const struct certificate *certificate = candidate->certificate;
    const struct entry *entry = candidate->entry;
    const char *source = entry->path ? entry->path : entry->fingerprint;
    if (!candidate->needs_key || has_key(work, certificate) ||
        candidates_key_donor(work, certificate))
        return;
    const struct stored_certificate *stored =
        snapshot_certificate(work->input->snapshot, certificate->fingerprint);
    const struct bundle *bundle = candidate->source->bundle;
    const char *note = bundle ? bundle->key_note : NULL;
    candidate->key_lost = stored && key_is_lost(stored);
    if (candidate->key_lost)
        candidates_tell_lost_key(work, candidate, certificate);
    else if (note)
        work_problem(work, candidate, PROBLEM_NO_PRIVATE_KEY,
                     "no private key: %s: %s, and the store has none for its public key", source,
                     note);
    else
        work_problem(work, candidate, PROBLEM_NO_PRIVATE_KEY,
                     "no private key: %s brings none, and the store has none for its public key",
                     source);
}

static void check_dates(struct work *work, struct candidate *candidate)
{
    const struct certificate *certificate = candidate->certificate;
    const struct entry *entry = candidate->entry;
    char edge[INSTANT_TEXT_SIZE], date[INSTANT_TEXT_SIZE];
    instant from = entry->effective_date == INSTANT_NONE ? work->input->at : entry->effective_date;
    if (work->input->at > certificate->not_after && !entry->allow_expired)
        work_problem(work, candidate, PROBLEM_EXPIRED, "the certificate expired at %s",
                     instant_format(certificate->not_after, edge));
    else if (candidate->role == ROLE_HELD)
        return; /* it takes effect nowhere */
    else if (from > certificate->not_after && !entry->allow_expired)
        work_problem(work, candidate, PROBLEM_EFFECTIVE_OUTSIDE_VALIDITY,
                     "it is to take effect at %s, but expires at %s", instant_format(from, date),
                     instant_format(certificate->not_after, edge));
    else if (from < certificate->not_before)
        work_problem(work, candidate, PROBLEM_EFFECTIVE_OUTSIDE_VALIDITY,
                     "it is to take effect at %s, but is not valid before %s",
                     instant_format(from, date), instant_format(certificate->not_before, edge));
}

typedef void candidate_check(struct work *work, struct candidate *candidate);

static void check_all(struct work *work, candidate_check *check)
{
    for (size_t i = 0; i < work->known_count; i++) {
        struct candidate *candidate = work->by_fingerprint[i];
        if (!candidate->failed && candidate->role >= ROLE_HELD)
            check(work, candidate);
    }
}

/* The one that is relieved in a slot; NULL: none is. */
static struct candidate *previous_in(const struct work *work, const struct lineup *lineup)
{
    return lineup->due > 1 && lineup_role(lineup, lineup->due - 2) == ROLE_PREVIOUS
               ? candidate_of(work, &lineup->bids[lineup->due - 2])
               : NULL;
}

/* A previous one is brought into the store where one that relieves it can be used. */
static void find_relieved(struct work *work)
{
    for (size_t l = 0; l < work->lineups.count; l++) {
        struct candidate *previous = previous_in(work, &work->lineups.items[l]);
        if (previous)
            previous->relieved = false;
    }
    for (size_t l = 0; l < work->lineups.count; l++) {
        const struct lineup *lineup = &work->lineups.items[l];
        struct candidate *previous = previous_in(work, lineup);
        if (previous && candidate_usable(candidate_of(work, &lineup->bids[lineup->due - 1])))
            previous->relieved = true;
    }
}

/* One entry's key may come from another's source, so that one must have passed before. A
 * certificate that several entries name has a key when one of them brings it. Where one fails, what
 * it was to relieve may bring no key either: then again. */
void candidates_check(struct work *work)
{
    size_t errors;
    check_all(work, check_dates);
    do {
        errors = work->plan->problems.errors;
        find_relieved(work);
        check_all(work, check_key);
    } while (work->plan->problems.errors > errors);
}
