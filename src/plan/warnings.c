#include "plan/work.h"

#include "manifest/types.h"

#include <string.h>
#include <strings.h>

enum { SECONDS_A_DAY = 86400, NAMES_SHOWN = 10 };

/* RFC 6125, 6.4.3: a wildcard stands for one whole left-most label. */
static bool name_covers(const char *pattern, const char *name)
{
    if (strcasecmp(pattern, name) == 0)
        return true;
    const char *dot = strchr(name, '.');
    return pattern[0] == '*' && pattern[1] == '.' && dot && dot != name &&
           strcasecmp(pattern + 1, dot) == 0;
}

static bool has_name(const struct certificate *certificate, const char *name)
{
    for (size_t i = 0; i < certificate->dns_name_count; i++)
        if (name_covers(certificate->dns_names[i], name))
            return true;
    return false;
}

/* A list of names, as it was said of an entry. */
struct lost_names {
    const char *names;
    const struct lost_names *before;
};

/* An entry of several types may relieve one certificate several times: that is one warning. */
static bool lost_already(struct work *work, struct candidate *candidate, const char *names)
{
    for (const struct lost_names *said = candidate->lost; said; said = said->before)
        if (strcmp(said->names, names) == 0)
            return true;
    struct lost_names *lost = arena_alloc(work->arena, 1, sizeof(*lost));
    if (lost)
        *lost = (struct lost_names){names, candidate->lost};
    else
        work->failed = true;
    candidate->lost = lost;
    return false;
}

static void warn_lost_names(struct work *work, struct candidate *candidate,
                            const struct certificate *before)
{
    const char *lost = "";
    size_t count = 0;
    for (size_t i = 0; i < before->dns_name_count; i++) {
        if (has_name(candidate->certificate, before->dns_names[i]))
            continue;
        if (++count <= NAMES_SHOWN)
            lost = work_text(work, "%s%s%s", lost, count > 1 ? ", " : "", before->dns_names[i]);
    }
    if (count > NAMES_SHOWN)
        lost = work_text(work, "%s and %zu more", lost, count - NAMES_SHOWN);
    if (count > 0 && !lost_already(work, candidate, lost))
        work_problem(work, candidate, PROBLEM_LOST_NAMES,
                     "it lacks names that the certificate before it has: %s", lost);
}

/* Tokens that the old one signed are still out while it is trusted no longer. */
static void warn_short_overlap(struct work *work, struct candidate *candidate,
                               const struct bid *bid, const struct certificate *before)
{
    int least = types_rules(bid->type)->least_overlap;
    if (!bid->roll || !least || before->not_after - bid->date >= least)
        return;
    char date[INSTANT_TEXT_SIZE], end[INSTANT_TEXT_SIZE];
    work_problem(work, candidate, PROBLEM_SHORT_OVERLAP,
                 "%s is rolled at %s, less than %d h before the old certificate expires at %s",
                 bid->type, instant_format(bid->date, date), least / 3600,
                 instant_format(before->not_after, end));
}

static bool warn_gap(struct work *work, struct candidate *candidate, const struct bid *bid,
                     const struct certificate *before)
{
    char end[INSTANT_TEXT_SIZE], date[INSTANT_TEXT_SIZE];
    if (!instant_leaves_gap(before->not_after, bid->date))
        return false;
    work_problem(work, candidate, PROBLEM_COVERAGE_GAP,
                 "%s/%s: the certificate before it expires at %s, this one takes over at %s",
                 bid->scope, bid->type, instant_format(before->not_after, end),
                 instant_format(bid->date, date));
    return true;
}

/* A hand-over that is ahead, or happens in this run. */
static void warn_hand_over(struct work *work, const struct bid *bid,
                           const struct certificate *before, bool ahead)
{
    struct candidate *candidate = candidate_of(work, bid);
    if (!before || strcmp(before->fingerprint, candidate->certificate->fingerprint) == 0)
        return;
    bool gap = ahead && warn_gap(work, candidate, bid, before);
    if (!gap)
        warn_short_overlap(work, candidate, bid, before);
    warn_lost_names(work, candidate, before);
}

static const struct certificate *relieved_now(const struct work *work, const struct slot_work *slot)
{
    const struct slot *before = slot->before;
    if (!before || !before->current.fingerprint)
        return NULL;
    return certificate_known(work, before->current.fingerprint);
}

/* What the slot is going to hold last; NULL where that is nothing, or nobody knows it. */
static const struct certificate *last_of(const struct work *work, const struct slot *slot)
{
    const char *fingerprint =
        slot->next_count ? slot->next[slot->next_count - 1].fingerprint : slot->current.fingerprint;
    return fingerprint ? certificate_known(work, fingerprint) : NULL;
}

/* The last entry cannot be used: that makes what the slot has no younger. */
static void warn_expiring_alone(struct work *work, const struct slot_work *slot,
                                const struct bid *bid)
{
    const struct certificate *certificate = last_of(work, &slot->after);
    char end[INSTANT_TEXT_SIZE];
    if (!certificate || work->input->at > certificate->not_after)
        return;
    instant left = certificate->not_after - work->input->at;
    if (left < (instant)work->input->options.horizon * SECONDS_A_DAY)
        work_problem(work, candidate_of(work, bid), PROBLEM_EXPIRING,
                     "%s/%s: the certificate that it has expires at %s, in %d days, and nothing "
                     "that can be used is listed to follow it",
                     bid->scope, bid->type, instant_format(certificate->not_after, end),
                     (int)(left / SECONDS_A_DAY));
}

static void warn_expiring(struct work *work, const struct slot_work *slot)
{
    const struct bid *last = &slot->lineup->bids[slot->lineup->count - 1];
    struct candidate *candidate = candidate_of(work, last);
    char end[INSTANT_TEXT_SIZE];
    if (!candidate_usable(candidate)) {
        warn_expiring_alone(work, slot, last);
        return;
    }
    if (work->input->at > candidate->certificate->not_after)
        return;
    instant left = candidate->certificate->not_after - work->input->at;
    if (left >= (instant)work->input->options.horizon * SECONDS_A_DAY)
        return;
    work_problem(work, candidate, PROBLEM_EXPIRING,
                 "%s/%s: it expires at %s, in %d days, and nothing is listed to follow it",
                 last->scope, last->type, instant_format(candidate->certificate->not_after, end),
                 (int)(left / SECONDS_A_DAY));
}

static void warn_empty(struct work *work, const struct slot_work *slot)
{
    const struct lineup *lineup = slot->lineup;
    char date[INSTANT_TEXT_SIZE];
    if (lineup->due > 0 || (slot->before && slot->before->current.fingerprint))
        return;
    for (size_t i = 0; i < lineup->count; i++) {
        const struct bid *bid = &lineup->bids[i];
        if (!candidate_usable(candidate_of(work, bid)))
            continue;
        work_problem(work, candidate_of(work, bid), PROBLEM_EMPTY_UNTIL_EFFECTIVE,
                     "%s/%s has no certificate until %s", bid->scope, bid->type,
                     instant_format(bid->date, date));
        return;
    }
}

static void warn_slot(struct work *work, const struct slot_work *slot)
{
    const struct lineup *lineup = slot->lineup;
    const struct certificate *before = relieved_now(work, slot);
    warn_empty(work, slot);
    for (size_t i = lineup->due ? lineup->due - 1 : 0; i < lineup->count; i++) {
        const struct candidate *candidate = candidate_of(work, &lineup->bids[i]);
        if (!candidate_usable(candidate))
            continue;
        warn_hand_over(work, &lineup->bids[i], before, i >= lineup->due);
        before = candidate->certificate;
    }
    warn_expiring(work, slot);
}

void slots_warn(struct work *work)
{
    for (size_t i = 0; i < work->slot_count; i++)
        if (work->slots[i].lineup)
            warn_slot(work, &work->slots[i]);
}

static bool serves_tls(const struct entry *entry)
{
    for (size_t t = 0; t < entry->type_count; t++)
        if (types_rules(entry->types[t])->serves_tls)
            return true;
    return false;
}

static bool matters(const struct work *work, const struct candidate *candidate,
                    enum finding finding)
{
    const struct certificate *certificate = candidate->certificate;
    if (!(certificate->findings & finding))
        return false;
    switch (finding) {
    case FINDING_NO_SERVER_AUTH:
        return serves_tls(candidate->entry);
    case FINDING_INCOMPLETE_CHAIN:
        if (certificate->findings & FINDING_FALSE_ISSUER)
            return false; /* which says more */
        /* fall through */
    case FINDING_FALSE_ISSUER:
        return !candidates_have_chain(work, certificate->fingerprint);
    default:
        return true;
    }
}

static void warn_findings(struct work *work, struct candidate *candidate)
{
    static const struct {
        enum finding finding;
        enum problem_code code;
        const char *message;
    } findings[] = {
        {FINDING_FALSE_ISSUER, PROBLEM_INCOMPLETE_CHAIN,
         "a certificate with its issuer's name came with it, whose signature it does not bear: one "
         "of the two is damaged or another's"},
        {FINDING_INCOMPLETE_CHAIN, PROBLEM_INCOMPLETE_CHAIN,
         "no certificate of its issuer came with it: clients may not be able to verify it"},
        {FINDING_WEAK_KEY, PROBLEM_WEAK_KEY, "its key is too weak"},
        {FINDING_WEAK_SIGNATURE, PROBLEM_WEAK_SIGNATURE, "it is signed with a broken hash"},
        {FINDING_NO_SERVER_AUTH, PROBLEM_NO_SERVER_AUTH,
         "its extended key usage does not allow server authentication"},
        {FINDING_EXPLICIT_CURVE, PROBLEM_WEAK_KEY,
         "its elliptic curve is written out instead of named: clients refuse it"},
    };
    for (size_t i = 0; i < sizeof(findings) / sizeof(*findings); i++) {
        if (matters(work, candidate, findings[i].finding))
            work_problem(work, candidate, findings[i].code, "%s", findings[i].message);
    }
}

bool candidate_superseded(const struct candidate *candidate)
{
    return candidate->role == ROLE_SUPERSEDED || candidate->over;
}

static void warn_superseded(struct work *work, struct candidate *candidate)
{
    if (candidate_superseded(candidate))
        work_problem(work, candidate, PROBLEM_SUPERSEDED,
                     candidate->role == ROLE_SUPERSEDED
                         ? "a later entry has taken over for good; the entry can go"
                         : "it was relieved and has expired; the entry can go");
}

void candidates_warn(struct work *work)
{
    for (size_t m = 0; m < work->input->manifests->count; m++)
        for (size_t e = 0; work->candidates[m] && e < work->input->manifests->items[m].entry_count;
             e++) {
            struct candidate *candidate = &work->candidates[m][e];
            if (candidate->failed)
                continue;
            warn_superseded(work, candidate);
            if (candidate->certificate && candidate->role >= ROLE_HELD)
                warn_findings(work, candidate);
        }
}
