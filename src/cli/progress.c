#include "cli/progress.h"

#include <stdio.h>
#include <time.h>

enum { PATIENCE_MS = 1000, PERIOD_MS = 100, WIDTH = 30 };

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_begin(struct progress *progress, bool shown, const char *what, size_t total)
{
    progress->shown = shown;
    progress->what = what;
    progress->total = total;
    atomic_init(&progress->done, 0);
    atomic_init(&progress->due, shown ? now_ms() + PATIENCE_MS : 0);
    atomic_init(&progress->drawn, false);
}

void progress_step(struct progress *progress)
{
    size_t done = atomic_fetch_add(&progress->done, 1) + 1;
    if (!progress->shown)
        return;
    long long due = atomic_load(&progress->due), now = now_ms();
    if (now < due || !atomic_compare_exchange_strong(&progress->due, &due, now + PERIOD_MS))
        return;
    int filled = (int)(done * WIDTH / progress->total);
    fprintf(stderr, "\r%s [%.*s%*s] %zu/%zu", progress->what, filled,
            "##############################", WIDTH - filled, "", done, progress->total);
    fflush(stderr);
    atomic_store(&progress->drawn, true);
}

void progress_end(struct progress *progress)
{
    if (atomic_load(&progress->drawn))
        fputs("\r\033[K", stderr);
}
