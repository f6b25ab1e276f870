#include "base/interrupt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* How a child ended that sent itself a signal while it was held. */
static int end_of_child(int number, void (*action)(int), int blocked)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct interrupt interrupt;
        sigset_t before;
        sigemptyset(&before);
        if (blocked)
            sigaddset(&before, number);
        signal(number, action);
        sigprocmask(SIG_SETMASK, &before, NULL);
        interrupt_hold(&interrupt);
        if (interrupt_waits())
            _exit(1);
        raise(number);
        if (interrupt_waits() != (action != SIG_IGN))
            _exit(2);
        interrupt_release(&interrupt);
        _exit(3);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_signal_waits_and_then_ends_the_program(void **state)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        for (int blocked = 0; blocked < 2; blocked++) {
            int status = end_of_child(numbers[i], SIG_DFL, blocked);
            assert_true(WIFSIGNALED(status));
            assert_int_equal(WTERMSIG(status), numbers[i]);
        }
}

static void one_that_is_ignored_does_not_wait(void **state)
{
    (void)state;
    int status = end_of_child(SIGHUP, SIG_IGN, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
}

static void the_mask_is_as_it_was(void **state)
{
    struct interrupt interrupt;
    sigset_t now;
    (void)state;
    interrupt_hold(&interrupt);
    sigprocmask(SIG_SETMASK, NULL, &now);
    assert_int_equal(sigismember(&now, SIGTERM), 1);
    interrupt_release(&interrupt);
    sigprocmask(SIG_SETMASK, NULL, &now);
    assert_int_equal(sigismember(&now, SIGTERM), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_waits_and_then_ends_the_program),
        cmocka_unit_test(one_that_is_ignored_does_not_wait),
        cmocka_unit_test(the_mask_is_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
