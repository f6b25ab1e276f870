#include "base/monotonic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

static void a_pause_is_counted_in_milliseconds(void **state)
{
    (void)state;
    struct timespec pause = {.tv_nsec = 50 * 1000000};
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    int64_t before = monotonic_now();
    while (nanosleep(&pause, &pause) != 0)
        ;
    int64_t spent = monotonic_now() - before;
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_true(spent >= 49);
    assert_true(spent <=
                (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_is_counted_in_milliseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
