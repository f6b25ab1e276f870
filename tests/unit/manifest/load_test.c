/* Files, folders, YAML, bounds. */
#include "fixture.h"

#include "base/text.h"
#include "manifest/yaml.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void fifteen_mistakes_give_fifteen_errors_at_their_lines(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        enum problem_code code;
        int line;
    } expected[] = {
        {PROBLEM_INVALID_VALUE, 2},     {PROBLEM_INVALID_VALUE, 3},   {PROBLEM_WRONG_KIND, 5},
        {PROBLEM_UNKNOWN_KEY, 8},       {PROBLEM_UNKNOWN_TYPE, 9},    {PROBLEM_INVALID_DATE, 11},
        {PROBLEM_DUPLICATE_KEY, 12},    {PROBLEM_MISSING_KEY, 13},    {PROBLEM_ROLL_NEEDS_DATE, 17},
        {PROBLEM_TYPE_REQUIRED, 19},    {PROBLEM_DUPLICATE_NAME, 20}, {PROBLEM_DUPLICATE_CLAIM, 23},
        {PROBLEM_CONFLICTING_KEYS, 24}, {PROBLEM_WRONG_KIND, 26},     {PROBLEM_INVALID_VALUE, 28},
    };
    fixture_load(fixture, "version: 1\n"
                          "name: Edge Pool\n"
                          "custom_types: [Default]\n"
                          "defaults:\n"
                          "  force: yes\n"
                          "certificates:\n"
                          "  - path: a.pem\n"
                          "    colour: blue\n"
                          "    type: Defualt\n"
                          "  - path: b.pem\n"
                          "    effective_date: 7/31/2012 8:00 AM\n"
                          "    path: c.pem\n"
                          "  - type: External\n"
                          "    name: nothing\n"
                          "  - path: d.pem\n"
                          "    type: Internal\n"
                          "    roll: true\n"
                          "  - path: e.pem\n"
                          "    scope: global\n"
                          "  - path: sub/e.pem\n"
                          "  - path: f.pem\n"
                          "    type:\n"
                          "      - internal\n"
                          "  - path: g.pem\n"
                          "    fingerprint: 0123456789abcdef0123456789abcdef01234567\n"
                          "  - path: {}\n"
                          "report:\n"
                          "  url: mailto:x\n");
    assert_int_equal(fixture->problems.count, 15);
    for (size_t i = 0; i < 15; i++) {
        const struct problem *problem = &fixture->problems.items[i];
        assert_int_equal(problem->place.line, expected[i].line);
        assert_string_equal(problem_code(problem->code), problem_code(expected[i].code));
        assert_non_null(problem->excerpt);
    }
}

static void anchors_aliases_and_merge_keys_work(void **state)
{
    struct fixture *fixture = *state;
    fixture_load_list(fixture, "  - &web\n"
                               "    path: a.pem\n"
                               "    types: &list [Default, External]\n"
                               "    effective_date: 2027-01-01\n"
                               "  - <<: *web\n"
                               "    path: b.pem\n"
                               "    effective_time: 2028-01-01\n"
                               "  - <<: [{scope: global, path: x}, *web]\n"
                               "    name: c\n"
                               "    type: Internal\n"
                               "  - path: d.pem\n"
                               "    scope: global\n"
                               "    type: *list\n");
    assert_no_problem(fixture);
    const struct entry *entries = fixture->manifests.items[0].entries;
    assert_string_equal(entries[1].path, fixture_path(fixture, "b.pem"));
    assert_int_equal(entries[1].type_count, 2);
    assert_true(entries[1].effective_date == instant_from_date(2028, 1, 1, 0, 0, 0));
    assert_string_equal(entries[2].path, fixture_path(fixture, "x"));
    assert_string_equal(entries[2].scope, "global");
    assert_int_equal(entries[2].type_count, 1);
    assert_string_equal(entries[2].types[0], "Internal");
    assert_int_equal(entries[3].type_count, 2);
    assert_int_equal(entries[1].type_place.line, 8);
}

static void what_is_merged_again_and_again_counts_once(void **state)
{
    struct fixture *fixture = *state;
    struct text text = TEXT_INIT;
    text_add(&text,
             "  - &a {path: a, force: true, roll: false, scope: local}\n  - name: b\n    <<: [*a");
    for (int i = 0; i < 100; i++)
        text_add(&text, ", *a");
    text_add(&text, "]\n");
    fixture_load_list(fixture, text_string(&text));
    text_done(&text);
    assert_no_problem(fixture);
    assert_true(fixture->manifests.items[0].entries[1].force);
}

static void what_is_wrong_in_an_anchor_is_told_once(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, HEADER "defaults: &d {scope: lokal}\n"
                                 "certificates:\n"
                                 "  - {<<: *d, path: a}\n  - {<<: *d, path: b}\n");
    assert_only_problem(fixture, PROBLEM_INVALID_VALUE, 3, 22);
}

static void merge_keys_take_mappings(void **state)
{
    fixture_refused(*state, "    <<: x\n", PROBLEM_WRONG_KIND, 5, 9);
    fixture_refused(*state, "    <<: [{scope: local}, x]\n", PROBLEM_WRONG_KIND, 5, 26);
    fixture_refused(*state, "    <<: {scope: local}\n    <<: {type: Default}\n",
                    PROBLEM_DUPLICATE_KEY, 6, 5);
    fixture_refused(*state, "    '<<': {scope: local}\n", PROBLEM_UNKNOWN_KEY, 5, 5);
}

static void aliases_lead_to_something_finished(void **state)
{
    struct fixture *fixture = *state;
    fixture_refused(fixture, "    type: *nowhere\n", PROBLEM_YAML_SYNTAX, 5, 11);
    fixture_load(fixture, HEADER "certificates: &c [*c]\n");
    assert_int_equal(fixture->problems.items[0].code, PROBLEM_YAML_SYNTAX);
    assert_int_equal(fixture->problems.items[0].place.column, 19);
}

static void broken(struct fixture *fixture, const char *text, enum problem_code code, int line,
                   int column)
{
    fixture_load(fixture, text);
    assert_only_problem(fixture, code, line, column);
}

static void broken_yaml_is_one_error_and_the_name_is_known(void **state)
{
    struct fixture *fixture = *state;
    broken(fixture, HEADER "certificates: []\n\tx: y\n", PROBLEM_YAML_SYNTAX, 4, 1);
    assert_contains(fixture->problems.items[0].message, "tab");
    assert_string_equal(fixture->manifests.items[0].name, "m");
    broken(fixture, HEADER "certificates: []\n---\na: b\n", PROBLEM_YAML_SYNTAX, 4, 1);
    broken(fixture, HEADER "certificates: [\n", PROBLEM_YAML_SYNTAX, 4, 1);
    broken(fixture, HEADER "certificates: a: b\n", PROBLEM_YAML_SYNTAX, 3, 16);
    assert_string_equal(fixture->manifests.items[0].name, "m");
}

static void an_empty_file_is_an_error(void **state)
{
    broken(*state, "", PROBLEM_MISSING_KEY, 1, 1);
    broken(*state, "# nothing\n", PROBLEM_MISSING_KEY, 1, 1);
    broken(*state, "---\n...\n", PROBLEM_MISSING_KEY, 1, 1);
    broken(*state, "~\n", PROBLEM_MISSING_KEY, 1, 1);
    broken(*state, "- a\n", PROBLEM_WRONG_KIND, 1, 1);
    broken(*state, "text\n", PROBLEM_WRONG_KIND, 1, 1);
}

static void load_bytes(struct fixture *fixture, const char *bytes, size_t size)
{
    fixture_write(fixture, "m.yaml", bytes, size);
    fixture_load_paths(fixture, (const char *const[]){"m.yaml"}, 1);
}

static void only_utf_8_is_read(void **state)
{
    struct fixture *fixture = *state;
    static const char with_nul[] = HEADER "certificates: [\0]\n", utf16[] = "\xff\xfev\0:\0";
    load_bytes(fixture, with_nul, sizeof(with_nul) - 1);
    assert_only_problem(fixture, PROBLEM_YAML_SYNTAX, 3, 16);
    load_bytes(fixture, utf16, sizeof(utf16) - 1);
    assert_only_problem(fixture, PROBLEM_YAML_SYNTAX, 1, 1);
    assert_contains(fixture->problems.items[0].message, "UTF-16");
    fixture_load(fixture, HEADER "certificates: [\xff]\n");
    assert_only_problem(fixture, PROBLEM_YAML_SYNTAX, 3, 16);
}

static void a_byte_order_mark_and_any_line_end_are_read(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "\xef\xbb\xbfversion: 2\n");
    assert_only_problem(fixture, PROBLEM_UNSUPPORTED_VERSION, 1, 10);
    assert_string_equal(fixture->problems.items[0].excerpt, "version: 2");
    fixture_load(fixture, "version: 1\r\nname: m\r\ncertificates: []\r\nx: 1\r\n");
    assert_only_problem(fixture, PROBLEM_UNKNOWN_KEY, 4, 1);
    fixture_load(fixture, "version: 1\rname: m\rcertificates: []\rx: 1\r");
    assert_only_problem(fixture, PROBLEM_UNKNOWN_KEY, 4, 1);
    assert_string_equal(fixture->problems.items[0].excerpt, "x: ***");
}

static void columns_count_characters(void **state)
{
    struct fixture *fixture = *state;
    fixture_load_list(fixture, "  - {name: B\xc3\xbcro, path: a, type: Defualt}\n");
    assert_only_problem(fixture, PROBLEM_UNKNOWN_TYPE, 4, 33);
    assert_string_equal(fixture->problems.items[0].excerpt,
                        "  - {name: B\xc3\xbcro, path: a, type: Defualt}");
}

/* Text of one part again and again. */
static void load_repeated(struct fixture *fixture, const char *part, size_t count)
{
    size_t length = strlen(part);
    char *text = arena_alloc(fixture->arena, count * length + 1, 1);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * length, part, length);
    fixture_load(fixture, text);
}

static void depth_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    load_repeated(fixture, "[", 100000);
    assert_only_problem(fixture, PROBLEM_LIMIT_EXCEEDED, 1, 33);
    load_repeated(fixture, "- ", 100000);
    assert_only_problem(fixture, PROBLEM_LIMIT_EXCEEDED, 1, 65);
}

static void aliases_cannot_multiply(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
                          "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                          "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                          "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                          "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
                          "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
                          "g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n");
    assert_int_equal(fixture->problems.count, 1);
    assert_int_equal(fixture->problems.items[0].code, PROBLEM_LIMIT_EXCEEDED);
}

static void aliases_cannot_nest_deeper(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "a: &a [[[[[[[[[[[[x]]]]]]]]]]]]\n"
                          "b: &b [[[[[[[[[[[[*a]]]]]]]]]]]]\n"
                          "c: &c [[[[[[[[[[[[*b]]]]]]]]]]]]\n");
    assert_int_equal(fixture->problems.count, 1);
    assert_int_equal(fixture->problems.items[0].code, PROBLEM_LIMIT_EXCEEDED);
    assert_int_equal(fixture->problems.items[0].place.line, 3);
}

static void keys_anchors_and_directives_are_bounded(void **state)
{
    struct fixture *fixture = *state;
    load_repeated(fixture, "x: y\n", 129);
    assert_only_problem(fixture, PROBLEM_LIMIT_EXCEEDED, 1, 1);
    load_repeated(fixture, "- &a x\n", 257);
    assert_only_problem(fixture, PROBLEM_LIMIT_EXCEEDED, 257, 3);
    fixture_load(fixture, "%TAG !a! x\n%TAG !b! y\n---\n" HEADER "certificates: []\n");
    assert_only_problem(fixture, PROBLEM_YAML_SYNTAX, 2, 1);
    fixture_load(fixture, "%YAML 1.1\n---\n" HEADER "certificates: []\n");
    assert_no_problem(fixture);
}

static void errors_are_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct text text = TEXT_INIT;
    text_add(&text, HEADER "certificates:\n");
    for (int i = 0; i < 1500; i++)
        text_add(&text, "  - x\n");
    fixture_load(fixture, text_string(&text));
    text_done(&text);
    assert_int_equal(fixture->problems.count, 1001);
    assert_int_equal(fixture->problems.items[1000].code, PROBLEM_LIMIT_EXCEEDED);
}

static void bytes_are_bounded(void **state)
{
    struct fixture *fixture = *state;
    fixture_write(fixture, "m.yaml", "", 0);
    assert_int_equal(truncate(fixture_path(fixture, "m.yaml"), YAML_BYTES_MOST + 1), 0);
    fixture_load_paths(fixture, (const char *const[]){"m.yaml"}, 1);
    assert_only_problem(fixture, PROBLEM_LIMIT_EXCEEDED, 0, 0);
    assert_true(fixture->manifests.items[0].broken);
}

static void what_cannot_be_read_is_a_broken_manifest(void **state)
{
    struct fixture *fixture = *state;
    fixture_load_paths(fixture, (const char *const[]){"none.yaml"}, 1);
    assert_only_problem(fixture, PROBLEM_UNREADABLE_MANIFEST, 0, 0);
    assert_contains(fixture->problems.items[0].message, "No such file");
    assert_int_equal(fixture->manifests.count, 1);
    assert_true(fixture->manifests.items[0].broken);
    assert_int_equal(mkfifo(fixture_path(fixture, "pipe.yaml"), 0600), 0);
    fixture_load_paths(fixture, (const char *const[]){"pipe.yaml"}, 1);
    assert_only_problem(fixture, PROBLEM_UNREADABLE_MANIFEST, 0, 0);
}

static void a_folder_gives_its_manifests_in_byte_order(void **state)
{
    struct fixture *fixture = *state;
    static const char *const names[] = {"sub/b.yaml",  "sub/a.yml", "sub/B.yaml",
                                        "sub/.c.yaml", "sub/d.txt", "sub/yaml"};
    assert_int_equal(mkdir(fixture_path(fixture, "sub"), 0700), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *text =
            arena_printf(fixture->arena, "version: 1\nname: m%zu\ncertificates: []\n", i);
        fixture_write(fixture, names[i], text, strlen(text));
    }
    fixture_load_paths(fixture, (const char *const[]){"sub/"}, 1);
    assert_no_problem(fixture);
    assert_int_equal(fixture->manifests.count, 3);
    assert_string_equal(fixture->manifests.items[0].path, fixture_path(fixture, "sub/B.yaml"));
    assert_string_equal(fixture->manifests.items[1].path, fixture_path(fixture, "sub/a.yml"));
    assert_string_equal(fixture->manifests.items[2].path, fixture_path(fixture, "sub/b.yaml"));
}

static void a_folder_without_manifests_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(mkdir(fixture_path(fixture, "sub"), 0700), 0);
    fixture_load_paths(fixture, (const char *const[]){"sub"}, 1);
    assert_only_problem(fixture, PROBLEM_UNREADABLE_MANIFEST, 0, 0);
    assert_int_equal(fixture->manifests.count, 0);
}

static void paths_are_relative_to_the_manifest(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] = HEADER "certificates: [{path: ../a.pem}]\n";
    assert_int_equal(chdir(fixture->folder), 0);
    fixture_write(fixture, "m.yaml", text, sizeof(text) - 1);
    const char *path = "m.yaml";
    assert_int_equal(
        manifests_load(&path, 1, fixture->arena, &fixture->problems, &fixture->manifests), 0);
    assert_string_equal(fixture->manifests.items[0].entries[0].path, "../a.pem");
    path = "./m.yaml";
    manifests_done(&fixture->manifests);
    assert_int_equal(
        manifests_load(&path, 1, fixture->arena, &fixture->problems, &fixture->manifests), 0);
    assert_string_equal(fixture->manifests.items[0].entries[0].path, "./../a.pem");
    assert_int_equal(chdir("/"), 0);
}

static void one_broken_manifest_does_not_break_another(void **state)
{
    struct fixture *fixture = *state;
    static const char good[] = HEADER "certificates: []\n", bad[] = "version: 1\nname: n\n";
    fixture_write(fixture, "a.yaml", bad, sizeof(bad) - 1);
    fixture_write(fixture, "b.yaml", good, sizeof(good) - 1);
    fixture_load_paths(fixture, (const char *const[]){"a.yaml", "b.yaml"}, 2);
    assert_int_equal(fixture->problems.errors, 1);
    assert_true(fixture->manifests.items[0].broken);
    assert_false(fixture->manifests.items[1].broken);
}

static void load_with_mode(struct fixture *fixture, const char *text, mode_t mode)
{
    fixture_write(fixture, "m.yaml", text, strlen(text));
    assert_int_equal(chmod(fixture_path(fixture, "m.yaml"), mode), 0);
    fixture_load_paths(fixture, (const char *const[]){"m.yaml"}, 1);
}

static void a_password_in_a_manifest_that_others_may_read_is_a_warning(void **state)
{
    static const char text[] = HEADER "certificates:\n"
                                      "  - {path: a.pfx, password: {env: A}}\n"
                                      "  - {path: b.pfx, password: hunter2}\n"
                                      "  - {path: c.pfx, password: hunter3}\n";
    struct fixture *fixture = *state;
    load_with_mode(fixture, text, 0644);
    assert_int_equal(fixture->problems.count, 1);
    const struct problem *problem = &fixture->problems.items[0];
    assert_int_equal(problem->code, PROBLEM_PASSWORD_EXPOSED);
    assert_int_equal(problem->place.line, 5);
    assert_int_equal(problem->place.column, 29);
    assert_contains(problem->message, "0644");
    assert_string_equal(problem->excerpt, "  - {path: b.pfx, password: ***}");
    assert_false(fixture->manifests.items[0].broken);
    load_with_mode(fixture, text, 0660);
    assert_no_problem(fixture);
}

static void other_passwords_expose_nothing_in_a_manifest(void **state)
{
    struct fixture *fixture = *state;
    load_with_mode(fixture,
                   HEADER "certificates:\n"
                          "  - {path: a.pfx, password: {env: A}}\n"
                          "  - {path: b.pfx, password: {file: b}}\n"
                          "  - {path: c.pfx}\n",
                   0644);
    assert_no_problem(fixture);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(fifteen_mistakes_give_fifteen_errors_at_their_lines),
        T(anchors_aliases_and_merge_keys_work),
        T(what_is_merged_again_and_again_counts_once),
        T(what_is_wrong_in_an_anchor_is_told_once),
        T(merge_keys_take_mappings),
        T(aliases_lead_to_something_finished),
        T(broken_yaml_is_one_error_and_the_name_is_known),
        T(an_empty_file_is_an_error),
        T(only_utf_8_is_read),
        T(a_byte_order_mark_and_any_line_end_are_read),
        T(columns_count_characters),
        T(depth_is_bounded),
        T(aliases_cannot_multiply),
        T(aliases_cannot_nest_deeper),
        T(keys_anchors_and_directives_are_bounded),
        T(errors_are_bounded),
        T(bytes_are_bounded),
        T(what_cannot_be_read_is_a_broken_manifest),
        T(a_folder_gives_its_manifests_in_byte_order),
        T(a_folder_without_manifests_is_an_error),
        T(paths_are_relative_to_the_manifest),
        T(one_broken_manifest_does_not_break_another),
        T(a_password_in_a_manifest_that_others_may_read_is_a_warning),
        T(other_passwords_expose_nothing_in_a_manifest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
