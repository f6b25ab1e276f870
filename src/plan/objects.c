#include "plan/work.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int compare_texts(const char *left, const char *right)
{
    return left == right ? 0 : strcmp(left, right);
}

static int compare_wanted(const void *left, const void *right)
{
    const struct wanted *a = left, *b = right;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return compare_texts(a->fingerprint, b->fingerprint);
}

static void want(struct work *work, const char *fingerprint, bool exportable)
{
    if (fingerprint)
        work->wanted[work->wanted_count++] = (struct wanted){
            .fingerprint = fingerprint, .rank = work_rank(fingerprint), .exportable = exportable};
}

static void want_slot(struct work *work, const struct slot *slot)
{
    want(work, slot->current.fingerprint, slot->current.exportable);
    want(work, slot->previous.fingerprint, slot->previous.exportable);
    for (size_t i = 0; i < slot->next_count; i++)
        want(work, slot->next[i].fingerprint, slot->next[i].exportable);
}

/* Each fingerprint once; one claim that asks for access is enough. */
static void merge_wanted(struct work *work)
{
    size_t filled = 0;
    qsort(work->wanted, work->wanted_count, sizeof(*work->wanted), compare_wanted);
    for (size_t i = 0; i < work->wanted_count; i++) {
        if (filled && compare_wanted(&work->wanted[filled - 1], &work->wanted[i]) == 0)
            work->wanted[filled - 1].exportable |= work->wanted[i].exportable;
        else
            work->wanted[filled++] = work->wanted[i];
    }
    work->wanted_count = filled;
}

/* Both are in the order of their fingerprints. */
static void pair_with_candidates(struct work *work)
{
    struct candidate **known = work->by_fingerprint, **end = known + work->known_count;
    for (size_t i = 0; i < work->wanted_count; i++) {
        struct wanted *wanted = &work->wanted[i];
        while (known < end &&
               compare_texts((*known)->certificate->fingerprint, wanted->fingerprint) < 0)
            known++;
        wanted->named = known;
        for (; known < end &&
               compare_texts((*known)->certificate->fingerprint, wanted->fingerprint) == 0;
             known++, wanted->named_count++)
            (*known)->wanted = wanted;
    }
}

void objects_want(struct work *work)
{
    size_t most = work->holding_count;
    for (size_t i = 0; i < work->slot_count; i++) {
        const struct slot *slot = &work->slots[i].after;
        most += (slot->current.fingerprint != NULL) + (slot->previous.fingerprint != NULL) +
                slot->next_count;
    }
    work->wanted = arena_alloc(work->arena, most, sizeof(*work->wanted));
    if (!work->wanted) {
        work->failed = true;
        return;
    }
    for (size_t i = 0; i < work->slot_count; i++)
        want_slot(work, &work->slots[i].after);
    for (size_t i = 0; i < work->holding_count; i++)
        want(work, work->holdings[i].fingerprint, work->holdings[i].exportable);
    merge_wanted(work);
    pair_with_candidates(work);
}

/* One wanted certificate, what the store has of it and what the sources bring. */
struct object {
    const struct wanted *wanted;
    const struct stored_certificate *stored; /* NULL: not in the store */
    struct candidate *candidate;             /* the entry that its actions are told of, or NULL */
    const struct bundle *bundle;             /* the best of what was loaded, or NULL */
    const char *donor;                       /* whose key it takes, or NULL */
    bool told;                               /* an entry was told that its key is lost */
    size_t change;                           /* what carries its actions out */
};

static bool complete(const struct certificate *certificate)
{
    return !(certificate->findings & FINDING_INCOMPLETE_CHAIN);
}

/* Of what a source gave something is to be put otherwise: a copy, to be changed; NULL when memory
 * is out. */
static struct bundle *revise(struct work *work, struct object *object)
{
    struct bundle *bundle = arena_alloc(work->arena, 1, sizeof(*bundle));
    if (!bundle) {
        work->failed = true;
        return NULL;
    }
    *bundle = *object->bundle;
    object->bundle = bundle;
    return bundle;
}

/* Where several sources bring one certificate, the one with the better chain is taken, and the key
 * from whichever has it. The first in the manifests' order wins a tie. */
static void choose_bundle(struct work *work, struct object *object)
{
    const struct bundle *best = NULL;
    struct secret *key = NULL;
    for (size_t i = 0; i < object->wanted->named_count; i++) {
        struct candidate *candidate = object->wanted->named[i];
        object->told |= candidate->key_lost;
        if (candidate->failed)
            continue;
        if (!object->candidate)
            object->candidate = candidate;
        if (candidate->source->state != SOURCE_LOADED)
            continue;
        const struct bundle *bundle = candidate->source->bundle;
        if (!best || (complete(&bundle->certificate) && !complete(&best->certificate))) {
            best = bundle;
            object->candidate = candidate;
        }
        key = key ? key : bundle->key_pem;
    }
    object->bundle = best;
    struct bundle *revised = best && best->key_pem != key ? revise(work, object) : NULL;
    if (revised)
        revised->key_pem = key;
}

static bool stored_key_is_sound(const struct object *object)
{
    return object->stored && object->stored->certificate.has_key &&
           !(object->stored->damage & DAMAGE_KEY);
}

static void choose_key(struct work *work, struct object *object)
{
    bool own = object->bundle && object->bundle->key_pem;
    const struct certificate *certificate =
        object->bundle ? &object->bundle->certificate : &object->stored->certificate;
    if (!own && !stored_key_is_sound(object))
        object->donor = candidates_key_donor(work, certificate);
    bool has_key = own || object->donor || stored_key_is_sound(object);
    struct bundle *revised = object->bundle && object->bundle->certificate.has_key != has_key
                                 ? revise(work, object)
                                 : NULL;
    if (revised)
        revised->certificate.has_key = has_key;
}

/* From the source where it was loaded, else from what the index knows. */
static void put(struct work *work, struct object *object)
{
    if (object->change != SIZE_MAX)
        return;
    object->change =
        work_change(work, &(struct change){
                              .kind = object->bundle ? CHANGE_PUT_OBJECT : CHANGE_REPAIR_OBJECT,
                              .bundle = object->bundle,
                              .key_from = object->donor,
                              .fingerprint = object->wanted->fingerprint,
                              .exportable = object->wanted->exportable,
                          });
}

static void act(struct work *work, struct object *object, enum action_kind kind, const char *reason)
{
    struct action *action = work_act(work, kind, object->candidate);
    action->fingerprint = object->wanted->fingerprint;
    action->certificate = object->bundle ? &object->bundle->certificate
                                         : certificate_known(work, action->fingerprint);
    action->reason = reason;
    action->change = object->change;
}

static const char *why_import(const struct object *object)
{
    if (!object->stored)
        return object->donor ? "not in the store yet; its key is" : "not in the store yet";
    bool gains_key = !object->stored->certificate.has_key &&
                     (object->donor || (object->bundle && object->bundle->key_pem));
    if (gains_key)
        return "its private key has come";
    if (object->bundle &&
        strcmp(object->bundle->certificate.chain_digest,
               object->stored->certificate.chain_digest) != 0 &&
        (complete(&object->bundle->certificate) || !complete(&object->stored->certificate)))
        return "its chain has changed";
    if (object->bundle && complete(&object->bundle->certificate) &&
        !complete(&object->stored->certificate))
        return "its chain is known to be complete";
    return NULL;
}

static void repair(struct work *work, struct object *object)
{
    if (!object->stored || !object->stored->damage)
        return;
    bool own = object->bundle && object->bundle->key_pem;
    if ((object->stored->damage & DAMAGE_KEY) && !own && !object->donor) {
        if (!object->told)
            candidates_tell_lost_key(work, object->candidate, &object->stored->certificate);
        return;
    }
    put(work, object);
    act(work, object, ACTION_REPAIR,
        object->stored->damage & DAMAGE_KEY      ? "its private key was changed or lost"
        : object->stored->damage & DAMAGE_PUBLIC ? "a file of it was changed or lost"
                                                 : "its files have other rights than they should");
}

static void grant(struct work *work, struct object *object)
{
    if (!object->stored || !object->stored->certificate.has_key ||
        object->stored->exportable == object->wanted->exportable)
        return;
    if (object->change == SIZE_MAX)
        object->change = work_change(work, &(struct change){
                                               .kind = CHANGE_SET_ACCESS,
                                               .fingerprint = object->wanted->fingerprint,
                                               .exportable = object->wanted->exportable,
                                           });
    act(work, object, ACTION_ACCESS,
        object->wanted->exportable ? "the service group may read its key from now on"
                                   : "the service group may no longer read its key");
}

static void decide(struct work *work, struct wanted *wanted)
{
    if (wanted->decided)
        return;
    wanted->decided = true;
    struct object object = {
        .wanted = wanted,
        .stored = snapshot_certificate(work->input->snapshot, wanted->fingerprint),
        .change = SIZE_MAX,
    };
    choose_bundle(work, &object);
    if (!object.bundle && !object.stored)
        return; /* only after an allocation failed */
    choose_key(work, &object);
    const char *reason = why_import(&object);
    if (reason) {
        put(work, &object);
        act(work, &object, ACTION_IMPORT, reason);
    }
    repair(work, &object);
    grant(work, &object);
}

/* In the order of the manifests, then what they no longer list. */
void objects_decide(struct work *work)
{
    for (size_t m = 0; m < work->input->manifests->count; m++)
        for (size_t e = 0; work->candidates[m] && e < work->input->manifests->items[m].entry_count;
             e++)
            if (work->candidates[m][e].wanted)
                decide(work, work->candidates[m][e].wanted);
    for (size_t i = 0; i < work->wanted_count; i++)
        decide(work, &work->wanted[i]);
}
