#include "fixture.h"

#include <string.h>

const char fixture_hostile_name[] = "</script><b>\x1b[31m\"'&\xe2\x80\xae";
const char fixture_hostile_subject[] =
    "CN=<script>alert(1)</script>,O=\xff\xfe\xc2\x9b,OU=Z\xc3\xbcrich";
const instant fixture_now = 1795338000;

enum { DAY = 86400 };

static const char *const web_names[] = {"www.example.com", "example.com"};
static const char *const hostile_names[] = {"<i>.example.com", "\xc3(.example.com"};

/* digit fills the fingerprint: certificates are by fingerprint. */
static struct stored_certificate certificate(char digit, const char *subject, instant from,
                                             instant to)
{
    struct stored_certificate stored = {.certificate = {.subject = subject,
                                                        .issuer = "CN=Example Issuing CA 1",
                                                        .serial = "01ab",
                                                        .dns_names = web_names,
                                                        .dns_name_count = 2,
                                                        .key_algorithm = "EC P-256",
                                                        .not_before = from,
                                                        .not_after = to,
                                                        .has_key = true}};
    memset(stored.certificate.fingerprint, digit, DIGEST_TEXT_SIZE - 1);
    memset(stored.certificate.thumbprint, digit, THUMBPRINT_TEXT_SIZE - 1);
    return stored;
}

static void init_certificates(struct fixture *f)
{
    instant now = fixture_now;
    f->certificates[0] =
        certificate('1', "CN=www.example.com, O=Example", now - 342 * DAY, now + 23 * DAY);
    f->certificates[1] =
        certificate('2', "CN=www.example.com, O=Example", now - DAY, now + 364 * DAY);
    f->certificates[2] = certificate('3', "CN=tokens.example.com", now - 30 * DAY, now + 700 * DAY);
    f->certificates[3] = certificate('4', "CN=tokens.example.com", now - 600 * DAY, now - 3 * DAY);
    f->certificates[4] = certificate('5', fixture_hostile_subject, now - DAY, now + 90 * DAY);
    f->certificates[4].certificate.dns_names = hostile_names;
    f->certificates[4].certificate.serial = "-7f";
    f->certificates[5] = certificate('6', "CN=import-only.example.com", now - DAY, now + 9 * DAY);
    f->certificates[2].exportable = true;
    f->certificates[5].exportable = true;
    f->certificates[5].certificate.has_key = false;
}

static const char *fingerprint(const struct fixture *f, size_t i)
{
    return f->certificates[i].certificate.fingerprint;
}

static void init_snapshot(struct fixture *f)
{
    f->next[0] = (struct claim){fingerprint(f, 1), "web-2027", fixture_now + 10 * DAY, true, false};
    f->slots[0] =
        (struct slot){.scope = "global", .type = "OAuthTokenIssuer", .owner = "edge-pool"};
    f->slots[0].current =
        (struct claim){fingerprint(f, 2), "tokens", fixture_now - 20 * DAY, true, true};
    f->slots[0].previous =
        (struct claim){fingerprint(f, 3), "tokens-old", INSTANT_NONE, false, false};
    f->slots[1] =
        (struct slot){.scope = "local", .type = "WebServicesExternal", .owner = "edge-pool"};
    f->slots[1].current = (struct claim){fingerprint(f, 0), "web-2026", INSTANT_NONE, false, false};
    f->slots[1].next = f->next;
    f->slots[1].next_count = 1;
    f->slots[2] =
        (struct slot){.scope = "local", .type = "WebServicesExternal@shop", .owner = "shop"};
    f->slots[2].current =
        (struct claim){fingerprint(f, 4), fixture_hostile_name, INSTANT_NONE, false, false};
    f->holdings[0] = (struct holding){"edge-pool", "import-only", fingerprint(f, 5), true};
    f->holdings[1] = (struct holding){"edge-pool", "tokens", fingerprint(f, 2), true};
    f->snapshot = (struct snapshot){.generation = 13,
                                    .certificates = f->certificates,
                                    .certificate_count = FIXTURE_CERTIFICATES,
                                    .slots = f->slots,
                                    .slot_count = FIXTURE_SLOTS,
                                    .holdings = f->holdings,
                                    .holding_count = 2};
}

static struct action action(struct fixture *f, enum action_kind kind, const char *entry,
                            size_t certificate, const char *type, int line, const char *reason)
{
    return (struct action){.kind = kind,
                           .entry = entry,
                           .owner = "edge-pool",
                           .scope = type ? "local" : NULL,
                           .type = type,
                           .certificate = &f->certificates[certificate].certificate,
                           .fingerprint = fingerprint(f, certificate),
                           .effective_date = INSTANT_NONE,
                           .place = {line ? "m.yaml" : NULL, line, 5},
                           .reason = reason};
}

static void init_plan(struct fixture *f)
{
    f->entries[0] = (struct entry){.name = "web-2026", .place = {"m.yaml", 3, 5}};
    f->entries[1] = (struct entry){.name = "broken", .place = {"m.yaml", 20, 5}};
    f->manifest = (struct manifest){
        .path = "m.yaml", .name = "edge-pool", .entries = f->entries, .entry_count = 2};
    f->manifest.commit = "0123456789abcdef0123456789abcdef01234567";
    memset(f->manifest.sha256, 'a', DIGEST_TEXT_SIZE - 1);
    f->manifests = (struct manifests){&f->manifest, 1};
    f->actions[0] = action(f, ACTION_IMPORT, "web-2027", 1, NULL, 9, "not in the store");
    f->actions[1] = action(f, ACTION_IMPORT, fixture_hostile_name, 4, NULL, 15, "not in the store");
    f->actions[2] = action(f, ACTION_ASSIGN, fixture_hostile_name, 4, "WebServicesExternal@shop",
                           15, "the slot is empty");
    f->actions[3] = action(f, ACTION_SCHEDULE, "web-2027", 1, "WebServicesExternal", 9,
                           "its effective date lies ahead");
    f->actions[3].effective_date = fixture_now + 10 * DAY;
    f->actions[3].relieves = fingerprint(f, 0);
    f->actions[4] = action(f, ACTION_RETIRE, "tokens-old", 3, "OAuthTokenIssuer", 0, "it expired");
    f->actions[4].scope = "global";
    f->actions[5] = action(f, ACTION_REMOVE, NULL, 5, "Default", 0, NULL);
    f->actions[5].certificate = NULL;
    f->plan = (struct plan){.at = fixture_now,
                            .generation = 12,
                            .manifests = &f->manifests,
                            .snapshot = &f->snapshot,
                            .actions = f->actions,
                            .action_count = FIXTURE_ACTIONS,
                            .certificates = 5,
                            .unchanged = 1,
                            .failed = 1};
}

static void add_problems(struct fixture *f)
{
    struct problems *problems = &f->plan.problems;
    struct problem *problem =
        problems_add(problems, PROBLEM_EXPIRING, (struct place){"m.yaml", 3, 5},
                     "the last certificate of local/WebServicesExternal expires in 23 days");
    problem->certificate = "web-2026";
    problem->excerpt = "  - name: web-2026";
    problem = problems_add(problems, PROBLEM_WEAK_SIGNATURE, (struct place){"m.yaml", 15, 5},
                           "signed with SHA-1");
    problem->certificate = fixture_hostile_name;
    problem->quiet = true;
    problem = problems_add(problems, PROBLEM_WRONG_PASSWORD, (struct place){"m.yaml", 20, 5},
                           "the password does not open certs/<b>.pfx");
    problem->certificate = "broken";
    problem->excerpt = "  -\tpath: certs/<b>.pfx";
    problems_add(problems, PROBLEM_UNMANAGED, (struct place){NULL, 0, 0},
                 "local/Default is claimed no more, but kept");
}

static void init_run(struct fixture *f)
{
    f->outcomes[3] = OUTCOME_FAILED;
    f->outcomes[4] = OUTCOME_SKIPPED;
    f->deliveries[0] = (struct run_delivery){"https://reports.example.com/certroll",
                                             DELIVERY_QUEUED, 3, "the receiver answered 503"};
    f->deliveries[1] =
        (struct run_delivery){"http://other.example.com/", DELIVERY_DELIVERED, 1, NULL};
    f->run = (struct run){.id = "20261122T090000Z-3f9a1c",
                          .started_at = fixture_now,
                          .finished_at = fixture_now + 2,
                          .plan = &f->plan,
                          .outcomes = f->outcomes,
                          .problems = f->plan.problems,
                          .generation_after = 13,
                          .after = &f->snapshot,
                          .report_file = "last-run.html",
                          .report_url = "https://reports.example.com/certroll",
                          .delivery = DELIVERY_QUEUED,
                          .deliveries = f->deliveries,
                          .delivery_count = 2};
}

int fixture_init(struct fixture *f)
{
    *f = (struct fixture){.arena = arena_new()};
    if (!f->arena)
        return -1;
    init_certificates(f);
    init_snapshot(f);
    init_plan(f);
    problems_init(&f->plan.problems, f->arena);
    add_problems(f);
    init_run(f);
    struct report_view view = {
        .now = fixture_now, .host = "edge<1>.example.com", .version = "0.1.0"};
    f->plan_view = f->run_view = f->status_view = view;
    f->plan_view.kind = REPORT_PLAN;
    f->plan_view.plan = &f->plan;
    f->run_view.kind = REPORT_RUN;
    f->run_view.run = &f->run;
    f->status_view.kind = REPORT_STATUS;
    f->status_view.snapshot = &f->snapshot;
    return 0;
}

void fixture_done(struct fixture *f)
{
    arena_free(f->arena);
}

void fixture_make_quiet(struct fixture *f)
{
    f->plan.action_count = 0;
    f->plan.certificates = f->plan.unchanged = 2;
    f->plan.failed = 0;
    problems_init(&f->plan.problems, f->arena);
    f->run.problems = f->plan.problems;
    f->run.delivery = DELIVERY_DELIVERED;
}

int fixture_setup(void **state)
{
    static struct fixture fixture;
    *state = &fixture;
    return fixture_init(&fixture);
}

int fixture_teardown(void **state)
{
    fixture_done(*state);
    return 0;
}
