#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "manifest/suggest.h"
#include "manifest/types.h"

#include <string.h>

static void there_are_21_types_in_byte_order(void **state)
{
    (void)state;
    assert_int_equal(types_builtin_count, 21);
    for (size_t i = 1; i < types_builtin_count; i++)
        assert_true(strcmp(types_builtin[i - 1].name, types_builtin[i].name) < 0);
    for (size_t i = 0; i < types_builtin_count; i++)
        assert_true(strlen(types_builtin[i].says) > 0);
}

static void types_are_found_in_any_case(void **state)
{
    (void)state;
    assert_string_equal(types_find("xmppSERVER")->name, "XMPPServer");
    assert_null(types_find("XMPPServe"));
    assert_null(types_find("XMPPServer@x"));
    assert_null(types_find(""));
}

static void rules_do_not_depend_on_the_instance(void **state)
{
    (void)state;
    assert_string_equal(types_rules("Default@x")->name, "Default");
    assert_ptr_equal(types_rules("SipTrunk@Default"), &types_custom);
    assert_true(types_custom.needs_key);
    assert_false(types_custom.serves_tls);
}

static void tokens_need_their_overlap(void **state)
{
    (void)state;
    assert_int_equal(types_rules("AudioVideoAuthentication")->least_overlap, 8 * 3600);
    assert_int_equal(types_rules("OAuthTokenIssuer")->least_overlap, 24 * 3600);
    assert_int_equal(types_rules("Default")->least_overlap, 0);
}

static void only_user_defined_does_without_a_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < types_builtin_count; i++)
        assert_int_equal(types_builtin[i].needs_key,
                         strcmp(types_builtin[i].name, "UserDefined") != 0);
}

static void fourteen_types_serve_tls(void **state)
{
    size_t count = 0;
    (void)state;
    for (size_t i = 0; i < types_builtin_count; i++)
        count += types_builtin[i].serves_tls;
    assert_int_equal(count, 14);
    assert_false(types_rules("OAuthTokenIssuer")->serves_tls);
    assert_true(types_rules("WebServicesExternal")->serves_tls);
}

static const char *suggest(const char *wrong)
{
    struct suggestion suggestion = {wrong, NULL, 0};
    for (size_t i = 0; i < types_builtin_count; i++)
        suggest_consider(&suggestion, types_builtin[i].name);
    return suggestion.word;
}

static void close_words_are_suggested(void **state)
{
    (void)state;
    assert_string_equal(suggest("Defualt"), "Default");
    assert_string_equal(suggest("internl"), "Internal");
    assert_string_equal(suggest("WebServiceExternal"), "WebServicesExternal");
    assert_string_equal(suggest("iPadAPNSrevice"), "iPadAPNService");
    assert_null(suggest("Quux"));
    assert_null(suggest(""));
    assert_null(suggest("x"));
}

static void the_closest_word_wins(void **state)
{
    struct suggestion suggestion = {"typ", NULL, 0};
    (void)state;
    suggest_consider(&suggestion, "types");
    suggest_consider(&suggestion, "type");
    suggest_consider(&suggestion, "tyq");
    assert_string_equal(suggestion.word, "type");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_21_types_in_byte_order),
        cmocka_unit_test(types_are_found_in_any_case),
        cmocka_unit_test(rules_do_not_depend_on_the_instance),
        cmocka_unit_test(tokens_need_their_overlap),
        cmocka_unit_test(only_user_defined_does_without_a_key),
        cmocka_unit_test(fourteen_types_serve_tls),
        cmocka_unit_test(close_words_are_suggested),
        cmocka_unit_test(the_closest_word_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
