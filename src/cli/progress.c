#include "cli/progress.h"

#include "base/monotonic.h"

#include <stdio.h>

enum { PATIENCE_MS = 1000, PERIOD_MS = 100, WIDTH = 30 };

void progress_begin(struct progress *progress, bool shown, const char *what, size_t total)
{
    progress->shown = shown;
    progress->what = what;
    progress->total = total;
    atomic_init(&progress->done, 0);
    atomic_init(&progress->due, shown ? monotonic_now() + PATIENCE_MS : 0);
    atomic_init(&progress->drawn, false);
}

void progress_step(struct progress *progress)
{
    size_t done = atomic_fetch_add(&progress->done, 1) + 1;
    if (!progress->shown)
        return;
    long long due = atomic_load(&progress->due), now = monotonic_now();
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
