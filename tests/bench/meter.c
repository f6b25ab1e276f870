/* Runs a command and tells what it took.
 *
 *   meter RESULT COMMAND...
 *
 * RESULT gets: nanoseconds, those of processors, peak KiB, exit code or 128 and the signal, and
 * when it ended, in nanoseconds of the clock that files have their times from.
 *
 * A program of its own, since Linux counts the memory of whoever starts a command among the
 * command's own peak (getrusage(2), ru_maxrss), and an interpreter has more than certroll. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long long nanoseconds(struct timeval time)
{
    return time.tv_sec * 1000000000LL + time.tv_usec * 1000LL;
}

int main(int argc, char **argv)
{
    FILE *result = argc > 2 ? fopen(argv[1], "we") : NULL;
    struct rusage usage;
    pid_t child;
    int status;
    if (!result) {
        fprintf(stderr, "usage: meter RESULT COMMAND...\n");
        return 64;
    }
    long long start = now(CLOCK_MONOTONIC);
    int error = posix_spawnp(&child, argv[2], NULL, NULL, argv + 2, environ);
    if (error || wait4(child, &status, 0, &usage) != child) {
        fprintf(stderr, "meter: %s cannot be run\n", argv[2]);
        return 1;
    }
    long long taken = now(CLOCK_MONOTONIC) - start, end = now(CLOCK_REALTIME);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    fprintf(result, "%lld %lld %ld %d %lld\n", taken,
            nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime), usage.ru_maxrss, code, end);
    return fclose(result) == 0 ? 0 : 1;
}
