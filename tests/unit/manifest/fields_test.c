/* Every field, alias and form of a value. */
#include "fixture.h"

#include <string.h>

#define F64 "ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789"
#define F40 "ABCDEF0123456789ABCDEF0123456789ABCDEF01"

static void an_entry_has_its_defaults(void **state)
{
    struct fixture *fixture = *state;
    const struct entry *entry = fixture_entry(fixture, "");
    assert_string_equal(entry->name, "a");
    assert_string_equal(entry->path, fixture_path(fixture, "a.pem"));
    assert_string_equal(entry->scope, "local");
    assert_true(entry->effective_date == INSTANT_NONE);
    assert_int_equal(entry->password.kind, PASSWORD_NONE);
    assert_int_equal(entry->type_count, 0);
    assert_null(entry->fingerprint);
    assert_null(entry->key_path);
    assert_null(entry->chain_path);
    assert_null(entry->sha256);
    assert_null(entry->subject);
    assert_false(entry->roll || entry->exportable || entry->force || entry->allow_expired);
    assert_int_equal(entry->place.line, 4);
    assert_int_equal(entry->place.column, 5);
}

static void every_field_is_read(void **state)
{
    struct fixture *fixture = *state;
    const struct entry *entry =
        fixture_entry(fixture, "    name: web\n"
                               "    key_path: sub/a.key\n"
                               "    chain_path: /etc/chain.pem\n"
                               "    type: [Default, External@shop]\n"
                               "    scope: global\n"
                               "    effective_date: 2027-01-31T02:00:00+01:00\n"
                               "    roll: true\n"
                               "    private_key_exportable: True\n"
                               "    force: TRUE\n"
                               "    sha256: " F64 "\n"
                               "    subject: www.example.com\n"
                               "    allow_expired: true\n");
    assert_string_equal(entry->name, "web");
    assert_string_equal(entry->key_path, fixture_path(fixture, "sub/a.key"));
    assert_string_equal(entry->chain_path, "/etc/chain.pem");
    assert_int_equal(entry->type_count, 2);
    assert_string_equal(entry->types[0], "Default");
    assert_string_equal(entry->types[1], "External@shop");
    assert_string_equal(entry->scope, "global");
    assert_true(entry->effective_date == instant_from_date(2027, 1, 31, 1, 0, 0));
    assert_true(entry->roll && entry->exportable && entry->force && entry->allow_expired);
    assert_string_equal(entry->sha256, "abcdef0123456789abcdef0123456789"
                                       "abcdef0123456789abcdef0123456789");
    assert_string_equal(entry->subject, "www.example.com");
    assert_int_equal(entry->type_place.line, 8);
}

static void aliases_name_the_same_fields(void **state)
{
    const struct entry *entry = fixture_entry(*state, "    types: Default\n"
                                                      "    identity: Global\n"
                                                      "    effective_time: 2027-01-31\n");
    assert_string_equal(entry->types[0], "Default");
    assert_string_equal(entry->scope, "global");
    assert_true(entry->effective_date == instant_from_date(2027, 1, 31, 0, 0, 0));
}

static void a_field_and_its_alias_conflict(void **state)
{
    const struct problem *problem = fixture_refused(
        *state, "    type: Default\n    types: External\n", PROBLEM_CONFLICTING_KEYS, 6, 5);
    assert_contains(problem->message, "line 5");
}

static void types_are_printed_as_they_are_built_in(void **state)
{
    const struct entry *entry =
        fixture_entry(*state, "    type: [webservicesexternal@Shop, IPADAPNSERVICE]\n");
    assert_string_equal(entry->types[0], "WebServicesExternal@Shop");
    assert_string_equal(entry->types[1], "iPadAPNService");
}

static void an_unknown_type_brings_a_suggestion(void **state)
{
    const struct problem *problem =
        fixture_refused(*state, "    type: Defualt\n", PROBLEM_UNKNOWN_TYPE, 5, 11);
    assert_string_equal(problem->message, "unknown type 'Defualt', did you mean 'Default'?");
    assert_string_equal(problem->excerpt, "    type: Defualt");
    assert_string_equal(problem->certificate, "a");
    problem = fixture_refused(*state, "    type: Quux\n", PROBLEM_UNKNOWN_TYPE, 5, 11);
    assert_null(strstr(problem->message, "did you mean"));
}

static void instances_follow_their_grammar(void **state)
{
    char field[128];
    memset(field, 0, sizeof(field));
    strcpy(field, "    type: Default@");
    memset(field + strlen(field), 'x', 64);
    fixture_entry(*state, strcat(field, "\n"));
    field[strlen(field) - 1] = 'x';
    fixture_refused(*state, strcat(field, "\n"), PROBLEM_INVALID_VALUE, 5, 11);
    fixture_refused(*state, "    type: Default@\n", PROBLEM_INVALID_VALUE, 5, 11);
    fixture_refused(*state, "    type: Default@.x\n", PROBLEM_INVALID_VALUE, 5, 11);
    fixture_refused(*state, "    type: Default@a/b\n", PROBLEM_INVALID_VALUE, 5, 11);
    fixture_refused(*state, "    type: Default@a@b\n", PROBLEM_INVALID_VALUE, 5, 11);
}

static void custom_types_are_known(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, HEADER "certificates:\n  - {path: a, type: siptrunk@x}\n"
                                 "custom_types: [SipTrunk]\n");
    assert_no_problem(fixture);
    assert_string_equal(fixture->manifests.items[0].entries[0].types[0], "SipTrunk@x");
    assert_int_equal(fixture->manifests.items[0].custom_type_count, 1);
    assert_string_equal(fixture->manifests.items[0].custom_types[0], "SipTrunk");
}

static void custom_types_are_checked(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, HEADER "certificates: []\ncustom_types: [default]\n");
    assert_only_problem(fixture, PROBLEM_INVALID_VALUE, 4, 16);
    fixture_load(fixture, HEADER "certificates: []\ncustom_types: [A-b]\n");
    assert_only_problem(fixture, PROBLEM_INVALID_VALUE, 4, 16);
    fixture_load(fixture, HEADER "certificates: []\ncustom_types: [Sip, SIP]\n");
    assert_only_problem(fixture, PROBLEM_INVALID_VALUE, 4, 21);
    fixture_load(fixture, HEADER "certificates: []\ncustom_types: Sip\n");
    assert_only_problem(fixture, PROBLEM_WRONG_KIND, 4, 15);
}

static void dates_are_instants(void **state)
{
    const struct entry *entry;
    entry = fixture_entry(*state, "    effective_date: 2027-01-31T02:00:00Z\n");
    assert_true(entry->effective_date == instant_from_date(2027, 1, 31, 2, 0, 0));
    entry = fixture_entry(*state, "    effective_date: '2027-01-31T02:00:00-08:00'\n");
    assert_true(entry->effective_date == instant_from_date(2027, 1, 31, 10, 0, 0));
}

static void ambiguous_dates_show_how_to_write_them(void **state)
{
    const struct problem *problem;
    problem = fixture_refused(*state, "    effective_date: 7/31/2012 8:00 AM\n",
                              PROBLEM_INVALID_DATE, 5, 21);
    assert_contains(problem->message, "write 2027-01-31T02:00:00+01:00");
    problem = fixture_refused(*state, "    effective_date: 2027-01-31T08:00:00\n",
                              PROBLEM_INVALID_DATE, 5, 21);
    assert_contains(problem->message, "write 2027-01-31T08:00:00+02:00");
    problem = fixture_refused(*state, "    effective_date: 2027-01-31 08:30\n",
                              PROBLEM_INVALID_DATE, 5, 21);
    assert_contains(problem->message, "2027-01-31T08:30:00Z");
}

static void days_that_the_calendar_lacks_are_called_that(void **state)
{
    const struct problem *problem;
    problem =
        fixture_refused(*state, "    effective_date: 2026-02-30\n", PROBLEM_INVALID_DATE, 5, 21);
    assert_string_equal(problem->message, "'2026-02-30': there is no such day, this month has 28");
    problem = fixture_refused(*state, "    effective_date: 2028-04-31T02:00:00+01:00\n",
                              PROBLEM_INVALID_DATE, 5, 21);
    assert_contains(problem->message, "this month has 30");
}

static void scopes_are_local_and_global(void **state)
{
    const struct problem *problem = fixture_refused(
        *state, "    scope: glboal\n    type: Default\n", PROBLEM_INVALID_VALUE, 5, 12);
    assert_contains(problem->message, "did you mean 'global'?");
    assert_string_equal(fixture_entry(*state, "    scope: LOCAL\n")->scope, "local");
}

static void booleans_are_true_and_false(void **state)
{
    const struct problem *problem;
    problem = fixture_refused(*state, "    force: yes\n", PROBLEM_WRONG_KIND, 5, 12);
    assert_string_equal(problem->message, "force is a boolean, not a text: write true");
    problem = fixture_refused(*state, "    force: Off\n", PROBLEM_WRONG_KIND, 5, 12);
    assert_contains(problem->message, "write false");
    problem = fixture_refused(*state, "    force: 'true'\n", PROBLEM_WRONG_KIND, 5, 12);
    assert_contains(problem->message, "write true, without quotes");
    fixture_refused(*state, "    force: 1\n", PROBLEM_WRONG_KIND, 5, 12);
    fixture_refused(*state, "    force:\n", PROBLEM_WRONG_KIND, 5, 11);
    assert_false(fixture_entry(*state, "    force: False\n")->force);
}

static void texts_are_not_numbers(void **state)
{
    static const char *const numbers[] = {"2027", "-1", "1e3", "1.", ".5", "0x1F", "0o17", ".inf"};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char field[64] = "    name: ";
        fixture_refused(*state, strcat(strcat(field, numbers[i]), "\n"), PROBLEM_WRONG_KIND, 5, 11);
    }
    fixture_refused(*state, "    name: true\n", PROBLEM_WRONG_KIND, 5, 11);
    fixture_refused(*state, "    name: ~\n", PROBLEM_WRONG_KIND, 5, 11);
    fixture_refused(*state, "    name: [a]\n", PROBLEM_WRONG_KIND, 5, 11);
    assert_string_equal(fixture_entry(*state, "    name: '2027'\n")->name, "2027");
    assert_string_equal(fixture_entry(*state, "    name: !!str 2027\n")->name, "2027");
    assert_string_equal(fixture_entry(*state, "    name: no\n")->name, "no");
    assert_string_equal(fixture_entry(*state, "    name: 1e\n")->name, "1e");
}

static void names_have_bounds(void **state)
{
    char field[256] = "    name: ";
    memset(field + strlen(field), 'x', 128);
    fixture_entry(*state, strcat(field, "\n"));
    field[strlen(field) - 1] = 'x';
    fixture_refused(*state, strcat(field, "\n"), PROBLEM_INVALID_VALUE, 5, 11);
    fixture_refused(*state, "    name: ''\n", PROBLEM_INVALID_VALUE, 5, 11);
    fixture_refused(*state, "    name: \"a\\tb\"\n", PROBLEM_INVALID_VALUE, 5, 11);
    fixture_refused(*state, "    name: \"a\\Nb\"\n", PROBLEM_INVALID_VALUE, 5, 11);
    fixture_refused(*state, "    name: \"a\\0b\"\n", PROBLEM_INVALID_VALUE, 5, 11);
}

static void paths_name_files(void **state)
{
    fixture_refused(*state, "    key_path: ''\n", PROBLEM_INVALID_VALUE, 5, 15);
    fixture_refused(*state, "    key_path: keys/\n", PROBLEM_INVALID_VALUE, 5, 15);
    fixture_refused(*state, "    key_path: \"a\\0b\"\n", PROBLEM_INVALID_VALUE, 5, 15);
}

static void fingerprints_stand_in_place_of_paths(void **state)
{
    struct fixture *fixture = *state;
    fixture_load_list(fixture, "  - fingerprint: " F64 "\n    type: Default\n");
    assert_no_problem(fixture);
    const struct entry *entry = &fixture->manifests.items[0].entries[0];
    assert_null(entry->path);
    assert_string_equal(entry->name, "abcdef0123456789");
    assert_int_equal(strlen(entry->fingerprint), 64);
    fixture_load_list(fixture, "  - fingerprint: " F40 "\n");
    assert_no_problem(fixture);
    assert_string_equal(fixture->manifests.items[0].entries[0].fingerprint,
                        "abcdef0123456789abcdef0123456789abcdef01");
    fixture_load_list(fixture, "  - fingerprint: " F40 "0\n");
    assert_only_problem(fixture, PROBLEM_INVALID_VALUE, 4, 18);
    fixture_refused(fixture, "    sha256: " F40 "\n", PROBLEM_INVALID_VALUE, 5, 13);
    fixture_refused(fixture, "    subject: ''\n", PROBLEM_INVALID_VALUE, 5, 14);
    fixture_refused(fixture, "    subject: 12\n", PROBLEM_WRONG_KIND, 5, 14);
}

static const struct password_source *password(struct fixture *fixture, const char *field)
{
    return &fixture_entry(fixture, field)->password;
}

static void passwords_have_five_forms(void **state)
{
    struct fixture *fixture = *state;
    const struct password_source *source = password(fixture, "    password: 'hunter 2'\n");
    assert_int_equal(source->kind, PASSWORD_TEXT);
    assert_string_equal((const char *)secret_peek(source->text), "hunter 2");
    assert_int_equal(source->place.line, 5);
    source = password(fixture, "    password: {env: PFX_1}\n");
    assert_int_equal(source->kind, PASSWORD_ENV);
    assert_string_equal(source->name, "PFX_1");
    source = password(fixture, "    password: {file: run/x}\n");
    assert_int_equal(source->kind, PASSWORD_FILE);
    assert_string_equal(source->name, fixture_path(fixture, "run/x"));
    source = password(fixture, "    password:\n      credential: web.pass\n");
    assert_int_equal(source->kind, PASSWORD_CREDENTIAL);
    assert_string_equal(source->name, "web.pass");
    source = password(fixture, "    password: {command: [pass, '', x]}\n");
    assert_int_equal(source->kind, PASSWORD_COMMAND);
    assert_string_equal(source->command[0], "pass");
    assert_string_equal(source->command[1], "");
    assert_null(source->command[3]);
}

static void wrong_passwords_are_refused(void **state)
{
    struct fixture *fixture = *state;
    fixture_refused(fixture, "    password: 007\n", PROBLEM_WRONG_KIND, 5, 15);
    fixture_refused(fixture, "    password: true\n", PROBLEM_WRONG_KIND, 5, 15);
    fixture_refused(fixture, "    password: [x]\n", PROBLEM_WRONG_KIND, 5, 15);
    fixture_refused(fixture, "    password: {}\n", PROBLEM_MISSING_KEY, 5, 15);
    fixture_refused(fixture, "    password: {env: A, file: b}\n", PROBLEM_CONFLICTING_KEYS, 5, 15);
    fixture_refused(fixture, "    password: {evn: A}\n", PROBLEM_UNKNOWN_KEY, 5, 16);
    fixture_refused(fixture, "    password: {env: 'A='}\n", PROBLEM_INVALID_VALUE, 5, 21);
    fixture_refused(fixture, "    password: {credential: a/b}\n", PROBLEM_INVALID_VALUE, 5, 28);
    fixture_refused(fixture, "    password: {credential: ..}\n", PROBLEM_INVALID_VALUE, 5, 28);
    fixture_refused(fixture, "    password: {command: a b}\n", PROBLEM_WRONG_KIND, 5, 25);
    fixture_refused(fixture, "    password: {command: []}\n", PROBLEM_WRONG_KIND, 5, 25);
    fixture_refused(fixture, "    password: {command: ['']}\n", PROBLEM_INVALID_VALUE, 5, 26);
    fixture_refused(fixture, "    password: {command: [a, 1]}\n", PROBLEM_WRONG_KIND, 5, 29);
}

static void the_report_has_file_and_url(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, HEADER "certificates: []\nreport:\n  file: out.html\n"
                                 "  url: https://r.example.com/x?a=b@c\n");
    assert_no_problem(fixture);
    const struct report_wish *report = &fixture->manifests.items[0].report;
    assert_string_equal(report->file, fixture_path(fixture, "out.html"));
    assert_int_equal(report->urls.count, 1);
    assert_string_equal(report->urls.words[0], "https://r.example.com/x?a=b@c");
    assert_int_equal(report->on, REPORT_ON_ALWAYS);
}

static void the_report_may_have_several_urls_and_an_occasion(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, HEADER "certificates: []\nreport:\n  on: failure\n"
                                 "  url: ['http://[::1]:80/x?y', https://b.example.com:65535]\n");
    assert_no_problem(fixture);
    const struct report_wish *report = &fixture->manifests.items[0].report;
    assert_int_equal(report->urls.count, 2);
    assert_string_equal(report->urls.words[0], "http://[::1]:80/x?y");
    assert_int_equal(report->urls.places[1].line, 6);
    assert_int_equal(report->on, REPORT_ON_FAILURE);
}

static void a_list_of_report_urls_is_checked_item_by_item(void **state)
{
    struct fixture *fixture = *state;
#define URLS HEADER "certificates: []\nreport: {url: "
    fixture_load(fixture, URLS "[http://a/, ftp://b/]}\n");
    assert_only_problem(fixture, PROBLEM_INVALID_VALUE, 4, 27);
    fixture_load(fixture, URLS "[http://a/, http://a/]}\n");
    assert_only_problem(fixture, PROBLEM_INVALID_VALUE, 4, 27);
    fixture_load(fixture, URLS "[http://a/, https://u:hunter2@x/]}\n");
    assert_only_problem(fixture, PROBLEM_INVALID_VALUE, 4, 27);
    assert_nowhere(fixture, "hunter2");
    fixture_load(fixture, URLS "[]}\n");
    assert_only_problem(fixture, PROBLEM_WRONG_KIND, 4, 15);
    fixture_load(fixture, URLS "{a: b}}\n");
    assert_only_problem(fixture, PROBLEM_WRONG_KIND, 4, 15);
    fixture_load(fixture, URLS "[http://a/1, http://a/2, http://a/3, http://a/4, http://a/5,"
                               " http://a/6, http://a/7, http://a/8, http://a/9, http://a/10,"
                               " http://a/11, http://a/12, http://a/13, http://a/14, http://a/15,"
                               " http://a/16, http://a/17]}\n");
    assert_only_problem(fixture, PROBLEM_LIMIT_EXCEEDED, 4, 15);
#undef URLS
}

static void the_occasion_of_a_report_is_one_of_three_words(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, HEADER "certificates: []\nreport: {on: failures}\n");
    assert_only_problem(fixture, PROBLEM_INVALID_VALUE, 4, 14);
    fixture_load(fixture, HEADER "certificates: []\nreport: {on: true}\n");
    assert_only_problem(fixture, PROBLEM_WRONG_KIND, 4, 14);
}

static void report_urls_are_checked_and_not_quoted(void **state)
{
    struct fixture *fixture = *state;
    static const char *const wrong[] = {"ftp://x/",
                                        "https://",
                                        "https:///x",
                                        "'https://a b'",
                                        "https://u:hunter2@x/",
                                        "reports.example.com",
                                        "http://h:99999/",
                                        "http://h:0/",
                                        "http://h:/",
                                        "http://h:8x/",
                                        "'http://[::1/'",
                                        "'http://[1:2:3]/'",
                                        "'http://[::1]x/'",
                                        "http://h%41/",
                                        "http://-h/"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        fixture_load(
            fixture,
            arena_printf(fixture->arena, HEADER "certificates: []\nreport: {url: %s}\n", wrong[i]));
        assert_only_problem(fixture, PROBLEM_INVALID_VALUE, 4, 15);
        assert_nowhere(fixture, "hunter2");
    }
}

static void the_head_of_the_manifest_is_checked(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "name: m\ncertificates: []\n");
    assert_only_problem(fixture, PROBLEM_MISSING_KEY, 1, 1);
    fixture_load(fixture, "version: 1\ncertificates: []\n");
    assert_only_problem(fixture, PROBLEM_MISSING_KEY, 1, 1);
    fixture_load(fixture, HEADER);
    assert_only_problem(fixture, PROBLEM_MISSING_KEY, 1, 1);
    fixture_load(fixture, "version: '1'\nname: m\ncertificates: []\n");
    assert_only_problem(fixture, PROBLEM_WRONG_KIND, 1, 10);
    fixture_load(fixture, "version: 1\nname: Edge\ncertificates: []\n");
    assert_only_problem(fixture, PROBLEM_INVALID_VALUE, 2, 7);
    fixture_load(fixture, HEADER "certificates:\n");
    assert_only_problem(fixture, PROBLEM_WRONG_KIND, 3, 14);
    fixture_load(fixture, HEADER "certificates: [a.pem]\n");
    assert_only_problem(fixture, PROBLEM_WRONG_KIND, 3, 16);
}

static void another_version_is_one_error_and_the_name_is_known(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "version: 2\nnews: x\nname: edge\n");
    assert_only_problem(fixture, PROBLEM_UNSUPPORTED_VERSION, 1, 10);
    assert_string_equal(fixture->manifests.items[0].name, "edge");
}

static void an_empty_list_is_a_manifest(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, HEADER "certificates: []\n");
    assert_no_problem(fixture);
    assert_int_equal(fixture->manifests.items[0].entry_count, 0);
    assert_string_equal(fixture->manifests.items[0].name, "m");
    assert_int_equal(strlen(fixture->manifests.items[0].sha256), 64);
}

static void unknown_keys_are_errors_at_every_level(void **state)
{
    struct fixture *fixture = *state;
    const struct problem *problem =
        fixture_refused(fixture, "    tpye: Default\n", PROBLEM_UNKNOWN_KEY, 5, 5);
    assert_string_equal(problem->message, "unknown key 'tpye', did you mean 'type'?");
    fixture_load(fixture, HEADER "certificates: []\ncertificate: []\n");
    assert_only_problem(fixture, PROBLEM_UNKNOWN_KEY, 4, 1);
    fixture_load(fixture, HEADER "certificates: []\ndefaults: {path: a}\n");
    assert_only_problem(fixture, PROBLEM_UNKNOWN_KEY, 4, 12);
    assert_contains(fixture->problems.items[0].message, "cannot stand in defaults");
    fixture_load(fixture, HEADER "certificates: []\nreport: {urls: a}\n");
    assert_only_problem(fixture, PROBLEM_UNKNOWN_KEY, 4, 10);
    fixture_refused(fixture, "    ? [a]\n    : b\n", PROBLEM_WRONG_KIND, 5, 7);
}

static void duplicate_keys_are_errors_at_every_level(void **state)
{
    struct fixture *fixture = *state;
    fixture_refused(fixture, "    path: b.pem\n", PROBLEM_DUPLICATE_KEY, 5, 5);
    fixture_refused(fixture, "    password: {env: A, env: B}\n", PROBLEM_DUPLICATE_KEY, 5, 24);
    fixture_load(fixture, HEADER "certificates: []\nname: x\n");
    assert_only_problem(fixture, PROBLEM_DUPLICATE_KEY, 4, 1);
    fixture_load(fixture, HEADER "certificates: []\ndefaults: {roll: true, roll: true}\n");
    assert_only_problem(fixture, PROBLEM_DUPLICATE_KEY, 4, 24);
    fixture_load(fixture, HEADER "certificates: []\nreport: {file: a, file: b}\n");
    assert_only_problem(fixture, PROBLEM_DUPLICATE_KEY, 4, 19);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(an_entry_has_its_defaults),
        T(every_field_is_read),
        T(aliases_name_the_same_fields),
        T(a_field_and_its_alias_conflict),
        T(types_are_printed_as_they_are_built_in),
        T(an_unknown_type_brings_a_suggestion),
        T(instances_follow_their_grammar),
        T(custom_types_are_known),
        T(custom_types_are_checked),
        T(dates_are_instants),
        T(ambiguous_dates_show_how_to_write_them),
        T(scopes_are_local_and_global),
        T(days_that_the_calendar_lacks_are_called_that),
        T(booleans_are_true_and_false),
        T(texts_are_not_numbers),
        T(names_have_bounds),
        T(paths_name_files),
        T(fingerprints_stand_in_place_of_paths),
        T(passwords_have_five_forms),
        T(wrong_passwords_are_refused),
        T(the_report_has_file_and_url),
        T(the_report_may_have_several_urls_and_an_occasion),
        T(a_list_of_report_urls_is_checked_item_by_item),
        T(the_occasion_of_a_report_is_one_of_three_words),
        T(report_urls_are_checked_and_not_quoted),
        T(the_head_of_the_manifest_is_checked),
        T(another_version_is_one_error_and_the_name_is_known),
        T(an_empty_list_is_a_manifest),
        T(unknown_keys_are_errors_at_every_level),
        T(duplicate_keys_are_errors_at_every_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
