/* registers: what a system call of a traced thread takes and gives; x86-64 alone yet.
 *
 * The thread stands at the entry of the call (PTRACE_EVENT_SECCOMP). 0, or -1 with errno. */
#ifndef CERTROLL_TESTS_FAULTS_REGISTERS_H
#define CERTROLL_TESTS_FAULTS_REGISTERS_H

#include <linux/audit.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/user.h>

#ifndef __x86_64__
#error "registers.h knows the registers of x86-64 alone"
#endif

#define REGISTERS_AUDIT_ARCH AUDIT_ARCH_X86_64

enum { ARGUMENTS = 6 };

/* The call is not executed, and gives this result. */
static inline int registers_skip(pid_t thread, long result)
{
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, thread, NULL, &registers) != 0)
        return -1;
    registers.orig_rax = (unsigned long long)-1;
    registers.rax = (unsigned long long)result;
    return (int)ptrace(PTRACE_SETREGS, thread, NULL, &registers);
}

static inline int registers_set_argument(pid_t thread, int number, unsigned long long value)
{
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, thread, NULL, &registers) != 0)
        return -1;
    unsigned long long *const places[ARGUMENTS] = {&registers.rdi, &registers.rsi, &registers.rdx,
                                                   &registers.r10, &registers.r8,  &registers.r9};
    *places[number] = value;
    return (int)ptrace(PTRACE_SETREGS, thread, NULL, &registers);
}

#endif
