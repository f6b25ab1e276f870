#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define AUTO_TEXT __attribute__((cleanup(text_done)))

static volatile size_t huge = SIZE_MAX;

static void a_new_text_is_an_empty_string(void **state)
{
    (void)state;
    struct text text AUTO_TEXT = TEXT_INIT;
    assert_string_equal(text_string(&text), "");
    assert_false(text_failed(&text));
    text_add(&text, "");
    assert_string_equal(text_string(&text), "");
}

static void what_is_added_stands_in_order(void **state)
{
    (void)state;
    struct text text AUTO_TEXT = TEXT_INIT;
    text_add(&text, "slot ");
    text_add_bytes(&text, "local/xyz", 6);
    text_printf(&text, "%s@%d", "Web", 7);
    assert_string_equal(text_string(&text), "slot local/Web@7");
    assert_int_equal(text.length, 16);
}

static void it_grows_to_any_length(void **state)
{
    (void)state;
    struct text text AUTO_TEXT = TEXT_INIT;
    for (int i = 0; i < 100000; i++)
        text_add(&text, i % 2 ? "b" : "a");
    text_printf(&text, "%70000d", 1);
    assert_false(text_failed(&text));
    assert_int_equal(text.length, 170000);
    assert_int_equal(strlen(text_string(&text)), 170000);
    assert_memory_equal(text_string(&text) + 99998, "ab ", 3);
}

static void every_length_around_its_room_is_terminated(void **state)
{
    (void)state;
    for (size_t length = 250; length < 260; length++) {
        struct text text AUTO_TEXT = TEXT_INIT;
        text_printf(&text, "%*d", (int)length, 1);
        assert_int_equal(strlen(text_string(&text)), length);
        text_add(&text, "2");
        assert_int_equal(strlen(text_string(&text)), length + 1);
    }
}

static void a_failure_is_remembered_and_nothing_is_added_any_more(void **state)
{
    (void)state;
    struct text text AUTO_TEXT = TEXT_INIT;
    text_add(&text, "kept");
    text_add_bytes(&text, "", huge - 16);
    assert_true(text_failed(&text));
    text_add(&text, "lost");
    text_printf(&text, "%d", 1);
    assert_string_equal(text_string(&text), "kept");
    assert_true(text_failed(&text));
}

static void a_text_that_is_done_can_be_used_again(void **state)
{
    (void)state;
    struct text text AUTO_TEXT = TEXT_INIT;
    text_add(&text, "once");
    text_done(&text);
    assert_string_equal(text_string(&text), "");
    text_add(&text, "twice");
    assert_string_equal(text_string(&text), "twice");
}

static const struct {
    const char *from, *visible;
} escapes[] = {
    {"plain ASCII, 'quoted' <b>", "plain ASCII, 'quoted' <b>"},
    {"CN=M\xc3\xbcller \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x94\x91",
     "CN=M\xc3\xbcller \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x94\x91"},
    /* what steers a terminal or forges a line */
    {"\x1b[2J", "\\x1B[2J"},
    {"a\nb\r\tc\x7f", "a\\x0Ab\\x0D\\x09c\\x7F"},
    {"\xc2\x85\xc2\x9b", "\\u{0085}\\u{009B}"},
    {"\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}"},
    /* what turns text round or hides */
    {"evil\xe2\x80\xaegpj.exe", "evil\\u{202E}gpj.exe"},
    {"\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad", "\\u{202A}\\u{202B}\\u{202C}\\u{202D}"},
    {"\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9", "\\u{2066}\\u{2067}\\u{2068}\\u{2069}"},
    {"\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\u{200E}\\u{200F}\\u{061C}"},
    {"a\xe2\x80\x8b\xe2\x81\xa0\xef\xbb\xbf"
     "b",
     "a\\u{200B}\\u{2060}\\u{FEFF}b"},
    /* what is no UTF-8: lone bytes, cut off, overlong, surrogates, beyond the last code point */
    {"\x80\xbf", "\\x80\\xBF"},
    {"a\xc3", "a\\xC3"},
    {"\xe2\x80", "\\xE2\\x80"},
    {"\xf0\x9f\x94 ", "\\xF0\\x9F\\x94 "},
    {"\xc3(", "\\xC3("},
    {"\xc0\xaf", "\\xC0\\xAF"},
    {"\xc1\xbf", "\\xC1\\xBF"},
    {"\xe0\x9f\xbf", "\\xE0\\x9F\\xBF"},
    {"\xf0\x8f\xbf\xbf", "\\xF0\\x8F\\xBF\\xBF"},
    {"\xed\xa0\x80", "\\xED\\xA0\\x80"},
    {"\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},
    {"\xf8\x88\x80\x80\x80", "\\xF8\\x88\\x80\\x80\\x80"},
    {"\xfe\xff", "\\xFE\\xFF"},
    /* what has no shape: fillers, selectors, tags, private use, noncharacters */
    {"a\xc2\xad\xcd\x8f\xe1\x85\x9f\xef\xbe\xa0", "a\\u{00AD}\\u{034F}\\u{115F}\\u{FFA0}"},
    {"\xef\xb8\x8f\xf3\xa0\x84\x80", "\\u{FE0F}\\u{E0100}"},
    {"\xf3\xa0\x80\x81\xf3\xa0\x81\xa5\xf3\xa0\x81\xbf", "\\u{E0001}\\u{E0065}\\u{E007F}"},
    {"\xf0\x9b\xb2\xa0\xf0\x9d\x85\xb3", "\\u{1BCA0}\\u{1D173}"},
    {"\xef\xb7\x90\xef\xbf\xbe\xf0\x9f\xbf\xbf", "\\u{FDD0}\\u{FFFE}\\u{1FFFF}"},
    {"\xee\x80\x80\xf3\xb0\x80\x80\xf4\x8f\xbf\xbd", "\\u{E000}\\u{F0000}\\u{10FFFD}"},
    /* their neighbours that are letters, marks, symbols or spaces */
    {"\xc2\xa0\xc2\xac\xc2\xae\xcd\x8e\xcd\x90", "\xc2\xa0\xc2\xac\xc2\xae\xcd\x8e\xcd\x90"},
    {"\xe2\x80\x8a\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xb0",
     "\xe2\x80\x8a\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xb0"},
    {"\xed\x9f\xbf\xef\xa4\x80\xef\xbf\xbd\xf0\x90\x80\x80",
     "\xed\x9f\xbf\xef\xa4\x80\xef\xbf\xbd\xf0\x90\x80\x80"},
    /* what only looks like an escape */
    {"\\x1B \\u{202E} \\xaf", "\\x5Cx1B \\x5Cu{202E} \\x5Cxaf"},
    {"\\x1", "\\x1"},
    {"C:\\users\\xml \\09 \\\\", "C:\\users\\xml \\09 \\\\"},
};

static void a_string_from_outside_cannot_steer_the_terminal(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
        struct text text AUTO_TEXT = TEXT_INIT;
        text_add_visible(&text, escapes[i].from);
        assert_string_equal(text_string(&text), escapes[i].visible);
    }
}

static void html_has_its_five_characters_as_entities(void **state)
{
    (void)state;
    struct text text AUTO_TEXT = TEXT_INIT;
    text_add_html(&text, "<a href=\"x\" title='y'>&amp;</a>");
    assert_string_equal(text_string(&text),
                        "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;"
                        "&lt;/a&gt;");
}

static void html_of_a_part_is_that_part_alone(void **state)
{
    (void)state;
    struct text text = TEXT_INIT;
    text_add_html_part(&text, "\xc3\xbc<b>", 3);
    text_add_html_part(&text, "rest", 0);
    assert_string_equal(text_string(&text), "\xc3\xbc&lt;");
    text_done(&text);
}

static void html_escapes_what_steers_too(void **state)
{
    (void)state;
    struct text text AUTO_TEXT = TEXT_INIT;
    text_add_html(&text, "\xe2\x80\xae<\xc3<\x1b \xc3\xbc");
    assert_string_equal(text_string(&text), "\\u{202E}&lt;\\xC3&lt;\\x1B \xc3\xbc");
}

typedef void add_clipped(struct text *text, const char *string, size_t most);

static void check_clipped(add_clipped *add, const char *string, size_t most, const char *wanted)
{
    struct text text AUTO_TEXT = TEXT_INIT;
    add(&text, string, most);
    assert_string_equal(text_string(&text), wanted);
}

static void a_code_span_ends_where_it_is_to_end(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"web", "`web`"},
        {"a`b``", "`a\\x60b\\x60\\x60`"},
        {"a|b\\|c\\", "`a\\x7Cb\\\\x7Cc\\`"},
        {"\\x60", "`\\x5Cx60`"},
        {"a\r\n/close\t", "`a\\x0D\\x0A/close\\x09`"},
        {"<script>&amp;@all #1 !2 www.example.com", "`<script>&amp;@all #1 !2 www.example.com`"},
        {"\xe2\x80\xae\xffZ\xc3\xbc", "`\\u{202E}\\xFFZ\xc3\xbc`"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        check_clipped(text_add_code, cases[i][0], SIZE_MAX, cases[i][1]);
}

static void a_long_code_span_is_cut_between_characters(void **state)
{
    (void)state;
    static const char string[] = "\xc3\xbc\xf0\x9f\x94\x91\xff|";
    check_clipped(text_add_code, string, 4, "`\xc3\xbc\xf0\x9f\x94\x91\\xFF\\x7C`");
    check_clipped(text_add_code, string, 3, "`\xc3\xbc\xf0\x9f\x94\x91\\xFF`\xe2\x80\xa6");
    check_clipped(text_add_code, string, 1, "`\xc3\xbc`\xe2\x80\xa6");
    check_clipped(text_add_code, string, 0, "\xe2\x80\xa6");
}

static void a_sentence_has_in_code_spans_what_a_renderer_could_take_up(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"it expires in 23 days", "it expires in 23 days"},
        {"no type 'Defualt', did you mean 'Default'?",
         "no type 'Defualt', did you mean 'Default'?"},
        {"not <b> c/d.pfx, but e", "not `<b> c/d.pfx`, but e"},
        {"ask @all and a@b.example: see #1, and GH-3.",
         "ask `@all` and `a@b.example`: see `#1`, and `GH-3`."},
        {"at www.example.com or https://example.com.",
         "at `www.example.com` or `https://example.com`."},
        {"https: //example.com :x: -- _a_ ~~b~~ *c* [d](e) ![f](g) $h$",
         "https: `//example.com :x: -- _a_ ~~b~~ *c* [d](e) ![f](g) $h$`"},
        {"123456 1234567 defaced deface facade", "123456 `1234567 defaced` deface facade"},
        {"a | b", "a `\\x7C` b"},
        {"by-and-by -b 'c-' '---'", "by-and-by `-b` 'c-' `'---'`"},
        {"a \\| b` c", "a `\\\\x7C b\\x60` c"},
        {"&amp; \xc2\xa0 Z\xc3\xbcrich", "`&amp; \xc2\xa0 Z\xc3\xbcrich`"},
        {" a  b ", " a  b "},
        {"? . :;", "`? . :`;"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        check_clipped(text_add_markdown, cases[i][0], SIZE_MAX, cases[i][1]);
}

static void a_long_sentence_is_cut_between_characters(void **state)
{
    (void)state;
    static const char string[] = "open c/d.pfx.";
    static const char *const wanted[] = {"\xe2\x80\xa6",
                                         "o\xe2\x80\xa6",
                                         "op\xe2\x80\xa6",
                                         "ope\xe2\x80\xa6",
                                         "open\xe2\x80\xa6",
                                         "open \xe2\x80\xa6",
                                         "open c\xe2\x80\xa6",
                                         "open `c/`\xe2\x80\xa6",
                                         "open `c/d`\xe2\x80\xa6",
                                         "open `c/d`.\xe2\x80\xa6",
                                         "open `c/d.p`\xe2\x80\xa6",
                                         "open `c/d.pf`\xe2\x80\xa6",
                                         "open `c/d.pfx`\xe2\x80\xa6",
                                         "open `c/d.pfx`."};
    for (size_t most = 0; most < sizeof(wanted) / sizeof(*wanted); most++)
        check_clipped(text_add_markdown, string, most, wanted[most]);
}

static void a_json_text_keeps_its_values(void **state)
{
    static const struct {
        const char *from, *page, *terminal;
    } texts[] = {
        {"{\"a\": \"<b>\"}\n", "{\"a\": \"\\u003cb>\"}\n", "{\"a\": \"<b>\"}\n"},
        {"\"\\u001b \\\\x1B\"", "\"\\u001b \\\\x1B\"", "\"\\u001b \\\\x1B\""},
        {"\x7f\xc2\x9b\xe2\x80\xae", "\\u007f\\u009b\\u202e", "\\u007f\\u009b\\u202e"},
        {"\xf3\xa0\x81\x81\xf4\x8f\xbf\xbf", "\\udb40\\udc41\\udbff\\udfff",
         "\\udb40\\udc41\\udbff\\udfff"},
        {"\xc3\xbc\xf0\x9f\x94\x91", "\xc3\xbc\xf0\x9f\x94\x91", "\xc3\xbc\xf0\x9f\x94\x91"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct text page AUTO_TEXT = TEXT_INIT, terminal AUTO_TEXT = TEXT_INIT;
        text_add_json(&page, texts[i].from, true);
        text_add_json(&terminal, texts[i].from, false);
        assert_string_equal(text_string(&page), texts[i].page);
        assert_string_equal(text_string(&terminal), texts[i].terminal);
    }
}

static void utf8_is_told_from_other_bytes(void **state)
{
    (void)state;
    assert_true(text_is_utf8(""));
    assert_true(text_is_utf8("Z\xc3\xbcrich \x1b \xe2\x80\xae \xf4\x8f\xbf\xbf"));
    assert_false(text_is_utf8("Z\xfcrich"));
    assert_false(text_is_utf8("a\xc3"));
    assert_false(text_is_utf8("\xed\xa0\x80"));
    assert_false(text_is_utf8("\xc0\x80"));
}

static void no_byte_string_gets_a_control_or_a_bad_byte_through(void **state)
{
    (void)state;
    for (unsigned first = 1; first < 256; first++)
        for (unsigned second = 1; second < 256; second++) {
            const char from[] = {(char)first, (char)second, '\0'};
            struct text text AUTO_TEXT = TEXT_INIT;
            text_add_visible(&text, from);
            for (const unsigned char *at = (const unsigned char *)text_string(&text); *at; at++)
                assert_true(*at >= 0x20 && *at != 0x7f);
            if (first >= 0xe0)
                assert_int_equal(text_string(&text)[0], '\\');
        }
}

static void a_text_with_a_sink_is_never_held_whole(void **state)
{
    (void)state;
    struct text text AUTO_TEXT = TEXT_INIT, whole AUTO_TEXT = TEXT_INIT;
    FILE *file = tmpfile();
    assert_non_null(file);
    text.sink = fileno(file);
    for (int i = 0; i < 100000; i++) {
        text_printf(&text, "row %d,", i);
        text_printf(&whole, "row %d,", i);
        text_spill(&text);
        text_spill(&whole);
    }
    assert_int_equal(text_finish(&text), 0);
    assert_true(text.capacity <= 128 * 1024);
    char *bytes = malloc(whole.length + 1);
    assert_int_equal(pread(text.sink, bytes, whole.length + 1, 0), whole.length);
    assert_memory_equal(bytes, text_string(&whole), whole.length);
    free(bytes);
    fclose(file);
}

static void of_a_text_that_is_dropped_the_size_is_known(void **state)
{
    (void)state;
    struct text text AUTO_TEXT = TEXT_INIT;
    text.sink = TEXT_DROPPED;
    for (int i = 0; i < 100000; i++) {
        text_add(&text, "0123456789");
        text_spill(&text);
    }
    assert_int_equal(text_size(&text), 1000000);
    assert_true(text.capacity <= 128 * 1024);
    assert_false(text_failed(&text));
}

static void what_was_spilled_cannot_be_taken_back(void **state)
{
    (void)state;
    struct text text AUTO_TEXT = TEXT_INIT;
    text.sink = TEXT_DROPPED;
    for (int i = 0; text.spilled == 0; i++) {
        text_add(&text, "0123456789");
        text_spill(&text);
    }
    size_t spilled = text_size(&text);
    text_add(&text, "kept, taken back");
    text_cut(&text, spilled + 4);
    assert_string_equal(text_string(&text), "kept");
    text_cut(&text, 10);
    assert_string_equal(text_string(&text), "");
    assert_int_equal(text_size(&text), spilled);
}

static void a_sink_that_takes_no_more_is_a_failure(void **state)
{
    (void)state;
    struct text text AUTO_TEXT = TEXT_INIT;
    text.sink = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(text.sink >= 0);
    for (int i = 0; i < 30000; i++) {
        text_add(&text, "a row of it,");
        text_spill(&text);
    }
    assert_true(text_failed(&text));
    assert_int_equal(text_finish(&text), -ENOSPC);
    close(text.sink);
}

static void a_sink_does_not_get_what_memory_ran_out_for(void **state)
{
    (void)state;
    struct text text AUTO_TEXT = TEXT_INIT;
    text.sink = open("/dev/full", O_WRONLY | O_CLOEXEC);
    text_add_bytes(&text, "x", huge);
    assert_true(text_failed(&text));
    assert_int_equal(text_finish(&text), -ENOMEM);
    close(text.sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_text_is_an_empty_string),
        cmocka_unit_test(what_is_added_stands_in_order),
        cmocka_unit_test(it_grows_to_any_length),
        cmocka_unit_test(every_length_around_its_room_is_terminated),
        cmocka_unit_test(a_failure_is_remembered_and_nothing_is_added_any_more),
        cmocka_unit_test(a_text_that_is_done_can_be_used_again),
        cmocka_unit_test(a_string_from_outside_cannot_steer_the_terminal),
        cmocka_unit_test(html_has_its_five_characters_as_entities),
        cmocka_unit_test(html_of_a_part_is_that_part_alone),
        cmocka_unit_test(html_escapes_what_steers_too),
        cmocka_unit_test(a_code_span_ends_where_it_is_to_end),
        cmocka_unit_test(a_long_code_span_is_cut_between_characters),
        cmocka_unit_test(a_sentence_has_in_code_spans_what_a_renderer_could_take_up),
        cmocka_unit_test(a_long_sentence_is_cut_between_characters),
        cmocka_unit_test(a_json_text_keeps_its_values),
        cmocka_unit_test(utf8_is_told_from_other_bytes),
        cmocka_unit_test(no_byte_string_gets_a_control_or_a_bad_byte_through),
        cmocka_unit_test(a_text_with_a_sink_is_never_held_whole),
        cmocka_unit_test(of_a_text_that_is_dropped_the_size_is_known),
        cmocka_unit_test(what_was_spilled_cannot_be_taken_back),
        cmocka_unit_test(a_sink_that_takes_no_more_is_a_failure),
        cmocka_unit_test(a_sink_does_not_get_what_memory_ran_out_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
