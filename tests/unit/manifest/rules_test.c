/* What one field says about another, one entry about another, one manifest about another. */
#include "fixture.h"

#include <string.h>

#define F64 "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"

static void an_entry_needs_one_source(void **state)
{
    struct fixture *fixture = *state;
    fixture_load_list(fixture, "  - name: x\n");
    assert_only_problem(fixture, PROBLEM_MISSING_KEY, 4, 5);
    fixture_refused(fixture, "    fingerprint: " F64 "\n", PROBLEM_CONFLICTING_KEYS, 4, 5);
}

static void a_fingerprint_leaves_no_use_for_what_belongs_to_a_path(void **state)
{
    struct fixture *fixture = *state;
    static const char *const fields[] = {"key_path: k", "chain_path: c", "password: {env: A}"};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        fixture_load_list(
            fixture, arena_printf(fixture->arena, "  - fingerprint: %s\n    %s\n", F64, fields[i]));
        assert_only_problem(fixture, PROBLEM_CONFLICTING_KEYS, 5, 5);
    }
    fixture_load(fixture, HEADER "defaults: {password: {env: A}}\n"
                                 "certificates:\n  - fingerprint: " F64 "\n");
    assert_no_problem(fixture);
    assert_int_equal(fixture->manifests.items[0].entries[0].password.kind, PASSWORD_NONE);
}

static void a_roll_needs_a_date_and_a_type(void **state)
{
    fixture_refused(*state, "    roll: true\n    type: Default\n", PROBLEM_ROLL_NEEDS_DATE, 5, 5);
    fixture_refused(*state, "    effective_date: 2027-01-01\n    roll: true\n",
                    PROBLEM_TYPE_REQUIRED, 6, 5);
    fixture_refused(*state, "    effective_date: 2027-01-01\n    roll: true\n    type: []\n",
                    PROBLEM_TYPE_REQUIRED, 6, 5);
    fixture_entry(*state, "    roll: false\n");
}

static void what_is_wrong_is_not_missing(void **state)
{
    fixture_refused(*state, "    roll: true\n    type: Default\n    effective_date: soon\n",
                    PROBLEM_INVALID_DATE, 7, 21);
    fixture_refused(*state, "    roll: true\n    type: Defualt\n    effective_date: 2027-01-01\n",
                    PROBLEM_UNKNOWN_TYPE, 6, 11);
}

static void the_global_scope_needs_a_type(void **state)
{
    fixture_refused(*state, "    scope: global\n", PROBLEM_TYPE_REQUIRED, 5, 12);
    fixture_entry(*state, "    scope: global\n    type: Default\n");
}

static void defaults_hold_where_an_entry_says_nothing(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, HEADER "defaults:\n"
                                 "  password: hunter2\n"
                                 "  type: [Default, External]\n"
                                 "  identity: global\n"
                                 "  effective_date: 2027-01-01\n"
                                 "  roll: true\n"
                                 "  private_key_exportable: true\n"
                                 "  force: true\n"
                                 "  allow_expired: true\n"
                                 "certificates:\n"
                                 "  - path: a.pem\n"
                                 "  - path: b.pem\n"
                                 "    password: {env: B}\n"
                                 "    types: Internal\n"
                                 "    scope: local\n"
                                 "    effective_time: 2028-01-01\n"
                                 "    roll: false\n"
                                 "    private_key_exportable: false\n"
                                 "    force: false\n"
                                 "    allow_expired: false\n");
    assert_no_problem(fixture);
    const struct entry *one = &fixture->manifests.items[0].entries[0], *two = one + 1;
    assert_string_equal((const char *)secret_peek(one->password.text), "hunter2");
    assert_int_equal(one->type_count, 2);
    assert_string_equal(one->scope, "global");
    assert_true(one->effective_date == instant_from_date(2027, 1, 1, 0, 0, 0));
    assert_true(one->roll && one->exportable && one->force && one->allow_expired);
    assert_int_equal(one->type_place.line, 13);
    assert_int_equal(two->password.kind, PASSWORD_ENV);
    assert_int_equal(two->type_count, 1);
    assert_string_equal(two->types[0], "Internal");
    assert_string_equal(two->scope, "local");
    assert_true(two->effective_date == instant_from_date(2028, 1, 1, 0, 0, 0));
    assert_false(two->roll || two->exportable || two->force || two->allow_expired);
}

static void an_entry_can_drop_the_type_of_defaults(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, HEADER "defaults: {type: Default}\n"
                                 "certificates:\n  - {path: a, type: []}\n");
    assert_no_problem(fixture);
    assert_int_equal(fixture->manifests.items[0].entries[0].type_count, 0);
}

static void an_error_in_defaults_is_told_once_and_there(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, HEADER "certificates:\n"
                                 "  - {path: a, roll: true, type: Default}\n"
                                 "  - {path: b, roll: true, type: External}\n"
                                 "defaults:\n"
                                 "  effective_date: 7/31/2012\n");
    assert_only_problem(fixture, PROBLEM_INVALID_DATE, 7, 19);
    fixture_load(fixture, HEADER "certificates: [{path: a}]\n"
                                 "defaults: {scope: lokal}\n");
    assert_only_problem(fixture, PROBLEM_INVALID_VALUE, 4, 19);
    assert_string_equal(fixture->manifests.items[0].entries[0].scope, "local");
}

static void names_come_from_the_file_name(void **state)
{
    struct fixture *fixture = *state;
    fixture_load_list(fixture, "  - path: certs/web.2027.pfx\n"
                               "  - path: /x/.pfx\n"
                               "  - path: plain\n");
    assert_no_problem(fixture);
    const struct entry *entries = fixture->manifests.items[0].entries;
    assert_string_equal(entries[0].name, "web.2027");
    assert_string_equal(entries[1].name, ".pfx");
    assert_string_equal(entries[2].name, "plain");
}

static void a_file_name_may_make_no_name(void **state)
{
    struct fixture *fixture = *state;
    fixture_load_list(fixture, "  - path: \"a\\tb.pem\"\n");
    assert_only_problem(fixture, PROBLEM_INVALID_VALUE, 4, 11);
    assert_string_equal(fixture->manifests.items[0].entries[0].name, "line 4");
    fixture_load_list(fixture, "  - path: \"a\\tb.pem\"\n    name: ab\n");
    assert_no_problem(fixture);
}

static void names_are_unique_in_a_manifest(void **state)
{
    struct fixture *fixture = *state;
    fixture_load_list(fixture, "  - path: a/web.pem\n  - path: b/web.pfx\n  - path: c\n"
                               "    name: web\n");
    assert_int_equal(fixture->problems.count, 2);
    assert_int_equal(fixture->problems.items[0].code, PROBLEM_DUPLICATE_NAME);
    assert_int_equal(fixture->problems.items[0].place.line, 5);
    assert_int_equal(fixture->problems.items[1].place.line, 7);
    assert_int_equal(fixture->problems.items[1].place.column, 11);
    assert_contains(fixture->problems.items[1].message, "line 4");
    assert_string_equal(fixture->problems.items[1].certificate, "web");
}

static void two_entries_cannot_claim_one_slot_from_one_instant(void **state)
{
    struct fixture *fixture = *state;
    fixture_load_list(fixture, "  - {path: a, type: Default}\n"
                               "  - {path: b, type: [External, default]}\n");
    assert_only_problem(fixture, PROBLEM_DUPLICATE_CLAIM, 5, 32);
    assert_contains(fixture->problems.items[0].message, "line 4");
    assert_string_equal(fixture->problems.items[0].certificate, "b");
    fixture_load_list(
        fixture, "  - {path: a, type: Default, effective_date: 2027-01-01}\n"
                 "  - {path: b, type: Default, effective_date: '2027-01-01T01:00:00+01:00'}\n");
    assert_only_problem(fixture, PROBLEM_DUPLICATE_CLAIM, 5, 21);
}

static void other_slots_and_other_instants_are_free(void **state)
{
    struct fixture *fixture = *state;
    fixture_load_list(fixture, "  - {path: a, type: Default}\n"
                               "  - {path: b, type: Default, effective_date: 2027-01-01}\n"
                               "  - {path: c, type: Default, scope: global}\n"
                               "  - {path: d, type: Default@x}\n"
                               "  - {path: e, type: Default@X}\n");
    assert_no_problem(fixture);
}

static void a_claim_from_defaults_is_told_at_the_entry(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, HEADER "defaults: {type: Default}\n"
                                 "certificates:\n  - path: a\n  - path: b\n");
    assert_only_problem(fixture, PROBLEM_DUPLICATE_CLAIM, 6, 5);
}

static void one_type_twice_in_an_entry_is_an_error(void **state)
{
    fixture_refused(*state, "    type: [Default, DEFAULT]\n", PROBLEM_DUPLICATE_CLAIM, 5, 21);
    struct fixture *fixture = *state;
    fixture_load_list(fixture, "  - path: a\n    type: [Default, Default]\n"
                               "    effective_date: soon\n"
                               "  - {path: b, type: Default, effective_date: later}\n");
    assert_int_equal(fixture->problems.count, 3);
    assert_int_equal(fixture->problems.items[0].code, PROBLEM_DUPLICATE_CLAIM);
}

static void two(struct fixture *fixture, const char *one, const char *other)
{
    fixture_write(fixture, "a.yaml", one, strlen(one));
    fixture_write(fixture, "b.yaml", other, strlen(other));
    fixture_load_paths(fixture, (const char *const[]){"a.yaml", "b.yaml"}, 2);
}

static void two_manifests_cannot_have_one_name(void **state)
{
    struct fixture *fixture = *state;
    two(fixture, HEADER "certificates: []\n", "version: 1\nname: m\ncertificates: []\n");
    assert_only_problem(fixture, PROBLEM_DUPLICATE_NAME, 2, 7);
    assert_string_equal(fixture->problems.items[0].place.file, fixture_path(fixture, "b.yaml"));
    assert_string_equal(fixture->problems.items[0].excerpt, "name: m");
    assert_true(fixture->manifests.items[0].broken && fixture->manifests.items[1].broken);
}

static void two_manifests_cannot_claim_one_slot(void **state)
{
    struct fixture *fixture = *state;
    two(fixture, HEADER "certificates: [{path: a, type: Default}]\n",
        "version: 1\nname: n\ncertificates:\n"
        "  - {path: b, type: default, effective_date: 2027-01-01}\n"
        "  - {path: c, type: default, effective_date: 2028-01-01}\n");
    assert_only_problem(fixture, PROBLEM_DUPLICATE_CLAIM, 4, 21);
    assert_contains(fixture->problems.items[0].message, "a.yaml', line 3");
    assert_true(fixture->manifests.items[0].broken && fixture->manifests.items[1].broken);
    two(fixture, HEADER "certificates: [{path: a, type: Default}]\n",
        "version: 1\nname: n\ncertificates: [{path: b, type: Default@b}]\n");
    assert_no_problem(fixture);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(an_entry_needs_one_source),
        T(a_fingerprint_leaves_no_use_for_what_belongs_to_a_path),
        T(a_roll_needs_a_date_and_a_type),
        T(what_is_wrong_is_not_missing),
        T(the_global_scope_needs_a_type),
        T(defaults_hold_where_an_entry_says_nothing),
        T(an_entry_can_drop_the_type_of_defaults),
        T(an_error_in_defaults_is_told_once_and_there),
        T(names_come_from_the_file_name),
        T(a_file_name_may_make_no_name),
        T(names_are_unique_in_a_manifest),
        T(two_entries_cannot_claim_one_slot_from_one_instant),
        T(other_slots_and_other_instants_are_free),
        T(a_claim_from_defaults_is_told_at_the_entry),
        T(one_type_twice_in_an_entry_is_an_error),
        T(two_manifests_cannot_have_one_name),
        T(two_manifests_cannot_claim_one_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
