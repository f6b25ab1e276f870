/* fixture: a plan, a run and a store with what is usual and what is hostile in them. */
#ifndef CERTROLL_TESTS_REPORT_FIXTURE_H
#define CERTROLL_TESTS_REPORT_FIXTURE_H

#include "report/report.h"

enum { FIXTURE_ACTIONS = 6, FIXTURE_CERTIFICATES = 6, FIXTURE_SLOTS = 3 };

struct fixture {
    struct arena *arena;
    struct stored_certificate certificates[FIXTURE_CERTIFICATES];
    struct claim next[1];
    struct slot slots[FIXTURE_SLOTS];
    struct holding holdings[2];
    struct snapshot snapshot;
    struct entry entries[2];
    struct manifest manifest;
    struct manifests manifests;
    struct action actions[FIXTURE_ACTIONS];
    enum outcome outcomes[FIXTURE_ACTIONS];
    struct run_delivery deliveries[2];
    struct waiting_report waiting[2];
    struct plan plan;
    struct run run;
    struct report_view plan_view;
    struct report_view run_view;
    struct report_view status_view;
};

/* Strings that must come out harmless everywhere. */
extern const char fixture_hostile_name[];
extern const char fixture_hostile_subject[];

/* 2026-11-22T09:00:00Z. */
extern const instant fixture_now;

/* The fixture points into itself: it is not to be copied. 0 or -1. */
int fixture_init(struct fixture *fixture);
void fixture_done(struct fixture *fixture);

/* The same for cmocka: *state is the fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* The same plan and run with nothing in it: two certificates, as the manifests say. */
void fixture_make_quiet(struct fixture *fixture);

#endif
