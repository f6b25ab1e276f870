/* clock: a clock that stands where SOAK_CLOCK says, in seconds since 1970, for a program that this
 * is loaded into (LD_PRELOAD). It costs nothing, which faketime(1) does, and that counts where a
 * program is started thousands of times. What is monotonic goes on as ever. */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static time_t instant_of_the_clock(void)
{
    const char *text = getenv("SOAK_CLOCK");
    return text ? strtoll(text, NULL, 10) : 0;
}

time_t time(time_t *ret)
{
    time_t now = instant_of_the_clock();
    if (ret)
        *ret = now;
    return now;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
    (void)zone;
    *ret = (struct timeval){.tv_sec = instant_of_the_clock()};
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
    int (*real)(clockid_t, struct timespec *);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
        *ret = (struct timespec){.tv_sec = instant_of_the_clock()};
        return 0;
    }
    *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    return real(clock, ret);
}
