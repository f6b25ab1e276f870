#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

/* Not constants to the compiler, which would warn of them. */
static volatile size_t huge = SIZE_MAX;
static volatile size_t beyond_memory = (size_t)1 << 46;

static int make_arena(void **state)
{
    *state = arena_new();
    return *state ? 0 : -1;
}

static int free_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void freeing_no_arena_is_harmless(void **state)
{
    (void)state;
    arena_free(NULL);
}

static void memory_is_zeroed_and_aligned_for_any_type(void **state)
{
    static const unsigned char zeros[700];
    for (size_t size = 1; size < sizeof(zeros); size++) {
        unsigned char *memory = arena_alloc(*state, 1, size);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
        assert_memory_equal(memory, zeros, size);
        memset(memory, 0xff, size);
    }
}

static void allocations_do_not_overlap(void **state)
{
    enum { COUNT = 500 };
    unsigned char *memory[COUNT];
    size_t sizes[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        sizes[i] = i * i % 9973 + 1;
        memory[i] = arena_alloc(*state, sizes[i], 1);
        assert_non_null(memory[i]);
        memset(memory[i], (int)(i % 251), sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(memory[i][at], i % 251);
}

static void requests_larger_than_a_chunk_are_served(void **state)
{
    static const size_t sizes[] = {8192, 8193, 32 * 1024, 32 * 1024 + 1, 3 * 1024 * 1024};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        unsigned char *memory = arena_alloc(*state, 1, sizes[i]);
        assert_non_null(memory);
        memset(memory, 0xaa, sizes[i]);
    }
}

static void a_large_request_does_not_waste_the_chunk_that_is_being_filled(void **state)
{
    char *fits = arena_alloc(*state, 1, 20 * 1024);
    char *before = arena_alloc(*state, 1, 16);
    assert_non_null(fits);
    assert_non_null(arena_alloc(*state, 1, 20 * 1024));
    assert_non_null(arena_alloc(*state, 1, 20 * 1024));
    assert_non_null(arena_alloc(*state, 1, 200 * 1024));
    char *after = arena_alloc(*state, 1, 16);
    assert_true(after == before + 16 || after == before + 16 + 20 * 1024);
}

static void zero_bytes_give_a_pointer(void **state)
{
    assert_non_null(arena_alloc(*state, 0, 8));
    assert_non_null(arena_alloc(*state, 8, 0));
    assert_non_null(arena_alloc(*state, 1, 32 * 1024));
    assert_non_null(arena_alloc(*state, 0, 0));
}

static void a_product_that_overflows_is_refused(void **state)
{
    assert_null(arena_alloc(*state, huge / 2, 3));
    assert_null(arena_alloc(*state, huge, huge));
    assert_null(arena_alloc(*state, 1, huge));
    assert_null(arena_alloc(*state, 1, huge - 15));
    assert_null(arena_alloc(*state, 1, huge - 64));
    assert_null(arena_strndup(*state, "", huge));
}

static void the_arena_serves_on_after_a_refusal(void **state)
{
    assert_null(arena_alloc(*state, 1, beyond_memory));
    assert_string_equal(arena_strdup(*state, "still here"), "still here");
}

static void a_growing_array_keeps_its_items(void **state)
{
    int *items = NULL;
    size_t count = 0, capacity = 0;
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(arena_grow(*state, &items, count, &capacity, sizeof(*items)), 0);
        assert_true(capacity > count);
        items[count++] = i;
    }
    for (int i = 0; i < 5000; i++)
        assert_int_equal(items[i], i);
}

static void what_stands_beside_growing_arrays_stays(void **state)
{
    enum { MANY = 40000 };
    int *one = NULL, *other = NULL;
    size_t one_room = 0, other_room = 0;
    const char **texts = arena_alloc(*state, MANY, sizeof(*texts));
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(arena_grow(*state, &one, (size_t)i, &one_room, sizeof(*one)), 0);
        one[i] = i;
        texts[i] = arena_printf(*state, "%d", i);
        assert_int_equal(arena_grow(*state, &other, (size_t)i, &other_room, sizeof(*other)), 0);
        other[i] = -i;
    }
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(one[i], i);
        assert_int_equal(other[i], -i);
        assert_int_equal(atoi(texts[i]), i);
    }
}

/* Bytes of this process's address space (proc_pid_statm(5)). */
static size_t mapped(void)
{
    size_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%zu", &pages), 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* With what it had before it would take twice as much. */
static void an_array_that_grows_gives_back_what_it_had(void **state)
{
    enum { STEP = 4096, STEPS = 4096, CHUNKS = 256 * 1024 };
    char(*items)[STEP] = NULL;
    size_t capacity = 0, before = mapped();
    for (size_t i = 0; i < STEPS; i++)
        assert_int_equal(arena_grow(*state, &items, i, &capacity, sizeof(*items)), 0);
    assert_in_range(mapped() - before, 0, capacity * sizeof(*items) + CHUNKS);
}

static void what_an_arena_took_is_the_systems_again(void **state)
{
    enum { SIZE = 100, COUNT = 400000, SPARE = 4 * 1024 * 1024 };
    struct arena *arena = arena_new();
    size_t before = mapped();
    (void)state;
    assert_non_null(arena);
    for (size_t i = 0; i < COUNT; i++)
        assert_non_null(arena_alloc(arena, 1, SIZE));
    assert_true(mapped() - before > (size_t)SIZE * COUNT);
    arena_free(arena);
    assert_true(mapped() < before + SPARE);
}

static void an_array_with_room_stays_where_it_is(void **state)
{
    int *items = NULL;
    size_t capacity = 0;
    assert_int_equal(arena_grow(*state, &items, 0, &capacity, sizeof(*items)), 0);
    int *before = items;
    size_t room = capacity;
    assert_int_equal(arena_grow(*state, &items, room - 1, &capacity, sizeof(*items)), 0);
    assert_ptr_equal(items, before);
    assert_int_equal(capacity, room);
}

static void an_array_that_cannot_grow_is_untouched(void **state)
{
    int *items = NULL;
    size_t capacity = 0;
    assert_int_equal(arena_grow(*state, &items, 0, &capacity, beyond_memory), -1);
    assert_null(items);
    assert_int_equal(capacity, 0);
}

static void strings_are_copied_and_terminated(void **state)
{
    char original[] = "thumbprint";
    char *copy = arena_strdup(*state, original);
    char *part = arena_strndup(*state, original, 5);
    char *nothing = arena_strndup(*state, original, 0);
    original[0] = 'X';
    assert_string_equal(copy, "thumbprint");
    assert_string_equal(part, "thumb");
    assert_string_equal(nothing, "");
}

static void printf_makes_room_for_any_length(void **state)
{
    assert_string_equal(arena_printf(*state, "%s@%d", "shop", 7), "shop@7");
    assert_string_equal(arena_printf(*state, "%s", ""), "");
    char *wide = arena_printf(*state, "%100000d", 1);
    assert_int_equal(strlen(wide), 100000);
    assert_int_equal(wide[99999], '1');
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_arena, free_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freeing_no_arena_is_harmless),
        TEST(memory_is_zeroed_and_aligned_for_any_type),
        TEST(allocations_do_not_overlap),
        TEST(requests_larger_than_a_chunk_are_served),
        TEST(a_large_request_does_not_waste_the_chunk_that_is_being_filled),
        TEST(zero_bytes_give_a_pointer),
        TEST(a_product_that_overflows_is_refused),
        TEST(the_arena_serves_on_after_a_refusal),
        TEST(a_growing_array_keeps_its_items),
        TEST(what_stands_beside_growing_arrays_stays),
        TEST(an_array_that_grows_gives_back_what_it_had),
        cmocka_unit_test(what_an_arena_took_is_the_systems_again),
        TEST(an_array_with_room_stays_where_it_is),
        TEST(an_array_that_cannot_grow_is_untouched),
        TEST(strings_are_copied_and_terminated),
        TEST(printf_makes_room_for_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
